import assert from "node:assert/strict";
import * as fc from "fast-check";
import { LocalProtocolError, RemoteProtocolError } from "../../lib/errors.ts";
import { ItemReader } from "../../lib/pdu/item_reader.ts";
import { ItemWriter } from "../../lib/pdu/item_writer.ts";
import type { UserInformation } from "../../lib/pdu/pdu.ts";
import {
  decodeUserInformation,
  encodeUserInformation,
  NO_USER_INFORMATION,
  SUB_ITEMS_KEPT,
} from "../../lib/pdu/user_information.ts";
import { userInformation } from "./arbitraries.ts";
import { ascii, bigEndian, itemBytes } from "./cases.ts";

const PDU_HEADER_LENGTH = 6;

/** Decodes the value of an item, 50H, as it stands in an A-ASSOCIATE-RQ. */
function decode(value: Iterable<number>): UserInformation {
  const body = Uint8Array.from([0x50, 0, 0, 0, ...value]);
  new DataView(body.buffer).setUint16(2, body.length - 4);
  return decodeUserInformation(new ItemReader("A-ASSOCIATE-RQ", body).readItem());
}

function encode(information: UserInformation): Uint8Array {
  const writer = new ItemWriter("A-ASSOCIATE-RQ", 0x01);
  encodeUserInformation(writer, information);
  return writer.finish().subarray(PDU_HEADER_LENGTH);
}

/** Text after its 16-bit length. */
function counted(text: string): number[] {
  return [...bigEndian(text.length, 2), ...ascii(text)];
}

function role(uid: string, scu: number, scp: number): number[] {
  return itemBytes(0x54, [...counted(uid), scu, scp]);
}

const identity = (positive: number, ...fields: number[]): number[] =>
  itemBytes(0x58, [1, positive, ...fields]);

