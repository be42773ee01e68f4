import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  COMMAND_TAG,
  type CommandElement,
  decodeCommandSet,
  encodeCommandSet,
} from "../../lib/dimse/command_set.ts";
import { DataSetError, LocalProtocolError } from "../../lib/errors.ts";
import { element, GOLDEN_MESSAGES, goldenCommand, text, us } from "./messages.ts";

function decode(hex: string) {
  return decodeCommandSet(Uint8Array.fromHex(hex));
}

Deno.test({
  name: "decodeCommandSet() reads every VR of a golden C-MOVE-RQ",
  permissions: "none",
  fn() {
    const commandSet = decodeCommandSet(goldenCommand("cMoveRequest"));
    assert.equal(commandSet.ui(COMMAND_TAG.affectedSopClassUid), "1.2.840.10008.5.1.4.1.2.2.2");
    assert.equal(commandSet.us(COMMAND_TAG.commandField), 0x0021);
    assert.equal(commandSet.us(COMMAND_TAG.messageId), 3);
    assert.equal(commandSet.ae(COMMAND_TAG.moveDestination), "STORESCP");
    assert.equal(commandSet.us(COMMAND_TAG.commandDataSetType), 1);
    assert.ok(commandSet.has(COMMAND_TAG.priority));
    assert.ok(!commandSet.has(COMMAND_TAG.status));
  },
});

Deno.test({
  name: "CommandSet gives undefined for every VR when there is no such element",
  permissions: "none",
  fn() {
    const commandSet = decode("");
    for (const read of ["us", "ui", "ae", "lo", "at"] as const) {
      assert.equal(commandSet[read](COMMAND_TAG.status), undefined);
    }
  },
});

const TEXTS: readonly [
  read: "ui" | "ae" | "lo",
  hex: string,
  value: string,
  why: string,
][] = [
  ["ui", text("1.2.3\0"), "1.2.3", "a NUL after it is padding"],
  ["ui", text("1.2.3\0\0 "), "1.2.3", "any padding is taken away"],
  ["ui", text("1.2.3   "), "1.2.3", "a space after it is padding"],
  ["ui", text(" 1.2"), " 1.2", "a space before it stays to be seen"],
  ["ui", text("1.2\0/x"), "1.2\0/x", "a NUL inside stays to be seen"],
  ["ui", text("é\x80"), "é\x80", "bytes outside ASCII stay to be seen"],
  ["ui", "", "", "an empty element is not a missing one"],
  ["ui", text("\0\0"), "", "nothing but padding is empty"],
  ["ui", text("1".repeat(300)), "1".repeat(300), "it may be too long"],
  ["ae", text("  PACS  "), "PACS", "spaces around it do not count"],
  ["ae", text("A B "), "A B", "spaces inside count"],
  ["ae", text("PACS\0\0"), "PACS", "NULs after it are padding too"],
  ["ae", text("    "), "", "nothing but spaces is empty"],
  ["lo", text("no space"), "no space", "it needs no padding"],
  ["lo", text(" out of space "), "out of space", "spaces around it do not count"],
];

for (const [read, hex, value, why] of TEXTS) {
  Deno.test({
    name: `CommandSet.${read}() gives ${JSON.stringify(value.slice(0, 16))}: ${why}`,
    permissions: "none",
    fn() {
      const commandSet = decode(element(0x00000902, hex));
      assert.equal(commandSet[read](0x00000902), value);
    },
  });
}

Deno.test({
  name: "CommandSet.ae() and .ui() take linear time for many spaces",
  permissions: "none",
  fn() {
    const value = `A${" ".repeat(65_000)}B`;
    const commandSet = decode(element(0x00000600, text(value)));
    for (let round = 0; round < 100; round += 1) {
      assert.equal(commandSet.ae(0x00000600), value);
      assert.equal(commandSet.ui(0x00000600), value);
    }
  },
});

Deno.test({
  name: "CommandSet.ae() of nothing but spaces ends where the next element begins",
  permissions: "none",
  fn() {
    const commandSet = decode(element(0x00000600, text("    ")) + element(0x20202020, text("no")));
    assert.equal(commandSet.ae(0x00000600), "");
  },
});

for (const length of [0, 4, 6, 64]) {
  Deno.test({
    name: `CommandSet.us() refuses ${length} bytes (C17)`,
    permissions: "none",
    fn() {
      const commandSet = decode(element(0x00000110, "01".repeat(length)));
      assert.throws(() => commandSet.us(COMMAND_TAG.messageId), {
        name: "DataSetError",
        message: `Cannot decode command set: (0000,0110) of VR US has ${length} bytes, not 2`,
        tag: 0x00000110,
      });
    },
  });
}

Deno.test({
  name: "CommandSet.at() gives tags with the group first",
  permissions: "none",
  fn() {
    const commandSet = decode(element(0x00000901, "10002000" + "e07f1000"));
    assert.deepEqual(commandSet.at(COMMAND_TAG.offendingElement), [0x00100020, 0x7fe00010]);
    assert.deepEqual(decode(element(0x00000901, "")).at(COMMAND_TAG.offendingElement), []);
  },
});

