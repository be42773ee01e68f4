import assert from "node:assert/strict";
import fc from "fast-check";
import { deflateSync } from "fflate";
import { concatBytes } from "../../lib/bytes.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { encodingOf } from "../../lib/data_set/encoding.ts";
import { inflate } from "../../lib/data_set/inflate.ts";
import { canTranscode, Transcoder } from "../../lib/data_set/transcoder.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  JPEG_BASELINE,
  TRANSFER_SYNTAXES,
  UNCOMPRESSED_TRANSFER_SYNTAXES,
} from "../../lib/transfer_syntax.ts";
import { type EncodedDataSet, encodedDataSet } from "./arbitraries.ts";
import { BROKEN, bytesOf, outline, SOUND } from "./data_set_cases.ts";
import { errorOf } from "./thrown.ts";
import { converted, transcode, type TranscodeOptions } from "./transcode.ts";

const ILE = IMPLICIT_VR_LITTLE_ENDIAN;
const ELE = EXPLICIT_VR_LITTLE_ENDIAN;
const EBE = EXPLICIT_VR_BIG_ENDIAN;
const DEFLATED = DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;

const RUNS = 300;

/** Conversions byte for byte. */
const CONVERSIONS: readonly [name: string, from: string, to: string, hex: string, out: string][] = [
  [
    "gives implicit VR the VRs of the dictionary, with lengths of 16 and 32 bits",
    ILE,
    ELE,
    "10002000 04000000 34373131" + "09000010 02000000 0102" + "e07f1000 04000000 01020304",
    "10002000 4c4f 0400 34373131" + "09000010 554e 0000 02000000 0102" +
    "e07f1000 4f57 0000 04000000 01020304",
  ],
  [
    "takes the VRs from explicit VR",
    ELE,
    ILE,
    "10002000 4c4f 0400 34373131" + "40001001 5554 beef 02000000 4120",
    "10002000 04000000 34373131" + "40001001 02000000 4120",
  ],
  [
    "changes the byte order of each VR by its unit, and not that of UN",
    ILE,
    EBE,
    "28000900 04000000 28001000" + "28001000 02000000 0002" + "04000014 04000000 01020304" +
    "09000010 02000000 0102" + "18007390 08000000 0102030405060708" +
    "e07f1000 04000000 01020304",
    "00280009 4154 0004 00280010" + "00280010 5553 0002 0200" + "00041400 554c 0004 04030201" +
    "00091000 554e 0000 00000002 0102" + "00189073 4644 0008 0807060504030201" +
    "7fe00010 4f57 0000 00000004 02010403",
  ],
  [
    "changes the byte order back",
    EBE,
    ILE,
    "00280009 4154 0004 00280010" + "00280010 5553 0002 0200" +
    "00091001 554e 0000 00000002 0102" + "7fe00010 4f42 0000 00000004 01020304",
    "28000900 04000000 28001000" + "28001000 02000000 0002" + "09000110 02000000 0102" +
    "e07f1000 04000000 01020304",
  ],
  [
    "leaves the rest of a value that is no whole number of units, and pads it",
    EBE,
    ELE,
    "00280010 5553 0003 020011" + "00189073 4644 0004 01020304",
    "28001000 5553 0400 00021100" + "18007390 4644 0400 01020304",
  ],
  [
    "gives sequences and items undefined lengths",
    ILE,
    ELE,
    "08001511 22000000 feff00e0 1a000000 08009911 12000000" +
    "feff00e0 0a000000 08005511 02000000 3100" + "08004011 00000000",
    "08001511 5351 0000 ffffffff feff00e0 ffffffff 08009911 5351 0000 ffffffff" +
    "feff00e0 ffffffff 08005511 5549 0200 3100 feff0de0 00000000 feffdde0 00000000" +
    "feff0de0 00000000 feffdde0 00000000" +
    "08004011 5351 0000 ffffffff feffdde0 00000000",
  ],
  [
    "writes items and delimiters in big endian, whatever their lengths said",
    ELE,
    EBE,
    "08004011 5351 0000 ffffffff feff00e0 ffffffff feff0de0 01000000 feff00e0 00000000" +
    "feffdde0 ffffffff",
    "00081140 5351 0000 ffffffff fffee000 ffffffff fffee00d 00000000" +
    "fffee000 ffffffff fffee00d 00000000 fffee0dd 00000000",
  ],
  [
    "tells of a private sequence in implicit VR by its undefined length",
    ELE,
    ILE,
    "09001110 5351 0000 12000000 feff00e0 0a000000 10002000 4c4f 0200 3120",
    "09001110 ffffffff feff00e0 ffffffff 10002000 02000000 3120 feff0de0 00000000" +
    "feffdde0 00000000",
  ],
  [
    "makes SQ of a sequence disguised as UN, which is implicit VR little endian",
    EBE,
    ELE,
    "00091010 554e 0000 ffffffff feff00e0 0a000000 28001000 02000000 0002 feffdde0 00000000" +
    "00280010 5553 0002 0200",
    "09001010 5351 0000 ffffffff feff00e0 ffffffff 28001000 5553 0200 0002 feff0de0 00000000" +
    "feffdde0 00000000 28001000 5553 0200 0002",
  ],
  [
    "writes big endian what was disguised as UN",
    ELE,
    EBE,
    "09001010 554e 0000 ffffffff feff00e0 0a000000 28001000 02000000 0002 feffdde0 00000000",
    "00091010 5351 0000 ffffffff fffee000 ffffffff 00280010 5553 0002 0200 fffee00d 00000000" +
    "fffee0dd 00000000",
  ],
  [
    "keeps UN of explicit length, even where the dictionary knows the tag",
    ELE,
    EBE,
    "28001000 554e 0000 02000000 0002",
    "00280010 554e 0000 00000002 0002",
  ],
  [
    "decides on ambiguous VRs by the pixel representation, inside items too",
    ILE,
    ELE,
    "28000301 02000000 0100" + "28000601 02000000 ffff" +
    "28000030 12000000 feff00e0 0a000000 28000601 02000000 ffff",
    "28000301 5553 0200 0100" + "28000601 5353 0200 ffff" +
    "28000030 5351 0000 ffffffff feff00e0 ffffffff 28000601 5353 0200 ffff" +
    "feff0de0 00000000 feffdde0 00000000",
  ],
  [
    "leaves out group lengths, inside items too",
    ELE,
    ILE,
    "08000000 554c 0400 0a000000" + "08005000 5348 0200 3220" +
    "08004011 5351 0000 14000000 feff00e0 0c000000 08000000 554c 0400 0a000000" +
    "09000000 554c 0000",
    "08005000 02000000 3220" +
    "08004011 ffffffff feff00e0 ffffffff feff0de0 00000000 feffdde0 00000000",
  ],
  [
    "pads odd lengths as the VR demands",
    ILE,
    ELE,
    "08001800 01000000 31" + "10002000 03000000 343731" + "09000010 01000000 ff",
    "08001800 5549 0200 3100" + "10002000 4c4f 0400 34373120" + "09000010 554e 0000 02000000 ff00",
  ],
  [
    "passes trailing padding on",
    ELE,
    ILE,
    "fcfffcff 4f42 0000 04000000 00000000",
    "fcfffcff 04000000 00000000",
  ],
  [
    "passes everything on as it is where the elements are written alike",
    ELE,
    ELE,
    "08000000 554c 0400 0a000000" + "08005000 5348 0100 32" +
    "08004011 5351 0000 08000000 feff00e0 00000000" + "09001010 554e 0000 ffffffff" +
    "feffdde0 00000000" + "10002000 5a5a beef 02000000 0102",
    "08000000 554c 0400 0a000000" + "08005000 5348 0100 32" +
    "08004011 5351 0000 08000000 feff00e0 00000000" + "09001010 554e 0000 ffffffff" +
    "feffdde0 00000000" + "10002000 5a5a beef 02000000 0102",
  ],
  [
    "only inflates what is deflated where the elements are written alike",
    DEFLATED,
    ELE,
    "01 0a00 f5ff" + "10002000 4c4f 0200 3120" + "00",
    "10002000 4c4f 0200 3120",
  ],
  [
    "does not even inflate and deflate what stays deflated",
    DEFLATED,
    DEFLATED,
    "01 0a00 f5ff" + "10002000 4c4f 0200 3120" + "00",
    "01 0a00 f5ff" + "10002000 4c4f 0200 3120" + "00",
  ],
];

