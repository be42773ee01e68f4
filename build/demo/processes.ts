/**
 * The tools as processes: none outlives the demo.
 *
 * @module
 */

import { denoArguments, type ToolCommand } from "./tool_command.ts";

/** What a tool left behind. */
export interface ToolOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A tool that runs. */
export type ToolProcess = Deno.ChildProcess;

/** Where processes run, and when they have to end. */
export interface ProcessesOptions {
  /** Their directory: that of the checkout. */
  readonly directory: string;
  /** Asks those that run to end; none is started any more. */
  readonly cancel: AbortSignal;
  /** Ends those that run. */
  readonly abort: AbortSignal;
}

/** All processes that the demo has started. */
export class Processes implements AsyncDisposable {
  readonly #options: ProcessesOptions;
  readonly #living = new Set<ToolProcess>();
  readonly #terminate = (): void => this.#signal("SIGTERM");
  readonly #kill = (): void => this.#signal("SIGKILL");

  /**
   * Starts nothing yet.
   *
   * @param options Where they run, and when they have to end.
   */
  constructor(options: ProcessesOptions) {
    this.#options = options;
    options.cancel.addEventListener("abort", this.#terminate);
    options.abort.addEventListener("abort", this.#kill);
  }

  /**
   * Starts a tool.
   *
   * @param command The tool.
   * @param stderr What becomes of its standard error: `inherit` shows it.
   * @returns It; its standard output has to be read.
   * @throws What the demo was cancelled with, if it was.
   */
  start(command: ToolCommand, stderr: "piped" | "inherit" = "piped"): ToolProcess {
    this.#options.cancel.throwIfAborted();
    const child = new Deno.Command(Deno.execPath(), {
      args: denoArguments(command),
      cwd: this.#options.directory,
      stdin: "null",
      stdout: "piped",
      stderr,
    }).spawn();
    this.#living.add(child);
    child.status.then(() => this.#living.delete(child));
    return child;
  }

  /**
   * Runs a tool to its end.
   *
   * @param command The tool.
   * @returns What it left behind.
   * @throws What the demo was cancelled with, if it was.
   */
  async run(command: ToolCommand): Promise<ToolOutput> {
    const { code, stdout, stderr } = await this.start(command).output();
    this.#options.cancel.throwIfAborted();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  /** Asks all that run to end, and ends those that do not. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#living].map((child) => child.status);
    this.#terminate();
    const timer = setTimeout(this.#kill, GRACE);
    await Promise.all(ends);
    clearTimeout(timer);
    this.#options.cancel.removeEventListener("abort", this.#terminate);
    this.#options.abort.removeEventListener("abort", this.#kill);
  }

  #signal(name: Deno.Signal): void {
    for (const child of this.#living) {
      try {
        child.kill(name);
      } catch {
        // It has ended by itself.
      }
    }
  }
}

/** In milliseconds. */
const GRACE = 5000;
