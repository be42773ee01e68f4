import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import {
  buildIdentifier,
  type Identifier,
  type IdentifierRules,
  type IdentifierSources,
} from "../../cli/identifier.ts";
import { ToolLog } from "../../cli/log.ts";
import { dumpDataSet } from "../../lib/data_set/dump.ts";
import { ToolBench } from "./tool_bench.ts";

const NONE: IdentifierSources = { file: undefined, queryFile: undefined, keys: [] };

/** A bare data set in Explicit VR Little Endian. */
function element(tag: string, vr: string, value: string): string {
  const bytes = new TextEncoder().encode(value.length % 2 === 0 ? value : `${value} `);
  const length = bytes.length.toString(16).padStart(2, "0");
  return tag + new TextEncoder().encode(vr).toHex() + `${length}00` + bytes.toHex();
}

async function build(
  sources: Partial<IdentifierSources>,
  files: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {},
  rules?: IdentifierRules,
): Promise<{ identifier: Identifier; lines: string[]; tags: string[] }> {
  const bench = new ToolBench();
  for (const [path, bytes] of Object.entries(files)) bench.files.set(path, bytes);
  const log = new ToolLog("info", bench.io.stderr);
  const identifier = await buildIdentifier({ ...NONE, ...sources }, bench.io, log, rules);
  const tags = dumpDataSet(identifier.dataSet).map((line) => line.replace(/ +#.*$/, ""));
  return { identifier, lines: bench.lines, tags };
}

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

const LEVELS: readonly (readonly [keys: readonly string[], level: string, lines: number])[] = [
  [["QueryRetrieveLevel=STUDY", "SOPInstanceUID=1.2"], "STUDY", 0],
  [["SOPInstanceUID=1.2", "SeriesInstanceUID=1.3"], "IMAGE", 1],
  [["SeriesInstanceUID=1.3", "StudyInstanceUID=1.4"], "SERIES", 1],
  [["StudyInstanceUID=1.4", "PatientID=1"], "STUDY", 1],
  [["PatientID=1"], "PATIENT", 1],
  [["SOPInstanceUID=", "SeriesInstanceUID", "StudyInstanceUID=1.4"], "STUDY", 1],
  [["QueryRetrieveLevel=", "PatientID=1"], "PATIENT", 1],
  [["QueryRetrieveLevel=FRAME", "PatientID=1"], "FRAME", 1],
];

for (const [keys, level, count] of LEVELS) {
  pure(`buildIdentifier() finds level ${level} for ${keys.join(" ")}`, async () => {
    const { identifier, lines } = await build({ keys });
    assert.equal(identifier.level, level);
    assert.equal(identifier.dataSet.getString(0x00080052), level);
    assert.equal(identifier.hasPatientId, keys.includes("PatientID=1"));
    assert.equal(lines.length, count);
  });
}

const QUERIED: readonly (readonly [keys: readonly string[], level: string])[] = [
  [["QueryRetrieveLevel=STUDY", "SeriesInstanceUID"], "STUDY"],
  [["StudyInstanceUID=1.2", "SeriesInstanceUID"], "SERIES"],
  [["PatientID=", "StudyInstanceUID"], "STUDY"],
  [["PatientID"], "PATIENT"],
  [["SOPInstanceUID", "PatientID=1"], "IMAGE"],
];

for (const [keys, level] of QUERIED) {
  pure(`buildIdentifier() finds level ${level} of a query for ${keys.join(" ")}`, async () => {
    const { identifier } = await build({ keys }, {}, { level: "presence" });
    assert.equal(identifier.level, level);
    assert.equal(identifier.dataSet.getString(0x00080052), level);
  });
}

pure("buildIdentifier() adds no level where there is none", async () => {
  const { identifier, tags } = await build({ keys: ["PatientID=1"] }, {}, { level: "none" });
  assert.equal(identifier.level, "");
  assert.equal(identifier.hasPatientId, true);
  assert.deepEqual(tags, ["(0010,0020) LO [1]"]);
});

pure(
  "buildIdentifier() writes the keys in the character sets asked for, those of a file too",
  async () => {
    const file = Uint8Array.fromHex(
      element("08000500", "CS", "ISO_IR 192") + element("10001000", "PN", "Äneas"),
    );
    const sources = { file: "f", keys: ["PatientID=1", "StudyDescription=Schädel"] };
    for (const [characterSets, name] of [[["ISO_IR 100"], "c46e65617320"], [[], ""]] as const) {
      const rules = { level: "presence", characterSets } as const;
      const built = build(sources, { f: file }, rules);
      if (name === "") {
        await assert.rejects(
          built,
          (error) =>
            error instanceof UsageError && error.message === "Cannot send the identifier: Cannot " +
                'encode "Schädel": the default character repertoire is ASCII only',
        );
        continue;
      }
      const { dataSet } = (await built).identifier;
      const value = dataSet.get(0x00100010)?.value;
      assert.equal(value instanceof Uint8Array && value.toHex(), name);
      assert.equal(dataSet.getString(0x00081030), "Schädel");
      assert.deepEqual(dataSet.characterSets, characterSets);
    }
  },
);

pure("buildIdentifier() lets each source override the one before", async () => {
  const file = Uint8Array.fromHex(
    element("08005200", "CS", "STUDY") + element("08006000", "CS", "CT") +
      element("10002000", "LO", "1") + element("20000d00", "UI", "1.2\0"),
  );
  const { tags } = await build(
    { file: "f", queryFile: "q", keys: ["StudyInstanceUID=1.4", "StudyInstanceUID=1.5"] },
    { f: file, q: new TextEncoder().encode("# text\nPatientID=2\nStudyInstanceUID=1.3\n") },
  );
  assert.deepEqual(tags, [
    "(0008,0052) CS [STUDY]",
    "(0008,0060) CS [CT]",
    "(0010,0020) LO [2]",
    "(0020,000D) UI [1.5]",
  ]);
});

pure("buildIdentifier() leaves out group lengths and bulk data of a file", async () => {
  const file = Uint8Array.fromHex(
    "08000000" + "554c0400" + "ffffffff" + element("08005200", "CS", "STUDY") +
      element("20000d00", "UI", "1.2\0") + "e07f1000" + "4f570000" + "02000000" + "0102",
  );
  const { tags, lines } = await build({ file: "f" }, { f: file });
  assert.deepEqual(tags, ["(0008,0052) CS [STUDY]", "(0020,000D) UI [1.2]"]);
  assert.deepEqual(lines, [
    "W: (7FE0,0010) is left out of the identifier: only keys belong there",
  ]);
});

const REFUSED: readonly (readonly [sources: Partial<IdentifierSources>, message: RegExp])[] = [
  [{ keys: ["PatientName=A"] }, /^Cannot tell the Query\/Retrieve level: /],
  [{ keys: ["StudyInstanceUID="] }, /^Cannot tell the Query\/Retrieve level: /],
  [{ keys: ["PatientNam=A"] }, /^Cannot use "PatientNam=A": component "PatientNam" /],
  [{ keys: ["BeamSequence[0].Columns=x"] }, /component "Columns" cannot have this value/],
  [{ file: "none" }, /^Cannot read query file none: there is no such file$/],
  [{ queryFile: "q" }, /component "Wrong" .*\(q, line 2\)$/],
  [{ queryFile: "binary" }, /^Cannot use query file binary: it is no text in UTF-8$/],
  [{ file: "binary" }, /^Cannot use query file binary: Cannot read as DICOM/],
];

for (const [sources, message] of REFUSED) {
  pure(`buildIdentifier() refuses ${JSON.stringify(sources)}`, async () => {
    const files = {
      q: new TextEncoder().encode("\nWrong=1"),
      binary: Uint8Array.of(0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8),
    };
    await assert.rejects(build(sources, files), (error: unknown) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}
