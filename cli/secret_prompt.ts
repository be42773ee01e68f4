/**
 * Asks the user for a secret, at the terminal and unseen.
 *
 * @module
 */

/** The terminal that the user types at: the standard input of the process, as Deno has it. */
export interface KeyboardInput {
  /** Whether it is one. */
  isTerminal(): boolean;
  /** Switches the terminal's own line editing, its echo and its signals off or on. */
  setRaw(mode: boolean): void;
  /** Waits for keys, and reads them; `null` at the end. */
  readSync(buffer: Uint8Array): number | null;
}

/**
 * Asks for a secret. It is read by itself, before anything else happens: the tool waits.
 *
 * @param question What to ask.
 * @param input Where the answer is typed.
 * @param write Where the question goes.
 * @returns The bytes that were typed before Enter; `null` when the answer is Ctrl-C, `undefined` when
 *   there is no terminal to ask at.
 *
 * @example
 * ```ts
 * import { promptSecret } from "./secret_prompt.ts";
 * import assert from "node:assert/strict";
 *
 * const keys = new TextEncoder().encode("horse\r");
 * const input = {
 *   isTerminal: () => true,
 *   setRaw: () => {},
 *   readSync: (buffer: Uint8Array) => (buffer.set(keys), keys.byteLength),
 * };
 * const secret = promptSecret("Password: ", input, () => {});
 * assert.deepEqual(secret, new TextEncoder().encode("horse"));
 * ```
 */
export function promptSecret(
  question: string,
  input: KeyboardInput,
  write: (text: string) => void,
): Uint8Array<ArrayBuffer> | null | undefined {
  if (!input.isTerminal()) return undefined;
  write(question);
  input.setRaw(true);
  try {
    return readLine(input);
  } finally {
    input.setRaw(false);
    write("\n");
  }
}

function readLine(input: KeyboardInput): Uint8Array<ArrayBuffer> | null {
  const typed: number[] = [];
  const buffer = new Uint8Array(256);
  while (true) {
    const count = input.readSync(buffer);
    if (count === null) return Uint8Array.from(typed);
    for (const key of buffer.subarray(0, count)) {
      switch (key) {
        case CTRL_C:
          return null;
        case CTRL_D:
        case ENTER:
        case LINE_FEED:
          return Uint8Array.from(typed);
        case CTRL_U:
          typed.length = 0;
          break;
        case BACKSPACE:
        case DELETE:
          // A character of UTF-8 is its last byte and what continues to it.
          while (((typed.pop() ?? 0) & 0xc0) === 0x80);
          break;
        default:
          typed.push(key);
      }
    }
  }
}

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const LINE_FEED = 0x0a;
const ENTER = 0x0d;
const CTRL_U = 0x15;
const DELETE = 0x7f;
