/**
 * What the tools that retrieve have in common: what to ask for, and how far to trust the answer.
 *
 * @module
 */

import { UsageError } from "./exit_code.ts";
import type { IdentifierSources } from "./identifier.ts";
import { givenModel, type InformationModel, type ModelOptions } from "./information_model.ts";
import { type Option, positional } from "./option.ts";
import type { OutputOptions } from "./output_options.ts";
import { filePath } from "./path_parser.ts";
import type { QueryOptions } from "./query_options.ts";
import {
  type PeerParameters,
  peerParameters,
  readRequestor,
  type RequestorArguments,
  type RequestorOptions,
} from "./requestor.ts";
import type { RetrieveExtensions } from "./retrieve_extensions.ts";
import { checkResume, type RetrieveAgainOptions } from "./retry_options.ts";
import type { StorageOptions } from "./storage_options.ts";

/** The arguments of a retrieve, as given on the command line. */
export type RetrieveParameters = PeerParameters & { readonly queryObject: string | undefined };

/** What every tool that retrieves can be told on the command line. */
export type RetrieveArguments =
  & RequestorArguments
  & RetrieveParameters
  & OutputOptions
  & RetrieveAgainOptions
  & ModelOptions
  & QueryOptions
  & RetrieveExtensions
  & StorageOptions;

/** What every tool that retrieves is to do: the command line, resolved. */
export interface RetrieveOptions extends RequestorOptions {
  /** `undefined` when the identifier decides. */
  readonly model: InformationModel | undefined;
  readonly sources: IdentifierSources;
  readonly extensions: RetrieveExtensions;
  /** The journal to go on by, and to go on with. */
  readonly resume: string | undefined;
  /** Whether the archive must say beforehand what is to come. */
  readonly verify: boolean;
}

/**
 * The arguments of a retrieve.
 *
 * @returns The arguments, in their order.
 */
export function retrieveParameters(): {
  readonly [K in keyof RetrieveParameters]: Option<RetrieveParameters[K]>;
} {
  return {
    ...peerParameters(),
    queryObject: positional(filePath(), "a DICOM file as the query data set, the same as -f"),
  };
}

/**
 * Reads whom to ask for what.
 *
 * @param given The command line.
 * @param callingAeTitle The tool's own calling AE title.
 * @returns The part of the options that getscu and movescu resolve alike.
 * @throws {UsageError} When something is missing, or options contradict each other.
 */
export function readRetrieve(
  given: RetrieveArguments,
  callingAeTitle: string,
): Omit<RetrieveOptions, "tls"> {
  const defaults = { callingAeTitle, logLevel: "info", verboseLevel: "verbose" } as const;
  const { requestor, rest: [queryObject, surplus] } = readRequestor(given, defaults, [
    given.queryObject,
  ]);
  if (surplus !== undefined) {
    throw new UsageError(`Cannot use argument "${surplus}": nothing may follow the query file`);
  }
  if (queryObject !== undefined && given.file !== undefined) {
    throw new UsageError(
      `Cannot use both -f ${given.file} and ${queryObject}: give one query file`,
    );
  }
  const sources = { file: queryObject ?? given.file, queryFile: given.queryFile, keys: given.keys };
  if (sources.file === undefined && sources.queryFile === undefined && sources.keys.length === 0) {
    throw new UsageError(
      "-f and/or -k must be specified, or --query-file, or a query file as the last argument",
    );
  }
  checkResume(given);
  return {
    ...requestor,
    output: given,
    model: givenModel(given),
    sources,
    extensions: given,
    resume: given.resume,
    verify: given.verify,
  };
}
