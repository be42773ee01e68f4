import assert from "node:assert/strict";
import * as fc from "fast-check";
import { concatBytes } from "../../lib/bytes.ts";
import { LocalProtocolError, RemoteProtocolError } from "../../lib/errors.ts";
import { PduDecoder } from "../../lib/pdu/decoder.ts";
import type { PduEvent } from "../../lib/pdu/pdu.ts";
import { ASSOCIATE_PDU_LIMIT, UNLIMITED_P_DATA_CAP } from "../../lib/pdu/pdu.ts";
import type { GOLDEN_VECTORS } from "../../fixtures/standard/golden_vectors.ts";
import {
  associateBody,
  bigEndian,
  coalesce,
  golden,
  itemBytes,
  PDU_CASES,
  pduBytes,
  split,
  transcribe,
} from "./cases.ts";

const RELEASE = golden("releaseRequest");
const RELEASE_EVENT: PduEvent = { type: "A-RELEASE-RQ" };

function byteByByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

for (const { name, pdu } of PDU_CASES) {
  const bytes = golden(name);

  Deno.test({
    name: `PduDecoder decodes ${name} when read whole`,
    permissions: "none",
    fn() {
      assert.deepEqual(transcribe([bytes]), { events: [pdu], error: undefined });
    },
  });

  Deno.test({
    name: `PduDecoder waits for the last byte when ${name} is read byte by byte`,
    permissions: "none",
    fn() {
      const decoder = new PduDecoder({ maximumLength: 16384 });
      assert.equal(decoder.inPdu, false);
      for (const byte of byteByByte(bytes.subarray(0, -1))) {
        decoder.receive(byte);
        assert.equal(decoder.next(), undefined);
        assert.equal(decoder.inPdu, true);
      }
      decoder.receive(bytes.slice(-1));
      assert.deepEqual(decoder.next(), pdu);
      assert.equal(decoder.inPdu, false);
      assert.equal(decoder.next(), undefined);
    },
  });

  Deno.test({
    name: `PduDecoder decodes ${name} when read in any two parts`,
    permissions: "none",
    fn() {
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        assert.deepEqual(transcribe(split(bytes, [cut])), { events: [pdu], error: undefined });
      }
    },
  });

  Deno.test({
    name: `PduDecoder decodes ${name} and what follows it in the same read`,
    permissions: "none",
    fn() {
      const { events } = transcribe([concatBytes([bytes, RELEASE, bytes, RELEASE.subarray(0, 7)])]);
      assert.deepEqual(events, [pdu, RELEASE_EVENT, pdu]);
    },
  });
}

interface ExpectedPdv {
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
  /** Where the fragment is in the vector. */
  readonly at: number;
  readonly length: number;
}

/** P-DATA vectors: the PDU lengths, and the PDVs after each. */
const P_DATA_CASES: readonly {
  readonly name: keyof typeof GOLDEN_VECTORS;
  readonly pdus: readonly { readonly length: number; readonly pdvs: readonly ExpectedPdv[] }[];
}[] = [
  {
    name: "cEchoRequest",
    pdus: [{
      length: 74,
      pdvs: [{ contextId: 1, isCommand: true, isLast: true, at: 12, length: 68 }],
    }],
  },
  {
    name: "cEchoRequestInThreePdus",
    pdus: [
      {
        length: 32,
        pdvs: [{ contextId: 1, isCommand: true, isLast: false, at: 12, length: 26 }],
      },
      {
        length: 32,
        pdvs: [{ contextId: 1, isCommand: true, isLast: false, at: 50, length: 26 }],
      },
      {
        length: 22,
        pdvs: [{ contextId: 1, isCommand: true, isLast: true, at: 88, length: 16 }],
      },
    ],
  },
  {
    name: "cStoreRequest",
    pdus: [
      {
        length: 114,
        pdvs: [{ contextId: 3, isCommand: true, isLast: true, at: 12, length: 108 }],
      },
      {
        length: 16,
        pdvs: [{ contextId: 3, isCommand: false, isLast: true, at: 132, length: 10 }],
      },
    ],
  },
  {
    name: "cMoveResponsePending",
    pdus: [{
      length: 134,
      pdvs: [{ contextId: 5, isCommand: true, isLast: true, at: 12, length: 128 }],
    }],
  },
];

