/**
 * Our `findscu` against real archives and a real worklist: names of the world, and pynetdicom's log.
 *
 * What the archives do with names, found by experiment with dcmqrscp 3.6.7 and Orthanc 1.10.1:
 *
 * - dcmqrscp answers in the character set of each instance, and compares the bytes of the key with
 *   those of the instance when both name the same set. It converts a key in UTF-8 for single-byte sets,
 *   Korean and GB 18030, but not for Japanese: there only a key in the archive's own set matches.
 * - Orthanc holds names in its DefaultEncoding, Latin-1 unless configured, and answers in that one: what
 *   it lacks is missing from the answer. It converts keys from any set to Unicode, but of ISO 2022 IR 13
 *   with ISO 2022 IR 87 it understands the first alone, in keys and in instances.
 * - wlmscpfs compares bytes, and refuses keys with escape sequences.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Archive } from "../support/archive.ts";
import { NAMED_PATIENTS, namedFiles, type NamedPatient } from "../support/named_files.ts";
import { runTool } from "../support/our_tools.ts";
import { peerTest, pynetdicomPython, run, startDcmqrscp, startOrthanc } from "../support/peers.ts";
import { startWlmscpfs } from "../support/wlmscpfs.ts";

/** The keys of a query for all of an archive's studies. */
const ALL = ["QueryRetrieveLevel=STUDY", "PatientName", "PatientID", "StudyInstanceUID"];

function find(
  { aeTitle, port }: Pick<Archive, "aeTitle" | "port">,
  keys: readonly string[],
  ...args: readonly string[]
) {
  const peer = ["127.0.0.1", String(port), "-aec", aeTitle];
  return runTool("findscu", [...peer, ...keys.flatMap((key) => ["-k", key]), ...args]);
}

/** The names by patient ID, as `--csv` writes them. */
async function namesByCsv(archive: Archive, keys: readonly string[]): Promise<Map<string, string>> {
  const { code, stdout, stderr } = await find(
    archive,
    keys,
    "-q",
    "--csv",
    "PatientID,PatientName",
  );
  assert.equal(code, 0, stderr + archive.log());
  const [header, ...rows] = stdout.trimEnd().split("\n");
  assert.equal(header, "PatientID,PatientName");
  return new Map(rows.map((row) => [row.split(",")[0] ?? "", row.slice(row.indexOf(",") + 1)]));
}

/** The names by patient ID, as `--json` writes them. */
async function namesByJson(
  archive: Archive,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const { code, stdout, stderr } = await find(archive, keys, "-q", "--json");
  assert.equal(code, 0, stderr + archive.log());
  return new Map(
    stdout.trimEnd().split("\n").map((line) => {
      const match = JSON.parse(line);
      assert.deepEqual(match["00080005"], { vr: "CS", Value: ["ISO_IR 192"] });
      const { Alphabetic = "", Ideographic = "", Phonetic = "" } = match["00100010"].Value[0];
      const name = [Alphabetic, Ideographic, Phonetic].join("=").replace(/=+$/, "");
      return [match["00100020"].Value[0], name];
    }),
  );
}

/** The patients that a key for the name finds, written in UTF-8 or in the patient's own set. */
async function found(
  archive: Archive,
  key: string,
  { characterSets }: NamedPatient,
  inOwnSet: boolean,
): Promise<string[]> {
  const keys = ["QueryRetrieveLevel=STUDY", "PatientID", `PatientName=${key}`];
  const charset = inOwnSet ? ["--charset", characterSets.join("\\")] : [];
  const { code, stdout, stderr } = await find(
    archive,
    keys,
    "-q",
    "--csv",
    "PatientID",
    ...charset,
  );
  assert.equal(code, 0, stderr + archive.log());
  return stdout.trimEnd().split("\n").slice(1).sort();
}

/** A key for the middle of a name, in the script that it ends with. */
function wildcard({ name }: NamedPatient): string {
  const [family = ""] = (name.split("=").at(-1) ?? "").split("^");
  return `*${family}*`;
}

const EXPECTED = new Map(NAMED_PATIENTS.map(({ id, name }) => [id, name]));

peerTest({
  name: "findscu shows the names of dcmqrscp in Unicode, whatever set they are in",
  needs: ["dcmtk", "pydicom"],
  async fn() {
    await using set = await namedFiles();
    await using archive = await startDcmqrscp({ moveDestinations: [] });
    assert.equal((await archive.load(set.files)).taken.length, NAMED_PATIENTS.length);
    assert.deepEqual(await namesByCsv(archive, ALL), EXPECTED);
    assert.deepEqual(await namesByJson(archive, ALL), EXPECTED);
    const { stderr } = await find(archive, ALL);
    for (const { name } of NAMED_PATIENTS) assert.ok(stderr.includes(`PN [${name}] `), name);
  },
});

