/**
 * Where the data set of a message comes from while it is sent.
 *
 * @module
 */

import { DataSetFragmenter } from "../dimse/fragmenter.ts";

/** A data set that is read piece by piece. */
export interface DataSetSource {
  /**
   * Reads the next bytes.
   *
   * @param into Where to; filled from its start.
   * @returns How many bytes were read, at least one; 0 at the end of the data set.
   */
  read(into: Uint8Array): number | Promise<number>;
}

/**
 * A data set that is at hand as a source.
 *
 * @param bytes The data set.
 * @returns The source.
 *
 * @example
 * ```ts
 * import { sourceOf } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const source = sourceOf(Uint8Array.of(1, 2, 3));
 * const into = new Uint8Array(2);
 * assert.equal(source.read(into), 2);
 * assert.equal(source.read(into), 1);
 * assert.equal(source.read(into), 0);
 * ```
 */
export function sourceOf(bytes: Uint8Array): DataSetSource {
  let rest = bytes;
  return {
    read(into): number {
      const piece = rest.subarray(0, into.byteLength);
      into.set(piece);
      rest = rest.subarray(piece.byteLength);
      return piece.byteLength;
    },
  };
}

/** How a data set is framed. */
export interface FramingOptions {
  /** The largest P-DATA-TF that the peer takes; 0 is unlimited. */
  readonly peerMaximumLength: number;
  /** What is filled and sent, over and over. */
  readonly buffer: Uint8Array<ArrayBuffer>;
}

/**
 * Frames a message whose data set is read on the way: command and first fragments in one piece.
 *
 * @param contextId The presentation context.
 * @param command The command set.
 * @param source The data set.
 * @param options The peer's limit, and the buffer.
 * @returns Whole P-DATA-TF PDUs; each is to be written before the next is asked for.
 */
export async function* framedDataSet(
  contextId: number,
  command: Uint8Array,
  source: DataSetSource,
  options: FramingOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const { peerMaximumLength, buffer } = options;
  const fragmenter = new DataSetFragmenter(contextId, peerMaximumLength, { command, buffer });
  while (true) {
    const room = fragmenter.room();
    if (room.byteLength === 0) {
      yield fragmenter.flush();
      continue;
    }
    const read = source.read(room);
    // A source that is read synchronously costs no turn of the event loop for each fragment.
    const length = typeof read === "number" ? read : await read;
    if (length === 0) break;
    fragmenter.fill(length);
  }
  yield fragmenter.end();
}
