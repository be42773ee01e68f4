import assert from "node:assert/strict";
import { LocalProtocolError } from "../../lib/errors.ts";
import { ItemWriter } from "../../lib/pdu/item_writer.ts";

Deno.test({
  name: "ItemWriter writes fields in order and fills in the lengths",
  permissions: "none",
  fn() {
    const writer = new ItemWriter("A-ASSOCIATE-RQ", 0x01);
    writer.writeUint8(0xff, "one");
    writer.writeUint16(0x0102, "two");
    writer.writeUint32(0xfffefdfc, "four");
    writer.writeReserved(2);
    writer.writeItem(0x20, () => {
      writer.writeItem(0x30, () => writer.writeText("1\u00ff", "text"));
      writer.writeItem(0x40, () => {});
    });
    writer.writeCountedText("A", "text");
    writer.writeCountedBytes(Uint8Array.of(1, 2), "bytes");
    writer.writeCounted("list", () => writer.writeBytes(Uint8Array.of(9)));
    assert.equal(
      writer.finish().toHex(),
      "010000000021" + "ff" + "0102" + "fffefdfc" + "0000" +
        "2000000a" + "3000000231ff" + "40000000" + "000141" + "00020102" + "000109",
    );
  },
});

Deno.test({
  name: "ItemWriter keeps what it has when its buffer grows",
  permissions: "none",
  fn() {
    const writer = new ItemWriter("A-ASSOCIATE-RQ", 0x01);
    const expected: number[] = [];
    for (let index = 0; index < 5000; index += 1) {
      writer.writeUint8(index % 251, "octet");
      expected.push(index % 251);
    }
    const bytes = writer.finish();
    assert.deepEqual(bytes.subarray(6), Uint8Array.from(expected));
    assert.equal(bytes.subarray(0, 6).toHex(), "010000001388");
  },
});

Deno.test({
  name: "ItemWriter writes the longest item, and throws when one is longer",
  permissions: "none",
  fn() {
    const write = (length: number): Uint8Array => {
      const writer = new ItemWriter("A-ASSOCIATE-RQ", 0x01);
      writer.writeItem(0x56, () => writer.writeBytes(new Uint8Array(length)));
      return writer.finish();
    };
    assert.equal(write(65535).subarray(0, 10).toHex(), "0100000100035600ffff");
    assert.throws(
      () => write(65536),
      new LocalProtocolError(
        "Cannot encode A-ASSOCIATE-RQ: item 56H length 65536 exceeds 65535 bytes",
      ),
    );
  },
});

const REFUSED: readonly { readonly write: (writer: ItemWriter) => void; readonly state: string }[] =
  [
    {
      write: (writer) => writer.writeUint8(256, "octet"),
      state: "octet 256 is not a whole number from 0 to 255",
    },
    {
      write: (writer) => writer.writeUint16(65536, "number"),
      state: "number 65536 is not a whole number from 0 to 65535",
    },
    {
      write: (writer) => writer.writeUint32(2 ** 32, "number"),
      state: "number 4294967296 is not a whole number from 0 to 4294967295",
    },
    {
      write: (writer) => writer.writeUint8(-1, "octet"),
      state: "octet -1 is not a whole number from 0 to 255",
    },
    {
      write: (writer) => writer.writeUint8(NaN, "octet"),
      state: "octet NaN is not a whole number from 0 to 255",
    },
    {
      write: (writer) => writer.writeText("\u0100", "name"),
      state: 'name "\u0100" is not single-byte text',
    },
    {
      write: (writer) => writer.writeCountedText("1".repeat(65536), "name"),
      state: "name length 65536 is not a whole number from 0 to 65535",
    },
    {
      write: (writer) => writer.writeCountedBytes(new Uint8Array(65536), "field"),
      state: "field length 65536 is not a whole number from 0 to 65535",
    },
    {
      write: (writer) => writer.writeCounted("list", () => writer.writeReserved(65536)),
      state: "list 65536 exceeds 65535 bytes",
    },
  ];

for (const { write, state } of REFUSED) {
  Deno.test({
    name: `ItemWriter throws when ${state}`,
    permissions: "none",
    fn() {
      assert.throws(
        () => write(new ItemWriter("A-ASSOCIATE-AC", 0x02)),
        new LocalProtocolError(`Cannot encode A-ASSOCIATE-AC: ${state}`),
      );
    },
  });
}
