/**
 * The storage handler that writes each instance to a file of its own (PS3.10): the bytes of the data
 * set as they came, after preamble and file meta information.
 *
 * Options of the command line: `directory`, `naming` or `filename`, `on-exist`, `durable` and `min-free`;
 * they are those of {@linkcode StoreOptions}. It needs permission to read and to write the directory,
 * and `sys` for `statfs` with `min-free`.
 *
 * @module
 */

import type {
  Awaitable,
  HandlerContext,
  HandlerFactory,
  HandlerPermissions,
  Handlers,
  Log,
  Status,
  StatusReply,
  StoreRequest,
} from "../lib/handler/handler.ts";
import { DirectoryTree } from "./directory_tree.ts";
import { FreeSpace, FreeSpaceError, type MinimumFree, parseMinimumFree } from "./free_space.ts";
import {
  type FileName,
  type FileNaming,
  type InstanceNaming,
  templateNaming,
  uidNaming,
} from "./instance_name.ts";
import { ON_EXIST, type OnExist } from "./on_exist.ts";
import { PartFile, sweepPartFiles } from "./part_file.ts";
import { passPieces, PieceBuffers } from "./pieces.ts";
import { findExisting, looksFirst, type Publication, publish } from "./publication.ts";
import { StorageError } from "./storage_error.ts";

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

export { type FileNaming, type MinimumFree, type OnExist, sweepPartFiles };

/** How {@linkcode storeHandler} stores. */
export interface StoreOptions {
  /** Where the files go; made when missing. Default: the current directory. */
  readonly directory?: string;
  /** Default: `sop-class-prefix`. */
  readonly naming?: FileNaming;
  /**
   * Instead of `naming`: a template such as `{StudyInstanceUID}/{Modality}.{SOPInstanceUID}.dcm`. Each
   * field in braces is the keyword of an element (PS3.6), or one of `SOPInstanceUID`, `SOPClassUID`,
   * `SOPClassPrefix` (such as `CT`), `CallingAET` and `CalledAET`. Values become fit for the names of
   * files on Linux, macOS and Windows; where one is missing, or comes after the first MiB of the data
   * set, `unknown` stands for it. No symbolic link below the directory is followed.
   */
  readonly filename?: string;
  /** What to do when the name is taken. Default: `if-different`. */
  readonly onExist?: OnExist;
  /**
   * Whether Success waits until the file, its name and its directories are on the medium, at the cost of
   * some milliseconds. Above `directory` that goes as far as there is permission to read.
   */
  readonly durable?: boolean;
  /**
   * What is to stay free on the disk: an instance that would take of it is answered 0xA700 before
   * anything is written, or as soon as it comes to that. It needs the permission `sys` for `statfs`.
   * Default: nothing.
   */
  readonly minimumFree?: MinimumFree;
  /**
   * Whether {@linkcode sweepPartFiles} has been through the directory. Default: it has not, and the first
   * instance waits for it.
   */
  readonly isSwept?: boolean;
  /** Where warnings and errors go. */
  readonly log?: Log;
  /**
   * Names a file that holds an instance already, wherever that is: `if-different` compares with it too,
   * when the data set has arrived. Default: files are looked for by their names alone.
   */
  holderOf?(sopInstanceUid: string): string | undefined;
  /** Called for each instance that was written, before the reply. */
  onStored?(file: StoredFile): void;
  /** Called for each instance that was there already, or whose name is taken when that is to do. */
  onExisting?(file: StoredFile): void;
  /**
   * Called for each instance that was not stored: the file system refused it, which was answered
   * 0xA700, or its name is taken and `onExist` is `fail`, which was answered 0x0111.
   */
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
 * @throws {TypeError} When `filename` is no template, or given beside `naming`.
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
  const { directory = ".", onExist = "if-different", durable = false, log } = options;
  const naming = namingOf(options);
  const tree = new DirectoryTree(directory, durable);
  const buffers = new PieceBuffers();
  const toLook = looksFirst(onExist) ? onExist : undefined;
  const space = options.minimumFree && new FreeSpace(directory, options.minimumFree, { log });
  let swept: Promise<unknown> | undefined;

  async function write(request: StoreRequest): Promise<Publication> {
    const name = naming.nameOf(request);
    let known = "then" in name ? undefined : name;
    // What the attributes fail with, the data set fails with too.
    if ("then" in name) name.then((found) => void (known = found), () => {});
    const label = naming.labelOf(request);
    let part: PartFile | undefined;
    let hasLooked = false;

    const append = (piece: Uint8Array): void => {
      part ??= PartFile.create(tree, label);
      part.write(piece);
    };
    const keep = (piece: Uint8Array): Awaitable<void> => {
      const asked = space?.take({ file: label, directory }, piece.byteLength, part === undefined);
      return asked === undefined ? append(piece) : asked.then(() => append(piece));
    };
    const look = async (name: FileName, onExist: "skip" | "fail"): Promise<void> => {
      hasLooked = true;
      const existing = await findExisting(tree, name, onExist);
      if (existing !== undefined) throw new EnoughError(existing);
    };
    const take = (piece: Uint8Array): Awaitable<void> => {
      if (toLook === undefined || hasLooked || known === undefined) return keep(piece);
      return look(known, toLook).then(() => keep(piece));
    };

    try {
      await passPieces(request.fileMetaInformation(), request, buffers, take);
      part ??= PartFile.create(tree, label);
      const holder = options.holderOf?.(request.sopInstanceUid);
      return await publish(part, tree, { name: await name, holder }, onExist);
    } catch (error) {
      if (error instanceof EnoughError) return error.existing;
      throw error;
    } finally {
      part?.[Symbol.dispose]();
    }
  }

