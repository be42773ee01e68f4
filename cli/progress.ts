/**
 * The status line on a terminal: how far the work has come, in one line below the log that is drawn
 * again in place.
 *
 * While it is shown, what goes to the standard error passes through here. Log lines that come faster
 * than the line may be drawn wait for the next drawing, at most {@linkcode DRAWING_INTERVAL}: the
 * line stays in view and nothing flickers. Where the standard error is no terminal, all passes by.
 *
 * @module
 */

import type { Io } from "./io.ts";
import { formatSize } from "./outcome.ts";

/** How often the line is drawn at most, in milliseconds: five times a second. */
export const DRAWING_INTERVAL = 200;

/** How far the work has come. */
export interface ProgressState {
  /** What is counted, in the plural; instances by default. */
  readonly unit?: string;
  /** How many associations stand, where that is of interest. */
  readonly associations?: number;
  /** How many are done. */
  readonly done: number;
  /** How many there are in all, where it is known. */
  readonly total?: number | undefined;
  /** How many of them failed. */
  readonly failed?: number;
  /** Bytes that have passed. */
  readonly bytes?: number;
  /** Bytes in all, where it is known. */
  readonly totalBytes?: number | undefined;
}

/** How fast the work goes. */
export interface Pace {
  /** Milliseconds since it began. */
  readonly elapsed: number;
  /** Bytes a second of late. */
  readonly rate: number;
}

/**
 * Says how far the work has come.
 *
 * @param state How far.
 * @param pace How fast.
 * @returns Such as `12/345 instances, 45.6 MB, 12.3 MB/s, ETA 0:35`; instead of the ETA the time
 * elapsed, where it cannot be told.
 *
 * @example
 * ```ts
 * import { formatProgress } from "./progress.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   formatProgress({ done: 1, total: 4, bytes: 2_000_000 }, { elapsed: 10_000, rate: 200_000 }),
 *   "1/4 instances, 2.0 MB, 0.2 MB/s, ETA 0:30",
 * );
 * ```
 */
