/**
 * The options of an archive: what it serves, where it keeps what it receives, and how it matches.
 *
 * @module
 */

import type { ArchiveOptions } from "../plugins/archive.ts";
import { UsageError } from "./exit_code.ts";
import { chosenHandlers, type HandlerOptions, handlerOptions } from "./handler_options.ts";
import {
  dataSetLimitsOf,
  type InstanceLimitOptions,
  instanceLimitOptions,
} from "./instance_limits.ts";
import { milliseconds } from "./network_options.ts";
import { defaultedOption, flagOption, positionals, valueOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { directoryPath, filePath } from "./path_parser.ts";
import type { StorageChoice } from "./storage_options.ts";
import { type FileOptions, fileOptions } from "./store_options.ts";
import { integer, seconds } from "./value_parser.ts";

/** The archive options as given on the command line. */
export type ArchiveArguments =
  & {
    /** The folders to serve. */
    readonly folders: readonly string[];
    readonly outputDirectory: string | undefined;
    readonly noStore: boolean;
    readonly index: string | undefined;
    readonly reindex: boolean;
    /** In seconds. */
    readonly rescan: number;
    readonly foldPersonNames: boolean;
    readonly relational: boolean;
    readonly maximumMatches: number | undefined;
  }
  & FileOptions
  & InstanceLimitOptions
  & HandlerOptions;

/** What an archive is to be. */
export interface ArchiveChoice {
  /** How it is opened. */
  readonly archive: Omit<ArchiveOptions, "log">;
  /** All that is served, as the user wrote it, in the order of the command line. */
  readonly served: readonly string[];
  /** What becomes of received instances; `undefined` when none are taken. */
  readonly storage: StorageChoice | undefined;
}

/**
 * The archive options.
 *
 * @returns Their parser.
 */
export function archiveOptions(): OptionParser<ArchiveArguments> {
  return sections(
    section("Parameters", {
      folders: positionals(
        directoryPath(),
        "folders whose DICOM files are served, with all that is below; what is received goes to the " +
          "first of them, which is made if missing",
      ),
    }),
    section("Archive Options", {
      outputDirectory: valueOption(
        ["-od", "--output-directory"],
        directoryPath(),
        "write received objects to this directory, made if missing, which is served too (default: " +
          "the first one)",
      ),
      noStore: flagOption(["--no-store"], "take no instances, and write nothing to the folders"),
      index: valueOption(
        ["--index"],
        filePath(),
        "the file of the index (default: .dimse-index.sqlite where received objects go; with " +
          "--no-store, it is kept in memory)",
      ),
      reindex: flagOption(
        ["--reindex"],
        "throw away the index that is there, and make it anew from the files",
      ),
      rescan: defaultedOption(
        ["--rescan"],
        seconds(),
        DEFAULT_RESCAN,
        "look so often for files that have come, changed or gone; 0 is at the start only",
      ),
    }),
    fileOptions(IS_DURABLE, "by the UIDs of study, series and instance"),
    instanceLimitOptions(),
    section("Query Options", {
      foldPersonNames: flagOption(
        ["--fold-person-names", "--match-pn-icase"],
        "match person names in upper and lower case alike (default: where the peer negotiates it)",
      ),
      relational: flagOption(
        ["--relational"],
        "serve queries and retrieves without the unique keys of the levels above (default: where the " +
          "peer negotiates it)",
      ),
      maximumMatches: valueOption(
        ["--max-matches"],
        integer("N", 1, 1_000_000_000, "a number of matches"),
        "answer a query with at most so many matches, then with 0xA700 (default: with all)",
      ),
    }),
    handlerOptions(),
  );
}

/**
 * The archive by the options.
 *
 * @param given The options.
 * @param args The command line that they were read from.
 * @param aeTitle The archive's own AE title.
 * @returns What it is to be.
 * @throws {UsageError} When there is nothing to serve, or the options contradict each other.
 */
export function archiveChoice(
  given: ArchiveArguments,
  args: readonly string[],
  aeTitle: string,
): ArchiveChoice {
  const { folders, outputDirectory, index, reindex, maximumMatches } = given;
  const directory = outputDirectory ?? folders[0];
  if (directory === undefined) {
    throw new UsageError(
      "Missing folder: give those to serve, or -od DIRECTORY for an archive that begins empty",
    );
  }
  const storage = storageOf(given, directory, args);
  if (reindex && index === undefined && storage === undefined) {
    throw new UsageError(
      "Cannot use --reindex: with --no-store the index is in memory and made anew at each start, " +
        "unless --index names a file",
    );
  }
  const { files: { filename, onExist, durable, minimumFree } = {} } = storage ?? {};
  return {
    archive: {
      directory,
      folders,
      ...(storage === undefined ? { index: index ?? IN_MEMORY } : index !== undefined && { index }),
      reindex,
      ...(filename !== undefined && { filename }),
      ...(onExist !== undefined && { onExist }),
      ...(durable !== undefined && { durable }),
      ...(minimumFree !== undefined && { minimumFree }),
      ...(given.rescan > 0 && { rescanInterval: milliseconds(given.rescan) }),
      ...(given.foldPersonNames && { foldPersonNames: true }),
      ...(given.relational && { relational: true }),
      ...(maximumMatches !== undefined && { maximumMatches }),
      retrieveAeTitle: aeTitle,
    },
    served: [...new Set([...folders, directory])],
    storage,
  };
}

function storageOf(
  given: ArchiveArguments,
  directory: string,
  args: readonly string[],
): StorageChoice | undefined {
  const { filename, onExist, durable, minimumFree, sandbox, handlerHosts } = given;
  const limits = dataSetLimitsOf(given);
  const isForFiles = [given.outputDirectory, filename, onExist, durable, minimumFree]
    .some((each) => each !== undefined);
  const isForInstances = isForFiles || Object.keys(limits).length > 0;
  const isForHandlers = sandbox ||
    [given.handlers, given.handlerOptions, handlerHosts].some(({ length }) => length > 0);
  if (given.noStore) {
    if (!isForInstances && !isForHandlers) return undefined;
    throw new UsageError(
      "Cannot combine --no-store with handlers or options for received instances, such as -od: " +
        "nothing is received",
    );
  }
  const handlers = chosenHandlers(given, args);
  if (isForFiles && given.handlers.length > 0 && !given.handlers.includes("store")) {
    throw new UsageError(
      "Cannot use -od, --filename, --on-exist, --durable or --min-free: they are for the handler " +
        "store, which is not among those of --handler",
    );
  }
  return {
    handlers,
    ignore: false,
    directory,
    files: { filename, onExist, durable: durable ?? IS_DURABLE, minimumFree },
    limits,
    sandbox,
    hosts: handlerHosts,
  };
}

/** In seconds. */
const DEFAULT_RESCAN = 60;
/** Peers delete what a server has confirmed. */
const IS_DURABLE = true;
/** SQLite's name for an index that no file keeps. */
export const IN_MEMORY = ":memory:";
