import assert from "node:assert/strict";
import { DataSetError } from "../../lib/errors.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { dumpDataSet } from "../../lib/data_set/dump.ts";
import { fromJson, type JsonDataSet, toJson } from "../../lib/data_set/json.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";

function query(...args: string[]): DataSet {
  const dataSet = new DataSet();
  for (const arg of args) applyKeywordPath(dataSet, arg);
  return dataSet;
}

/** Both directions: what the arguments make, and its JSON. */
const BOTH: [name: string, args: string[], json: JsonDataSet][] = [
  ["nothing", [], {}],
  ["an empty element", ["PatientID="], { "00100020": { vr: "LO" } }],
  ["text", ["Modality=CT"], { "00080060": { vr: "CS", Value: ["CT"] } }],
  [
    "several values, one of them empty",
    ["ImageType=ORIGINAL\\PRIMARY", "OtherPatientNames=A\\B"],
    {
      "00080008": { vr: "CS", Value: ["ORIGINAL", "PRIMARY"] },
      "00101001": { vr: "PN", Value: [{ Alphabetic: "A" }, { Alphabetic: "B" }] },
    },
  ],
  [
    "an empty value among others",
    ["PatientComments=x", "AdmittingDiagnosesDescription:LO=a", "(0018,1020)=x\\1.0\\y"],
    {
      "00081080": { vr: "LO", Value: ["a"] },
      "00181020": { vr: "LO", Value: ["x", "1.0", "y"] },
      "00104000": { vr: "LT", Value: ["x"] },
    },
  ],
  [
    "the groups of a person name",
    ["PatientName=Yamada^Tarou=山田^太郎=やまだ^たろう"],
    {
      "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
      "00100010": {
        vr: "PN",
        Value: [{
          Alphabetic: "Yamada^Tarou",
          Ideographic: "山田^太郎",
          Phonetic: "やまだ^たろう",
        }],
      },
    },
  ],
  [
    "a person name without alphabetic group",
    ["PatientName==山田"],
    {
      "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
      "00100010": { vr: "PN", Value: [{ Ideographic: "山田" }] },
    },
  ],
  [
    "numbers",
    ["Rows=512", "SeriesNumber=-3", "PixelSpacing=0.5\\0.25", "DiffusionBValue=1.5"],
    {
      "00189087": { vr: "FD", Value: [1.5] },
      "00200011": { vr: "IS", Value: [-3] },
      "00280010": { vr: "US", Value: [512] },
      "00280030": { vr: "DS", Value: [0.5, 0.25] },
    },
  ],
  [
    "integers that a number can and cannot hold",
    ["SelectorUVValue=9007199254740991\\9007199254740993"],
    { "00720083": { vr: "UV", Value: [9007199254740991, "9007199254740993"] } },
  ],
  [
    "a number that is not finite",
    ["DiffusionBValue=-Infinity"],
    { "00189087": { vr: "FD", Value: ["-Infinity"] } },
  ],
  [
    "single precision",
    ["(0018,6028):FL=0.1"],
    { "00186028": { vr: "FL", Value: [0.1] } },
  ],
  [
    "a tag",
    ["FrameIncrementPointer=FrameTime"],
    { "00280009": { vr: "AT", Value: ["00181063"] } },
  ],
  [
    "bytes",
    ["PixelData=00ffea08", "(0009,1001)=0a0b"],
    {
      "00091001": { vr: "UN", InlineBinary: "Cgs=" },
      "7FE00010": { vr: "OW", InlineBinary: "AP/qCA==" },
    },
  ],
  [
    "sequences",
    ["BeamSequence[1].BeamName=x", "ReferencedStudySequence="],
    {
      "00081110": { vr: "SQ" },
      "300A00B0": { vr: "SQ", Value: [{}, { "300A00C2": { vr: "LO", Value: ["x"] } }] },
    },
  ],
];

