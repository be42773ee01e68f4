import assert from "node:assert/strict";
import { ConnectionError, TlsError, type TlsFault } from "../../lib/errors.ts";
import { codeOf, tlsError, tlsFault } from "../../lib/net/tls_fault.ts";

const FAULTS: readonly (readonly [error: unknown, fault: TlsFault])[] = [
  [{ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }, "unknown-authority"],
  [{ code: "DEPTH_ZERO_SELF_SIGNED_CERT" }, "unknown-authority"],
  [{ code: "SELF_SIGNED_CERT_IN_CHAIN" }, "unknown-authority"],
  [{ code: "CERT_HAS_EXPIRED" }, "expired"],
  [{ code: "CERT_NOT_YET_VALID" }, "not-yet-valid"],
  [{ code: "ERR_TLS_CERT_ALTNAME_INVALID" }, "wrong-host"],
  [{ code: "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE" }, "no-certificate"],
  [{ code: "ERR_SSL_WRONG_VERSION_NUMBER" }, "no-tls"],
  [new Error("received fatal alert: CertificateRequired"), "certificate-wanted"],
  [new Error("received fatal alert: UnknownCA"), "certificate-refused"],
  [new Error("received fatal alert: CertificateExpired"), "certificate-refused"],
  [new Error("received fatal alert: HandshakeFailure"), "nothing-in-common"],
  [new Error("received fatal alert: ProtocolVersion"), "nothing-in-common"],
  [new Error("received fatal alert: InternalError"), "other"],
  [new Error("peer is incompatible: NoCipherSuitesInCommon"), "nothing-in-common"],
  [new Error("received corrupt message of type InvalidContentType"), "no-tls"],
  [new Error("invalid peer certificate: NotValidYet"), "not-yet-valid"],
  [new Error("invalid peer certificate: BadEncoding"), "bad-certificate"],
  [{ code: "ECONNRESET" }, "closed"],
  [new ConnectionError("Cannot read from the peer: Connection reset by peer"), "closed"],
  [new Error("unexpected end of file"), "closed"],
  [new Error("something else"), "other"],
  ["no error at all", "other"],
];

for (const [error, fault] of FAULTS) {
  const name = error instanceof Error ? error.message : codeOf(error) || String(error);
  Deno.test({
    name: `tlsFault() understands ${name} as ${fault}`,
    permissions: "none",
    fn: () => assert.equal(tlsFault(error), fault),
  });
}

const CIRCUMSTANCES = {
  side: "client",
  doing: "connect to pacs:2762 by TLS",
  hasIdentity: false,
} as const;

const SPOKEN: readonly (readonly [beginning: string, words: string])[] = [
  ["\x01\0\0\0\0\xcd", "DICOM without TLS"],
  ["\x07\0\0\0\0\x04", "DICOM without TLS"],
  ["GET / ", "HTTP, not TLS"],
  ["SSH-2.", "SSH, not TLS"],
  ["hello!", "something else than TLS"],
  ["", "something else than TLS"],
];

for (const [beginning, words] of SPOKEN) {
  Deno.test({
    name: `tlsError() says that ${JSON.stringify(beginning)} is ${words}`,
    permissions: "none",
    fn: () => {
      const bytes = Uint8Array.from(beginning, (character) => character.charCodeAt(0));
      const error = tlsError({ code: "ERR_SSL_WRONG_VERSION_NUMBER" }, {
        ...CIRCUMSTANCES,
        beginning: bytes,
      });
      assert.equal(error.message, `Cannot connect to pacs:2762 by TLS: it speaks ${words}`);
    },
  });
}

Deno.test({
  name: "tlsError() says what is in common here, and what else a refused handshake may mean",
  permissions: "none",
  fn: () => {
    const cause = new Error("received fatal alert: HandshakeFailure");
    const error = tlsError(cause, CIRCUMSTANCES);
    assert.ok(error instanceof TlsError);
    assert.equal(error.fault, "nothing-in-common");
    assert.equal(error.cause, cause);
    assert.match(error.message, /TLS 1\.2 and 1\.3, with ECDHE .* RSA key exchange or CBC suites/);
    assert.match(error.message, /or it wants a certificate of us \(received fatal alert/);
    const own = tlsError(cause, { ...CIRCUMSTANCES, hasIdentity: true });
    assert.doesNotMatch(own.message, /wants a certificate/);
  },
});

Deno.test({
  name: "tlsError() passes on what it does not understand",
  permissions: "none",
  fn: () => {
    const error = tlsError(new Error("out of luck"), CIRCUMSTANCES);
    assert.equal(error.message, "Cannot connect to pacs:2762 by TLS: out of luck");
  },
});
