import assert from "node:assert/strict";
import { RemoteProtocolError } from "../../lib/errors.ts";
import { formatType, invalidPduParameter, ItemReader } from "../../lib/pdu/item_reader.ts";

const BODY = Uint8Array.fromHex("01" + "0203" + "ffffff04" + "20000006" + "400000023141" + "99");

function assertInvalid(read: () => unknown, state: string): void {
  assert.throws(read, (error) => {
    assert.ok(error instanceof RemoteProtocolError, String(error));
    assert.equal(error.message, `Cannot decode A-ASSOCIATE-AC: ${state}`);
    assert.deepEqual(error.abort, { source: 2, reason: 6 });
    return true;
  });
}

Deno.test({
  name: "ItemReader reads fields, items and sub-items in order",
  permissions: "none",
  fn() {
    const reader = new ItemReader("A-ASSOCIATE-AC", BODY);
    assert.equal(reader.type, 0);
    assert.equal(reader.remaining, 18);
    assert.equal(reader.readUint8("one"), 0x01);
    assert.equal(reader.readUint16("two"), 0x0203);
    assert.equal(reader.readUint32("four"), 0xffffff04);
    const item = reader.readItem();
    assert.equal(item.type, 0x20);
    assert.equal(item.remaining, 6);
    assert.equal(reader.remaining, 1);
    const subItem = item.readItem();
    assert.equal(subItem.type, 0x40);
    assert.equal(subItem.readText(2, "text"), "1A");
    subItem.expectEnd();
    item.expectEnd();
    assert.equal(item.remaining, 0);
    assertInvalid(() => reader.expectEnd(), "has 1 byte after its last field");
    reader.skip(1);
    assert.equal(reader.remaining, 0);
  },
});

Deno.test({
  name: "ItemReader gives copies of bytes",
  permissions: "none",
  fn() {
    const bytes = Uint8Array.of(1, 2, 3);
    const reader = new ItemReader("A-ASSOCIATE-AC", bytes);
    const read = reader.readBytes(2, "bytes");
    bytes.fill(0);
    assert.deepEqual(read, Uint8Array.of(1, 2));
    assert.deepEqual(reader.readBytes(0, "bytes"), new Uint8Array(0));
    assert.equal(reader.remaining, 1);
  },
});

Deno.test({
  name: "readPart() keeps what is read inside the part",
  permissions: "none",
  fn() {
    const reader = new ItemReader("A-ASSOCIATE-AC", Uint8Array.of(1, 2, 3, 4, 5));
    const part = reader.readPart(2, "list");
    assert.equal(part.remaining, 2);
    assert.equal(reader.remaining, 3);
    assertInvalid(() => part.readBytes(3, "name"), "name length 3 exceeds the 2 bytes left");
    assert.equal(part.readUint16("number"), 0x0102);
    assertInvalid(() => reader.readPart(4, "list"), "list length 4 exceeds the 3 bytes left");
  },
});

const OVERRUNS: readonly {
  readonly read: (reader: ItemReader) => unknown;
  readonly state: string;
}[] = [
  { read: (reader) => reader.readUint16("two"), state: "two of 2 bytes exceeds the 1 byte left" },
  { read: (reader) => reader.readUint32("four"), state: "four of 4 bytes exceeds the 1 byte left" },
  { read: (reader) => reader.readBytes(2, "some"), state: "some length 2 exceeds the 1 byte left" },
  { read: (reader) => reader.readText(9, "text"), state: "text length 9 exceeds the 1 byte left" },
  { read: (reader) => reader.skip(2), state: "reserved field of 2 bytes exceeds the 1 byte left" },
  { read: (reader) => reader.readItem(), state: "item header of 4 bytes exceeds the 1 byte left" },
];

for (const { read, state } of OVERRUNS) {
  Deno.test({
    name: `ItemReader throws when ${state}, and does not move`,
    permissions: "none",
    fn() {
      const reader = new ItemReader("A-ASSOCIATE-AC", Uint8Array.of(7));
      assertInvalid(() => read(reader), state);
      assert.equal(reader.readUint8("one"), 7);
      assertInvalid(() => reader.readUint8("one"), "one of 1 byte exceeds the 0 bytes left");
    },
  });
}

Deno.test({
  name: "formatType() writes two digits and an H",
  permissions: "none",
  fn() {
    assert.deepEqual([0, 0x0a, 0x51, 0xff].map(formatType), ["00H", "0AH", "51H", "FFH"]);
  },
});

Deno.test({
  name: "invalidPduParameter() makes an abort of source 2, reason 6",
  permissions: "none",
  fn() {
    const error = invalidPduParameter("P-DATA-TF", "state");
    assert.equal(error.message, "Cannot decode P-DATA-TF: state");
    assert.deepEqual(error.abort, { source: 2, reason: 6 });
  },
});
