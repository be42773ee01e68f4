import assert from "node:assert/strict";
import { checkAuthorities, openIdentity } from "../../lib/net/tls_credentials.ts";
import { authorityOf, identityOf, tlsText } from "../support/tls_fixtures.ts";

Deno.test("openIdentity() takes a certificate with its key", () => {
  const identity = identityOf("client");
  const opened = openIdentity(identity);
  assert.equal(opened.cert, identity.cert);
  assert.match(opened.key, /^-----BEGIN PRIVATE KEY-----/);
});

Deno.test("openIdentity() takes a chain, the own certificate first", () => {
  const { cert, key } = identityOf("client");
  assert.equal(openIdentity({ cert: cert + authorityOf(), key }).cert, cert + authorityOf());
});

Deno.test("openIdentity() opens an encrypted key by its passphrase", () => {
  const { cert } = identityOf("client");
  const key = tlsText("client_encrypted.key");
  const opened = openIdentity({ cert, key, passphrase: "secret" });
  assert.doesNotMatch(opened.key, /ENCRYPTED/);
  assert.equal(openIdentity({ cert, key: opened.key, passphrase: "not needed" }).key, opened.key);
});

const CLIENT = identityOf("client");
const WRONG: readonly (readonly [
  what: string,
  identity: { cert: string; key: string; passphrase?: string },
  message: RegExp,
])[] = [
  [
    "the key of another",
    { ...CLIENT, key: identityOf("server").key },
    /does not belong to the cert/,
  ],
  ["the authority first", { ...CLIENT, cert: authorityOf() + CLIENT.cert }, /does not belong to/],
  [
    "no PEM for the certificate",
    { ...CLIENT, cert: "0\u0082" },
    /^Cannot use the certificate: .*PEM$/,
  ],
  [
    "the key for the certificate",
    { ...CLIENT, cert: CLIENT.key },
    /but "-----BEGIN PRIVATE KEY-----"/,
  ],
  [
    "the certificate for the key",
    { ...CLIENT, key: CLIENT.cert },
    /^Cannot use the private key: .*PEM$/,
  ],
  [
    "a damaged certificate",
    { ...CLIENT, cert: CLIENT.cert.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA") },
    /^Cannot use the certificate: it is damaged$/,
  ],
  [
    "a damaged key",
    { ...CLIENT, key: CLIENT.key.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA") },
    /^Cannot use the private key: it is damaged/,
  ],
  [
    "an encrypted key alone",
    { ...CLIENT, key: tlsText("client_encrypted.key") },
    /it is encrypted, and there is no passphrase$/,
  ],
  [
    "the wrong passphrase",
    { ...CLIENT, key: tlsText("client_encrypted.key"), passphrase: "wrong-passphrase" },
    /^Cannot use the private key: the passphrase does not open it$/,
  ],
];

for (const [what, identity, expected] of WRONG) {
  Deno.test(`openIdentity() refuses ${what}, and tells no secret`, () => {
    assert.throws(() => openIdentity(identity), (error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, expected);
      const told = `${error.stack} ${error.cause}`;
      assert.ok(!told.includes("wrong-passphrase"));
      assert.ok(!told.includes(identity.key.split("\n")[1] ?? "?"));
      return true;
    });
  });
}

Deno.test("checkAuthorities() takes several certificates in one text, and text around them", () => {
  const text = `# two\n${authorityOf()}and\n${authorityOf("other_authority")}`;
  const certificates = checkAuthorities([text, authorityOf()]);
  assert.equal(certificates.length, 3);
  assert.ok(certificates.every((each) => each.startsWith("-----BEGIN CERTIFICATE-----")));
});

Deno.test("checkAuthorities() refuses what is no certificate", () => {
  assert.throws(
    () => checkAuthorities(["x"]),
    /^TypeError: Cannot use the certificate of the authority/,
  );
});
