/**
 * The options of the tools that try again.
 *
 * @module
 */

import { UsageError } from "./exit_code.ts";
import { milliseconds } from "./network_options.ts";
import { defaultedOption, flagOption, valueOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { filePath } from "./path_parser.ts";
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
  return section("Retry Options", {
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

/** What a tool goes on by, as given on the command line. */
export type ResumeOptions = {
  readonly resume: string | undefined;
};

/**
 * The option of the tools that go on where an earlier run ended.
 *
 * @param done What the journal says of an instance, such as `sent`.
 * @returns Its parser.
 */
export function resumeOptions(done: string): OptionParser<ResumeOptions> {
  return section("Retry Options", {
    resume: valueOption(
      ["--resume"],
      filePath(),
      `keep a journal in this file of the instances that were ${done}, and leave out those that are ` +
        "in it: the same command again goes on where the last run ended",
    ),
  });
}

/** How far to trust a retrieve, as given on the command line. */
export type RetrieveAgainOptions = ResumeOptions & {
  readonly verify: boolean;
};

/**
 * The options of the tools that retrieve.
 *
 * @returns Their parser.
 */
export function retrieveAgainOptions(): OptionParser<RetrieveAgainOptions> {
  return sections(
    resumeOptions("stored"),
    section("Retry Options", {
      verify: flagOption(
        ["--verify"],
        "ask the archive by C-FIND beforehand which instances must come, and name those that are " +
          "missing in the end, whatever it answers to the retrieve itself",
      ),
    }),
  );
}

/**
 * Checks that what is resumed is kept.
 *
 * @param given The options.
 * @throws {UsageError} When nothing is stored that a journal could be about.
 */
export function checkResume(given: ResumeOptions & { readonly ignore: boolean }): void {
  if (given.resume !== undefined && given.ignore) {
    throw new UsageError("Cannot combine --resume and --ignore: nothing is stored");
  }
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
