/**
 * A server of ours, run as its users run it: as a process that has no more rights than it needs.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { CommandOutput } from "./command.ts";

/** How a server is started. */
export interface OurServerOptions {
  /** Its name. */
  readonly tool: "storescp" | "qrscp";
  /** Its arguments; the system chooses the port. */
  readonly args: readonly string[];
  /** The only directory that it may write to, and its current one. */
  readonly directory: string;
  /** The only address that it may listen on; 127.0.0.1 unless told. */
  readonly address?: string;
  /** Further directories that it may read. */
  readonly reads?: readonly string[];
  /** Further directories that it may read and write to. */
  readonly writes?: readonly string[];
  /** Further permissions, as `deno run` takes them. */
  readonly permissions?: readonly string[];
}

/** A server that listens, and what it writes. */
export class OurServer implements AsyncDisposable {
  readonly #tool: string;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<string>;
  readonly #done: Promise<void>;
  readonly #status: Promise<Deno.CommandStatus>;
  #waiting: (() => void)[] = [];
  #stderr = "";
  #port = 0;

  private constructor(options: OurServerOptions) {
    const { tool, args, directory, address = "127.0.0.1", reads = [], writes = [] } = options;
    const { permissions = [] } = options;
    this.#tool = tool;
    const script = fileURLToPath(new URL(`../../cli/${tool}.ts`, import.meta.url));
    const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
    const host = address.includes(":") ? `[${address}]` : address;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--config", config, "--no-prompt", `--allow-net=${host}`],
        `--allow-read=${[directory, ...reads, ...writes].join(",")}`,
        `--allow-write=${[directory, ...writes].join(",")}`,
        ...[...permissions, script, "-ba", address, ...args],
      ],
      cwd: directory,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdout = new Response(this.#child.stdout).text();
    this.#done = this.#read();
    this.#status = this.#child.status;
  }

  /**
   * Starts it.
   *
   * @param options How.
   * @returns The program, listening.
   */
  static async start(options: OurServerOptions): Promise<OurServer> {
    const program = OurServer.spawn(options);
    try {
      await program.listening();
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
    return program;
  }

  /**
   * Starts it, and waits for nothing.
   *
   * @param options How.
   * @returns The program.
   */
  static spawn(options: OurServerOptions): OurServer {
    return new OurServer(options);
  }

  /** Waits until it listens. */
  async listening(): Promise<void> {
    await this.until(LISTENING);
    this.#port = Number(LISTENING.exec(this.#stderr)?.[1]);
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#port;
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** What it wrote to the standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Waits until it has written something to the standard error; fails when it ends before. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#stderr)) {
      const written = new Promise<"written">((resolve) =>
        this.#waiting.push(() => resolve("written"))
      );
      if (await Promise.race([written, this.#done]) === "written") continue;
      if (!pattern.test(this.#stderr)) {
        throw new Error(`${this.#tool} ended without ${pattern}: ${this.#stderr}`);
      }
    }
  }

  /** Sends it a signal. */
  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }

  /** Waits for its end. */
  async end(): Promise<CommandOutput> {
    const { code } = await this.#status;
    await this.#done;
    return { code, stdout: await this.#stdout, stderr: this.#stderr };
  }

  /** Tells it to stop, and waits for its end. */
  async stop(): Promise<CommandOutput> {
    this.signal("SIGTERM");
    return await this.end();
  }

  /** Ends it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.end();
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr += text;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    }
  }
}

const LISTENING = /^I: Listening as .* on port (\d+) /m;
