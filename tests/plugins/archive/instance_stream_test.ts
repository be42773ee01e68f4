import assert from "node:assert/strict";
import { openInstanceStream } from "../../../plugins/archive/instance_stream.ts";
import { someBytes } from "../../conformance/store_request.ts";

const BYTES = someBytes(700_001);

async function withFile(run: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, BYTES);
    await run(path);
  } finally {
    await Deno.remove(path);
  }
}

for (const offset of [0, 1, 600_000, 700_001]) {
  Deno.test(`openInstanceStream() gives the bytes from ${offset}`, () =>
    withFile(async (path) => {
      const stream = openInstanceStream(path, offset);
      assert.deepEqual(await new Response(stream).bytes(), BYTES.slice(offset));
    }));
}

Deno.test("openInstanceStream() fills the buffer that a reader brings", () =>
  withFile(async (path) => {
    const reader = openInstanceStream(path, 1).getReader({ mode: "byob" });
    let read = 0;
    let buffer = new ArrayBuffer(256 * 1024);
    for (let pieces = 1;; pieces++) {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (done) return assert.deepEqual([read, pieces], [700_000, 4]);
      assert.deepEqual(value, BYTES.slice(1 + read, 1 + read + value.length));
      read += value.length;
      buffer = value.buffer;
    }
  }));

Deno.test("openInstanceStream() closes the file when it is cancelled", () =>
  withFile(async (path) => {
    const stream = openInstanceStream(path, 0);
    await stream.cancel(); // The test ends with no file open, or fails.
  }));

Deno.test("openInstanceStream() fails when there is no file", () => {
  assert.throws(() => openInstanceStream("/nowhere/at/all", 0), Deno.errors.NotFound);
});
