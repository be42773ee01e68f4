/**
 * storescp: waits for associations, and stores what comes by C-STORE.
 *
 * @module
 */

import { merge, object } from "@optique/core/constructs";
import { string } from "@optique/core/valueparser";
import { DEFAULT_TIMEOUTS } from "../lib/association/timers.ts";
import { DEFAULT_MAXIMUM_LENGTH } from "../lib/net/requestor.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import { DEFAULT_MAXIMUM_ASSOCIATIONS } from "../lib/service/serve.ts";
import { acceptanceOf, type AcceptanceOptions, acceptanceOptions } from "./acceptance_options.ts";
import { type AccessOptions, accessOptions } from "./access_options.ts";
import { type CommandLine, readCommandLine } from "./command_line.ts";
import { type GeneralOptions, generalOptions, logLevelOf } from "./general_options.ts";
import { Interrupt } from "./interrupt.ts";
import { denoIo, type Io } from "./io.ts";
import { type LimitOptions, limitOptions, milliseconds } from "./network_options.ts";
import {
  defaultedOption,
  flagOption,
  type OptionParser,
  positional,
  valueOption,
} from "./option.ts";
import { ToolOutput } from "./output.ts";
import { type OutputOptions, outputOptions } from "./output_options.ts";
import { storageChoice, type StorageOptions, storageOptions } from "./storage_options.ts";
import { type ServiceOptions, StorageService } from "./storage_service.ts";
import { aeTitle, integer, seconds } from "./value_parser.ts";

export type { BakedHandler, Io, StopSignal } from "./io.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The command line as it was given. */
type Arguments =
  & GeneralOptions
  & OutputOptions
  & LimitOptions
  & AccessOptions
  & AcceptanceOptions
  & StorageOptions
  & {
    readonly port: number | undefined;
    readonly aeTitle: string | undefined;
    readonly bindAddress: string | undefined;
    readonly maximumAssociations: number;
    readonly grace: number;
    readonly keepBroken: boolean;
  };

