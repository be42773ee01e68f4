import assert from "node:assert/strict";
import { leastFlags, type Need, permissionFlags, TOOLS } from "../../cli/tools.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

const FLAGS: readonly (readonly [needs: readonly Need[], flags: readonly string[]])[] = [
  [[], []],
  [[{ permission: "net", why: "" }], ["--allow-net"]],
  [
    [{ permission: "read", why: "" }, { permission: "net", why: "" }],
    ["--allow-net", "--allow-read"],
  ],
  [
    [
      { permission: "env", only: ["A", "B"], why: "" },
      { permission: "env", only: ["B", "C"], why: "" },
    ],
    ["--allow-env=A,B,C"],
  ],
  [
    [{ permission: "env", only: ["A"], why: "" }, { permission: "env", why: "" }],
    ["--allow-env"],
  ],
];

for (const [needs, flags] of FLAGS) {
  pure(`permissionFlags() gives ${JSON.stringify(flags)}`, () => {
    assert.deepEqual(permissionFlags(needs), flags);
  });
}

pure("TOOLS ask for no more than this", () => {
  const table = TOOLS.map((tool) => [tool.name, leastFlags(tool).join(" ")]);
  assert.deepEqual(Object.fromEntries(table), {
    movescu: "--allow-net --allow-read --allow-write",
    getscu: "--allow-net --allow-read --allow-write",
    storescu: "--allow-net --allow-read",
    storescp: "--allow-net --allow-read --allow-write",
    qrscp: "--allow-net --allow-read --allow-write",
    findscu: "--allow-net --allow-read --allow-write",
    echoscu: "--allow-net",
  });
});

pure("TOOLS say what each permission is for", () => {
  for (const { name, needs } of TOOLS) {
    for (const { permission, why } of needs) assert.notEqual(why, "", `${name} ${permission}`);
  }
});
