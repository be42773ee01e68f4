/**
 * The options of the tools that try again.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { milliseconds } from "./network_options.ts";
import { defaultedOption, type OptionParser } from "./option.ts";
import type { RetryPolicy } from "./retry.ts";
import { integer, seconds } from "./value_parser.ts";

/** The options as given on the command line. */
export type RetryOptions = {
  readonly retries: number;
  readonly retryDelay: number;
};

/**
 * The options.
 *
 * @returns Their parser.
 */
export function retryOptions(): OptionParser<RetryOptions> {
  return object("Retry Options", {
    retries: defaultedOption(
      ["--retry"],
      integer("N", 0, 1_000_000, "a number of tries"),
      0,
      "try again up to N times after failures that may pass: no connection or a lost one, time-outs, " +
        "transient rejections, aborts, and statuses that speak of want of resources",
    ),
    retryDelay: defaultedOption(
      ["--retry-delay"],
      seconds(),
      1,
      "pause so long before the first of these, and each time twice as long, up to a minute",
    ),
  });
}

/**
 * How often to try again.
 *
 * @param given The options.
 * @returns The policy.
 */
export function retryPolicyOf({ retries, retryDelay }: RetryOptions): RetryPolicy {
  return { retries, delay: milliseconds(retryDelay) };
}
