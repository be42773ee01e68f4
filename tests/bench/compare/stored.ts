/**
 * Whether all that was sent is there.
 *
 * @module
 */

import { dirname } from "node:path";
import type { BenchData } from "./data.ts";
import type { Arrived } from "./drain.ts";

/** The most that a file may have beside its data set, or a peer may write differently. */
const OVERHEAD = 2048;

/**
 * Checks a directory of received instances, and empties it. The files stay beside it until the end of
 * the run, without their bytes: for minutes after many were removed, ext4 takes a hundred times as long
 * to make new ones, and that would be measured.
 *
 * @param directory The directory.
 * @param data What was sent.
 * @throws {Error} If there are more or fewer files, or bytes, than there should be.
 */
export function checkStored(directory: string, data: BenchData): void {
  const sizes = sizesOf(directory);
  const aside = Deno.makeTempDirSync({ dir: dirname(directory), prefix: "stored_" });
  for (const { name } of [...Deno.readDirSync(directory)]) {
    Deno.renameSync(`${directory}/${name}`, `${aside}/${name}`);
  }
  truncateAll(aside);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const most = data.bytes + OVERHEAD * data.files.length;
  if (sizes.length === data.files.length && bytes >= data.bytes && bytes <= most) return;
  throw new Error(
    `${sizes.length} files of ${bytes} bytes were stored: ${data.files.length} instances of ` +
      `${data.bytes} bytes were sent`,
  );
}

/**
 * Checks what has come to a receiver that stores nothing.
 *
 * @param arrived What has come.
 * @param data What was to be sent.
 * @throws {Error} If it is not all of it, or more.
 */
export function checkArrived({ instances, bytes }: Arrived, data: BenchData): void {
  if (instances === data.files.length && Math.abs(bytes - data.bytes) <= OVERHEAD * instances) {
    return;
  }
  throw new Error(
    `${instances} instances of ${bytes} bytes arrived instead of ${data.files.length} of ${data.bytes}`,
  );
}

function sizesOf(directory: string): number[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = `${directory}/${name}`;
    return isDirectory ? sizesOf(path) : [Deno.statSync(path).size];
  });
}

function truncateAll(directory: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) truncateAll(path);
    else Deno.truncateSync(path);
  }
}
