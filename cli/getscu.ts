/**
 * getscu: retrieves instances by C-GET, which come by the same association.
 *
 * @module
 */

import "./late_segmenter.ts";
import type { CommandLine } from "./command_line.ts";
import { EXIT_CODE_HELP, UsageError } from "./exit_code.ts";
import { generalOptions } from "./general_options.ts";
import { GetOperation, type GetOptions } from "./get_operation.ts";
import { mayCallOthers } from "./handler_options.ts";
import { identityOptions } from "./identity_options.ts";
import { denoIo, type Io } from "./io.ts";
import { networkOptions } from "./network_options.ts";
import { flagOption, listOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { outputOptions } from "./output_options.ts";
import { modelOptions, queryOptions, separateQuery } from "./query_options.ts";
import { runRequestor } from "./requestor.ts";
import { retrieveExtensionOptions } from "./retrieve_extensions.ts";
import { readRetrieve, type RetrieveArguments, retrieveParameters } from "./retrieve_options.ts";
import { retrieveAgainOptions, retryOptions } from "./retry_options.ts";
import { storageChoice, storageOptions } from "./storage_options.ts";
import { tlsChoice, tlsOptions } from "./tls_options.ts";
import { storageSopClass, transferSyntaxUid } from "./uid_parser.ts";

export type { Io, StopSignal } from "./io.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The command line as it was given. */
type Arguments = RetrieveArguments & {
  readonly sopClassUids: readonly string[];
  readonly transferSyntaxUids: readonly string[];
  readonly noFind: boolean;
};

/** The options of getscu, in the order of `--help`. */
function getscuParser(): OptionParser<Arguments> {
  return sections(
    section("Parameters", retrieveParameters()),
    generalOptions(),
    outputOptions(),
    networkOptions(CALLING_AE_TITLE),
    tlsOptions(),
    retryOptions(),
    retrieveAgainOptions(),
    identityOptions(),
    modelOptions(),
    queryOptions(),
    retrieveExtensionOptions(),
    section("Presentation Context Options", {
      sopClassUids: listOption(
        ["--sop-class"],
        storageSopClass(),
        "propose this storage SOP class, by UID or keyword, instead of those that the archive " +
          "tells; may be repeated",
      ),
      transferSyntaxUids: listOption(
        ["--transfer-syntax"],
        transferSyntaxUid(),
        "propose this transfer syntax alone; may be repeated",
      ),
      noFind: flagOption(
        ["--no-find"],
        "do not ask the archive by C-FIND beforehand what it holds, but propose what is used most",
      ),
    }),
    storageOptions(),
  );
}

/** Makes what getscu is to do of the command line; throws UsageError. */
function resolveGetOptions(given: Arguments, args: readonly string[]): GetOptions {
  const retrieve = readRetrieve(given, CALLING_AE_TITLE);
  if (given.verify && given.noFind) {
    throw new UsageError("Cannot combine --verify and --no-find: it is by C-FIND that it verifies");
  }
  return {
    ...retrieve,
    tls: tlsChoice(given, mayCallOthers(given) ? "others too" : "peer"),
    sopClassUids: given.sopClassUids,
    transferSyntaxUids: given.transferSyntaxUids,
    mayAsk: !given.noFind,
    storage: storageChoice(given, args, given.resume !== undefined),
  };
}

/** The command line of getscu. */
function getscuCommandLine(): CommandLine<Arguments, GetOptions> {
  return {
    program: "getscu",
    parser: getscuParser(),
    resolve: resolveGetOptions,
    help: {
      usage: [
        "[options] addr port [queryfile]",
        "[options] [AE@]host:port [queryfile]",
      ],
      description: [
        "Asks a DICOM archive by C-GET for instances, which come by the same association: no port " +
        "is opened, and the archive need not know this computer. What is asked for comes from a " +
        "DICOM file, a query file and -k, each overriding the one before; a missing " +
        "QueryRetrieveLevel follows from the unique keys.",
      ],
      notes: [
        {
          title: "Examples",
          lines: [
            "  getscu pacs 104 -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.3 -od in",
            "  getscu PACS@pacs:104 -S --query-file query.txt",
            "  getscu pacs 104 -k StudyInstanceUID=1.2.3 --sop-class CTImageStorage --no-find",
          ],
        },
        {
          title: "Notes",
          lines: [
            "-q KEY=VALUE is a query element, -q alone is quiet mode.",
            "Keys are keywords or (gggg,eeee), nested as BeamSequence[0].PatientName; a key without a value is empty.",
            "The archive is asked by C-FIND what it holds, and what fits is proposed, compressed transfer " +
            "syntaxes too, each in a presentation context of its own. Where the archive does not " +
            "answer, the storage SOP classes that are used most are proposed. While instances fail, " +
            "further associations propose other presentation contexts.",
            "A larger -pdu, or 0, makes large instances come faster.",
            "The first Ctrl-C sends C-CANCEL and waits for the final response, the second aborts.",
            "Completions, in bash for instance: source <(getscu --completion bash)",
          ],
        },
        { title: "Exit codes", lines: EXIT_CODE_HELP },
      ],
    },
  };
}

/**
 * Runs getscu.
 *
 * @param args The command line.
 * @param io The surroundings.
 * @returns The exit code.
 *
 * @example
 * ```ts
 * import { type Io, main } from "@dicom/dimse/getscu";
 * import assert from "node:assert/strict";
 *
 * let written = "";
 * const io: Io = {
 *   stdout: (text) => void (written += text),
 *   stderr: () => {},
 *   columns: 80,
 *   clock: { now: () => 0, schedule: () => () => {} },
 *   onSignal: () => () => {},
 *   readFile: (path) => Deno.readFile(path),
 * };
 * assert.equal(await main(["--version"], io), 0);
 * assert.match(written, /^getscu \d/);
 * ```
 */
export function main(args: readonly string[], io: Io): Promise<number> {
  return runRequestor(
    getscuCommandLine(),
    separateQuery(args),
    io,
    (...surroundings) => new GetOperation(...surroundings),
  );
}

const CALLING_AE_TITLE = "GETSCU";

if (import.meta.main) Deno.exit(await main(Deno.args, denoIo));
