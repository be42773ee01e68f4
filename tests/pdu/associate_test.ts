import assert from "node:assert/strict";
import { LocalProtocolError, RemoteProtocolError } from "../../lib/errors.ts";
import {
  decodeAssociateAccept,
  decodeAssociateRequest,
  encodeAssociateAccept,
  encodeAssociateRequest,
} from "../../lib/pdu/associate.ts";
import type { AssociateAcceptPdu, AssociateRequestPdu } from "../../lib/pdu/pdu.ts";
import { NO_USER_INFORMATION } from "../../lib/pdu/user_information.ts";
import { ascii, associateBody, itemBytes } from "./cases.ts";

const VERIFICATION = "1.2.840.10008.1.1";
const IMPLICIT = "1.2.840.10008.1.2";

function uidItem(type: number, uid: string): number[] {
  return itemBytes(type, ascii(uid));
}

function proposed(id: number, ...subItems: number[][]): number[] {
  return itemBytes(0x20, [id, 0, 0, 0, ...subItems.flat()]);
}

function answered(id: number, result: number, ...subItems: number[][]): number[] {
  return itemBytes(0x21, [id, 0, result, 0, ...subItems.flat()]);
}

const REQUEST: AssociateRequestPdu = {
  type: "A-ASSOCIATE-RQ",
  protocolVersion: 1,
  calledAeTitle: "ANY-SCP",
  callingAeTitle: "ECHOSCU",
  applicationContext: undefined,
  presentationContexts: [],
  userInformation: NO_USER_INFORMATION,
};

const ACCEPT: AssociateAcceptPdu = {
  ...REQUEST,
  type: "A-ASSOCIATE-AC",
  presentationContexts: [],
};

const REQUESTS: readonly {
  readonly name: string;
  readonly items: readonly (readonly number[])[];
  readonly expected: Partial<AssociateRequestPdu>;
}[] = [
  { name: "no items at all", items: [], expected: {} },
  {
    name: "items in any order",
    items: [
      itemBytes(0x50, itemBytes(0x51, [0, 0, 0x40, 0])),
      proposed(1, uidItem(0x40, IMPLICIT), uidItem(0x30, VERIFICATION)),
      uidItem(0x10, "1.2.840.10008.3.1.1.1"),
    ],
    expected: {
      applicationContext: "1.2.840.10008.3.1.1.1",
      presentationContexts: [
        { id: 1, abstractSyntaxes: [VERIFICATION], transferSyntaxes: [IMPLICIT] },
      ],
      userInformation: { ...NO_USER_INFORMATION, maximumLength: 16384 },
    },
  },
  {
    name: "items and sub-items of unknown type, which are skipped",
    items: [
      itemBytes(0x99, [1, 2, 3]),
      itemBytes(0x21, [2]),
      proposed(3, itemBytes(0x31, [9]), uidItem(0x30, VERIFICATION), itemBytes(0xff, [])),
      itemBytes(0x00, []),
    ],
    expected: {
      presentationContexts: [{ id: 3, abstractSyntaxes: [VERIFICATION], transferSyntaxes: [] }],
    },
  },
  {
    name: "a context without syntaxes",
    items: [proposed(5)],
    expected: { presentationContexts: [{ id: 5, abstractSyntaxes: [], transferSyntaxes: [] }] },
  },
  {
    name: "two abstract syntaxes in a context",
    items: [proposed(7, uidItem(0x30, "1.2"), uidItem(0x30, "1.3"))],
    expected: {
      presentationContexts: [{ id: 7, abstractSyntaxes: ["1.2", "1.3"], transferSyntaxes: [] }],
    },
  },
  {
    name: "padded, long, empty and strange UIDs",
    items: [
      uidItem(0x10, "1.2.3\0 "),
      proposed(
        255,
        uidItem(0x30, "1".repeat(300)),
        uidItem(0x40, `${IMPLICIT}\0`),
        uidItem(0x40, `${IMPLICIT}  `),
        itemBytes(0x40, []),
        itemBytes(0x40, [0x80, 0x1b, 0xff]),
      ),
    ],
    expected: {
      applicationContext: "1.2.3",
      presentationContexts: [{
        id: 255,
        abstractSyntaxes: ["1".repeat(300)],
        transferSyntaxes: [IMPLICIT, IMPLICIT, "", "\u0080\u001b\u00ff"],
      }],
    },
  },
  {
    name: "an empty application context name",
    items: [itemBytes(0x10, [])],
    expected: { applicationContext: "" },
  },
  {
    name: "reserved octets that are not zero",
    items: [
      itemBytes(0x20, [9, 0xff, 0xff, 0xff, ...uidItem(0x30, "1.2").with(1, 0xff)]).with(1, 0xff),
    ],
    expected: {
      presentationContexts: [{ id: 9, abstractSyntaxes: ["1.2"], transferSyntaxes: [] }],
    },
  },
  {
    name: "13000 empty transfer syntaxes",
    items: [proposed(1, new Array(13000).fill([0x40, 0, 0, 0]).flat())],
    expected: {
      presentationContexts: [
        { id: 1, abstractSyntaxes: [], transferSyntaxes: new Array<string>(13000).fill("") },
      ],
    },
  },
];