for (const { name, pdus } of P_DATA_CASES) {
  const bytes = golden(name);
  const expected: PduEvent[] = pdus.flatMap(({ length, pdvs }) => [
    { type: "P-DATA-TF" as const, length },
    ...pdvs.map(({ at, length, ...header }) => ({
      type: "PDV" as const,
      ...header,
      data: bytes.slice(at, at + length),
    })),
  ]);

  Deno.test({
    name: `PduDecoder tells the PDVs of ${name} when read whole`,
    permissions: "none",
    fn() {
      assert.deepEqual(transcribe([bytes]), { events: expected, error: undefined });
      assert.deepEqual(transcribe([concatBytes([bytes, RELEASE])]).events, [
        ...expected,
        RELEASE_EVENT,
      ]);
    },
  });

  Deno.test({
    name: `PduDecoder tells one piece a byte when ${name} is read byte by byte`,
    permissions: "none",
    fn() {
      const { events, error } = transcribe(byteByByte(bytes));
      assert.equal(error, undefined);
      assert.deepEqual(coalesce(events, bytes), expected);
      const pieces = events.filter((event) => event.type === "PDV");
      for (const piece of pieces) assert.equal(piece.data.length, 1);
      const lasts = pdus.flatMap(({ pdvs }) => pdvs).filter(({ isLast }) => isLast).length;
      assert.equal(pieces.filter(({ isLast }) => isLast).length, lasts);
    },
  });

  Deno.test({
    name: `PduDecoder tells the PDVs of ${name} when read in any two parts`,
    permissions: "none",
    fn() {
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        const { events, error } = transcribe(split(bytes, [cut]));
        assert.equal(error, undefined);
        assert.deepEqual(coalesce(events, bytes), expected);
      }
    },
  });
}

Deno.test({
  name: "PduDecoder tells the start of a P-DATA-TF at its header, before any PDV",
  permissions: "none",
  fn() {
    const decoder = new PduDecoder({ maximumLength: 16384 });
    decoder.receive(Uint8Array.fromHex("0400000000"));
    assert.equal(decoder.next(), undefined);
    decoder.receive(Uint8Array.fromHex("10"));
    assert.deepEqual(decoder.next(), { type: "P-DATA-TF", length: 16 });
    assert.equal(decoder.next(), undefined);
    assert.equal(decoder.inPdu, true);
  },
});

Deno.test({
  name: "PduDecoder sets isLast only on the last piece of a fragment read in three",
  permissions: "none",
  fn() {
    const bytes = pduBytes(4, [0, 0, 0, 8, 1, 3, 1, 2, 3, 4, 5, 6]);
    const { events } = transcribe(split(bytes, [14, 16]));
    const pdv = { type: "PDV" as const, contextId: 1, isCommand: true };
    assert.deepEqual(events, [
      { type: "P-DATA-TF", length: 12 },
      { ...pdv, isLast: false, data: Uint8Array.of(1, 2) },
      { ...pdv, isLast: false, data: Uint8Array.of(3, 4) },
      { ...pdv, isLast: true, data: Uint8Array.of(5, 6) },
    ]);
  },
});

Deno.test({
  name: "PduDecoder gives pieces as views on the bytes received",
  permissions: "none",
  fn() {
    const bytes = golden("cEchoRequest");
    const decoder = new PduDecoder({ maximumLength: 0 });
    decoder.receive(bytes);
    decoder.next();
    const piece = decoder.next();
    assert.equal(piece?.type, "PDV");
    assert.equal(piece.data.buffer, bytes.buffer);
    assert.equal(piece.data.byteOffset, 12);
  },
});

Deno.test({
  name: "PduDecoder gives PDUs that do not change with the bytes received",
  permissions: "none",
  fn() {
    const bytes = golden("associateRequestWithEverySubItem");
    const decoder = new PduDecoder({ maximumLength: 0 });
    decoder.receive(bytes);
    const pdu = decoder.next();
    bytes.fill(0xff);
    assert.deepEqual(pdu, PDU_CASES[1]?.pdu);
  },
});

Deno.test({
  name: "PduDecoder tells one empty piece when a fragment is empty",
  permissions: "none",
  fn() {
    const bytes = pduBytes(4, [0, 0, 0, 2, 1, 0, 0, 0, 0, 2, 1, 2]);
    const pdv = { type: "PDV" as const, contextId: 1, isCommand: false, data: new Uint8Array(0) };
    const events = [
      { type: "P-DATA-TF", length: 12 },
      { ...pdv, isLast: false },
      { ...pdv, isLast: true },
    ];
    assert.deepEqual(transcribe([bytes]), { events, error: undefined });
    assert.deepEqual(transcribe(byteByByte(bytes)), { events, error: undefined });
  },
});

