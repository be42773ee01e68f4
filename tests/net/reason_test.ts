import assert from "node:assert/strict";
import { describeAbort, describeRejection, rejectionWords } from "../../lib/net/reason.ts";
import { pure } from "../support/requesting.ts";

pure("`rejectionWords()` knows every code of PS3.8 table 9-21, and gives others as numbers", () => {
  const cases: [codes: [number, number, number], words: [string, string, string]][] = [
    [[1, 1, 1], ["rejected permanently", "service user", "no reason given"]],
    [
      [1, 1, 2],
      ["rejected permanently", "service user", "application context name not supported"],
    ],
    [[1, 1, 3], ["rejected permanently", "service user", "calling AE title not recognised"]],
    [[1, 1, 7], ["rejected permanently", "service user", "called AE title not recognised"]],
    [[1, 1, 4], ["rejected permanently", "service user", "undefined reason 4"]],
    [[1, 2, 1], ["rejected permanently", "service provider (ACSE)", "no reason given"]],
    [
      [1, 2, 2],
      ["rejected permanently", "service provider (ACSE)", "protocol version not supported"],
    ],
    [[2, 2, 7], ["rejected transiently", "service provider (ACSE)", "undefined reason 7"]],
    [
      [2, 3, 1],
      ["rejected transiently", "service provider (presentation)", "temporary congestion"],
    ],
    [
      [2, 3, 2],
      ["rejected transiently", "service provider (presentation)", "local limit exceeded"],
    ],
    [[0, 0, 0], ["undefined result 0", "undefined source 0", "undefined reason 0"]],
    [[255, 4, 9], ["undefined result 255", "undefined source 4", "undefined reason 9"]],
  ];
  for (const [[result, source, reason], words] of cases) {
    const reject = { type: "A-ASSOCIATE-RJ", result, source, reason } as const;
    const found = rejectionWords(reject);
    assert.deepEqual([found.result, found.source, found.reason], words);
    assert.equal(
      describeRejection(reject),
      `Association rejected: ${words[0]} by the ${words[1]}, ${words[2]}`,
    );
  }
});

pure("`describeAbort()` knows every code of PS3.8 table 9-26", () => {
  const provider = "Association aborted by the peer's network layer: ";
  const cases: [source: number, reason: number, sentence: string][] = [
    [0, 0, "Association aborted by the peer's application"],
    [0, 6, "Association aborted by the peer's application"],
    [2, 0, `${provider}no reason given`],
    [2, 1, `${provider}unrecognised PDU`],
    [2, 2, `${provider}unexpected PDU`],
    [2, 3, `${provider}undefined reason 3`],
    [2, 4, `${provider}unrecognised PDU parameter`],
    [2, 5, `${provider}unexpected PDU parameter`],
    [2, 6, `${provider}invalid PDU parameter value`],
    [1, 99, `${provider}undefined reason 99`],
  ];
  for (const [source, reason, sentence] of cases) {
    assert.equal(describeAbort(source, reason), sentence);
  }
});
