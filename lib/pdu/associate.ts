/**
 * The bodies of A-ASSOCIATE-RQ (PS3.8 section 9.3.2) and A-ASSOCIATE-AC (section 9.3.3).
 *
 * Strict in sending, tolerant in receiving: items come in any order, those of unknown type are
 * skipped, padding is taken off. What could not be answered without doubt is invalid: a length that
 * leaves its item, an item that may come once and came twice, a presentation context ID that is even,
 * 0 or used twice. Whether a well-formed proposal is acceptable is not judged here.
 *
 * @module
 */

import { decodePaddedText } from "../bytes.ts";
import { ItemReader } from "./item_reader.ts";
import { ItemWriter } from "./item_writer.ts";
import type {
  AssociateAcceptPdu,
  AssociateRequestPdu,
  PresentationContextProposed,
  PresentationContextResult,
  UserInformation,
} from "./pdu.ts";
import { MAXIMUM_PRESENTATION_CONTEXTS, PDU_TYPE } from "./pdu.ts";
import {
  decodeUserInformation,
  encodeUserInformation,
  NO_USER_INFORMATION,
} from "./user_information.ts";

/** The fields before the items (PS3.8 tables 9-11 and 9-17); a shorter body is invalid. */
export const ASSOCIATE_FIXED_LENGTH = 68;

/** Item and sub-item types (PS3.8 sections 9.3.2 and 9.3.3). */
const ITEM_TYPE = {
  applicationContext: 0x10,
  presentationContextProposed: 0x20,
  presentationContextResult: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  userInformation: 0x50,
} as const;

const AE_TITLE_LENGTH = 16;
const SPACE = 0x20;

/** The default character repertoire without backslash and control characters (PS3.5 section 6.2). */
const AE_TITLE = /^[\x20-\x5b\x5d-\x7e]{1,16}$/;

/** The parts that a request and an acceptance have in common. */
interface AssociateBody<Context> {
  readonly protocolVersion: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly applicationContext: string | undefined;
  readonly presentationContexts: readonly Context[];
  readonly userInformation: UserInformation;
}

/**
 * Decodes an A-ASSOCIATE-RQ.
 *
 * @param body The bytes after the PDU header; not kept.
 * @returns The request as the peer made it.
 * @throws {RemoteProtocolError} When it is invalid.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const body = new Uint8Array(68).fill(0x20, 4, 36);
 * body.set([0, 1]);
 * body.set(new TextEncoder().encode("ARCHIVE"), 4);
 * assert.equal(decodeAssociateRequest(body).calledAeTitle, "ARCHIVE");
 * ```
 */
export function decodeAssociateRequest(body: Uint8Array): AssociateRequestPdu {
  return {
    type: "A-ASSOCIATE-RQ",
    ...decodeBody(
      "A-ASSOCIATE-RQ",
      body,
      ITEM_TYPE.presentationContextProposed,
      decodePresentationContextProposed,
    ),
  };
}

/**
 * Decodes an A-ASSOCIATE-AC.
 *
 * @param body The bytes after the PDU header; not kept.
 * @returns The acceptance as the peer made it.
 * @throws {RemoteProtocolError} When it is invalid.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const body = new Uint8Array(68);
 * body.set([0, 1]);
 * assert.equal(decodeAssociateAccept(body).protocolVersion, 1);
 * ```
 */
export function decodeAssociateAccept(body: Uint8Array): AssociateAcceptPdu {
  return {
    type: "A-ASSOCIATE-AC",
    ...decodeBody(
      "A-ASSOCIATE-AC",
      body,
      ITEM_TYPE.presentationContextResult,
      decodePresentationContextResult,
    ),
  };
}