/** The options of storescp, in the order of `--help`. */
function storescpParser(): OptionParser<Arguments> {
  return merge(
    object("Parameters", {
      port: positional(
        integer("port", 0, 65535, "a port"),
        `TCP/IP port number to listen on (default: ${DEFAULT_PORT}); 0 lets the system choose`,
      ),
    }),
    generalOptions(),
    outputOptions(),
    object("Network Options", {
      aeTitle: valueOption(
        ["-aet", "--ae-title"],
        aeTitle(),
        `the AE title that this program goes by (default: ${AE_TITLE}); peers may call any, but ` +
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
    object("Network Options", {
      maximumAssociations: defaultedOption(
        ["--max-associations"],
        integer("N", 1, 10_000, "a number of associations"),
        DEFAULT_MAXIMUM_ASSOCIATIONS,
        "reject associations when so many stand",
      ),
      grace: defaultedOption(
        ["--grace"],
        seconds(),
        DEFAULT_GRACE,
        "when told to stop, wait at most so long for what is being received",
      ),
    }),
    accessOptions(),
    acceptanceOptions(),
    storageOptions(IS_DURABLE),
    object("Output Options", {
      keepBroken: flagOption(
        ["--keep-broken"],
        "store data sets whose structure is broken, answered with warning 0xB007 (default: refused " +
          "with 0xC000)",
      ),
    }),
  );
}

/** Makes what storescp is to do of the command line; throws UsageError. */
function resolveServiceOptions(given: Arguments, args: readonly string[]): ServiceOptions {
  const { aeTitle = AE_TITLE, calledAeTitles } = given;
  const warnings: string[] = [];
  if (given.aeTitle !== undefined && calledAeTitles.length > 0) {
    if (!calledAeTitles.includes(given.aeTitle)) {
      warnings.push(
        `Associations that call ${given.aeTitle} are rejected: --allow-called does not name it`,
      );
    }
  }
  return {
    logLevel: logLevelOf(given, "info", "verbose"),
    output: given,
    aeTitle,
    hostname: given.bindAddress?.replace(/^\[(.*)\]$/, "$1"),
    port: given.port ?? DEFAULT_PORT,
    storage: storageChoice(given, args, IS_DURABLE),
    timeouts: acceptorTimeouts(given),
    maximumLength: given.maximumLength,
    maximumAssociations: given.maximumAssociations,
    access: given,
    acceptance: acceptanceOf(given),
    keepBroken: given.keepBroken,
    grace: milliseconds(given.grace),
    warnings,
  };
}

/** Who listens waits for the peer alone: for its request, for what it has begun to send, for more. */
function acceptorTimeouts(given: LimitOptions): Partial<Timeouts> {
  const acse = milliseconds(given.acseTimeout);
  const network = milliseconds(given.networkTimeout);
  return {
    artim: acse,
    acse,
    release: acse,
    pdu: milliseconds(given.dimseTimeout),
    network,
    write: network,
  };
}

/** The command line of storescp. */
function storescpCommandLine(): CommandLine<Arguments, ServiceOptions> {
  return {
    program: "storescp",
    parser: storescpParser(),
    resolve: resolveServiceOptions,
    help: {
      usage: ["[options] [port]"],
      description: [
        "Waits for associations and stores what peers send by C-STORE, each data set byte for byte, " +
        "in any storage SOP class and transfer syntax, from any number of peers at once. It answers " +
        "C-ECHO too. It serves until it gets SIGTERM or Ctrl-C.",
      ],
      notes: [
        {
          title: "Examples",
          lines: [
            "  storescp -od in",
            "  storescp 104 -aet ARCHIVE --allow-called ARCHIVE -od /srv/dicom",
            "  storescp --allow-calling CT1 --allow-calling CT2 --allow-address 10.1.0.0/16",
            "  storescp 0 -ba 127.0.0.1 --ignore --json",
          ],
        },
        {
          title: "Notes",
          lines: [
            "Connections from addresses that are not allowed are closed before anything is read. AE " +
            "titles are what peers say of themselves: their lists keep mistakes out, not attackers.",
            "-ta is the time that a peer has for its association request, -td for the next 64 KiB of " +
            "what it is sending, -tn for anything while it is silent.",
            "The log has a line for each association, when it ends, and for what went wrong; with -v " +
            "one for each instance. It names instances by UID alone.",
            "SIGTERM or the first Ctrl-C finishes what is being received and refuses the rest, the " +
            "second aborts.",
            "Completions, in bash for instance: source <(storescp --completion bash)",
          ],
        },
        {
          title: "Exit codes",
          lines: [
            "  0    it was told to stop, and nothing had failed",
            "  1    unexpected internal error",
            "  2    wrong usage; the port or the directory cannot be used",
            "  6    some instances failed",
            "  8    local storage failed",
          ],
        },
      ],
    },
  };
}

/**
 * Runs storescp.
 *
 * @param args The command line.
 * @param io The surroundings.
 * @returns The exit code, when it was told to stop.
 *
 * @example
 * ```ts
 * import { type Io, main } from "@dicom/dimse/storescp";
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
 * assert.match(written, /^storescp \d/);
 * ```
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const command = readCommandLine(storescpCommandLine(), args, io);
  if ("exitCode" in command) return command.exitCode;
  const { options } = command;
  using output = new ToolOutput(options.logLevel, options.output, io);
  using interrupt = new Interrupt(io, "cancel");
  return await new StorageService(options, interrupt, output, io).run();
}

const AE_TITLE = "STORESCP";
/** Peers delete what a server has confirmed. */
const IS_DURABLE = true;
/** The registered port that needs no privilege. */
const DEFAULT_PORT = 11112;
/** In seconds: less than what service managers wait before they kill. */
const DEFAULT_GRACE = 30;

if (import.meta.main) Deno.exit(await main(Deno.args, denoIo));
