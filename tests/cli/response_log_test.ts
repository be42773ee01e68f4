import assert from "node:assert/strict";
import { type LogLevel, ToolLog } from "../../cli/log.ts";
import { logIdentifier, logStatusMeaning, statusWords } from "../../cli/response_log.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";

function written(level: LogLevel, write: (log: ToolLog) => void): string[] {
  let text = "";
  write(new ToolLog(level, (line) => void (text += line)));
  return text.split("\n").slice(0, -1);
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("logIdentifier() writes title and elements between empty lines, at level info", () => {
  const identifier = new DataSet();
  applyKeywordPath(identifier, "PatientID=4711");
  assert.deepEqual(written("info", (log) => logIdentifier(log, "# Title", identifier, true)), [
    "I: ",
    "I: # Title",
    "I: (0010,0020) LO [4711]                                   # 1 PatientID",
    "I: ",
  ]);
  assert.deepEqual(written("warning", (log) => logIdentifier(log, "# Title", identifier)), []);
});

pure("logIdentifier() has no values that identify somebody, unless they are wanted", () => {
  const identifier = new DataSet();
  for (
    const key of [
      "QueryRetrieveLevel=STUDY",
      "StudyDate=20240101-20240131",
      "PatientName=[odd] # 1 Name",
      "PatientID=",
      "OtherPatientIDsSequence[0].PatientID=12345678",
      "StudyInstanceUID=1.2.3",
    ]
  ) applyKeywordPath(identifier, key);
  const lines = (level: LogLevel, isWanted?: boolean): string[] =>
    written(level, (log) => logIdentifier(log, "# Title", identifier, isWanted)).slice(2, -1);
  assert.deepEqual(lines("info"), [
    "I: (0008,0020) DA (not shown without -v)                   # 1 StudyDate",
    "I: (0008,0052) CS [STUDY]                                  # 1 QueryRetrieveLevel",
    "I: (0010,0010) PN (not shown without -v)                   # 1 PatientName",
    "I: (0010,0020) LO (no value available)                     # 0 PatientID",
    "I: (0010,1002) SQ (Sequence with 1 item)                   # 1 OtherPatientIDsSequence",
    "I:   (Sequence item #1)",
    "I:     (0010,0020) LO (not shown without -v)                   # 1 PatientID",
    "I: (0020,000D) UI [1.2.3]                                  # 1 StudyInstanceUID",
  ]);
  assert.equal(lines("info", true).join().includes("(not shown"), false);
  assert.deepEqual(lines("verbose"), lines("info", true));
});

const WORDS: readonly (readonly [status: number, words: string])[] = [
  [0x0000, "0x0000 (Success)"],
  [0xff01, "0xFF01 (Pending)"],
  [0xfe00, "0xFE00 (Cancel)"],
  [0xb000, "0xB000 (Warning)"],
  [0xa801, "0xA801 (Failure)"],
];

for (const [status, words] of WORDS) {
  pure(`statusWords() writes ${words}`, () => assert.equal(statusWords(status), words));
}

pure("logStatusMeaning() tells a failure as an error, all else as a warning", () => {
  const details = { errorComment: "no", offendingElements: [0x00080052] };
  for (const [status, letter] of [[0xa900, "E"], [0xb000, "W"], [0xfe00, "W"]] as const) {
    const lines = written("info", (log) => {
      logStatusMeaning(log, "C-FIND", { status, ...details })("more");
    });
    assert.deepEqual(lines.slice(1), [
      `${letter}: Error Comment: no`,
      `${letter}: Offending Element: (0008,0052)`,
      `${letter}: more`,
    ]);
    assert.ok(lines[0]?.startsWith(`${letter}: The peer says: `));
  }
  assert.equal(
    written("info", (log) => {
      logStatusMeaning(log, "C-MOVE", { status: 0xa801, errorComment: "" });
    }).join(),
    "E: The peer says: refused: move destination unknown (0xA801)",
  );
});
