/**
 * The user information item, 50H, of A-ASSOCIATE-RQ and -AC: its sub-items 51H to 59H (PS3.8 section
 * 9.3.2.3 and annex D, PS3.7 section D.3.3).
 *
 * Sub-items are sent in ascending order of type and taken in any order. Of a sub-item that may come
 * once the first counts, of the maximum length the stricter.
 *
 * @module
 */

import type { ItemReader } from "./item_reader.ts";
import type { ItemWriter } from "./item_writer.ts";
import { formatType } from "./item_reader.ts";
import type {
  AsynchronousOperationsWindow,
  RoleSelection,
  SopClassCommonExtendedNegotiation,
  SopClassExtendedNegotiation,
  UnknownSubItem,
  UserIdentity,
  UserInformation,
} from "./pdu.ts";

/** Sub-item types (PS3.8 section D.1, PS3.7 section D.3.3). */
const SUB_ITEM_TYPE = {
  maximumLength: 0x51,
  implementationClassUid: 0x52,
  asynchronousOperationsWindow: 0x53,
  roleSelection: 0x54,
  implementationVersionName: 0x55,
  extendedNegotiation: 0x56,
  commonExtendedNegotiation: 0x57,
  userIdentity: 0x58,
  userIdentityResponse: 0x59,
} as const;

/**
 * How many sub-items of one type are kept; more are skipped. 128 contexts use 128, and a sub-item of
 * six bytes becomes an object of a hundred: the limit keeps the memory in proportion to the input.
 */
export const SUB_ITEMS_KEPT = 1024;

/** The length of the implementation version name (PS3.7 section D.3.3.2.3). */
const VERSION_NAME = /^[\x20-\x7e]{1,16}$/;

/** What a peer said that sent no user information item. */
export const NO_USER_INFORMATION: UserInformation = {
  roleSelections: [],
  extendedNegotiations: [],
  commonExtendedNegotiations: [],
  unknown: [],
};

/** User information while its sub-items are read. */
interface Draft {
  maximumLength?: number;
  implementationClassUid?: string;
  asynchronousOperationsWindow?: AsynchronousOperationsWindow;
  readonly roleSelections: RoleSelection[];
  implementationVersionName?: string;
  readonly extendedNegotiations: SopClassExtendedNegotiation[];
  readonly commonExtendedNegotiations: SopClassCommonExtendedNegotiation[];
  userIdentity?: UserIdentity;
  userIdentityResponse?: Uint8Array;
  readonly unknown: UnknownSubItem[];
}

/**
 * Decodes the value of a user information item.
 *
 * @param item The item, 50H.
 * @returns Its sub-items; those of unknown type apart (PS3.8 section D.2: they are not an error).
 * @throws {RemoteProtocolError} When a length in it lies.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ItemReader } from "./item_reader.ts";
 *
 * const item = new ItemReader("A-ASSOCIATE-AC", Uint8Array.of(0x51, 0, 0, 4, 0, 0, 0x40, 0));
 * assert.equal(decodeUserInformation(item).maximumLength, 16384);
 * ```
 */
export function decodeUserInformation(item: ItemReader): UserInformation {
  const draft: Draft = {
    roleSelections: [],
    extendedNegotiations: [],
    commonExtendedNegotiations: [],
    unknown: [],
  };
  const roleClasses = new Set<string>();
  while (item.remaining > 0) decodeSubItem(item.readItem(), draft, roleClasses);
  return draft;
}

