/**
 * Where a tool tells what it does: the log for people, events for programs, and the status line.
 *
 * @module
 */

import { EventOutput } from "./event_output.ts";
import type { Io } from "./io.ts";
import { type LogLevel, ToolLog } from "./log.ts";
import type { OutputOptions } from "./output_options.ts";
import { Progress } from "./progress.ts";

/** With these, silence is wanted, or the line would drown. */
const WITHOUT_STATUS_LINE: readonly LogLevel[] = ["quiet", "critical", "debug"];

/**
 * The outputs of a tool. Disposing of them takes the status line away.
 *
 * @example
 * ```ts
 * import { denoIo } from "./io.ts";
 * import { ToolOutput } from "./output.ts";
 * import assert from "node:assert/strict";
 *
 * let written = "";
 * const io = { ...denoIo, stderr: (text: string) => void (written += text) };
 * using output = new ToolOutput("info", { json: false, noProgress: true }, io);
 * output.log.info("Requesting Association");
 * assert.equal(written, "I: Requesting Association\n");
 * ```
 */
export class ToolOutput implements Disposable {
  /** The log, on the standard error. */
  readonly log: ToolLog;
  /** The events of `--json`, on the standard output. */
  readonly events: EventOutput;
  /** The status line: for who sees what happens, but not for who looks for a fault. */
  readonly progress: Progress;

  /**
   * Makes the outputs.
   *
   * @param level The level of the log.
   * @param options What is wanted beside it.
   * @param io The surroundings.
   * @param events Where events go, if not to the standard output.
   */
  constructor(level: LogLevel, options: OutputOptions, io: Io, events?: EventOutput) {
    const isWanted = !options.noProgress && !WITHOUT_STATUS_LINE.includes(level);
    const progress = new Progress(io, isWanted);
    this.progress = progress;
    this.log = new ToolLog(level, (text) => progress.stderr(text));
    this.events = events ?? new EventOutput(
      options.json ? (text) => progress.stdout(text) : undefined,
      io.clock,
    );
  }

  /** Takes the status line away. */
  [Symbol.dispose](): void {
    this.progress.stop();
  }
}
