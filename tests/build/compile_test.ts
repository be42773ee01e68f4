import assert from "node:assert/strict";
import { type ExecutableContents, readExecutable } from "../../build/executable.ts";
import { hostTarget, TARGETS } from "../../build/targets.ts";
import { compileTask } from "../support/compiled_tools.ts";
import { temporaryDenoDirectory } from "../support/deno_directory.ts";
import { httpsServer } from "../support/https_server.ts";
import { jsrRegistry } from "../support/jsr_registry.ts";

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

Deno.test("compile refuses a handler whose types do not fit, in the words of the type checker", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/mine.ts`;
    await Deno.writeTextFile(path, "export default (): number => 0;");
    const { code, stderr } = await compileTask(
      ["storescp", "--handler", path, "-o", `${directory}/out`],
      { DENORT_BIN: "/bin/true" },
    );
    assert.equal(code, 1);
    assert.match(stderr, /^compile: error: Cannot compile storescp for /);
    assert.match(stderr, /Type 'number' is not assignable to type 'Awaitable<Handlers>'/);
    assert.doesNotMatch(stderr, /Stack backtrace|^\s+at async|Uncaught|--no-check/m);
  }));

Deno.test("compile refuses what is no handler, before anything is made", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/mine.ts`;
    await Deno.writeTextFile(path, "export const store = () => 0;");
    const { code, stdout, stderr } = await compileTask(
      ["storescp", "--handler", path, "-o", `${directory}/out`],
      { DENORT_BIN: "/bin/true" },
    );
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      `compile: error: Cannot compile in handler ${path}: its default export is not a function ` +
        "that makes handlers\n",
    );
    assert.deepEqual(await namesIn(`${directory}/out`), []);
  }));

const REMOTE = `
import { word } from "./word.ts";
export const permissions = { env: [word] };
export default () => ({ store: () => 0 });
`;

const WORD = 'export const word: string = "REMOTE_WORD";';

/** What is inside when a handler from elsewhere was compiled in. */
async function compileRemote(
  specifier: string,
  env: Readonly<Record<string, string>>,
): Promise<{ contents: ExecutableContents; text: string }> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_compile_" });
  try {
    await using denoDirectory = await temporaryDenoDirectory();
    const { code, stderr } = await compileTask(
      ["storescp", "--handler", specifier, "-o", directory],
      { DENORT_BIN: "/bin/true", DENO_DIR: denoDirectory.path, ...env },
    );
    assert.equal(code, 0, stderr);
    const bytes = await Deno.readFile(`${directory}/storescp`);
    return { contents: readExecutable(bytes), text: new TextDecoder("latin1").decode(bytes) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("compile puts in a handler from an HTTPS server, with what it imports", async () => {
  await using server = await httpsServer({ "/mine.ts": REMOTE, "/word.ts": WORD });
  const cert = await Deno.makeTempFile({ prefix: "dimse_cert_" });
  try {
    await Deno.writeTextFile(cert, server.certificate);
    const url = server.url("/mine.ts");
    const { contents, text } = await compileRemote(url, { DENO_CERT: cert });
    assert.ok(contents.grants.env?.includes("REMOTE_WORD"));
    assert.ok(text.includes(WORD), "the module is inside");
  } finally {
    await Deno.remove(cert);
  }
});

Deno.test("compile puts in a handler from JSR, with what it imports", async () => {
  await using registry = jsrRegistry({
    "@me/mine": { "1.2.3": { files: { "/mod.ts": REMOTE, "/word.ts": WORD } } },
  });
  const { contents, text } = await compileRemote("jsr:@me/mine@1", { JSR_URL: registry.url });
  assert.ok(contents.grants.env?.includes("REMOTE_WORD"));
  assert.ok(text.includes(WORD), "the module is inside");
});

/** A zip archive of one file, not compressed. */
async function storedZip(name: string, content: Uint8Array): Promise<Uint8Array> {
  const { zipSync } = await import("fflate");
  return zipSync({ [name]: content }, { level: 0 });
}
