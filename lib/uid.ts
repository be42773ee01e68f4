/**
 * Unique identifiers (PS3.5 section 9).
 *
 * @module
 */

/** The longest UID (PS3.5 section 9.1). */
export const MAXIMUM_UID_LENGTH = 64;

/** This implementation, as an association request or answer names it (PS3.7 section D.3.3.2). */
export const IMPLEMENTATION_CLASS_UID = "2.25.222765173003240025325639347550123677281";

/** The version that goes with {@linkcode IMPLEMENTATION_CLASS_UID}; at most 16 characters. */
export const IMPLEMENTATION_VERSION_NAME = "DICOM_DIMSE_0_1";

const UID = /^(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+$/;

/**
 * Whether a text is a UID to the letter (PS3.5 section 9.1): at most 64 digits and dots, no empty
 * component, and no component but 0 itself that starts with 0.
 *
 * Peers send UIDs that break these rules; this test is for what is generated and for what names a
 * file, not for what is read.
 *
 * @param text The text, without padding.
 * @returns True when it is.
 *
 * @example
 * ```ts
 * import { isValidUid } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.ok(isValidUid("1.2.840.10008.1.1"));
 * assert.ok(!isValidUid("1.2.840.010008.1.1"));
 * ```
 */
export function isValidUid(text: string): boolean {
  return text.length <= MAXIMUM_UID_LENGTH && UID.test(text);
}

/**
 * Makes a UID that nobody else has: a random UUID as one number under 2.25 (PS3.5 section B.2).
 *
 * @returns The UID, of at most 44 characters.
 *
 * @example
 * ```ts
 * import { generateUid, isValidUid } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const uid = generateUid();
 * assert.ok(isValidUid(uid) && uid.startsWith("2.25."));
 * ```
 */
export function generateUid(): string {
  return `2.25.${BigInt(`0x${crypto.randomUUID().replaceAll("-", "")}`)}`;
}