for (const [name, from, to, hex, out] of CONVERSIONS) {
  Deno.test({
    name: `\`Transcoder\` ${name}`,
    permissions: "none",
    fn: () => {
      const bytes = bytesOf(hex);
      for (let size = 1; size <= bytes.length; size++) {
        for (const buffer of [1, 3, 16, 1000]) {
          const options = { pieces: [size], buffers: [buffer] };
          assert.equal(transcode(bytes, from, to, options).toHex(), out.replaceAll(" ", ""));
        }
      }
    },
  });
}

for (const { name, syntax, hex } of SOUND) {
  if (!UNCOMPRESSED_TRANSFER_SYNTAXES.includes(syntax)) continue;
  Deno.test({
    name: `\`Transcoder\` converts ${name} to each transfer syntax, in pieces of any size`,
    permissions: "none",
    fn: () => {
      const bytes = bytesOf(hex);
      const source = decodeDataSet(bytes, syntax);
      for (const to of UNCOMPRESSED_TRANSFER_SYNTAXES) {
        const expected = outline(converted(source, syntax, to));
        for (let size = 1; size <= bytes.length; size++) {
          const out = transcode(bytes, syntax, to, { pieces: [size], buffers: [7] });
          assert.deepEqual(outline(decodeDataSet(out, to)), expected);
        }
      }
    },
  });
}

