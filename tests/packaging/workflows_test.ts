import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { TARGETS } from "../../build/targets.ts";
import { run } from "../support/command.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = `${ROOT}.github/workflows`;
const NAMES = ["ci.yml", "executables.yml", "release.yml"];

async function text(name: string): Promise<string> {
  return await Deno.readTextFile(`${FOLDER}/${name}`);
}

Deno.test("the workflows are these", async () => {
  const names = await Array.fromAsync(Deno.readDir(FOLDER), ({ name }) => name);
  assert.deepEqual(names.sort(), NAMES);
});

for (const name of NAMES) {
  Deno.test(`${name} is YAML in the form of this package`, async () => {
    // The formatter reads what it formats.
    const { code, stderr } = await run(Deno.execPath(), ["fmt", "--check", `${FOLDER}/${name}`]);
    assert.equal(code, 0, stderr);
  });

  Deno.test(`${name} pins what it uses to a major version, and what it uses here is there`, async () => {
    const uses = [...(await text(name)).matchAll(/^\s*-? ?uses: (\S+)$/gm)].map(([, what]) => what);
    assert.ok(uses.length > 0);
    for (const what of uses) {
      if (what?.startsWith("./")) assert.ok((await Deno.stat(`${ROOT}${what}`)).isFile);
      else assert.match(what ?? "", /^[\w-]+\/[\w-]+@v\d+$/);
    }
  });

  Deno.test(`${name} runs the tasks that there are`, async () => {
    const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
    for (const [, task = ""] of (await text(name)).matchAll(/deno task ([\w:]+)/g)) {
      assert.ok(task in tasks, task);
    }
  });
}

Deno.test("the executables of every target are run", async () => {
  const matrix = [...(await text("executables.yml")).matchAll(
    /target: ([\w-]+), os: [\w.-]+, suffix: "([.\w]*)"/g,
  )].map(([, target, suffix]) => [target, suffix]);
  assert.deepEqual(matrix, TARGETS.map(({ name, suffix }) => [name, suffix]));
});

Deno.test("the workflows use the Deno that the gate uses", async () => {
  const [, version] = /deno@([\d.]+)/.exec(await Deno.readTextFile(`${ROOT}.ci/run`)) ?? [];
  assert.ok(version);
  for (const name of NAMES) {
    for (const [, used] of (await text(name)).matchAll(/deno-version: (\S+)/g)) {
      assert.equal(used, version, name);
    }
  }
});