Deno.test({
  name: "PduDecoder takes 2000 empty fragments in one P-DATA-TF",
  permissions: "none",
  fn() {
    const body = Array.from({ length: 2000 }, () => [0, 0, 0, 2, 1, 1]).flat();
    const { events, error } = transcribe([pduBytes(4, body)]);
    assert.equal(error, undefined);
    assert.equal(events.length, 2001);
  },
});

const CONTROL_HEADERS = [
  { octet: 0x00, isCommand: false, isLast: false },
  { octet: 0x01, isCommand: true, isLast: false },
  { octet: 0x02, isCommand: false, isLast: true },
  { octet: 0x03, isCommand: true, isLast: true },
  { octet: 0xfc, isCommand: false, isLast: false },
  { octet: 0xff, isCommand: true, isLast: true },
];

for (const { octet, isCommand, isLast } of CONTROL_HEADERS) {
  Deno.test({
    name: `PduDecoder reads only bits 0 and 1 of message control header ${octet.toString(16)}`,
    permissions: "none",
    fn() {
      const { events } = transcribe([pduBytes(4, [0, 0, 0, 5, 255, octet, 7, 8, 9])]);
      assert.deepEqual(events[1], {
        type: "PDV",
        contextId: 255,
        isCommand,
        isLast,
        data: Uint8Array.of(7, 8, 9),
      });
    },
  });
}

Deno.test({
  name: "PduDecoder ignores reserved octets of every PDU header",
  permissions: "none",
  fn() {
    for (const { name, pdu } of PDU_CASES) {
      const bytes = golden(name);
      bytes[1] = 0xff;
      assert.deepEqual(transcribe([bytes]).events, [pdu]);
    }
    assert.deepEqual(transcribe([Uint8Array.fromHex("030000000004ff020101")]).events, [
      { type: "A-ASSOCIATE-RJ", result: 2, source: 1, reason: 1 },
    ]);
    assert.deepEqual(transcribe([Uint8Array.fromHex("070000000004ffff0206")]).events, [
      { type: "A-ABORT", source: 2, reason: 6 },
    ]);
    assert.deepEqual(transcribe([Uint8Array.fromHex("0500000000041234abcd")]).events, [
      { type: "A-RELEASE-RQ" },
    ]);
  },
});

const ABORTS: readonly {
  readonly hex: string;
  readonly source: number;
  readonly reason: number;
}[] = [
  { hex: "070000000000", source: 2, reason: 0 },
  { hex: "070000000003000002", source: 2, reason: 0 },
  { hex: "07000000000400000000", source: 0, reason: 0 },
  { hex: "07000000000400000103", source: 1, reason: 3 },
  { hex: "07000000000400000963", source: 9, reason: 99 },
  { hex: "0700000000080000020511223344", source: 2, reason: 5 },
];

for (const { hex, source, reason } of ABORTS) {
  Deno.test({
    name: `PduDecoder takes abort ${hex} as source ${source} reason ${reason}`,
    permissions: "none",
    fn() {
      const bytes = Uint8Array.fromHex(hex);
      const events = [{ type: "A-ABORT", source, reason }, RELEASE_EVENT];
      assert.deepEqual(transcribe([concatBytes([bytes, RELEASE])]).events, events);
      assert.deepEqual(transcribe(byteByByte(concatBytes([bytes, RELEASE]))).events, events);
    },
  });
}

Deno.test({
  name: "PduDecoder reads an abort of 1024 bytes, and ends at the header of a longer one",
  permissions: "none",
  fn() {
    const body = new Uint8Array(1024);
    body.set([0, 0, 2, 4]);
    assert.deepEqual(transcribe([pduBytes(7, body), RELEASE]).events, [
      { type: "A-ABORT", source: 2, reason: 4 },
      RELEASE_EVENT,
    ]);
    const decoder = new PduDecoder({ maximumLength: 0 });
    assert.deepEqual(transcribe([pduBytes(7, [], 1025), RELEASE, RELEASE], decoder), {
      events: [{ type: "A-ABORT", source: 2, reason: 0 }],
      error: undefined,
    });
    assert.equal(decoder.inPdu, false);
  },
});

const RQ = "A-ASSOCIATE-RQ";
const AC = "A-ASSOCIATE-AC";