for (const { name, syntax, hex, message, offset, tag, scanner } of BROKEN) {
  if (!UNCOMPRESSED_TRANSFER_SYNTAXES.includes(syntax)) continue;
  Deno.test({
    name: `\`Transcoder\` throws on ${name}, whatever it is converted to`,
    permissions: "none",
    fn: () => {
      const bytes = bytesOf(hex);
      for (const to of UNCOMPRESSED_TRANSFER_SYNTAXES) {
        for (const size of [1, 2, 3, 8, 13, bytes.length]) {
          const thrown = errorOf(() => transcode(bytes, syntax, to, { pieces: [size] }));
          assert.equal(thrown?.message, scanner ?? message);
          assert.equal(thrown?.offset, offset);
          if (scanner === undefined) assert.equal(thrown?.tag, tag);
        }
      }
    },
  });
}

Deno.test({
  name: "`canTranscode()` is true between the four uncompressed transfer syntaxes, and else false",
  permissions: "none",
  fn: () => {
    const all = [...TRANSFER_SYNTAXES.map(({ uid }) => uid), "1.2.3"];
    for (const from of all) {
      const targets = all.filter((to) => canTranscode(from, to));
      const four = [ILE, ELE, DEFLATED, EBE];
      assert.deepEqual(targets, four.includes(from) ? four : [], from);
    }
  },
});

Deno.test({
  name: "`new Transcoder()` throws when a transfer syntax is compressed or not known",
  permissions: "none",
  fn: () => {
    assert.throws(() => new Transcoder(JPEG_BASELINE, ELE), {
      name: "DataSetError",
      message: "Cannot convert from JPEG Baseline (Process 1) to Explicit VR Little Endian: " +
        "only between uncompressed transfer syntaxes can data sets be converted",
    });
    assert.throws(() => new Transcoder(ILE, "1.2.3"), {
      message: /^Cannot convert from Implicit VR Little Endian to 1\.2\.3: /,
    });
  },
});

