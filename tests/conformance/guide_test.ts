/**
 * The guide for writing handlers, followed word for word. Its other blocks are run as they are.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { OurStorescp } from "../support/our_storescp.ts";
import { run } from "../support/command.ts";

const ROOT = new URL("../../", import.meta.url);
const GUIDE = await Deno.readTextFile(new URL("docs/handlers.md", ROOT));

/** The code block that a pattern is found in. */
function block(language: string, pattern: RegExp): string {
  const blocks = [...GUIDE.matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm)];
  const found = blocks.find(([, kind, text = ""]) => kind === language && pattern.test(text));
  assert.ok(found?.[2], `The guide has no ${language} with ${pattern}`);
  return found[2];
}

/** The handler of the guide, in a directory where the package is known by its name. */
async function withHandler(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "guide_" });
  try {
    const { exports }: { exports: Record<string, string> } = JSON.parse(
      await Deno.readTextFile(new URL("deno.json", ROOT)),
    );
    const imports = Object.fromEntries(
      Object.entries(exports).map(([name, path]) => [
        join("@dicom/dimse", name),
        new URL(path, ROOT).href,
      ]),
    );
    await Deno.writeTextFile(join(directory, "deno.json"), JSON.stringify({ imports }));
    const count = block("ts", /const count: HandlerFactory/);
    await Deno.writeTextFile(join(directory, "count.ts"), count);
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("the handler of the guide passes the suite, called as the guide calls it", async () => {
  await withHandler(async (directory) => {
    const path = join(directory, "count_test.ts");
    await Deno.writeTextFile(path, block("ts", /handlerConformance\(/));
    const line = /^deno (test .*)$/.exec(block("sh", /deno test/).trim());
    const args = line?.[1]?.split(" ") ?? [];
    const { code, stdout, stderr } = await run(Deno.execPath(), args, {
      cwd: directory,
      env: { NO_COLOR: "1" },
    });
    assert.equal(code, 0, `${stdout}${stderr}`);
    assert.match(stdout, /^handler count does what every handler must do \.\.\. ok/m);
    assert.match(stdout, /does not keep an instance in memory \.\.\. ok/);
  });
});

Deno.test("the handler of the guide is shown as the guide shows it, and pinned by its pin", async () => {
  await withHandler(async (directory) => {
    const [command = "", ...expected] = block("console", /storescp -v/).trim().split("\n");
    const args = command.replace("$ storescp ", "").split(" ");
    await using plain = await OurStorescp.start(args, directory);
    await plain.until(/handler count$/m);
    const shown = plain.stderr.trim()
      .replaceAll(directory, "/home/me")
      .replace(/on port \d+ of 127\.0\.0\.1/, "on port 11112");
    assert.deepEqual(shown.split("\n"), expected);

    const [, pinned = ""] = /--handler '(\S+)'/.exec(block("sh", /#sha256-/)) ?? [];
    const digest = createHash("sha256").update(await Deno.readFile(join(directory, "count.ts")));
    assert.equal(pinned, `./count.ts#sha256-${digest.digest("base64")}`);
    await using _ = await OurStorescp.start(["--handler", pinned], directory);
  });
});

Deno.test("the guide links to what is there", async () => {
  const links = [...GUIDE.matchAll(/\]\((?!https:)([^)#]+)\)/g)].map(([, link = ""]) => link);
  assert.ok(links.length > 0);
  for (const link of links) await Deno.stat(fileURLToPath(new URL(link, new URL("docs/", ROOT))));
});