const SUB_ITEMS: readonly {
  readonly name: string;
  readonly bytes: readonly number[];
  readonly expected: Partial<UserInformation>;
}[] = [
  { name: "nothing", bytes: [], expected: {} },
  {
    name: "the largest maximum length",
    bytes: itemBytes(0x51, [0xff, 0xff, 0xff, 0xff]),
    expected: { maximumLength: 0xffff_ffff },
  },
  {
    name: "maximum length 0",
    bytes: itemBytes(0x51, [0, 0, 0, 0]),
    expected: { maximumLength: 0 },
  },
  {
    name: "two maximum lengths, the smaller first",
    bytes: [...itemBytes(0x51, [0, 0, 0, 9]), ...itemBytes(0x51, [0, 0, 1, 0])],
    expected: { maximumLength: 9 },
  },
  {
    name: "two maximum lengths, the smaller last",
    bytes: [...itemBytes(0x51, [0, 0, 1, 0]), ...itemBytes(0x51, [0, 0, 0, 9])],
    expected: { maximumLength: 9 },
  },
  {
    name: "maximum length 0 and then another",
    bytes: [...itemBytes(0x51, [0, 0, 0, 0]), ...itemBytes(0x51, [0, 0, 1, 0])],
    expected: { maximumLength: 256 },
  },
  {
    name: "a maximum length and then 0",
    bytes: [...itemBytes(0x51, [0, 0, 1, 0]), ...itemBytes(0x51, [0, 0, 0, 0])],
    expected: { maximumLength: 256 },
  },
  {
    name: "padded implementation names, the first of two",
    bytes: [
      ...itemBytes(0x55, ascii("NAME  ")),
      ...itemBytes(0x52, ascii("1.2.3\0")),
      ...itemBytes(0x55, ascii("OTHER")),
      ...itemBytes(0x52, ascii("1.2.4")),
    ],
    expected: { implementationClassUid: "1.2.3", implementationVersionName: "NAME" },
  },
  {
    name: "empty implementation names",
    bytes: [...itemBytes(0x52, []), ...itemBytes(0x55, [])],
    expected: { implementationClassUid: "", implementationVersionName: "" },
  },
  {
    name: "asynchronous operations windows, the first of two",
    bytes: [...itemBytes(0x53, [0, 0, 0xff, 0xff]), ...itemBytes(0x53, [0, 1, 0, 1])],
    expected: { asynchronousOperationsWindow: { invoked: 0, performed: 65535 } },
  },
  {
    name: "roles other than 1 as not taken, the first of two for a class",
    bytes: [
      ...role("1.2", 2, 255),
      ...role("1.3", 1, 0),
      ...role("1.2", 1, 1),
      ...role("1.4", 0, 1),
    ],
    expected: {
      roleSelections: [
        { sopClassUid: "1.2", scu: false, scp: false },
        { sopClassUid: "1.3", scu: true, scp: false },
        { sopClassUid: "1.4", scu: false, scp: true },
      ],
    },
  },
  {
    name: "extended negotiations with and without information",
    bytes: [
      ...itemBytes(0x56, [...counted("1.2\0"), 1, 0, 255]),
      ...itemBytes(0x56, counted("")),
    ],
    expected: {
      extendedNegotiations: [
        { sopClassUid: "1.2", information: Uint8Array.of(1, 0, 255) },
        { sopClassUid: "", information: new Uint8Array(0) },
      ],
    },
  },
  {
    name: "common extended negotiations, with a version and bytes reserved for later",
    bytes: [
      ...itemBytes(0x57, [
        ...counted("1.2"),
        ...counted("1.3"),
        ...bigEndian(10, 2),
        ...counted("1.4"),
        ...counted("1.5"),
        7,
        7,
        7,
      ]).with(1, 1),
      ...itemBytes(0x57, [...counted("1.6"), ...counted("1.7"), 0, 0]),
    ],
    expected: {
      commonExtendedNegotiations: [
        {
          sopClassUid: "1.2",
          serviceClassUid: "1.3",
          relatedGeneralSopClassUids: ["1.4", "1.5"],
        },
        { sopClassUid: "1.6", serviceClassUid: "1.7", relatedGeneralSopClassUids: [] },
      ],
    },
  },
  {
    name: "user identities of any type, the first of two",
    bytes: [
      ...itemBytes(0x58, [9, 2, 0, 1, 65, 0, 0]),
      ...itemBytes(0x58, [1, 1, 0, 0, 0, 0]),
    ],
    expected: {
      userIdentity: {
        type: 9,
        positiveResponseRequested: false,
        primaryField: Uint8Array.of(65),
        secondaryField: new Uint8Array(0),
      },
    },
  },
  {
    name: "user identity responses, the first of two, even when empty",
    bytes: [...itemBytes(0x59, [0, 0]), ...itemBytes(0x59, [0, 1, 9])],
    expected: { userIdentityResponse: new Uint8Array(0) },
  },
  {
    name: "sub-items of unknown type, which are kept",
    bytes: [...itemBytes(0x5a, [1, 2]), ...itemBytes(0x51, [0, 0, 0, 8]), ...itemBytes(0xff, [])],
    expected: {
      maximumLength: 8,
      unknown: [
        { type: 0x5a, data: Uint8Array.of(1, 2) },
        { type: 0xff, data: new Uint8Array(0) },
      ],
    },
  },
];

for (const { name, bytes, expected } of SUB_ITEMS) {
  Deno.test({
    name: `decodeUserInformation() takes ${name}`,
    permissions: "none",
    fn() {
      assert.deepEqual(decode(bytes), { ...NO_USER_INFORMATION, ...expected });
    },
  });
}