Deno.test({
  name: "CommandSet.at() refuses a cut tag",
  permissions: "none",
  fn() {
    const commandSet = decode(element(0x00000901, "100020001000"));
    assert.throws(() => commandSet.at(COMMAND_TAG.offendingElement), { tag: 0x00000901 });
  },
});

const MESSAGE_ID = element(0x00000110, us(7));

const TOLERATED: readonly [hex: string, why: string][] = [
  [MESSAGE_ID, "without group length"],
  [element(0x00000000, "00000000") + MESSAGE_ID, "with group length 0 (C14)"],
  [element(0x00000000, "ffffffff") + MESSAGE_ID, "with group length FFFFFFFFH (C14)"],
  [element(0x00000000, "") + MESSAGE_ID, "with an empty group length (C14)"],
  [MESSAGE_ID + element(0x00000110, us(8)), "with the element twice: the first wins (C16)"],
  [element(0x00000800, us(1)) + MESSAGE_ID, "out of order (C16)"],
  [element(0x00080018, text("1.2 ")) + MESSAGE_ID, "with group 0008 before it (C16)"],
  [MESSAGE_ID + element(0x7fe00010, "0000"), "with group 7FE0 after it (C16)"],
  [element(0x00010110, us(9)) + MESSAGE_ID, "with the same element of another group (C16)"],
  [MESSAGE_ID + element(0x0000ffff, "0102"), "with an unknown element"],
];

for (const [hex, why] of TOLERATED) {
  Deno.test({
    name: `decodeCommandSet() finds the Message ID ${why}`,
    permissions: "none",
    fn: () => assert.equal(decode(hex).us(COMMAND_TAG.messageId), 7),
  });
}

Deno.test({
  name: "decodeCommandSet() keeps nothing of other groups (C16)",
  permissions: "none",
  fn() {
    const commandSet = decode(element(0x00080018, text("1.2 ")) + MESSAGE_ID);
    assert.ok(!commandSet.has(0x00080018));
    assert.ok(commandSet.has(0x00000110));
  },
});

const REFUSED: readonly [hex: string, message: string, offset: number, why: string][] = [
  ["00", "1 bytes left are too few for an element", 0, "one byte"],
  [`${MESSAGE_ID}00`, "1 bytes left are too few for an element", 10, "a stray byte (C15)"],
  [`${MESSAGE_ID}00000008020000`, "7 bytes left are too few for an element", 10, "a cut header"],
  [
    MESSAGE_ID + element(0x00000800, us(1), 4),
    "(0000,0800) of 4 bytes exceeds the 2 bytes left",
    10,
    "a length that lies (C15)",
  ],
  [
    MESSAGE_ID + element(0x00000800, us(1), 0xffff_ffff),
    "(0000,0800) of 4294967295 bytes exceeds the 2 bytes left",
    10,
    "an undefined length (C15)",
  ],
  [
    element(0x00000002, "", 0x8000_0000),
    "(0000,0002) of 2147483648 bytes exceeds the 0 bytes left",
    0,
    "a length with the sign bit (C15)",
  ],
  [
    element(0x00000002, "312e32"),
    "(0000,0002) has an odd length of 3 bytes",
    0,
    "an odd length (C15)",
  ],
  [
    element(0x00080018, "31"),
    "(0008,0018) has an odd length of 1 bytes",
    0,
    "an odd length in another group (C15)",
  ],
  [
    "00000000554c040038000000" + "0000000155530200" + "3000",
    "(0000,0000) of 281685 bytes exceeds the 14 bytes left",
    0,
    "explicit VR (C21)",
  ],
  [
    "0000010055530200" + "3000",
    "(0000,0001) of 152405 bytes exceeds the 2 bytes left",
    0,
    "explicit VR without group length (C21)",
  ],
  [
    "00000000" + "00000004" + "00000038",
    "(0000,0000) of 67108864 bytes exceeds the 4 bytes left",
    0,
    "big endian (C21)",
  ],
  [
    "00000100" + "00000002" + "0030",
    "(0000,0001) of 33554432 bytes exceeds the 2 bytes left",
    0,
    "big endian without group length (C21)",
  ],
  [
    text("GET / HTTP/1.1\r\n"),
    "(4547,2054) of 1414012975 bytes exceeds the 8 bytes left",
    0,
    "HTTP",
  ],
];

for (const [hex, message, offset, why] of REFUSED) {
  Deno.test({
    name: `decodeCommandSet() refuses ${why}`,
    permissions: "none",
    fn() {
      assert.throws(() => decode(hex), (error) => {
        assert.ok(error instanceof DataSetError);
        assert.equal(error.message, `Cannot decode command set: ${message}`);
        assert.equal(error.offset, offset);
        return true;
      });
    },
  });
}

for (const { name } of GOLDEN_MESSAGES) {
  Deno.test({
    name: `decodeCommandSet() refuses ${name} cut anywhere but between elements`,
    permissions: "none",
    fn() {
      const bytes = goldenCommand(name);
      const view = new DataView(bytes.buffer);
      const boundaries = new Set<number>();
      for (let at = 0; at < bytes.length; at += 8 + view.getUint32(at + 4, true)) {
        boundaries.add(at);
      }
      for (let length = 0; length < bytes.length; length += 1) {
        const cut = bytes.subarray(0, length);
        if (boundaries.has(length)) decodeCommandSet(cut);
        else assert.throws(() => decodeCommandSet(cut), DataSetError, `${length} bytes`);
      }
    },
  });
}

