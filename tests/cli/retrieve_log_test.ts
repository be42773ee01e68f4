import assert from "node:assert/strict";
import { type LogLevel, ToolLog } from "../../cli/log.ts";
import { logRetrieveRequest, logRetrieveResponse } from "../../cli/retrieve_log.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { DataSetError } from "../../lib/errors.ts";
import type { RetrieveResponse } from "../../lib/service/retrieve_scu.ts";

function written(level: LogLevel, write: (log: ToolLog) => void): string[] {
  let text = "";
  write(new ToolLog(level, (line) => void (text += line)));
  return text.split("\n").slice(0, -1);
}

function dataSet(...keys: string[]): DataSet {
  const result = new DataSet();
  for (const key of keys) applyKeywordPath(result, key);
  return result;
}

Deno.test({
  name: "logRetrieveRequest() writes the seed's lines, nested items indented",
  permissions: "none",
  fn: () => {
    const identifier = dataSet(
      "QueryRetrieveLevel=PATIENT",
      "PatientName=",
      "OtherPatientIDsSequence[0].PatientID=12345678",
    );
    assert.deepEqual(written("info", (log) => logRetrieveRequest(log, "C-MOVE", 1, identifier)), [
      "I: Sending Move Request: MsgID 1",
      "I: ",
      "I: # Request Identifier",
      "I: (0008,0052) CS [PATIENT]                                # 1 QueryRetrieveLevel",
      "I: (0010,0010) PN (no value available)                     # 0 PatientName",
      "I: (0010,1002) SQ (Sequence with 1 item)                   # 1 OtherPatientIDsSequence",
      "I:   (Sequence item #1)",
      "I:     (0010,0020) LO (not shown without -v)                   # 1 PatientID",
      "I: ",
    ]);
    assert.equal(
      written("info", (log) => logRetrieveRequest(log, "C-GET", 3, identifier))[0],
      "I: Sending Get Request: MsgID 3",
    );
    assert.deepEqual(
      written("error", (log) => logRetrieveRequest(log, "C-GET", 3, identifier)),
      [],
    );
  },
});

const RESPONSE: RetrieveResponse = {
  number: 2,
  isFinal: true,
  status: 0x0000,
  counters: { remaining: 1, completed: 2, failed: 3, warning: 4 },
  failedSopInstanceUids: [],
};

const COUNTS = "I: Sub-Operations Remaining: 1, Completed: 2, Failed: 3, Warning: 4";

const CASES: readonly (readonly [
  name: string,
  response: Partial<RetrieveResponse>,
  lines: readonly string[],
])[] = [
  ["a pending one", { status: 0xff00, isFinal: false }, [
    "I: Move SCP Response: 2 - 0xFF00 (Pending)",
    COUNTS,
  ]],
  ["success", {}, ["I: Move SCP Result: 0x0000 (Success)", COUNTS]],
  ["success without counters", { counters: {} }, [
    "I: Move SCP Result: 0x0000 (Success)",
    "I: Sub-Operations Remaining: 0, Completed: 0, Failed: 0, Warning: 0",
  ]],
  ["a warning with what failed", { status: 0xb000, failedSopInstanceUids: ["1.2", "1.\n3"] }, [
    "I: Move SCP Result: 0xB000 (Warning)",
    COUNTS,
    "W: The peer says: sub-operations complete, one or more failures or warnings (0xB000)",
    "W: Failed SOP Instance UID: 1.2",
    "W: Failed SOP Instance UID: 1.\\x0a3",
  ]],
  ["a failure with all that it may carry", {
    status: 0xa900,
    errorComment: "no \x1b[1mlevel",
    offendingElements: [0x00080052, 0x0020000d],
    identifierError: new DataSetError("Cannot decode"),
  }, [
    "I: Move SCP Result: 0xA900 (Failure)",
    COUNTS,
    "E: The peer says: identifier does not match SOP class (0xA900)",
    "E: Error Comment: no \\x1b[1mlevel",
    "E: Offending Element: (0008,0052)",
    "E: Offending Element: (0020,000D)",
    "E: Cannot read the response's identifier: Cannot decode",
  ]],
  ["a cancel with an identifier", {
    status: 0xfe00,
    identifier: dataSet("FailedSOPInstanceUIDList="),
  }, [
    "I: Move SCP Result: 0xFE00 (Cancel)",
    COUNTS,
    "I: ",
    "I: # Response Identifier",
    "I: (0008,0058) UI (no value available)                     # 0 FailedSOPInstanceUIDList",
    "I: ",
    "W: The peer says: sub-operations terminated by cancel (0xFE00)",
  ]],
];

for (const [name, response, expected] of CASES) {
  Deno.test({
    name: `logRetrieveResponse() tells of ${name}`,
    permissions: "none",
    fn: () =>
      assert.deepEqual(
        written("info", (log) => logRetrieveResponse(log, "C-MOVE", { ...RESPONSE, ...response })),
        expected,
      ),
  });
}

Deno.test({
  name: "logRetrieveResponse() shows of a response's identifier only UIDs, unless for debugging",
  permissions: "none",
  fn: () => {
    const response = {
      ...RESPONSE,
      status: 0xb000,
      identifier: dataSet("FailedSOPInstanceUIDList=1.2", "PatientName=Secret"),
    };
    const tell = (log: ToolLog): void => logRetrieveResponse(log, "C-MOVE", response);
    const usual = written("info", tell).join("\n");
    assert.match(usual, /# Response Identifier\nI: \(0008,0058\) UI \[1\.2\]/);
    assert.doesNotMatch(usual, /Secret/);
    assert.match(written("debug", tell).join("\n"), /Secret/);
    const { identifier: _identifier, ...other } = response;
    const empty = { ...other, identifier: dataSet("PatientName=Secret") };
    const lines = written("info", (log) => logRetrieveResponse(log, "C-MOVE", empty));
    assert.deepEqual(lines.slice(2, 6), ["I: ", "I: # Response Identifier", "I: ", lines[5]]);
  },
});
