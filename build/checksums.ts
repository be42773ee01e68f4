/**
 * The checksums of executables, in the form that `sha256sum --check` reads.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";

/** The name of the file. */
export const CHECKSUMS = "SHA256SUMS";

/**
 * Enters files into the checksums of a directory. Those of others stay, as long as they are there.
 *
 * @param directory The directory.
 * @param paths The files, from the directory on and with slashes.
 */
export async function enterChecksums(directory: string, paths: readonly string[]): Promise<void> {
  const file = join(directory, CHECKSUMS);
  const sums = new Map<string, string>();
  for (const line of (await textOf(file)).split("\n")) {
    const [, sum, path] = LINE.exec(line) ?? [];
    if (sum !== undefined && path !== undefined && await isThere(join(directory, path))) {
      sums.set(path, sum);
    }
  }
  for (const path of paths) sums.set(path, await sha256(join(directory, path)));
  const lines = [...sums].sort(([a], [b]) => a < b ? -1 : 1).map(([path, sum]) =>
    `${sum}  ${path}\n`
  );
  await Deno.writeTextFile(file, lines.join(""));
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const buffer = new Uint8Array(BUFFER_SIZE);
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    hash.update(buffer.subarray(0, read));
  }
  return hash.digest("hex");
}

async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const LINE = /^([0-9a-f]{64}) {2}(.+)$/;
const BUFFER_SIZE = 1024 * 1024;