Deno.test({
  name: "`Transcoder.read()` throws on encapsulated pixel data, whatever it is converted to",
  permissions: "none",
  fn: () => {
    const pixelData = "e07f1000 4f42 0000 ffffffff feff00e0 02000000 ffd8 feffdde0 00000000";
    const cases: [from: string, bytes: Uint8Array][] = [
      [ELE, bytesOf(pixelData)],
      [DEFLATED, deflateSync(bytesOf(pixelData))],
      [ILE, bytesOf(pixelData.replace("4f42 0000", ""))],
    ];
    for (const [from, bytes] of cases) {
      for (const to of UNCOMPRESSED_TRANSFER_SYNTAXES) {
        const thrown = errorOf(() => transcode(bytes, from, to));
        assert.equal(
          thrown?.message,
          "Cannot convert (7FE0,0010): its value is encapsulated, as only compressed ones are",
        );
        assert.equal(thrown?.tag, 0x7fe00010);
      }
    }
  },
});

Deno.test({
  name: "`Transcoder.read()` throws where implicit VR would hide what is a sequence",
  permissions: "none",
  fn: () => {
    const cases: [hex: string, message: string][] = [
      [
        "10001000 5351 0000 00000000",
        "Cannot convert (0010,0010): it is a sequence, but in implicit VR it would be taken for PN",
      ],
      [
        "09000000 5351 0000 00000000",
        "Cannot convert (0009,0000): it is a sequence, but in implicit VR it would be taken for UL",
      ],
      [
        "08004011 4c4f 0200 3120",
        "Cannot convert (0008,1140): " +
        "its VR is LO, but in implicit VR it would be taken for a sequence",
      ],
    ];
    for (const [hex, message] of cases) {
      assert.equal(errorOf(() => transcode(bytesOf(hex), ELE, ILE))?.message, message);
      assert.equal(errorOf(() => transcode(bytesOf(hex), ELE, EBE)), undefined);
    }
    // Empty, or in implicit VR behind its UN (PS3.5 section 6.2.2), it does no harm.
    assert.equal(transcode(bytesOf("08004011 4c4f 0000"), ELE, ILE).toHex(), "0800401100000000");
    const disguised = bytesOf("08004011 554e 0000 08000000 feff00e0 00000000");
    const dataSet = decodeDataSet(transcode(disguised, ELE, ILE), ILE);
    assert.deepEqual(outline(dataSet), ["(0008,1140) SQ 1"]);
  },
});

Deno.test({
  name: "`Transcoder` writes as UN, little endian, what is too long for the length of its VR",
  permissions: "none",
  fn: () => {
    const tail = "28001100 02000000 0100";
    for (const length of [65532, 65534, 65536, 70000]) {
      const value = Uint8Array.from({ length }, (_, index) => index);
      for (const [head, vr] of [["10002000", "LO"], ["28001000", "US"]] as const) {
        const header = bytesOf(`${head} 00000000`);
        new DataView(header.buffer).setUint32(4, length, true);
        const bytes = concatBytes([header, value, bytesOf(tail)]);
        for (const to of [ELE, EBE, DEFLATED]) {
          const out = transcode(bytes, ILE, to, { pieces: [1000], buffers: [999] });
          const [first, second] = [...decodeDataSet(out, to)];
          assert.equal(first?.vr, length > 65534 ? "UN" : vr);
          assert.deepEqual(first?.value, value);
          assert.equal(second?.vr, "US");
        }
      }
    }
    // Big endian numbers are turned round first.
    const odd = concatBytes([bytesOf("00280010 5553 ffff"), new Uint8Array(65535).fill(7, 1)]);
    const out = transcode(odd, EBE, ELE);
    assert.equal(out.subarray(0, 16).toHex(), "28001000" + "554e000000000100" + "07000707");
    assert.equal(out.length, 12 + 65536);
    assert.equal(out.subarray(-4).toHex(), "07070700");
  },
});

Deno.test({
  name: "`Transcoder` passes on a value of nearly 4 GiB",
  permissions: "none",
  fn: () => {
    const transcoder = new Transcoder(ILE, ELE);
    const buffer = new Uint8Array(1024 * 1024);
    let total = 0;
    const push = (piece: Uint8Array): void => {
      transcoder.push(piece);
      for (let count = buffer.length; count === buffer.length;) {
        count = transcoder.read(buffer);
        if (total === 0) {
          assert.equal(buffer.subarray(0, 12).toHex(), "e07f10004f570000feffffff");
        }
        total += count;
      }
    };
    push(bytesOf("e07f1000 feffffff"));
    const piece = new Uint8Array(64 * 1024 * 1024);
    let left = 0xfffffffe;
    for (; left > piece.length; left -= piece.length) push(piece);
    push(piece.subarray(0, left));
    push(bytesOf("e07f2000 02000000 0102"));
    transcoder.finish();
    assert.equal(transcoder.read(buffer), 0);
    assert.equal(total, 12 + 0xfffffffe + 14);
  },
});

