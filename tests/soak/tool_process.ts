/**
 * Our tools as processes whose events are read while they run, to be killed at any moment.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { type Need, TOOLS, V8_FLAGS } from "../../cli/tools.ts";
import type { JsonEvent } from "../support/event_schema.ts";

/** What is done with each event that the process tells. */
export type OnEvent = (event: JsonEvent) => void;

/** A process of one of our tools, run as its executable runs, but for `--json`, which is added. */
export class ToolProcess implements AsyncDisposable {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #status: Promise<Deno.CommandStatus>;
  readonly #read: Promise<unknown>;
  readonly #port = Promise.withResolvers<number>();
  #stderr = "";

  /**
   * Starts it.
   *
   * @param name Of the tool.
   * @param args Its arguments.
   * @param onEvent Told of its events, as soon as they have been read.
   * @param within A command that it is run by, such as `ip netns exec NAME`.
   */
  constructor(
    name: string,
    args: readonly string[],
    onEvent: OnEvent = () => {},
    within: readonly string[] = [],
  ) {
    const tool = TOOLS.find((tool) => tool.name === name);
    if (tool === undefined) throw new TypeError(`Cannot run ${name}: there is no such tool`);
    this.name = name;
    const script = fileURLToPath(new URL(`../../cli/${name}.ts`, import.meta.url));
    const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
    const [command = Deno.execPath(), ...before] = [...within, Deno.execPath()];
    this.#child = new Deno.Command(command, {
      args: [
        ...[...before, "run", "--quiet", "--no-prompt", V8_FLAGS],
        ...["--config", config],
        ...[...tool.needs.map(flagOf), script, "--json", ...args],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#status = this.#child.status;
    // Who does not wait for a port is not told either that there is none.
    this.#port.promise.catch(() => {});
    this.#read = Promise.all([this.#readEvents(onEvent), this.#readLog()]).finally(() => {
      this.#port.reject(new Error(`${name} ended before it listened: ${this.#stderr}`));
    });
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** What it has logged. */
  get stderr(): string {
    return this.#stderr;
  }

  /** The port, when it listens. */
  get port(): Promise<number> {
    return this.#port.promise;
  }

  /** Sends it a signal; one that has ended gets none. */
  signal(name: Deno.Signal): void {
    try {
      this.#child.kill(name);
    } catch {
      // It has ended.
    }
  }

  /** Waits for its end, and for all that it told; gives its exit code, 137 when it was killed. */
  async end(): Promise<number> {
    const { code } = await this.#status;
    await this.#read;
    return code;
  }

  /** Tells it to stop, and waits for its end. */
  async stop(): Promise<number> {
    this.signal("SIGTERM");
    return await this.end();
  }

  /** Kills it, and waits for its end. */
  async kill(): Promise<number> {
    this.signal("SIGKILL");
    return await this.end();
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #readEvents(onEvent: OnEvent): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const event: JsonEvent = JSON.parse(line);
        if (event.event === "listening") this.#port.resolve(Number(event["port"]));
        onEvent(event);
      }
    }
  }

  async #readLog(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr = (this.#stderr + text).slice(-LOG_LIMIT);
    }
  }
}

function flagOf({ permission, only }: Need): string {
  return `--allow-${permission}${only === undefined ? "" : `=${only.join(",")}`}`;
}

/** The end of it tells why somebody failed. */
const LOG_LIMIT = 64 * 1024;
