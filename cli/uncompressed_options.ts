/**
 * The options by which one of the uncompressed transfer syntaxes is asked for, with the names that
 * they have in pynetdicom.
 *
 * @module
 */

import {
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../lib/transfer_syntax.ts";
import { UsageError } from "./exit_code.ts";
import { flagOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";

/** The options as given on the command line. */
export type UncompressedOptions = {
  readonly explicitLittle: boolean;
  readonly explicitBig: boolean;
  readonly implicitLittle: boolean;
};

/**
 * The options.
 *
 * @returns Their parser.
 */
export function uncompressedOptions(): OptionParser<UncompressedOptions> {
  return section("Transfer Syntax Options", {
    explicitLittle: flagOption(
      ["-xe", "--request-little"],
      "request explicit VR little endian TS only",
    ),
    explicitBig: flagOption(["-xb", "--request-big"], "request explicit VR big endian TS only"),
    implicitLittle: flagOption(
      ["-xi", "--request-implicit"],
      "request implicit VR little endian TS only",
    ),
  });
}

/**
 * The transfer syntax that is asked for.
 *
 * @param given The options.
 * @returns Its UID; `undefined` when none is.
 * @throws {UsageError} When more than one is.
 */
export function onlyTransferSyntax(given: UncompressedOptions): string | undefined {
  const asked = [
    given.explicitLittle ? [EXPLICIT_VR_LITTLE_ENDIAN] : [],
    given.explicitBig ? [EXPLICIT_VR_BIG_ENDIAN] : [],
    given.implicitLittle ? [IMPLICIT_VR_LITTLE_ENDIAN] : [],
  ].flat();
  if (asked.length > 1) throw new UsageError("Cannot combine -xe, -xb and -xi: give one of them");
  return asked[0];
}
