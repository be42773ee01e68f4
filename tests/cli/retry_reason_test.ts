import assert from "node:assert/strict";
import { reasonOfError, reasonOfStatus } from "../../cli/retry_reason.ts";
import { UsageError } from "../../cli/exit_code.ts";
import { InterruptedError } from "../../cli/interrupt.ts";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectionError,
  DataSetError,
  LocalProtocolError,
  NegotiationError,
  RemoteProtocolError,
  TimeoutError,
  TlsError,
} from "../../lib/errors.ts";
import { pure } from "../support/requesting.ts";

function rejected(result: number, source: number, reason: number): Error {
  return new AssociationRejectedError("Rejected", { result, source, reason });
}

const ERRORS: readonly [name: string, error: unknown, cause?: string][] = [
  ["no connection", new ConnectionError("Refused"), "connection"],
  ["a TLS handshake that broke off", new TlsError("Cannot connect", "closed"), "connection"],
  ["no answer", new TimeoutError("Too late", "connect"), "timeout"],
  ["a response that does not come", new TimeoutError("Too late", "dimse"), "timeout"],
  ["an abort", new AssociationAbortedError("Aborted"), "aborted"],
  ["a transient rejection", rejected(2, 1, 1), "rejected"],
  ["congestion", rejected(2, 3, 1), "rejected"],
  ["a local limit that is called permanent", rejected(1, 3, 2), "rejected"],
  ["a permanent rejection", rejected(1, 1, 1)],
  ["an AE title that is not known", rejected(1, 1, 3)],
  ["a version that is not supported", rejected(1, 2, 2)],
  ["no presentation context", new NegotiationError("None")],
  ["a peer that breaks the rules", new RemoteProtocolError("Bad", { source: 2, reason: 1 })],
  ["our own mistake", new LocalProtocolError("Bad")],
  ["a broken data set", new DataSetError("Bad")],
  ["wrong usage", new UsageError("Bad")],
  ["the user", new InterruptedError()],
  ["a bug", new TypeError("Bad")],
  ["what is no error", "Bad"],
  [
    "a certificate that is not trusted",
    new TlsError("Cannot connect", "unknown-authority"),
  ],
  [
    "a permission that is missing",
    new ConnectionError("No", { cause: new Deno.errors.NotCapable("Requires net access") }),
  ],
];

for (const [name, error, cause] of ERRORS) {
  pure(`reasonOfError() says ${cause ?? "that it is of no use"} of ${name}`, () => {
    const reason = reasonOfError(error);
    assert.equal(reason?.cause, cause);
    if (reason !== undefined && error instanceof Error) {
      assert.equal(reason.sentence, error.message);
    }
  });
}

const STATUSES: readonly [status: number, may: boolean][] = [
  [0x0000, false],
  [0x0110, false],
  [0x0122, false],
  [0x0213, true],
  [0xa6ff, false],
  [0xa700, true],
  [0xa702, true],
  [0xa7ff, true],
  [0xa801, false],
  [0xa900, false],
  [0xb000, false],
  [0xc000, false],
  [0xfe00, false],
];

for (const [status, may] of STATUSES) {
  pure(`reasonOfStatus() tells whether ${status.toString(16)} may pass`, () => {
    const reason = reasonOfStatus(status, "C-STORE");
    assert.equal(reason !== undefined, may);
    assert.equal(reason?.cause, may ? "status" : undefined);
  });
}

pure("reasonOfStatus() says what the peer says", () => {
  assert.equal(
    reasonOfStatus(0xa700, "C-STORE")?.sentence,
    "The peer says: refused: out of resources (0xA700)",
  );
});
