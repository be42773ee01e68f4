import assert from "node:assert/strict";
import { EXIT_CODE, UsageError } from "../../cli/exit_code.ts";
import { exitCodeOf, reportEnd, reportFailure } from "../../cli/failure.ts";
import { InterruptedError } from "../../cli/interrupt.ts";
import { ToolLog } from "../../cli/log.ts";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectionError,
  DataSetError,
  LocalProtocolError,
  NegotiationError,
  RemoteProtocolError,
  TimeoutError,
} from "../../lib/errors.ts";
import { foreignProtocolError } from "../../lib/pdu/foreign_protocol.ts";

function rejection(source: number, reason: number): AssociationRejectedError {
  return new AssociationRejectedError("Rejected", { result: 1, source, reason });
}

const CASES: readonly (readonly [
  error: unknown,
  isConnected: boolean,
  lines: readonly string[],
  code: number,
])[] = [
  [new UsageError("Wrong"), false, ["E: Wrong"], EXIT_CODE.usage],
  [new InterruptedError(), true, ["E: Cancelled"], EXIT_CODE.cancelled],
  [
    new ConnectionError("Refused"),
    false,
    [
      "E: Association request failed: unable to connect to remote",
      "E: TCP Initialisation Error: Refused",
    ],
    EXIT_CODE.connection,
  ],
  [new ConnectionError("Lost"), true, ["E: Lost"], EXIT_CODE.association],
  [new TimeoutError("Slow", "connect"), false, ["E: Slow"], EXIT_CODE.timeout],
  [new TimeoutError("Slow", "dimse"), true, ["E: Slow"], EXIT_CODE.timeout],
  [new AssociationAbortedError("Aborted"), true, ["E: Aborted"], EXIT_CODE.association],
  [new NegotiationError("None"), true, ["E: None"], EXIT_CODE.association],
  [
    new RemoteProtocolError("Nonsense", { source: 2, reason: 1 }),
    true,
    ["E: Nonsense"],
    EXIT_CODE.association,
  ],
  [
    foreignProtocolError("TLS"),
    true,
    [
      "E: Cannot talk DICOM with the peer: it speaks TLS",
      "E: Give --tls, or the port of the peer that is without TLS",
    ],
    EXIT_CODE.association,
  ],
  // The codes of a rejection were told when it came.
  [rejection(2, 2), true, [], EXIT_CODE.association],
  [rejection(3, 7), true, [], EXIT_CODE.association],
  [
    rejection(1, 3),
    true,
    [
      "E: The peer must know our calling AE title: set it with -aet, " +
      "or ask its administrator to enter it",
    ],
    EXIT_CODE.association,
  ],
  [
    rejection(1, 7),
    true,
    ["E: The peer has another AE title: set it with -aec"],
    EXIT_CODE.association,
  ],
  [
    new LocalProtocolError("Bug"),
    true,
    ["E: Internal error, please report it: Bug"],
    EXIT_CODE.internal,
  ],
  [
    new DataSetError("Bug"),
    true,
    ["E: Internal error, please report it: Bug"],
    EXIT_CODE.internal,
  ],
  ["text", true, ["E: Internal error, please report it: text"], EXIT_CODE.internal],
];

for (const [error, isConnected, lines, code] of CASES) {
  const name = error instanceof Error ? `${error.name} "${error.message}"` : String(error);
  Deno.test({
    name: `reportFailure() returns ${code} for ${name}, ${isConnected ? "" : "not "}connected`,
    permissions: "none",
    fn: () => {
      let written = "";
      const log = new ToolLog("info", (text) => void (written += text));
      assert.equal(reportFailure(log, error, isConnected), code);
      assert.deepEqual(written.split("\n").slice(0, -1), lines);
      assert.equal(exitCodeOf(error, isConnected), code);
    },
  });
}

Deno.test({
  name: "reportFailure() shows the stack with -d only",
  permissions: "none",
  fn: () => {
    let written = "";
    reportFailure(new ToolLog("debug", (text) => void (written += text)), new TypeError("x"), true);
    assert.match(written, /^D: TypeError: x\nD: {5}at /m);
  },
});

const ENDS: readonly (readonly [
  isCancelled: boolean,
  isConnected: boolean,
  code: number,
  lines: readonly string[],
])[] = [
  [true, true, EXIT_CODE.cancelled, ["E: Cancelled"]],
  [true, false, EXIT_CODE.cancelled, ["E: Cancelled"]],
  [false, true, EXIT_CODE.association, ["E: Gone"]],
  [false, false, EXIT_CODE.connection, [
    "E: Association request failed: unable to connect to remote",
    "E: TCP Initialisation Error: Gone",
  ]],
];

for (const [isCancelled, isConnected, code, lines] of ENDS) {
  const run = { isCancelled, isConnected };
  Deno.test({
    name: `reportEnd() returns ${code} for ${JSON.stringify(run)}`,
    permissions: "none",
    fn: () => {
      let written = "";
      const log = new ToolLog("info", (text) => void (written += text));
      assert.equal(reportEnd(log, new ConnectionError("Gone"), run), code);
      assert.deepEqual(written.split("\n").slice(0, -1), lines);
    },
  });
}