for (const { name, items, expected } of REQUESTS) {
  Deno.test({
    name: `decodeAssociateRequest() takes ${name}`,
    permissions: "none",
    fn() {
      assert.deepEqual(decodeAssociateRequest(associateBody(...items)), {
        ...REQUEST,
        ...expected,
      });
    },
  });
}

Deno.test({
  name: "decodeAssociateRequest() takes a transfer syntax that fills its context",
  permissions: "none",
  fn() {
    const uid = "1".repeat(65527);
    const body = associateBody(proposed(1, uidItem(0x40, uid)));
    assert.deepEqual(decodeAssociateRequest(body).presentationContexts[0]?.transferSyntaxes, [uid]);
  },
});

Deno.test({
  name: "decodeAssociateRequest() takes 128 contexts in their order, and refuses one more",
  permissions: "none",
  fn() {
    const ids = Array.from({ length: 128 }, (_, index) => 255 - 2 * index);
    const contexts = ids.map((id) => proposed(id));
    const { presentationContexts } = decodeAssociateRequest(associateBody(...contexts));
    assert.deepEqual(presentationContexts.map(({ id }) => id), ids);
    assertInvalid(
      () => decodeAssociateRequest(associateBody(...contexts, proposed(1))),
      "Cannot decode A-ASSOCIATE-RQ: presentation contexts exceed the maximum of 128",
    );
  },
});

Deno.test({
  name: "decodeAssociateRequest() gives the protocol version as its 16 bits",
  permissions: "none",
  fn() {
    for (const version of [0, 2, 3, 0xfffe, 0xffff]) {
      const body = associateBody();
      body.set([version >> 8, version & 0xff]);
      assert.equal(decodeAssociateRequest(body).protocolVersion, version);
    }
  },
});

Deno.test({
  name: "decodeAssociateRequest() ignores the reserved fields before the items",
  permissions: "none",
  fn() {
    const body = associateBody();
    body.fill(0xff, 2, 4);
    body.fill(0xff, 36, 68);
    assert.deepEqual(decodeAssociateRequest(body), REQUEST);
  },
});

const AE_TITLES: readonly { readonly field: string; readonly title: string }[] = [
  { field: "ARCHIVE         ", title: "ARCHIVE" },
  { field: "   ARCHIVE      ", title: "ARCHIVE" },
  { field: "ARCHIVE\0\0\0\0\0\0\0\0\0", title: "ARCHIVE" },
  { field: "ARCHIVE \0 \0     ", title: "ARCHIVE" },
  { field: "SIXTEEN CHARS 16", title: "SIXTEEN CHARS 16" },
  { field: "                ", title: "" },
  { field: "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", title: "" },
  { field: "../../etc/x     ", title: "../../etc/x" },
  { field: "\x1b[31m\nA\\B\0C     ", title: "\x1b[31m\nA\\B\0C" },
  { field: "\0ARCHIVE        ", title: "\0ARCHIVE" },
];

