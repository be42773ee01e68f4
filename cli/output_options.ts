/**
 * The options of the tools that tell programs what happens, and that show their progress.
 *
 * @module
 */

import { flagOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";

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
  return section("General Options", {
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
