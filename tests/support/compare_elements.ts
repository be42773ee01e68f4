/**
 * Element-for-element comparison of two DICOM files, made by pydicom.
 *
 * @module
 */
import { runOk } from "./command.ts";
import { SYSTEM_PYTHON } from "./peer_programs.ts";

/** What a comparison overlooks. Group lengths (gggg,0000) are always overlooked. */
export interface CompareOptions {
  /** Overlook trailing spaces and NULs of values (an odd length that a peer made even). */
  readonly ignorePadding?: boolean;
  /** Overlook different value representations of these elements, as in `"7fe0,0010"`. */
  readonly ignoreVrOf?: readonly string[];
  /** Overlook these elements at any depth, as in `"0008,0005"`. */
  readonly ignoreTags?: readonly string[];
}

/** Two Part 10 files to compare. */
export type FilePair = readonly [a: string, b: string];

/**
 * Compare the data sets of two files.
 *
 * @param a Path of one file.
 * @param b Path of the other.
 * @param options What to overlook.
 * @returns One sentence for each difference; empty if the files hold the same elements.
 */
export async function compareElements(
  a: string,
  b: string,
  options: CompareOptions = {},
): Promise<string[]> {
  const [differences] = await compareAllElements([[a, b]], options);
  return differences ?? [];
}

/**
 * Compare many pairs of files with one start of Python.
 *
 * @param pairs Paths of the files.
 * @param options What to overlook.
 * @returns For each pair, one sentence for each difference.
 */
export async function compareAllElements(
  pairs: readonly FilePair[],
  options: CompareOptions = {},
): Promise<string[][]> {
  const list = await Deno.makeTempFile({ prefix: "dimse_compare_", suffix: ".json" });
  try {
    await Deno.writeTextFile(list, JSON.stringify({ pairs, options }));
    const script = new URL("./compare_elements.py", import.meta.url).pathname;
    const output = await runOk(SYSTEM_PYTHON, [script, list]);
    return JSON.parse(output.stdout);
  } finally {
    await Deno.remove(list);
  }
}
