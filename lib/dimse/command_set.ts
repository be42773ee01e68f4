/**
 * Command sets: the group 0000 elements that start every DIMSE message, always in Implicit VR
 * Little Endian (PS3.7 section 6.3).
 *
 * @module
 */

import { decodePaddedText, writeLatin1 } from "../bytes.ts";
import { formatTag, groupOf, type Tag } from "../data_set/tag.ts";
import { DataSetError, LocalProtocolError } from "../errors.ts";

/** The elements of the command sets of the composite services (PS3.7 section E.1). */
export const COMMAND_TAG = {
  commandGroupLength: 0x00000000,
  affectedSopClassUid: 0x00000002,
  requestedSopClassUid: 0x00000003,
  commandField: 0x00000100,
  messageId: 0x00000110,
  messageIdBeingRespondedTo: 0x00000120,
  moveDestination: 0x00000600,
  priority: 0x00000700,
  commandDataSetType: 0x00000800,
  status: 0x00000900,
  offendingElement: 0x00000901,
  errorComment: 0x00000902,
  affectedSopInstanceUid: 0x00001000,
  numberOfRemainingSubOperations: 0x00001020,
  numberOfCompletedSubOperations: 0x00001021,
  numberOfFailedSubOperations: 0x00001022,
  numberOfWarningSubOperations: 0x00001023,
  moveOriginatorAeTitle: 0x00001030,
  moveOriginatorMessageId: 0x00001031,
} as const;

/** An element to be encoded: its value in the type that its VR has. */
export type CommandElement =
  | { readonly tag: Tag; readonly vr: "UI" | "AE" | "LO"; readonly value: string }
  | { readonly tag: Tag; readonly vr: "US"; readonly value: number }
  | { readonly tag: Tag; readonly vr: "AT"; readonly value: readonly Tag[] };

/** Tag and 32-bit length (PS3.5 section 7.1.3). */
const ELEMENT_HEADER_LENGTH = 8;
const GROUP_LENGTH_ELEMENT_LENGTH = ELEMENT_HEADER_LENGTH + 4;
const NUL = 0x00;
const SPACE = 0x20;

/**
 * A command set as received. Its values stay in the bytes it was decoded from, and are read when they
 * are asked for.
 *
 * @example
 * ```ts
 * import { COMMAND_TAG, decodeCommandSet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const commandSet = decodeCommandSet(Uint8Array.fromHex("00000001020000003000"));
 * assert.equal(commandSet.us(COMMAND_TAG.commandField), 0x0030);
 * assert.equal(commandSet.us(COMMAND_TAG.messageId), undefined);
 * ```
 */
export class CommandSet {
  readonly #bytes: Uint8Array;
  readonly #offsets: ReadonlyMap<Tag, number>;

  /**
   * Makes a command set of its elements; {@linkcode decodeCommandSet} does so.
   *
   * @param bytes The whole command set, whose structure is sound.
   * @param offsets Where the value of each element begins in it, by tag.
   */
  constructor(bytes: Uint8Array, offsets: ReadonlyMap<Tag, number>) {
    this.#bytes = bytes;
    this.#offsets = offsets;
  }

  /**
   * Whether there is an element of a tag, empty or not.
   *
   * @param tag The tag.
   * @returns True when there is.
   */
  has(tag: Tag): boolean {
    return this.#offsets.has(tag);
  }

