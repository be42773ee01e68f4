import assert from "node:assert/strict";
import { join } from "node:path";
import { ModuleCache } from "../../lib/handler/module_cache.ts";
import { digestOf } from "../../lib/handler/digest.ts";

const URL_A = "https://a.example/x.ts";
const MODULE = {
  url: "https://a.example/v1/x.ts",
  bytes: new TextEncoder().encode("export default 1;"),
  contentType: "text/typescript",
  etag: '"1"',
};
const DIGEST = digestOf(MODULE.bytes);

async function withCache(test: (cache: ModuleCache, path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "not", "there", "yet");
    await test(new ModuleCache(path), path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function filesOf(path: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(path)) files.push(entry.name);
  return files.sort();
}

Deno.test("`ModuleCache` gives back what it was given, by URL and by digest", () =>
  withCache(async (cache) => {
    assert.equal(await cache.get(URL_A), undefined);
    assert.equal(await cache.find(URL_A, DIGEST), undefined);
    await cache.put(URL_A, MODULE);
    assert.deepEqual(await cache.get(URL_A), MODULE);
    assert.deepEqual(await cache.find(URL_A, DIGEST), MODULE);
    assert.equal(await cache.get(MODULE.url), undefined);
  }));

Deno.test("`ModuleCache` finds bytes by their digest when others came from the URL since", () =>
  withCache(async (cache) => {
    await cache.put(URL_A, MODULE);
    await cache.put(URL_A, { ...MODULE, bytes: new Uint8Array(3) });
    assert.deepEqual((await cache.get(URL_A))?.bytes, new Uint8Array(3));
    const { bytes } = MODULE;
    const unknown = { url: URL_A, bytes, contentType: "", etag: "" };
    assert.deepEqual(await cache.find(URL_A, DIGEST), unknown);
    assert.deepEqual(await cache.find("https://b.example/x.ts", DIGEST), {
      ...unknown,
      url: "https://b.example/x.ts",
    });
  }));

Deno.test("`ModuleCache` keeps contents by their digest, and leaves nothing half written", () =>
  withCache(async (cache, path) => {
    const puts = Array.from({ length: 20 }, () => cache.put(URL_A, MODULE));
    await Promise.all([...puts, cache.put("https://b.example/", MODULE)]);
    assert.deepEqual(await filesOf(join(path, "content")), [DIGEST]);
    assert.equal((await filesOf(join(path, "index"))).length, 2);
  }));

/** What happens to the one file of a folder. */
const DAMAGES: readonly (readonly [folder: string, name: string, text: string])[] = [
  ["content", "changed", "export default 2;"],
  ["content", "cut short", "export"],
  ["content", "emptied", ""],
  ["index", "emptied", ""],
  ["index", "no JSON", "{"],
  ["index", "another JSON", "[1]"],
  ["index", "null", "null"],
  ["index", "without all of its fields", JSON.stringify({ requested: URL_A, digest: DIGEST })],
  ["index", "of another URL", JSON.stringify({ requested: "https://b/", ...indexFields() })],
  [
    "index",
    "with a digest that is a path",
    JSON.stringify({
      requested: URL_A,
      ...indexFields(),
      digest: "../index/x",
    }),
  ],
  [
    "index",
    "with a URL that is none",
    JSON.stringify({ requested: URL_A, ...indexFields(), url: "x" }),
  ],
];

function indexFields(): Record<string, string> {
  return { url: MODULE.url, contentType: "", etag: "", digest: DIGEST };
}

for (const [folder, name, text] of DAMAGES) {
  Deno.test(`\`ModuleCache\` takes a file of ${folder} that is ${name} for none`, () =>
    withCache(async (cache, path) => {
      await cache.put(URL_A, MODULE);
      const [file = ""] = await filesOf(join(path, folder));
      await Deno.writeTextFile(join(path, folder, file), text);
      assert.equal(await cache.get(URL_A), undefined);
      await cache.put(URL_A, MODULE);
      assert.deepEqual(await cache.get(URL_A), MODULE);
    }));
}

Deno.test("`ModuleCache.put()` fails, and leaves nothing, where it cannot write", () =>
  withCache(async (cache, path) => {
    // A directory is where the file is to be.
    await Deno.mkdir(join(path, "content", DIGEST), { recursive: true });
    await assert.rejects(cache.put(URL_A, MODULE));
    assert.deepEqual(await filesOf(join(path, "content")), [DIGEST]);
    assert.equal(await cache.get(URL_A), undefined);
  }));

Deno.test({
  name: "`ModuleCache` has nothing where it may not read",
  permissions: "none",
  async fn() {
    assert.equal(await new ModuleCache("/nowhere").get(URL_A), undefined);
  },
});
