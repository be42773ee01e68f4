/**
 * RLE Lossless (PS3.5 annex G).
 *
 * @module
 */

/** A frame that is not compressed. */
export interface Frame {
  /** Bytes of a row. */
  readonly stride: number;
  /** Bytes of a pixel, as in the frame: 2 of 16 bits in little endian order, 3 of RGB. */
  readonly bytesPerPixel: number;
  /** Whether the bytes of a pixel are those of one number, which RLE wants the highest first. */
  readonly isOneNumber: boolean;
  /** The pixels, row by row. */
  readonly pixels: Uint8Array;
}

/**
 * Compresses a frame.
 *
 * @param frame The frame.
 * @returns The fragment: a header, and a segment for each byte of a pixel.
 */
export function encodeRunLengths(frame: Frame): Uint8Array<ArrayBuffer> {
  const { bytesPerPixel, isOneNumber } = frame;
  const header = new DataView(new ArrayBuffer(HEADER_LENGTH));
  header.setUint32(0, bytesPerPixel, true);
  const bytes: number[] = [];
  for (let segment = 0; segment < bytesPerPixel; segment++) {
    header.setUint32(4 + 4 * segment, HEADER_LENGTH + bytes.length, true);
    writeSegment(bytes, frame, isOneNumber ? bytesPerPixel - 1 - segment : segment);
    if (bytes.length % 2 !== 0) bytes.push(0);
  }
  const fragment = new Uint8Array(HEADER_LENGTH + bytes.length);
  fragment.set(new Uint8Array(header.buffer));
  fragment.set(bytes, HEADER_LENGTH);
  return fragment;
}

/** PS3.5 section G.5: the number of segments and fifteen offsets. */
const HEADER_LENGTH = 64;

/** PS3.5 section G.3.1: no run goes from row to row, and none is longer. */
const LONGEST_RUN = 128;

function writeSegment(bytes: number[], frame: Frame, byte: number): void {
  const { stride, bytesPerPixel, pixels } = frame;
  for (let start = 0; start < pixels.length; start += stride) {
    const row: number[] = [];
    for (let at = start + byte; at < start + stride; at += bytesPerPixel) row.push(pixels[at] ?? 0);
    writeRow(bytes, row);
  }
}

function writeRow(bytes: number[], row: readonly number[]): void {
  for (let at = 0; at < row.length;) {
    const run = runAt(row, at);
    if (run > 1) {
      bytes.push(257 - run, row[at] ?? 0);
      at += run;
      continue;
    }
    const start = at;
    while (at < row.length && at - start < LONGEST_RUN && runAt(row, at) < 3) at++;
    bytes.push(at - start - 1, ...row.slice(start, at));
  }
}

/** How often the byte at an index is repeated there. */
function runAt(row: readonly number[], at: number): number {
  let end = at + 1;
  while (end < row.length && end - at < LONGEST_RUN && row[end] === row[at]) end++;
  return end - at;
}
