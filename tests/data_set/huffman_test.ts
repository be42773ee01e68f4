import assert from "node:assert/strict";
import {
  type Completeness,
  FIXED_DISTANCES,
  FIXED_LITERALS,
  HuffmanTable,
} from "../../lib/data_set/huffman.ts";
import { DataSetError } from "../../lib/errors.ts";
import { pure } from "../support/pure.ts";

/** Looks the first bits, written first bit first, up. */
function look(table: HuffmanTable, bits: string): [symbol: number, length: number] {
  const index = [...bits].reduce((value, bit, place) => value | Number(bit) << place, 0);
  const entry = table.entries[index & table.mask]!;
  return [entry >>> 4, entry & 15];
}

pure("HuffmanTable gives the codes of the example of RFC 1951 section 3.2.2", () => {
  const table = new HuffmanTable(Uint8Array.of(3, 3, 3, 3, 3, 2, 4, 4), "complete");
  const codes = ["010", "011", "100", "101", "110", "00", "1110", "1111"];
  assert.equal(table.longest, 4);
  for (const [symbol, code] of codes.entries()) {
    assert.deepEqual(look(table, code + "0000"), [symbol, code.length]);
    assert.deepEqual(look(table, code + "1111"), [symbol, code.length]);
  }
});

pure("FIXED_LITERALS and FIXED_DISTANCES are those of RFC 1951 section 3.2.6", () => {
  const cases: [symbol: number, code: string][] = [
    [0, "00110000"],
    [143, "10111111"],
    [144, "110010000"],
    [255, "111111111"],
    [256, "0000000"],
    [279, "0010111"],
    [280, "11000000"],
    [287, "11000111"],
  ];
  for (const [symbol, code] of cases) {
    assert.deepEqual(look(FIXED_LITERALS, code), [symbol, code.length]);
  }
  assert.deepEqual(look(FIXED_DISTANCES, "00011"), [3, 5]);
});

pure("HuffmanTable refuses lengths that make no code", () => {
  const cases: [lengths: number[], completeness: Completeness, message: RegExp | undefined][] = [
    [[1, 1, 1], "complete", /more codes than there can be$/],
    [[2, 2, 2], "complete", /fewer codes than there must be$/],
    [[2, 2, 2], "single allowed", /fewer codes than there must be$/],
    [[1, 0], "complete", /fewer codes than there must be$/],
    [[2, 0], "single allowed", /fewer codes than there must be$/],
    [[1, 0], "single allowed", undefined],
    [[0, 0], "single allowed", undefined],
    [[1, 1], "complete", undefined],
    [[15, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], "complete", undefined],
  ];
  for (const [lengths, completeness, message] of cases) {
    const make = (): HuffmanTable => new HuffmanTable(Uint8Array.from(lengths), completeness);
    if (message === undefined) assert.doesNotThrow(make, `${lengths}`);
    else {assert.throws(make, (error) =>
        error instanceof DataSetError && message.test(error.message));}
  }
});