for (const { field, title } of AE_TITLES) {
  Deno.test({
    name: `decodeAssociateRequest() reads AE title ${JSON.stringify(title)} from ${
      JSON.stringify(field)
    }`,
    permissions: "none",
    fn() {
      assert.equal(field.length, 16);
      const called = associateBody();
      called.set(ascii(field), 4);
      assert.deepEqual(decodeAssociateRequest(called), { ...REQUEST, calledAeTitle: title });
      const calling = associateBody();
      calling.set(ascii(field), 20);
      assert.deepEqual(decodeAssociateRequest(calling), { ...REQUEST, callingAeTitle: title });
    },
  });
}

const ACCEPTS: readonly {
  readonly name: string;
  readonly items: readonly (readonly number[])[];
  readonly expected: Partial<AssociateAcceptPdu>;
}[] = [
  { name: "no items at all", items: [], expected: {} },
  {
    name: "rejected contexts without, with an empty, and with a transfer syntax",
    items: [
      answered(1, 3),
      answered(3, 4, itemBytes(0x40, [])),
      answered(5, 1, uidItem(0x40, "9")),
    ],
    expected: {
      presentationContexts: [
        { id: 1, result: 3, transferSyntax: "" },
        { id: 3, result: 4, transferSyntax: "" },
        { id: 5, result: 1, transferSyntax: "9" },
      ],
    },
  },
  {
    name: "an accepted context without transfer syntax, and one with two",
    items: [answered(1, 0), answered(3, 0, uidItem(0x40, "1.2"), uidItem(0x40, "1.3"))],
    expected: {
      presentationContexts: [
        { id: 1, result: 0, transferSyntax: "" },
        { id: 3, result: 0, transferSyntax: "1.2" },
      ],
    },
  },
  {
    name: "undefined results and unknown items",
    items: [itemBytes(0x20, [2]), answered(1, 255, itemBytes(0x30, [1, 2])), itemBytes(0x77, [1])],
    expected: { presentationContexts: [{ id: 1, result: 255, transferSyntax: "" }] },
  },
];

for (const { name, items, expected } of ACCEPTS) {
  Deno.test({
    name: `decodeAssociateAccept() takes ${name}`,
    permissions: "none",
    fn() {
      assert.deepEqual(decodeAssociateAccept(associateBody(...items)), { ...ACCEPT, ...expected });
    },
  });
}

function assertInvalid(decode: () => unknown, message: string): void {
  assert.throws(decode, (error) => {
    assert.ok(error instanceof RemoteProtocolError, String(error));
    assert.equal(error.message, message);
    assert.deepEqual(error.abort, { source: 2, reason: 6 });
    return true;
  });
}

