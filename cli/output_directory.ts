/**
 * The directory that received instances go to, looked at before anybody is told that they may come.
 *
 * @module
 */

import { spaceAt } from "../plugins/free_space.ts";
import { UsageError } from "./exit_code.ts";
import { reasonOf } from "./io.ts";

/**
 * Makes sure that files can be written to a directory, by writing one.
 *
 * @param directory Its path; it must be there.
 * @throws {UsageError} When that is not so.
 *
 * @example
 * ```ts
 * import { requireWritable } from "./output_directory.ts";
 * import assert from "node:assert/strict";
 *
 * const directory = await Deno.makeTempDir();
 * await requireWritable(directory);
 * await Deno.remove(directory);
 * await assert.rejects(requireWritable(directory));
 * ```
 */
export async function requireWritable(directory: string): Promise<void> {
  const path = `${directory}/.${crypto.randomUUID()}.probe`;
  try {
    (await Deno.open(path, { write: true, createNew: true })).close();
    await Deno.remove(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such directory"
      : reasonOf(error);
    throw new UsageError(`Cannot write to output directory ${directory}: ${reason}`, {
      cause: error,
    });
  }
}

/**
 * Makes sure that it can be told how much room there is where a directory is.
 *
 * @param directory Its path; it must be there.
 * @throws {UsageError} When that is not so.
 *
 * @example
 * ```ts
 * import { requireSpaceKnown } from "./output_directory.ts";
 *
 * await requireSpaceKnown(".");
 * ```
 */
export async function requireSpaceKnown(directory: string): Promise<void> {
  try {
    await spaceAt(directory);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotCapable
      ? "run this program with --allow-sys=statfs"
      : reasonOf(error);
    throw new UsageError(`Cannot keep space free in ${directory}: ${reason}`, { cause: error });
  }
}
