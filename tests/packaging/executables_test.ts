/**
 * The executables: what each may do and what is inside, read back from the files; and, where there is
 * a real runtime, that they do their work.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type ExecutableContents, readExecutable } from "../../build/executable.ts";
import { run } from "../support/command.ts";
import { availableRuntime, compileTask } from "../support/compiled_tools.ts";
import { whyMissing } from "../support/peers.ts";
import { TRIALS, withTrial } from "./tool_trial.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RUNTIME = await availableRuntime();

const CACHE = ["HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"];
const SPACE = ["statfs"];
const RETRIEVING = {
  net: "all",
  read: "all",
  write: "all",
  env: ["DIMSE_PASSWORD", ...CACHE],
  sys: SPACE,
} as const;

/** What each executable may do; what is not here is not granted. */
const GRANTS: Readonly<Record<string, Record<string, "all" | readonly string[]>>> = {
  movescu: RETRIEVING,
  getscu: RETRIEVING,
  storescu: { net: "all", read: "all", write: "all", env: ["DIMSE_PASSWORD"] },
  storescp: { net: "all", read: "all", write: "all", env: CACHE, sys: SPACE },
  qrscp: { net: "all", read: "all", write: "all", env: CACHE, sys: SPACE },
  findscu: { net: "all", read: "all", write: "all", env: ["DIMSE_PASSWORD"] },
  echoscu: { net: "all", read: "all", env: ["DIMSE_PASSWORD"] },
  dimse: RETRIEVING,
};

/** The tools that have handlers. */
const HANDLING: ReadonlySet<string> = new Set(["movescu", "getscu", "storescp", "qrscp", "dimse"]);

/** The tools that serve. */
const SERVING: ReadonlySet<string> = new Set(["storescp", "qrscp", "dimse"]);

/** Where `deno compile` lets modules come from when it makes an executable, of whatever program. */
const MODULE_HOSTS = [
  ...["deno.land:443", "esm.sh:443", "cdn.jsdelivr.net:443", "gist.githubusercontent.com:443"],
  ...["jsr.io:443", "raw.esm.sh:443", "raw.githubusercontent.com:443"],
].sort();

/** The packages that the tools are made of; those of the tests are not among them. */
const PACKAGES = new Set(["@optique/core", "es-module-lexer", "fflate"]);

/** Bytes that may be embedded: three times this and the user notices the download. */
const SIZE_LIMIT = 10_000_000;

/** The modules of this package that a module imports when it runs, those that it imports late too. */
async function modulesOf(entry: string): Promise<Set<string>> {
  const { stdout } = await run(Deno.execPath(), ["info", "--json", `${ROOT}${entry}`]);
  const graph: {
    readonly modules: readonly {
      readonly specifier: string;
      readonly dependencies?: readonly { readonly code?: { readonly specifier?: string } }[];
    }[];
  } = JSON.parse(stdout);
  const imports = new Map(graph.modules.map(({ specifier, dependencies = [] }) =>
    [
      specifier,
      dependencies.flatMap(({ code }) =>
        code?.specifier?.startsWith("file:") ? [code.specifier] : []
      ),
    ] as const
  ));
  const found = new Set<string>();
  const open = [new URL(`../../${entry}`, import.meta.url).href];
  for (let url = open.pop(); url !== undefined; url = open.pop()) {
    if (found.has(url)) continue;
    found.add(url);
    open.push(...imports.get(url) ?? []);
  }
  return new Set([...found].map((url) => fileURLToPath(url).slice(ROOT.length)));
}

function assertRights(name: string, contents: ExecutableContents): void {
  const { import: hosts, ...grants } = contents.grants;
  assert.deepEqual(grants, GRANTS[name]);
  assert.deepEqual(contents.denials, {});
  assert.deepEqual([...hosts ?? []].sort(), MODULE_HOSTS);
  assert.equal(contents.asks, false);
  // Of deno.json, for sandboxes: a Worker may be allowed less than the program, and never more.
  // And for the workers of a server, which share its port.
  assert.deepEqual(contents.unstable, ["worker-options", "net"]);
  // Behind those of Deno itself.
  assert.equal(contents.v8Flags.at(-1), "--max-semi-space-size=4");
  assert.deepEqual(contents.args, []);
  assert.equal(contents.entry, `cli/${name}.ts`);
}

async function assertEmbedded(name: string, contents: ExecutableContents): Promise<void> {
  const own = contents.files.filter((path) => !path.startsWith(".deno_compile_node_modules/"));
  const modules = await modulesOf(`cli/${name}.ts`);
  // The programs of Workers: no import names them.
  const workers = [
    ...(HANDLING.has(name) ? ["lib/handler/sandbox_worker.ts"] : []),
    ...(SERVING.has(name) ? ["cli/service_worker.ts"] : []),
  ];
  for (const worker of workers) {
    for (const path of await modulesOf(worker)) modules.add(path);
  }
  assert.deepEqual(own, [...modules].sort());
  assert.deepEqual(own.filter((path) => !/^(lib|plugins|cli)\/|^deno\.json$/.test(path)), []);
  const plugins = HANDLING.has(name)
    ? ["plugins/store.ts", "plugins/ignore.ts", "plugins/forward.ts"]
    : [];
  assert.deepEqual(plugins.filter((path) => !own.includes(path)), []);
  const packages = contents.files.filter((path) => !own.includes(path)).map((path) =>
    /^\.deno_compile_node_modules\/localhost\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? path
  );
  assert.deepEqual([...new Set(packages)].filter((each) => !PACKAGES.has(each)), []);
}

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_executables_" });
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A step that runs an executable: skipped, with the reason in its name, where it cannot. */
async function runStep(
  context: Deno.TestContext,
  name: string,
  tool: string,
  fn: () => Promise<void>,
): Promise<void> {
  const missing = (TRIALS[tool]?.needs ?? []).map(whyMissing).find((reason) =>
    reason !== undefined
  );
  const reason = RUNTIME.whyNotRunning ?? missing;
  await context.step(
    reason === undefined
      ? { name, fn }
      : { name: `${name} [skipped: ${reason}]`, ignore: true, fn: () => {} },
  );
}

