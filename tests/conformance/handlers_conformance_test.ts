/**
 * The suite, run on the handlers that come with the package as users run them: by their modules and
 * the options of the command line.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HandlerContext, HandlerFactory } from "../../lib/handler/handler.ts";
import { sandboxHandler } from "../../lib/handler/sandbox.ts";
import { storageAssociation } from "../../lib/service/storage_association.ts";
import {
  type Bench,
  type ConformanceOptions,
  conformanceRules,
  handlerConformance,
  type HandlerProcess,
  openDataSet,
  storeRequest,
} from "../../plugins/conformance.ts";
import forward from "../../plugins/forward.ts";
import ignore from "../../plugins/ignore.ts";
import store from "../../plugins/store.ts";
import { freePort, startDaemon } from "../support/command.ts";
import { OurStorescp } from "../support/our_storescp.ts";
import { smallDisk, whyNoSmallDisk } from "../support/small_disk.ts";

/** A handler, and how it is tried. */
interface Candidate extends Omit<ConformanceOptions, "create"> {
  readonly factory: HandlerFactory;
  /** What it has kept, where it keeps something. */
  stored?(bench: Bench, sopInstanceUid: string): Promise<readonly Uint8Array[]>;
}

/** The files under a directory, at any depth, that are no parts of one in the making. */
async function* files(directory: string): AsyncGenerator<Uint8Array> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (isDirectory) yield* files(path);
    else if (!name.endsWith(".part")) yield await Deno.readFile(path);
  }
}

/** Those whose file meta information names the instance, whoever sent it. */
async function storedFiles({ directory }: Bench, sopInstanceUid: string): Promise<Uint8Array[]> {
  const { stream: dataSet } = openDataSet({});
  const meta = storeRequest({ dataSet, sopInstanceUid }).fileMetaInformation();
  // (0002,0003), its VR, its length and its value.
  const at = 132 + META_BEFORE_UID;
  const uid = meta.subarray(at, at + 8 + (meta[at + 6] ?? 0) + 256 * (meta[at + 7] ?? 0));
  const found: Uint8Array[] = [];
  for await (const file of files(directory)) {
    if (uid.every((byte, i) => file[at + i] === byte)) found.push(file);
  }
  return found;
}

/** Group length, version (0002,0001), and (0002,0002) with the UID of CT Image Storage. */
const META_BEFORE_UID = 12 + 14 + 8 + 26;

const inDirectory = (...options: readonly (readonly [string, string])[]) => (bench: Bench) => ({
  directory: [bench.directory],
  ...Object.fromEntries(options.map(([key, value]) => [key, [value]])),
});

/** Our storescp, with the handler. */
async function storescp({ directory }: Bench, ...options: string[]): Promise<HandlerProcess> {
  const chosen = [`directory=${directory}`, ...options];
  const args = ["--handler", "store", ...chosen.flatMap((option) => ["--handler-option", option])];
  const process = await OurStorescp.start(args, directory);
  return processOn(process.port, () => process[Symbol.asyncDispose]());
}

/** The same, with the handler in a sandbox; it may read more, for that is where the handler is. */
async function sandboxedStorescp({ directory }: Bench): Promise<HandlerProcess> {
  const port = freePort();
  const daemon = await startDaemon(
    Deno.execPath(),
    [
      ...["run", "--quiet", "--config", pathOf("deno.json"), "--allow-all", "--no-prompt"],
      ...[pathOf("cli/storescp.ts"), `${port}`, "-ba", "127.0.0.1", "--sandbox"],
      ...["--handler", pathOf("plugins/store.ts"), "--handler-option", `directory=${directory}`],
    ],
    [port],
    directory,
  );
  return processOn(port, async () => {
    try {
      Deno.kill(daemon.pid, "SIGKILL");
    } catch {
      // It is dead already.
    }
    await daemon.stop();
  });
}

function processOn(port: number, kill: () => Promise<void>): HandlerProcess {
  return {
    associate: (contexts) =>
      storageAssociation({
        ...{ hostname: "127.0.0.1", port, contexts },
        ...{ calledAeTitle: "STORESCP", callingAeTitle: "STORESCU" },
      }),
    kill,
  };
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}

/** The handler of a module, in a sandbox. */
function sandboxed(file: string): HandlerFactory {
  return async (context) =>
    await (await sandboxHandler(pathOf(file), { builtIns: {} })).create(context);
}

const CANDIDATES: readonly Candidate[] = [
  {
    name: "store of the command line",
    factory: store,
    options: inDirectory(),
    stored: storedFiles,
    spawn: (bench) => storescp(bench),
    kills: 16,
  },
  {
    name: "store of the command line, by attributes and durable",
    factory: store,
    options: inDirectory(["filename", "{PatientID}/{StudyInstanceUID}/{SOPInstanceUID}.dcm"], [
      "durable",
      "true",
    ]),
    stored: storedFiles,
    spawn: (bench) => storescp(bench, "filename={PatientID}/{SOPInstanceUID}.dcm", "durable=true"),
    kills: 16,
  },
  { name: "ignore of the command line", factory: ignore },
  {
    name: "forward of the command line",
    factory: forward,
    options: { to: ["ARCHIVE@archive:104"] },
    stored: ({ destination }, uid) => Promise.resolve(destination.stored(uid)),
  },
  {
    name: "store in a sandbox",
    factory: sandboxed("plugins/store.ts"),
    options: inDirectory(),
    stored: storedFiles,
    spawn: sandboxedStorescp,
    kills: 8,
  },
  {
    name: "pipe_command in a sandbox",
    factory: sandboxed("plugins/samples/pipe_command.ts"),
    options: { command: ["sha256sum"] },
  },
  {
    name: "post_attributes to nobody, in a sandbox",
    factory: sandboxed("plugins/samples/post_attributes.ts"),
    options: { url: ["http://127.0.0.1:1/"] },
  },
];

for (const { factory, stored, ...candidate } of CANDIDATES) {
  const create: ConformanceOptions["create"] = async (context: HandlerContext, bench) => ({
    handlers: await factory(context),
    ...(stored && { stored: (uid: string) => stored(bench, uid) }),
  });
  handlerConformance({ ...candidate, create });

  if (stored !== storedFiles) continue;
  Deno.test({
    name: `handler ${candidate.name} does what it must when the disk is full` +
      (whyNoSmallDisk === undefined ? "" : ` [skipped: ${whyNoSmallDisk}]`),
    ignore: whyNoSmallDisk !== undefined,
    async fn() {
      await using disk = await smallDisk(8);
      const { spawn: _spawn, ...options } = candidate;
      const rules = conformanceRules({ ...options, create, smallDirectory: disk.directory });
      await rules.find(({ name }) => name.startsWith("refuses what there is no room for"))?.check();
    },
  });
}
