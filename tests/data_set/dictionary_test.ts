import assert from "node:assert/strict";
import {
  type DictionaryVr,
  implicitVr,
  keywordOf,
  lookupKeyword,
  lookupTag,
  resolveVr,
  suggestKeyword,
} from "../../lib/data_set/dictionary.ts";
import type * as all from "../../lib/data_set/dictionary.ts";
import { DICTIONARY_DATA } from "../../lib/data_set/dictionary_data.ts";
import type { Vr } from "../../lib/data_set/vr.ts";

const TAGS: [tag: number, vr: DictionaryVr, vm: string, keyword: string, repeating: boolean][] = [
  [0x00000000, "UL", "1", "CommandGroupLength", false],
  [0x00020010, "UI", "1", "TransferSyntaxUID", false],
  [0x00080005, "CS", "1-n", "SpecificCharacterSet", false],
  [0x00100010, "PN", "1", "PatientName", false],
  [0x0020000d, "UI", "1", "StudyInstanceUID", false],
  [0x00280106, "US or SS", "1", "SmallestImagePixelValue", false],
  [0x00283006, "US or OW", "1-n", "LUTData", false],
  [0x00281200, "US or SS or OW", "1-n", "GrayLookupTableData", false],
  [0x300a00b0, "SQ", "1", "BeamSequence", false],
  [0x54001010, "OB or OW", "1", "WaveformData", false],
  [0x7fe00010, "OB or OW", "1", "PixelData", false],
  [0x7fe00001, "OV", "1", "ExtendedOffsetTable", false],
  [0xfffcfffc, "OB", "1", "DataSetTrailingPadding", false],
  // Repeating groups.
  [0x00203105, "CS", "1-n", "SourceImageIDs", true],
  [0x00280410, "US", "1", "RowsForNthOrderCoefficients", true],
  [0x00280888, "AT", "1-n", "ImageDataLocation", true],
  [0x10000013, "US", "3", "HuffmanTableTriplet", true],
  [0x10101234, "US", "1-n", "ZonalMap", true],
  [0x50020005, "US", "1", "CurveDimensions", true],
  [0x6000_3000, "OB or OW", "1", "OverlayData", true],
  [0x60fe0010, "US", "1", "OverlayRows", true],
  [0x7f020010, "OB or OW", "1", "VariablePixelData", true],
  // Rules.
  [0x00100000, "UL", "1", "GroupLength", true],
  [0x00090000, "UL", "1", "GroupLength", true],
  [0x00090010, "LO", "1", "PrivateCreator", true],
  [0x600100ff, "LO", "1", "PrivateCreator", true],
  // Mended errors of the source.
  [0x0040a803, "UL", "1", "NumberOfTableColumns", false],
  [0x00660040, "OL", "1", "LongPrimitivePointIndexList", false],
  [0x00041200, "UL", "1", "OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity", false],
  [0x00180061, "DS", "1", "", false],
  [0x00020026, "UR", "1", "SourcePresentationAddress", false],
];

for (const [tag, vr, vm, keyword, repeating] of TAGS) {
  const digits = tag.toString(16).padStart(8, "0");
  Deno.test({
    name: `lookupTag() finds ${digits} ${keyword}, and keywordOf() its keyword`,
    permissions: "none",
    fn() {
      assert.deepEqual(lookupTag(tag), { tag, vr, vm, keyword, repeating });
      assert.equal(keywordOf(tag), keyword);
    },
  });
}

Deno.test({
  name: "lookupTag() knows no private elements, items and tags that are not in use",
  permissions: "none",
  fn() {
    for (
      const tag of [
        0x00090001,
        0x00091001,
        0x6001_3000,
        0x7fe11010,
        0xfffee000,
        0xfffee00d,
        0x00100011,
        0x10000016,
        0x50002008 + 1,
      ]
    ) {
      assert.equal(lookupTag(tag), undefined, tag.toString(16));
      assert.equal(keywordOf(tag), "");
      assert.equal(implicitVr(tag, undefined), "UN");
    }
  },
});

Deno.test({
  name: "lookupKeyword() finds every keyword of the dictionary, and lookupTag() the same entry",
  permissions: "none",
  fn() {
    let count = 0;
    for (const line of DICTIONARY_DATA.trim().split("\n")) {
      assert.match(line, /^[0-9A-Fx]{8} [A-Z]{2}(\/[A-Z]{2})* [0-9n-]+( \w+)?$/);
      const [digits = "", , vm, keyword] = line.split(" ");
      const tag = Number.parseInt(digits.replaceAll("x", "0"), 16);
      if (keyword === undefined) continue;
      const entry = lookupKeyword(keyword);
      assert.equal(entry?.tag, tag, line);
      assert.equal(entry.vm, vm);
      assert.equal(entry.repeating, digits.includes("x"));
      count++;
    }
    assert.equal(count, 5171);
  },
});

