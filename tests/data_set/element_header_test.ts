import assert from "node:assert/strict";
import { ElementHeader, spellsVr, vrAt, writeHeader } from "../../lib/data_set/element_header.ts";
import { encodingOf } from "../../lib/data_set/encoding.ts";
import { formatTag } from "../../lib/data_set/tag.ts";
import type { Vr } from "../../lib/data_set/vr.ts";

const ILE = "1.2.840.10008.1.2";
const ELE = "1.2.840.10008.1.2.1";
const EBE = "1.2.840.10008.1.2.2";

const HEADERS: readonly [name: string, syntax: string, hex: string, read: string][] = [
  ["an implicit VR", ILE, "1000200004000000", "(0010,0020) LO 4 8"],
  ["a length above 2 GiB", ILE, "10002000feffffff", "(0010,0020) LO 4294967294 8"],
  ["an unknown tag", ILE, "0900011004000000", "(0009,1001) UN 4 8"],
  ["a 16-bit length", ELE, "100020004c4fffff", "(0010,0020) LO 65535 8"],
  ["a 32-bit length", ELE, "100020005554ffff01000080", "(0010,0020) UT 2147483649 12"],
  ["big endian", EBE, "001000204c4f0102", "(0010,0020) LO 258 8"],
  ["big endian, 32 bits", EBE, "00100020554e000080000001", "(0010,0020) UN 2147483649 12"],
  ["an item", ELE, "feff00e004000000", "(FFFE,E000) UN 4 8"],
  ["an item in big endian", EBE, "fffee00000000004", "(FFFE,E000) UN 4 8"],
  ["an unknown VR", ELE, "100020005a5a000004000000", "(0010,0020) UN 4 12"],
  ["no VR", ELE, "1000200004000000", "(0010,0020) undefined 0 8"],
];

for (const [name, syntax, hex, read] of HEADERS) {
  Deno.test({
    name: `\`ElementHeader.read()\` reads ${name}`,
    permissions: "none",
    fn: () => {
      const header = new ElementHeader();
      header.length = 77; // of the element before
      const bytes = Uint8Array.fromHex("ffff" + hex);
      assert.equal(header.read(bytes, 2, bytes.length, encodingOf(syntax), undefined), true);
      const { tag, vr, length, size } = header;
      assert.equal(`${formatTag(tag)} ${vr} ${length} ${size}`, read);
    },
  });
}

type Written = [tag: number, vr: Vr | undefined, length: number];

const WRITTEN: readonly [name: string, syntax: string, header: Written, hex: string][] = [
  ["an implicit VR", ILE, [0x00100020, "LO", 4], "1000200004000000"],
  ["a length above 2 GiB", ILE, [0x00100020, "LO", 0xfffffffe], "10002000feffffff"],
  ["a 16-bit length", ELE, [0x00100020, "LO", 0xfffe], "100020004c4ffeff"],
  ["a 32-bit length", ELE, [0x00100020, "UT", 0x80000002], "100020005554000002000080"],
  ["big endian", EBE, [0x00100020, "LO", 0x0102], "001000204c4f0102"],
  ["big endian, 32 bits", EBE, [0x00100020, "UN", 0x80000002], "00100020554e000080000002"],
  ["an item", ELE, [0xfffee000, undefined, 4], "feff00e004000000"],
  ["an item in big endian", EBE, [0xfffee000, undefined, 4], "fffee00000000004"],
];

for (const [name, syntax, header, hex] of WRITTEN) {
  Deno.test({
    name: `\`writeHeader()\` writes ${name}, and nothing beside it`,
    permissions: "none",
    fn: () => {
      const bytes = new Uint8Array(16).fill(0xff);
      const size = writeHeader(new DataView(bytes.buffer), 2, ...header, encodingOf(syntax));
      assert.equal(bytes.toHex(), `ffff${hex}`.padEnd(32, "f"));
      assert.equal(size, hex.length / 2);
    },
  });
}

Deno.test({
  name: "`ElementHeader.read()` returns false when a 32-bit length is not there yet",
  permissions: "none",
  fn: () => {
    const bytes = Uint8Array.fromHex("100020005554000001000000");
    for (const end of [8, 9, 11]) {
      const header = new ElementHeader();
      assert.equal(header.read(bytes, 0, end, encodingOf(ELE), undefined), false);
      assert.equal(header.size, 12);
    }
  },
});

Deno.test({
  name: "`ElementHeader.read()` decides on ambiguous VRs by the pixel representation",
  permissions: "none",
  fn: () => {
    const header = new ElementHeader();
    const bytes = Uint8Array.fromHex("2800060102000000");
    for (const [pixelRepresentation, vr] of [[undefined, "US"], [0, "US"], [1, "SS"]] as const) {
      header.read(bytes, 0, 8, encodingOf(ILE), pixelRepresentation);
      assert.equal(header.vr, vr);
    }
  },
});

Deno.test({
  name: "`vrAt()` tells VRs, letters and other bytes apart",
  permissions: "none",
  fn: () => {
    const texts = [["PN", "PN"], ["ZZ", "UN"], ["zz", undefined], ["A?", undefined]] as const;
    for (const [text, vr] of texts) assert.equal(vrAt(new TextEncoder().encode(text), 0), vr);
  },
});

Deno.test({
  name: "`spellsVr()` finds a VR in the lower half of a length",
  permissions: "none",
  fn: () => {
    assert.equal(spellsVr(0x000a5343), true); // "CS", 10
    assert.equal(spellsVr(0x00005343), true);
    assert.equal(spellsVr(10), false);
  },
});
