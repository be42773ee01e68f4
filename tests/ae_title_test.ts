import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  type AeAddress,
  formatAeAddress,
  parseAeAddress,
  validateAeTitle,
} from "../lib/ae_title.ts";

const TITLES: readonly [text: string, title: string][] = [
  ["STORESCP", "STORESCP"],
  ["A", "A"],
  ["0123456789ABCDEF", "0123456789ABCDEF"],
  ["  0123456789ABCDEF  ", "0123456789ABCDEF"],
  [" CT SCANNER 1 ", "CT SCANNER 1"],
  ["../../etc/x", "../../etc/x"],
  ["a@b:c", "a@b:c"],
  ["~!#$%^&*()[]{}", "~!#$%^&*()[]{}"],
];

for (const [text, title] of TITLES) {
  Deno.test({
    name: `validateAeTitle() takes ${JSON.stringify(text)}`,
    permissions: "none",
    fn: () => assert.equal(validateAeTitle(text), title),
  });
}

const WRONG_TITLES: readonly [text: string, state: string][] = [
  ["", "it is empty"],
  ["                ", "it is empty"],
  ["0123456789ABCDEFG", "17 characters exceed the 16 allowed"],
  ["A\\B", "only ASCII characters other than backslash and control characters are allowed"],
  ["A\nB", "only ASCII characters other than backslash and control characters are allowed"],
  ["A\n", "only ASCII characters other than backslash and control characters are allowed"],
  ["\tA", "only ASCII characters other than backslash and control characters are allowed"],
  ["A\0", "only ASCII characters other than backslash and control characters are allowed"],
  ["\x1b[2J", "only ASCII characters other than backslash and control characters are allowed"],
  ["A\x7f", "only ASCII characters other than backslash and control characters are allowed"],
  ["Köln", "only ASCII characters other than backslash and control characters are allowed"],
];

for (const [text, state] of WRONG_TITLES) {
  Deno.test({
    name: `validateAeTitle() refuses ${JSON.stringify(text)}`,
    permissions: "none",
    fn() {
      assert.throws(() => validateAeTitle(text), {
        name: "TypeError",
        message: `Cannot use AE title ${JSON.stringify(text)}: ${state}`,
      });
    },
  });
}

Deno.test({
  name: "validateAeTitle() takes linear time for many spaces",
  permissions: "none",
  fn: () => assert.throws(() => validateAeTitle(`A${" ".repeat(1_000_000)}B`), TypeError),
});

const ADDRESSES: readonly [text: string, address: AeAddress][] = [
  ["localhost:104", { hostname: "localhost", port: 104 }],
  ["PACS@localhost:104", { aeTitle: "PACS", hostname: "localhost", port: 104 }],
  ["PACS@10.0.0.7:11112", { aeTitle: "PACS", hostname: "10.0.0.7", port: 11112 }],
  ["PACS@[::1]:11112", { aeTitle: "PACS", hostname: "::1", port: 11112 }],
  ["[2001:db8::7]:1", { hostname: "2001:db8::7", port: 1 }],
  ["[fe80::1%eth0]:104", { hostname: "fe80::1%eth0", port: 104 }],
  ["[::ffff:10.0.0.7]:104", { hostname: "::ffff:10.0.0.7", port: 104 }],
  ["pacs-1.example.org:65535", { hostname: "pacs-1.example.org", port: 65535 }],
  ["host_1.:104", { hostname: "host_1.", port: 104 }],
  ["A@B@host:104", { aeTitle: "A@B", hostname: "host", port: 104 }],
  ["A:1@host:104", { aeTitle: "A:1", hostname: "host", port: 104 }],
  ["CT 1@host:104", { aeTitle: "CT 1", hostname: "host", port: 104 }],
];

for (const [text, address] of ADDRESSES) {
  Deno.test({
    name: `parseAeAddress() reads ${text}`,
    permissions: "none",
    fn: () => assert.deepEqual(parseAeAddress(text), address),
  });
  Deno.test({
    name: `formatAeAddress() writes ${text}`,
    permissions: "none",
    fn: () => assert.equal(formatAeAddress(address), text),
  });
}

const WRONG_ADDRESSES: readonly [text: string, state: string][] = [
  ["", "the port is missing"],
  ["PACS", "the port is missing"],
  ["PACS@host", "the port is missing"],
  ["PACS@host:", "the port is missing"],
  ["[::1]", "the port is missing"],
  ["PACS@[::1]", "the port is missing"],
  [":104", "the host is missing"],
  ["PACS@:104", "the host is missing"],
  ["host:0", 'port "0" is not a number from 1 to 65535'],
  ["host:65536", 'port "65536" is not a number from 1 to 65535'],
  ["host:-1", 'port "-1" is not a number from 1 to 65535'],
  ["host:1e3", 'port "1e3" is not a number from 1 to 65535'],
  ["host: 104", 'port " 104" is not a number from 1 to 65535'],
  ["host:104 ", 'port "104 " is not a number from 1 to 65535'],
  ["host:0x68", 'port "0x68" is not a number from 1 to 65535'],
  ["host:000104", 'port "000104" is not a number from 1 to 65535'],
  ["host:dicom", 'port "dicom" is not a number from 1 to 65535'],
  ["::1:104", "an IPv6 address needs brackets around it"],
  ["[]:104", '"" is not an IPv6 address'],
  ["[localhost]:104", '"localhost" is not an IPv6 address'],
  ["[10.0.0.7]:104", '"10.0.0.7" is not an IPv6 address'],
  ["[1:2:3]:104", '"1:2:3" is not an IPv6 address'],
  ["[::1%]:104", '"::1%" is not an IPv6 address'],
  ["my host:104", '"my host" is not a host name or IP address'],
  ["-host:104", '"-host" is not a host name or IP address'],
  [".host:104", '".host" is not a host name or IP address'],
  ["PACS/host:104", '"PACS/host" is not a host name or IP address'],
  ["[::1:104", "an IPv6 address needs brackets around it"],
];

for (const [text, state] of WRONG_ADDRESSES) {
  Deno.test({
    name: `parseAeAddress() refuses ${JSON.stringify(text)}`,
    permissions: "none",
    fn() {
      assert.throws(() => parseAeAddress(text), {
        name: "TypeError",
        message: `Cannot read address ${JSON.stringify(text)} as [AE@]host:port: ${state}`,
      });
    },
  });
}

for (const text of ["@host:104", "  @host:104", "A\\B@host:104", "0123456789ABCDEFG@host:104"]) {
  Deno.test({
    name: `parseAeAddress() refuses the AE title of ${JSON.stringify(text)}`,
    permissions: "none",
    fn() {
      assert.throws(() => parseAeAddress(text), { name: "TypeError", message: /use AE title/ });
    },
  });
}

Deno.test({
  name: "parseAeAddress() gives an address or a TypeError for any text",
  permissions: "none",
  fn() {
    const parts = fc.constantFrom("@", ":", "[", "]", "::1", "host", "104", " ", "\\", "%", "é");
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }).map((all) => all.join("")), (text) => {
        try {
          const address = parseAeAddress(text);
          assert.deepEqual(parseAeAddress(formatAeAddress(address)), address);
        } catch (error) {
          assert.ok(error instanceof TypeError, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  },
});
