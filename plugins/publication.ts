/**
 * Gives a complete file its name, and decides what to do when that is taken.
 *
 * Of several instances that come to one name at once, the file system chooses the first: a name is
 * claimed in one step that fails where the name exists. No policy asks first and acts afterwards.
 *
 * @module
 */

import { type DirectoryTree, syncEntry, syncFile } from "./directory_tree.ts";
import { resolveInside } from "./file_name.ts";
import type { FileName } from "./instance_name.ts";
import type { OnExist } from "./on_exist.ts";
import type { PartFile } from "./part_file.ts";
import { sameInstance } from "./same_instance.ts";
import { PathError, storageError, type StoragePlace } from "./storage_error.ts";

/** Where a complete file went. */
export interface Publication {
  /** The path that now holds the instance. */
  readonly path: string;
  /** The name that it was to have below the root. */
  readonly file: string;
  /** The size of the file. */
  readonly bytes: number;
  /**
   * `created`: a new file. `replaced`: in place of another. `beside`: under a numbered name, since
   * another instance has the name. `existing`: it was there already, and was not written.
   */
  readonly outcome: "created" | "replaced" | "beside" | "existing";
}

/** What a complete file is to be called, and what may make it needless. */
export interface Target {
  readonly name: FileName;
  /** A file that may hold the instance already, wherever that is. */
  readonly holder: string | undefined;
}

/**
 * Gives a complete file its name. What was made for it and is not needed is removed when that fails.
 *
 * @param part The file.
 * @param tree Where it is to be.
 * @param target What it is to be called there.
 * @param onExist What to do when the name is taken.
 * @returns Where the instance is now: on the medium, if the tree is durable.
 * @throws {StorageError} When the file system refuses, or the policy.
 */
export async function publish(
  part: PartFile,
  tree: DirectoryTree,
  { name, holder }: Target,
  onExist: OnExist,
): Promise<Publication> {
  const place = placeOf(tree, name);
  try {
    if (tree.durable) await part.sync();
    part.seal();
    if (onExist === "if-different" && holder !== undefined && await isHeld(part, tree, holder)) {
      return { path: holder, file: place.file, bytes: part.size, outcome: "existing" };
    }
    const publication = { ...await claimName(part, tree, name, onExist), file: place.file };
    // From here on the file stays, come what may: another association may have been told of it.
    if (tree.durable) await settle(tree, name, publication);
    return publication;
  } catch (error) {
    throw storageError(place, error);
  }
}

/**
 * Looks whether a name is taken before anything is written, for the policies that then write nothing.
 * The claim decides all the same: the name may be taken a moment later.
 *
 * @param tree Where to look.
 * @param name The name.
 * @param onExist The policy.
 * @returns The file that is there, if the policy is to leave it at that.
 * @throws {StorageError} When the name is taken, and the policy is to fail.
 */
export async function findExisting(
  tree: DirectoryTree,
  name: FileName,
  onExist: "skip" | "fail",
): Promise<Publication | undefined> {
  const place = placeOf(tree, name);
  try {
    const directory = tree.find(name.directories);
    if (directory === undefined) return undefined;
    const path = versionPath(directory, name, 0);
    if (!await isTaken(path)) return undefined;
    if (onExist === "fail") throw new PathError("Duplicate", path);
    const publication = { ...await existingFile(path), file: place.file };
    if (tree.durable) await settle(tree, name, publication);
    return publication;
  } catch (error) {
    throw storageError(place, error);
  }
}

/**
 * Whether a policy writes nothing when the name is taken, so that {@linkcode findExisting} can spare it.
 *
 * @param onExist The policy.
 * @returns True for `skip` and `fail`.
 */
export function looksFirst(onExist: OnExist): onExist is "skip" | "fail" {
  return onExist === "skip" || onExist === "fail";
}

/** A file that has its name. */
type Claim = Omit<Publication, "file">;

async function claimName(
  part: PartFile,
  tree: DirectoryTree,
  name: FileName,
  onExist: OnExist,
): Promise<Claim> {
  for (let attempt = 1;; attempt++) {
    const directory = tree.make(name.directories);
    try {
      return onExist === "overwrite"
        ? await replace(part, versionPath(directory.path, name, 0))
        : await claim(part, directory.path, name, onExist);
    } catch (error) {
      directory.undo();
      // Another instance that failed may have undone a directory before this one was in it.
      if (!(error instanceof Deno.errors.NotFound) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function replace(part: PartFile, path: string): Promise<Claim> {
  const outcome = await isTaken(path) ? "replaced" : "created";
  part.replace(path);
  return { path, bytes: part.size, outcome };
}

/** Takes the name, or the first free one unless the policy has another answer on the way there. */
function claim(
  part: PartFile,
  directory: string,
  name: FileName,
  onExist: Exclude<OnExist, "overwrite">,
): Claim | Promise<Claim> {
  const path = versionPath(directory, name, 0);
  if (part.take(path)) return { path, bytes: part.size, outcome: "created" };
  return claimBeside(part, directory, name, onExist);
}

/** The name is taken: by the same instance, or the policy has an answer; else a numbered one is free. */
async function claimBeside(
  part: PartFile,
  directory: string,
  name: FileName,
  onExist: Exclude<OnExist, "overwrite">,
): Promise<Claim> {
  const bytes = part.size;
  for (let version = 0; version <= MAX_VERSIONS; version++) {
    const path = versionPath(directory, name, version);
    if (version > 0 && part.take(path)) return { path, bytes, outcome: "beside" };
    if (onExist === "fail") throw new PathError("Duplicate", path);
    if (onExist === "skip") return await existingFile(path);
    part.share();
    // What cannot be read is not known to be the same.
    const isSame = onExist === "if-different" &&
      await sameInstance(part.path, path).catch(() => false);
    if (isSame) return { path, bytes, outcome: "existing" };
  }
  throw new Deno.errors.AlreadyExists(`${MAX_VERSIONS} further versions are there`);
}

/** Whether another file holds the same instance: on the medium, if the tree is durable. */
async function isHeld(part: PartFile, tree: DirectoryTree, holder: string): Promise<boolean> {
  try {
    part.share();
    if (!await sameInstance(part.path, holder)) return false;
    if (tree.durable) await syncEntry(holder);
    return true;
  } catch {
    // What cannot be read, or may not last, does not make up for a file of our own.
    return false;
  }
}

/** A link may lead nowhere, and an empty file is a name that was reserved, no instance. */
async function existingFile(path: string): Promise<Claim> {
  const { isFile, size } = await Deno.lstat(path);
  if (!isFile || size === 0) throw new PathError("NotAFile", path);
  return { path, bytes: size, outcome: "existing" };
}

/** Waits for the medium. Whoever wrote what is there already need not have waited. */
async function settle(tree: DirectoryTree, name: FileName, found: Claim): Promise<void> {
  if (found.outcome === "existing") await syncFile(found.path);
  await tree.sync(name.directories);
}

async function isTaken(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A hyphen, for `1.2.3.1` would be another instance's UID. */
function versionPath(directory: string, { stem, extension }: FileName, version: number): string {
  return resolveInside(directory, `${version === 0 ? stem : `${stem}-${version}`}${extension}`);
}

function placeOf(
  { root }: DirectoryTree,
  { directories, stem, extension }: FileName,
): StoragePlace {
  return { file: [...directories, `${stem}${extension}`].join("/"), directory: root };
}

/** Somebody who sends more versions of one instance than this is not sending images. */
const MAX_VERSIONS = 1000;
/** Two of them can only fail where directories come and go all the time. */
const MAX_ATTEMPTS = 3;
