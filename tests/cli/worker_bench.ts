/**
 * A server with workers: real threads and connections, and signals of the test's own.
 *
 * @module
 */

import { denoIo, type Io, type StopSignal } from "../../cli/io.ts";
import { connectTcp } from "../../lib/net/deno_transport.ts";
import { type JsonEvent, readEvents } from "../support/event_schema.ts";
import { type Main, StoringPeer } from "./tool_bench.ts";

/** Why there is nothing to test on this system; `undefined` where there is. */
export const WITHOUT_WORKERS: boolean = Deno.build.os !== "linux";

/** A server that runs, and what it has written. */
export class WorkerBench {
  readonly #listeners = new Set<(signal: StopSignal) => void>();
  readonly #heeding = Promise.withResolvers<void>();
  #waiting: (() => void)[] = [];
  stdout = "";
  stderr = "";
  /** The surroundings of the server. */
  readonly io: Io;
  /** Added to the time of the program; that of its workers is the system's. */
  advance = 0;
  #code: Promise<number> | undefined;

  constructor() {
    this.io = {
      ...denoIo,
      columns: undefined,
      stderrColumns: undefined,
      stdout: (text) => this.#take(() => this.stdout += text),
      stderr: (text) => this.#take(() => this.stderr += text),
      clock: { ...denoIo.clock, now: () => denoIo.clock.now() + this.advance },
      onSignal: (listener) => {
        this.#listeners.add(listener);
        this.#heeding.resolve();
        return () => void this.#listeners.delete(listener);
      },
    };
  }

  /** Starts a server that listens on a port of the system's choice; or it ends. */
  async start(main: Main, ...args: readonly string[]): Promise<void> {
    this.#code = main(["--json", "-ba", "127.0.0.1", ...args], this.io);
    const ended = this.#code.then(() => "ended" as const);
    while (!this.stdout.includes('"listening"')) {
      if (await Promise.race([this.#news(), ended]) === "ended") return;
    }
  }

  /** What it has told by `--json`, when it has ended. */
  get events(): JsonEvent[] {
    return readEvents(this.stdout);
  }

  /** The port that it listens on. */
  get port(): number {
    return Number(/"listening".*"port":(\d+)/.exec(this.stdout)?.[1]);
  }

  /** Resolves when it heeds signals: before it begins. */
  get heeding(): Promise<void> {
    return this.#heeding.promise;
  }

  /** Waits until it has written something to the standard error, from a place on. */
  async until(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    while (true) {
      const match = pattern.exec(this.stderr.slice(from));
      if (match !== null) return match;
      await this.#news();
    }
  }

  /** Connects to it. */
  async dial(): Promise<StoringPeer> {
    const { signal } = new AbortController();
    return new StoringPeer(await connectTcp({ hostname: "127.0.0.1", port: this.port, signal }));
  }

  /** Associates with it. */
  async associate(): Promise<StoringPeer> {
    const peer = await this.dial();
    await peer.associate();
    return peer;
  }

  /** Sends it a signal. */
  signal(signal: StopSignal = "SIGTERM"): void {
    for (const listener of [...this.#listeners]) listener(signal);
  }

  /** Its exit code, when it has ended. */
  async end(): Promise<number> {
    return await this.#code ?? -1;
  }

  /** Tells it to stop. */
  async stop(): Promise<number> {
    this.signal();
    return await this.end();
  }

  #take(write: () => void): void {
    write();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #news(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Runs a test in a directory of its own. */
export async function inDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_workers_" });
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
