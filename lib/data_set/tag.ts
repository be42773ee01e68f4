/**
 * Data element tags (PS3.5 section 7.1): a tag is the number GGGGEEEE.
 *
 * @module
 */

/** A data element tag: group number in the upper 16 bits, element number in the lower. */
export type Tag = number;

/**
 * Makes a tag of its two halves.
 *
 * @param group Group number, 0 to FFFFH.
 * @param element Element number, 0 to FFFFH.
 * @returns The tag.
 *
 * @example
 * ```ts
 * import { tagOf } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tagOf(0x0010, 0x0020), 0x00100020);
 * ```
 */
export function tagOf(group: number, element: number): Tag {
  return group * 0x10000 + element;
}

/**
 * The group number of a tag.
 *
 * @param tag The tag.
 * @returns 0 to FFFFH.
 *
 * @example
 * ```ts
 * import { groupOf } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(groupOf(0x7fe00010), 0x7fe0);
 * ```
 */
export function groupOf(tag: Tag): number {
  return tag >>> 16;
}

/**
 * The element number of a tag.
 *
 * @param tag The tag.
 * @returns 0 to FFFFH.
 *
 * @example
 * ```ts
 * import { elementOf } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(elementOf(0x00100020), 0x0020);
 * ```
 */
export function elementOf(tag: Tag): number {
  return tag & 0xffff;
}

/**
 * Whether a tag belongs to a private group: an odd one (PS3.5 section 7.8).
 *
 * @param tag The tag.
 * @returns True for odd groups.
 *
 * @example
 * ```ts
 * import { isPrivateTag } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.ok(isPrivateTag(0x00091001));
 * ```
 */
export function isPrivateTag(tag: Tag): boolean {
  return (tag & 0x10000) !== 0;
}

/**
 * Writes a tag in the notation of the standard.
 *
 * @param tag The tag.
 * @returns `(gggg,eeee)` in upper-case hexadecimal.
 *
 * @example
 * ```ts
 * import { formatTag } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatTag(0x300a00b0), "(300A,00B0)");
 * ```
 */
export function formatTag(tag: Tag): string {
  const hex = tag.toString(16).padStart(8, "0").toUpperCase();
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}
