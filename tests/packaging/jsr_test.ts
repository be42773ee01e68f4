/**
 * The package as a registry serves it: run, installed, and imported by its name.
 *
 * @module
 */

import assert from "node:assert/strict";
import { leastFlags, permissionFlags, TOOLS } from "../../cli/tools.ts";
import { run } from "../support/command.ts";
import { type DenoDirectory, temporaryDenoDirectory } from "../support/deno_directory.ts";
import { type JsrRegistry, jsrRegistry } from "../support/jsr_registry.ts";
import { peerTest } from "../support/peers.ts";
import {
  packageConfig,
  publishedPackage,
  rehearsePublishing,
} from "../support/published_package.ts";
import { TRIALS, withTrial } from "./tool_trial.ts";

const { name: PACKAGE, version: VERSION, exports: EXPORTS, tasks: TASKS } = await packageConfig();

Deno.test("deno publish --dry-run has nothing to say but that handlers are loaded by URL", async () => {
  const { code, stdout, stderr } = await rehearsePublishing();
  assert.equal(code, 0, stderr);
  const warnings = [
    ...`${stdout}\n${stderr}`.matchAll(/^(?:warning|error)\[([\w-]+)\].*\n\s*--> (\S+):\d+:\d+$/gm),
  ]
    .map(([, kind, place = ""]) => `${kind} in ${place.replace(/^.*\/(?=(?:lib|cli)\/)/, "")}`);
  assert.deepEqual([...new Set(warnings)].sort(), [
    // In a worker of an executable, the handler that was compiled in.
    "unanalyzable-dynamic-import in cli/service_worker.ts",
    "unanalyzable-dynamic-import in lib/handler/load.ts",
    "unanalyzable-dynamic-import in lib/handler/module_hooks.ts",
  ]);
  const told = (stdout + stderr).match(/warning/gi) ?? [];
  assert.equal(told.length, warnings.length, stderr);
});

Deno.test("the published files are sources and documents, and every export is among them", async () => {
  const files = Object.keys((await publishedPackage())[PACKAGE]?.[VERSION]?.files ?? {});
  const others = files.filter((path) => !/^\/(?:lib|plugins|cli)\/.*\.ts$/.test(path)).sort();
  assert.deepEqual(others.filter((path) => !/^\/docs\/\w+\.md$/.test(path)), [
    ...["/ARCHITECTURE.md", "/CHANGELOG.md", "/LICENSE", "/README.md", "/deno.json", "/mod.ts"],
  ]);
  for (const path of Object.values(EXPORTS)) assert.ok(files.includes(path.slice(1)), path);
});

Deno.test("the documentation of every export is checked", () => {
  const checked = (TASKS["check:docs"] ?? "").split(" ").filter((word) => word.endsWith(".ts"));
  assert.deepEqual(checked.sort(), Object.values(EXPORTS).map((path) => path.slice(2)).sort());
});

/** A registry with the package, and a place to keep what comes from there. */
interface Bench {
  readonly registry: JsrRegistry;
  readonly directory: DenoDirectory;
  /** The environment in which `jsr:` means the registry. */
  readonly env: Record<string, string>;
}

async function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  await using registry = jsrRegistry(await publishedPackage());
  await using directory = await temporaryDenoDirectory();
  await use({
    registry,
    directory,
    env: { JSR_URL: registry.url, DENO_DIR: directory.path, NO_COLOR: "1" },
  });
}

Deno.test("every export of the package can be imported from a registry", () =>
  withBench(async ({ registry, directory, env }) => {
    const imports = Object.keys(EXPORTS).map((path) =>
      `await import("jsr:${PACKAGE}${path.slice(1)}");`
    );
    await Deno.writeTextFile(`${directory.path}/all.ts`, imports.join("\n"));
    const { code, stderr } = await run(
      Deno.execPath(),
      ["run", "--no-prompt", "--no-config", "--no-lock", `${directory.path}/all.ts`],
      { env },
    );
    assert.equal(code, 0, stderr);
    assert.ok(registry.requests.includes(`/${PACKAGE}/meta.json`));
    assert.doesNotMatch(stderr, /warning/i);
  }));

const RUN = ["run", "--no-prompt", "--no-config", "--no-lock"];

for (const tool of TOOLS) {
  peerTest({
    name: `deno run jsr:${PACKAGE}/${tool.name} does its work`,
    needs: TRIALS[tool.name]?.needs ?? [],
    fn: () =>
      withBench(({ env }) =>
        withTrial(tool.name, async (trial) => {
          const specifier = `jsr:${PACKAGE}/${tool.name}`;
          await trial.assertDone(
            await trial.start({
              program: "env",
              args: [
                ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
                ...[Deno.execPath(), ...RUN, ...leastFlags(tool), specifier],
              ],
            }),
          );
        })
      ),
  });
}

