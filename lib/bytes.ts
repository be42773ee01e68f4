/**
 * The few byte operations that more than one floor needs. Hexadecimal is the platform's own
 * `Uint8Array.fromHex()` and `toHex()`.
 *
 * @module
 */

/** No bytes at all; shared, because an empty view costs as much memory as a small one. */
export const EMPTY_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);

const NUL = 0x00;
const SPACE = 0x20;

/** Characters decoded at once: a call takes its arguments from the stack, which is bounded. */
const LATIN1_RUN = 4096;

/**
 * Joins byte arrays into a new one.
 *
 * @param parts The arrays, in order.
 * @returns A copy of all their bytes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(concatBytes([Uint8Array.of(1, 2), Uint8Array.of(3)]), Uint8Array.of(1, 2, 3));
 * ```
 */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Reads a 16-bit unsigned number, big endian.
 *
 * @param bytes Where to read; the caller has checked that two bytes are there.
 * @param offset Of the first byte.
 * @returns The number.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(readUint16(Uint8Array.of(0xff, 0x01, 0x02), 1), 0x0102);
 * ```
 */
export function readUint16(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! * 0x100 + bytes[offset + 1]!;
}

/**
 * Reads a 32-bit unsigned number, big endian, without the `DataView` that would have to be made.
 *
 * @param bytes Where to read; the caller has checked that four bytes are there.
 * @param offset Of the first byte.
 * @returns The number, never negative.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(readUint32(Uint8Array.of(0xff, 0xff, 0xff, 0xfc), 0), 0xfffffffc);
 * ```
 */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset) * 0x10000 + readUint16(bytes, offset + 2);
}

/**
 * Decodes ISO 8859-1, byte for byte: no byte is refused, so that names from a peer can be shown
 * and compared as they came. (The platform's "latin1" is Windows-1252.)
 *
 * @param bytes Where to read.
 * @param start The first byte.
 * @param end After the last byte.
 * @returns The characters U+0000 to U+00FF.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(decodeLatin1(Uint8Array.of(0x41, 0x80, 0xe9)), "A\u0080é");
 * ```
 */
export function decodeLatin1(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  if (end - start <= LATIN1_RUN) return charactersOf(bytes.subarray(start, end));
  let text = "";
  for (let at = start; at < end; at += LATIN1_RUN) {
    text += charactersOf(bytes.subarray(at, Math.min(at + LATIN1_RUN, end)));
  }
  return text;
}

/** Not by spreading: that goes through the array's iterator, and takes five times as long. */
function charactersOf(codes: Uint8Array): string {
  return Reflect.apply(String.fromCharCode, undefined, codes);
}

/**
 * Decodes a UID or a name and leaves out the NULs and spaces after it: PDU items carry no padding
 * (PS3.8 annex F), but peers send it.
 *
 * @param bytes Where to read.
 * @param start The first byte.
 * @param end After the last byte.
 * @returns The text, as {@linkcode decodeLatin1} reads it, without trailing padding.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(decodePaddedText(new TextEncoder().encode("1.2.3\0")), "1.2.3");
 * ```
 */
export function decodePaddedText(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let last = end;
  while (last > start && (bytes[last - 1] === SPACE || bytes[last - 1] === NUL)) last -= 1;
  return decodeLatin1(bytes, start, last);
}

/**
 * Writes ISO 8859-1, as {@linkcode decodeLatin1} reads it. By a loop: short texts are in their place
 * before a `TextEncoder` has begun.
 *
 * @param target Where to write; the caller has seen to it that there is room.
 * @param offset Of the first character.
 * @param text The text; of characters outside ISO 8859-1 only the lowest eight bits are written.
 * @returns Whether there were none of those.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const bytes = new Uint8Array(4);
 * assert.ok(writeLatin1(bytes, 1, "A\u0080é"));
 * assert.equal(bytes.toHex(), "004180e9");
 * ```
 */
export function writeLatin1(target: Uint8Array, offset: number, text: string): boolean {
  let bits = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    target[offset + index] = code;
    bits |= code;
  }
  return bits <= 0xff;
}
