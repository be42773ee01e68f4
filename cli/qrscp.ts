/**
 * qrscp: an archive. It serves folders of DICOM files, and stores what comes.
 *
 * @module
 */

import { acceptanceOf, type AcceptanceOptions, acceptanceOptions } from "./acceptance_options.ts";
import {
  type ArchiveArguments,
  type ArchiveChoice,
  archiveChoice,
  archiveOptions,
} from "./archive_options.ts";
import { archiveOffer } from "./archive_offer.ts";
import { type CommandLine, readCommandLine } from "./command_line.ts";
import {
  type DestinationArguments,
  destinationOptions,
  destinationsOf,
} from "./destination_options.ts";
import { Interrupt } from "./interrupt.ts";
import { denoIo, type Io } from "./io.ts";
import type { DestinationOptions } from "./move_destination.ts";
import { defaultedOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { ToolOutput } from "./output.ts";
import { type Offer, type OfferHost, Service, type ServiceOptions } from "./service.ts";
import {
  DEFAULT_PORT,
  type ServiceArguments,
  serviceArguments,
  serviceOptions,
} from "./service_options.ts";
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

/** What qrscp is to do. */
interface QrscpChoice {
  readonly service: ServiceOptions;
  readonly archive: ArchiveChoice;
  readonly destinations: DestinationOptions;
}

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
function resolve(given: Arguments, args: readonly string[]): QrscpChoice {
  const service = serviceOptions(given, AE_TITLE);
  return {
    service: { ...service, port: given.port, acceptance: acceptanceOf(given), keepBroken: false },
    archive: archiveChoice(given, args, service.aeTitle),
    destinations: destinationsOf(given),
  };
}

/** The command line of qrscp. */
function qrscpCommandLine(): CommandLine<Arguments, QrscpChoice> {
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
      notes: [
        {
          title: "Examples",
          lines: [
            "  qrscp archive",
            "  qrscp --no-store /mnt/dvd",
            "  qrscp -aet PACS -p 104 -od /srv/dicom /mnt/old --destination WS1=10.0.0.5:104",
            "  qrscp archive --destinations stations.txt --allow-address 10.1.0.0/16",
          ],
        },
        {
          title: "Notes",
          lines: [
            "Data sets are kept and sent byte for byte. A data set is converted only where the " +
            "destination takes another uncompressed transfer syntax alone.",
            "The index can be removed at any time: the files are all that counts. Before it listens, " +
            "the program looks through the folders; what is in the index already is not read again.",
            "A C-MOVE goes to known destinations only: --destination, or the file of --destinations. " +
            "A C-GET needs none.",
            "Connections from addresses that are not allowed are closed before anything is read. AE " +
            "titles are what peers say of themselves: their lists keep mistakes out, not attackers.",
            "The log has a line for each association, when it ends, and for what went wrong; with -v " +
            "one for each request and instance. It tells no keys of queries, and names instances by " +
            "UID alone.",
            "SIGTERM or the first Ctrl-C finishes what is under way and refuses the rest, the second " +
            "aborts.",
            "Completions, in bash for instance: source <(qrscp --completion bash)",
          ],
        },
        {
          title: "Exit codes",
          lines: [
            "  0    it was told to stop, and nothing had failed",
            "  1    unexpected internal error",
            "  2    wrong usage; the port, a folder or the index cannot be used",
            "  6    some instances failed to be received or sent",
            "  8    local storage failed",
          ],
        },
      ],
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
  const command = await readCommandLine(qrscpCommandLine(), args, io);
  if ("exitCode" in command) return command.exitCode;
  const { service, archive, destinations } = command.options;
  using output = new ToolOutput(service.logLevel, service.output, io);
  using interrupt = new Interrupt(io, "cancel");
  const makeOffer = (host: OfferHost): Promise<Offer> => archiveOffer(archive, destinations, host);
  return await new Service(service, makeOffer, interrupt, output, io).run();
}

const AE_TITLE = "QRSCP";

if (import.meta.main) Deno.exit(await main(Deno.args, denoIo));