function decodeBody<Context extends { readonly id: number }>(
  pdu: string,
  body: Uint8Array,
  contextType: number,
  decodeContext: (item: ItemReader) => Context,
): AssociateBody<Context> {
  const reader = new ItemReader(pdu, body);
  const protocolVersion = reader.readUint16("protocol version");
  reader.skip(2);
  const calledAeTitle = decodeAeTitle(reader.readBytes(AE_TITLE_LENGTH, "called AE title"));
  const callingAeTitle = decodeAeTitle(reader.readBytes(AE_TITLE_LENGTH, "calling AE title"));
  reader.skip(32);
  let applicationContext: string | undefined;
  let userInformation: UserInformation | undefined;
  const presentationContexts: Context[] = [];
  const contextIds = new Set<number>();
  while (reader.remaining > 0) {
    const item = reader.readItem();
    switch (item.type) {
      case ITEM_TYPE.applicationContext:
        if (applicationContext !== undefined) throw reader.invalid("item 10H comes twice");
        applicationContext = item.readText(item.remaining, "application context name");
        break;
      case ITEM_TYPE.userInformation:
        if (userInformation !== undefined) throw reader.invalid("item 50H comes twice");
        userInformation = decodeUserInformation(item);
        break;
      case contextType: {
        if (presentationContexts.length === MAXIMUM_PRESENTATION_CONTEXTS) {
          throw reader.invalid(
            `presentation contexts exceed the maximum of ${MAXIMUM_PRESENTATION_CONTEXTS}`,
          );
        }
        const context = decodeContext(item);
        const fault = faultOfContextId(context.id, contextIds);
        if (fault !== undefined) throw reader.invalid(fault);
        presentationContexts.push(context);
        break;
      }
      default:
        // An item of unknown type is skipped (PS3.8 section 9.3.1).
        break;
    }
  }
  return {
    protocolVersion,
    calledAeTitle,
    callingAeTitle,
    applicationContext,
    presentationContexts,
    userInformation: userInformation ?? NO_USER_INFORMATION,
  };
}

/** Spaces on either side do not count (PS3.8 section 9.3.2); trailing NULs come from peers. */
function decodeAeTitle(field: Uint8Array): string {
  let start = 0;
  while (start < field.length && field[start] === SPACE) start += 1;
  return decodePaddedText(field, start);
}

/** PS3.8 section 9.3.2.2: odd, and unique in the association. Adds the ID to those used. */
function faultOfContextId(id: number, used: Set<number>): string | undefined {
  if (!Number.isInteger(id) || id < 1 || id > 255 || id % 2 === 0) {
    return `presentation context ID ${id} is not an odd number from 1 to 255`;
  }
  if (used.has(id)) return `presentation context ID ${id} comes twice`;
  used.add(id);
  return undefined;
}

/** PS3.8 section 9.3.2.2. */
function decodePresentationContextProposed(item: ItemReader): PresentationContextProposed {
  const id = item.readUint8("presentation context ID");
  item.skip(3);
  const abstractSyntaxes: string[] = [];
  const transferSyntaxes: string[] = [];
  while (item.remaining > 0) {
    const subItem = item.readItem();
    if (subItem.type === ITEM_TYPE.abstractSyntax) {
      abstractSyntaxes.push(subItem.readText(subItem.remaining, "UID"));
    } else if (subItem.type === ITEM_TYPE.transferSyntax) {
      transferSyntaxes.push(subItem.readText(subItem.remaining, "UID"));
    }
  }
  return { id, abstractSyntaxes, transferSyntaxes };
}

/** PS3.8 section 9.3.3.2: one transfer syntax; peers leave it out of a context they reject. */
function decodePresentationContextResult(item: ItemReader): PresentationContextResult {
  const id = item.readUint8("presentation context ID");
  item.skip(1);
  const result = item.readUint8("result");
  item.skip(1);
  let transferSyntax: string | undefined;
  while (item.remaining > 0) {
    const subItem = item.readItem();
    if (subItem.type === ITEM_TYPE.transferSyntax) {
      transferSyntax ??= subItem.readText(subItem.remaining, "UID");
    }
  }
  return { id, result, transferSyntax: transferSyntax ?? "" };
}

/**
 * Encodes an A-ASSOCIATE-RQ.
 *
 * @param pdu The request.
 * @returns The whole PDU.
 * @throws {LocalProtocolError} When a value does not fit its field.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { NO_USER_INFORMATION } from "./user_information.ts";
 *
 * const bytes = encodeAssociateRequest({
 *   type: "A-ASSOCIATE-RQ",
 *   protocolVersion: 1,
 *   calledAeTitle: "ARCHIVE",
 *   callingAeTitle: "VIEWER",
 *   applicationContext: "1.2.840.10008.3.1.1.1",
 *   presentationContexts: [],
 *   userInformation: NO_USER_INFORMATION,
 * });
 * assert.equal(bytes.length, 6 + 68 + 25 + 4);
 * ```
 */
