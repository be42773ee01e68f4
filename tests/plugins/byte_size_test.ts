import assert from "node:assert/strict";
import { parseByteSize } from "../../plugins/byte_size.ts";
import { pure } from "../support/requesting.ts";

const CASES: readonly (readonly [text: string, bytes: number | undefined])[] = [
  ["0", 0],
  ["1", 1],
  ["512", 512],
  ["512B", 512],
  ["1k", 1024],
  ["1K", 1024],
  ["1KiB", 1024],
  ["1kB", 1000],
  ["500M", 500 * 1024 ** 2],
  ["500MB", 500e6],
  [" 1.5 GiB ", 1.5 * 1024 ** 3],
  ["1.5 GB", 1.5e9],
  ["2T", 2 * 1024 ** 4],
  ["2TB", 2e12],
  ["0.1", 1],
  ["", undefined],
  ["M", undefined],
  ["-1", undefined],
  ["1e9", undefined],
  ["1,5G", undefined],
  ["1 P", undefined],
  ["0x10", undefined],
  ["5%", undefined],
  ["1M2", undefined],
  ["99999999999T", undefined],
];

for (const [text, bytes] of CASES) {
  pure(`parseByteSize() makes ${bytes} of ${JSON.stringify(text)}`, () => {
    assert.equal(parseByteSize(text), bytes);
  });
}
