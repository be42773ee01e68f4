import assert from "node:assert/strict";
import {
  moduleGraph,
  npmPackages,
  resolveUrl,
  withoutScheme,
} from "../../lib/handler/module_graph.ts";

const GRAPH = moduleGraph({
  entry: "https://h/a/x.ts",
  modules: new Map([["https://h/a/x.ts", "1"], ["https://h/a/y.ts", "2"], ["https://r/z.ts", "3"]]),
  external: new Set(["node:fs"]),
  aliases: new Map([["jsr:@a/b@1", "https://r/z.ts"], ["https://h/old.ts", "https://h/a/y.ts"]]),
});

const CASES: readonly (readonly [specifier: string, parent: string, url: string | undefined])[] = [
  ["./y.ts", "https://h/a/x.ts", "https://h/a/y.ts"],
  ["/a/y.ts", "https://h/a/x.ts", "https://h/a/y.ts"],
  ["../a/y.ts", "https://h/a/x.ts", "https://h/a/y.ts"],
  ["https://h/a/y.ts", "https://r/z.ts", "https://h/a/y.ts"],
  ["../old.ts", "https://h/a/x.ts", "https://h/a/y.ts"],
  ["jsr:@a/b@1", "https://h/a/x.ts", "https://r/z.ts"],
  ["./gone.ts", "https://h/a/x.ts", undefined],
  ["y.ts", "https://h/a/x.ts", undefined],
  ["lodash", "https://h/a/x.ts", undefined],
  ["node:fs", "https://h/a/x.ts", undefined],
  ["./y.ts", "data:text/javascript,0", undefined],
];

for (const [specifier, parent, url] of CASES) {
  Deno.test({
    name: `\`ModuleGraph.resolve()\` takes ${specifier} in ${parent} for ${url}`,
    permissions: "none",
    fn() {
      assert.equal(GRAPH.resolve(specifier, parent), url);
      const copy = moduleGraph(structuredClone(GRAPH.toMessage()));
      assert.equal(copy.resolve(specifier, parent), url);
    },
  });
}

Deno.test({
  name: "`ModuleGraph.toMessage()` has all that a worker needs",
  permissions: "none",
  fn() {
    const copy = moduleGraph(structuredClone(GRAPH.toMessage()));
    assert.equal(copy.entry, GRAPH.entry);
    assert.deepEqual(copy.modules, GRAPH.modules);
    assert.deepEqual(copy.external, GRAPH.external);
  },
});

Deno.test({
  name: "`resolveUrl()` leaves bare specifiers alone",
  permissions: "none",
  fn() {
    assert.equal(resolveUrl("lodash", "https://h/x.ts"), undefined);
    assert.equal(resolveUrl("#internal", "https://h/x.ts"), undefined);
    assert.equal(resolveUrl("npm:x", "https://h/x.ts")?.href, "npm:x");
  },
});

Deno.test({
  name: "`withoutScheme()` gives the URLs that users know",
  permissions: "none",
  fn: () => assert.equal(withoutScheme("at handler+https://h/x.ts:1:2"), "at https://h/x.ts:1:2"),
});

Deno.test({
  name: "`npmPackages()` tells what of npm a graph imports",
  permissions: "none",
  fn() {
    const external = new Set(["node:fs", "npm:a@1", "bare", "npm:b"]);
    const graph = moduleGraph({ ...GRAPH.toMessage(), external });
    assert.deepEqual(npmPackages(graph), ["npm:a@1", "npm:b"]);
  },
});
