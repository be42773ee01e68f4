import assert from "node:assert/strict";
import { hostAndPort, parseAeTitle, parseDestination } from "../../plugins/forward_destination.ts";
import { pure } from "../support/requesting.ts";

const ADDRESSES: Readonly<Record<string, readonly [string, string, number]>> = {
  "PACS@host:104": ["PACS", "host", 104],
  "PACS@10.0.0.5:11112": ["PACS", "10.0.0.5", 11112],
  "PACS@[::1]:104": ["PACS", "::1", 104],
  "PACS@[fe80::1%eth0]:65535": ["PACS", "fe80::1%eth0", 65535],
  " A B @pacs.example.org:1": ["A B", "pacs.example.org", 1],
  "A@B@a_b-c:104": ["A@B", "a_b-c", 104],
};

pure("parseDestination() reads AET@host:port", () => {
  for (const [text, [aeTitle, hostname, port]] of Object.entries(ADDRESSES)) {
    assert.deepEqual(parseDestination(text), { aeTitle, hostname, port, tls: false }, text);
  }
});

const BY_TLS: Readonly<Record<string, readonly [hostname: string, port: number, tls: boolean]>> = {
  "PACS@tls:host:2762": ["host", 2762, true],
  "PACS@tls:[::1]:2762": ["::1", 2762, true],
  "PACS@tls:104": ["tls", 104, false],
  "PACS@tls:tls:104": ["tls", 104, true],
};

pure("parseDestination() reads AET@tls:host:port, and a host that is called tls", () => {
  for (const [text, [hostname, port, tls]] of Object.entries(BY_TLS)) {
    assert.deepEqual(parseDestination(text), { aeTitle: "PACS", hostname, port, tls }, text);
  }
});

const FORM = "it is not of the form AET@host:port, with an IPv6 address in brackets";
const WRONG: readonly (readonly [text: string, message: string])[] = [
  ["", `Cannot forward to "": ${FORM}`],
  ["host:104", `Cannot forward to "host:104": ${FORM}`],
  ["PACS@host", `Cannot forward to "PACS@host": ${FORM}`],
  ["PACS@:104", `Cannot forward to "PACS@:104": ${FORM}`],
  ["PACS@::1:104", `Cannot forward to "PACS@::1:104": ${FORM}`],
  ["PACS@host/x:104", `Cannot forward to "PACS@host/x:104": ${FORM}`],
  ["PACS@host:x", `Cannot forward to "PACS@host:x": ${FORM}`],
  ["PACS@host:0", 'Cannot forward to "PACS@host:0": port 0 is out of range'],
  ["PACS@host:65536", 'Cannot forward to "PACS@host:65536": port 65536 is out of range'],
  ["PACS@[1:2]:104", 'Cannot forward to "PACS@[1:2]:104": 1:2 is no IPv6 address'],
  [
    "@host:104",
    'Cannot use AE title "": it has to be of 1 to 16 ASCII characters without backslash and ' +
    "control characters",
  ],
];

pure("parseDestination() says what is wrong with an address", () => {
  for (const [text, message] of WRONG) {
    assert.throws(() => parseDestination(text), { name: "TypeError", message });
  }
});

pure("parseAeTitle() takes 1 to 16 characters that an AE title may have", () => {
  for (const title of ["A", "A".repeat(16), "A.B:C/D", "a b"]) {
    assert.equal(parseAeTitle(title), title);
  }
  assert.equal(parseAeTitle("  A  "), "A");
  for (const title of ["", "   ", "A".repeat(17), "A\\B", "A\nB", "É"]) {
    assert.throws(() => parseAeTitle(title), TypeError, title);
  }
});

pure("hostAndPort() writes what permissions name", () => {
  const aeTitle = "A";
  assert.equal(hostAndPort({ aeTitle, hostname: "host", port: 104, tls: false }), "host:104");
  assert.equal(hostAndPort({ aeTitle, hostname: "::1", port: 104, tls: true }), "[::1]:104");
});
