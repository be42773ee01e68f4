import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "../../lib/bytes.ts";
import { Outlet } from "../../lib/data_set/outlet.ts";

Deno.test({
  name: "`Outlet` fills a buffer and tells how much room is left in it",
  permissions: "none",
  fn: () => {
    const outlet = new Outlet();
    const buffer = new Uint8Array(5);
    assert.equal(outlet.room, 0);
    outlet.open(buffer);
    assert.equal(outlet.room, 5);
    outlet.write(Uint8Array.of(1, 2));
    assert.equal(outlet.room, 3);
    outlet.write(Uint8Array.of(3, 4));
    assert.equal(outlet.close(), 4);
    assert.equal(outlet.room, 0);
    assert.deepEqual(buffer, Uint8Array.of(1, 2, 3, 4, 0));
  },
});

Deno.test({
  name: "`Outlet` keeps what has no room for the next buffers, in order",
  permissions: "none",
  fn: () => {
    const outlet = new Outlet();
    outlet.write(Uint8Array.of(1, 2, 3)); // no buffer is there yet
    const buffer = new Uint8Array(2);
    outlet.open(buffer);
    assert.equal(outlet.room, 0);
    outlet.write(Uint8Array.of(4));
    assert.equal(outlet.close(), 2);
    assert.deepEqual(buffer, Uint8Array.of(1, 2));
    outlet.open(buffer);
    outlet.write(Uint8Array.of(5));
    assert.equal(outlet.close(), 2);
    assert.deepEqual(buffer, Uint8Array.of(3, 4));
    outlet.open(buffer);
    assert.equal(outlet.room, 1);
    assert.equal(outlet.close(), 1);
    assert.deepEqual(buffer, Uint8Array.of(5, 4));
    outlet.open(buffer);
    assert.equal(outlet.close(), 0);
  },
});

Deno.test({
  name: "`Outlet.write()` copies: the bytes may be reused",
  permissions: "none",
  fn: () => {
    const outlet = new Outlet();
    const bytes = Uint8Array.of(1, 2, 3);
    const buffer = new Uint8Array(2);
    outlet.open(buffer);
    outlet.write(bytes);
    outlet.close();
    bytes.fill(9);
    const rest = new Uint8Array(1);
    outlet.open(rest);
    assert.deepEqual([...buffer, ...rest], [1, 2, 3]);
  },
});

Deno.test({
  name: "`Outlet` gives what was written, whatever the sizes",
  permissions: "none",
  fn: () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 6 });
    const rounds = fc.array(fc.tuple(fc.nat(40), parts), { maxLength: 20 });
    fc.assert(fc.property(rounds, (sizes) => {
      const outlet = new Outlet();
      const read: Uint8Array[] = [];
      const fill = (size: number, written: readonly Uint8Array[]): number => {
        const buffer = new Uint8Array(size);
        outlet.open(buffer);
        for (const part of written) outlet.write(part);
        const count = outlet.close();
        read.push(buffer.subarray(0, count));
        return count;
      };
      for (const [size, written] of sizes) fill(size, written);
      while (fill(10, []) > 0);
      const expected = concatBytes(sizes.flatMap(([, written]) => written));
      assert.equal(concatBytes(read).toHex(), expected.toHex());
    }));
  },
});

Deno.test({
  name: "`Outlet` works on after much has waited",
  permissions: "none",
  fn: () => {
    const outlet = new Outlet();
    const large = Uint8Array.from({ length: 200_000 }, (_, index) => index);
    for (let round = 0; round < 3; round++) {
      outlet.write(large);
      const buffer = new Uint8Array(large.length);
      outlet.open(buffer);
      assert.equal(outlet.close(), large.length);
      assert.ok(buffer.every((byte, index) => byte === large[index]));
    }
  },
});
