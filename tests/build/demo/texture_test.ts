import assert from "node:assert/strict";
import { grain } from "../../../build/demo/texture.ts";

Deno.test("grain() is always the same, and another for other integers", {
  permissions: "none",
}, () => {
  assert.equal(grain(1, 2, 3), grain(1, 2, 3));
  const near = [grain(1, 2, 3), grain(2, 2, 3), grain(1, 3, 3), grain(1, 2, 4), grain(3, 2, 1)];
  assert.equal(new Set(near).size, near.length);
});

Deno.test("grain() goes evenly from -1 to 1", { permissions: "none" }, () => {
  const values = Array.from({ length: 10_000 }, (_, index) => grain(index, 7, 1));
  const quarters = [0, 0, 0, 0];
  for (const value of values) {
    assert.ok(value >= -1 && value < 1);
    const quarter = Math.floor((value + 1) * 2);
    quarters[quarter] = (quarters[quarter] ?? 0) + 1;
  }
  for (const count of quarters) assert.ok(Math.abs(count - 2500) < 250, String(quarters));
});