/** Every length of the sub-items, wrong. */
const INVALID: readonly { readonly bytes: readonly number[]; readonly state: string }[] = [
  { bytes: [0x51, 0, 0], state: "item 50H sub-item header of 4 bytes exceeds the 3 bytes left" },
  {
    bytes: itemBytes(0x51, [0, 0, 0, 8], 5),
    state: "sub-item 51H length 5 exceeds the 4 bytes left",
  },
  {
    bytes: itemBytes(0x51, [0, 0, 8]),
    state: "sub-item 51H maximum length of 4 bytes exceeds the 3 bytes left",
  },
  {
    bytes: itemBytes(0x51, [0, 0, 0, 8, 0]),
    state: "sub-item 51H has 1 byte after its last field",
  },
  { bytes: itemBytes(0x52, [49], 2), state: "sub-item 52H length 2 exceeds the 1 byte left" },
  {
    bytes: itemBytes(0x53, [0, 1, 0]),
    state: "sub-item 53H operations performed of 2 bytes exceeds the 1 byte left",
  },
  {
    bytes: itemBytes(0x53, [0, 1, 0, 1, 0, 1]),
    state: "sub-item 53H has 2 bytes after its last field",
  },
  {
    bytes: itemBytes(0x54, [0, 4, 49, 46, 50]),
    state: "sub-item 54H SOP class UID length 4 exceeds the 3 bytes left",
  },
  {
    bytes: itemBytes(0x54, [...counted("1.2"), 1]),
    state: "sub-item 54H SCP role of 1 byte exceeds the 0 bytes left",
  },
  {
    bytes: itemBytes(0x54, [...counted("1.2"), 1, 1, 1]),
    state: "sub-item 54H has 1 byte after its last field",
  },
  {
    bytes: itemBytes(0x55, [49], 65535),
    state: "sub-item 55H length 65535 exceeds the 1 byte left",
  },
  {
    bytes: itemBytes(0x56, [0]),
    state: "sub-item 56H SOP class UID length of 2 bytes exceeds the 1 byte left",
  },
  {
    bytes: itemBytes(0x56, [255, 255, 49]),
    state: "sub-item 56H SOP class UID length 65535 exceeds the 1 byte left",
  },
  {
    bytes: itemBytes(0x57, [0, 2, 49]),
    state: "sub-item 57H SOP class UID length 2 exceeds the 1 byte left",
  },
  {
    bytes: itemBytes(0x57, [...counted("1.2"), 0, 9, 49]),
    state: "sub-item 57H service class UID length 9 exceeds the 1 byte left",
  },
  {
    bytes: itemBytes(0x57, [...counted("1.2"), ...counted("1.3")]),
    state: "sub-item 57H related general SOP class list length of 2 bytes exceeds the 0 bytes left",
  },
  {
    bytes: itemBytes(0x57, [...counted("1.2"), ...counted("1.3"), 0, 6, ...counted("1.4")]),
    state: "sub-item 57H related general SOP class list length 6 exceeds the 5 bytes left",
  },
  {
    bytes: itemBytes(0x57, [...counted("1.2"), ...counted("1.3"), 0, 4, ...counted("1.4")]),
    state: "sub-item 57H related general SOP class UID length 3 exceeds the 2 bytes left",
  },
  {
    bytes: itemBytes(0x57, [...counted("1.2"), ...counted("1.3"), 0, 6, ...counted("1.4"), 0]),
    state: "sub-item 57H related general SOP class UID length of 2 bytes exceeds the 1 byte left",
  },
  {
    bytes: itemBytes(0x58, [1]),
    state: "sub-item 58H positive response requested of 1 byte exceeds the 0 bytes left",
  },
  {
    bytes: identity(0, 0, 3, 65, 65),
    state: "sub-item 58H primary field length 3 exceeds the 2 bytes left",
  },
  {
    bytes: identity(0, 0, 1, 65, 0),
    state: "sub-item 58H secondary field length of 2 bytes exceeds the 1 byte left",
  },
  {
    bytes: identity(0, 0, 1, 65, 0, 2, 66),
    state: "sub-item 58H secondary field length 2 exceeds the 1 byte left",
  },
  {
    bytes: identity(0, 0, 1, 65, 0, 1, 66, 67),
    state: "sub-item 58H has 1 byte after its last field",
  },
  {
    bytes: itemBytes(0x59, [0]),
    state: "sub-item 59H server response length of 2 bytes exceeds the 1 byte left",
  },
  {
    bytes: itemBytes(0x59, [0, 2, 1]),
    state: "sub-item 59H server response length 2 exceeds the 1 byte left",
  },
  {
    bytes: itemBytes(0x59, [0, 1, 1, 1]),
    state: "sub-item 59H has 1 byte after its last field",
  },
  {
    bytes: itemBytes(0x5a, [], 65535),
    state: "sub-item 5AH length 65535 exceeds the 0 bytes left",
  },
];

for (const { bytes, state } of INVALID) {
  Deno.test({
    name: `decodeUserInformation() throws when ${state} (${Uint8Array.from(bytes).toHex()})`,
    permissions: "none",
    fn() {
      assert.throws(() => decode(bytes), (error) => {
        assert.ok(error instanceof RemoteProtocolError, String(error));
        assert.equal(error.message, `Cannot decode A-ASSOCIATE-RQ: ${state}`);
        assert.deepEqual(error.abort, { source: 2, reason: 6 });
        return true;
      });
    },
  });
}

