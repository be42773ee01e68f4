import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { HandlerError } from "../../lib/errors.ts";
import { readGraph, readModuleGraph } from "../../lib/handler/graph_reader.ts";
import type { LoadPolicy } from "../../lib/handler/load_policy.ts";
import { npmPackages } from "../../lib/handler/module_graph.ts";
import { parseHandlerSpecifier } from "../../lib/handler/specifier.ts";
import { httpsServer } from "../support/https_server.ts";
import { jsrRegistry } from "../support/jsr_registry.ts";

async function withFiles(
  files: Readonly<Record<string, string>>,
  test: (path: (name: string) => string, url: (name: string) => string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(directory, name), text);
    }
    const path = (name: string): string => join(directory, name);
    await test(path, (name) => pathToFileURL(path(name)).href);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const load = (): Promise<unknown> => Promise.resolve({});
const POLICY: LoadPolicy = { builtIns: {} };

Deno.test("`readModuleGraph()` reads a local handler and what it imports", () =>
  withFiles({
    "x.ts": `import { b } from "./b.ts"; import "./c.js"; import fs from "node:fs";
      import type { T } from "@dicom/dimse/handler"; export default (_: T) => [b, fs];`,
    "b.ts": `import "./x.ts"; enum E { a } export const b: E = E.a;`,
    "c.js": `export const later = () => import("./d.mjs");`,
    "d.mjs": `import "bare";`,
  }, async (path, url) => {
    const graph = await readModuleGraph(path("x.ts"), POLICY);
    assert.equal(graph.entry, url("x.ts"));
    assert.deepEqual(
      [...graph.modules.keys()].sort(),
      ["b.ts", "c.js", "d.mjs", "x.ts"].map(url),
    );
    assert.deepEqual([...graph.external].sort(), ["bare", "node:fs"]);
    assert.equal(graph.resolve("./b.ts", url("x.ts")), url("b.ts"));
    assert.ok(!graph.modules.get(url("x.ts"))?.includes("@dicom/dimse"));
    assert.ok(!graph.modules.get(url("b.ts"))?.includes("enum"));
  }));

Deno.test("`readModuleGraph()` reads the module of a built-in handler", () =>
  withFiles({ "store.ts": "export default 1 as number;" }, async (_path, url) => {
    const policy = { builtIns: { store: { url: url("store.ts"), load } } };
    const graph = await readModuleGraph("store", policy);
    assert.deepEqual([...graph.modules.keys()], [url("store.ts")]);
    assert.equal(graph.entry, url("store.ts"));
  }));

const KNOWN: readonly (readonly [name: string, url: string, standalone: boolean])[] = [
  ["that an executable has in itself", "file:///tmp/executable/store.ts", true],
  ["that the runtime fetched with the program", "https://jsr.io/@dicom/dimse/1.0.0/x.ts", false],
];

for (const [name, url, standalone] of KNOWN) {
  Deno.test({
    name: `\`readModuleGraph()\` leaves a built-in handler ${name} to the runtime`,
    permissions: "none",
    async fn() {
      const policy = { builtIns: { store: { url, load } }, standalone };
      const graph = await readModuleGraph("store", policy);
      assert.equal(graph.entry, url);
      assert.equal(graph.modules.size, 0);
      assert.equal(graph.resolve(url, url), undefined);
    },
  });
}

Deno.test("`readModuleGraph()` reads `data:`, and what it imports by HTTPS", async () => {
  await using server = await httpsServer({ "/b.ts": "export default 1 as number;" });
  const code = `export { default } from "${server.url("/b.ts")}"; const x: number = 1; x;`;
  const given = `data:application/typescript,${encodeURIComponent(code)}`;
  const policy = { ...POLICY, fetch: server.fetch, allowedHosts: [server.host] };
  const graph = await readModuleGraph(given, policy);
  assert.equal(graph.entry, given);
  assert.deepEqual([...graph.modules.keys()].sort(), [given, server.url("/b.ts")].sort());
  assert.equal(graph.resolve(server.url("/b.ts"), given), server.url("/b.ts"));
});

Deno.test("`readModuleGraph()` reads a package of JSR, and those that it imports", async () => {
  await using registry = jsrRegistry({
    "@me/router": {
      "1.0.0": { files: {} },
      "1.2.0": {
        files: {
          "/mod.ts": `export { default } from "./src/make.ts"; import "jsr:@me/deep@^0.1/x";`,
          "/src/make.ts": `import "../mod.ts"; export default () => {};`,
        },
      },
    },
    "@me/deep": { "0.1.3": { files: { "/x.ts": "" }, exports: { "./x": "./x.ts" } } },
  });
  const policy = { ...POLICY, jsrUrl: registry.url.slice(0, -1) };
  const graph = await readModuleGraph("jsr:@me/router@1", policy);
  const root = `${registry.url}@me/router/1.2.0`;
  assert.equal(graph.entry, `${root}/mod.ts`);
  assert.deepEqual([...graph.modules.keys()].sort(), [
    `${registry.url}@me/deep/0.1.3/x.ts`,
    `${root}/mod.ts`,
    `${root}/src/make.ts`,
  ]);
  assert.equal(
    graph.resolve("jsr:@me/deep@^0.1/x", `${root}/mod.ts`),
    `${registry.url}@me/deep/0.1.3/x.ts`,
  );
  assert.equal(graph.resolve("jsr:@me/router@1", "file:///x.ts"), graph.entry);
});

