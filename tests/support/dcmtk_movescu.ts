/**
 * DCMTK's movescu as the reference receiver: with `+B` it stores the bytes of the wire.
 *
 * @module
 */
import type { Archive, MoveDestination } from "./archive.ts";
import { type CommandOutput, run } from "./command.ts";
import { storedFiles } from "./our_tools.ts";

/** Settings of {@link dcmtkMove}. */
export interface DcmtkMoveOptions {
  /** The archive to retrieve from. */
  readonly from: Pick<Archive, "aeTitle" | "port">;
  /** movescu's own AE title and port; the archive must know them as a move destination. */
  readonly to: MoveDestination;
  /** Information model: `-P` Patient Root, `-S` Study Root (the default), `-O` Patient/Study Only. */
  readonly model?: "-P" | "-S" | "-O";
  /** Keys of the identifier, level included, as in `"QueryRetrieveLevel=STUDY"`. */
  readonly keys: readonly string[];
  /** An existing directory for what arrives. */
  readonly directory: string;
  /** More options; `["+xa"]`, every transfer syntax that DCMTK knows, unless told. */
  readonly args?: readonly string[];
}

/** What DCMTK's movescu reported and stored. */
export interface DcmtkMoveResult extends CommandOutput {
  /** Stored Part 10 files by SOP Instance UID. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Retrieve with `movescu +B`, bit preserving.
 *
 * @param options Where from, where to, and what.
 * @returns Exit code (0 only if every sub-operation succeeded), outputs and stored files.
 */
export async function dcmtkMove(options: DcmtkMoveOptions): Promise<DcmtkMoveResult> {
  const output = await run("movescu", [
    ...["-v", "+B", "-dhl", options.model ?? "-S", ...(options.args ?? ["+xa"])],
    ...["-aet", options.to.aeTitle, "-aem", options.to.aeTitle, "-aec", options.from.aeTitle],
    ...["+P", String(options.to.port), "-to", "10", "-td", "60"],
    ...options.keys.flatMap((key) => ["-k", key]),
    ...["127.0.0.1", String(options.from.port)],
    // movescu 3.6.7 ignores -od together with +B and writes to its working directory.
  ], { cwd: options.directory });
  return { ...output, files: storedFiles(options.directory) };
}

/**
 * Retrieve several things, as many at a time as there are destinations: one movescu spends more than a second
 * waiting, whatever it retrieves.
 *
 * @param options As for {@link dcmtkMove}, with several destinations.
 * @param destinations AE titles and ports that movescu may use; the archive must know them.
 * @param queries The keys of each retrieve.
 * @returns The results in the order of the queries; each has a directory of its own below the one named.
 */
export async function dcmtkMoves(
  options: Omit<DcmtkMoveOptions, "keys" | "to">,
  destinations: readonly MoveDestination[],
  queries: readonly (readonly string[])[],
): Promise<DcmtkMoveResult[]> {
  const results: DcmtkMoveResult[] = [];
  const waiting = queries.entries();
  const work = async (to: MoveDestination): Promise<void> => {
    for (const [index, keys] of waiting) {
      const directory = `${options.directory}/${index}`;
      await Deno.mkdir(directory);
      results[index] = await dcmtkMove({ ...options, to, keys, directory });
    }
  };
  await Promise.all(destinations.map(work));
  return results;
}