Deno.test({
  name: "decodeUserInformation() keeps as many sub-items of a kind as the limit and skips the rest",
  permissions: "none",
  fn() {
    const numbers = Array.from({ length: SUB_ITEMS_KEPT + 1 }, (_, index) => index);
    const repeat = (one: (index: number) => number[]): number[] => numbers.flatMap(one);
    const roles = decode(repeat((index) => role(`${index}`, 1, 1))).roleSelections;
    assert.equal(roles.length, SUB_ITEMS_KEPT);
    assert.equal(roles.at(-1)?.sopClassUid, `${SUB_ITEMS_KEPT - 1}`);
    const extended = decode(repeat((index) => itemBytes(0x56, counted(`${index}`))));
    assert.equal(extended.extendedNegotiations.length, SUB_ITEMS_KEPT);
    const shared = decode(repeat((index) => itemBytes(0x57, [...counted(`${index}`), 0, 0, 0, 0])));
    assert.equal(shared.commonExtendedNegotiations.length, SUB_ITEMS_KEPT);
    assert.equal(decode(repeat(() => itemBytes(0x5a, []))).unknown.length, SUB_ITEMS_KEPT);
  },
});

Deno.test({
  name: "decodeUserInformation() takes a primary field of 60000 bytes and keeps a copy of it",
  permissions: "none",
  fn() {
    const fields = [...bigEndian(60000, 2), ...new Uint8Array(60000).fill(65), 0, 0];
    const body = Uint8Array.from(itemBytes(0x58, [3, 1, ...fields]));
    const information = decodeUserInformation(new ItemReader("A-ASSOCIATE-RQ", body));
    body.fill(0);
    assert.deepEqual(information.userIdentity?.primaryField, new Uint8Array(60000).fill(65));
    assert.equal(information.userIdentity?.primaryField.buffer.byteLength, 60000);
  },
});

Deno.test({
  name: "encodeUserInformation() writes sub-items in ascending order of type, unknown ones last",
  permissions: "none",
  fn() {
    const bytes = encode({
      unknown: [{ type: 0x5a, data: Uint8Array.of(9) }, { type: 0x01, data: new Uint8Array(0) }],
      userIdentityResponse: Uint8Array.of(1),
      userIdentity: {
        type: 1,
        positiveResponseRequested: false,
        primaryField: new Uint8Array(0),
        secondaryField: new Uint8Array(0),
      },
      commonExtendedNegotiations: [
        { sopClassUid: "1", serviceClassUid: "2", relatedGeneralSopClassUids: ["3"] },
      ],
      extendedNegotiations: [{ sopClassUid: "1", information: Uint8Array.of(7) }],
      implementationVersionName: "N",
      roleSelections: [{ sopClassUid: "1", scu: true, scp: false }],
      asynchronousOperationsWindow: { invoked: 1, performed: 258 },
      implementationClassUid: "1",
      maximumLength: 0x01020304,
    });
    assert.deepEqual(
      bytes.toHex(),
      [
        "5100000401020304",
        "5200000131",
        "5300000400010102",
        "540000050001310100",
        "550000014e",
        "5600000400013107",
        "5700000b" + "000131" + "000132" + "0003" + "000133",
        "58000006010000000000",
        "59000003000101",
        "5a00000109",
        "01000000",
      ].join(""),
    );
  },
});

Deno.test({
  name: "encodeUserInformation() is undone by decodeUserInformation()",
  permissions: "none",
  fn() {
    fc.assert(
      fc.property(userInformation, (information) => {
        assert.deepEqual(decode(encode(information)), information);
      }),
      { numRuns: 500 },
    );
  },
});

Deno.test({
  name:
    "decodeUserInformation() gives what encodeUserInformation() reproduces, of any bytes it takes",
  permissions: "none",
  fn() {
    const subItem = fc.tuple(fc.integer({ min: 0x51, max: 0x5b }), fc.uint8Array({ maxLength: 12 }))
      .map(([type, value]) => itemBytes(type, value));
    let taken = 0;
    fc.assert(
      fc.property(fc.array(subItem, { maxLength: 3 }), (subItems) => {
        const information = attempt(() => decode(subItems.flat()), RemoteProtocolError);
        if (information === undefined) return;
        const bytes = attempt(() => encode(information), LocalProtocolError);
        if (bytes === undefined) return;
        taken += 1;
        assert.deepEqual(decode(bytes), information);
      }),
      { numRuns: 2000, seed: 1 },
    );
    assert.ok(taken > 200, `${taken} inputs were taken`);
  },
});

