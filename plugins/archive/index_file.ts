/**
 * Takes files into the index.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import type { Log } from "../../lib/handler/handler.ts";
import type { ArchiveIndex, Entry, FoundFile } from "./archive_index.ts";
import { type FileStamp, readHead, stampOf } from "./head.ts";

/**
 * Takes one file into the index: at once, in less than a millisecond, and so before anything else can
 * happen to it in this process.
 *
 * @param index The index.
 * @param path The file.
 * @param log Where is said what cannot be served.
 * @returns What became of it; `passed` also when it is as the index knows it.
 * @throws {Error} When the file cannot be read, or the index refuses.
 */
export function indexFile(index: ArchiveIndex, path: string, log: Log): Entry {
  const [directory, name] = [dirname(path), basename(path)];
  const [known] = index.known(directory, [name]);
  if (known !== undefined && isSame(known, stampOf(Deno.statSync(path)))) return "passed";
  const found = { directory, name, content: readHead(path) };
  const [entry = "passed"] = index.enter([found]);
  report(found, entry, log);
  return entry;
}

/**
 * Whether a file is as it was.
 *
 * @param known As it was.
 * @param found As it is.
 * @returns Whether its size, its time and its number in the file system are the same.
 */
export function isSame(known: FileStamp, found: FileStamp): boolean {
  return known.size === found.size && known.modified === found.modified &&
    known.inode === found.inode;
}

/**
 * Says what of a file cannot be served.
 *
 * @param found The file.
 * @param entry What became of it.
 * @param log Where to say it.
 */
export function report({ directory, name, content }: FoundFile, entry: Entry, log: Log): void {
  const path = join(directory, name);
  if (content.kind === "unusable") log.warn(`Cannot serve ${path}: ${content.reason}`);
  if (content.kind === "instance" && entry === "duplicate") {
    const { sopInstanceUid } = content.head;
    log.warn(`Another file is served for the instance ${sopInstanceUid} of ${path}`);
  }
}
