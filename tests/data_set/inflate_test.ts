import assert from "node:assert/strict";
import { deflateSync } from "fflate";
import fc from "fast-check";
import { concatBytes } from "../../lib/bytes.ts";
import { inflate, Inflater } from "../../lib/data_set/inflate.ts";

/** An empty stored block that is not the last one: valid without end, and nothing comes out. */
const EMPTY_BLOCK = "000000ffff";

Deno.test({
  name: "`Inflater` gives back what was deflated, in pieces of any size",
  permissions: "none",
  fn: () => {
    const arbitrary = fc.tuple(
      fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 100 }).map(concatBytes),
      fc.integer({ min: 1, max: 300 }),
      fc.constantFrom(0, 1, 6, 9),
    );
    fc.assert(
      fc.property(arbitrary, ([plain, size, level]) => {
        const bytes = deflateSync(plain, { level: level === 1 ? 1 : level === 0 ? 0 : 6 });
        const parts: Uint8Array[] = [];
        const inflater = new Inflater(plain.length, (part) => parts.push(part.slice()));
        for (let at = 0; at < bytes.length; at += size) {
          inflater.push(bytes.subarray(at, at + size));
        }
        inflater.finish();
        assert.equal(concatBytes(parts).toHex(), plain.toHex());
      }),
      { numRuns: 200 },
    );
  },
});

Deno.test({
  name: "`inflate()` reads several slices, and a NUL after the end",
  permissions: "none",
  fn: () => {
    const plain = Uint8Array.from({ length: 20_000 }, (_, index) => index);
    const bytes = deflateSync(plain, { level: 0 });
    assert.ok(bytes.length > 8192);
    assert.equal(inflate(concatBytes([bytes, Uint8Array.of(0)])).toHex(), plain.toHex());
    assert.equal(inflate(new Uint8Array(0)).length, 0);
  },
});

Deno.test({
  name: "`inflate()` throws on deflated bytes cut anywhere",
  permissions: "none",
  fn: () => {
    const plain = Uint8Array.from({ length: 300 }, (_, index) => (index * index) >> 3);
    for (const level of [0, 6] as const) {
      const bytes = deflateSync(plain, { level });
      for (let length = 1; length < bytes.length; length++) {
        assert.throws(() => inflate(bytes.subarray(0, length)), {
          name: "DataSetError",
          message: "Cannot inflate the data set: the deflated bytes end too early",
        }, `${length} of ${bytes.length}`);
      }
    }
  },
});

Deno.test({
  name: "`inflate()` throws only `DataSetError` on random bytes",
  permissions: "none",
  fn: () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        try {
          inflate(bytes, 100_000);
        } catch (error) {
          assert.equal((error as Error).name, "DataSetError");
        }
      }),
      { numRuns: 1000 },
    );
  },
});

Deno.test({
  name: "`inflate()` stops a bomb at the budget, with the cause in words",
  permissions: "none",
  fn: () => {
    const bomb = deflateSync(new Uint8Array(32 * 1024 * 1024));
    let largest = 0;
    const inflater = new Inflater(1_000_000, (part) => largest = Math.max(largest, part.length));
    assert.throws(() => {
      inflater.push(bomb);
      inflater.finish();
    }, {
      name: "DataSetError",
      message: "Cannot inflate the data set: it exceeds the budget of 1000000 bytes",
    });
    assert.equal(inflater.overBudget, true);
    assert.ok(largest <= 1_000_000);
  },
});

Deno.test({
  name: "`Inflater.push()` throws on input without end that yields no output",
  permissions: "none",
  fn: () => {
    const bytes = Uint8Array.fromHex(EMPTY_BLOCK.repeat(30_000));
    assert.throws(() => inflate(bytes), { name: "DataSetError", message: /yield no output$/ });
    const trailing = concatBytes([deflateSync(Uint8Array.of(1)), new Uint8Array(200_000)]);
    assert.throws(() => inflate(trailing), { name: "DataSetError", message: /yield no output$/ });
    assert.equal(inflate(Uint8Array.fromHex(EMPTY_BLOCK.repeat(1000) + "0300")).length, 0);
  },
});

Deno.test({
  name: "`inflate()` accepts a stored block of the greatest size",
  permissions: "none",
  fn: () => {
    const plain = Uint8Array.from({ length: 0xffff }, (_, index) => index);
    const bytes = concatBytes([Uint8Array.fromHex("01ffff0000"), plain]);
    assert.equal(inflate(bytes).toHex(), plain.toHex());
  },
});
