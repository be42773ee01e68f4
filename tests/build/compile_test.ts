import assert from "node:assert/strict";
import { hostTarget, TARGETS } from "../../build/targets.ts";
import { compileTask } from "../support/compiled_tools.ts";
import { temporaryDenoDirectory } from "../support/deno_directory.ts";

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_compile_" });
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory), ({ name }) => name)).sort();
}

/** No runtime, and no way to the network. */
const CUT_OFF = { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "" };

Deno.test("compile says which file to put where when the runtime cannot be downloaded", () =>
  withDirectory(async (directory) => {
    await using denoDirectory = await temporaryDenoDirectory();
    const env = { ...CUT_OFF, DENO_DIR: denoDirectory.path };
    const { code, stdout, stderr } = await compileTask(["echoscu", "-o", directory], env);
    assert.equal(code, 3, stderr);
    assert.equal(stdout, "");
    const host = hostTarget();
    assert.ok(host);
    const name = `release/v${Deno.version.deno}/denort-${host.triple}.zip`;
    assert.deepEqual(stderr.trimEnd().split("\n"), [
      `compile: error: Cannot compile for ${host.name}: the runtime cannot be downloaded ` +
      "(no connection to dl.deno.land)",
      "Where there is a network, download this file:",
      `  https://dl.deno.land/${name}`,
      `    as ${denoDirectory.path}/dl/${name}`,
      "and put it there. Or set DENORT_BIN to the path of an unpacked denort, for one target.",
    ]);
    assert.deepEqual(await namesIn(directory), [], "nothing is left half done");
  }));

Deno.test("compile takes the runtime from where it says", () =>
  withDirectory(async (directory) => {
    await using denoDirectory = await temporaryDenoDirectory();
    const host = hostTarget();
    assert.ok(host);
    const place = `${denoDirectory.path}/dl/release/v${Deno.version.deno}`;
    await Deno.mkdir(place, { recursive: true });
    // Any program stands in for the runtime: nobody runs it.
    const archive = await storedZip(`denort${host.suffix}`, await Deno.readFile("/bin/true"));
    await Deno.writeFile(`${place}/denort-${host.triple}.zip`, archive);
    const env = { ...CUT_OFF, DENO_DIR: denoDirectory.path };
    const { code, stderr } = await compileTask(["echoscu", "-o", directory], env);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await namesIn(directory), ["SHA256SUMS", "echoscu"]);
  }));

Deno.test("compile puts the executables of named targets into directories of their own", () =>
  withDirectory(async (directory) => {
    const host = hostTarget();
    assert.ok(host);
    const env = { DENORT_BIN: "/bin/true" };
    const args = ["echoscu", "--target", host.name, "-o", directory];
    const { code, stderr } = await compileTask(args, env);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await namesIn(directory), ["SHA256SUMS", host.name]);
    assert.match(
      await Deno.readTextFile(`${directory}/SHA256SUMS`),
      new RegExp(`^[0-9a-f]{64} {2}${host.name}/echoscu${host.suffix}\n$`),
    );
  }));

Deno.test("compile does not put the runtime of one target into executables of another", () =>
  withDirectory(async (directory) => {
    const others = TARGETS.filter((target) => target !== hostTarget());
    for (const { name } of others) {
      const args = ["echoscu", "--target", name, "-o", directory];
      const { code, stderr } = await compileTask(args, { DENORT_BIN: Deno.execPath() });
      assert.equal(code, 3, stderr);
      assert.match(
        stderr,
        new RegExp(`^compile: error: Cannot compile for ${name} with DENORT_BIN=`),
      );
    }
  }));

const HANDLERS: readonly (readonly [what: string, source: string, reason: RegExp])[] = [
  [
    "no factory",
    "export const store = () => 0;",
    /its default export is not a function that makes handlers\n$/,
  ],
  ["an import that is not there", 'import "./none.ts";', /Module not found .*none\.ts/],
  ["a syntax error", "export default function (", /./],
  [
    "a type error",
    "export default (): number => 0;",
    /Type 'number' is not assignable to type 'Awaitable<Handlers>'/,
  ],
  [
    "work at its start that is not allowed",
    'Deno.readTextFileSync("/etc/passwd"); export default () => ({});',
    /Requires read access to "\/etc\/passwd"/,
  ],
];

for (const [what, source, reason] of HANDLERS) {
  Deno.test(`compile refuses a handler with ${what}`, () =>
    withDirectory(async (directory) => {
      const path = `${directory}/mine.ts`;
      await Deno.writeTextFile(path, source);
      const { code, stderr } = await compileTask(
        ["storescp", "--handler", path, "-o", `${directory}/out`],
        { DENORT_BIN: "/bin/true" },
      );
      assert.notEqual(code, 0);
      assert.match(stderr, /^compile: error: Cannot compile /);
      assert.match(stderr, reason);
      assert.doesNotMatch(stderr, /Stack backtrace|^\s+at async|Uncaught|--no-check/m);
    }));
}

Deno.test("compile lets a handler say what it likes at its start", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/mine.ts`;
    await Deno.writeTextFile(path, 'console.log("{}"); export default () => ({});');
    const { code, stderr } = await compileTask(
      ["storescp", "--handler", path, "-o", `${directory}/out`],
      { DENORT_BIN: "/bin/true" },
    );
    assert.equal(code, 0, stderr);
  }));

/** A zip archive of one file, not compressed. */
async function storedZip(name: string, content: Uint8Array): Promise<Uint8Array> {
  const { zipSync } = await import("fflate");
  return zipSync({ [name]: content }, { level: 0 });
}
