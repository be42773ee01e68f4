import assert from "node:assert/strict";
import {
  abortCode,
  bytesToSend,
  messageToSend,
  type Sendable,
  startsAbort,
  UNEXPECTED_PDU,
  unexpectedPdu,
  USER_ABORT,
} from "../../lib/association/output.ts";
import { type Action, effectOf } from "../../lib/association/state_machine.ts";
import { type AbortCode, LocalProtocolError } from "../../lib/errors.ts";
import { encodePdu } from "../../lib/pdu/encoder.ts";
import { sampleRequest } from "../support/core_pair.ts";
import { pure } from "../support/requesting.ts";

const BOTH = { role: "acceptor", acceptable: true } as const;
const FOUND: AbortCode = { source: 2, reason: 6 };

pure("`abortCode()` aborts as the user in AA-1, as the provider in AA-7 and AA-8", () => {
  const cases: [Action, AbortCode][] = [
    ["AA-1", { source: 0, reason: 0 }],
    ["AA-7", FOUND],
    ["AA-8", FOUND],
  ];
  for (const [action, expected] of cases) {
    assert.deepEqual(abortCode(effectOf(action, BOTH), FOUND), expected, action);
  }
});

pure("`bytesToSend()` encodes what each action sends", () => {
  const request = sampleRequest();
  const reject = { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 } as const;
  const framed = Uint8Array.of(4, 0, 0, 0, 0, 0);
  const cases: [Action, Sendable | undefined, string | undefined][] = [
    ["AE-1", undefined, undefined],
    ["AE-2", request, encodePdu(request).toHex()],
    ["AE-3", request, undefined],
    ["AE-8", reject, "03000000000400010107"],
    ["AE-8", undefined, undefined],
    ["DT-1", framed, "040000000000"],
    ["AR-1", undefined, "05000000000400000000"],
    ["AR-1", request, "05000000000400000000"],
    ["AR-4", request, "06000000000400000000"],
    ["AR-9", undefined, "06000000000400000000"],
    ["AA-1", USER_ABORT, "07000000000400000000"],
    ["AA-1", UNEXPECTED_PDU, "07000000000400000000"],
    ["AA-1", undefined, "07000000000400000000"],
    ["AA-7", UNEXPECTED_PDU, "07000000000400000202"],
    ["AA-8", FOUND, "07000000000400000206"],
    ["AA-8", request, "07000000000400000000"],
    ["AA-2", USER_ABORT, undefined],
  ];
  for (const [action, sent, hex] of cases) {
    assert.equal(bytesToSend(effectOf(action, BOTH), sent)?.toHex(), hex, action);
  }
});

Deno.test({
  name: "startsAbort() tells AA-1 and AA-8 from AA-7 and from all that send no A-ABORT",
  permissions: "none",
  fn(): void {
    const condition = { role: "acceptor", acceptable: true } as const;
    const cases = [["AA-1", true], ["AA-8", true], ["AA-7", false], ["AE-8", false]] as const;
    for (const [action, expected] of cases) {
      assert.equal(startsAbort(effectOf(action, condition)), expected, action);
    }
  },
});

Deno.test({
  name: "unexpectedPdu() is answered as an unexpected PDU, and names the event",
  permissions: "none",
  fn(): void {
    const error = unexpectedPdu("Evt6");
    assert.deepEqual(error.abort, { source: 2, reason: 2 });
    assert.equal(error.message, "Cannot go on: a PDU came that is not expected now (Evt6)");
  },
});

pure("`messageToSend()` takes a data set where one is announced, and none where none is", () => {
  const request = {
    type: "C-STORE-RQ",
    messageId: 1,
    affectedSopClassUid: "1.2",
    affectedSopInstanceUid: "1.3",
    priority: 0,
  } as const;
  const dataSet = Uint8Array.of(1, 2, 3, 4);
  const bytes = messageToSend(5, { ...request, hasDataSet: true }, dataSet, 0);
  assert.deepEqual(bytes.subarray(-4), dataSet);
  const bare = messageToSend(5, { ...request, hasDataSet: false }, undefined, 0);
  assert.ok(bare.byteLength < bytes.byteLength);
  for (const hasDataSet of [true, false]) {
    const given = hasDataSet ? undefined : dataSet;
    assert.throws(
      () => messageToSend(5, { ...request, hasDataSet }, given, 0),
      (error) => error instanceof LocalProtocolError && /C-STORE-RQ.*announced/.test(error.message),
    );
  }
});
