import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { sandboxed, storing } from "./sandboxed.ts";

/** What a handler imports by a name that is made at run time, and whether it gets it. */
const IMPORTS: readonly (readonly [specifier: string, error: RegExp | undefined])[] = [
  ["node:path", undefined],
  ["./answer.ts", undefined],
  ["./other.ts", /^TypeError .*Requires read access to/],
  ["npm:is-odd", /Cannot import npm:is-odd in .*: a sandbox has no modules but those that it was/],
  ["jsr:@a/b", /Cannot import jsr:@a\/b in /],
  ["https://a.example/b.ts", /Cannot import https:\/\/a\.example\/b\.ts in /],
  [
    "data:text/javascript,export default 1",
    /Cannot import data:.* in .*: a sandbox has no modules/,
  ],
];

for (const [specifier, error] of IMPORTS) {
  const what = error === undefined ? "may" : "may not";
  Deno.test(`a handler in a sandbox ${what} import ${specifier} at run time`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(join(directory, "answer.ts"), "export const answer = 7;");
      await Deno.writeTextFile(join(directory, "other.ts"), "export const answer = 8;");
      await Deno.writeTextFile(
        join(directory, "mine.ts"),
        `import { answer } from "./answer.ts";
        export default () => ({ async store() {
          try { await import(${JSON.stringify(specifier)} + String()); } catch (error) {
            return { status: 0xa700, errorComment: error.name + " " + error.message };
          }
          return { status: answer === 7 ? 0 : 0xa700 };
        } });`,
      );
      await using sandbox = await sandboxed(pathToFileURL(join(directory, "mine.ts")).href);
      const { status, errorComment = "" } = await sandbox.store();
      assert.equal(status, error === undefined ? 0 : 0xa700);
      assert.match(errorComment, error ?? /^$/);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("what a handler in a sandbox imports of itself is the same module", async () => {
  await using sandbox = await sandboxed(storing(
    `const { mark } = await import(import.meta.url); return mark === "mine" ? 0 : 0xa700`,
    `export const mark = "mine"`,
  ));
  assert.deepEqual(await sandbox.store(), { status: 0 });
});
