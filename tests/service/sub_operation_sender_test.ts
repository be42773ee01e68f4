import assert from "node:assert/strict";
import { NegotiationError } from "../../lib/errors.ts";
import type { StoredInstance } from "../../lib/handler/handler.ts";
import { performSubOperation } from "../../lib/service/sub_operation_sender.ts";
import { PieceBuffer } from "../../lib/service/stream_source.ts";
import { settle } from "../support/fake_clock.ts";
import { EXPLICIT } from "../support/core_pair.ts";
import { pure, requesting } from "../support/requesting.ts";
import { stored, takeInstance } from "../support/retrieving.ts";

const MR = "1.2.840.10008.5.1.4.1.1.4";

pure("`performSubOperation()` says how one ended, and reports what no response says", async () => {
  const gone = new RangeError("gone");
  const failing: StoredInstance["open"] = () => {
    throw gone;
  };
  const cases: [
    name: string,
    instance: StoredInstance,
    status: number | undefined,
    result: string,
    handlerErrors: unknown[],
    failures: number,
  ][] = [
    ["success", stored("1.2.3"), 0x0000, "completed", [], 0],
    ["a warning", stored("1.2.3"), 0xb007, "warning", [], 0],
    ["a failure", stored("1.2.3"), 0xa700, "failed", [], 0],
    ["no context", stored("1.2.3", { sopClassUid: MR, open: failing }), undefined, "failed", [], 1],
    ["no data set", stored("1.2.3", { open: failing }), undefined, "failed", [gone], 1],
    [
      "a data set that is locked",
      stored("1.2.3", {
        open() {
          const stream = new Blob([]).stream();
          stream.getReader();
          return stream;
        },
      }),
      undefined,
      "failed",
      [],
      1,
    ],
    [
      "a data set that cannot be converted",
      stored("1.2.3", { transferSyntaxUid: EXPLICIT, open: () => new Blob(["xxxxx"]).stream() }),
      undefined,
      "failed",
      ["conversion"],
      1,
    ],
  ];
  const { peer, associated, end } = requesting();
  const association = await associated();
  for (const [name, instance, status, result, handlerErrors, failures] of cases) {
    const errors: unknown[] = [];
    const failed: [string, unknown][] = [];
    const performed = performSubOperation(association, instance, {
      contexts: association.acceptedContexts,
      buffer: new PieceBuffer(),
      priority: 0,
      onHandlerError: (error) => errors.push(error),
      onSubOperationFailed: (uid, error) => failed.push([uid, error]),
    });
    if (status !== undefined) await takeInstance(peer, status);
    assert.equal(await performed, result, name);
    if (handlerErrors[0] === "conversion") assert.match(String(errors[0]), /Cannot/, name);
    else assert.deepEqual(errors, handlerErrors, name);
    assert.equal(failed.length, failures, name);
    if (name === "no context") assert.ok(failed[0]?.[1] instanceof NegotiationError);
    await settle();
    assert.ok(association.isEstablished, name);
  }
  await end(association);
});
