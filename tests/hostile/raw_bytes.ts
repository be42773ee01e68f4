/**
 * PDUs written by hand, so that they can be wrong.
 *
 * @module
 */

/** Hexadecimal digits of a number. */
function digits(value: number, octets: number): string {
  return value.toString(16).padStart(2 * octets, "0");
}

/** Text as hexadecimal. */
export function ascii(text: string): string {
  return new TextEncoder().encode(text).toHex();
}

/** Zero octets. */
export function zeros(count: number): string {
  return "00".repeat(count);
}

/** A PDU whose length is what it holds, or what is said. */
export function pdu(type: number, body: string, length = body.length / 2): string {
  return `${digits(type, 1)}00${digits(length, 4)}${body}`;
}

/** An item or sub-item whose length is what it holds, or what is said. */
export function item(type: number, value: string, length = value.length / 2): string {
  return `${digits(type, 1)}00${digits(length, 2)}${value}`;
}

/** An AE title, in its 16 octets. */
function title(text: string): string {
  return (ascii(text) + ascii(" ".repeat(16))).slice(0, 32);
}

/** The parts of an A-ASSOCIATE-RQ. */
export interface RawRequest {
  readonly version?: number;
  readonly called?: string;
  readonly calling?: string;
  readonly reserved?: string;
  readonly items?: readonly string[];
  readonly length?: number;
}

/** The application context item. */
export const APPLICATION = item(0x10, ascii("1.2.840.10008.3.1.1.1"));

/** A proposed presentation context. */
export function proposal(
  id: number,
  abstractSyntaxes: readonly string[],
  transferSyntaxes: readonly string[],
): string {
  return item(
    0x20,
    digits(id, 1) + zeros(3) + abstractSyntaxes.map((uid) => item(0x30, ascii(uid))).join("") +
      transferSyntaxes.map((uid) => item(0x40, ascii(uid))).join(""),
  );
}

/** The user information item. */
export function userInformation(...subItems: readonly string[]): string {
  return item(0x50, subItems.join(""));
}

/** A maximum length sub-item. */
export function maximumLength(value: number): string {
  return item(0x51, digits(value, 4));
}

/** An A-ASSOCIATE-RQ. */
export function request(parts: RawRequest = {}): string {
  const { version = 1, called = "STORE", calling = "SENDER", reserved = "00" } = parts;
  const items = parts.items ?? [
    APPLICATION,
    proposal(1, ["1.2.840.10008.1.1"], ["1.2.840.10008.1.2"]),
    userInformation(maximumLength(16384)),
  ];
  const body = digits(version, 2) + reserved.repeat(2) + title(called) + title(calling) +
    reserved.repeat(32) + items.join("");
  return pdu(1, body, parts.length ?? body.length / 2);
}

/** An A-ASSOCIATE-AC, of no more than it must have and what is said. */
export function accept(...items: readonly string[]): string {
  const body = digits(1, 2) + zeros(2) + title("STORE") + title("SENDER") +
    zeros(32) + APPLICATION + items.join("");
  return pdu(2, body);
}

/** The result of a presentation context. */
export function contextResult(id: number, result: number, transferSyntax: string): string {
  return item(
    0x21,
    digits(id, 1) + zeros(1) + digits(result, 1) + zeros(1) + item(0x40, ascii(transferSyntax)),
  );
}

/** A PDV. */
export function pdv(
  contextId: number,
  control: number,
  fragment: string,
  length = fragment.length / 2 + 2,
): string {
  return digits(length, 4) + digits(contextId, 1) + digits(control, 1) + fragment;
}

/** A P-DATA-TF. */
export function pData(...pdvs: readonly string[]): string {
  return pdu(4, pdvs.join(""));
}

/** An element of a command set, in implicit VR little endian. */
export function element(number: number, value: string, length = value.length / 2): string {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint16(2, number, true);
  view.setUint32(4, length, true);
  return bytes.toHex() + value;
}

/** A 16-bit element of a command set. */
export function us(number: number, value: number): string {
  return element(number, digits(value, 2).replace(/(..)(..)/, "$2$1"));
}

/** A UID element of a command set. */
export function ui(number: number, value: string): string {
  return element(number, ascii(value.length % 2 === 0 ? value : `${value}\0`));
}

/** The A-ABORT of a source and a reason. */
export function abort(source: number, reason: number): string {
  return pdu(7, `0000${digits(source, 1)}${digits(reason, 1)}`);
}

/** The A-ASSOCIATE-RJ of three codes. */
export function reject(result: number, source: number, reason: number): string {
  return pdu(3, `00${digits(result, 1)}${digits(source, 1)}${digits(reason, 1)}`);
}

/** A-RELEASE-RQ. */
export const RELEASE = pdu(5, zeros(4));

/** A-RELEASE-RP. */
export const RELEASED = pdu(6, zeros(4));
