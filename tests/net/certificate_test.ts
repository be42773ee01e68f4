import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { DataSetError } from "../../lib/errors.ts";
import { readCertificate } from "../../lib/net/certificate.ts";
import { tlsText } from "../support/tls_fixtures.ts";

function derOf(name: string): Uint8Array {
  return new Uint8Array(new X509Certificate(tlsText(`${name}.pem`)).raw);
}

Deno.test("readCertificate() tells subject, issuer and other names", () => {
  const { fingerprint, ...names } = readCertificate(derOf("client"));
  assert.deepEqual(names, {
    subject: "CN=CT 1,OU=Radiology,O=Hospital\\, North,DC=example",
    issuer: "CN=Hospital CA",
    alternativeNames: [
      "DNS:ct1.hospital",
      "IP:10.1.2.3",
      "IP:fd00:0:0:0:0:0:0:5",
      "URI:urn:ct1",
      "EMAIL:ct1@hospital",
    ],
  });
  const openssl = new X509Certificate(tlsText("client.pem")).fingerprint256;
  assert.equal(fingerprint, openssl.replaceAll(":", "").toLowerCase());
});

Deno.test("readCertificate() finds no other names where there are none", () => {
  assert.deepEqual(readCertificate(derOf("authority")).alternativeNames, []);
});

/** A TLV of DER. */
function tlv(tag: number, ...contents: (Uint8Array | number[])[]): Uint8Array {
  const content = Uint8Array.from(contents.flatMap((each) => [...each]));
  return Uint8Array.from([tag, 0x82, content.length >> 8, content.length & 0xff, ...content]);
}

function certificateOf(subject: Uint8Array, ...extensions: Uint8Array[]): Uint8Array {
  const name = tlv(0x30);
  const filler = tlv(0x30);
  const all = extensions.length === 0 ? [] : [tlv(0xa3, tlv(0x30, ...extensions))];
  return tlv(0x30, tlv(0x30, [2, 1, 1], filler, name, filler, subject, filler, ...all));
}

function attribute(oid: number[], tag: number, text: number[]): Uint8Array {
  return tlv(0x31, tlv(0x30, tlv(0x06, oid), tlv(tag, text)));
}

const COMMON_NAME = [0x55, 4, 3];
const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];

/** What a name may hold that would read as more than one, or as lines of a log. */
const VALUES: readonly (readonly [tag: number, bytes: number[], expected: string])[] = [
  [0x0c, bytesOf("a,CN=b"), "CN=a\\,CN\\=b"],
  [0x0c, bytesOf('a+b;<c>"\\'), 'CN=a\\+b\\;\\<c\\>\\"\\\\'],
  [0x0c, bytesOf("a\nCN=b"), "CN=a\\0aCN\\=b"],
  [0x0c, bytesOf(" a "), "CN=\\ a\\ "],
  [0x0c, bytesOf("#a"), "CN=\\#a"],
  [0x0c, bytesOf("Müller"), "CN=Müller"],
  [0x1e, [0, 0x4d, 0, 0xfc], "CN=Mü"],
  [0x1c, [0, 1, 0xf6, 0, 0, 0x7f, 0xff, 0xff], "CN=\u{1f600}\ufffd"],
];

for (const [tag, bytes, expected] of VALUES) {
  Deno.test({
    name: `readCertificate() writes a name as ${JSON.stringify(expected)}`,
    permissions: "none",
    fn: () => {
      const subject = tlv(0x30, attribute(COMMON_NAME, tag, bytes));
      assert.equal(readCertificate(certificateOf(subject)).subject, expected);
    },
  });
}

Deno.test({
  name: "readCertificate() names attributes by OID where they have no other name",
  permissions: "none",
  fn: () => {
    const subject = tlv(
      0x30,
      attribute([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], 0x16, bytesOf("a@b")),
      attribute([0x2b, 6, 1, 4, 1, 0x81, 0x10], 0x0c, bytesOf("x")),
    );
    assert.equal(
      readCertificate(certificateOf(subject)).subject,
      "1.3.6.1.4.1.144=x,emailAddress=a@b",
    );
  },
});

Deno.test({
  name: "readCertificate() takes no control characters from other names",
  permissions: "none",
  fn: () => {
    const names = tlv(
      0x30,
      tlv(0x82, bytesOf("a\nDNS:b")),
      tlv(0xa4, tlv(0x30, attribute(COMMON_NAME, 0x0c, bytesOf("d")))),
      tlv(0xa0, tlv(0x06, [0x55])),
    );
    const extension = tlv(0x30, tlv(0x06, [0x55, 0x1d, 0x11]), [1, 1, 255], tlv(0x04, names));
    assert.deepEqual(
      readCertificate(certificateOf(tlv(0x30), extension)).alternativeNames,
      ["DNS:a\ufffdDNS:b", "DN:CN=d"],
    );
  },
});

Deno.test("readCertificate() refuses what is cut or changed, and never fails otherwise", () => {
  const der = derOf("client");
  for (let length = 0; length < der.length; length += 7) {
    assert.throws(() => readCertificate(der.subarray(0, length)), DataSetError, `${length}`);
  }
  for (let offset = 0; offset < der.length; offset += 1) {
    const changed = der.slice();
    changed[offset] = (changed[offset] ?? 0) ^ 0xff;
    try {
      readCertificate(changed);
    } catch (error) {
      assert.ok(error instanceof DataSetError, `${offset}: ${error}`);
    }
  }
});
