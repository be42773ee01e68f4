import assert from "node:assert/strict";
import { ToolLog } from "../../cli/log.ts";
import { adviceForTls, logTlsCaller } from "../../cli/tls_advice.ts";
import { TlsError, type TlsFault } from "../../lib/errors.ts";

const ADVICE: readonly (readonly [fault: TlsFault, advice: RegExp | undefined])[] = [
  ["unknown-authority", /--ca$/],
  ["wrong-host", /--no-tls-verify-host/],
  ["certificate-wanted", /--cert and --key/],
  ["nothing-in-common", /TLS proxy/],
  ["no-tls", /without --tls/],
  ["closed", /log of the peer/],
  ["other", undefined],
];

for (const [fault, expected] of ADVICE) {
  Deno.test({
    name: `adviceForTls() says what to do about ${fault}`,
    permissions: "none",
    fn: () => {
      const advice = adviceForTls(fault);
      if (expected === undefined) assert.equal(advice, undefined);
      else assert.match(advice ?? "", expected);
    },
  });
}

Deno.test({
  name: "logTlsCaller() asks for a new certificate when ours is refused for its age",
  permissions: "none",
  fn: () => {
    let written = "";
    const log = new ToolLog("info", (text) => void (written += text));
    const why = "it refuses our certificate (received fatal alert: CertificateExpired)";
    logTlsCaller(log, new TlsError(why, "certificate-refused"));
    assert.equal(written, `W: ${why}; have the certificate of --cert renewed, if it has expired\n`);
  },
});

const CALLERS: readonly (readonly [fault: TlsFault, line: string])[] = [
  ["no-tls", "W: Why; switch TLS on there, or give it a port that is without TLS\n"],
  ["unknown-authority", "W: Why; give the certificate of its authority with --ca\n"],
  ["expired", "W: Why\n"],
  ["closed", ""],
];

for (const [fault, line] of CALLERS) {
  Deno.test({
    name: `logTlsCaller() tells at the usual level of ${fault}: ${JSON.stringify(line)}`,
    permissions: "none",
    fn: () => {
      let written = "";
      logTlsCaller(
        new ToolLog("info", (text) => void (written += text)),
        new TlsError("Why", fault),
      );
      assert.equal(written, line);
    },
  });
}