/** Invalid input of every kind that the framing can show, and what is said of it. */
const MALFORMED: readonly {
  readonly hex: string;
  readonly message: string;
  readonly reason?: number;
  /** Events before the error. */
  readonly before?: number;
}[] = [
  { hex: "000000000004", message: "Cannot decode PDU: type 00H is not known", reason: 1 },
  { hex: "080000000004", message: "Cannot decode PDU: type 08H is not known", reason: 1 },
  { hex: "9900ffffffff", message: "Cannot decode PDU: type 99H is not known", reason: 1 },
  { hex: "ff0000000000", message: "Cannot decode PDU: type FFH is not known", reason: 1 },
  { hex: "474554202f20", message: "Cannot talk DICOM with the peer: it speaks HTTP", reason: 1 },
  { hex: "160301020001", message: "Cannot talk DICOM with the peer: it speaks TLS", reason: 1 },
  { hex: "5353482d322e", message: "Cannot talk DICOM with the peer: it speaks SSH", reason: 1 },
  { hex: "010000000000", message: `Cannot decode ${RQ}: length 0 is less than 68` },
  { hex: "01000000000a", message: `Cannot decode ${RQ}: length 10 is less than 68` },
  { hex: "010000000043", message: `Cannot decode ${RQ}: length 67 is less than 68` },
  { hex: "020000000043", message: `Cannot decode ${AC}: length 67 is less than 68` },
  {
    hex: "010000100001",
    message: `Cannot decode ${RQ}: length 1048577 exceeds the limit of 1048576 bytes`,
  },
  {
    hex: "020000100001",
    message: `Cannot decode ${AC}: length 1048577 exceeds the limit of 1048576 bytes`,
  },
  {
    hex: "010080000000",
    message: `Cannot decode ${RQ}: length 2147483648 exceeds the limit of 1048576 bytes`,
  },
  {
    hex: "0100ffffffff",
    message: `Cannot decode ${RQ}: length 4294967295 exceeds the limit of 1048576 bytes`,
  },
  { hex: "030000000003", message: "Cannot decode A-ASSOCIATE-RJ: length 3 is not 4" },
  { hex: "030000000005", message: "Cannot decode A-ASSOCIATE-RJ: length 5 is not 4" },
  { hex: "050000000000", message: "Cannot decode A-RELEASE-RQ: length 0 is not 4" },
  { hex: "0500ffffffff", message: "Cannot decode A-RELEASE-RQ: length 4294967295 is not 4" },
  { hex: "060000000000", message: "Cannot decode A-RELEASE-RP: length 0 is not 4" },
  { hex: "060000000006", message: "Cannot decode A-RELEASE-RP: length 6 is not 4" },
  { hex: "040000000000", message: "Cannot decode P-DATA-TF: length 0 has no room for a PDV" },
  { hex: "040000000005", message: "Cannot decode P-DATA-TF: length 5 has no room for a PDV" },
  {
    hex: "040000004001",
    message: "Cannot decode P-DATA-TF: length 16385 exceeds the maximum length 16384",
  },
  {
    hex: "0400ffffffff",
    message: "Cannot decode P-DATA-TF: length 4294967295 exceeds the maximum length 16384",
  },
  {
    hex: "040000000006000000000103",
    message: "Cannot decode P-DATA-TF: PDV length 0 is less than 2",
    before: 1,
  },
  {
    hex: "040000000006000000010103",
    message: "Cannot decode P-DATA-TF: PDV length 1 is less than 2",
    before: 1,
  },
  {
    hex: "040000000006000000030103",
    message: "Cannot decode P-DATA-TF: PDV length 3 exceeds the 2 bytes left",
    before: 1,
  },
  {
    hex: "040000000008ffffffff01030000",
    message: "Cannot decode P-DATA-TF: PDV length 4294967295 exceeds the 4 bytes left",
    before: 1,
  },
  {
    hex: "0400000000087fffffff01030000",
    message: "Cannot decode P-DATA-TF: PDV length 2147483647 exceeds the 4 bytes left",
    before: 1,
  },
  {
    hex: "040000000008fffffffc01030000",
    message: "Cannot decode P-DATA-TF: PDV length 4294967292 exceeds the 4 bytes left",
    before: 1,
  },
  {
    hex: "04000000000d0000000201030000000401020000",
    message: "Cannot decode P-DATA-TF: PDV length 4 exceeds the 3 bytes left",
    before: 2,
  },
  {
    hex: "04000000000700000002010300",
    message: "Cannot decode P-DATA-TF: stray data of length 1 follows the last PDV",
    before: 2,
  },
  {
    hex: "04000000000b0000000201030000000002",
    message: "Cannot decode P-DATA-TF: stray data of length 5 follows the last PDV",
    before: 2,
  },
  {
    hex: "040000000006000000020003",
    message: "Cannot decode P-DATA-TF: presentation context ID 0 is not odd",
    before: 1,
  },
  {
    hex: "040000000006000000020203",
    message: "Cannot decode P-DATA-TF: presentation context ID 2 is not odd",
    before: 1,
  },
  {
    hex: "050000000004000000004745542f2f2f",
    message: "Cannot decode PDU: type 47H is not known",
    reason: 1,
    before: 1,
  },
  {
    hex: "04000000000600000002fe03",
    message: "Cannot decode P-DATA-TF: presentation context ID 254 is not odd",
    before: 1,
  },
];