for (const [name, args, json] of BOTH) {
  Deno.test({
    name: `toJson() writes ${name}, and fromJson() reads it`,
    permissions: "none",
    fn() {
      const dataSet = query(...args);
      assert.deepEqual(toJson(dataSet), json);
      const back = fromJson(JSON.parse(JSON.stringify(json)));
      assert.deepEqual(dumpDataSet(back), dumpDataSet(dataSet));
    },
  });
}

Deno.test({
  name: "toJson() writes text of any character set as Unicode",
  permissions: "none",
  fn() {
    const dataSet = query("SpecificCharacterSet=ISO_IR 100", "BeamSequence[0].BeamName=é");
    assert.deepEqual(toJson(dataSet), {
      "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
      "300A00B0": { vr: "SQ", Value: [{ "300A00C2": { vr: "LO", Value: ["é"] } }] },
    });
  },
});

Deno.test({
  name: "toJson() writes empty values as null, and malformed numbers as text",
  permissions: "none",
  fn() {
    const dataSet = new DataSet();
    const set = (tag: number, vr: "LO" | "IS", text: string): void => {
      dataSet.set({ tag, vr, value: new TextEncoder().encode(text) });
    };
    set(0x00181020, "LO", "a\\\\b");
    set(0x00200011, "IS", "1x");
    const json = toJson(dataSet);
    assert.deepEqual(json, {
      "00181020": { vr: "LO", Value: ["a", null, "b"] },
      "00200011": { vr: "IS", Value: ["1x"] },
    });
    const { "00181020": text } = json;
    assert.deepEqual(fromJson({ "00181020": text }).getStrings(0x00181020), ["a", "", "b"]);
  },
});

Deno.test({
  name: "toJson() refuses encapsulated pixel data and items that are nested too deeply",
  permissions: "none",
  fn() {
    const pixels = new DataSet();
    pixels.set({ tag: 0x7fe00010, vr: "OB", value: { fragments: [new Uint8Array(0)] } });
    assert.throws(() => toJson(pixels), {
      name: "DataSetError",
      message: "Cannot write (7FE0,0010) as JSON: it is encapsulated",
    });
    const deep = new DataSet();
    let at = deep;
    for (let depth = 0; depth < 66; depth++) {
      const item: DataSet = new DataSet(at);
      at.set({ tag: 0x300a00b0, vr: "SQ", value: [item] });
      at = item;
    }
    assert.throws(() => toJson(deep), DataSetError);
  },
});

Deno.test({
  name: "fromJson() takes the VR from the dictionary when there is none",
  permissions: "none",
  fn() {
    const dataSet = fromJson({ "00280010": { Value: [5] }, "0020000d": { Value: ["1.2"] } });
    assert.deepEqual(dataSet.getNumbers(0x00280010), [5]);
    assert.equal(dataSet.get(0x0020000d)?.vr, "UI");
  },
});

Deno.test({
  name: "fromJson() takes IS and DS as numbers or text, and shortens a DS to 16 characters",
  permissions: "none",
  fn() {
    const dataSet = fromJson({
      "00200011": { vr: "IS", Value: ["12"] },
      "00280030": { vr: "DS", Value: [1 / 3, "0.50"] },
    });
    assert.deepEqual(dataSet.getNumbers(0x00200011), [12]);
    assert.deepEqual(dataSet.getStrings(0x00280030), ["0.33333333333333", "0.50"]);
  },
});

Deno.test({
  name: "fromJson() takes a person name that is a string",
  permissions: "none",
  fn() {
    const dataSet = fromJson({ "00100010": { vr: "PN", Value: ["Doe^*"] } });
    assert.equal(dataSet.getString(0x00100010), "Doe^*");
  },
});

function nested(levels: number): unknown {
  let json: unknown = {};
  for (let level = 0; level < levels; level++) {
    json = { "300A00B0": { vr: "SQ", Value: [json] } };
  }
  return json;
}