  return {
    ...(naming.attributes.length > 0 && { attributes: naming.attributes }),
    async store(request: StoreRequest): Promise<Status | StatusReply> {
      if (!options.isSwept) await (swept ??= sweepPartFiles(directory));
      const { sopInstanceUid } = request;
      let publication: Publication;
      try {
        publication = await write(request);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        if (error instanceof FreeSpaceError) log?.debug(error.message);
        else log?.error(error.message);
        options.onFailed?.(sopInstanceUid, error);
        const { status, reason } = error;
        const refusal = status === DUPLICATE_SOP_INSTANCE
          ? "Duplicate instance"
          : "Out of resources";
        return { status, errorComment: `${refusal}: ${reason}` };
      }
      const { path, outcome, bytes } = publication;
      report(log, publication, onExist);
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
const store: HandlerFactory = ({ options, log }): Handlers =>
  storeHandler({ ...parseStoreOptions(options), log });

export default store;

/** What the handler calls itself. */
export const name = "store";

/** Its version: a new one comes with each change of what it does. */
export const version = "1.0.0";

/**
 * What the handler needs: to read and to write its directory.
 *
 * @param options The options of the command line.
 * @returns The permissions.
 * @throws {TypeError} When the directory is given twice, or empty.
 *
 * @example
 * ```ts
 * import { permissions } from "@dicom/dimse/plugins/store";
 * import assert from "node:assert/strict";
 *
 * const needed = permissions({ directory: ["received"] });
 * assert.deepEqual(needed, { read: ["received"], write: ["received"] });
 * ```
 */
export function permissions(options: HandlerContext["options"]): HandlerPermissions {
  const directory = single(options, "directory") ?? ".";
  return { read: [directory], write: [directory] };
}

/**
 * No more of an instance is needed: it is there. The host lets the rest pass by, and still refuses the
 * instance if it is broken.
 */
class EnoughError extends Error {
  override name = "EnoughError";
  readonly existing: Publication;

  constructor(existing: Publication) {
    super("The instance is there");
    this.existing = existing;
  }
}

function namingOf({ naming, filename, onExist, log }: StoreOptions): InstanceNaming {
  if (filename === undefined) return uidNaming(naming ?? "sop-class-prefix");
  if (naming !== undefined) {
    throw new TypeError("Cannot name files in two ways: give naming or filename");
  }
  if ((onExist === "skip" || onExist === "overwrite") && !filename.includes("{SOPInstanceUID}")) {
    const kept = onExist === "skip" ? "first" : "last";
    log?.warn(
      `Only the ${kept} instance of each name is kept: ${filename} is without {SOPInstanceUID}, ` +
        `and on-exist is ${onExist}`,
    );
  }
  return templateNaming(filename);
}

/**
 * Reads the options of the command line.
 *
 * @param options Keys and values.
 * @returns What is given, as {@linkcode storeHandler} takes it.
 * @throws {TypeError} When an option is unknown, given twice, or has a value that it does not know.
 */
export function parseStoreOptions(options: HandlerContext["options"]): StoreOptions {
  for (const key of Object.keys(options)) {
    if (!OPTION_KEYS.includes(key)) {
      const known = OPTION_KEYS.join(", ");
      throw new TypeError(`Cannot use handler option ${key}: the options of store are ${known}`);
    }
  }
  const directory = single(options, "directory");
  const naming = choice(options, "naming", NAMINGS);
  const filename = single(options, "filename");
  const onExist = choice(options, "on-exist", ON_EXIST);
  const minimumFree = single(options, "min-free");
  const durable = choice(options, "durable", BOOLEANS);
  return {
    ...(directory !== undefined && { directory }),
    ...(naming !== undefined && { naming }),
    ...(filename !== undefined && { filename }),
    ...(onExist !== undefined && { onExist }),
    ...(durable !== undefined && { durable: durable === "true" }),
    ...(minimumFree !== undefined && { minimumFree: parseMinimumFree(minimumFree) }),
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

function report(
  log: Log | undefined,
  { path, outcome, file }: Publication,
  onExist: OnExist,
): void {
  if (outcome === "beside" && onExist === "rename") {
    log?.info(`DICOM file ${file} already exists, stored beside it: ${path}`);
  } else if (outcome === "beside") {
    log?.warn(`DICOM file ${file} already exists with other data, stored beside it: ${path}`);
  }
  if (outcome === "replaced") log?.warn(`DICOM file already exists, overwritten: ${path}`);
  if (outcome === "existing" && onExist === "skip") {
    log?.debug(`DICOM file already exists, left as it is: ${path}`);
  } else if (outcome === "existing") {
    log?.debug(`DICOM file already exists with the same data: ${path}`);
  }
}

// Status numbers are repeated here: a handler takes nothing but types from the library.
const SUCCESS = 0x0000;
const DUPLICATE_SOP_INSTANCE = 0x0111;

const NAMINGS = ["sop-class-prefix", "uid.dcm"] as const;
const BOOLEANS = ["true", "false"] as const;
const OPTION_KEYS: readonly string[] = [
  "directory",
  "naming",
  "filename",
  "on-exist",
  "durable",
  "min-free",
];
