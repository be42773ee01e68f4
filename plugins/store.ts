/**
 * The storage handler that writes each instance to a file of its own (PS3.10): the bytes of the data
 * set as they came, after preamble and file meta information.
 *
 * Options of the command line: `directory`, `naming`, `on-exist` and `durable`; they are those of
 * {@linkcode StoreOptions}. It needs permission to read and to write the directory.
 *
 * @module
 */

import type {
  HandlerContext,
  HandlerFactory,
  Handlers,
  Log,
  Status,
  StatusReply,
  StoreRequest,
} from "../lib/handler/handler.ts";
import { safeFileName } from "./file_name.ts";
import {
  type OnExist,
  PartFile,
  type PartFileName,
  type Publication,
  StorageError,
  sweepPartFiles,
} from "./part_file.ts";
import { PieceBuffers, readPieces } from "./pieces.ts";

/** How a file is called: `CT.1.2.3`, by the SOP class and without an extension, or `1.2.3.dcm`. */
export type FileNaming = "sop-class-prefix" | "uid.dcm";

/** An instance that is in its file. */
export interface StoredFile {
  /** Where it is: the directory of the options, and the file's name. */
  readonly path: string;
  /** As the peer sent it: escape it before you show it. */
  readonly sopInstanceUid: string;
  /** The size of the file. */
  readonly bytes: number;
  /** Whether another file of that name is gone now. */
  readonly replaced: boolean;
}

export type { OnExist };

/** How {@linkcode storeHandler} stores. */
export interface StoreOptions {
  /** Where the files go; made when missing. Default: the current directory. */
  readonly directory?: string;
  /** Default: `sop-class-prefix`. */
  readonly naming?: FileNaming;
  /**
   * When the name is taken. `if-different`, the default: the same data set in the same transfer
   * syntax is not written again; another one is kept beside the first, as `CT.1.2.3-1`, with a
   * warning. `overwrite`: the new file replaces the old one, with a warning.
   */
  readonly onExist?: OnExist;
  /** Whether Success waits until the file is on the medium, at the cost of some milliseconds. */
  readonly durable?: boolean;
  /** Where warnings and errors go. */
  readonly log?: Log;
  /** Called for each instance that was written, before the reply. */
  onStored?(file: StoredFile): void;
  /** Called for each instance that was there already. */
  onExisting?(file: StoredFile): void;
  /** Called when the file system refused an instance, which was answered 0xA700. */
  onFailed?(sopInstanceUid: string, error: Error): void;
}

/**
 * Makes handlers that store to disk.
 *
 * Success is answered when the file is complete under its name. When the file system refuses, the
 * answer is 0xA700, Out of Resources (PS3.4 table B.2-1), and the association goes on. When the data
 * set breaks off, its error is thrown on. In no case does a part of a file remain.
 *
 * @param options Where and how; all have defaults.
 * @returns Handlers for C-STORE.
 *
 * @example
 * ```ts
 * import { storeHandler } from "@dicom/dimse/plugins/store";
 * import assert from "node:assert/strict";
 *
 * const directory = await Deno.makeTempDir();
 * const names: string[] = [];
 * const handlers = storeHandler({ directory, onStored: (file) => void names.push(file.path) });
 * assert.equal(typeof handlers.store, "function");
 * await Deno.remove(directory);
 * ```
 */
export function storeHandler(options: StoreOptions = {}): Handlers {
  const { directory = ".", naming = "sop-class-prefix", onExist = "if-different" } = options;
  const buffers = new PieceBuffers();
  let swept: Promise<number> | undefined;

  async function write(request: StoreRequest, name: PartFileName): Promise<Written> {
    const head = request.fileMetaInformation();
    await using part = await PartFile.create(name);
    for await (const piece of readPieces(head, request.dataSet, buffers, request.signal)) {
      part.write(piece);
    }
    return { ...await part.publish(onExist, options.durable ?? false), bytes: part.size };
  }

  return {
    async store(request: StoreRequest): Promise<Status | StatusReply> {
      await (swept ??= sweepPartFiles(directory));
      const name = { directory, ...nameOf(request, naming) };
      const { sopInstanceUid } = request;
      let written: Written;
      try {
        written = await write(request, name);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        options.log?.error(error.message);
        options.onFailed?.(sopInstanceUid, error);
        return { status: OUT_OF_RESOURCES, errorComment: `Out of resources: ${error.reason}` };
      }
      const { path, outcome, bytes } = written;
      report(options.log, name, path, outcome);
      const file = { path, sopInstanceUid, bytes, replaced: outcome === "replaced" };
      if (outcome === "existing") options.onExisting?.(file);
      else options.onStored?.(file);
      return SUCCESS;
    },
  };
}