Deno.test({
  name: "`Transcoder` converts an empty data set to an empty one",
  permissions: "none",
  fn: () => {
    for (const from of UNCOMPRESSED_TRANSFER_SYNTAXES) {
      for (const to of UNCOMPRESSED_TRANSFER_SYNTAXES) {
        const out = transcode(new Uint8Array(0), from, to);
        assert.equal(decodeDataSet(out, to).size, 0);
        assert.equal(out.toHex(), to === DEFLATED && from !== to ? "0300" : "");
      }
    }
  },
});

Deno.test({
  name: "`Transcoder` deflates to an even number of bytes",
  permissions: "none",
  fn: () => {
    const parities = new Set<number>();
    for (let length = 0; length < 40; length += 2) {
      const value = "4142".repeat(length / 2);
      const hex = `10002000 4c4f ${length.toString(16).padStart(2, "0")}00 ${value}`;
      const out = transcode(bytesOf(hex), ELE, DEFLATED);
      assert.equal(out.length % 2, 0);
      assert.equal(inflate(out).toHex(), hex.replaceAll(" ", ""));
      parities.add(deflateSync(bytesOf(hex)).length % 2);
    }
    assert.equal(parities.size, 2);
  },
});

Deno.test({
  name: "`Transcoder.read()` throws when more bytes come out than the budget allows",
  permissions: "none",
  fn: () => {
    const plain = concatBytes([bytesOf("e07f1000 4f57 0000 00001000"), new Uint8Array(1 << 20)]);
    const bytes = deflateSync(plain);
    for (const to of UNCOMPRESSED_TRANSFER_SYNTAXES) {
      const fits = transcode(bytes, DEFLATED, to, { inflateBudget: plain.length });
      assert.equal(decodeDataSet(fits, to).size, 1);
      const inflateBudget = plain.length - 1;
      assert.equal(
        errorOf(() => transcode(bytes, DEFLATED, to, { inflateBudget }))?.message,
        `Cannot inflate the data set: it exceeds the budget of ${inflateBudget} bytes`,
      );
    }
  },
});

Deno.test({
  name: "`Transcoder.push()` throws while the last piece is not read, and after `finish()`",
  permissions: "none",
  fn: () => {
    const transcoder = new Transcoder(ELE, ILE);
    transcoder.push(bytesOf("10002000 4c4f 0200 3120"));
    assert.throws(() => transcoder.push(bytesOf("00")), {
      name: "LocalProtocolError",
      message: "Cannot take a piece: 10 bytes of the last one are not read yet",
    });
    transcoder.finish();
    assert.throws(() => transcoder.push(bytesOf("00")), {
      name: "LocalProtocolError",
      message: "Cannot take a piece: the data set is finished",
    });
    // What was pushed before is still to be read.
    const buffer = new Uint8Array(20);
    assert.equal(transcoder.read(buffer), 10);
    assert.equal(buffer.toHex(), "10002000020000003120".padEnd(40, "0"));
    transcoder.finish();
    assert.equal(transcoder.read(buffer), 0);
  },
});

Deno.test({
  name: "`Transcoder` throws the same error again when it is used after one",
  permissions: "none",
  fn: () => {
    const transcoder = new Transcoder(ELE, ILE);
    const buffer = new Uint8Array(20);
    transcoder.push(bytesOf("00000000 00000000"));
    const first = errorOf(() => transcoder.read(buffer));
    assert.ok(first !== undefined);
    transcoder.push(bytesOf("10002000 4c4f 0000"));
    assert.equal(errorOf(() => transcoder.read(buffer)), first);
    assert.equal(errorOf(() => transcoder.finish()), first);
  },
});