function decodeSubItem(subItem: ItemReader, draft: Draft, roleClasses: Set<string>): void {
  switch (subItem.type) {
    case SUB_ITEM_TYPE.maximumLength: {
      const value = subItem.readUint32("maximum length");
      subItem.expectEnd();
      draft.maximumLength = stricterMaximum(draft.maximumLength, value);
      return;
    }
    case SUB_ITEM_TYPE.implementationClassUid:
      draft.implementationClassUid ??= subItem.readText(subItem.remaining, "UID");
      return;
    case SUB_ITEM_TYPE.asynchronousOperationsWindow: {
      const invoked = subItem.readUint16("operations invoked");
      const performed = subItem.readUint16("operations performed");
      subItem.expectEnd();
      draft.asynchronousOperationsWindow ??= { invoked, performed };
      return;
    }
    case SUB_ITEM_TYPE.roleSelection: {
      const selection = decodeRoleSelection(subItem);
      if (roleClasses.size >= SUB_ITEMS_KEPT || roleClasses.has(selection.sopClassUid)) return;
      roleClasses.add(selection.sopClassUid);
      draft.roleSelections.push(selection);
      return;
    }
    case SUB_ITEM_TYPE.implementationVersionName:
      draft.implementationVersionName ??= subItem.readText(subItem.remaining, "version name");
      return;
    case SUB_ITEM_TYPE.extendedNegotiation:
      keep(draft.extendedNegotiations, decodeExtendedNegotiation(subItem));
      return;
    case SUB_ITEM_TYPE.commonExtendedNegotiation:
      keep(draft.commonExtendedNegotiations, decodeCommonExtendedNegotiation(subItem));
      return;
    case SUB_ITEM_TYPE.userIdentity: {
      const identity = decodeUserIdentity(subItem);
      draft.userIdentity ??= identity;
      return;
    }
    case SUB_ITEM_TYPE.userIdentityResponse: {
      const response = subItem.readBytes(
        subItem.readUint16("server response length"),
        "server response",
      );
      subItem.expectEnd();
      draft.userIdentityResponse ??= response;
      return;
    }
    default:
      keep(draft.unknown, {
        type: subItem.type,
        data: subItem.readBytes(subItem.remaining, "value"),
      });
  }
}

/** 0 is no limit (PS3.8 section D.1), so any other value is stricter. */
function stricterMaximum(first: number | undefined, second: number): number {
  if (first === undefined || first === 0) return second;
  return second === 0 ? first : Math.min(first, second);
}

function keep<T>(list: T[], value: T): void {
  if (list.length < SUB_ITEMS_KEPT) list.push(value);
}

/** PS3.7 section D.3.3.4: a role is proposed or accepted by 1; any other value is not 1. */
function decodeRoleSelection(subItem: ItemReader): RoleSelection {
  const sopClassUid = readCountedText(subItem, "SOP class UID");
  const scu = subItem.readUint8("SCU role") === 1;
  const scp = subItem.readUint8("SCP role") === 1;
  subItem.expectEnd();
  return { sopClassUid, scu, scp };
}

/** PS3.7 section D.3.3.5: the information is the rest of the sub-item. */
function decodeExtendedNegotiation(subItem: ItemReader): SopClassExtendedNegotiation {
  const sopClassUid = readCountedText(subItem, "SOP class UID");
  return {
    sopClassUid,
    information: subItem.readBytes(subItem.remaining, "service class application information"),
  };
}

/** PS3.7 section D.3.3.6: bytes after the list are reserved for later editions. */
function decodeCommonExtendedNegotiation(subItem: ItemReader): SopClassCommonExtendedNegotiation {
  const sopClassUid = readCountedText(subItem, "SOP class UID");
  const serviceClassUid = readCountedText(subItem, "service class UID");
  const list = subItem.readPart(
    subItem.readUint16("related general SOP class list length"),
    "related general SOP class list",
  );
  const relatedGeneralSopClassUids: string[] = [];
  while (list.remaining > 0) {
    relatedGeneralSopClassUids.push(readCountedText(list, "related general SOP class UID"));
  }
  return { sopClassUid, serviceClassUid, relatedGeneralSopClassUids };
}

/** PS3.7 section D.3.3.7.1. */
function decodeUserIdentity(subItem: ItemReader): UserIdentity {
  const type = subItem.readUint8("user identity type");
  const positiveResponseRequested = subItem.readUint8("positive response requested") === 1;
  const primaryField = subItem.readBytes(
    subItem.readUint16("primary field length"),
    "primary field",
  );
  const secondaryField = subItem.readBytes(
    subItem.readUint16("secondary field length"),
    "secondary field",
  );
  subItem.expectEnd();
  return { type, positiveResponseRequested, primaryField, secondaryField };
}

function readCountedText(item: ItemReader, field: string): string {
  return item.readText(item.readUint16(`${field} length`), field);
}

