/**
 * Our own tools, run as their users run them: as processes.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Archive, MoveDestination } from "./archive.ts";
import { type CommandOutput, run, type RunOptions } from "./command.ts";
import { fileMeta } from "./part10.ts";

/**
 * Run one of our tools.
 *
 * @param tool Its name.
 * @param args Its arguments.
 * @param options Time limit and working directory.
 * @returns Exit code and outputs.
 */
export function runTool(
  tool: "movescu" | "echoscu" | "findscu" | "getscu" | "storescu" | "storescp",
  args: readonly string[],
  options: RunOptions = {},
): Promise<CommandOutput> {
  const path = fileURLToPath(new URL(`../../cli/${tool}.ts`, import.meta.url));
  const permissions = [
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--allow-env",
  ];
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  return run(Deno.execPath(), ["run", "--config", config, ...permissions, path, ...args], options);
}

/** Settings of {@link ourMove}. */
export interface OurMoveOptions {
  /** The archive to retrieve from. */
  readonly from: Pick<Archive, "aeTitle" | "port">;
  /** Our AE title and port; the archive must know them as a move destination. */
  readonly to: MoveDestination;
  /** Keys of the identifier, level included, as in `"QueryRetrieveLevel=STUDY"`. */
  readonly keys: readonly string[];
  /** Where the instances go. */
  readonly directory: string;
  /** More options. */
  readonly args?: readonly string[];
}

/** What our movescu reported and stored. */
export interface OurMoveResult extends CommandOutput {
  /** Stored Part 10 files by SOP Instance UID. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Retrieve with our `movescu --store`.
 *
 * @param options Where from, where to, and what.
 * @returns Exit code, outputs and stored files.
 */
export async function ourMove(options: OurMoveOptions): Promise<OurMoveResult> {
  const { from, to, keys, directory, args = [] } = options;
  const output = await runTool("movescu", [
    ...["127.0.0.1", String(from.port), "-aec", from.aeTitle],
    ...["--store", "--store-aet", to.aeTitle, "--store-port", String(to.port)],
    ...["-od", directory, ...args],
    ...keys.flatMap((key) => ["-k", key]),
  ]);
  return { ...output, files: storedFiles(directory) };
}

/** Settings of {@link ourGet}. */
export type OurGetOptions = Omit<OurMoveOptions, "to">;

/**
 * Retrieve with our `getscu`.
 *
 * @param options Where from, and what.
 * @returns Exit code, outputs and stored files.
 */
export async function ourGet(options: OurGetOptions): Promise<OurMoveResult> {
  const { from, keys, directory, args = [] } = options;
  const output = await runTool("getscu", [
    ...["127.0.0.1", String(from.port), "-aec", from.aeTitle, "-od", directory, ...args],
    ...keys.flatMap((key) => ["-k", key]),
  ]);
  return { ...output, files: storedFiles(directory) };
}

/**
 * The Part 10 files of a directory and those below it.
 *
 * @param directory The directory.
 * @returns Their paths by SOP Instance UID.
 */
export function storedFiles(directory: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of Deno.readDirSync(directory)) {
    // The index of an archive is no instance.
    if (entry.name.startsWith(".")) continue;
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) {
      for (const [uid, file] of storedFiles(path)) files.set(uid, file);
      continue;
    }
    files.set(fileMeta(path).get("0002,0003") ?? entry.name, path);
  }
  return files;
}
