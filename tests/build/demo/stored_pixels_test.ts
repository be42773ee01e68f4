import assert from "node:assert/strict";
import { addGrain, storePixels, windowed } from "../../../build/demo/stored_pixels.ts";

Deno.test("storePixels() rounds, bounds and writes little endian", { permissions: "none" }, () => {
  const bytes = storePixels(Float64Array.of(0, 1.5, 258, -7, 5000));
  assert.equal(bytes.toHex(), "0000" + "0200" + "0201" + "0000" + "ff0f");
});

Deno.test("addGrain() is the same for the same seed, and bounded", { permissions: "none" }, () => {
  const flat = (): Float64Array<ArrayBuffer> => new Float64Array(4096).fill(100);
  const first = addGrain(flat(), 10, 1);
  assert.deepEqual(first, addGrain(flat(), 10, 1));
  assert.notDeepEqual(first, addGrain(flat(), 10, 2));
  for (const value of first) assert.ok(Math.abs(value - 100) <= 10);
  const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
  assert.ok(Math.abs(mean - 100) < 0.5, String(mean));
});

Deno.test("windowed() goes from black to white", { permissions: "none" }, () => {
  const cases = [[-1000, 0], [0, 0], [50, 129], [99, 255], [3000, 255]] as const;
  for (const [value, grey] of cases) assert.equal(windowed(value, 50, 100), grey);
});
