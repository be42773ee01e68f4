import assert from "node:assert/strict";
import { ElementConverter, refuseEncapsulated } from "../../lib/data_set/element_converter.ts";
import { encodingOf } from "../../lib/data_set/encoding.ts";
import { VR_TRAITS } from "../../lib/data_set/vr.ts";
import { Walker } from "../../lib/data_set/walker.ts";
import { bytesOf } from "./data_set_cases.ts";

const ILE = "1.2.840.10008.1.2";
const ELE = "1.2.840.10008.1.2.1";
const EBE = "1.2.840.10008.1.2.2";

// Whole conversions are in the table of the transcoder's test, which puts this to work.
Deno.test({
  name: "`ElementConverter` passes values on as views, and does not gather them",
  permissions: "none",
  fn: () => {
    const piece = new Uint8Array(1000);
    const written: Uint8Array[] = [];
    const walker = new Walker(
      encodingOf(ILE),
      new ElementConverter(encodingOf(ELE), (bytes) => written.push(bytes)),
    );
    walker.push(bytesOf("e07f1000 00ca9a3b")); // 1 GB
    walker.push(piece);
    walker.push(piece.subarray(10));
    assert.deepEqual(written.map(({ length }) => length), [12, 1000, 990]);
    assert.equal(written[1]?.buffer, piece.buffer);
    assert.equal(written[2]?.byteOffset, 10);
  },
});

Deno.test({
  name: "`ElementConverter` changes the order of long values in whole units, however they are cut",
  permissions: "none",
  fn: () => {
    for (const [vr, unit] of [["OW", 2], ["OL", 4], ["OV", 8]] as const) {
      assert.equal(VR_TRAITS[vr].unit, unit);
      const length = 200_003;
      const header = bytesOf(`09001010 ${new TextEncoder().encode(vr).toHex()} 0000 00000000`);
      new DataView(header.buffer).setUint32(8, length, true);
      const value = Uint8Array.from({ length }, (_, index) => index * 7);
      for (const size of [65_535, 65_537, 199_999, 1_000_000]) {
        const out = new Uint8Array(12 + length + 1);
        let filled = 0;
        const converter = new ElementConverter(encodingOf(EBE), (bytes) => {
          out.set(bytes, filled);
          filled += bytes.length;
        });
        const walker = new Walker(encodingOf(ELE), converter);
        walker.push(header);
        for (let at = 0; at < length; at += size) walker.push(value.subarray(at, at + size));
        walker.finish();
        assert.equal(filled, out.length);
        const whole = length - length % unit;
        for (let at = 0; at < length; at++) {
          const from = at < whole ? at - at % unit + unit - 1 - at % unit : at;
          if (out[12 + at] !== value[from]) assert.fail(`${vr} in pieces of ${size}: byte ${at}`);
        }
        assert.equal(out.at(-1), 0x00);
      }
    }
  },
});

Deno.test({
  name: "`ElementConverter.element()` throws on what the other encoding would hide",
  permissions: "none",
  fn: () => {
    const implicit = new ElementConverter(encodingOf(ILE), () => {});
    const explicit = new ElementConverter(encodingOf(ELE), () => {});
    assert.throws(() => implicit.element(0x00081140, "OB", 2), {
      name: "DataSetError",
      message: "Cannot convert (0008,1140): " +
        "its VR is OB, but in implicit VR it would be taken for a sequence",
      tag: 0x00081140,
    });
    assert.throws(() => implicit.element(0x7fe00010, "SQ", 0), {
      message: "Cannot convert (7FE0,0010): " +
        "it is a sequence, but in implicit VR it would be taken for OW",
    });
    assert.equal(explicit.element(0x00081140, "OB", 2), false);
    assert.equal(explicit.element(0x7fe00010, "SQ", 0), false);
    for (const converter of [implicit, explicit]) {
      assert.throws(() => converter.element(0x7fe00010, "OW", 0xffffffff), {
        message:
          "Cannot convert (7FE0,0010): its value is encapsulated, as only compressed ones are",
      });
    }
  },
});

Deno.test({
  name: "`refuseEncapsulated()` throws on an undefined length alone",
  permissions: "none",
  fn: () => {
    refuseEncapsulated(0x7fe00010, 0xfffffffe);
    assert.throws(() => refuseEncapsulated(0x7fe00010, 0xffffffff), { tag: 0x7fe00010 });
  },
});
