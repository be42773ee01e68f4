import assert from "node:assert/strict";
import { type AccessOptions, accessOptions } from "../../cli/access_options.ts";

function parse(line: string): AccessOptions | undefined {
  const result = accessOptions().parse(line.split(" ").filter((word) => word !== ""));
  return result.success ? result.value : undefined;
}

Deno.test({
  name: "accessOptions() gathers each list, and allows all by default",
  permissions: "none",
  fn: () => {
    assert.deepEqual(parse(""), {
      callingAeTitles: [],
      calledAeTitles: [],
      addresses: [],
      certificates: [],
    });
    const some = parse(
      "--allow-calling CT1 --allow-address ::1 --allow-called A --allow-calling=CT2 " +
        "--allow-address 10.0.0.0/8 --allow-certificate CN=CT1,O=Hospital " +
        "--allow-certificate DNS:ct1.hospital",
    );
    assert.ok(some);
    assert.deepEqual(some.callingAeTitles, ["CT1", "CT2"]);
    assert.deepEqual(some.calledAeTitles, ["A"]);
    assert.deepEqual(some.addresses.map(({ text }) => text), ["::1", "10.0.0.0/8"]);
    assert.deepEqual(some.certificates.map(({ text }) => text), [
      "CN=CT1,O=Hospital",
      "DNS:ct1.hospital",
    ]);
  },
});

for (
  const line of [
    "--allow-calling ABCDEFGHIJKLMNOPQ",
    "--allow-called A\\B",
    "--allow-address pacs",
    "--allow-address 10.0.0.0/40",
    "--allow-certificate CT1",
  ]
) {
  Deno.test({
    name: `accessOptions() refuses ${line}`,
    permissions: "none",
    fn: () => assert.equal(parse(line), undefined),
  });
}