for (const { hex, message, reason = 6, before = 0 } of MALFORMED) {
  Deno.test({
    name: `PduDecoder refuses ${hex} and ends`,
    permissions: "none",
    fn() {
      const bytes = Uint8Array.fromHex(hex);
      for (const chunks of [[bytes], byteByByte(bytes), [concatBytes([bytes, RELEASE])]]) {
        const decoder = new PduDecoder({ maximumLength: 16384 });
        const { events, error } = transcribe(chunks, decoder);
        assert.ok(error instanceof RemoteProtocolError, String(error));
        assert.equal(error.message, message);
        assert.deepEqual(error.abort, { source: 2, reason });
        assert.equal(events.length, before);
        assert.equal(decoder.inPdu, false);
        assert.equal(decoder.next(), undefined);
        decoder.receive(RELEASE);
        decoder.receive(RELEASE);
        assert.equal(decoder.next(), undefined);
      }
    },
  });
}

Deno.test({
  name: "PduDecoder ends when the body of an associate PDU is invalid",
  permissions: "none",
  fn() {
    const bytes = pduBytes(1, associateBody([0x10, 0, 0, 9, 0x31]));
    for (const chunks of [[bytes, RELEASE], [concatBytes([bytes, RELEASE])], byteByByte(bytes)]) {
      const decoder = new PduDecoder({ maximumLength: 0 });
      const { events, error } = transcribe(chunks, decoder);
      assert.deepEqual(events, []);
      assert.ok(error instanceof RemoteProtocolError);
      assert.equal(
        error.message,
        "Cannot decode A-ASSOCIATE-RQ: item 10H length 9 exceeds the 1 byte left",
      );
      assert.equal(decoder.inPdu, false);
      decoder.receive(RELEASE);
      assert.equal(decoder.next(), undefined);
    }
  },
});

Deno.test({
  name: "PduDecoder takes lengths up to the limits and refuses one more",
  permissions: "none",
  fn() {
    const header = (type: number, length: number): Uint8Array => pduBytes(type, [], length);
    const outcome = (
      bytes: Uint8Array,
      maximumLength: number,
      associatePduLimit?: number,
    ): unknown =>
      transcribe(
        [bytes],
        new PduDecoder(
          associatePduLimit === undefined
            ? { maximumLength }
            : { maximumLength, associatePduLimit },
        ),
      ).error;
    assert.equal(outcome(header(4, 16384), 16384), undefined);
    assert.ok(outcome(header(4, 16385), 16384) instanceof RemoteProtocolError);
    assert.equal(outcome(header(4, UNLIMITED_P_DATA_CAP), 0), undefined);
    assert.ok(outcome(header(4, UNLIMITED_P_DATA_CAP + 1), 0) instanceof RemoteProtocolError);
    assert.equal(outcome(header(1, ASSOCIATE_PDU_LIMIT), 0), undefined);
    assert.ok(outcome(header(1, ASSOCIATE_PDU_LIMIT + 1), 0) instanceof RemoteProtocolError);
    assert.equal(outcome(header(2, 100), 0, 100), undefined);
    assert.ok(outcome(header(2, 101), 0, 100) instanceof RemoteProtocolError);
  },
});

Deno.test({
  name: "PduDecoder judges a P-DATA-TF by the maximum length of the moment",
  permissions: "none",
  fn() {
    const decoder = new PduDecoder({ maximumLength: 16384 });
    decoder.maximumLength = 8;
    const { error } = transcribe([pduBytes(4, [], 9)], decoder);
    assert.ok(error instanceof RemoteProtocolError);
    assert.equal(
      error.message,
      "Cannot decode P-DATA-TF: length 9 exceeds the maximum length 8",
    );
  },
});

