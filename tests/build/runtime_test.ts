import assert from "node:assert/strict";
import {
  probeDownload,
  requireRuntimes,
  RuntimeMissingError,
  type RuntimeSources,
} from "../../build/runtime.ts";
import { type Target, TARGETS } from "../../build/targets.ts";

const [LINUX_X64, LINUX_ARM64, , MACOS_ARM64, WINDOWS] = TARGETS;
assert.ok(LINUX_X64 && LINUX_ARM64 && MACOS_ARM64 && WINDOWS);

/** Sources without a network, in a directory that is removed. */
async function withSources(
  fn: (sources: RuntimeSources, probed: string[]) => Promise<void>,
): Promise<void> {
  const denoDir = await Deno.makeTempDir({ prefix: "dimse_deno_dir_" });
  const probed: string[] = [];
  try {
    await fn({
      denortBin: undefined,
      denoDir,
      version: "9.8.7",
      probe: (url) => {
        probed.push(url);
        return Promise.resolve("there is no network");
      },
    }, probed);
  } finally {
    await Deno.remove(denoDir, { recursive: true });
  }
}

async function messageOf(promise: Promise<void>): Promise<string> {
  const error: unknown = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof RuntimeMissingError, String(error));
  return error.message;
}

Deno.test("requireRuntimes() says which files to put where, all of them at once", () =>
  withSources(async (sources) => {
    const { denoDir } = sources;
    const message = await messageOf(requireRuntimes([LINUX_ARM64, WINDOWS], sources));
    assert.deepEqual(message.split("\n"), [
      "Cannot compile for linux-arm64, windows-x64: " +
      "the runtime cannot be downloaded (there is no network)",
      "Where there is a network, download these files:",
      "  https://dl.deno.land/release/v9.8.7/denort-aarch64-unknown-linux-gnu.zip",
      `    as ${denoDir}/dl/release/v9.8.7/denort-aarch64-unknown-linux-gnu.zip`,
      "  https://dl.deno.land/release/v9.8.7/denort-x86_64-pc-windows-msvc.zip",
      `    as ${denoDir}/dl/release/v9.8.7/denort-x86_64-pc-windows-msvc.zip`,
      "and put it there. Or set DENORT_BIN to the path of an unpacked denort, for one target.",
    ]);
  }));

Deno.test("requireRuntimes() asks the network only for what is not there", () =>
  withSources(async (sources, probed) => {
    const directory = `${sources.denoDir}/dl/release/v9.8.7`;
    await Deno.mkdir(directory, { recursive: true });
    await Deno.writeTextFile(`${directory}/denort-x86_64-unknown-linux-gnu.zip`, "");
    await requireRuntimes([LINUX_X64], sources);
    assert.deepEqual(probed, []);
    const message = await messageOf(requireRuntimes([LINUX_X64, MACOS_ARM64], sources));
    assert.match(message, /^Cannot compile for macos-arm64: /);
    assert.deepEqual(probed, [
      "https://dl.deno.land/release/v9.8.7/denort-aarch64-apple-darwin.zip",
    ]);
  }));

Deno.test("requireRuntimes() is content when the network has what is not there", () =>
  withSources(async (sources) => {
    const probed: string[] = [];
    const probe = (url: string): Promise<undefined> => {
      probed.push(url);
      return Promise.resolve(undefined);
    };
    await requireRuntimes(TARGETS, { ...sources, probe });
    assert.equal(new Set(probed).size, TARGETS.length);
  }));

Deno.test("requireRuntimes() takes DENORT_BIN for its own target alone", () =>
  withSources(async (sources, probed) => {
    const denortBin = `${sources.denoDir}/denort`;
    const head = new Uint8Array(64);
    for (const [offset, bytes] of Object.entries(LINUX_ARM64.magic)) head.set(bytes, +offset);
    await Deno.writeFile(denortBin, head);
    await requireRuntimes([LINUX_ARM64], { ...sources, denortBin });
    const others: Target[] = TARGETS.filter((target) => target !== LINUX_ARM64);
    for (const target of others) {
      assert.equal(
        await messageOf(requireRuntimes([target], { ...sources, denortBin })),
        `Cannot compile for ${target.name} with DENORT_BIN=${denortBin}: it is no program for ` +
          "that; unset DENORT_BIN, or set it to the denort of that target",
      );
    }
    assert.deepEqual(probed, []);
  }));

Deno.test("requireRuntimes() says when DENORT_BIN is not there", () =>
  withSources(async (sources) => {
    const denortBin = `${sources.denoDir}/none`;
    assert.equal(
      await messageOf(requireRuntimes([LINUX_X64], { ...sources, denortBin })),
      `Cannot use DENORT_BIN=${denortBin}: there is no such file`,
    );
  }));

Deno.test("probeDownload() asks by HEAD, and says why a file cannot be had", async () => {
  const methods: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    methods.push(request.method);
    return new Response(null, { status: request.url.endsWith("/there") ? 200 : 404 });
  });
  const host = `127.0.0.1:${server.addr.port}`;
  assert.equal(await probeDownload(`http://${host}/there`), undefined);
  assert.equal(await probeDownload(`http://${host}/gone`), `${host} answers 404`);
  assert.deepEqual(methods, ["HEAD", "HEAD"]);
  await server.shutdown();
  assert.equal(await probeDownload(`http://${host}/there`), `no connection to ${host}`);
});
