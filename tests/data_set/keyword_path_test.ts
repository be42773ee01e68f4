import assert from "node:assert/strict";
import { DicomNetError } from "../../lib/errors.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { dumpDataSet } from "../../lib/data_set/dump.ts";
import {
  applyKeywordPath,
  KeywordPathError,
  readKeywordPath,
} from "../../lib/data_set/keyword_path.ts";
import type { Vr } from "../../lib/data_set/vr.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";

/** A data set as the arguments make it, one element a line without the padding of the log format. */
function query(...args: string[]): string[] {
  return lines(apply(...args));
}

function apply(...args: string[]): DataSet {
  const dataSet = new DataSet();
  for (const arg of args) applyKeywordPath(dataSet, arg);
  return dataSet;
}

function lines(dataSet: DataSet): string[] {
  return dumpDataSet(dataSet).map((line) => line.replace(/ +# \d+.*$/, ""));
}

function element(dataSet: DataSet, tag: number, vr: Vr, ...values: string[]): void {
  dataSet.set({ tag, vr, value: encodeStrings(vr, values, dataSet.characterSets) });
}

const EMPTY_NAME = ["(0010,0010) PN (no value available)"];
const NAME = ["(0010,0010) PN [Citizen^Jan]"];
const EMPTY_BEAMS = ["(300A,00B0) SQ (Sequence with 0 items)"];
const ONE_BEAM = ["(300A,00B0) SQ (Sequence with 1 item)", "  (Sequence item #1)"];
const FOUR_BEAMS = [
  "(300A,00B0) SQ (Sequence with 4 items)",
  "  (Sequence item #1)",
  "  (Sequence item #2)",
  "  (Sequence item #3)",
  "  (Sequence item #4)",
];

const CASES: [args: string[], expected: string[]][] = [
  // The examples of the movescu documentation.
  [["QueryRetrieveLevel=PATIENT", "PatientName="], [
    "(0008,0052) CS [PATIENT]",
    ...EMPTY_NAME,
  ]],
  [["(0008,0052)=PATIENT", "(0010,0010)="], ["(0008,0052) CS [PATIENT]", ...EMPTY_NAME]],
  [["OtherPatientIDsSequence[2].PatientID=12345678"], [
    "(0010,1002) SQ (Sequence with 3 items)",
    "  (Sequence item #1)",
    "  (Sequence item #2)",
    "  (Sequence item #3)",
    "    (0010,0020) LO [12345678]",
  ]],
  [["PatientName="], EMPTY_NAME],
  [["(0010,0010)="], EMPTY_NAME],
  [["PatientName=Citizen^Jan"], NAME],
  [["(0010,0010)=Citizen^Jan"], NAME],
  [['PatientName="Citizen^Jan"'], ['(0010,0010) PN ["Citizen^Jan"]']],
  [["Columns=1024"], ["(0028,0011) US [1024]"]],
  [["PixelData=00FFEA08"], ["(7FE0,0010) OW [00 ff ea 08]"]],
  [["AcquisitionIndex=1\\\\2\\\\3\\\\4"], ["(0020,9518) US [1\\2\\3\\4]"]],
  [["AcquisitionIndex=1\\2\\3\\4"], ["(0020,9518) US [1\\2\\3\\4]"]],
  [["BeamSequence="], EMPTY_BEAMS],
  [["(300a,00b0)="], EMPTY_BEAMS],
  [["BeamSequence[0]="], ONE_BEAM],
  [["BeamSequence[3]="], FOUR_BEAMS],
  [["BeamSequence[0].PatientName=CITIZEN^Jan"], [
    ...ONE_BEAM,
    "    (0010,0010) PN [CITIZEN^Jan]",
  ]],
  [["BeamSequence[0].BeamLimitingDeviceSequence[0].NumberOfLeafJawPairs=1"], [
    ...ONE_BEAM,
    "    (300A,00B6) SQ (Sequence with 1 item)",
    "      (Sequence item #1)",
    "        (300A,00BC) IS [1]",
  ]],

  // Ways to write an element.
  [["PatientName"], EMPTY_NAME],
  [["0010,0010=X"], ["(0010,0010) PN [X]"]],
  [["00100010=X"], ["(0010,0010) PN [X]"]],
  [["(0010, 0010)=X"], ["(0010,0010) PN [X]"]],
  [["( 0010 ,0010 )=X"], ["(0010,0010) PN [X]"]],
  [[" PatientName =X"], ["(0010,0010) PN [X]"]],
  [["300A00b0"], EMPTY_BEAMS],
  [["(6000,0010)=12"], ["(6000,0010) US [12]"]],
  [["PatientName=A=B"], ["(0010,0010) PN [A=B]"]],
  [["PatientName=A.B[1]=C"], ["(0010,0010) PN [A.B[1]=C]"]],
  [["PatientID=1", "PatientID=2"], ["(0010,0020) LO [2]"]],

  // Sequences.
  [["BeamSequence"], EMPTY_BEAMS],
  [["BeamSequence[0]"], ONE_BEAM],
  [["BeamSequence.PatientName=X"], [...ONE_BEAM, "    (0010,0010) PN [X]"]],
  [["BeamSequence[0].PatientName=x", "BeamSequence[1].PatientName=y"], [
    "(300A,00B0) SQ (Sequence with 2 items)",
    "  (Sequence item #1)",
    "    (0010,0010) PN [x]",
    "  (Sequence item #2)",
    "    (0010,0010) PN [y]",
  ]],
  [["BeamSequence[0].PatientName=x", "BeamSequence[3].PatientName=y"], [
    "(300A,00B0) SQ (Sequence with 4 items)",
    "  (Sequence item #1)",
    "    (0010,0010) PN [x]",
    "  (Sequence item #2)",
    "  (Sequence item #3)",
    "  (Sequence item #4)",
    "    (0010,0010) PN [y]",
  ]],
  [["BeamSequence[0].PatientName=x", "BeamSequence[0]="], [
    ...ONE_BEAM,
    "    (0010,0010) PN [x]",
  ]],
  [["BeamSequence[3]=", "BeamSequence="], EMPTY_BEAMS],
  [["BeamSequence[0].BeamLimitingDeviceSequence="], [
    ...ONE_BEAM,
    "    (300A,00B6) SQ (Sequence with 0 items)",
  ]],

  // Values.
  [["BeamSequence[0].Columns=5"], [...ONE_BEAM, "    (0028,0011) US [5]"]],
  [["Columns=0x10"], ["(0028,0011) US [16]"]],
  [["Columns= 5 "], ["(0028,0011) US [5]"]],
  [["Columns="], ["(0028,0011) US (no value available)"]],
  [["SmallestImagePixelValue=5"], ["(0028,0106) US [5]"]],
  [["SmallestImagePixelValue=-5"], ["(0028,0106) SS [-5]"]],
  [["PixelRepresentation=1", "SmallestImagePixelValue=5"], [
    "(0028,0103) US [1]",
    "(0028,0106) SS [5]",
  ]],
  [["PixelRepresentation=1", "BeamSequence[0].SmallestImagePixelValue=5"], [
    "(0028,0103) US [1]",
    ...ONE_BEAM,
    "    (0028,0106) SS [5]",
  ]],
  [["LUTDescriptor=256\\0\\16"], ["(0028,3002) US [256\\0\\16]"]],
  [["LUTDescriptor=256\\-1\\16"], ["(0028,3002) SS [256\\-1\\16]"]],
  [["LUTData=0001 0203"], ["(0028,3006) OW [00 01 02 03]"]],
  [["DiffusionBValue=1.5e3"], ["(0018,9087) FD [1500]"]],
  [["TagAngleSecondAxis=-3"], ["(0018,9219) SS [-3]"]],
  [["SelectorUVValue=18446744073709551615"], ["(0072,0083) UV [18446744073709551615]"]],
  [["SeriesNumber= 12 "], ["(0020,0011) IS [12]"]],
  [["PixelSpacing=0.5\\0.25"], ["(0028,0030) DS [0.5\\0.25]"]],
  [["FrameIncrementPointer=00540010"], ["(0028,0009) AT [(0054,0010)]"]],
  [["FrameIncrementPointer=(0054,0010)"], ["(0028,0009) AT [(0054,0010)]"]],
  [["FrameIncrementPointer=FrameTime\\0054,0010\\(0018, 1065)"], [
    "(0028,0009) AT [(0018,1063)\\(0054,0010)\\(0018,1065)]",
  ]],
  [["StudyInstanceUID=1.2\\1.3"], ["(0020,000D) UI [1.2\\1.3]"]],
  [["ImageComments=a\\b"], ["(0020,4000) LT [a\\b]"]],
  [["ImageType=ORIGINAL\\\\PRIMARY\\AXIAL"], ["(0008,0008) CS [ORIGINAL\\PRIMARY\\AXIAL]"]],
  [["PatientBirthDate=19700101-", "StudyTime=10*"], [
    "(0008,0030) TM [10*]",
    "(0010,0030) DA [19700101-]",
  ]],

  // Private elements and given VRs.
  [["(0009,0010)=ACME", "(0009,1001)=0a0b"], [
    "(0009,0010) LO [ACME]",
    "(0009,1001) UN [0a 0b]",
  ]],
  [["(0009,1001):LO=text"], ["(0009,1001) LO [text]"]],
  [["0009,1001:us=7"], ["(0009,1001) US [7]"]],
  [["00091001:FD=0.5\\1"], ["(0009,1001) FD [0.5\\1]"]],
  [["(0009,1001):SQ="], ["(0009,1001) SQ (Sequence with 0 items)"]],
  [["(0009,1001)[0].PatientID=1"], [
    "(0009,1001) SQ (Sequence with 1 item)",
    "  (Sequence item #1)",
    "    (0010,0020) LO [1]",
  ]],
  [["(0009,1001):SQ[1]"], [
    "(0009,1001) SQ (Sequence with 2 items)",
    "  (Sequence item #1)",
    "  (Sequence item #2)",
  ]],
  [["(0009,1001)[0]"], [
    "(0009,1001) SQ (Sequence with 1 item)",
    "  (Sequence item #1)",
  ]],
  [["(0009,1001):LO=a", "(0009,1001)=b"], ["(0009,1001) LO [b]"]],
  [["SmallestImagePixelValue:SS=5"], ["(0028,0106) SS [5]"]],
  [["PixelData:OB=00ff"], ["(7FE0,0010) OB [00 ff]"]],
  [['(0009,"ACME 1.0=x",01):LO=text', '(0009,"ACME 1.0=x",02):US=5'], [
    "(0009,0010) LO [ACME 1.0=x]",
    "(0009,1001) LO [text]",
    "(0009,1002) US [5]",
  ]],
  [["(0009,0010)=OTHER", '(0009, "ACME", 0a):LO=text'], [
    "(0009,0010) LO [OTHER]",
    "(0009,0011) LO [ACME]",
    "(0009,110A) LO [text]",
  ]],
  [['BeamSequence[0].(0009,"ACME",01)=00', '(0009,"ACME",01)=01'], [
    "(0009,0010) LO [ACME]",
    "(0009,1001) UN [01 00]",
    ...ONE_BEAM,
    "    (0009,0010) LO [ACME]",
    "    (0009,1001) UN [00 00]",
  ]],

  // Character sets.
  [["PatientName=Müller"], ["(0008,0005) CS [ISO_IR 192]", "(0010,0010) PN [Müller]"]],
  [["SpecificCharacterSet=", "PatientName=Müller"], [
    "(0008,0005) CS [ISO_IR 192]",
    "(0010,0010) PN [Müller]",
  ]],
  [["SpecificCharacterSet=ISO_IR 100", "PatientName=Müller"], [
    "(0008,0005) CS [ISO_IR 100]",
    "(0010,0010) PN [Müller]",
  ]],
  [["PatientName=Müller", "SpecificCharacterSet=ISO_IR 100"], [
    "(0008,0005) CS [ISO_IR 100]",
    "(0010,0010) PN [Müller]",
  ]],
  [["BeamSequence[0].PatientName=山田"], [
    "(0008,0005) CS [ISO_IR 192]",
    ...ONE_BEAM,
    "    (0010,0010) PN [山田]",
  ]],
  [["SpecificCharacterSet="], ["(0008,0005) CS (no value available)"]],
];

for (const [args, expected] of CASES) {
  Deno.test({
    name: `applyKeywordPath() understands ${args.join(" and ")}`,
    permissions: "none",
    fn: () => assert.deepEqual(query(...args), expected),
  });
}

const REFUSED: [argument: string, component: string, fault: string][] = [
  ["", "", "is empty: a keyword or a tag belongs here"],
  ["=X", "", "is empty: a keyword or a tag belongs here"],
  ["BeamSequence[0]..PatientID=1", "", "is empty: a keyword or a tag belongs here"],
  [
    "(10,10)=X",
    "(10,10)",
    "is neither a keyword nor a tag, which is written (gggg,eeee), gggg,eeee or ggggeeee",
  ],
  [
    "(60xx,0010)=1",
    "(60xx,0010)",
    "is neither a keyword nor a tag, which is written (gggg,eeee), gggg,eeee or ggggeeee",
  ],
  [
    "Patient Name=X",
    "Patient Name",
    "is neither a keyword nor a tag, which is written (gggg,eeee), gggg,eeee or ggggeeee",
  ],
  [
    "patientname=X",
    "patientname",
    "is not in the data dictionary: did you mean PatientName?",
  ],
  [
    "StudyInstanceUid=1",
    "StudyInstanceUid",
    "is not in the data dictionary: did you mean StudyInstanceUID?",
  ],
  ["NoSuchKeyword=1", "NoSuchKeyword", "is not in the data dictionary"],
  [
    "OverlayRows=1",
    "OverlayRows",
    "stands for several elements: write the tag of one, such as (6000,0010)",
  ],
  [
    "BeamSequence[-1]=",
    "BeamSequence[-1]",
    'has the item index "-1": it must be a number from 0 to 9999',
  ],
  [
    "BeamSequence[]=",
    "BeamSequence[]",
    'has the item index "": it must be a number from 0 to 9999',
  ],
  [
    "BeamSequence[10000].PatientID=1",
    "BeamSequence[10000]",
    'has the item index "10000": it must be a number from 0 to 9999',
  ],
  [
    "BeamSequence[0",
    "BeamSequence[0",
    "is neither a keyword nor a tag, which is written (gggg,eeee), gggg,eeee or ggggeeee",
  ],
  ["BeamSequence=1", "BeamSequence", "is a sequence, which has items and no value"],
  ["BeamSequence[0]=1", "BeamSequence[0]", "is a sequence, which has items and no value"],
  ["PatientID[0]=x", "PatientID[0]", "has an item index, but its VR is LO"],
  ["PatientID.PatientName=x", "PatientID", "cannot have elements in it: its VR is LO"],
  ["PatientID[0].PatientName=x", "PatientID[0]", "cannot have elements in it: its VR is LO"],
  ["MessageID=1", "MessageID", "belongs to the command, not to the data set"],
  [
    "TransferSyntaxUID=1",
    "TransferSyntaxUID",
    "belongs to the file meta information, not to the data set",
  ],
  [
    "BeamSequence[0].(0002,0010)=1",
    "(0002,0010)",
    "belongs to the file meta information, not to the data set",
  ],
  ["(fffe,e000)=", "(fffe,e000)", "delimits items and is no element"],
  ["(0001,0010)=X", "(0001,0010)", "is in a group that must not be used"],
  ["PatientID:XX=1", "PatientID:XX", "has the VR XX, which does not exist"],
  [
    '(0008,"ACME",01)=00',
    '(0008,"ACME",01)',
    "has a private creator, but group 0008 is not private",
  ],
  [
    "Columns=abc",
    "Columns",
    'cannot have this value: Cannot encode "abc" as US: it is not an integer',
  ],
  [
    "Columns=65536",
    "Columns",
    "cannot have this value: Cannot encode 65536 as US: the range is 0 to 65535",
  ],
  [
    "BeamSequence[0].Columns=1.5",
    "Columns",
    'cannot have this value: Cannot encode "1.5" as US: it is not an integer',
  ],
  [
    "SeriesNumber=abc",
    "SeriesNumber",
    'cannot have this value: Cannot encode "abc" as IS: not an integer',
  ],
  [
    "PixelData=0",
    "PixelData",
    'cannot have this value: Cannot encode "0" as OW: bytes are written as pairs of hexadecimal digits',
  ],
  [
    "FrameIncrementPointer=Nothing",
    "FrameIncrementPointer",
    'cannot have the value "Nothing": it is neither a tag nor a keyword',
  ],
  [
    "Modality=Ä",
    "Modality",
    'cannot have this value: Cannot encode "Ä": the default character repertoire is ASCII only',
  ],
  [
    `${"BeamSequence.".repeat(64)}PatientID=1`,
    "PatientID",
    "is nested too deeply: a path has at most 64 components",
  ],
];

for (const [argument, component, fault] of REFUSED) {
  Deno.test({
    name: `applyKeywordPath() refuses ${argument.slice(0, 60)} and changes nothing`,
    permissions: "none",
    fn() {
      const dataSet = new DataSet();
      assert.throws(() => applyKeywordPath(dataSet, argument), (error) => {
        assert.ok(error instanceof KeywordPathError && error instanceof DicomNetError);
        assert.equal(error.name, "KeywordPathError");
        assert.equal(error.argument, argument);
        assert.equal(error.component, component);
        assert.equal(
          error.message,
          `Cannot use "${argument}": component "${component}" ${fault}`,
        );
        return true;
      });
      assert.equal(dataSet.size, 0);
    },
  });
}

Deno.test({
  name: "applyKeywordPath() refuses text that the stated character set lacks",
  permissions: "none",
  fn() {
    const dataSet = apply("SpecificCharacterSet=ISO_IR 100");
    assert.throws(
      () => applyKeywordPath(dataSet, "BeamSequence[0].PatientName=山"),
      /component "PatientName" cannot have this value: .*"ISO_IR 100" does not have "山" \(U\+5C71\)$/,
    );
    assert.deepEqual(lines(dataSet), ["(0008,0005) CS [ISO_IR 100]"]);
  },
});

Deno.test({
  name: "applyKeywordPath() refuses a character set that the text that is there does not fit",
  permissions: "none",
  fn() {
    const dataSet = apply("PatientName=山田");
    assert.throws(
      () => applyKeywordPath(dataSet, "SpecificCharacterSet="),
      /Cannot change the character set: \(0010,0010\) does not fit it$/,
    );
    assert.deepEqual(lines(dataSet), ["(0008,0005) CS [ISO_IR 192]", "(0010,0010) PN [山田]"]);
  },
});

Deno.test({
  name: "applyKeywordPath() encodes in the character set of the item, and changes only that",
  permissions: "none",
  fn() {
    const dataSet = apply("SpecificCharacterSet=ISO_IR 192", "BeamSequence[0].PatientName=é");
    applyKeywordPath(dataSet, "BeamSequence[0].SpecificCharacterSet=ISO_IR 100");
    applyKeywordPath(dataSet, "BeamSequence[0].BeamName=é");
    applyKeywordPath(dataSet, "PatientName=é");
    const [item] = dataSet.getItems(0x300a00b0);
    assert.deepEqual(item?.get(0x00100010)?.value, Uint8Array.of(0xe9, 0x20));
    assert.deepEqual(item?.get(0x300a00c2)?.value, Uint8Array.of(0xe9, 0x20));
    assert.deepEqual(dataSet.get(0x00100010)?.value, Uint8Array.of(0xc3, 0xa9));
  },
});

Deno.test({
  name: "applyKeywordPath() overrides the elements of a data set that was read",
  permissions: "none",
  fn() {
    const dataSet = new DataSet();
    element(dataSet, 0x00100020, "LO", "old");
    element(dataSet, 0x00091001, "SH", "old");
    const item = new DataSet(dataSet);
    element(item, 0x00080050, "SH", "1");
    dataSet.set({ tag: 0x00400275, vr: "SQ", value: [item] });
    applyKeywordPath(dataSet, "PatientID=new");
    applyKeywordPath(dataSet, "(0009,1001)=new");
    applyKeywordPath(dataSet, "RequestAttributesSequence[1].AccessionNumber=2");
    assert.deepEqual(lines(dataSet), [
      "(0009,1001) SH [new]",
      "(0010,0020) LO [new]",
      "(0040,0275) SQ (Sequence with 2 items)",
      "  (Sequence item #1)",
      "    (0008,0050) SH [1]",
      "  (Sequence item #2)",
      "    (0008,0050) SH [2]",
    ]);
    assert.equal(dataSet.getItems(0x00400275)[1]?.parent, dataSet);
  },
});

Deno.test({
  name: "applyKeywordPath() does not go into an element that is there and no sequence",
  permissions: "none",
  fn() {
    const dataSet = new DataSet();
    element(dataSet, 0x00091001, "LO", "text");
    assert.throws(
      () => applyKeywordPath(dataSet, "(0009,1001)[0].PatientID=1"),
      /component "\(0009,1001\)\[0\]" cannot have elements in it: its VR is LO$/,
    );
    assert.equal(dataSet.getString(0x00091001), "text");
  },
});

Deno.test({
  name: "applyKeywordPath() refuses a private creator when the group has no block left",
  permissions: "none",
  fn() {
    const dataSet = new DataSet();
    for (let block = 0x10; block <= 0xff; block++) {
      element(dataSet, 0x00090000 + block, "LO", `C${block}`);
    }
    assert.throws(
      () => applyKeywordPath(dataSet, '(0009,"ACME",01)=00'),
      /Cannot reserve a block for the private creator "ACME": group 0009 has no block left$/,
    );
    assert.equal(dataSet.size, 240);
  },
});

const READ: [keys: string[], path: string, values: string[]][] = [
  [["PatientName=Doe^John"], "PatientName", ["Doe^John"]],
  [["PatientName=Doe^John"], "(0010,0010)", ["Doe^John"]],
  [["PatientName=Doe^John"], "PatientID", []],
  [["PatientName="], "PatientName", []],
  [["ModalitiesInStudy=CT\\MR"], "ModalitiesInStudy", ["CT", "MR"]],
  [["SpecificCharacterSet=ISO_IR 100", "PatientName=Äneas"], "PatientName", ["Äneas"]],
  [["BeamSequence[1].BeamName=x"], "BeamSequence[1].BeamName", ["x"]],
  [["BeamSequence[0].BeamName=x"], "BeamSequence.BeamName", ["x"]],
  [["BeamSequence[1].BeamName=x"], "BeamSequence[2].BeamName", []],
  [["BeamSequence[1].BeamName=x"], "BeamSequence", []],
  [['(0009,"ACME",01):LO=x'], '(0009,"ACME",01)', ["x"]],
  [['(0009,"ACME",01):LO=x'], '(0009,"OTHER",01)', []],
  [["(0009,1001):SQ[0].PatientID=x"], "(0009,1001)[0].PatientID", ["x"]],
];

for (const [keys, path, values] of READ) {
  Deno.test({
    name: `readKeywordPath() reads ${path} of ${keys.join(" ")}`,
    permissions: "none",
    fn() {
      const dataSet = new DataSet();
      for (const key of keys) applyKeywordPath(dataSet, key);
      const before = dataSet.size;
      assert.deepEqual(readKeywordPath(dataSet, path), values);
      assert.equal(dataSet.size, before);
    },
  });
}

for (const path of ["", "Nothing", "PatientName.PatientID", "PatientName=x", "a b"]) {
  Deno.test({
    name: `readKeywordPath() refuses "${path}"`,
    permissions: "none",
    fn: () => assert.throws(() => readKeywordPath(new DataSet(), path), KeywordPathError),
  });
}
