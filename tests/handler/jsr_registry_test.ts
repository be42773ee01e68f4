import assert from "node:assert/strict";
import { JsrRegistry } from "../../lib/handler/jsr_registry.ts";
import { RemoteModules } from "../../lib/handler/remote_modules.ts";
import { jsrRegistry, type JsrVersion } from "../support/jsr_registry.ts";

const FILES = { "/mod.ts": "export default 1;", "/src/a b.ts": "export default 2;" };
const EXPORTS = { ".": "./mod.ts", "./sub": "./src/a b.ts", "./up": "./../../../x.ts" };
const VERSION: JsrVersion = { files: FILES, exports: EXPORTS };

const PACKAGES = {
  "@me/router": {
    "0.9.0": VERSION,
    "1.0.0": VERSION,
    "1.1.0": VERSION,
    "1.2.0": { ...VERSION, yanked: true },
    "2.0.0-rc.1": VERSION,
  },
  "@me/draft": { "0.1.0-rc.1": VERSION },
};

async function withRegistry(
  test: (registry: JsrRegistry, url: string, requests: readonly string[]) => Promise<void>,
): Promise<void> {
  await using server = jsrRegistry(PACKAGES);
  const base = new URL(server.url);
  const imports = { hosts: new Set([base.host]), registry: base };
  const modules = new RemoteModules({ builtIns: {} }, imports, new AbortController().signal);
  await test(new JsrRegistry(modules, base), server.url, server.requests);
}

const RESOLVED: readonly (readonly [specifier: string, file: string])[] = [
  ["jsr:@me/router", "@me/router/1.1.0/mod.ts"],
  ["jsr:/@me/router", "@me/router/1.1.0/mod.ts"],
  ["jsr:@me/router/", "@me/router/1.1.0/mod.ts"],
  ["jsr:@me/router@1", "@me/router/1.1.0/mod.ts"],
  ["jsr:@me/router@^0.9", "@me/router/0.9.0/mod.ts"],
  ["jsr:@me/router@~1.0.0", "@me/router/1.0.0/mod.ts"],
  ["jsr:@me/router@1.0.0/sub", "@me/router/1.0.0/src/a%20b.ts"],
  ["jsr:@me/router@%3E=0.9%20%3C1.1", "@me/router/1.0.0/mod.ts"],
  ["jsr:@me/router@1.2.0", "@me/router/1.2.0/mod.ts"],
  ["jsr:@me/router@2.0.0-rc.1", "@me/router/2.0.0-rc.1/mod.ts"],
];

for (const [specifier, file] of RESOLVED) {
  Deno.test(`\`JsrRegistry.resolve()\` finds ${specifier}`, () =>
    withRegistry(async (registry, url) => {
      assert.equal(await registry.resolve(specifier), `${url}${file}`);
    }));
}

const REFUSED: readonly (readonly [specifier: string, says: RegExp])[] = [
  ["jsr:router", /a package is jsr:@scope\/name, with @version and \/export if wanted$/],
  ["jsr:@me", /a package is jsr:@scope\/name/],
  ["jsr:@me/router@latest", /latest is no range of versions$/],
  ["jsr:@me/router@%zz", /%zz is no range of versions$/],
  ["jsr:@me/router@^3", /it has no version \^3 \(there are: 0.9.0, 1.0.0, 1.1.0, 2.0.0-rc.1\)$/],
  ["jsr:@me/router@~1.2", /it has no version ~1.2/],
  ["jsr:@me/draft", /it has no version \* \(there are: 0.1.0-rc.1\)$/],
  ["jsr:@me/router@1/no", /1.1.0 has no export .\/no \(it has \., \.\/sub, \.\/up\)$/],
  ["jsr:@me/router@1/up", /what the registry says of it cannot be understood$/],
  [
    "jsr:@me/none",
    /the registry's http:.*\/@me\/none\/meta.json: the server answered 404 Not Found$/,
  ],
];

for (const [specifier, says] of REFUSED) {
  Deno.test(`\`JsrRegistry.resolve()\` refuses ${specifier}`, () =>
    withRegistry(async (registry) => {
      await assert.rejects(registry.resolve(specifier), (error: Error & { url?: string }) => {
        assert.equal(error.name, "ModuleFault");
        assert.match(error.message, says);
        assert.equal(error.url, specifier);
        return true;
      });
    }));
}

Deno.test("`JsrRegistry` asks for what it needs once", () =>
  withRegistry(async (registry, _url, requests) => {
    const specifiers = ["jsr:@me/router@1", "jsr:@me/router", "jsr:@me/router@1/sub"];
    await Promise.all(specifiers.map((each) => registry.resolve(each)));
    assert.deepEqual(requests, ["/@me/router/meta.json", "/@me/router/1.1.0_meta.json"]);
  }));

Deno.test("`JsrRegistry.expectation()` knows the checksum of each file of a package", () =>
  withRegistry(async (registry, url) => {
    assert.deepEqual(await registry.expectation(`${url}@me/router/1.0.0/mod.ts`), {
      digest: "56332e0a55734bc2b73df56a2df8635ed5c5b24b6d7a456b41de7cab9a2f3814",
      by: "is what the registry's manifest says",
    });
    assert.ok(await registry.expectation(`${url}@me/router/1.0.0/src/a%20b.ts`) !== undefined);
    assert.equal(await registry.expectation(`${url}@me/router/meta.json`), undefined);
    assert.equal(
      await registry.expectation("https://a.example/@me/router/1.0.0/mod.ts"),
      undefined,
    );
    await assert.rejects(
      registry.expectation(`${url}@me/router/1.0.0/none.ts`),
      /its package has no such file$/,
    );
  }));

/** What a registry that is none answers for `meta.json` and for the version's. */
const NONSENSE: readonly (readonly [meta: string, version: string, says: RegExp])[] = [
  ["<html>", "{}", /meta.json: .* is not valid JSON$/],
  ["[]", "{}", /what the registry says of it cannot be understood$/],
  ["null", "{}", /cannot be understood$/],
  [`{"versions":{"x":{},"1.0.0":null}}`, "{}", /cannot be understood$/],
  [`{"versions":{"1.0.0":{}}}`, `{"exports":{".":"./mod.ts"}}`, /cannot be understood$/],
  [`{"versions":{"../../x":{}}}`, "{}", /it has no version \*/],
];

for (const [meta, version, says] of NONSENSE) {
  Deno.test({
    name: `\`JsrRegistry.resolve()\` refuses what ${meta} and ${version} say`,
    permissions: "none",
    async fn() {
      const base = new URL("https://jsr.example/");
      const imports = { hosts: new Set([base.host]), registry: base };
      const answer: typeof fetch = (url) =>
        Promise.resolve(new Response(String(url).endsWith("/meta.json") ? meta : version));
      const { signal } = new AbortController();
      const modules = new RemoteModules({ builtIns: {}, fetch: answer }, imports, signal);
      await assert.rejects(new JsrRegistry(modules, base).resolve("jsr:@me/router"), says);
    },
  });
}