export function encodeAssociateRequest(pdu: AssociateRequestPdu): Uint8Array<ArrayBuffer> {
  const writer = new ItemWriter(pdu.type, PDU_TYPE[pdu.type]);
  checkAeTitle(writer, pdu.calledAeTitle, "called AE title");
  checkAeTitle(writer, pdu.callingAeTitle, "calling AE title");
  encodeBody(writer, pdu, ITEM_TYPE.presentationContextProposed, (context) => {
    writer.writeReserved(3);
    for (const uid of context.abstractSyntaxes) {
      writer.writeItem(
        ITEM_TYPE.abstractSyntax,
        () => writer.writeText(uid, "abstract syntax"),
      );
    }
    for (const uid of context.transferSyntaxes) {
      writer.writeItem(
        ITEM_TYPE.transferSyntax,
        () => writer.writeText(uid, "transfer syntax"),
      );
    }
  });
  return writer.finish();
}

/**
 * Encodes an A-ASSOCIATE-AC. Its AE title fields are reserved and return what the request had there
 * (PS3.8 table 9-17), so that they may be empty or hold any bytes.
 *
 * @param pdu The acceptance.
 * @returns The whole PDU.
 * @throws {LocalProtocolError} When a value does not fit its field.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { NO_USER_INFORMATION } from "./user_information.ts";
 *
 * const bytes = encodeAssociateAccept({
 *   type: "A-ASSOCIATE-AC",
 *   protocolVersion: 1,
 *   calledAeTitle: "ARCHIVE",
 *   callingAeTitle: "VIEWER",
 *   applicationContext: "1.2.840.10008.3.1.1.1",
 *   presentationContexts: [{ id: 1, result: 0, transferSyntax: "1.2.840.10008.1.2" }],
 *   userInformation: NO_USER_INFORMATION,
 * });
 * assert.equal(bytes[0], 0x02);
 * ```
 */
export function encodeAssociateAccept(pdu: AssociateAcceptPdu): Uint8Array<ArrayBuffer> {
  const writer = new ItemWriter(pdu.type, PDU_TYPE[pdu.type]);
  encodeBody(writer, pdu, ITEM_TYPE.presentationContextResult, (context) => {
    writer.writeReserved(1);
    writer.writeUint8(context.result, "result");
    writer.writeReserved(1);
    // Also in a rejected context, where it means nothing: some requestors insist on the sub-item.
    writer.writeItem(
      ITEM_TYPE.transferSyntax,
      () => writer.writeText(context.transferSyntax, "transfer syntax"),
    );
  });
  return writer.finish();
}

function encodeBody<Context extends { readonly id: number }>(
  writer: ItemWriter,
  body: AssociateBody<Context>,
  contextType: number,
  encodeContext: (context: Context) => void,
): void {
  const { applicationContext, presentationContexts } = body;
  writer.writeUint16(body.protocolVersion, "protocol version");
  writer.writeReserved(2);
  encodeAeTitle(writer, body.calledAeTitle, "called AE title");
  encodeAeTitle(writer, body.callingAeTitle, "calling AE title");
  writer.writeReserved(32);
  if (applicationContext !== undefined) {
    writer.writeItem(
      ITEM_TYPE.applicationContext,
      () => writer.writeText(applicationContext, "application context name"),
    );
  }
  if (presentationContexts.length > MAXIMUM_PRESENTATION_CONTEXTS) {
    throw writer.invalid(
      `${presentationContexts.length} presentation contexts exceed the maximum of ${MAXIMUM_PRESENTATION_CONTEXTS}`,
    );
  }
  const contextIds = new Set<number>();
  for (const context of presentationContexts) {
    const fault = faultOfContextId(context.id, contextIds);
    if (fault !== undefined) throw writer.invalid(fault);
    writer.writeItem(contextType, () => {
      writer.writeUint8(context.id, "presentation context ID");
      encodeContext(context);
    });
  }
  writer.writeItem(
    ITEM_TYPE.userInformation,
    () => encodeUserInformation(writer, body.userInformation),
  );
}

function checkAeTitle(writer: ItemWriter, title: string, field: string): void {
  if (!AE_TITLE.test(title) || title.trim() === "") {
    throw writer.invalid(
      `${field} ${
        JSON.stringify(title)
      } is not 1 to 16 ASCII characters without backslash and control characters`,
    );
  }
}

function encodeAeTitle(writer: ItemWriter, title: string, field: string): void {
  if (title.length > AE_TITLE_LENGTH) {
    throw writer.invalid(
      `${field} length ${title.length} exceeds ${AE_TITLE_LENGTH} bytes`,
    );
  }
  writer.writeText(title.padEnd(AE_TITLE_LENGTH), field);
}
