/**
 * The log of a tool: lines on the standard error in the form `I: text`, as pynetdicom's tools write
 * them, so that scripts which read those read these.
 *
 * @module
 */

import type { Log } from "../lib/handler/handler.ts";

/** The thresholds of `-ll`, and `quiet`, which lets nothing pass. */
export type LogLevel = "quiet" | "critical" | "error" | "warning" | "info" | "verbose" | "debug";

const RANK: Readonly<Record<LogLevel, number>> = {
  debug: 0,
  verbose: 1,
  info: 2,
  warning: 3,
  error: 4,
  critical: 5,
  quiet: 6,
};

const LETTER: Readonly<Record<Exclude<LogLevel, "quiet">, string>> = {
  debug: "D",
  verbose: "I",
  info: "I",
  warning: "W",
  error: "E",
  critical: "C",
};

/**
 * Writes messages of a level or above.
 *
 * @example
 * ```ts
 * import { ToolLog } from "./log.ts";
 * import assert from "node:assert/strict";
 *
 * let written = "";
 * const log = new ToolLog("info", (text) => written += text);
 * log.info("Requesting Association");
 * log.debug("not seen");
 * assert.equal(written, "I: Requesting Association\n");
 * ```
 */
export class ToolLog implements Log {
  readonly #threshold: number;
  readonly #write: (text: string) => void;

  /**
   * Makes a log.
   *
   * @param level The lowest level that is written.
   * @param write Takes each line, with its line feed.
   */
  constructor(level: LogLevel, write: (text: string) => void) {
    this.#threshold = RANK[level];
    this.#write = write;
  }

  /**
   * Whether messages of a level are written: to save the making of those that are not.
   *
   * @param level The level.
   * @returns True when they are.
   */
  writes(level: Exclude<LogLevel, "quiet">): boolean {
    return RANK[level] >= this.#threshold;
  }

  /** @param message For who looks for a fault: messages, PDUs, stack traces. */
  debug(message: string): void {
    this.#line("debug", message);
  }

  /** @param message More than usual: what was negotiated. */
  verbose(message: string): void {
    this.#line("verbose", message);
  }

  /** @param message What happens. */
  info(message: string): void {
    this.#line("info", message);
  }

  /** @param message What may be amiss. */
  warn(message: string): void {
    this.#line("warning", message);
  }

  /** @param message What went wrong. */
  error(message: string): void {
    this.#line("error", message);
  }

  /** @param error Whose stack is written for who looks for a fault. */
  stack(error: unknown): void {
    if (!(error instanceof Error) || !this.writes("debug")) return;
    for (const line of (error.stack ?? error.message).split("\n")) this.debug(line);
    if (error.cause !== undefined) this.stack(error.cause);
  }

  #line(level: Exclude<LogLevel, "quiet">, message: string): void {
    if (!this.writes(level)) return;
    const shown = level === "debug" ? message : shortened(message);
    this.#write(`${LETTER[level]}: ${escapeControls(shown)}\n`);
  }
}

/**
 * Makes text from the network or from a file fit for a terminal: control characters, which could
 * move the cursor or forge a line, are shown as `\x1b`.
 *
 * @param text The text.
 * @returns The text without C0, DEL, C1, line and paragraph separators, and direction overrides.
 *
 * @example
 * ```ts
 * import { escapeControls } from "./log.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(escapeControls("a\x1b[2Jb"), "a\\x1b[2Jb");
 * ```
 */
export function escapeControls(text: string): string {
  return text.replaceAll(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** What peers send as comments and names may be as long as a command set. */
function shortened(message: string): string {
  const more = message.length - LINE_LIMIT;
  if (more <= 0) return message;
  return `${message.slice(0, LINE_LIMIT)}... (${more} more character${more === 1 ? "" : "s"})`;
}

/** Characters of a line: more than two paths. */
const LINE_LIMIT = 8000;

/** Category Cc, U+2028 and U+2029, and the marks that reverse the direction of writing. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
