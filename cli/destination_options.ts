/**
 * The options that say where the destinations of a C-MOVE listen.
 *
 * @module
 */

import { message, text } from "@optique/core/message";
import type { ValueParser } from "@optique/core/valueparser";
import { UsageError } from "./exit_code.ts";
import {
  type DestinationOptions,
  formatMoveDestination,
  type MoveDestination,
  parseMoveDestination,
  requireUnique,
} from "./move_destination.ts";
import { listOption, valueOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";
import { filePath } from "./path_parser.ts";

/** The destination options as given on the command line. */
export type DestinationArguments = {
  readonly destinations: readonly MoveDestination[];
  readonly destinationFile: string | undefined;
};

/**
 * The destination options.
 *
 * @returns Their parser.
 */
export function destinationOptions(): OptionParser<DestinationArguments> {
  return section("Retrieve Options", {
    destinations: listOption(
      ["--destination"],
      moveDestination(),
      "where a destination of C-MOVE listens; may be repeated; where it goes by another AE title " +
        "there, AE=OTHER@host:port; by TLS, AE=tls:host:port (default: none is known, and a C-MOVE is answered 0xA801)",
    ),
    destinationFile: valueOption(
      ["--destinations"],
      filePath(),
      "a text file of further ones, one AE=host:port a line; # begins a comment line; it is read " +
        "again at each C-MOVE",
    ),
  });
}

/**
 * The destinations by the options.
 *
 * @param given The options.
 * @returns What is known of destinations.
 * @throws {UsageError} When one is at two addresses.
 */
export function destinationsOf(given: DestinationArguments): DestinationOptions {
  const { destinations, destinationFile: file } = given;
  try {
    requireUnique(destinations);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
  return { destinations, file };
}

/** A destination of a C-MOVE. */
function moveDestination(): ValueParser<"sync", MoveDestination> {
  return {
    mode: "sync",
    metavar: "AE=HOST:PORT",
    placeholder: { aeTitle: "ANY-SCP", address: { hostname: "localhost", port: 104 } },
    parse(input) {
      try {
        return { success: true, value: parseMoveDestination(input) };
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        return { success: false, error: message`${text(error.message)}` };
      }
    },
    format: formatMoveDestination,
  };
}
