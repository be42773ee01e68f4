/**
 * The command line of `deno task demo`.
 *
 * @module
 */

import type { CommandLine } from "../../cli/command_line.ts";
import { flagOption, valueOption } from "../../cli/option.ts";
import { section } from "../../cli/option_parser.ts";
import { directoryPath } from "../../cli/path_parser.ts";

/** What the demo is to do. */
export interface DemoOptions {
  /** Whether to leave the retrieving to the user. */
  readonly serve: boolean;
  /** Where the files are to stay. */
  readonly keep: string | undefined;
}

/**
 * The command line of the demo.
 *
 * @returns It.
 */
export function demoCommandLine(): CommandLine<DemoOptions, DemoOptions> {
  return {
    program: "demo",
    parser: section("Options", {
      serve: flagOption(["--serve"], "serve the archive until Ctrl-C, and print commands to try"),
      keep: valueOption(
        ["--keep"],
        directoryPath(),
        "leave the files in this directory, made if missing (default: they are removed at the end)",
      ),
    }),
    resolve: (given) => given,
    help: {
      usage: ["[options]"],
      description: [
        "Makes a small archive of phantoms in a temporary directory, serves it on this computer, and " +
        "queries and retrieves all of it with the tools of this package. No archive and no network " +
        "is needed.",
      ],
      notes: [
        {
          title: "Exit codes",
          lines: [
            "  0    all of the archive was retrieved, by C-MOVE and by C-GET, byte for byte",
            "  1    something was not",
            "  2    wrong usage",
            "  130  cancelled",
          ],
        },
      ],
    },
  };
}
