/**
 * The options of every server: where it listens, whom it lets in, and how it ends.
 *
 * @module
 */

import { string } from "@optique/core/valueparser";
import { DEFAULT_TIMEOUTS } from "../lib/association/timers.ts";
import { DEFAULT_MAXIMUM_LENGTH } from "../lib/net/requestor.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import { DEFAULT_MAXIMUM_ASSOCIATIONS, defaultPerAddress } from "../lib/service/serve.ts";
import { UsageError } from "./exit_code.ts";
import { type AccessOptions, accessOptions } from "./access_options.ts";
import { type GeneralOptions, generalOptions, logLevelOf } from "./general_options.ts";
import { type LimitOptions, limitOptions, milliseconds } from "./network_options.ts";
import { defaultedOption, valueOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { type OutputOptions, outputOptions } from "./output_options.ts";
import type { ServiceOptions } from "./service_settings.ts";
import {
  asksClients,
  requireListenFiles,
  tlsChoice,
  type TlsListenOptions,
  tlsListenOptions,
  type TlsOptions,
} from "./tls_options.ts";
import { aeTitle, integer, seconds } from "./value_parser.ts";

/** The registered port that needs no privilege. */
export const DEFAULT_PORT = 11112;

/** In seconds: less than what service managers wait before they kill. */
const DEFAULT_GRACE = 30;

/** The options of a server as given on the command line. */
export type ServiceArguments =
  & GeneralOptions
  & OutputOptions
  & LimitOptions
  & AccessOptions
  & TlsOptions
  & TlsListenOptions
  & {
    readonly aeTitle: string | undefined;
    readonly bindAddress: string | undefined;
    readonly maximumAssociations: number;
    readonly maximumAssociationsPerAddress: number | undefined;
    readonly workers: number;
    readonly grace: number;
  };

/**
 * The options of a server.
 *
 * @param ownAeTitle The server's own AE title.
 * @returns Their parser.
 */
export function serviceArguments(ownAeTitle: string): OptionParser<ServiceArguments> {
  return sections(
    generalOptions(),
    outputOptions(),
    section("Network Options", {
      aeTitle: valueOption(
        ["-aet", "--ae-title"],
        aeTitle(),
        `the AE title that this program goes by (default: ${ownAeTitle}); peers may call any, but ` +
          "for --allow-called",
      ),
      bindAddress: valueOption(
        ["-ba", "--bind-address"],
        string({ metavar: "ADDRESS" }),
        "the address to listen on (default: all, IPv6 and IPv4)",
      ),
    }),
    limitOptions({
      dimseTimeout: DEFAULT_TIMEOUTS.pdu / 1000,
      networkTimeout: DEFAULT_TIMEOUTS.network / 1000,
      maximumLength: DEFAULT_MAXIMUM_LENGTH,
    }),
    section("Network Options", {
      maximumAssociations: defaultedOption(
        ["--max-associations"],
        integer("N", 1, 10_000, "a number of associations"),
        DEFAULT_MAXIMUM_ASSOCIATIONS,
        "reject associations when so many stand",
      ),
      maximumAssociationsPerAddress: valueOption(
        ["--max-associations-per-address"],
        integer("N", 1, 10_000, "a number of associations"),
        "reject associations of an address when so many of it stand (default: half of all)",
      ),
      workers: defaultedOption(
        ["--workers"],
        integer("N", 1, 64, "a number of workers"),
        1,
        "serve with so many threads, on as many cores; 1 is without workers (Linux only)",
      ),
      grace: defaultedOption(
        ["--grace"],
        seconds(),
        DEFAULT_GRACE,
        "when told to stop, wait at most so long for what is under way",
      ),
    }),
    accessOptions(),
    tlsListenOptions("acceptor"),
  );
}

/**
 * How to serve by the options.
 *
 * @param given The options.
 * @param ownAeTitle The server's own AE title.
 * @param callsOthers Whether it may call others by TLS, with the files of `--ca` and the like.
 * @returns What they say.
 * @throws {UsageError} When they contradict each other.
 */
export function serviceOptions(
  given: ServiceArguments,
  ownAeTitle: string,
  callsOthers = false,
): Omit<ServiceOptions, "port" | "acceptance" | "keepBroken" | "dataSetLimits"> {
  const { calledAeTitles, maximumAssociations } = given;
  const warnings: string[] = [];
  if (given.aeTitle !== undefined && calledAeTitles.length > 0) {
    if (!calledAeTitles.includes(given.aeTitle)) {
      warnings.push(
        `Associations that call ${given.aeTitle} are rejected: --allow-called does not name it`,
      );
    }
  }
  const tls = tlsChoice(given, callsOthers ? "others too" : "peer");
  if (tls.isOn) requireListenFiles(tls);
  if (given.certificates.length > 0 && !(tls.isOn && asksClients(tls))) {
    throw new UsageError(
      "Cannot use --allow-certificate where nobody shows one: give --tls and --ca, and not " +
        "--tls-client-cert none",
    );
  }
  return {
    logLevel: logLevelOf(given, "info", "verbose"),
    output: given,
    tls,
    aeTitle: given.aeTitle ?? ownAeTitle,
    hostname: given.bindAddress?.replace(/^\[(.*)\]$/, "$1"),
    timeouts: acceptorTimeouts(given),
    maximumLength: given.maximumLength,
    maximumAssociations,
    maximumAssociationsPerAddress: given.maximumAssociationsPerAddress ??
      defaultPerAddress(maximumAssociations),
    workers: given.workers,
    access: given,
    grace: milliseconds(given.grace),
    warnings,
  };
}

/**
 * Who listens waits for the peer: for its request, for what it has begun to send, for more; and for its
 * answer to each instance that it asked for (C-GET), as for that of a destination (C-MOVE).
 */
function acceptorTimeouts(given: LimitOptions): Partial<Timeouts> {
  const acse = milliseconds(given.acseTimeout);
  const dimse = milliseconds(given.dimseTimeout);
  const network = milliseconds(given.networkTimeout);
  return {
    artim: acse,
    acse,
    release: acse,
    dimse,
    pdu: dimse,
    network,
    write: network,
  };
}