Deno.test("`readModuleGraph()` refuses a file of JSR that is not what the manifest says", async () => {
  const files = { "/mod.ts": `import "./b.ts";`, "/b.ts": "evil();" };
  const checksums = { "/b.ts": `sha256-${"0".repeat(64)}` };
  await using registry = jsrRegistry({ "@me/router": { "1.0.0": { files, checksums } } });
  await assert.rejects(
    readModuleGraph("jsr:@me/router", { ...POLICY, jsrUrl: registry.url }),
    /^HandlerError: Cannot load handler jsr:@me\/router, which imports http:.*\/b.ts: its content is sha256-.* is what the registry's manifest says$/,
  );
});

Deno.test("`readModuleGraph()` takes a file of JSR that is pinned by the user", async () => {
  await using registry = jsrRegistry({
    "@me/router": { "1.0.0": { files: { "/mod.ts": "export default 1;" } } },
  });
  const policy = { ...POLICY, jsrUrl: registry.url };
  const right = "#sha256-VjMuClVzS8K3PfVqLfhjXtXFsk" + "ttekVrQd58q5ovOBQ=";
  const wrong = "#sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  assert.equal((await readModuleGraph(`jsr:@me/router${right}`, policy)).modules.size, 1);
  await assert.rejects(readModuleGraph(`jsr:@me/router${wrong}`, policy), / is pinned$/);
});

Deno.test("`readModuleGraph()` asks JSR on behalf of others only where it is allowed", async () => {
  await using registry = jsrRegistry({
    "@me/router": { "1.0.0": { files: { "/mod.ts": "" } } },
  });
  await withFiles({ "x.ts": `import "jsr:@me/router";` }, async (path) => {
    const policy = { ...POLICY, jsrUrl: registry.url };
    await assert.rejects(readModuleGraph(path("x.ts"), policy), /is not an allowed host; none is$/);
    const { host } = new URL(registry.url);
    const graph = await readModuleGraph(path("x.ts"), { ...policy, allowedHosts: [host] });
    assert.equal(graph.modules.size, 2);
  });
});

interface Refusal {
  readonly text: string;
  readonly says: RegExp;
  readonly policy?: Partial<LoadPolicy>;
}

const REFUSALS: readonly Refusal[] = [
  { text: `import "./gone.ts";`, says: /, which imports file:.*\/gone.ts: there is no such file$/ },
  { text: `import "./";`, says: /, which imports file:.*: it is a directory$/ },
  {
    text: `import "https://a.example/x.ts";`,
    says: /: a.example is not an allowed host; none is$/,
  },
  { text: `import "http://a.example/x.ts";`, says: /: its scheme is http:/ },
  { text: `import "ftp://a.example/x.ts";`, says: /: its scheme is ftp:/ },
  {
    text: `import "./x.json" with { type: "json" };`,
    says: /, which imports file:.*\/x.json: neither/,
  },
  { text: `import "./x.ts#sha256-abc";`, says: /: the pin of its import .* is not #sha256-/ },
  {
    text: `import "npm:left-pad@1";`,
    says:
      /, which imports npm:left-pad@1: a package of npm needs more than a sandbox has; run the handler without one$/,
  },
  {
    text: `x`.repeat(101),
    says: /: it has more than the 100 bytes allowed$/,
    policy: { moduleSizeLimit: 100 },
  },
  {
    text: `import "./x.json";`,
    says: /: with it the handler has more than the 1 modules allowed$/,
    policy: { moduleCountLimit: 1 },
  },
  {
    text: `import "jsr:@a/b";`,
    says: /^Cannot load handler \S+: the registry nowhere is no URL$/,
    policy: { jsrUrl: "nowhere" },
  },
];

for (const { text, says, policy } of REFUSALS) {
  Deno.test(`\`readModuleGraph()\` refuses ${text.slice(0, 40)}`, () =>
    withFiles({ "x.ts": text, "x.json": "{}" }, async (path) => {
      await assert.rejects(readModuleGraph(path("x.ts"), { ...POLICY, ...policy }), (error) => {
        assert.ok(error instanceof HandlerError, String(error));
        assert.ok(error.message.startsWith(`Cannot load handler ${path("x.ts")}`), error.message);
        assert.match(error.message, says);
        return true;
      });
    }));
}

Deno.test({
  name: "`readModuleGraph()` refuses a package of npm",
  permissions: "none",
  async fn() {
    await assert.rejects(readModuleGraph("npm:router", POLICY), {
      message: "Cannot load handler npm:router: a package of npm needs more than a sandbox has; " +
        "run the handler without one",
    });
  },
});

Deno.test({
  name: "`readModuleGraph()` says in a sentence that it may not read",
  permissions: "none",
  async fn() {
    await assert.rejects(
      readModuleGraph("/x.ts", POLICY),
      /^HandlerError: Cannot load handler \/x.ts: Requires read access to "\/x.ts", run again with/,
    );
  },
});

Deno.test("`readGraph()` leaves packages of npm to the runtime, and tells of them", () =>
  withFiles({ "x.ts": `import "npm:left-pad@1"; import "node:fs";` }, async (path) => {
    const graph = await readGraph(parseHandlerSpecifier(path("x.ts"), POLICY), POLICY);
    assert.deepEqual(npmPackages(graph), ["npm:left-pad@1"]);
  }));
