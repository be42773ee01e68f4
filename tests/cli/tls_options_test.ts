import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import {
  asksClients,
  requireListenFiles,
  type TlsChoice,
  tlsChoice,
  tlsListenOptions,
} from "../../cli/tls_options.ts";

function parse(line: string, purpose?: "others too"): TlsChoice {
  const result = tlsListenOptions("both").parse(line.split(" ").filter((word) => word !== ""));
  assert.ok(result.success, line);
  return tlsChoice(result.value, purpose);
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("without --tls there is none", () => {
  assert.deepEqual(parse(""), {
    isOn: false,
    files: {
      caFiles: [],
      certFile: undefined,
      keyFile: undefined,
      keyPassphraseFile: undefined,
      verifyHost: undefined,
    },
    clientCertificate: undefined,
  });
});

pure("tlsChoice() has the files", () => {
  const { isOn, files, clientCertificate } = parse(
    "--tls --ca a --ca b --cert c --key k --key-passphrase-file p --no-tls-verify-host " +
      "--tls-client-cert request",
  );
  assert.equal(isOn, true);
  assert.deepEqual(files, {
    caFiles: ["a", "b"],
    certFile: "c",
    keyFile: "k",
    keyPassphraseFile: "p",
    verifyHost: false,
  });
  assert.equal(clientCertificate, "request");
});

pure("the last of --tls-verify-host and its contrary counts", () => {
  assert.equal(parse("--tls --ca a --no-tls-verify-host --tls-verify-host").files.verifyHost, true);
});

const WRONG: readonly (readonly [line: string, message: RegExp])[] = [
  [
    "--ca a",
    /^Cannot use --ca, --cert, --key and the like without --tls: nothing would go by TLS$/,
  ],
  ["--cert c --key k", /without --tls: /],
  ["--tls-verify-host", /without --tls: /],
  ["--tls-client-cert require", /without --tls: /],
  ["--tls --cert c", /^Cannot use --cert without --key/],
  ["--tls --key k", /^Cannot use --key without --cert/],
  ["--tls --key-passphrase-file p", /^Cannot use --key-passphrase-file without --key$/],
  ["--tls --no-tls-verify-host", /^Cannot use --no-tls-verify-host without --ca/],
];

for (const [line, message] of WRONG) {
  pure(`tlsChoice() refuses ${line}`, () => {
    assert.throws(() => parse(line), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  });
}

pure("where others than the peer may be called by TLS, files do without --tls", () => {
  assert.equal(parse("--ca a --cert c --key k", "others too").isOn, false);
});

const LISTENING: readonly (readonly [line: string, message: RegExp | undefined])[] = [
  ["--tls --cert c --key k", undefined],
  ["--tls --cert c --key k --tls-client-cert none", undefined],
  ["--tls --cert c --key k --ca a --tls-client-cert require", undefined],
  ["--tls --ca a", /^Cannot listen by TLS without a certificate: give --cert and --key, or --x$/],
  [
    "--tls --cert c --key k --tls-client-cert require",
    /^Cannot use --tls-client-cert require without --ca/,
  ],
];

for (const [line, message] of LISTENING) {
  pure(`requireListenFiles() ${message === undefined ? "takes" : "refuses"} ${line}`, () => {
    const check = (): void => requireListenFiles(parse(line), "--x");
    if (message === undefined) check();
    else {assert.throws(check, (error) =>
        error instanceof UsageError && message.test(error.message));}
  });
}

const ASKING: readonly (readonly [line: string, isAsked: boolean])[] = [
  ["--tls --cert c --key k", false],
  ["--tls --cert c --key k --ca a", true],
  ["--tls --cert c --key k --ca a --tls-client-cert none", false],
  ["--tls --cert c --key k --ca a --tls-client-cert request", true],
];

for (const [line, isAsked] of ASKING) {
  pure(
    `asksClients() is ${isAsked} for ${line}`,
    () => assert.equal(asksClients(parse(line)), isAsked),
  );
}
