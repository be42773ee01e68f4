import assert from "node:assert/strict";
import { CHUNK_LENGTH } from "../../lib/handler/sandbox_protocol.ts";
import type { StoreWish } from "../../lib/handler/sandbox_protocol.ts";
import { ChunkStream } from "../../lib/handler/sandbox_stream.ts";
import { settle } from "../support/fake_clock.ts";

/** A stream, and what it has asked for. */
function streamed(): { readonly stream: ChunkStream; readonly wishes: StoreWish[] } {
  const wishes: StoreWish[] = [];
  return { stream: new ChunkStream((wish) => void wishes.push(wish)), wishes };
}

function chunk(...bytes: number[]): [ArrayBuffer, number] {
  const buffer = new ArrayBuffer(CHUNK_LENGTH);
  new Uint8Array(buffer).set(bytes);
  return [buffer, bytes.length];
}

Deno.test({
  name: "`ChunkStream` asks for nothing before it is read, and then once",
  permissions: "none",
  async fn() {
    const { stream, wishes } = streamed();
    await settle();
    assert.deepEqual(wishes, []);
    const reader = stream.readable.getReader();
    const read = reader.read();
    await settle();
    assert.deepEqual(wishes, [{ type: "pull" }]);
    stream.push(...chunk(1, 2));
    assert.deepEqual(await read, { value: new Uint8Array([1, 2]), done: false });
    const next = reader.read();
    stream.end();
    assert.deepEqual(await next, { value: undefined, done: true });
    assert.deepEqual(wishes, [{ type: "pull" }, { type: "spent" }]);
  },
});

Deno.test({
  name: "`ChunkStream` gives a buffer back when all of it has been copied",
  permissions: "none",
  async fn() {
    const { stream, wishes } = streamed();
    const reader = stream.readable.getReader({ mode: "byob" });
    const [buffer, length] = chunk(1, 2, 3);
    stream.push(buffer, length);
    assert.deepEqual((await reader.read(new Uint8Array(2))).value, new Uint8Array([1, 2]));
    assert.deepEqual(wishes, [{ type: "pull" }]);
    assert.deepEqual((await reader.read(new Uint8Array(2))).value, new Uint8Array([3]));
    assert.deepEqual(wishes, [{ type: "pull" }, { type: "spent", buffer }]);
    stream.end();
    const { value, done } = await reader.read(new Uint8Array(2));
    assert.deepEqual([value?.byteLength, done], [0, true]);
  },
});

Deno.test({
  name: "`ChunkStream` fills what wants to be filled from several chunks",
  permissions: "none",
  async fn() {
    const { stream } = streamed();
    const reader = stream.readable.getReader({ mode: "byob" });
    const full = reader.read(new Uint8Array(4), { min: 4 });
    for (const byte of [1, 2, 3]) {
      stream.push(...chunk(byte));
      await settle();
    }
    stream.push(...chunk(4, 5));
    assert.deepEqual((await full).value, new Uint8Array([1, 2, 3, 4]));
    const rest = reader.read(new Uint8Array(4), { min: 4 });
    stream.end();
    assert.deepEqual((await rest).value, new Uint8Array([5]));
  },
});

Deno.test({
  name: "`ChunkStream` ends also for a reader of units that the length is no multiple of",
  permissions: "none",
  async fn() {
    const { stream } = streamed();
    const reader = stream.readable.getReader({ mode: "byob" });
    const read = reader.read(new Uint16Array(2), { min: 2 });
    stream.push(...chunk(1, 2, 3));
    await settle();
    stream.end();
    await assert.rejects(read, TypeError);
  },
});

Deno.test({
  name: "`ChunkStream` fails at once, and gives back what was not read",
  permissions: "none",
  async fn() {
    const { stream, wishes } = streamed();
    const [buffer, length] = chunk(1, 2);
    stream.push(buffer, length);
    const error = new Error("lost");
    stream.fail(error);
    stream.fail(new Error("again"));
    await assert.rejects(stream.readable.getReader().read(), (thrown) => thrown === error);
    assert.deepEqual(wishes, [{ type: "spent", buffer }]);
  },
});

Deno.test({
  name: "`ChunkStream` fails a read that waits",
  permissions: "none",
  async fn() {
    const { stream } = streamed();
    const read = stream.readable.getReader({ mode: "byob" }).read(new Uint8Array(1));
    await settle();
    stream.fail(new Error("lost"));
    await assert.rejects(read, { message: "lost" });
  },
});

Deno.test({
  name: "`ChunkStream` tells of its cancelling, and gives back what still comes",
  permissions: "none",
  async fn() {
    const { stream, wishes } = streamed();
    await stream.readable.cancel();
    const [buffer, length] = chunk(1);
    stream.push(buffer, length);
    stream.end();
    assert.deepEqual(wishes, [{ type: "cancel" }, { type: "spent", buffer }]);
  },
});
