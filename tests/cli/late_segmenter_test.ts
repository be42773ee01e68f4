import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { TOOLS } from "../../cli/tools.ts";
import { run } from "../support/command.ts";

const CLI = fileURLToPath(new URL("../../cli/", import.meta.url));

for (const { name } of [...TOOLS, { name: "dimse" }]) {
  Deno.test(`${name} puts off the segmenter before it imports anything`, async () => {
    const source = await Deno.readTextFile(`${CLI}${name}.ts`);
    const [first] = /^import .*$/m.exec(source) ?? [];
    assert.equal(first, 'import "./late_segmenter.ts";');
  });
}

Deno.test("the first segmenter is made when it is used, and those after it are the platform's", async () => {
  const program = `
    const { Segmenter } = Intl;
    await import("./late_segmenter.ts");
    const first = new Intl.Segmenter(undefined, { granularity: "word" });
    console.log(JSON.stringify({
      isLate: !(first instanceof Segmenter),
      isBack: Intl.Segmenter === Segmenter,
      parts: [...first.segment("CT one")].map(({ segment }) => segment),
      granularity: first.resolvedOptions().granularity,
    }));
  `;
  const { stdout } = await run(Deno.execPath(), ["eval", "--quiet", program], { cwd: CLI });
  assert.deepEqual(JSON.parse(stdout), {
    isLate: true,
    isBack: true,
    parts: ["CT", " ", "one"],
    granularity: "word",
  });
});
