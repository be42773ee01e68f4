import assert from "node:assert/strict";
import { contains, parseIpAddress, parseIpNetwork } from "../../cli/ip_network.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

const ADDRESSES: readonly (readonly [text: string, value: bigint | undefined])[] = [
  ["0.0.0.0", 0xffff_0000_0000n],
  ["10.1.2.3", 0xffff_0a01_0203n],
  ["255.255.255.255", 0xffff_ffff_ffffn],
  ["::ffff:10.1.2.3", 0xffff_0a01_0203n],
  ["::FFFF:a01:203", 0xffff_0a01_0203n],
  ["::", 0n],
  ["::1", 1n],
  ["1::", 1n << 112n],
  ["fe80::1%eth0", (0xfe80n << 112n) | 1n],
  ["2001:db8:0:0:0:0:0:1", (0x2001_0db8n << 96n) | 1n],
  ["2001:db8::1", (0x2001_0db8n << 96n) | 1n],
  ["1:2:3:4:5:6:7::", 0x0001_0002_0003_0004_0005_0006_0007_0000n],
  ["::2:3:4:5:6:7:8", 0x0002_0003_0004_0005_0006_0007_0008n],
  ["1:2:3:4:5:6:1.2.3.4", 0x0001_0002_0003_0004_0005_0006_0102_0304n],
  ...[
    ...[
      "",
      "localhost",
      "10.1.2",
      "10.1.2.3.4",
      "10.1.2.256",
      "10.01.2.3",
      "10.1.2.-3",
      " 10.1.2.3",
    ],
    ...[":", ":::", "1:2:3", "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::"],
    ...["1.2.3.4::", "::1.2.3.4:5", "[::1]", "::ffff:1.2.3", "1:2:3:4:5:6:7:1.2.3.4"],
  ].map((text): [string, undefined] => [text, undefined]),
];

for (const [text, value] of ADDRESSES) {
  pure(`parseIpAddress() makes ${value} of "${text}"`, () => {
    assert.equal(parseIpAddress(text), value);
  });
}

const NETWORKS: readonly (readonly [
  network: string,
  inside: readonly string[],
  outside: readonly string[],
])[] = [
  ["10.1.2.3", ["10.1.2.3", "::ffff:10.1.2.3"], ["10.1.2.4", "::10.1.2.3", "nonsense", ""]],
  ["10.1.2.3/32", ["10.1.2.3"], ["10.1.2.2"]],
  ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["11.0.0.0", "9.255.255.255", "a00::"]],
  // What lies behind the prefix does not count.
  ["10.9.9.9/8", ["10.1.2.3"], ["11.9.9.9"]],
  ["192.168.1.128/25", ["192.168.1.128", "192.168.1.255"], ["192.168.1.127"]],
  ["0.0.0.0/0", ["1.2.3.4"], ["::1", "2001:db8::1"]],
  ["::ffff:10.0.0.0/104", ["10.1.2.3"], ["11.1.2.3"]],
  ["::/0", ["::1", "1.2.3.4"], ["nonsense"]],
  ["::1", ["::1", "0:0:0:0:0:0:0:1"], ["::2", "127.0.0.1"]],
  ["fd00::/8", ["fd12:3456::1", "fdff::"], ["fe00::", "10.0.0.1"]],
  ["fe80::/10", ["fe80::1", "fe80::1%eth0", "febf::1"], ["fec0::1"]],
  ["2001:db8::/33", ["2001:db8:7fff::1"], ["2001:db8:8000::1"]],
];

for (const [network, inside, outside] of NETWORKS) {
  pure(`contains() knows what is in ${network}`, () => {
    const parsed = parseIpNetwork(network);
    assert.ok(parsed);
    assert.equal(parsed.text, network);
    assert.deepEqual(inside.filter((address) => !contains(parsed, address)), []);
    assert.deepEqual(outside.filter((address) => contains(parsed, address)), []);
  });
}

for (
  const text of ["", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/8/8", "10.0.0.0/-1"]
) {
  pure(`parseIpNetwork() takes "${text}" for none`, () => {
    assert.equal(parseIpNetwork(text), undefined);
  });
}
