import assert from "node:assert/strict";
import * as fc from "fast-check";
import { LocalProtocolError } from "../../lib/errors.ts";
import { encodePdu, writePDataHeader, writePdvHeader } from "../../lib/pdu/encoder.ts";
import type { Pdu } from "../../lib/pdu/pdu.ts";
import { associateAccept, associateRequest } from "./arbitraries.ts";
import { golden, PDU_CASES, transcribe } from "./cases.ts";

for (const { name, pdu } of PDU_CASES) {
  Deno.test({
    name: `encodePdu() reproduces ${name} byte for byte`,
    permissions: "none",
    fn() {
      assert.equal(encodePdu(pdu).toHex(), golden(name).toHex());
    },
  });
}

Deno.test({
  name: "encodePdu() returns an array of its own size",
  permissions: "none",
  fn() {
    for (const { pdu } of PDU_CASES) {
      const bytes = encodePdu(pdu);
      assert.equal(bytes.buffer.byteLength, bytes.length);
    }
  },
});

Deno.test({
  name: "encodePdu() is undone by PduDecoder for any association request or acceptance",
  permissions: "none",
  fn() {
    fc.assert(
      fc.property(fc.oneof(associateRequest, associateAccept), (pdu) => {
        assert.deepEqual(transcribe([encodePdu(pdu)]), { events: [pdu], error: undefined });
      }),
      { numRuns: 500 },
    );
  },
});

Deno.test({
  name: "encodePdu() is undone by PduDecoder for any rejection or abort",
  permissions: "none",
  fn() {
    const octet = fc.nat(255);
    fc.assert(fc.property(octet, octet, octet, (result, source, reason) => {
      const pdus: Pdu[] = [
        { type: "A-ASSOCIATE-RJ", result, source, reason },
        { type: "A-ABORT", source, reason },
      ];
      assert.deepEqual(transcribe(pdus.map(encodePdu)).events, pdus);
    }));
  },
});

const REFUSED: readonly { readonly pdu: Pdu; readonly message: string }[] = [
  {
    pdu: { type: "A-ASSOCIATE-RJ", result: 256, source: 1, reason: 1 },
    message: "Cannot encode A-ASSOCIATE-RJ: result 256 is not a whole number from 0 to 255",
  },
  {
    pdu: { type: "A-ASSOCIATE-RJ", result: 1, source: -1, reason: 1 },
    message: "Cannot encode A-ASSOCIATE-RJ: source -1 is not a whole number from 0 to 255",
  },
  {
    pdu: { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 1.5 },
    message: "Cannot encode A-ASSOCIATE-RJ: reason 1.5 is not a whole number from 0 to 255",
  },
  {
    pdu: { type: "A-ABORT", source: 256, reason: 0 },
    message: "Cannot encode A-ABORT: source 256 is not a whole number from 0 to 255",
  },
  {
    pdu: { type: "A-ABORT", source: 2, reason: NaN },
    message: "Cannot encode A-ABORT: reason NaN is not a whole number from 0 to 255",
  },
];

for (const { pdu, message } of REFUSED) {
  Deno.test({
    name: `encodePdu() throws ${JSON.stringify(message)}`,
    permissions: "none",
    fn() {
      assert.throws(() => encodePdu(pdu), (error) => {
        assert.ok(error instanceof LocalProtocolError);
        assert.equal(error.message, message);
        return true;
      });
    },
  });
}

Deno.test({
  name: "writePDataHeader() and writePdvHeader() reproduce the headers of a C-ECHO-RQ",
  permissions: "none",
  fn() {
    const expected = golden("cEchoRequest");
    const target = new Uint8Array(14).fill(0xee);
    writePDataHeader(target, 1, 74);
    writePdvHeader(target, 7, { contextId: 1, isCommand: true, isLast: true, fragmentLength: 68 });
    assert.equal(target.toHex(), `ee${expected.subarray(0, 12).toHex()}ee`);
  },
});

const PDV_HEADERS = [
  { contextId: 1, isCommand: false, isLast: false, fragmentLength: 0, hex: "000000020100" },
  { contextId: 3, isCommand: true, isLast: false, fragmentLength: 1, hex: "000000030301" },
  { contextId: 255, isCommand: false, isLast: true, fragmentLength: 16376, hex: "00003ffaff02" },
  {
    contextId: 127,
    isCommand: true,
    isLast: true,
    fragmentLength: 0xffff_fffd,
    hex: "ffffffff7f03",
  },
];

for (const { hex, ...header } of PDV_HEADERS) {
  Deno.test({
    name: `writePdvHeader() writes ${hex}`,
    permissions: "none",
    fn() {
      const target = new Uint8Array(6);
      writePdvHeader(target, 0, header);
      assert.equal(target.toHex(), hex);
    },
  });
}

Deno.test({
  name: "writePDataHeader() writes lengths up to 32 bits",
  permissions: "none",
  fn() {
    const target = new Uint8Array(6);
    writePDataHeader(target, 0, 0xffff_ffff);
    assert.equal(target.toHex(), "0400ffffffff");
  },
});

const PDV = { contextId: 1, isCommand: true, isLast: true, fragmentLength: 0 };

const HEADER_ERRORS: readonly { readonly write: () => void; readonly message: string }[] = [
  {
    write: () => writePDataHeader(new Uint8Array(6), 0, 0x1_0000_0000),
    message: "Cannot encode P-DATA-TF: length 4294967296 is not possible",
  },
  {
    write: () => writePDataHeader(new Uint8Array(6), 0, -1),
    message: "Cannot encode P-DATA-TF: length -1 is not possible",
  },
  {
    write: () => writePDataHeader(new Uint8Array(6), 1, 8),
    message: "Cannot encode P-DATA-TF: 6 bytes at offset 1 exceed the target of 6 bytes",
  },
  {
    write: () => writePdvHeader(new Uint8Array(5), 0, PDV),
    message: "Cannot encode P-DATA-TF: 6 bytes at offset 0 exceed the target of 5 bytes",
  },
  {
    write: () => writePdvHeader(new Uint8Array(6), -1, PDV),
    message: "Cannot encode P-DATA-TF: 6 bytes at offset -1 exceed the target of 6 bytes",
  },
  {
    write: () => writePdvHeader(new Uint8Array(6), 0, { ...PDV, fragmentLength: 0xffff_fffe }),
    message: "Cannot encode P-DATA-TF: length 4294967296 is not possible",
  },
  {
    write: () => writePdvHeader(new Uint8Array(6), 0, { ...PDV, fragmentLength: -1 }),
    message: "Cannot encode P-DATA-TF: length 1 is not possible",
  },
  ...[0, 2, 254, 257, -1, 1.5].map((contextId) => ({
    write: () => writePdvHeader(new Uint8Array(6), 0, { ...PDV, contextId }),
    message:
      `Cannot encode P-DATA-TF: presentation context ID ${contextId} is not an odd number from 1 to 255`,
  })),
];

for (const { write, message } of HEADER_ERRORS) {
  Deno.test({
    name: `the P-DATA-TF header writers throw ${JSON.stringify(message)}`,
    permissions: "none",
    fn() {
      assert.throws(write, (error) => {
        assert.ok(error instanceof LocalProtocolError);
        assert.equal(error.message, message);
        return true;
      });
    },
  });
}
