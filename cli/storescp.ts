/**
 * storescp: waits for associations, and stores what comes by C-STORE.
 *
 * @module
 */

import "./late_segmenter.ts";
import { acceptanceOf, type AcceptanceOptions, acceptanceOptions } from "./acceptance_options.ts";
import type { CommandLine } from "./command_line.ts";
import { denoIo, type Io } from "./io.ts";
import { mayCallOthers } from "./handler_options.ts";
import { dataSetLimitsOf } from "./instance_limits.ts";
import { flagOption, positional } from "./option.ts";
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
import { storageChoice, type StorageOptions, storageOptions } from "./storage_options.ts";
import { integer } from "./value_parser.ts";

export type { BakedHandler, Io, StopSignal } from "./io.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The command line as it was given. */
type Arguments =
  & ServiceArguments
  & AcceptanceOptions
  & StorageOptions
  & {
    readonly port: number | undefined;
    readonly keepBroken: boolean;
  };

/** The options of storescp, in the order of `--help`. */
function storescpParser(): OptionParser<Arguments> {
  return sections(
    section("Parameters", {
      port: positional(
        integer("port", 0, 65535, "a port"),
        `TCP/IP port number to listen on (default: ${DEFAULT_PORT}); 0 lets the system choose`,
      ),
    }),
    serviceArguments(AE_TITLE),
    acceptanceOptions(),
    storageOptions(IS_DURABLE),
    section("Output Options", {
      keepBroken: flagOption(
        ["--keep-broken"],
        "store data sets whose structure is broken, answered with warning 0xB007 (default: refused " +
          "with 0xC000)",
      ),
    }),
  );
}

/** Makes what storescp is to do of the command line; throws UsageError. */
function resolve(given: Arguments, args: readonly string[]): ServiceChoice {
  return {
    service: {
      ...serviceOptions(given, AE_TITLE, mayCallOthers(given)),
      port: given.port ?? DEFAULT_PORT,
      acceptance: acceptanceOf(given),
      keepBroken: given.keepBroken,
      dataSetLimits: dataSetLimitsOf(given),
    },
    offer: { kind: "storage", storage: storageChoice(given, args, IS_DURABLE) },
  };
}

/** The command line of storescp. */
function storescpCommandLine(): CommandLine<Arguments, ServiceChoice> {
  return {
    program: "storescp",
    parser: storescpParser(),
    resolve,
    help: {
      usage: ["[options] [port]"],
      description: [
        "Waits for associations and stores what peers send by C-STORE, each data set byte for byte, " +
        "in any storage SOP class and transfer syntax, from any number of peers at once. It answers " +
        "C-ECHO too. It serves until it gets SIGTERM or Ctrl-C.",
      ],
      notes: serviceNotes({
        program: "storescp",
        examples: [
          "storescp -od in",
          "storescp 104 -aet ARCHIVE --allow-called ARCHIVE -od /srv/dicom",
          "storescp --allow-calling CT1 --allow-calling CT2 --allow-address 10.1.0.0/16",
          "storescp 2762 --tls --cert own.pem --key own.key --ca hospital.pem",
          "storescp 0 -ba 127.0.0.1 --ignore --json",
        ],
        notes: [
          "-ta is the time that a peer has for its association request, -td for the next 64 KiB of " +
          "what it is sending, -tn for anything while it is silent.",
        ],
        log: "with -v one for each instance. It names instances by UID alone.",
        unusable: "the port or the directory",
        failed: "",
      }),
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
  return await runService(storescpCommandLine(), args, io);
}

const AE_TITLE = "STORESCP";
/** Peers delete what a server has confirmed. */
const IS_DURABLE = true;

if (import.meta.main) Deno.exit(await main(Deno.args, denoIo));