Deno.test({
  name: "fromJson() reads text that is not ASCII in an item whose Specific Character Set is empty",
  permissions: "none",
  fn() {
    const dataSet = fromJson({
      "00321064": {
        vr: "SQ",
        Value: [{ "00080005": { vr: "CS" }, "00080104": { vr: "LO", Value: ["Köln"] } }],
      },
    });
    const [item] = dataSet.getItems(0x00321064);
    assert.deepEqual(item?.getStrings(0x00080104), ["Köln"]);
    assert.deepEqual(item.getStrings(0x00080005), ["ISO_IR 192"]);
  },
});

const REFUSED: [json: unknown, message: string][] = [
  [[], "Cannot read JSON: a data set is an object"],
  [null, "Cannot read JSON: a data set is an object"],
  [{ PatientName: {} }, 'Cannot read JSON: "PatientName" is not a tag written GGGGEEEE'],
  [{ "00100010": 1 }, "Cannot read (0010,0010) from JSON: an element is an object"],
  [{ "00100010": { vr: "XX" } }, 'Cannot read (0010,0010) from JSON: there is no VR "XX"'],
  [
    { "00100010": { vr: "PN", Value: "x" } },
    "Cannot read (0010,0010) from JSON: Value is not an array",
  ],
  [
    { "00100010": { vr: "PN", Value: [{ Alphabetic: 1 }] } },
    'Cannot read (0010,0010) from JSON: {"Alphabetic":1} is no value of the VR PN',
  ],
  [
    { "00280010": { vr: "US", Value: [70000] } },
    "Cannot read (0028,0010) from JSON: Cannot encode 70000 as US: the range is 0 to 65535",
  ],
  [
    { "00080005": { vr: "DS", Value: ["1"] } },
    'Cannot read (0008,0005) from JSON: Cannot encode "ISO_IR 192" as DS: it is not a decimal number',
  ],
  [
    { "00280010": { vr: "US", Value: [true] } },
    "Cannot read (0028,0010) from JSON: true is no value of the VR US",
  ],
  [
    { "00280030": { vr: "DS", Value: [NaN] } },
    'Cannot read (0028,0030) from JSON: Cannot encode "NaN" as DS: it is not a decimal number',
  ],
  [
    { "00080060": { vr: "CS", Value: ["Ä"] } },
    'Cannot read (0008,0060) from JSON: Cannot encode "Ä": the default character repertoire is ASCII only',
  ],
  [
    { "7FE00010": { vr: "OW", BulkDataURI: "http://x" } },
    "Cannot read (7FE0,0010) from JSON: its value is elsewhere (BulkDataURI)",
  ],
  [
    { "7FE00010": { vr: "OW", InlineBinary: "?" } },
    "Cannot read (7FE0,0010) from JSON: InlineBinary is not base64",
  ],
  [
    { "7FE00010": { vr: "OW", InlineBinary: 1 } },
    "Cannot read (7FE0,0010) from JSON: InlineBinary is not a string",
  ],
  [
    { "7FE00010": { vr: "OW", Value: [1] } },
    "Cannot read (7FE0,0010) from JSON: the VR OW has InlineBinary and no Value",
  ],
  [
    { "00280010": { vr: "US", InlineBinary: "AA==" } },
    "Cannot read (0028,0010) from JSON: the VR US has Value and no InlineBinary",
  ],
  [nested(65), "Cannot read JSON: items are nested too deeply"],
];

for (const [json, message] of REFUSED) {
  Deno.test({
    name: `fromJson() refuses ${JSON.stringify(json).slice(0, 60)}`,
    permissions: "none",
    fn: () => assert.throws(() => fromJson(json), { name: "DataSetError", message }),
  });
}

Deno.test({
  name: "fromJson() and toJson() take 64 levels of items and 100 kB of bytes",
  permissions: "none",
  fn() {
    assert.deepEqual(toJson(fromJson(nested(64))), nested(64));
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    const dataSet = new DataSet().set({ tag: 0x7fe00010, vr: "OW", value: bytes });
    assert.deepEqual(fromJson(toJson(dataSet)).get(0x7fe00010)?.value, bytes);
  },
});