Deno.test({
  name: "lookupKeyword() takes the exact spelling only",
  permissions: "none",
  fn() {
    assert.equal(lookupKeyword("PatientName")?.tag, 0x00100010);
    assert.equal(lookupKeyword("OverlayRows")?.repeating, true);
    for (const wrong of ["patientname", "Patient Name", "", "GroupLength", "constructor"]) {
      assert.equal(lookupKeyword(wrong), undefined, wrong);
    }
  },
});

const RESOLVED: [vr: DictionaryVr, pixelRepresentation: number | undefined, resolved: Vr][] = [
  ["US or SS", undefined, "US"],
  ["US or SS", 0, "US"],
  ["US or SS", 1, "SS"],
  ["OB or OW", 1, "OW"],
  ["US or OW", undefined, "OW"],
  ["US or SS or OW", 1, "OW"],
  ["PN", 1, "PN"],
];

for (const [vr, pixelRepresentation, resolved] of RESOLVED) {
  Deno.test({
    name:
      `resolveVr() takes ${resolved} for ${vr} when Pixel Representation is ${pixelRepresentation}`,
    permissions: "none",
    fn: () => assert.equal(resolveVr(vr, pixelRepresentation), resolved),
  });
}

Deno.test({
  name: "implicitVr() resolves what the dictionary leaves open",
  permissions: "none",
  fn() {
    assert.equal(implicitVr(0x00100010, undefined), "PN");
    assert.equal(implicitVr(0x00280107, 1), "SS");
    assert.equal(implicitVr(0x7fe00010, 0), "OW");
    assert.equal(implicitVr(0x00090010, 0), "LO");
  },
});

const SUGGESTIONS: [wrong: string, suggestion: string | undefined][] = [
  ["patientname", "PatientName"],
  ["PatientsName", "PatientName"],
  ["PateintName", "PatientName"],
  ["StudyInstanceUid", "StudyInstanceUID"],
  ["StudyInstanUID", "StudyInstanceUID"],
  ["Modalty", "Modality"],
  ["NoSuchKeyword", undefined],
  ["XY", undefined],
  ["", undefined],
  ["x".repeat(1_000_000), undefined],
];

for (const [wrong, suggestion] of SUGGESTIONS) {
  Deno.test({
    name: `suggestKeyword() gives ${suggestion} for "${wrong.slice(0, 20)}"`,
    permissions: "none",
    fn: () => assert.equal(suggestKeyword(wrong), suggestion),
  });
}

Deno.test({
  name: "the dictionary answers by searching as it does when it is taken apart",
  permissions: "none",
  fn: async () => {
    const questions = (dictionary: Pick<typeof all, "lookupTag" | "lookupKeyword">) => [
      ...TAGS.slice(0, 30).map(([tag]) => dictionary.lookupTag(tag)),
      ...TAGS.slice(0, 16).map(([, , , keyword]) => dictionary.lookupKeyword(keyword)),
      ...[0x00091001, 0x00091000, 0x00280405, 0x00280400, 0xffffffff].map(dictionary.lookupTag),
      ...["", "1", "x", "1 PatientName", "PatientName\n00100020", "RowsForNthOrderCoefficients"]
        .map(dictionary.lookupKeyword),
    ];
    // A copy that nobody has asked yet: its first answers are searched for.
    const fresh = await import("../../lib/data_set/dictionary.ts?searched");
    const searched = questions(fresh);
    fresh.suggestKeyword("Patient");
    assert.deepEqual(searched, questions(fresh));
    assert.ok(searched.length < 64);
  },
});

Deno.test({
  name: "the dictionary searches for an element once, and is not taken apart for it",
  permissions: "none",
  fn: async () => {
    const fresh = await import("../../lib/data_set/dictionary.ts?repeated");
    const first = fresh.lookupTag(0x00100020);
    assert.equal(first?.keyword, "PatientID");
    for (let count = 0; count < 100; count += 1) {
      assert.equal(fresh.lookupTag(0x00100020), first);
      assert.equal(fresh.lookupTag(0x00091001), undefined);
    }
  },
});

Deno.test({
  name: "the dictionary finds every entry, however many questions there are",
  permissions: "none",
  fn: async () => {
    const fresh = await import("../../lib/data_set/dictionary.ts?taken-apart");
    const lines = DICTIONARY_DATA.trim().split("\n");
    for (const line of lines.filter((_, index) => index % 50 === 0)) {
      const [digits = "", , vm, keyword = ""] = line.split(" ");
      const found = fresh.lookupKeyword(keyword);
      assert.equal(found?.vm, vm);
      assert.equal(found?.tag, Number.parseInt(digits.replaceAll("x", "0"), 16));
    }
  },
});