Deno.test({
  name: "`Transcoder.finish()` throws when the data set ends too early; `read()` what comes before",
  permissions: "none",
  fn: () => {
    const message = "Cannot decode (0010,0020) at byte 0: " +
      "the data set ends 1 bytes before the value does";
    const cut = bytesOf("10002000 4c4f 0200 31");
    const transcoder = new Transcoder(ELE, ILE);
    transcoder.push(cut);
    assert.equal(transcoder.read(new Uint8Array(100)), 9);
    assert.throws(() => transcoder.finish(), { name: "DataSetError", message });
    const unread = new Transcoder(ELE, ILE);
    unread.push(cut);
    unread.finish();
    assert.throws(() => unread.read(new Uint8Array(100)), { name: "DataSetError", message });
  },
});

Deno.test({
  name: "`Transcoder` gives what the decoder makes of the source, however it is split",
  permissions: "none",
  fn: () => {
    fc.assert(
      fc.property(uncompressed(), target(), splits(), ({ bytes, syntax }, to, options) => {
        const out = transcode(bytes, syntax, to, options);
        assert.deepEqual(outline(decodeDataSet(out, to)), outline(decodeDataSet(bytes, syntax)));
      }),
      { numRuns: RUNS * 2 },
    );
  },
});

Deno.test({
  name: "`Transcoder` gives the same elements when they are converted there and back",
  permissions: "none",
  fn: () => {
    fc.assert(
      fc.property(uncompressed(), target(), splits(), ({ bytes, syntax }, to, options) => {
        const there = transcode(bytes, syntax, to, options);
        const back = transcode(there, to, syntax, options);
        const expected = outline(decodeDataSet(bytes, syntax));
        assert.deepEqual(outline(decodeDataSet(back, syntax)), expected);
        // Converted again, nothing changes any more, but that deflated bytes need not be the same.
        if (syntax === DEFLATED) return;
        const again = transcode(transcode(back, syntax, to), to, syntax);
        assert.equal(again.toHex(), back.toHex());
      }),
      { numRuns: RUNS },
    );
  },
});

Deno.test({
  name: "`Transcoder` throws exactly when `decodeDataSet()` does on mutated bytes, or for a reason",
  permissions: "none",
  fn: () => {
    const mutation = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        uncompressed(),
        mutations,
        target(),
        splits(),
        ({ bytes, syntax }, changes, to, options) => {
          if (bytes.length === 0) return;
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          agree(bytes, syntax, to, options);
        },
      ),
      { numRuns: RUNS * 3 },
    );
  },
});

Deno.test({
  name: "`Transcoder` throws exactly when `decodeDataSet()` does on random bytes",
  permissions: "none",
  fn: () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
    fc.assert(fc.property(bytes, target(), target(), splits(), agree), { numRuns: RUNS * 3 });
  },
});

function uncompressed(): fc.Arbitrary<EncodedDataSet> {
  return encodedDataSet().filter(({ syntax }) => UNCOMPRESSED_TRANSFER_SYNTAXES.includes(syntax));
}

function target(): fc.Arbitrary<string> {
  return fc.constantFrom(...UNCOMPRESSED_TRANSFER_SYNTAXES);
}

function splits(): fc.Arbitrary<TranscodeOptions> {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
  return fc.record({ pieces: sizes, buffers: sizes });
}

/** Asserts that what is sound is converted to what is expected, and the rest refused. */
function agree(bytes: Uint8Array, from: string, to: string, options: TranscodeOptions): void {
  let expected: string[] = [];
  const decoding = errorOf(() => {
    expected = outline(converted(decodeDataSet(bytes, from), from, to));
  });
  let out = new Uint8Array(0);
  const converting = errorOf(() => out = transcode(bytes, from, to, options));
  if (converting?.message.startsWith("Cannot convert")) return;
  assert.equal(converting === undefined, decoding === undefined, `${converting} / ${decoding}`);
  // In implicit VR a UN may turn out to be a sequence, and a broken one.
  if (decoding !== undefined || !encodingOf(to).explicitVr) return;
  assert.deepEqual(outline(decodeDataSet(out, to)), expected);
}
