/**
 * Our storescp, run as its users run it: as a process that has no more rights than it needs.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { CommandOutput } from "./command.ts";

/** A storescp that listens, and what it writes. */
export class OurStorescp implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<string>;
  readonly #done: Promise<void>;
  readonly #status: Promise<Deno.CommandStatus>;
  #waiting: (() => void)[] = [];
  #stderr = "";
  #port = 0;

  private constructor(args: readonly string[], directory: string, address: string) {
    const script = fileURLToPath(new URL("../../cli/storescp.ts", import.meta.url));
    const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
    const host = address.includes(":") ? `[${address}]` : address;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--config", config, "--no-prompt", `--allow-net=${host}`],
        ...[`--allow-read=${directory}`, `--allow-write=${directory}`, script],
        ...["-ba", address, ...args],
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
   * @param args Its arguments; the system chooses the port.
   * @param directory The only directory that it may read and write, and its current one.
   * @param address The only address that it may listen on.
   * @returns The program, listening.
   */
  static async start(
    args: readonly string[],
    directory: string,
    address = "127.0.0.1",
  ): Promise<OurStorescp> {
    const program = new OurStorescp(["0", ...args], directory, address);
    await program.until(/^I: Listening as .* on port (\d+) /m);
    program.#port = Number(/on port (\d+) /.exec(program.#stderr)?.[1]);
    return program;
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#port;
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
        throw new Error(`storescp ended without ${pattern}: ${this.#stderr}`);
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
