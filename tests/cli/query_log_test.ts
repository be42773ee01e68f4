import assert from "node:assert/strict";
import { type LogLevel, ToolLog } from "../../cli/log.ts";
import { logFindRequest, logFindResponse } from "../../cli/query_log.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { DataSetError } from "../../lib/errors.ts";
import type { FindResponse } from "../../lib/service/query_scu.ts";

function written(level: LogLevel, write: (log: ToolLog) => void): string[] {
  let text = "";
  write(new ToolLog(level, (line) => void (text += line)));
  return text.split("\n").slice(0, -1);
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

const IDENTIFIER = new DataSet();
applyKeywordPath(IDENTIFIER, "PatientName=Doe^John");
const NAME_LINE = "I: (0010,0010) PN [Doe^John]                               # 1 PatientName";

pure("logFindRequest() writes the seed's lines", () => {
  assert.deepEqual(written("info", (log) => logFindRequest(log, 7, IDENTIFIER, true)), [
    "I: Sending Find Request: MsgID 7",
    "I: ",
    "I: # Request Identifier",
    NAME_LINE,
    "I: ",
  ]);
  assert.deepEqual(written("warning", (log) => logFindRequest(log, 7, IDENTIFIER, true)), []);
});

pure("logFindRequest() and logFindResponse() keep values back that go elsewhere", () => {
  const response = { number: 3, isFinal: false, status: 0xff00, identifier: IDENTIFIER };
  for (
    const write of [
      (log: ToolLog) => logFindRequest(log, 7, IDENTIFIER, false),
      (log: ToolLog) => logFindResponse(log, response, false),
    ]
  ) {
    assert.doesNotMatch(written("info", write).join("\n"), /Doe/);
    assert.match(written("verbose", write).join("\n"), /Doe\^John/);
  }
});

const RESPONSES: readonly (readonly [response: Partial<FindResponse>, lines: string[]])[] = [
  [{ status: 0xff00, identifier: IDENTIFIER }, [
    "I: Find SCP Response: 3 - 0xFF00 (Pending)",
    "I: ",
    "I: # Response Identifier",
    NAME_LINE,
    "I: ",
  ]],
  [{ status: 0xff01, identifier: new DataSet() }, ["I: Find SCP Response: 3 - 0xFF01 (Pending)"]],
  [{ status: 0xff00, identifierError: new DataSetError("Cannot decode") }, [
    "I: Find SCP Response: 3 - 0xFF00 (Pending)",
    "E: Failed to decode the received Identifier dataset",
    "E: Cannot decode",
  ]],
  [{ status: 0x0000, isFinal: true }, ["I: Find SCP Result: 0x0000 (Success)"]],
  [{ status: 0xfe00, isFinal: true }, [
    "I: Find SCP Result: 0xFE00 (Cancel)",
    "W: The peer says: matching terminated by cancel (0xFE00)",
  ]],
  [{ status: 0xc001, isFinal: true, errorComment: "a\x1bb" }, [
    "I: Find SCP Result: 0xC001 (Failure)",
    "E: The peer says: unable to process (0xC001)",
    "E: Error Comment: a\\x1bb",
  ]],
];

for (const [response, lines] of RESPONSES) {
  pure(`logFindResponse() writes ${lines.length} lines, the first "${lines[0]}"`, () => {
    const whole: FindResponse = { number: 3, isFinal: false, status: 0, ...response };
    assert.deepEqual(written("info", (log) => logFindResponse(log, whole, true)), lines);
  });
}
