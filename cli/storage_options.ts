/**
 * The options of the tools that receive instances: where they go, and by which handlers.
 *
 * @module
 */

import type { DataSetLimits } from "../lib/service/dispatcher.ts";
import { UsageError } from "./exit_code.ts";
import {
  chosenHandlers,
  type HandlerChoice,
  type HandlerOptions,
  handlerOptions,
} from "./handler_options.ts";
import {
  dataSetLimitsOf,
  type InstanceLimitOptions,
  instanceLimitOptions,
} from "./instance_limits.ts";
import { flagOption, valueOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { directoryPath } from "./path_parser.ts";
import { type FileOptions, fileOptions } from "./store_options.ts";

/** The storage options as given on the command line. */
export type StorageOptions =
  & {
    readonly outputDirectory: string | undefined;
    readonly ignore: boolean;
  }
  & FileOptions
  & InstanceLimitOptions
  & HandlerOptions;

/** What is to become of received instances. */
export interface StorageChoice {
  /** The handlers of the chain; one without a specifier when none is named. */
  readonly handlers: readonly HandlerChoice[];
  /** Whether nothing is kept. */
  readonly ignore: boolean;
  /** The directory of `-od`. */
  readonly directory: string | undefined;
  /** How files are written. */
  readonly files: FileOptions;
  /** What one of them may take. */
  readonly limits: DataSetLimits;
  /** Whether handlers that are not built in run in a sandbox. */
  readonly sandbox: boolean;
  /** Hosts that modules may come from, beside those that the specifiers name. */
  readonly hosts: readonly string[];
}

/**
 * The storage options.
 *
 * @param isDurable Whether files are durable unless told otherwise.
 * @returns Their parser.
 */
export function storageOptions(isDurable = false): OptionParser<StorageOptions> {
  return sections(
    section("Output Options", {
      outputDirectory: valueOption(
        ["-od", "--output-directory"],
        directoryPath(),
        "write received objects to this directory, made if missing (default: the current one)",
      ),
      ignore: flagOption(["--ignore"], "receive data but don't store it"),
    }),
    fileOptions(isDurable),
    instanceLimitOptions(),
    handlerOptions(),
  );
}

/**
 * What the user wants to become of received instances.
 *
 * @param given The options.
 * @param args The command line that they were read from.
 * @param isDurable Whether files are durable unless told otherwise.
 * @returns The choice.
 * @throws {UsageError} When options contradict each other.
 */
export function storageChoice(
  given: StorageOptions,
  args: readonly string[],
  isDurable = false,
): StorageChoice {
  const { ignore, outputDirectory, filename, onExist, durable, minimumFree } = given;
  const handlers = chosenHandlers(given, args);
  const isNamed = given.handlers.length > 0;
  if (ignore && isNamed) {
    throw new UsageError(
      "Cannot combine --ignore and --handler: what is to become of the instances?",
    );
  }
  const isForFiles = isAboutFiles(given);
  if (isForFiles && ignore) {
    throw new UsageError(
      "Cannot combine --ignore with -od, --filename, --on-exist, --durable or --min-free: nothing is " +
        "stored",
    );
  }
  if (isForFiles && isNamed && !given.handlers.includes("store")) {
    throw new UsageError(
      "Cannot use -od, --filename, --on-exist, --durable or --min-free: they are for the handler " +
        "store, which is not among those of --handler",
    );
  }
  return {
    handlers,
    ignore,
    directory: outputDirectory,
    files: { filename, onExist, durable: durable ?? isDurable, minimumFree },
    limits: dataSetLimitsOf(given),
    sandbox: given.sandbox,
    hosts: given.handlerHosts,
  };
}

/**
 * Whether the user said anything of what is to become of received instances.
 *
 * @param given The options.
 * @returns Whether that is so.
 */
export function isChosen(given: StorageOptions): boolean {
  return given.ignore || given.sandbox || isAboutFiles(given) ||
    Object.keys(dataSetLimitsOf(given)).length > 0 ||
    [given.handlers, given.handlerOptions, given.handlerHosts].some(({ length }) => length > 0);
}

function isAboutFiles(
  { outputDirectory, filename, onExist, durable, minimumFree }: FileOptions & {
    readonly outputDirectory: string | undefined;
  },
): boolean {
  return [outputDirectory, filename, onExist, durable, minimumFree]
    .some((each) => each !== undefined);
}
