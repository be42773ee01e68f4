import assert from "node:assert/strict";
import { HandlerError } from "../../lib/errors.ts";
import { type ModuleGraph, moduleGraph, withoutScheme } from "../../lib/handler/module_graph.ts";
import { importModuleGraph, registerModuleHooks } from "../../lib/handler/module_hooks.ts";

// Once for all tests: the runtime waits for work of theirs all the time, and no test began that.
registerModuleHooks();

let hosts = 0;

/** A graph of its own host: what is loaded stays loaded. The first module is the entry. */
function graphOf(
  modules: Readonly<Record<string, string>>,
  more: { readonly external?: readonly string[]; readonly aliases?: Record<string, string> } = {},
): ModuleGraph & { readonly url: (path: string) => string } {
  const host = `h${hosts++}.example`;
  const url = (path: string): string => `https://${host}${path}`;
  const aliases = Object.entries(more.aliases ?? {}).map(([from, to]) => [from, url(to)] as const);
  const graph = moduleGraph({
    entry: url(Object.keys(modules)[0] ?? ""),
    modules: new Map(Object.entries(modules).map(([path, code]) => [url(path), code])),
    external: new Set(more.external),
    aliases: new Map(aliases),
  });
  return { ...graph, url };
}

async function defaultOf(graph: ModuleGraph): Promise<unknown> {
  const module = await importModuleGraph(graph);
  assert.ok(typeof module === "object" && module !== null && "default" in module);
  return module.default;
}

Deno.test("`importModuleGraph()` evaluates modules, each once, circles among them", async () => {
  const graph = graphOf({
    "/x.ts": `import { b } from "./sub/b.ts"; import "./c.ts"; export const a = 1;
      export default [b(), globalThis.evaluated];`,
    "/sub/b.ts":
      `import { a } from "../x.ts"; import "/c.ts"; export function b() { return typeof b; }
      export const later = () => a;`,
    "/c.ts": `globalThis.evaluated = (globalThis.evaluated ?? 0) + 1;`,
  });
  assert.deepEqual(await defaultOf(graph), ["function", 1]);
  assert.deepEqual(await defaultOf(graph), ["function", 1]);
});

Deno.test("`importModuleGraph()` gives two graphs that share a module the same", async () => {
  const one = graphOf({
    "/x.ts": `export { default } from "./shared.ts";`,
    "/shared.ts": "export default {};",
  });
  const shared = one.url("/shared.ts");
  const two = moduleGraph({ ...one.toMessage(), entry: shared });
  assert.equal(await defaultOf(one), await defaultOf(two));
});

Deno.test("`importModuleGraph()` serves `import()` long after", async () => {
  const graph = graphOf({
    "/x.ts": `export default (name) => import(name === undefined ? "./later.ts" : name);`,
    "/later.ts": `export default import.meta.url;`,
  });
  const later = await defaultOf(graph);
  assert.ok(typeof later === "function");
  assert.equal(withoutScheme((await later()).default), graph.url("/later.ts"));
  await assert.rejects(
    later("./unknown.ts"),
    /Cannot import \.\/unknown\.ts in https:.*: only what is imported by a literal was loaded/,
  );
  assert.equal(typeof (await later("node:fs")).readFileSync, "function");
});

Deno.test("`importModuleGraph()` follows what is known by another name", async () => {
  const graph = graphOf({
    "/x.ts": `export { default } from "jsr:@a/hooks@1";`,
    "/real.ts": "export default 7;",
  }, { aliases: { "jsr:@a/hooks@1": "/real.ts" } });
  assert.equal(await defaultOf(graph), 7);
});

Deno.test("`importModuleGraph()` leaves the rest to the runtime", async () => {
  const graph = graphOf({
    "/x.ts": `import { zlibSync } from "npm:fflate@^0.8.2"; import { join } from "node:path";
      import { gzipSync } from "fflate"; const { unzlibSync } = await import("npm:fflate@^0.8.2");
      export default [typeof zlibSync, join("a", "b"), typeof gzipSync, typeof unzlibSync];`,
  }, { external: ["npm:fflate@^0.8.2", "node:path", "fflate"] });
  assert.deepEqual(await defaultOf(graph), ["function", "a/b", "function", "function"]);
});

Deno.test("`importModuleGraph()` imports what the runtime has itself", async () => {
  const entry = "data:text/javascript,export default 5";
  const graph = moduleGraph({ entry, modules: new Map(), external: new Set(), aliases: new Map() });
  assert.equal(await defaultOf(graph), 5);
});

Deno.test("`importModuleGraph()` refuses a module that was another one before", async () => {
  const graph = graphOf({ "/x.ts": "export default 1;" });
  await importModuleGraph(graph);
  const modules = new Map([[graph.entry, "export default 2;"]]);
  await assert.rejects(
    importModuleGraph(moduleGraph({ ...graph.toMessage(), modules })),
    (error) => {
      assert.ok(error instanceof HandlerError);
      const { entry } = graph;
      const why = "was loaded before, and had another content then";
      assert.equal(error.message, `Cannot load handler ${entry}: ${entry} ${why}`);
      return true;
    },
  );
});

Deno.test("`importModuleGraph()` throws what the evaluation throws", async () => {
  const thrown = graphOf({ "/x.ts": `throw Object.assign(new RangeError("no"), { mine: true });` });
  await assert.rejects(importModuleGraph(thrown), {
    name: "RangeError",
    message: "no",
    mine: true,
  });
  const broken = graphOf({ "/x.ts": "export default ;" });
  await assert.rejects(importModuleGraph(broken), SyntaxError);
});
