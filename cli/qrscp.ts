/**
 * qrscp: an archive. It serves folders of DICOM files, and stores what comes.
 *
 * @module
 */

import "./late_segmenter.ts";
import { acceptanceOf, type AcceptanceOptions, acceptanceOptions } from "./acceptance_options.ts";
import {
  type ArchiveArguments,
  archiveChoice,
  archiveOptions,
  IN_MEMORY,
} from "./archive_options.ts";
import type { CommandLine } from "./command_line.ts";
import {
  type DestinationArguments,
  destinationOptions,
  destinationsOf,
} from "./destination_options.ts";
import { mayCallOthers } from "./handler_options.ts";
import { dataSetLimitsOf } from "./instance_limits.ts";
import { denoIo, type Io } from "./io.ts";
import { defaultedOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { runService } from "./service.ts";
import { serviceNotes } from "./service_help.ts";
import {
  DEFAULT_PORT,
  type ServiceArguments,
  serviceArguments,
  serviceOptions,
} from "./service_options.ts";
import type { ServiceChoice } from "./service_settings.ts";
import { UsageError } from "./exit_code.ts";
import { integer } from "./value_parser.ts";

export type { BakedHandler, Io, StopSignal } from "./io.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The command line as it was given. */
type Arguments =
  & ServiceArguments
  & AcceptanceOptions
  & ArchiveArguments
  & DestinationArguments
  & { readonly port: number };

/** The options of qrscp, in the order of `--help`. */
function qrscpParser(): OptionParser<Arguments> {
  return sections(
    serviceArguments(AE_TITLE),
    section("Network Options", {
      port: defaultedOption(
        ["-p", "--port"],
        integer("PORT", 0, 65535, "a port"),
        DEFAULT_PORT,
        "TCP/IP port number to listen on; 0 lets the system choose",
      ),
    }),
    archiveOptions(),
    destinationOptions(),
    acceptanceOptions(),
  );
}

/** Makes what qrscp is to do of the command line; throws UsageError. */
function resolve(given: Arguments, args: readonly string[]): ServiceChoice {
  const callsByTls = given.destinationFile !== undefined ||
    given.destinations.some(({ address }) => address.tls === true);
  const service = serviceOptions(given, AE_TITLE, callsByTls || mayCallOthers(given));
  const archive = archiveChoice(given, args, service.aeTitle);
  if (service.workers > 1 && archive.archive.index === IN_MEMORY) {
    throw new UsageError(
      `Cannot use --workers ${service.workers} with an index in memory: workers share its file; name ` +
        "one by --index",
    );
  }
  return {
    service: {
      ...service,
      port: given.port,
      acceptance: acceptanceOf(given),
      keepBroken: false,
      dataSetLimits: dataSetLimitsOf(given),
    },
    offer: {
      kind: "archive",
      archive,
      destinations: destinationsOf(given),
    },
  };
}

/** The command line of qrscp. */
function qrscpCommandLine(): CommandLine<Arguments, ServiceChoice> {
  return {
    program: "qrscp",
    parser: qrscpParser(),
    resolve,
    help: {
      usage: ["[options] folder..."],
      description: [
        "An archive: serves the DICOM files of folders by C-FIND, C-MOVE and C-GET, in the Patient " +
        "Root, Study Root and Patient/Study Only models, and stores what peers send by C-STORE. It " +
        "answers C-ECHO too. It serves until it gets SIGTERM or Ctrl-C.",
      ],
      notes: serviceNotes({
        program: "qrscp",
        examples: [
          "qrscp archive",
          "qrscp --no-store /mnt/dvd",
          "qrscp -aet PACS -p 104 -od /srv/dicom /mnt/old --destination WS1=10.0.0.5:104",
          "qrscp archive --destinations stations.txt --allow-address 10.1.0.0/16",
        ],
        notes: [
          "Data sets are kept and sent byte for byte. A data set is converted only where the " +
          "destination takes another uncompressed transfer syntax alone.",
          "The index can be removed at any time: the files are all that counts. Before it listens, " +
          "the program looks through the folders; what is in the index already is not read again.",
          "A C-MOVE goes to known destinations only: --destination, or the file of --destinations. " +
          "A C-GET needs none.",
        ],
        log: "with -v one for each request and instance. It tells no keys of queries, and names " +
          "instances by UID alone.",
        unusable: "the port, a folder or the index",
        failed: " to be received or sent",
      }),
    },
  };
}

/**
 * Runs qrscp.
 *
 * @param args The command line.
 * @param io The surroundings.
 * @returns The exit code, when it was told to stop.
 *
 * @example
 * ```ts
 * import { type Io, main } from "@dicom/dimse/qrscp";
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
 * assert.match(written, /^qrscp \d/);
 * ```
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  return await runService(qrscpCommandLine(), args, io);
}

const AE_TITLE = "QRSCP";

if (import.meta.main) Deno.exit(await main(Deno.args, denoIo));