/** Every length and every ID of the items, wrong. */
const INVALID: readonly {
  readonly items: readonly (readonly number[])[];
  readonly state: string;
  readonly of?: "RQ" | "AC";
}[] = [
  { items: [[0x10]], state: "item header of 4 bytes exceeds the 1 byte left" },
  { items: [[0x10, 0, 0]], state: "item header of 4 bytes exceeds the 3 bytes left" },
  { items: [itemBytes(0x10, [1, 2], 3)], state: "item 10H length 3 exceeds the 2 bytes left" },
  { items: [itemBytes(0x99, [], 65535)], state: "item 99H length 65535 exceeds the 0 bytes left" },
  { items: [itemBytes(0x50, [1, 2], 12)], state: "item 50H length 12 exceeds the 2 bytes left" },
  {
    items: [itemBytes(0x20, [1], 9)],
    state: "item 20H length 9 exceeds the 1 byte left",
  },
  {
    items: [itemBytes(0x21, [1], 9)],
    state: "item 21H length 9 exceeds the 1 byte left",
    of: "AC",
  },
  {
    items: [itemBytes(0x20, [])],
    state: "item 20H presentation context ID of 1 byte exceeds the 0 bytes left",
  },
  {
    items: [itemBytes(0x20, [1, 0, 0])],
    state: "item 20H reserved field of 3 bytes exceeds the 2 bytes left",
  },
  {
    items: [itemBytes(0x21, [])],
    state: "item 21H presentation context ID of 1 byte exceeds the 0 bytes left",
    of: "AC",
  },
  {
    items: [itemBytes(0x21, [1, 0])],
    state: "item 21H result of 1 byte exceeds the 0 bytes left",
    of: "AC",
  },
  {
    items: [itemBytes(0x21, [1, 0, 0])],
    state: "item 21H reserved field of 1 byte exceeds the 0 bytes left",
    of: "AC",
  },
  {
    items: [proposed(1, [0x30, 0, 0])],
    state: "item 20H sub-item header of 4 bytes exceeds the 3 bytes left",
  },
  {
    items: [proposed(1, itemBytes(0x30, [1], 2)), itemBytes(0x99, [0, 0, 0])],
    state: "sub-item 30H length 2 exceeds the 1 byte left",
  },
  {
    items: [proposed(1, itemBytes(0x40, [], 65535))],
    state: "sub-item 40H length 65535 exceeds the 0 bytes left",
  },
  {
    items: [proposed(1, itemBytes(0xee, [], 1))],
    state: "sub-item EEH length 1 exceeds the 0 bytes left",
  },
  {
    items: [answered(1, 0, itemBytes(0x40, [1], 5))],
    state: "sub-item 40H length 5 exceeds the 1 byte left",
    of: "AC",
  },
  {
    items: [itemBytes(0x50, itemBytes(0x5a, [], 1))],
    state: "sub-item 5AH length 1 exceeds the 0 bytes left",
  },
  { items: [uidItem(0x10, "1"), uidItem(0x10, "1")], state: "item 10H comes twice" },
  { items: [uidItem(0x10, ""), uidItem(0x10, "")], state: "item 10H comes twice" },
  { items: [itemBytes(0x50, []), itemBytes(0x50, [])], state: "item 50H comes twice" },
  ...[0, 2, 128, 254].flatMap((id) => [
    {
      items: [proposed(id)],
      state: `presentation context ID ${id} is not an odd number from 1 to 255`,
    },
    {
      items: [answered(id, 0)],
      state: `presentation context ID ${id} is not an odd number from 1 to 255`,
      of: "AC" as const,
    },
  ]),
  {
    items: [proposed(1), proposed(3), proposed(1)],
    state: "presentation context ID 1 comes twice",
  },
  {
    items: [answered(255, 0), answered(255, 0)],
    state: "presentation context ID 255 comes twice",
    of: "AC",
  },
];

for (const { items, state, of = "RQ" } of INVALID) {
  const decode = of === "RQ" ? decodeAssociateRequest : decodeAssociateAccept;
  Deno.test({
    name: `${decode.name}() throws when ${state} (${items.flat().slice(0, 12).join(" ")})`,
    permissions: "none",
    fn() {
      assertInvalid(
        () => decode(associateBody(...items)),
        `Cannot decode A-ASSOCIATE-${of}: ${state}`,
      );
    },
  });
}

const NOT_A_TITLE = "is not 1 to 16 ASCII characters without backslash and control characters";

const REFUSED: readonly {
  readonly change: Partial<AssociateRequestPdu>;
  readonly state: string;
}[] = [
  ...["", "    ", "A".repeat(17), "Ä", "A\\B", "A\nB", "A\0"].flatMap((title) => [
    {
      change: { calledAeTitle: title },
      state: `called AE title ${JSON.stringify(title)} ${NOT_A_TITLE}`,
    },
    {
      change: { callingAeTitle: title },
      state: `calling AE title ${JSON.stringify(title)} ${NOT_A_TITLE}`,
    },
  ]),
  {
    change: { protocolVersion: 0x10000 },
    state: "protocol version 65536 is not a whole number from 0 to 65535",
  },
  {
    change: { applicationContext: "1".repeat(65536) },
    state: "item 10H length 65536 exceeds 65535 bytes",
  },
  {
    change: { applicationContext: "1.\u0100" },
    state: 'application context name "1.Ā" is not single-byte text',
  },
  ...[0, 2, 256, 257, -1, 1.5, NaN].map((id) => ({
    change: { presentationContexts: [{ id, abstractSyntaxes: [], transferSyntaxes: [] }] },
    state: `presentation context ID ${id} is not an odd number from 1 to 255`,
  })),
  {
    change: {
      presentationContexts: [
        { id: 3, abstractSyntaxes: [], transferSyntaxes: [] },
        { id: 3, abstractSyntaxes: [], transferSyntaxes: [] },
      ],
    },
    state: "presentation context ID 3 comes twice",
  },
  {
    change: {
      presentationContexts: Array.from({ length: 129 }, (_, index) => ({
        id: 2 * index + 1,
        abstractSyntaxes: [],
        transferSyntaxes: [],
      })),
    },
    state: "129 presentation contexts exceed the maximum of 128",
  },
  {
    change: {
      presentationContexts: [
        { id: 1, abstractSyntaxes: ["1".repeat(65536)], transferSyntaxes: [] },
      ],
    },
    state: "item 30H length 65536 exceeds 65535 bytes",
  },
  {
    change: {
      presentationContexts: [
        { id: 1, abstractSyntaxes: [], transferSyntaxes: ["1".repeat(65528)] },
      ],
    },
    state: "item 20H length 65536 exceeds 65535 bytes",
  },
];