/**
 * Makes {@linkcode storeHandler} from the options of the command line.
 *
 * @param context The host's: its options, and its log.
 * @returns Handlers for C-STORE.
 * @throws {TypeError} When an option is unknown, given twice, or has a value that it does not know.
 *
 * @example
 * ```ts
 * import store from "@dicom/dimse/plugins/store";
 * import assert from "node:assert/strict";
 *
 * const log = { debug() {}, info() {}, warn() {}, error() {} };
 * const { signal } = new AbortController();
 * const associate = () => Promise.reject(new Error("This host has no network"));
 * const options = { directory: ["received"], naming: ["uid.dcm"] };
 * const handlers = await store({ options, log, signal, associate });
 * assert.equal(typeof handlers.store, "function");
 * ```
 */
const store: HandlerFactory = (context): Handlers => storeHandler(parseOptions(context));

export default store;

interface Written extends Publication {
  readonly bytes: number;
}

function parseOptions({ options, log }: HandlerContext): StoreOptions {
  for (const key of Object.keys(options)) {
    if (!OPTION_KEYS.includes(key)) {
      const known = OPTION_KEYS.join(", ");
      throw new TypeError(`Cannot use handler option ${key}: the options of store are ${known}`);
    }
  }
  const directory = single(options, "directory");
  const naming = choice(options, "naming", NAMINGS);
  const onExist = choice(options, "on-exist", ON_EXIST);
  const durable = choice(options, "durable", BOOLEANS);
  return {
    log,
    ...(directory !== undefined && { directory }),
    ...(naming !== undefined && { naming }),
    ...(onExist !== undefined && { onExist }),
    ...(durable !== undefined && { durable: durable === "true" }),
  };
}

function single(options: HandlerContext["options"], key: string): string | undefined {
  const values = options[key] ?? [];
  if (values.length > 1) {
    throw new TypeError(`Cannot use handler option ${key}: it is given ${values.length} times`);
  }
  if (values[0] === "") throw new TypeError(`Cannot use handler option ${key}: it is empty`);
  return values[0];
}

function choice<T extends string>(
  options: HandlerContext["options"],
  key: string,
  choices: readonly T[],
): T | undefined {
  const value = single(options, key);
  const found = choices.find((choice) => choice === value);
  if (value !== undefined && found === undefined) {
    const known = choices.join(", ");
    throw new TypeError(`Cannot use handler option ${key}: "${value}" is none of ${known}`);
  }
  return found;
}

function nameOf(request: StoreRequest, naming: FileNaming): { stem: string; extension: string } {
  const { sopClassUid, sopInstanceUid } = request;
  if (naming === "uid.dcm") return { stem: safeFileName("", sopInstanceUid), extension: ".dcm" };
  const prefix = PREFIXES.get(sopClassUid) ?? "UN";
  return { stem: safeFileName(prefix, sopInstanceUid), extension: "" };
}

function report(
  log: Log | undefined,
  name: PartFileName,
  path: string,
  outcome: Publication["outcome"],
): void {
  const file = `${name.stem}${name.extension}`;
  if (outcome === "replaced") log?.warn(`DICOM file already exists, overwritten: ${path}`);
  if (outcome === "existing") log?.debug(`DICOM file already exists with the same data: ${path}`);
  if (outcome === "beside") {
    log?.warn(`DICOM file ${file} already exists with other data, stored beside it: ${path}`);
  }
}

// Status numbers are repeated here: a handler takes nothing but types from the library.
const SUCCESS = 0x0000;
const OUT_OF_RESOURCES = 0xa700;

const NAMINGS = ["sop-class-prefix", "uid.dcm"] as const;
const ON_EXIST = ["if-different", "overwrite"] as const;
const BOOLEANS = ["true", "false"] as const;
const OPTION_KEYS: readonly string[] = ["directory", "naming", "on-exist", "durable"];

/** What users of other command-line tools look for in front of the UID; all others are `UN`. */
const PREFIXES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10008.5.1.4.1.1.1", "CR"],
  ["1.2.840.10008.5.1.4.1.1.2", "CT"],
  ["1.2.840.10008.5.1.4.1.1.2.1", "CTE"],
  ["1.2.840.10008.5.1.4.1.1.4", "MR"],
  ["1.2.840.10008.5.1.4.1.1.4.1", "MRE"],
  ["1.2.840.10008.5.1.4.1.1.6.1", "US"],
  ["1.2.840.10008.5.1.4.1.1.6.2", "USE"],
  ["1.2.840.10008.5.1.4.1.1.7", "SC"],
  ["1.2.840.10008.5.1.4.1.1.12.1", "XA"],
  ["1.2.840.10008.5.1.4.1.1.12.1.1", "XAE"],
  ["1.2.840.10008.5.1.4.1.1.20", "NM"],
  ["1.2.840.10008.5.1.4.1.1.128", "PT"],
  ["1.2.840.10008.5.1.4.1.1.130", "PTE"],
  ["1.2.840.10008.5.1.4.1.1.481.1", "RI"],
  ["1.2.840.10008.5.1.4.1.1.481.2", "RD"],
  ["1.2.840.10008.5.1.4.1.1.481.3", "RS"],
  ["1.2.840.10008.5.1.4.1.1.481.5", "RP"],
]);