peerTest({
  name: "findscu finds by names in dcmqrscp: in their own set all, in UTF-8 all but the Japanese",
  needs: ["dcmtk", "pydicom"],
  async fn() {
    await using set = await namedFiles();
    await using archive = await startDcmqrscp({ moveDestinations: [] });
    await archive.load(set.files);
    const isJapanese = ({ id }: NamedPatient): boolean => id === "JAPANESE" || id === "KATAKANA";
    for (const patient of NAMED_PATIENTS) {
      const { id, name } = patient;
      assert.deepEqual(await found(archive, name, patient, true), [id]);
      assert.deepEqual(await found(archive, name, patient, false), isJapanese(patient) ? [] : [id]);
      assert.ok((await found(archive, wildcard(patient), patient, true)).includes(id), id);
    }
  },
});

peerTest({
  name: "findscu shows the names of Orthanc in Unicode, as far as Orthanc has them",
  needs: ["orthanc", "pydicom"],
  async fn() {
    await using set = await namedFiles();
    const configuration = { DefaultEncoding: "Utf8" };
    await using archive = await startOrthanc({ moveDestinations: [], configuration });
    assert.equal((await archive.load(set.files)).taken.length, NAMED_PATIENTS.length);
    for (const names of [await namesByCsv(archive, ALL), await namesByJson(archive, ALL)]) {
      assert.equal(names.get("KATAKANA")?.split("=")[0], "ﾔﾏﾀﾞ^ﾀﾛｳ");
      names.set("KATAKANA", EXPECTED.get("KATAKANA") ?? "");
      assert.deepEqual(new Map([...names].sort()), new Map([...EXPECTED].sort()));
    }
  },
});

peerTest({
  name: "findscu reads the Shift JIS that Orthanc answers in when it is configured so",
  needs: ["orthanc", "pydicom"],
  async fn() {
    await using set = await namedFiles();
    const configuration = { DefaultEncoding: "Japanese" };
    await using archive = await startOrthanc({ moveDestinations: [], configuration });
    await archive.load(set.files);
    const names = await namesByCsv(archive, [...ALL, "PatientID=JAPANESE"]);
    assert.deepEqual([...names], [["JAPANESE", EXPECTED.get("JAPANESE")]]);
  },
});

peerTest({
  name: "findscu finds by names in Orthanc, in their own set and in UTF-8",
  needs: ["orthanc", "pydicom"],
  async fn() {
    await using set = await namedFiles();
    await using archive = await startOrthanc({ moveDestinations: [] });
    await archive.load(set.files);
    for (const patient of NAMED_PATIENTS) {
      const { id, name } = patient;
      assert.deepEqual(await found(archive, name, patient, true), [id]);
      const inUnicode = await found(archive, name, patient, false);
      assert.deepEqual(inUnicode, id === "KATAKANA" ? [] : [id]);
      assert.ok((await found(archive, wildcard(patient), patient, true)).includes(id), id);
    }
  },
});

for (const start of [startDcmqrscp, startOrthanc]) {
  const needs = start === startOrthanc ? "orthanc" : "dcmtk";
  peerTest({
    name: `findscu writes the log of pynetdicom's findscu line for line, against ${needs}`,
    needs: [needs, "pydicom", "pynetdicom"],
    async fn() {
      await using set = await namedFiles();
      await using archive = await start({ moveDestinations: [] });
      await archive.load(set.files.filter(({ patientId }) => patientId === "LATIN1"));
      const keys = [...ALL, "ReferencedStudySequence[0].ReferencedSOPClassUID"];
      const ours = await find(archive, keys, "-S");
      const { port, aeTitle } = archive;
      const theirs = await run(pynetdicomPython() ?? "", [
        ...["-m", "pynetdicom", "findscu", "127.0.0.1", String(port), "-aec", aeTitle, "-S"],
        ...keys.flatMap((key) => ["-k", key]),
      ]);
      const lines = ours.stderr.split("\n").filter((line) => !line.startsWith("I: Found 1 match"));
      assert.deepEqual(lines, theirs.stderr.split("\n"));
      assert.equal(ours.code, 0);
    },
  });
}

