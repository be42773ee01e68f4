/**
 * A file system with little room, for tests of what happens when there is none.
 *
 * @module
 */
import { run } from "./command.ts";

/** A mounted file system of a few MiB; disposing of it unmounts it. */
export interface SmallDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly directory: string;
}

/** Why there can be none here; `undefined` where there can. */
export const whyNoSmallDisk: string | undefined = Deno.build.os !== "linux"
  ? "no tmpfs on this system"
  : Deno.uid() !== 0
  ? "only root can mount a tmpfs"
  : undefined;

/**
 * Mounts a tmpfs.
 *
 * @param mebibytes How large it is.
 * @returns The file system.
 */
export async function smallDisk(mebibytes: number): Promise<SmallDisk> {
  const directory = await Deno.makeTempDir({ prefix: "small_disk_" });
  const mounted = await run("mount", [
    ...["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", directory],
  ]);
  if (mounted.code !== 0) {
    await Deno.remove(directory);
    throw new Error(`Cannot mount a tmpfs at ${directory}: ${mounted.stderr.trim()}`);
  }
  return {
    directory,
    async [Symbol.asyncDispose]() {
      const { code, stderr } = await run("umount", [directory]);
      if (code !== 0) throw new Error(`Cannot unmount ${directory}: ${stderr.trim()}`);
      await Deno.remove(directory);
    },
  };
}
