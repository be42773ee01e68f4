import assert from "node:assert/strict";
import { type KeyboardInput, promptSecret } from "../../cli/secret_prompt.ts";
import { pure } from "../support/requesting.ts";

/** A terminal at which somebody types; what it was told is kept. */
class Typist implements KeyboardInput {
  readonly modes: boolean[] = [];
  readonly #reads: Uint8Array[];

  constructor(...reads: readonly string[]) {
    this.#reads = reads.map((keys) => new TextEncoder().encode(keys));
  }

  isTerminal(): boolean {
    return true;
  }

  setRaw(mode: boolean): void {
    this.modes.push(mode);
  }

  readSync(buffer: Uint8Array): number | null {
    const keys = this.#reads.shift();
    if (keys === undefined) return null;
    buffer.set(keys);
    return keys.byteLength;
  }
}

const CASES: readonly (readonly [name: string, reads: readonly string[], secret: string])[] = [
  ["a line", ["horse\r"], "horse"],
  ["a line that ends with a line feed", ["horse\n"], "horse"],
  ["key by key", ["h", "o", "r", "\r"], "hor"],
  ["nothing", ["\r"], ""],
  ["the end of the input", ["horse"], "horse"],
  ["Ctrl-D", ["horse\x04more"], "horse"],
  ["what comes after Enter", ["horse\rmore"], "horse"],
  ["a key taken back", ["hox\x7frse\r"], "horse"],
  ["more taken back than there is", ["\x08\x08h\r"], "h"],
  ["a character of several bytes taken back", ["Jü\x7f\x7fJ山\x7f!\r"], "J!"],
  ["all taken back", ["wrong\x15right\r"], "right"],
  ["characters of several bytes", ["Jürgen 山\r"], "Jürgen 山"],
];

for (const [name, reads, secret] of CASES) {
  pure(`promptSecret() reads ${name}, and shows nothing of it`, () => {
    const typist = new Typist(...reads);
    let written = "";
    const typed = promptSecret("Password: ", typist, (text) => void (written += text));
    assert.deepEqual(typed, new TextEncoder().encode(secret));
    assert.equal(written, "Password: \n");
    assert.deepEqual(typist.modes, [true, false]);
  });
}

pure("promptSecret() is interrupted by Ctrl-C, and gives the terminal back", () => {
  const typist = new Typist("hor\x03se\r");
  assert.equal(promptSecret("Password: ", typist, () => {}), null);
  assert.deepEqual(typist.modes, [true, false]);
});

pure("promptSecret() asks nothing where there is no terminal", () => {
  const input: KeyboardInput = {
    isTerminal: () => false,
    setRaw: () => assert.fail("there is none"),
    readSync: () => assert.fail("there is none"),
  };
  assert.equal(promptSecret("Password: ", input, () => assert.fail("nobody reads")), undefined);
});
