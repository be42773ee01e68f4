import assert from "node:assert/strict";
import { fileURLToPath, pathToFileURL } from "node:url";
import { examineHandler, handlerUrl, importFlags, importFrom } from "../../build/baked_handler.ts";
import type { HandlerRights } from "../../build/program.ts";
import { UsageError } from "../../cli/exit_code.ts";

const URLS: readonly (readonly [specifier: string, url: string])[] = [
  ["./mine.ts", "file:///home/me/mine.ts"],
  ["../mine.ts", "file:///home/mine.ts"],
  ["handlers/mine.ts", "file:///home/me/handlers/mine.ts"],
  ["mine.ts", "file:///home/me/mine.ts"],
  ["/srv/a b/mine.ts", "file:///srv/a%20b/mine.ts"],
  ["file:///srv/mine.ts", "file:///srv/mine.ts"],
  ["https://example.org/mine.ts", "https://example.org/mine.ts"],
  ["jsr:@me/mine@1", "jsr:@me/mine@1"],
  ["npm:mine", "npm:mine"],
];

for (const [specifier, url] of URLS) {
  Deno.test(`handlerUrl() of ${specifier} is ${url}`, () => {
    assert.equal(handlerUrl(specifier, "/home/me"), url);
  });
}

const REFUSED = [
  ...["store", "ignore", "forward", "https://example.org/x.ts#sha256-AAAA"],
  ...["http://example.org/x.ts", "blob:x"],
];

for (const specifier of REFUSED) {
  Deno.test(`handlerUrl() refuses ${specifier}`, () => {
    assert.throws(() => handlerUrl(specifier, "/home/me"), (error) => {
      assert.ok(error instanceof UsageError);
      assert.ok(error.message.startsWith(`Cannot compile in handler ${specifier}: `));
      return true;
    });
  });
}

const IMPORTS: readonly (readonly [url: string, specifier: string])[] = [
  ["file:///home/me/dist/x/mine.ts", "./mine.ts"],
  ["file:///home/me/mine.ts", "../../mine.ts"],
  ["file:///srv/a%20b/%25.ts", "../../../../srv/a%20b/%25.ts"],
  ["https://example.org/mine.ts", "https://example.org/mine.ts"],
  ["jsr:@me/mine@1", "jsr:@me/mine@1"],
];

for (const [url, specifier] of IMPORTS) {
  Deno.test(`importFrom() names ${url} by ${specifier}`, () => {
    assert.equal(importFrom("/home/me/dist/x", url), specifier);
  });
}

Deno.test("importFlags() allow the handler's own host, and JSR", () => {
  assert.deepEqual(importFlags("https://example.org:8443/mine.ts"), [
    "--allow-import=example.org:8443,jsr.io:443",
  ]);
  for (const url of ["file:///mine.ts", "jsr:@me/mine", "npm:mine"]) {
    assert.deepEqual(importFlags(url), []);
  }
});

async function examine(source: string): Promise<HandlerRights> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_examine_" });
  try {
    await Deno.writeTextFile(`${directory}/mine.ts`, source);
    const choice = { specifier: "mine.ts", env: ["GIVEN"], run: [] };
    const url = pathToFileURL(`${directory}/mine.ts`).href;
    const root = fileURLToPath(new URL("../..", import.meta.url));
    return await examineHandler(choice, url, directory, root);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("examineHandler() tells what a handler declares, with what the user grants", async () => {
  const rights = await examine(`
    console.log("what it says at its start does not matter", "{}");
    export const permissions = { env: ["DECLARED", "GIVEN"], run: ["gzip"] };
    export default () => ({});
  `);
  assert.deepEqual(rights, { env: ["DECLARED", "GIVEN"], run: ["gzip"] });
});

const UNFIT: readonly (readonly [what: string, source: string, reason: RegExp])[] = [
  ["no factory", "export const store = () => 0;", /its default export is not a function/],
  ["an import that is not there", 'import "./none.ts";', /Module not found .*none\.ts/],
  ["a syntax error", "export default function (", /Expected|Unexpected/],
  [
    "work at its start that is not allowed",
    'Deno.readTextFileSync("/etc/passwd"); export default () => ({});',
    /Requires read access to "\/etc\/passwd"/,
  ],
  ["an end at its start", "Deno.exit(0);", /it ends the program/],
];

for (const [what, source, reason] of UNFIT) {
  Deno.test(`examineHandler() refuses a handler with ${what}, in one line`, async () => {
    await assert.rejects(examine(source), (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, /^Cannot compile in handler mine\.ts: /);
      assert.match(error.message, reason);
      assert.doesNotMatch(error.message, /\n|Uncaught/);
      return true;
    });
  });
}
