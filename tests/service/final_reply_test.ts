import assert from "node:assert/strict";
import { DataSetError } from "../../lib/errors.ts";
import type { StatusReply } from "../../lib/handler/handler.ts";
import { brokenIdentifierReply, failureReply } from "../../lib/service/final_reply.ts";
import { pure } from "../support/requesting.ts";

pure("`failureReply()` is the status that was thrown, with what goes with it", () => {
  const cases: [thrown: unknown, reply: StatusReply][] = [
    [{ status: 0xa900 }, { status: 0xa900 }],
    [Object.assign(new Error("no level"), { status: 0xa900 }), {
      status: 0xa900,
      errorComment: "no level",
    }],
    [
      Object.assign(new Error("no level"), {
        status: 0xa900,
        errorComment: "Query/Retrieve Level is missing",
        offendingElements: [0x00080052, -1, "x"],
      }),
      {
        status: 0xa900,
        errorComment: "Query/Retrieve Level is missing",
        offendingElements: [0x00080052],
      },
    ],
    [{ status: 0xa700, errorComment: 5, message: "full" }, { status: 0xa700 }],
  ];
  for (const [thrown, reply] of cases) {
    assert.deepEqual(failureReply(thrown, () => assert.fail("it has a status")), reply);
  }
});

pure("`failureReply()` reports what has no status that can be sent", () => {
  const reports: unknown[] = [];
  const thrown = [new TypeError("bug"), "word", undefined, { status: 0xff00 }, { status: "0" }];
  for (const error of thrown) {
    assert.deepEqual(failureReply(error, (report) => reports.push(report)), {
      status: 0xc000,
      errorComment: "Unable to process",
    });
  }
  assert.deepEqual(reports, thrown);
});

pure("`brokenIdentifierReply()` says what is wrong, and where", () => {
  const error = new DataSetError("Cannot decode", { tag: 0x00100010, offset: 3 });
  assert.deepEqual(brokenIdentifierReply(error), {
    status: 0xc000,
    errorComment: "Cannot decode",
    offendingElements: [0x00100010],
  });
  assert.deepEqual(brokenIdentifierReply(new DataSetError("Cannot")), {
    status: 0xc000,
    errorComment: "Cannot",
  });
  assert.throws(() => brokenIdentifierReply(new TypeError("bug")), TypeError);
});