  /**
   * A number of VR US.
   *
   * @param tag The tag.
   * @returns The number, or `undefined` when there is no such element.
   * @throws {DataSetError} When the element is not of two bytes.
   */
  us(tag: Tag): number | undefined {
    const start = this.#offsets.get(tag);
    if (start === undefined) return undefined;
    const length = lengthBefore(this.#bytes, start);
    if (length !== 2) {
      throw new DataSetError(
        `Cannot decode command set: ${formatTag(tag)} of VR US has ${length} bytes, not 2`,
        { tag },
      );
    }
    return uint16(this.#bytes, start);
  }

  /**
   * A UID. Padding after it is taken away; what is wrong inside it, even a NUL, stays to be seen.
   *
   * @param tag The tag.
   * @returns The UID, or `undefined` when there is no such element.
   */
  ui(tag: Tag): string | undefined {
    const start = this.#offsets.get(tag);
    if (start === undefined) return undefined;
    return decodePaddedText(this.#bytes, start, start + lengthBefore(this.#bytes, start));
  }

  /**
   * An AE title without the spaces around it.
   *
   * @param tag The tag.
   * @returns The title, or `undefined` when there is no such element.
   */
  ae(tag: Tag): string | undefined {
    return this.#text(tag);
  }

  /**
   * A text of VR LO without the spaces around it. Bytes outside ASCII are read as ISO 8859-1: a
   * command set has no Specific Character Set.
   *
   * @param tag The tag.
   * @returns The text, or `undefined` when there is no such element.
   */
  lo(tag: Tag): string | undefined {
    return this.#text(tag);
  }

  /**
   * The tags in an element of VR AT.
   *
   * @param tag The tag of the element.
   * @returns The tags, or `undefined` when there is no such element.
   * @throws {DataSetError} When the element is not of four bytes a tag.
   */
  at(tag: Tag): Tag[] | undefined {
    const start = this.#offsets.get(tag);
    if (start === undefined) return undefined;
    const length = lengthBefore(this.#bytes, start);
    if (length % 4 !== 0) {
      throw new DataSetError(
        `Cannot decode command set: ${formatTag(tag)} of VR AT has ${length} bytes, ` +
          "not a multiple of 4",
        { tag },
      );
    }
    const tags: Tag[] = [];
    for (let at = start; at < start + length; at += 4) tags.push(tagAt(this.#bytes, at));
    return tags;
  }

  #text(tag: Tag): string | undefined {
    let start = this.#offsets.get(tag);
    if (start === undefined) return undefined;
    const end = start + lengthBefore(this.#bytes, start);
    while (start < end && this.#bytes[start] === SPACE) start += 1;
    return decodePaddedText(this.#bytes, start, end);
  }
}

/**
 * Decodes a command set. The group length is not believed, for the last fragment ends the command
 * set; of elements sent twice the first counts; elements of other groups are skipped. One in
 * explicit VR or big endian fails, because its lengths then do.
 *
 * @param bytes The whole command set.
 * @returns Its elements, which stay in `bytes`.
 * @throws {DataSetError} When an element is cut, or its length is odd or exceeds what is left.
 *
 * @example
 * ```ts
 * import { COMMAND_TAG, decodeCommandSet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const commandSet = decodeCommandSet(Uint8Array.fromHex("0000000604000000" + "50414353"));
 * assert.equal(commandSet.ae(COMMAND_TAG.moveDestination), "PACS");
 * ```
 */
export function decodeCommandSet(bytes: Uint8Array): CommandSet {
  const offsets = new Map<Tag, number>();
  for (let offset = 0; offset < bytes.length;) {
    const left = bytes.length - offset;
    if (left < ELEMENT_HEADER_LENGTH) {
      throw new DataSetError(
        `Cannot decode command set: ${left} bytes left are too few for an element`,
        { offset },
      );
    }
    const tag = tagAt(bytes, offset);
    const start = offset + ELEMENT_HEADER_LENGTH;
    const length = lengthBefore(bytes, start);
    if (length > bytes.length - start) {
      throw new DataSetError(
        `Cannot decode command set: ${formatTag(tag)} of ${length} bytes exceeds the ` +
          `${bytes.length - start} bytes left`,
        { tag, offset },
      );
    }
    if (length % 2 !== 0) {
      throw new DataSetError(
        `Cannot decode command set: ${formatTag(tag)} has an odd length of ${length} bytes`,
        { tag, offset },
      );
    }
    offset = start + length;
    if (groupOf(tag) === 0 && !offsets.has(tag)) offsets.set(tag, start);
  }
  return new CommandSet(bytes, offsets);
}

/**
 * Encodes a command set: the group length, then the elements in ascending order of tag, UIDs padded
 * with a NUL and texts with a space to an even length (PS3.7 section 6.3.1).
 *
 * @param elements The elements without the group length, in any order. Their characters have to be
 * in ISO 8859-1, as a decoded command set's are; nothing else is asked of a value, so that what a
 * peer sent can be sent back.
 * @returns The bytes, in an array of their own.
 * @throws {LocalProtocolError} When a tag is not of group 0000 or is there twice, or when a value
 * does not fit its VR.
 *
 * @example
 * ```ts
 * import { COMMAND_TAG, encodeCommandSet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const bytes = encodeCommandSet([{ tag: COMMAND_TAG.commandField, vr: "US", value: 0x0030 }]);
 * assert.equal(bytes.toHex(), "00000000040000000a000000" + "00000001020000003000");
 * ```
 */
export function encodeCommandSet(elements: readonly CommandElement[]): Uint8Array<ArrayBuffer> {
  let previous: Tag = COMMAND_TAG.commandGroupLength;
  let length = GROUP_LENGTH_ELEMENT_LENGTH;
  for (const element of elements) {
    const { tag } = element;
    if (groupOf(tag) !== 0) throw cannotEncode(tag, "only group 0000 is allowed");
    if (tag === previous) throw cannotEncode(tag, "the element is there twice");
    // Those of a message are in order, and need not be sorted.
    if (tag < previous) {
      return encodeCommandSet(elements.toSorted((one, other) => one.tag - other.tag));
    }
    previous = tag;
    length += ELEMENT_HEADER_LENGTH + valueLength(element);
  }
  const bytes = new Uint8Array(length);
  writeHeader(bytes, 0, COMMAND_TAG.commandGroupLength, 4);
  writeUint32(bytes, ELEMENT_HEADER_LENGTH, length - GROUP_LENGTH_ELEMENT_LENGTH);
  let offset = GROUP_LENGTH_ELEMENT_LENGTH;
  for (const element of elements) {
    const length = valueLength(element);
    writeHeader(bytes, offset, element.tag, length);
    offset += ELEMENT_HEADER_LENGTH;
    writeValue(bytes, offset, element);
    offset += length;
  }
  return bytes;
}

function valueLength(element: CommandElement): number {
  switch (element.vr) {
    case "US":
      return 2;
    case "AT":
      return element.value.length * 4;
    default:
      return element.value.length + element.value.length % 2;
  }
}

/** Group 0000 needs not be written: a new array is all zeros. */
function writeHeader(bytes: Uint8Array, offset: number, tag: Tag, length: number): void {
  writeUint16(bytes, offset + 2, tag);
  writeUint32(bytes, offset + 4, length);
}

function writeValue(bytes: Uint8Array, offset: number, element: CommandElement): void {
  switch (element.vr) {
    case "US":
      if (!Number.isInteger(element.value) || element.value < 0 || element.value > 0xffff) {
        throw cannotEncode(element.tag, `${element.value} is not a number from 0 to 65535`);
      }
      writeUint16(bytes, offset, element.value);
      return;
    case "AT":
      for (const [index, tag] of element.value.entries()) {
        writeUint16(bytes, offset + index * 4, tag >>> 16);
        writeUint16(bytes, offset + index * 4 + 2, tag);
      }
      return;
    default:
      writeText(bytes, offset, element);
  }
}

function writeText(
  bytes: Uint8Array,
  offset: number,
  { tag, vr, value }: Extract<CommandElement, { vr: "UI" | "AE" | "LO" }>,
): void {
  if (!writeLatin1(bytes, offset, value)) {
    throw cannotEncode(tag, `${JSON.stringify(value)} has characters outside ISO 8859-1`);
  }
  if (value.length % 2 !== 0) bytes[offset + value.length] = vr === "UI" ? NUL : SPACE;
}

function cannotEncode(tag: Tag, state: string): LocalProtocolError {
  return new LocalProtocolError(`Cannot encode command element ${formatTag(tag)}: ${state}`);
}

function tagAt(bytes: Uint8Array, offset: number): Tag {
  return uint16(bytes, offset) * 0x10000 + uint16(bytes, offset + 2);
}

/** The length of the value that begins at an offset: the four bytes in front of it. */
function lengthBefore(bytes: Uint8Array, start: number): number {
  return uint16(bytes, start - 2) * 0x10000 + uint16(bytes, start - 4);
}

/** Little endian, unlike all the numbers of the Upper Layer. */
function uint16(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! + bytes[offset + 1]! * 0x100;
}

function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
}

function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  writeUint16(bytes, offset, value);
  writeUint16(bytes, offset + 2, value >>> 16);
}
