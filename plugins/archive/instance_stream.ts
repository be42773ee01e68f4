/**
 * The data set of a file as a stream of bytes.
 *
 * @module
 */

/** One read where the reader brings no buffer of its own: from here on larger ones are no faster. */
const PIECE_LENGTH = 256 * 1024;

/**
 * Opens a file for reading from where its data set begins. A byte stream: a BYOB reader gets the bytes
 * without a further copy. The file is closed at its end, or when the stream is cancelled.
 *
 * @param path The file.
 * @param offset Where to begin.
 * @returns The bytes up to the end of the file.
 * @throws {Error} When the file system refuses.
 *
 * @example
 * ```ts
 * import { openInstanceStream } from "./instance_stream.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "head and data");
 * const stream = openInstanceStream(path, 9);
 * assert.equal(await new Response(stream).text(), "data");
 * await Deno.remove(path);
 * ```
 */
export function openInstanceStream(
  path: string,
  offset: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const file = Deno.openSync(path);
  try {
    file.seekSync(offset, Deno.SeekMode.Start);
  } catch (error) {
    file.close();
    throw error;
  }
  return new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: PIECE_LENGTH,
    // What the system has in its cache is copied sooner than another thread is asked for it.
    pull(controller): void {
      const request = controller.byobRequest;
      const view = request?.view;
      if (!request || !view) return;
      try {
        const into = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
        const count = file.readSync(into);
        if (count === null) {
          file.close();
          controller.close();
        }
        request.respond(count ?? 0);
      } catch (error) {
        file.close();
        throw error;
      }
    },
    cancel(): void {
      file.close();
    },
  });
}