for (const { change, state } of REFUSED) {
  Deno.test({
    name: `encodeAssociateRequest() throws when ${state}`,
    permissions: "none",
    fn() {
      assert.throws(() => encodeAssociateRequest({ ...REQUEST, ...change }), (error) => {
        assert.ok(error instanceof LocalProtocolError, String(error));
        assert.equal(error.message, `Cannot encode A-ASSOCIATE-RQ: ${state}`);
        return true;
      });
    },
  });
}

Deno.test({
  name: "encodeAssociateRequest() writes an item of 65535 bytes",
  permissions: "none",
  fn() {
    const pdu: AssociateRequestPdu = {
      ...REQUEST,
      presentationContexts: [
        { id: 1, abstractSyntaxes: [], transferSyntaxes: ["1".repeat(65527)] },
      ],
    };
    const bytes = encodeAssociateRequest(pdu);
    assert.equal(bytes.length, 74 + 4 + 65535 + 4);
    assert.deepEqual(decodeAssociateRequest(bytes.subarray(6)), pdu);
  },
});

Deno.test({
  name: "encodeAssociateAccept() returns any AE titles that a request had",
  permissions: "none",
  fn() {
    for (const title of ["", "A\\B", "\u0080\u00ff", "\x1b[31m"]) {
      const pdu = { ...ACCEPT, calledAeTitle: title, callingAeTitle: title };
      assert.deepEqual(decodeAssociateAccept(encodeAssociateAccept(pdu).subarray(6)), pdu);
    }
  },
});

Deno.test({
  name: "encodeAssociateAccept() throws when a value does not fit its field",
  permissions: "none",
  fn() {
    const context = { id: 1, result: 0, transferSyntax: IMPLICIT };
    const cases: readonly { change: Partial<AssociateAcceptPdu>; state: string }[] = [
      {
        change: { calledAeTitle: "A".repeat(17) },
        state: "called AE title length 17 exceeds 16 bytes",
      },
      {
        change: { callingAeTitle: "\u0100" },
        state: `calling AE title ${JSON.stringify("\u0100".padEnd(16))} is not single-byte text`,
      },
      {
        change: { presentationContexts: [{ ...context, result: 256 }] },
        state: "result 256 is not a whole number from 0 to 255",
      },
      {
        change: { presentationContexts: [{ ...context, id: 2 }] },
        state: "presentation context ID 2 is not an odd number from 1 to 255",
      },
    ];
    for (const { change, state } of cases) {
      assert.throws(() => encodeAssociateAccept({ ...ACCEPT, ...change }), (error) => {
        assert.ok(error instanceof LocalProtocolError, String(error));
        assert.equal(error.message, `Cannot encode A-ASSOCIATE-AC: ${state}`);
        return true;
      });
    }
  },
});

Deno.test({
  name: "encodeAssociateAccept() sends the transfer syntax sub-item with a rejected context too",
  permissions: "none",
  fn() {
    const bytes = encodeAssociateAccept({
      ...ACCEPT,
      presentationContexts: [{ id: 5, result: 3, transferSyntax: "" }],
    });
    assert.equal(bytes.subarray(74).toHex(), "210000080500030040000000" + "50000000");
  },
});