Deno.test({
  name: "PduDecoder takes an associate PDU as long as the limit, in small reads",
  permissions: "none",
  fn() {
    const items: number[] = [];
    while (68 + items.length + 4 + 60000 <= ASSOCIATE_PDU_LIMIT) {
      for (const byte of itemBytes(0x99, new Uint8Array(60000))) items.push(byte);
    }
    for (
      const byte of itemBytes(0x99, new Uint8Array(ASSOCIATE_PDU_LIMIT - 68 - items.length - 4))
    ) {
      items.push(byte);
    }
    const bytes = pduBytes(1, associateBody(items));
    assert.equal(bytes.length, 6 + ASSOCIATE_PDU_LIMIT);
    const cuts = Array.from({ length: 255 }, (_, index) => (index + 1) * 4099);
    const { events, error } = transcribe(split(bytes, cuts));
    assert.equal(error, undefined);
    assert.equal(events[0]?.type, "A-ASSOCIATE-RQ");
  },
});

Deno.test({
  name: "receive() throws when the bytes given before are not consumed",
  permissions: "none",
  fn() {
    const decoder = new PduDecoder({ maximumLength: 0 });
    decoder.receive(concatBytes([RELEASE, RELEASE]));
    decoder.next();
    assert.throws(() => decoder.receive(RELEASE), (error) => {
      assert.ok(error instanceof LocalProtocolError);
      assert.equal(error.message, "Cannot receive bytes: 10 given before are not consumed");
      return true;
    });
    assert.deepEqual(decoder.next(), RELEASE_EVENT);
  },
});

/** Streams of whole PDUs, from the vectors and generated P-DATA. */
const pdvBytes = fc.record({
  context: fc.nat(127).map((half) => 2 * half + 1),
  control: fc.nat(255),
  fragment: fc.uint8Array({ maxLength: 20 }),
}).map(({ context, control, fragment }) => [
  ...bigEndian(fragment.length + 2, 4),
  context,
  control,
  ...fragment,
]);
const wellFormed = fc.array(
  fc.oneof(
    fc.constantFrom(...PDU_CASES.map(({ name }) => golden(name))),
    fc.array(pdvBytes, { minLength: 1, maxLength: 4 }).map((pdvs) => pduBytes(4, pdvs.flat())),
  ),
  { maxLength: 5 },
).map(concatBytes);

/** A stream with a few octets changed: invalid mostly, and in all kinds of places. */
const mutated = fc.tuple(
  wellFormed,
  fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
).map(([bytes, changes]) => {
  const changed = bytes.slice();
  for (const [at, octet] of changes) changed[at % Math.max(1, changed.length)] = octet;
  return changed;
});

Deno.test({
  name: "PduDecoder tells the same of any input however it is split",
  permissions: "none",
  fn() {
    fc.assert(
      fc.property(
        fc.oneof(wellFormed, mutated),
        fc.array(fc.nat(), { maxLength: 8 }),
        (bytes, cuts) => {
          const whole = transcribe([bytes]);
          const places = cuts.map((cut) => cut % (bytes.length + 1));
          for (const chunks of [split(bytes, places), byteByByte(bytes)]) {
            const parts = transcribe(chunks);
            assert.deepEqual(coalesce(parts.events, bytes), coalesce(whole.events, bytes));
            assert.deepEqual(parts.error, whole.error);
          }
        },
      ),
      { numRuns: 300 },
    );
  },
});

Deno.test({
  name: "PduDecoder throws nothing but RemoteProtocolError on random bytes",
  permissions: "none",
  fn() {
    const header = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.nat(255), fc.nat(300)).map(
      ([type, reserved, length]) => [type, reserved, ...bigEndian(length, 4)],
    );
    const random = fc.tuple(
      fc.oneof(fc.constant<number[]>([]), header),
      fc.uint8Array({ maxLength: 400 }),
    )
      .map(([start, rest]) => Uint8Array.from([...start, ...rest]));
    const associate = fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 200 })).map(
      ([type, items]) => pduBytes(type, associateBody([...items])),
    );
    fc.assert(
      fc.property(fc.oneof(random, mutated, associate), (bytes) => {
        const { error } = transcribe([bytes]);
        assert.ok(error === undefined || error instanceof RemoteProtocolError, String(error));
      }),
      { numRuns: 3000 },
    );
  },
});
