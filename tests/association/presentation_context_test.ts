import assert from "node:assert/strict";
import {
  type AcceptedContext,
  contextRejectionReason,
  type RejectedContext,
  usableContext,
} from "../../lib/association/presentation_context.ts";
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

pure("`usableContext()` gives the first, or says by every reason why there is none", () => {
  const accepted = (
    abstractSyntax: string,
    requestorIsScp: boolean,
    requestorIsScu = false,
  ): AcceptedContext => ({
    id: 1,
    abstractSyntax,
    transferSyntax: "1.2.840.10008.1.2",
    requestorIsScu,
    requestorIsScp,
  });
  const rejected = (abstractSyntax: string, reason: string): RejectedContext => ({
    id: 3,
    abstractSyntax,
    transferSyntaxes: [],
    result: 4,
    reason,
  });
  const cases: [AcceptedContext[], RejectedContext[], string][] = [
    [[], [], "it was not proposed"],
    [[accepted("1.9", true)], [rejected("1.8", "no")], "it was not proposed"],
    [[], [rejected("1.2", "no"), rejected("1.2", "never")], "no; never"],
    [[accepted("1.2", true)], [], "it was accepted for the role of SCP only"],
    [[accepted("1.2", false)], [rejected("1.2", "no")], "no; it was accepted for no role"],
  ];
  for (const [yes, no, why] of cases) {
    assert.throws(() => usableContext("1.2", yes, no), {
      name: "NegotiationError",
      message: `Cannot use 1.2: the peer accepted no presentation context for it (${why})`,
    });
  }
  const usable = accepted("1.2", false, true);
  const contexts = [accepted("1.1", false, true), accepted("1.2", true), usable, { ...usable }];
  assert.equal(usableContext("1.2", contexts, []), usable);
});
