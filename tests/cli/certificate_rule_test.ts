import assert from "node:assert/strict";
import { parseCertificateRule, satisfies } from "../../cli/certificate_rule.ts";

const CERTIFICATE = {
  subject: "CN=CT 1,OU=Radiology+O=Hospital\\, North,DC=example",
  issuer: "CN=Hospital CA",
  alternativeNames: ["DNS:CT1.hospital", "IP:10.1.2.3", "URI:urn:ct1", "EMAIL:ct@hospital"],
  fingerprint: "ab".repeat(32),
};

const SATISFIED: readonly (readonly [rule: string, isSatisfied: boolean])[] = [
  ["CN=CT 1", true],
  ["CN=CT 1,DC=example", true],
  ["DC=example, CN=CT 1", true],
  ["OU=Radiology", true],
  ["O=Hospital\\, North", true],
  ["CN=CT", false],
  ["CN=CT 11", false],
  ["CN=ct 1", false],
  ["CN=CT 1,O=Elsewhere", false],
  ["O=Hospital", false],
  ["CN=Hospital CA", false],
  ["DNS:ct1.hospital", true],
  ["DNS:ct1", false],
  ["IP:10.1.2.3", true],
  ["IP:10.1.2.30", false],
  ["URI:urn:ct1", true],
  ["EMAIL:ct@hospital", true],
  [`SHA256:${"ab".repeat(32)}`, true],
  [`sha-256:${Array(32).fill("AB").join(":")}`, true],
  [`SHA256:${"ac".repeat(32)}`, false],
];

for (const [text, isSatisfied] of SATISFIED) {
  Deno.test({
    name: `${text.slice(0, 40)} ${isSatisfied ? "is" : "is not"} a certificate's`,
    permissions: "none",
    fn: () => {
      const rule = parseCertificateRule(text);
      assert.ok(rule);
      assert.equal(rule.text, text);
      assert.equal(satisfies(rule, CERTIFICATE), isSatisfied);
    },
  });
}

for (const text of ["", "CT1", "CN=", "CN=CT1,Hospital", "DNS:", "SHA256:abcd", "=x", ","]) {
  Deno.test({
    name: `parseCertificateRule() refuses ${JSON.stringify(text)}`,
    permissions: "none",
    fn: () => assert.equal(parseCertificateRule(text), undefined),
  });
}