/**
 * Encodes the value of a user information item, sub-items in ascending order of type (PS3.8 section
 * 9.3.1), those of unknown type last.
 *
 * @param writer Where the item, 50H, has been started.
 * @param information What to write.
 * @throws {LocalProtocolError} When a value does not fit its field.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ItemWriter } from "./item_writer.ts";
 *
 * const writer = new ItemWriter("A-ASSOCIATE-AC", 0x02);
 * encodeUserInformation(writer, { ...NO_USER_INFORMATION, maximumLength: 16384 });
 * assert.equal(writer.finish().toHex(), "0200000000085100000400004000");
 * ```
 */
export function encodeUserInformation(writer: ItemWriter, information: UserInformation): void {
  const { maximumLength, implementationClassUid, implementationVersionName } = information;
  if (maximumLength !== undefined) {
    writer.writeItem(
      SUB_ITEM_TYPE.maximumLength,
      () => writer.writeUint32(maximumLength, "maximum length"),
    );
  }
  if (implementationClassUid !== undefined) {
    writer.writeItem(
      SUB_ITEM_TYPE.implementationClassUid,
      () => writer.writeText(implementationClassUid, "implementation class UID"),
    );
  }
  const window = information.asynchronousOperationsWindow;
  if (window !== undefined) {
    writer.writeItem(SUB_ITEM_TYPE.asynchronousOperationsWindow, () => {
      writer.writeUint16(window.invoked, "operations invoked");
      writer.writeUint16(window.performed, "operations performed");
    });
  }
  for (const selection of information.roleSelections) {
    writer.writeItem(SUB_ITEM_TYPE.roleSelection, () => {
      writer.writeCountedText(selection.sopClassUid, "SOP class UID");
      writer.writeUint8(Number(selection.scu), "SCU role");
      writer.writeUint8(Number(selection.scp), "SCP role");
    });
  }
  if (implementationVersionName !== undefined) {
    if (!VERSION_NAME.test(implementationVersionName)) {
      throw writer.invalid(
        `implementation version name ${
          JSON.stringify(implementationVersionName)
        } is not 1 to 16 ASCII characters`,
      );
    }
    writer.writeItem(
      SUB_ITEM_TYPE.implementationVersionName,
      () => writer.writeText(implementationVersionName, "implementation version name"),
    );
  }
  encodeNegotiations(writer, information);
  encodeIdentity(writer, information);
  for (const { type, data } of information.unknown) {
    if (type >= SUB_ITEM_TYPE.maximumLength && type <= SUB_ITEM_TYPE.userIdentityResponse) {
      throw writer.invalid(`sub-item type ${formatType(type)} is not an unknown one`);
    }
    writer.writeItem(type, () => writer.writeBytes(data));
  }
}

function encodeNegotiations(writer: ItemWriter, information: UserInformation): void {
  for (const negotiation of information.extendedNegotiations) {
    writer.writeItem(SUB_ITEM_TYPE.extendedNegotiation, () => {
      writer.writeCountedText(negotiation.sopClassUid, "SOP class UID");
      writer.writeBytes(negotiation.information);
    });
  }
  for (const negotiation of information.commonExtendedNegotiations) {
    writer.writeItem(SUB_ITEM_TYPE.commonExtendedNegotiation, () => {
      writer.writeCountedText(negotiation.sopClassUid, "SOP class UID");
      writer.writeCountedText(negotiation.serviceClassUid, "service class UID");
      writer.writeCounted("related general SOP class list length", () => {
        for (const uid of negotiation.relatedGeneralSopClassUids) {
          writer.writeCountedText(uid, "related general SOP class UID");
        }
      });
    });
  }
}

function encodeIdentity(writer: ItemWriter, information: UserInformation): void {
  const { userIdentity, userIdentityResponse } = information;
  if (userIdentity !== undefined) {
    writer.writeItem(SUB_ITEM_TYPE.userIdentity, () => {
      writer.writeUint8(userIdentity.type, "user identity type");
      writer.writeUint8(
        Number(userIdentity.positiveResponseRequested),
        "positive response requested",
      );
      writer.writeCountedBytes(userIdentity.primaryField, "primary field");
      writer.writeCountedBytes(userIdentity.secondaryField, "secondary field");
    });
  }
  if (userIdentityResponse !== undefined) {
    writer.writeItem(
      SUB_ITEM_TYPE.userIdentityResponse,
      () => writer.writeCountedBytes(userIdentityResponse, "server response"),
    );
  }
}