peerTest({
  name: "findscu --max ends the query of dcmqrscp, and -w writes files that pydicom reads",
  needs: ["dcmtk", "pydicom"],
  async fn() {
    await using set = await namedFiles();
    await using archive = await startDcmqrscp({ moveDestinations: [] });
    await archive.load(set.files);
    const directory = await Deno.makeTempDir({ prefix: "dimse_matches_" });
    try {
      const output = await find(archive, ALL, "--max", "4", "-w", "-od", directory);
      assert.equal(output.code, 0, output.stderr);
      assert.match(output.stderr, /^I: Found 4 matches in .* s; no more were asked for$/m);
      const script = `
import glob, sys, pydicom
for path in sorted(glob.glob(sys.argv[1] + "/*.dcm")):
    data_set = pydicom.dcmread(path)
    print(path[-13:], data_set.file_meta.MediaStorageSOPClassUID.name, data_set.PatientName)
`;
      const { stdout, stderr } = await run("/usr/bin/python3", ["-c", script, directory]);
      assert.deepEqual(
        stdout.trim().split("\n"),
        NAMED_PATIENTS.slice(0, 4).map(({ name }, index) =>
          `rsp00000${index + 1}.dcm Study Root Query/Retrieve Information Model - FIND ${name}`
        ),
        stderr,
      );
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

/** A worklist entry with all that wlmscpfs requires; the name as bytes written in Latin-1. */
function entry(characterSet: string, name: string, modality: string, number: number): Uint8Array {
  const lines = [
    `(0008,0005) CS [${characterSet}]`,
    `(0008,0050) SH [A${number}]`,
    `(0010,0010) PN [${name}]`,
    `(0010,0020) LO [P${number}]`,
    "(0010,0030) DA [19700101]",
    "(0010,0040) CS [O]",
    `(0020,000d) UI [1.2.826.0.1.3680043.10.511.8.${number}]`,
    "(0032,1032) PN [SMITH]",
    "(0032,1060) LO [EXAM]",
    "(0032,1064) SQ",
    "(fffe,e000) -",
    `(0008,0100) SH [CODE${number}]`,
    "(0008,0102) SH [99TEST]",
    "(0008,0104) LO [A meaning]",
    "(fffe,e00d) -",
    "(fffe,e0dd) -",
    "(0040,0100) SQ",
    "(fffe,e000) -",
    `(0008,0060) CS [${modality}]`,
    "(0040,0001) AE [SCANNER]",
    "(0040,0002) DA [20200101]",
    "(0040,0003) TM [120000]",
    "(0040,0006) PN [JOHNSON]",
    "(0040,0007) LO [EXAM]",
    `(0040,0009) SH [SPS${number}]`,
    "(0040,0010) SH [STATION]",
    "(0040,0011) SH [ROOM]",
    "(fffe,e00d) -",
    "(fffe,e0dd) -",
    `(0040,1001) SH [RP${number}]`,
    "(0040,1003) SH [LOW]",
    "",
  ];
  return Uint8Array.from(lines.join("\n"), (character) => character.charCodeAt(0));
}

peerTest({
  name: "findscu -W queries the worklist of wlmscpfs by nested keys, names decoded",
  needs: ["dcmtk"],
  async fn() {
    await using worklist = await startWlmscpfs([
      entry("ISO_IR 100", "\xc4neas^R\xfcdiger", "CT", 1),
      entry("\\ISO 2022 IR 149", "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", "MR", 2),
      entry("ISO_IR 144", "\xbb\xee\xda", "CT", 3),
    ]);
    const keys = [
      "PatientName",
      "PatientID",
      "RequestedProcedureCodeSequence[0].CodeValue",
      "ScheduledProcedureStepSequence.Modality=CT",
      "ScheduledProcedureStepSequence.ScheduledProcedureStepID",
    ];
    const columns = "PatientID,PatientName,RequestedProcedureCodeSequence[0].CodeValue," +
      "ScheduledProcedureStepSequence[0].ScheduledProcedureStepID";
    const table = await find(worklist, keys, "-W", "-q", "--csv", columns);
    assert.equal(table.code, 0, worklist.log());
    assert.deepEqual(table.stdout.trimEnd().split("\n").sort(), [
      "P1,Äneas^Rüdiger,CODE1,SPS1",
      "P3,Люк,CODE3,SPS3",
      columns,
    ]);
    const all = keys.map((key) => key.replace("=CT", "="));
    const json = await find(worklist, all, "-W", "-q", "--json", "--fuzzy-names");
    assert.equal(json.code, 0, worklist.log());
    const names = json.stdout.trimEnd().split("\n").map((line) =>
      JSON.parse(line)["00100010"].Value[0]
    );
    assert.equal(names.length, 3);
    assert.deepEqual(
      names.find(({ Alphabetic }) => Alphabetic === "Hong^Gildong"),
      { Alphabetic: "Hong^Gildong", Ideographic: "洪^吉洞" },
    );
    const none = await find(worklist, [...keys, "PatientID=NOBODY"], "-W", "-q", "--json");
    assert.deepEqual([none.code, none.stdout], [0, ""]);
    const byName = async (key: string, charset: string): Promise<[number, string]> => {
      const args = ["-W", "-ll", "error", "--csv", "PatientID", "--charset", charset];
      const { code, stdout, stderr } = await find(
        worklist,
        [...all, `PatientName=${key}`],
        ...args,
      );
      return [code, stdout + stderr];
    };
    assert.deepEqual(await byName("Äne*", "ISO_IR 100"), [0, "PatientID\nP1\n"]);
    // Escape sequences it refuses: PN is Latin-1 to it.
    assert.deepEqual(await byName("*洪*", "\\ISO 2022 IR 149"), [
      7,
      "PatientID\nE: The peer says: identifier does not match SOP class (0xA900)\n" +
      "E: Error Comment: Invalid Character Repertoire for datatype PN\n" +
      "E: Offending Element: (0010,0010)\n",
    ]);
  },
});
