/**
 * The options of the tools that tell programs what happens, and that show their progress.
 *
 * @module
 */

import { object } from "@optique/core/constructs";
import { flagOption, type OptionParser } from "./option.ts";

/** The output options as given on the command line. */
export type OutputOptions = {
  readonly json: boolean;
  readonly noProgress: boolean;
};

/**
 * The output options.
 *
 * @returns Their parser.
 */
export function outputOptions(): OptionParser<OutputOptions> {
  return object("General Options", {
    json: flagOption(
      ["--json"],
      "write one JSON event per line to the standard output; the log stays on the standard error",
    ),
    noProgress: flagOption(
      ["--no-progress"],
      "show no status line; there is none anyway where the standard error is no terminal, nor " +
        "with -q and -d",
    ),
  });
}
