import assert from "node:assert/strict";
import type { HandlerPermissions } from "../../lib/handler/handler.ts";
import {
  definitePermissions,
  describeGrants,
  missingGrants,
  workerPermissions,
} from "../../lib/handler/sandbox_permissions.ts";

const RUN = "by which it may do all that you may";

/** What is granted, and what the user is told. */
const DESCRIBED: readonly (readonly [permissions: HandlerPermissions, words: string])[] = [
  [{}, "may neither connect, nor read or write files, nor run programs"],
  [{ net: [], read: [] }, "may neither connect, nor read or write files, nor run programs"],
  [
    { net: ["a.example:443"], write: ["/data/in"] },
    "may connect to a.example:443, write /data/in, nothing else",
  ],
  [{ net: ["a", "[::1]:104", "*.b"] }, "may connect to a and [::1]:104 and *.b, nothing else"],
  [
    { read: ["/a", "/b"], write: ["/b", "/c"] },
    "may read and write /b, read /a, write /c, nothing else",
  ],
  [{ env: ["HOME"] }, "may see the variable HOME, nothing else"],
  [{ env: ["HOME", "USER"] }, "may see the variables HOME and USER, nothing else"],
  [{ run: ["gzip"] }, `may run gzip, ${RUN}, nothing else`],
  [{ read: ["C:\\data"] }, "may read C:\\data, nothing else"],
  [{ read: ["/tmp, nothing else"] }, 'may read "/tmp, nothing else", nothing else'],
  [{ write: ["/a\n\u001b[2J\u202e"] }, 'may write "/a\\n\\u001b[2J\\u{202e}", nothing else'],
  [{ write: ["/é"] }, 'may write "/é", nothing else'],
];

for (const [permissions, words] of DESCRIBED) {
  Deno.test({
    name: `\`describeGrants()\` says ${JSON.stringify(words)}`,
    permissions: "none",
    fn: () => assert.equal(describeGrants(permissions), words),
  });
}

/** What is declared, and what that means in /work. */
const DEFINITE: readonly (readonly [declared: HandlerPermissions, definite: HandlerPermissions])[] =
  [
    [{}, {}],
    [{ net: [] }, {}],
    [{ read: ["."], write: ["out", "./out", "/work/out"] }, {
      read: ["/work"],
      write: ["/work/out"],
    }],
    [{ read: ["file:///a%20b", "../c"] }, { read: ["/a b", "/c"] }],
    [{ run: ["gzip", "./mine", "/bin/ls"] }, { run: ["gzip", "/work/mine", "/bin/ls"] }],
    [{ net: ["a:1", "a:1"], env: ["A"] }, { net: ["a:1"], env: ["A"] }],
  ];

for (const [declared, definite] of DEFINITE) {
  Deno.test({
    name: `\`definitePermissions()\` makes ${JSON.stringify(definite)}`,
    permissions: "none",
    ignore: Deno.build.os === "windows",
    fn: () => assert.deepEqual(definitePermissions(declared, "/work"), definite),
  });
}

for (const kind of ["net", "read", "write", "env", "run"] as const) {
  Deno.test({
    name: `\`definitePermissions()\` refuses an empty name for ${kind}`,
    permissions: "none",
    fn() {
      assert.throws(() => definitePermissions({ [kind]: ["a", " "] }, "/work"), {
        name: "TypeError",
        message: `Cannot grant permissions: one for ${kind} is empty`,
      });
    },
  });
}

Deno.test({
  name: "`workerPermissions()` denies what is not granted",
  permissions: "none",
  fn() {
    const denied = {
      ...{ net: false, read: false, write: false, env: false, run: false },
      ...{ ffi: false, import: false, sys: false },
    };
    assert.deepEqual(workerPermissions({}), denied);
    assert.deepEqual(workerPermissions({ net: ["a"], run: [] }), { ...denied, net: ["a"] });
  },
});

Deno.test({
  name: "`missingGrants()` tells what this program may not do itself",
  permissions: { net: ["a.example:104"], read: true, env: ["HOME"] },
  fn() {
    const flags = missingGrants({
      net: ["a.example:104", "b.example", "no host:x"],
      read: ["/in"],
      write: ["/out"],
      env: ["HOME", "USER"],
      run: ["gzip"],
    });
    assert.deepEqual(flags, [
      ...["--allow-net=b.example", "--allow-net=no host:x", "--allow-write=/out"],
      ...["--allow-env=USER", "--allow-run=gzip"],
    ]);
    assert.deepEqual(missingGrants({}), []);
  },
});
