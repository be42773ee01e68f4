/**
 * The network options: those of every tool that requests an association, and the part of them that
 * those who wait for one have too.
 *
 * @module
 */

import type { AeAddress } from "../lib/ae_title.ts";
import { DEFAULT_MAXIMUM_LENGTH } from "../lib/net/requestor.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import { defaultedOption, valueOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { aeTitle, maximumLength, seconds } from "./value_parser.ts";

/** The limits of an association as given on the command line; the time-outs in seconds. */
export type LimitOptions = {
  readonly acseTimeout: number;
  readonly dimseTimeout: number;
  readonly networkTimeout: number;
  readonly maximumLength: number;
};

/** The network options as given on the command line. */
export type NetworkOptions = LimitOptions & {
  readonly callingAeTitle: string | undefined;
  readonly calledAeTitle: string | undefined;
};

/** What a tool's limits are unless given; the time-outs in seconds. */
export type LimitDefaults = Omit<LimitOptions, "acseTimeout">;

/**
 * The network options.
 *
 * @param callingAeTitle The tool's own calling AE title.
 * @returns Their parser.
 */
export function networkOptions(callingAeTitle: string): OptionParser<NetworkOptions> {
  return sections(
    section("Network Options", {
      callingAeTitle: valueOption(
        ["-aet", "--calling-aet", "--calling-ae-title"],
        aeTitle(),
        `set the local AE title (default: ${callingAeTitle})`,
      ),
      calledAeTitle: valueOption(
        ["-aec", "--called-aet", "--called-ae-title"],
        aeTitle(),
        `set the called AE title of the peer (default: AE@ of the address, else ${ANY_SCP})`,
      ),
    }),
    limitOptions({
      dimseTimeout: DEFAULT_SECONDS,
      networkTimeout: DEFAULT_SECONDS,
      maximumLength: DEFAULT_MAXIMUM_LENGTH,
    }),
  );
}

/**
 * The time-outs and the largest PDU, in the section of the network options.
 *
 * @param defaults What they are unless given.
 * @returns Their parser.
 */
export function limitOptions(defaults: LimitDefaults): OptionParser<LimitOptions> {
  return section("Network Options", {
    acseTimeout: defaultedOption(
      ["-ta", "--acse-timeout"],
      seconds(),
      DEFAULT_SECONDS,
      "timeout for ACSE messages; 0 is none, here as below",
    ),
    dimseTimeout: defaultedOption(
      ["-td", "--dimse-timeout"],
      seconds(),
      defaults.dimseTimeout,
      "timeout for DIMSE messages",
    ),
    networkTimeout: defaultedOption(
      ["-tn", "--network-timeout"],
      seconds(),
      defaults.networkTimeout,
      "timeout for the network",
    ),
    maximumLength: defaultedOption(
      ["-pdu", "--max-pdu"],
      maximumLength(),
      defaults.maximumLength,
      "set maximum receive PDU bytes; 0 is unlimited",
    ),
  });
}

/**
 * The AE title to call: the option's, else that of the address, else `ANY-SCP`.
 *
 * @param options The network options.
 * @param address The peer's address.
 * @param warn Told when the two differ.
 * @returns The called AE title.
 */
export function calledAeTitleOf(
  options: NetworkOptions,
  address: AeAddress,
  warn: (message: string) => void,
): string {
  const given = options.calledAeTitle;
  const inAddress = address.aeTitle;
  if (given !== undefined && inAddress !== undefined && given !== inAddress) {
    warn(`Called AE title ${given} is used instead of ${inAddress} from the address`);
  }
  return given ?? inAddress ?? ANY_SCP;
}

/**
 * The time-outs of the library that the options stand for.
 *
 * @param options The network options.
 * @returns The time-outs in milliseconds.
 */
export function timeoutsOf(options: NetworkOptions): Partial<Timeouts> {
  const acse = milliseconds(options.acseTimeout);
  const dimse = milliseconds(options.dimseTimeout);
  const network = milliseconds(options.networkTimeout);
  return { connect: network, acse, release: acse, dimse, network, write: network };
}

/**
 * Seconds of the command line as the library takes them.
 *
 * @param inSeconds A time in seconds; 0 is no limit.
 * @returns Milliseconds, rounded up, so that only 0 becomes 0.
 */
export function milliseconds(inSeconds: number): number {
  return Math.ceil(inSeconds * 1000);
}

const ANY_SCP = "ANY-SCP";
const DEFAULT_SECONDS = 30;
