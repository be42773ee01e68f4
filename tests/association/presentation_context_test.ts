import assert from "node:assert/strict";
import { contextRejectionReason } from "../../lib/association/presentation_context.ts";
import { pure } from "../support/requesting.ts";

pure("`contextRejectionReason()` says every result of PS3.8 table 9-18, and any other", () => {
  const cases: [result: number, reason: string][] = [
    [0, "the acceptor answered with a transfer syntax that was not proposed"],
    [1, "rejected by the user"],
    [2, "rejected, no reason given"],
    [3, "abstract syntax not supported"],
    [4, "transfer syntaxes not supported"],
    [5, "rejected with the undefined result 5"],
    [255, "rejected with the undefined result 255"],
  ];
  for (const [result, reason] of cases) assert.equal(contextRejectionReason(result), reason);
});
