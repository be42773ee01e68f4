/**
 * The options that every tool has: how much it tells.
 *
 * @module
 */

import { choice } from "@optique/core/valueparser";
import { UsageError } from "./exit_code.ts";
import type { LogLevel } from "./log.ts";
import { flagOption, valueOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";

/** How much a tool tells, as given on the command line. */
export type GeneralOptions = {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly debug: boolean;
  readonly logLevel: "critical" | "error" | "warn" | "warning" | "info" | "debug" | undefined;
};

/**
 * The general options.
 *
 * @returns Their parser.
 */
export function generalOptions(): OptionParser<GeneralOptions> {
  return section("General Options", {
    quiet: flagOption(["-q", "--quiet"], "quiet mode, prints no warnings or errors"),
    verbose: flagOption(["-v", "--verbose"], "verbose mode, prints processing details"),
    debug: flagOption(["-d", "--debug"], "debug mode, prints debugging information"),
    logLevel: valueOption(
      ["-ll", "--log-level"],
      choice(["critical", "error", "warn", "warning", "info", "debug"], { metavar: "LEVEL" }),
      "prints messages of this level or higher: critical, error, warning, info or debug",
    ),
  });
}

/**
 * The level that the options ask for. Quiet is quieter than any level.
 *
 * @param options The options.
 * @param fallback The tool's own level.
 * @param verbose What `-v` stands for.
 * @returns The level.
 * @throws {UsageError} When the options contradict each other.
 */
export function logLevelOf(
  options: GeneralOptions,
  fallback: LogLevel,
  verbose: LogLevel,
): LogLevel {
  const { quiet, debug, logLevel } = options;
  if ([quiet, options.verbose, debug].filter(Boolean).length > 1) {
    throw new UsageError("Cannot combine -q, -v and -d: give one of them");
  }
  if (quiet) return "quiet";
  if (logLevel !== undefined) return logLevel === "warn" ? "warning" : logLevel;
  if (debug) return "debug";
  return options.verbose ? verbose : fallback;
}
