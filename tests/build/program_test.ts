import assert from "node:assert/strict";
import {
  compileArguments,
  entrySource,
  type Job,
  PROGRAMS,
  workerModules,
} from "../../build/program.ts";
import { TARGETS } from "../../build/targets.ts";
import { TOOLS } from "../../cli/tools.ts";

const [target] = TARGETS;
assert.ok(target);

function job(name: string, more: Partial<Job> = {}): Job {
  const program = PROGRAMS.find((each) => each.name === name);
  assert.ok(program, name);
  assert.ok(target);
  return {
    program,
    target,
    root: "/root",
    entry: `cli/${name}.ts`,
    output: `out/${name}`,
    ...more,
  };
}

Deno.test("PROGRAMS are the tools and dimse", () => {
  assert.deepEqual(PROGRAMS.map(({ name }) => name), [...TOOLS.map(({ name }) => name), "dimse"]);
});

Deno.test("compileArguments() grants echoscu what it needs", () => {
  assert.deepEqual(compileArguments(job("echoscu")), [
    ...["compile", "--quiet", "--no-prompt", "--exclude-unused-npm"],
    ...["--v8-flags=--max-semi-space-size=4", "--config", "/root/deno.json"],
    ...["--allow-net", "--allow-read", "--allow-env=DIMSE_PASSWORD"],
    ...["--target", target.triple, "--output", "out/echoscu", "cli/echoscu.ts"],
  ]);
});

Deno.test("compileArguments() lets the tools that have handlers make sandboxes", () => {
  for (const program of PROGRAMS) {
    const has = compileArguments(job(program.name)).includes("--unstable-worker-options");
    assert.equal(has, program.hasHandlers, program.name);
  }
});

Deno.test("compileArguments() lets the servers have workers, which share a port", () => {
  for (const program of PROGRAMS) {
    const has = compileArguments(job(program.name)).includes("--unstable-net");
    assert.equal(has, program.serves, program.name);
    const serves = ["storescp", "qrscp", "dimse"].includes(program.name);
    assert.equal(workerModules(program).includes("cli/service_worker.ts"), serves, program.name);
  }
});

Deno.test("compileArguments() adds what a handler may do", () => {
  const args = compileArguments(
    job("movescu", { handler: { env: ["TOKEN", "A"], run: ["gzip"] }, lock: "/tmp/deno.lock" }),
  );
  assert.deepEqual(args.filter((arg) => arg.startsWith("--allow-")), [
    ...["--allow-net", "--allow-read", "--allow-write"],
    "--allow-env=DIMSE_PASSWORD,HOME,XDG_CACHE_HOME,LOCALAPPDATA,TOKEN,A",
    "--allow-run=gzip",
    "--allow-sys=statfs",
  ]);
  assert.equal(args[args.indexOf("--lock") + 1], "/tmp/deno.lock");
});

Deno.test("compileArguments() grants nothing that is not there", () => {
  const args = compileArguments(job("movescu", { handler: { env: [], run: [] } }));
  assert.deepEqual(args.filter((arg) => arg.startsWith("--allow-")), [
    ...["--allow-net", "--allow-read", "--allow-write"],
    "--allow-env=DIMSE_PASSWORD,HOME,XDG_CACHE_HOME,LOCALAPPDATA",
    "--allow-sys=statfs",
  ]);
});

Deno.test("entrySource() quotes what it is given", () => {
  const { program } = job("dimse");
  const source = entrySource(program, "../..", { specifier: './a"b.ts', module: '../a"b.ts' });
  assert.deepEqual(source.split("\n"), [
    'import { main } from "../../cli/dimse.ts";',
    'import { denoMultiCallIo as io } from "../../cli/dimse.ts";',
    'import * as module from "../a\\"b.ts";',
    'const url = import.meta.resolve("../a\\"b.ts");',
    'const bakedHandler = { specifier: "./a\\"b.ts", module, url };',
    "Deno.exit(await main(Deno.args, { ...io, bakedHandler }));",
    "",
  ]);
});

Deno.test("compileArguments() names modules that are there", async () => {
  for (const program of PROGRAMS) {
    const args = compileArguments(job(program.name));
    const included = args.filter((_, index) => args[index - 1] === "--include");
    assert.equal(included.length > 0, program.hasHandlers);
    for (const path of included) {
      const { isFile } = await Deno.stat(
        new URL(`../..${path.slice("/root".length)}`, import.meta.url),
      );
      assert.ok(isFile, path);
    }
  }
});
