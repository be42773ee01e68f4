/**
 * The directory that the demo works in.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { UsageError } from "../../cli/exit_code.ts";
import type { Instance } from "./instance.ts";

/** A directory, which is removed at the end unless it is to be kept. */
export interface Workplace extends AsyncDisposable {
  readonly directory: string;
}

/**
 * Makes the directory.
 *
 * @param keep Where it is to be kept; a temporary one unless given.
 * @returns It.
 * @throws {UsageError} When there is something in it.
 */
export async function makeWorkplace(keep: string | undefined): Promise<Workplace> {
  if (keep === undefined) {
    const directory = await Deno.makeTempDir({ prefix: "dimse_demo_" });
    const remove = (): Promise<void> => Deno.remove(directory, { recursive: true });
    return { directory, [Symbol.asyncDispose]: remove };
  }
  await Deno.mkdir(keep, { recursive: true });
  const [first] = await Array.fromAsync(Deno.readDir(keep));
  if (first !== undefined) {
    throw new UsageError(`Cannot keep the demo's files in ${keep}: there is ${first.name} in it`);
  }
  return { directory: keep, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/**
 * Writes an instance.
 *
 * @param directory Where the archive is.
 * @param instance The instance.
 */
export async function writeInstance(directory: string, instance: Instance): Promise<void> {
  const path = join(directory, ...instance.path.split("/"));
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, instance.bytes);
}
