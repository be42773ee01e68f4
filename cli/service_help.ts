/**
 * What the help of every server says at its end.
 *
 * @module
 */

import type { HelpText } from "./help_page.ts";

/** What a server's help says of its own. */
export interface ServiceHelp {
  /** The tool's name. */
  readonly program: string;
  /** Command lines. */
  readonly examples: readonly string[];
  /** What is to be known of it. */
  readonly notes: readonly string[];
  /** The end of the sentence on what it logs. */
  readonly log: string;
  /** What may be of no use: exit code 2. */
  readonly unusable: string;
  /** What has failed with exit code 6. */
  readonly failed: string;
}

/**
 * Writes the sections after the options.
 *
 * @param help What is the server's own.
 * @returns The sections.
 */
export function serviceNotes(help: ServiceHelp): HelpText["notes"] {
  const { program, examples, notes, log, unusable, failed } = help;
  return [
    { title: "Examples", lines: examples.map((line) => `  ${line}`) },
    {
      title: "Notes",
      lines: [
        ...notes,
        "Connections from addresses that are not allowed are closed before anything is read. AE " +
        "titles are what peers say of themselves: their lists keep mistakes out, not attackers.",
        `The log has a line for each association, when it ends, and for what went wrong; ${log}`,
        "SIGTERM or the first Ctrl-C finishes what is under way and refuses the rest, the second " +
        "aborts. With --tls, SIGHUP has the files of --cert, --key and --ca read again.",
        `Completions, in bash for instance: source <(${program} --completion bash)`,
      ],
    },
    {
      title: "Exit codes",
      lines: [
        "  0    it was told to stop, and nothing had failed",
        "  1    unexpected internal error; a worker has died",
        `  2    wrong usage; ${unusable} cannot be used`,
        `  6    some instances failed${failed}`,
        "  8    local storage failed",
      ],
    },
  ];
}