/** What `act` gives, or `undefined` when it throws an error of the one class that it may throw. */
function attempt<T>(act: () => T, allowed: new (...args: never[]) => Error): T | undefined {
  try {
    return act();
  } catch (error) {
    assert.ok(error instanceof allowed, String(error));
    return undefined;
  }
}

const LONG = "1".repeat(65536);
const NO_BYTES = new Uint8Array(0);

const REFUSED: readonly { readonly change: Partial<UserInformation>; readonly state: string }[] = [
  {
    change: { maximumLength: 0x1_0000_0000 },
    state: "maximum length 4294967296 is not a whole number from 0 to 4294967295",
  },
  {
    change: { maximumLength: -1 },
    state: "maximum length -1 is not a whole number from 0 to 4294967295",
  },
  { change: { implementationClassUid: LONG }, state: "item 52H length 65536 exceeds 65535 bytes" },
  {
    change: { implementationClassUid: "1.\u0661" },
    state: 'implementation class UID "1.\u0661" is not single-byte text',
  },
  ...["", "A".repeat(17), "\u00e9", "A\n"].map((name) => ({
    change: { implementationVersionName: name },
    state: `implementation version name ${JSON.stringify(name)} is not 1 to 16 ASCII characters`,
  })),
  {
    change: { asynchronousOperationsWindow: { invoked: 65536, performed: 1 } },
    state: "operations invoked 65536 is not a whole number from 0 to 65535",
  },
  {
    change: { asynchronousOperationsWindow: { invoked: 1, performed: 0.5 } },
    state: "operations performed 0.5 is not a whole number from 0 to 65535",
  },
  {
    change: { roleSelections: [{ sopClassUid: LONG, scu: true, scp: true }] },
    state: "SOP class UID length 65536 is not a whole number from 0 to 65535",
  },
  {
    change: { roleSelections: [{ sopClassUid: "1".repeat(65532), scu: true, scp: true }] },
    state: "item 54H length 65536 exceeds 65535 bytes",
  },
  {
    change: { extendedNegotiations: [{ sopClassUid: "1", information: new Uint8Array(65533) }] },
    state: "item 56H length 65536 exceeds 65535 bytes",
  },
  {
    change: {
      commonExtendedNegotiations: [
        { sopClassUid: "1", serviceClassUid: "2", relatedGeneralSopClassUids: ["1".repeat(65534)] },
      ],
    },
    state: "related general SOP class list length 65536 exceeds 65535 bytes",
  },
  {
    change: {
      userIdentity: {
        type: 256,
        positiveResponseRequested: true,
        primaryField: NO_BYTES,
        secondaryField: NO_BYTES,
      },
    },
    state: "user identity type 256 is not a whole number from 0 to 255",
  },
  {
    change: {
      userIdentity: {
        type: 2,
        positiveResponseRequested: true,
        primaryField: NO_BYTES,
        secondaryField: new Uint8Array(65536),
      },
    },
    state: "secondary field length 65536 is not a whole number from 0 to 65535",
  },
  {
    change: { userIdentityResponse: new Uint8Array(65534) },
    state: "item 59H length 65536 exceeds 65535 bytes",
  },
  {
    change: { unknown: [{ type: 0x5a, data: new Uint8Array(65536) }] },
    state: "item 5AH length 65536 exceeds 65535 bytes",
  },
  {
    change: { unknown: [{ type: 256, data: NO_BYTES }] },
    state: "item type 256 is not a whole number from 0 to 255",
  },
  ...[0x51, 0x59].map((type) => ({
    change: { unknown: [{ type, data: NO_BYTES }] },
    state: `sub-item type ${type.toString(16)}H is not an unknown one`,
  })),
];

for (const { change, state } of REFUSED) {
  Deno.test({
    name: `encodeUserInformation() throws when ${state}`,
    permissions: "none",
    fn() {
      assert.throws(() => encode({ ...NO_USER_INFORMATION, ...change }), (error) => {
        assert.ok(error instanceof LocalProtocolError, String(error));
        assert.equal(error.message, `Cannot encode A-ASSOCIATE-RQ: ${state}`);
        return true;
      });
    },
  });
}
