import assert from "node:assert/strict";
import { sourceOf } from "../../lib/net/data_set_source.ts";
import { pure } from "../support/requesting.ts";

pure("sourceOf() gives every byte in portions, and then the end", () => {
  for (const length of [0, 1, 2, 9, 10, 11, 1000]) {
    for (const portion of [1, 3, 10, 2000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i % 251);
      const source = sourceOf(bytes);
      const into = new Uint8Array(portion);
      const got: number[] = [];
      for (let count = source.read(into); count !== 0; count = source.read(into)) {
        assert.ok(typeof count === "number" && count <= portion);
        got.push(...into.subarray(0, count));
      }
      assert.deepEqual(Uint8Array.from(got), bytes, `${length} by ${portion}`);
      assert.equal(source.read(into), 0, "the end stays the end");
    }
  }
});
