/**
 * The file system's refusals, in words.
 *
 * @module
 */

/** An instance was not stored: the file system refused, or its name is taken and is to stay so. */
export class StorageError extends Error {
  override name = "StorageError";
  /** The state in a few words, without paths: fit to be told to a peer. */
  readonly reason: string;
  /** The DIMSE status to answer: 0xA700 unless told otherwise. */
  readonly status: number;

  /**
   * Makes the error of a file that cannot be stored.
   *
   * @param message What could not be done, with the file and its directory.
   * @param reason The state in a few words.
   * @param options The cause, and the status.
   */
  constructor(message: string, reason: string, options?: ErrorOptions & { status?: number }) {
    super(message, options);
    this.reason = reason;
    this.status = options?.status ?? OUT_OF_RESOURCES;
  }
}

/** A file system would do it, but we do not: what it is known by is a key of the reasons below. */
export class PathError extends Error {
  override name = "PathError";
  readonly code: "SymbolicLink" | "NotADirectory" | "NotAFile" | "Duplicate";

  /**
   * Makes the error of a path that is not to be used.
   *
   * @param code Why.
   * @param path The path.
   */
  constructor(code: PathError["code"], path: string) {
    super(`Cannot use ${path}: ${REASONS[code]}`);
    this.code = code;
  }
}

/** What could not be stored: the file's name below a directory. */
export interface StoragePlace {
  readonly file: string;
  readonly directory: string;
}

/**
 * Tells what went wrong in terms of what was to be stored.
 *
 * @param place What was to be stored.
 * @param error What the file system said.
 * @returns The error.
 *
 * @example
 * ```ts
 * import { storageError } from "./storage_error.ts";
 * import assert from "node:assert/strict";
 *
 * const full = Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
 * const { message } = storageError({ file: "CT.1.2.3", directory: "received" }, full);
 * assert.equal(message, "Cannot store CT.1.2.3 in received: no space left (ENOSPC)");
 * ```
 */
export function storageError({ file, directory }: StoragePlace, error: unknown): StorageError {
  const code = codeOf(error);
  const reason = REASONS[code] ?? "file system error";
  const status = code === "Duplicate" ? DUPLICATE_SOP_INSTANCE : OUT_OF_RESOURCES;
  const message = `Cannot store ${file} in ${directory}: ${reason} (${code})`;
  return new StorageError(message, reason, { cause: error, status });
}

/**
 * How an error is known.
 *
 * @param error What was thrown.
 * @returns The system's code, or the error's class: Deno's permission errors have no code.
 */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

// Status numbers are repeated here: a handler takes nothing but types from the library.
const OUT_OF_RESOURCES = 0xa700;
/** PS3.7 section C.5.7. */
const DUPLICATE_SOP_INSTANCE = 0x0111;

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left",
  EDQUOT: "disk quota exceeded",
  EFBIG: "file too large for the file system",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  NotCapable: "permission denied",
  EROFS: "read-only file system",
  ENOENT: "directory is missing",
  ENOTDIR: "not a directory",
  NotADirectory: "not a directory",
  EEXIST: "name is taken",
  EISDIR: "name is taken by a directory",
  NotAFile: "name is taken by what is no instance",
  Duplicate: "name is taken",
  ELOOP: "too many symbolic links",
  SymbolicLink: "directory is a symbolic link",
  EXDEV: "directory is on another file system",
  ENAMETOOLONG: "path too long",
  EIO: "input/output error",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  AlreadyExists: "too many versions of one instance",
};