export function formatProgress(state: ProgressState, pace: Pace): string {
  const { unit = "instances", associations, done, total, failed = 0, bytes = 0, totalBytes } =
    state;
  const parts: string[] = [];
  if (associations !== undefined) parts.push(count(associations, "associations"));
  parts.push(total === undefined ? count(done, unit) : `${done}/${total} ${unit}`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (totalBytes !== undefined) parts.push(`${formatSize(bytes)}/${formatSize(totalBytes)}`);
  else if (bytes > 0) parts.push(formatSize(bytes));
  if (bytes > 0) parts.push(`${(pace.rate / 1e6).toFixed(1)} MB/s`);
  const rest = remainingTime(state, pace.elapsed);
  const toGo = rest === undefined ? undefined : Math.round(rest / 1000);
  const elapsed = Math.floor(pace.elapsed / 1000);
  parts.push(toGo === undefined ? formatTime(elapsed) : `ETA ${formatTime(toGo)}`);
  return parts.join(", ");
}

function count(number: number, unit: string): string {
  return `${number} ${number === 1 ? unit.replace(/s$/, "") : unit}`;
}

/** What is left takes as long as what is done took; bytes tell more than instances do. */
function remainingTime(state: ProgressState, elapsed: number): number | undefined {
  const { done, total, bytes = 0, totalBytes } = state;
  const share = totalBytes !== undefined && totalBytes > 0
    ? bytes / totalBytes
    : done / (total ?? 0);
  if (!(share > 0 && share < 1) || elapsed === 0) return undefined;
  return elapsed * (1 - share) / share;
}

function formatTime(inSeconds: number): string {
  const minutes = Math.floor(inSeconds / 60);
  const hours = Math.floor(minutes / 60);
  const two = (value: number): string => `${value}`.padStart(2, "0");
  const clock = `${two(minutes % 60)}:${two(inSeconds % 60)}`;
  return hours > 0 ? `${hours}:${clock}` : clock.replace(/^0/, "");
}

/** What the status line needs of the surroundings. */
export type ProgressIo = Pick<Io, "stdout" | "stderr" | "columns" | "stderrColumns" | "clock">;

/**
 * Draws the status line, and lets the outputs pass above it.
 *
 * @example
 * ```ts
 * import { Progress } from "./progress.ts";
 * import assert from "node:assert/strict";
 *
 * let screen = "";
 * const io = {
 *   stdout: () => {},
 *   stderr: (text: string) => void (screen += text),
 *   columns: undefined,
 *   stderrColumns: 80,
 *   clock: { now: () => 0, schedule: () => () => {} },
 * };
 * const progress = new Progress(io, true);
 * progress.start(() => ({ done: 1, total: 2 }));
 * assert.equal(screen, "\r\x1b[K1/2 instances, 0:00");
 * progress.stop();
 * assert.equal(screen, "\r\x1b[K1/2 instances, 0:00\r\x1b[K");
 * ```
 */
export class Progress {
  readonly #io: ProgressIo;
  readonly #isWanted: boolean;
  #read: (() => ProgressState) | undefined;
  #startedAt = 0;
  #drawnAt = 0;
  /** The line as it stands on the terminal; `undefined` when none does. */
  #line: string | undefined;
  /** What waits to be written above the line. */
  #pending = "";
  #samples: { readonly at: number; readonly bytes: number }[] = [];
  #cancelTimer: () => void = () => {};

  /**
   * Makes a status line; nothing is drawn until it is started.
   *
   * @param io The outputs and the clock.
   * @param isWanted Whether to draw it where there is a terminal.
   */
  constructor(io: ProgressIo, isWanted: boolean) {
    this.#io = io;
    this.#isWanted = isWanted;
  }

  /** Whether there is a terminal to draw on, and it is wanted. */
  get isShown(): boolean {
    return this.#isWanted && this.#io.stderrColumns !== undefined;
  }

  /**
   * Draws the line from now on.
   *
   * @param read Tells how far the work has come; called at each drawing.
   */
  start(read: () => ProgressState): void {
    this.stop();
    if (!this.isShown) return;
    this.#read = read;
    this.#startedAt = this.#io.clock.now();
    this.#samples = [];
    this.#draw(read);
  }

  /** Takes the line away, and writes what waited. */
  stop(): void {
    this.#cancelTimer();
    this.#read = undefined;
    this.#clear();
  }

  /**
   * Writes to the standard error, above the line.
   *
   * @param text The text.
   */
  stderr(text: string): void {
    if (this.#read === undefined) {
      this.#io.stderr(text);
      return;
    }
    this.#pending += text;
    if (this.#io.clock.now() - this.#drawnAt >= DRAWING_INTERVAL) this.#draw(this.#read);
  }

  /**
   * Writes to the standard output; where it is the same terminal, the line makes room.
   *
   * @param text The text.
   */
  stdout(text: string): void {
    if (this.#io.columns !== undefined) this.#clear();
    this.#io.stdout(text);
  }

  #clear(): void {
    const text = (this.#line === undefined ? "" : CLEAR_LINE) + this.#pending;
    this.#line = undefined;
    this.#pending = "";
    if (text !== "") this.#io.stderr(text);
  }

  #draw(read: () => ProgressState): void {
    this.#cancelTimer();
    const { clock, stderrColumns } = this.#io;
    const now = clock.now();
    const state = read();
    const pace = { elapsed: now - this.#startedAt, rate: this.#rate(now, state.bytes ?? 0) };
    // The last column stays free: a cursor behind it wraps on some terminals.
    const width = Math.max((stderrColumns ?? 1) - 1, 0);
    const line = formatProgress(state, pace).slice(0, width);
    if (line !== this.#line || this.#pending !== "") {
      this.#io.stderr(CLEAR_LINE + this.#pending + line);
      this.#line = line;
      this.#pending = "";
      this.#drawnAt = now;
    }
    this.#cancelTimer = clock.schedule(DRAWING_INTERVAL, () => this.#draw(read));
  }

  /** Over the last seconds: it shows a stall, and does not jump with every instance. */
  #rate(now: number, bytes: number): number {
    this.#samples.push({ at: now, bytes });
    const isOld = (index: number): boolean =>
      (this.#samples[index]?.at ?? now) <= now - RATE_WINDOW;
    while (isOld(1)) this.#samples.shift();
    const first = this.#samples[0];
    if (first === undefined || first.at === now) return 0;
    return (bytes - first.bytes) / ((now - first.at) / 1000);
  }
}

/** Carriage return, and erase to the end of the line (ECMA-48 EL). */
const CLEAR_LINE = "\r\x1b[K";

const RATE_WINDOW = 5_000;
