/**
 * Our tools under a pseudo-terminal, and what a user sees there.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const SCRIPT = "/usr/bin/script";

/** Whether a pseudo-terminal can be had: `script` of util-linux, which is in every Debian. */
export const hasTerminal: boolean = Deno.build.os === "linux" && exists(SCRIPT);

/** Stands for the control that erases to the end of the line. */
export const ERASE = "⌫";

/** The width of the terminal. */
export const TERMINAL_COLUMNS = 60;

/** A tool that runs on a terminal of its own, both outputs on it. */
export class TerminalTool implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #output = "";

  /**
   * Starts a tool.
   *
   * @param tool Its name.
   * @param args Its arguments, none of which may need quoting but by single quotes.
   * @param redirection What the shell is to do with its outputs, such as `> events.ndjson`.
   */
  constructor(tool: string, args: readonly string[], redirection = "") {
    const path = fileURLToPath(new URL(`../../cli/${tool}.ts`, import.meta.url));
    const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
    const words = [
      Deno.execPath(),
      ...["run", "--quiet", "--config", config, "--no-prompt"],
      ...["--allow-net", "--allow-read", "--allow-write", path, ...args],
    ];
    const command = words.map((word) => `'${word}'`).join(" ");
    const line = `stty cols ${TERMINAL_COLUMNS} rows 24; exec ${command} ${redirection}`;
    this.#child = new Deno.Command(SCRIPT, {
      args: ["-qefc", line, "/dev/null"],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** All that was written so far, as the terminal got it, but for {@linkcode ERASE}. */
  get output(): string {
    return this.#output.replaceAll("\x1b[K", ERASE);
  }

  /** Reads until the output matches; fails when it ends before. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`It ended without ${pattern}: ${JSON.stringify(this.output)}`);
      this.#output += value;
    }
  }

  /** Reads to the end, and tells the exit code. */
  async end(): Promise<number> {
    while (true) {
      const { value, done } = await this.#reader.read();
      if (done) break;
      this.#output += value;
    }
    return (await this.#child.status).code;
  }

  /** Ends it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#reader.cancel();
    await this.#child.status;
  }
}

/**
 * What stands on a terminal after some output: it knows carriage return, line feed and erase to the end
 * of the line, and fails at any other control.
 *
 * @param output The output.
 * @returns The lines; the last is the one that the cursor is in.
 */
export function screenOf(output: string): string[] {
  const lines = [""];
  let column = 0;
  for (const part of output.split(/(\r|\n|⌫)/)) {
    if (part === "\r") column = 0;
    else if (part === "\n") lines.push("");
    else if (part === ERASE) lines.push((lines.pop() ?? "").slice(0, column));
    else {
      if (/\p{Cc}/u.test(part)) throw new Error(`What is ${JSON.stringify(part)}?`);
      const line = lines.pop() ?? "";
      lines.push(line.slice(0, column) + part + line.slice(column + part.length));
      column += part.length;
    }
  }
  return lines;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