Deno.test("deno task compile makes executables that may do what they need and no more", (context) =>
  withDirectory(async (directory) => {
    const { code, stdout, stderr } = await compileTask(["-o", directory], RUNTIME.env);
    assert.equal(code, 0, stderr);
    const sums = await Deno.readTextFile(`${directory}/SHA256SUMS`);
    assert.deepEqual(
      sums.trimEnd().split("\n").map((line) => line.slice(66)),
      Object.keys(GRANTS).sort(),
    );
    for (const name of Object.keys(GRANTS)) {
      const path = `${directory}/${name}`;
      const contents = readExecutable(await Deno.readFile(path));
      await context.step(`${name}: its rights`, () => assertRights(name, contents));
      await context.step(`${name}: its modules`, () => assertEmbedded(name, contents));
      await context.step(`${name}: its size`, () => {
        assert.ok(contents.size < SIZE_LIMIT, `${contents.size} bytes`);
        assert.match(stdout, new RegExp(`^${path}: .* MB ${name} itself; may `, "m"));
      });
      if (name === "dimse") continue;
      await runStep(context, `${name}: its work`, name, () =>
        withTrial(name, async (trial) => {
          await trial.assertDone(await trial.start({ program: path, args: [] }));
        }));
      await runStep(
        context,
        `dimse ${name}: its work`,
        name,
        () =>
          withTrial(name, async (trial) => {
            const program = `${directory}/dimse`;
            await trial.assertDone(await trial.start({ program, args: [name] }));
          }),
      );
      await runStep(
        context,
        `dimse called as ${name}: its work`,
        name,
        () =>
          withTrial(name, async (trial) => {
            const program = `${directory}/links/${name}`;
            await Deno.mkdir(`${directory}/links`, { recursive: true });
            await Deno.symlink(`${directory}/dimse`, program);
            await trial.assertDone(await trial.start({ program, args: [] }));
          }),
      );
    }
  }));

const HANDLER = `
import { describe } from "./lib/text.ts";
import type { HandlerFactory } from "@dicom/dimse/handler";

export const permissions = { env: ["TOKEN"], run: ["gzip"], net: ["example.org:443"] };
const factory: HandlerFactory = ({ log }) => ({
  async store(request) {
    for await (const chunk of request.dataSet) chunk.byteLength;
    log.info(describe(request.sopInstanceUid));
    return 0x0000;
  },
});
export default factory;
`;

Deno.test("deno task compile --handler puts a handler in, with what it declares and what is granted", (context) =>
  withDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/lib`);
    await Deno.writeTextFile(
      `${directory}/lib/text.ts`,
      "export const describe = (uid: string): string => `taken by mine: ${uid}`;\n",
    );
    await Deno.writeTextFile(`${directory}/mine.ts`, HANDLER);
    const lock = await Deno.readTextFile(`${ROOT}deno.lock`);
    const { code, stderr } = await compileTask([
      ...["storescp", "-o", directory, "--handler", `${directory}/mine.ts`],
      ...["--handler-allow-env", "MORE"],
    ], RUNTIME.env);
    assert.equal(code, 0, stderr);
    const path = `${directory}/storescp`;
    const { grants, files, asks, entry, size } = readExecutable(await Deno.readFile(path));
    const { import: _hosts, ...own } = grants;
    assert.deepEqual(own, {
      ...GRANTS.storescp,
      env: [...CACHE, "TOKEN", "MORE"],
      run: ["gzip"],
    });
    assert.equal(asks, false);
    assert.match(entry, /\/handler_[0-9a-f]+\/storescp\.ts$/);
    assert.deepEqual(
      files.filter((each) => each.endsWith("/mine.ts") || each.endsWith("/lib/text.ts")).length,
      2,
    );
    assert.ok(size < SIZE_LIMIT, `${size} bytes`);
    assert.equal(await Deno.readTextFile(`${ROOT}deno.lock`), lock, "the lock file is not its");
    const left = await Array.fromAsync(Deno.readDir(`${ROOT}dist`), ({ name }) => name);
    assert.deepEqual(left.filter((name) => name.startsWith("handler_")), []);
    await runStep(
      context,
      "it takes instances",
      "storescp",
      () =>
        withTrial("storescp", async (trial) => {
          const output = await trial.start({ program: path, args: [], hasHandler: true });
          assert.equal(output.code, 0, output.stderr);
          assert.match(output.stderr, /taken by mine: 1\.2\.3\.4\.5/);
        }),
    );
  }));
