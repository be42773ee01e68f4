/**
 * The runtime inside an executable: `denort`, which `deno compile` takes from `DENORT_BIN`, from its
 * cache, or from the network, in this order.
 *
 * @module
 */

import { join } from "node:path";
import { isExecutableOf, MAGIC_LENGTH, type Target } from "./targets.ts";

/** The runtime cannot be had: the message says which file to put where. */
export class RuntimeMissingError extends Error {
  override name = "RuntimeMissingError";
}

/** Where runtimes come from. */
export interface RuntimeSources {
  /** The path in `DENORT_BIN`, if it is set. */
  readonly denortBin: string | undefined;
  /** `DENO_DIR`: where Deno keeps what it downloads. */
  readonly denoDir: string;
  /** The version of Deno: the runtime's too. */
  readonly version: string;
  /**
   * Asks whether a file can be downloaded.
   *
   * @param url Its URL.
   * @returns `undefined` when it can, or else why it cannot.
   */
  probe(url: string): Promise<string | undefined>;
}

/**
 * Makes sure of the runtimes before anything is compiled.
 *
 * @param targets The targets to compile for.
 * @param sources Where runtimes come from.
 * @throws {RuntimeMissingError} When one of them cannot be had.
 */
export async function requireRuntimes(
  targets: readonly Target[],
  sources: RuntimeSources,
): Promise<void> {
  const { denortBin } = sources;
  if (denortBin !== undefined) {
    for (const target of targets) await requireDenortBin(denortBin, target);
    return;
  }
  const missing: { target: Target; reason: string }[] = [];
  for (const target of targets) {
    if (await isFile(cachePath(target, sources))) continue;
    const reason = await sources.probe(runtimeUrl(target, sources));
    if (reason !== undefined) missing.push({ target, reason });
  }
  const [first] = missing;
  if (first === undefined) return;
  throw new RuntimeMissingError([
    `Cannot compile for ${missing.map(({ target }) => target.name).join(", ")}: ` +
    `the runtime cannot be downloaded (${first.reason})`,
    `Where there is a network, download ${missing.length === 1 ? "this file" : "these files"}:`,
    ...missing.flatMap(({ target }) => [
      `  ${runtimeUrl(target, sources)}`,
      `    as ${cachePath(target, sources)}`,
    ]),
    "and put it there. Or set DENORT_BIN to the path of an unpacked denort, for one target.",
  ].join("\n"));
}

async function requireDenortBin(path: string, target: Target): Promise<void> {
  const head = await headOf(path).catch((error: unknown) => {
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : String(error);
    throw new RuntimeMissingError(`Cannot use DENORT_BIN=${path}: ${reason}`, { cause: error });
  });
  if (isExecutableOf(head, target)) return;
  throw new RuntimeMissingError(
    `Cannot compile for ${target.name} with DENORT_BIN=${path}: it is no program for that; ` +
      "unset DENORT_BIN, or set it to the denort of that target",
  );
}

async function headOf(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const head = new Uint8Array(MAGIC_LENGTH);
  const read = await file.read(head);
  return head.subarray(0, read ?? 0);
}

/** The place in its cache where Deno looks for the runtime of a target. */
function cachePath(target: Target, { denoDir, version }: RuntimeSources): string {
  return join(denoDir, "dl", "release", `v${version}`, fileName(target));
}

function runtimeUrl(target: Target, { version }: RuntimeSources): string {
  return `https://dl.deno.land/release/v${version}/${fileName(target)}`;
}

function fileName(target: Target): string {
  return `denort-${target.triple}.zip`;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

/**
 * Asks the network for a file, without taking it.
 *
 * @param url Its URL.
 * @returns `undefined` when it is there, or else why it is not.
 */
export async function probeDownload(url: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT);
    const response = await fetch(url, { method: "HEAD", signal });
    await response.body?.cancel();
    return response.ok ? undefined : `${new URL(url).host} answers ${response.status}`;
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") {
      return `${new URL(url).host} does not answer`;
    }
    return `no connection to ${new URL(url).host}`;
  }
}

const PROBE_TIMEOUT = 15_000;