const HANDLER = `
import type { HandlerFactory } from "@dicom/dimse/handler";

const factory: HandlerFactory = ({ log }) => ({
  async store(request) {
    for await (const chunk of request.dataSet) chunk.byteLength;
    log.info("taken: " + request.sopInstanceUid);
    return 0x0000;
  },
});
export default factory;
`;

for (const sandbox of [[], ["--sandbox"]]) {
  peerTest({
    name: `deno run jsr:${PACKAGE}/storescp takes a handler ${sandbox.join("") || "by its path"}`,
    needs: ["dcmtk"],
    fn: () =>
      withBench(({ directory, env }) =>
        withTrial("storescp", async (trial) => {
          const handler = `${directory.path}/mine.ts`;
          await Deno.writeTextFile(handler, HANDLER);
          const { code, stderr } = await trial.start({
            program: "env",
            args: [
              ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
              ...[Deno.execPath(), ...RUN, "--allow-net", "--allow-read", "--allow-write"],
              ...(sandbox.length > 0 ? ["--unstable-worker-options"] : []),
              ...[`jsr:${PACKAGE}/storescp`, "--handler", handler, ...sandbox],
              ...["--handler", "store"],
            ],
          });
          assert.equal(code, 0, stderr);
          assert.match(stderr, /taken: 1\.2\.3\.4\.5/);
          assert.equal(/runs in a sandbox/.test(stderr), sandbox.length > 0, stderr);
        })
      ),
  });
}

peerTest({
  name: `deno run --unstable-net jsr:${PACKAGE}/storescp has workers`,
  needs: ["dcmtk"],
  fn: () =>
    withBench(({ env }) =>
      withTrial("storescp", async (trial) => {
        const { code, stderr } = await trial.start({
          program: "env",
          args: [
            ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
            ...[Deno.execPath(), ...RUN, "--allow-net", "--allow-read", "--allow-write"],
            ...["--unstable-net", `jsr:${PACKAGE}/storescp`, "--workers", "2"],
          ],
        });
        assert.equal(code, 0, stderr);
        assert.match(stderr, /^I: Served by 2 workers$/m);
      })
    ),
});

Deno.test(`deno run jsr:${PACKAGE}/storescp says what workers need`, () =>
  withBench(async ({ env }) => {
    const args = [...RUN, "--allow-net", `jsr:${PACKAGE}/storescp`, "0", "--workers", "2"];
    const { code, stderr } = await run(Deno.execPath(), args, { env });
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /^E: Cannot use --workers 2: it needs --unstable-net; start the program with that$/m,
    );
  }));

const INSTALLED = [
  ...TOOLS.map((tool) => ({ name: tool.name, flags: leastFlags(tool), args: [] })),
  {
    name: "dimse",
    flags: permissionFlags(TOOLS.flatMap(({ needs }) => needs.filter((need) => !need.isOptional))),
    args: ["echoscu"],
  },
];

Deno.test("deno install -g jsr: puts commands in place that run", (context) =>
  withBench(async ({ directory, env }) => {
    const root = `${directory.path}/root`;
    for (const { name, flags, args } of INSTALLED) {
      await context.step(name, async () => {
        const specifier = `jsr:${PACKAGE}/${name}`;
        const installed = await run(Deno.execPath(), [
          ...["install", "-g", "--root", root, "--no-config", ...flags, "-n", name, specifier],
        ], { env });
        assert.equal(installed.code, 0, installed.stderr);
        const { code, stdout, stderr } = await run(`${root}/bin/${name}`, [...args, "--version"], {
          env,
        });
        assert.equal(code, 0, stderr);
        assert.match(stdout, new RegExp(`^${args[0] ?? name} ${VERSION}\n$`));
      });
    }
  }));

Deno.test("deno compile takes a tool from a registry", () =>
  withBench(async ({ directory, env }) => {
    const output = `${directory.path}/echoscu`;
    const { code, stderr } = await run(Deno.execPath(), [
      ...["compile", "--quiet", "--no-config", "--no-prompt", "--allow-net"],
      ...["-o", output, `jsr:${PACKAGE}/echoscu`],
    ], { env: { ...env, DENORT_BIN: "/bin/true" } });
    assert.equal(code, 0, stderr);
    assert.ok((await Deno.stat(output)).isFile);
  }));