Deno.test({
  name: "decodeCommandSet() gives a command set or a DataSetError for any bytes",
  permissions: "none",
  fn() {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeCommandSet(bytes);
        } catch (error) {
          assert.ok(error instanceof DataSetError);
        }
      }),
      { numRuns: 1000 },
    );
  },
});

Deno.test({
  name: "decodeCommandSet() takes linear time for many elements",
  permissions: "none",
  fn() {
    const count = 8000;
    const bytes = new Uint8Array(count * 8);
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < count; index += 1) view.setUint16(index * 8 + 2, index, true);
    const commandSet = decodeCommandSet(bytes);
    assert.ok(commandSet.has(count - 1) && !commandSet.has(count));
  },
});

Deno.test({
  name: "encodeCommandSet() sorts, pads and counts",
  permissions: "none",
  fn() {
    const bytes = encodeCommandSet([
      { tag: 0x00001000, vr: "UI", value: "1.2.3" },
      { tag: 0x00000902, vr: "LO", value: "bad" },
      { tag: 0x00000901, vr: "AT", value: [0x00100020, 0xfffee000] },
      { tag: 0x00000600, vr: "AE", value: "PACS1" },
      { tag: 0x00000100, vr: "US", value: 0x8001 },
      { tag: 0x00000002, vr: "UI", value: "1.20" },
    ]);
    assert.equal(
      bytes.toHex(),
      element(0x00000000, "4e000000") +
        element(0x00000002, text("1.20")) +
        element(0x00000100, "0180") +
        element(0x00000600, text("PACS1 ")) +
        element(0x00000901, "10002000" + "feff00e0") +
        element(0x00000902, text("bad ")) +
        element(0x00001000, text("1.2.3\0")),
    );
    assert.equal(bytes.length, 12 + 0x4e);
    assert.equal(bytes.buffer.byteLength, bytes.length);
  },
});

Deno.test({
  name: "encodeCommandSet() writes only the group length when there are no elements",
  permissions: "none",
  fn: () => assert.equal(encodeCommandSet([]).toHex(), element(0, "00000000")),
});

const NOT_ENCODABLE: readonly [elements: CommandElement[], message: string][] = [
  [
    [{ tag: 0x00000110, vr: "US", value: 0x10000 }],
    "Cannot encode command element (0000,0110): 65536 is not a number from 0 to 65535",
  ],
  [
    [{ tag: 0x00000110, vr: "US", value: -1 }],
    "Cannot encode command element (0000,0110): -1 is not a number from 0 to 65535",
  ],
  [
    [{ tag: 0x00000110, vr: "US", value: 1.5 }],
    "Cannot encode command element (0000,0110): 1.5 is not a number from 0 to 65535",
  ],
  [
    [{ tag: 0x00000110, vr: "US", value: NaN }],
    "Cannot encode command element (0000,0110): NaN is not a number from 0 to 65535",
  ],
  [
    [{ tag: 0x00000600, vr: "AE", value: "日本" }],
    'Cannot encode command element (0000,0600): "日本" has characters outside ISO 8859-1',
  ],
  [
    [{ tag: 0x00080018, vr: "UI", value: "1.2" }],
    "Cannot encode command element (0008,0018): only group 0000 is allowed",
  ],
  [
    [{ tag: 0x00000110, vr: "US", value: 1 }, { tag: 0x00000110, vr: "US", value: 1 }],
    "Cannot encode command element (0000,0110): the element is there twice",
  ],
  [
    [
      { tag: 0x00000120, vr: "US", value: 1 },
      { tag: 0x00000100, vr: "US", value: 1 },
      { tag: 0x00000120, vr: "US", value: 1 },
    ],
    "Cannot encode command element (0000,0120): the element is there twice",
  ],
  [
    [{ tag: 0x00000000, vr: "US", value: 1 }],
    "Cannot encode command element (0000,0000): the element is there twice",
  ],
];

for (const [elements, message] of NOT_ENCODABLE) {
  Deno.test({
    name: `encodeCommandSet() throws: ${message}`,
    permissions: "none",
    fn() {
      assert.throws(() => encodeCommandSet(elements), (error) => {
        assert.ok(error instanceof LocalProtocolError);
        assert.equal(error.message, message);
        return true;
      });
    },
  });
}

Deno.test({
  name: "encodeCommandSet() can send back any UID that decodeCommandSet() read",
  permissions: "none",
  fn() {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const even = bytes.subarray(0, bytes.length - bytes.length % 2);
        const value = decode(element(0x00000002, even.toHex())).ui(0x00000002) ?? "";
        const encoded = encodeCommandSet([{ tag: 0x00000002, vr: "UI", value }]);
        assert.equal(decodeCommandSet(encoded).ui(0x00000002), value);
      }),
    );
  },
});
