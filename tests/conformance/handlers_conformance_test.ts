/**
 * The suite, run on the handlers that come with the package as users run them: by their modules and
 * the options of the command line.
 *
 * @module
 */

import { join } from "node:path";
import type { HandlerContext, HandlerFactory } from "../../lib/handler/handler.ts";
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
  const chosen = options.flatMap((option) => ["--handler-option", option]);
  const args = ["--handler", "store", "--handler-option", `directory=${directory}`, ...chosen];
  const process = await OurStorescp.start(["-v", ...args], directory);
  return {
    associate: (contexts) =>
      storageAssociation({
        ...{ hostname: "127.0.0.1", port: process.port, contexts },
        ...{ calledAeTitle: "STORESCP", callingAeTitle: "STORESCU" },
      }),
    kill: () => process[Symbol.asyncDispose](),
  };
}

const CANDIDATES: readonly Candidate[] = [
  {
    name: "store of the command line",
    factory: store,
    options: inDirectory(),
    stored: storedFiles,
    spawn: (bench) => storescp(bench),
    kills: 20,
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
    kills: 20,
  },
  { name: "ignore of the command line", factory: ignore },
  {
    name: "forward of the command line",
    factory: forward,
    options: { to: ["ARCHIVE@archive:104"] },
    stored: ({ destination }, uid) => Promise.resolve(destination.stored(uid)),
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
