/**
 * The options that say which presentation contexts a Storage SCP accepts.
 *
 * @module
 */

import type { StorageAcceptance } from "../lib/service/serve.ts";
import {
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  UNCOMPRESSED_TRANSFER_SYNTAXES,
} from "../lib/transfer_syntax.ts";
import { UsageError } from "./exit_code.ts";
import { flagOption, listOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";
import { storageSopClass, transferSyntaxUid } from "./uid_parser.ts";

/** The acceptance options as given on the command line. */
export type AcceptanceOptions = {
  readonly preferExplicit: boolean;
  readonly preferLittle: boolean;
  readonly preferBig: boolean;
  readonly implicitOnly: boolean;
  readonly uncompressedOnly: boolean;
  readonly preferred: readonly string[];
  readonly onlyTransferSyntaxes: readonly string[];
  readonly onlySopClasses: readonly string[];
};

/**
 * The acceptance options.
 *
 * @returns Their parser.
 */
export function acceptanceOptions(): OptionParser<AcceptanceOptions> {
  return section("Acceptance Options", {
    preferExplicit: flagOption(
      ["-x=", "--prefer-uncompr"],
      "prefer explicit VR transfer syntaxes, little endian first, to implicit VR",
    ),
    preferLittle: flagOption(
      ["-xe", "--prefer-little"],
      "prefer explicit VR little endian TS",
    ),
    preferBig: flagOption(["-xb", "--prefer-big"], "prefer explicit VR big endian TS"),
    implicitOnly: flagOption(
      ["-xi", "--implicit"],
      "accept implicit VR little endian TS only",
    ),
    preferred: listOption(
      ["--prefer"],
      transferSyntaxUid(),
      "where a peer lets us choose, accept this transfer syntax, a UID or a keyword such as " +
        "JPEG2000Lossless; may be repeated, best first (default: the peer's first)",
    ),
    uncompressedOnly: flagOption(
      ["--uncompressed-only"],
      "accept no compressed transfer syntax",
    ),
    onlyTransferSyntaxes: listOption(
      ["--only-transfer-syntax"],
      transferSyntaxUid(),
      "accept this transfer syntax only; may be repeated (default: all)",
    ),
    onlySopClasses: listOption(
      ["--only-sop-class"],
      storageSopClass(),
      "accept this storage SOP class only, a UID or a keyword such as CTImageStorage; may be " +
        "repeated (default: all)",
    ),
  });
}

/**
 * What is accepted by the options.
 *
 * @param options The options.
 * @returns The server's part of them.
 * @throws {UsageError} When they contradict each other.
 *
 * @example
 * ```ts
 * import { acceptanceOf } from "./acceptance_options.ts";
 * import assert from "node:assert/strict";
 *
 * const acceptance = acceptanceOf({
 *   preferExplicit: false,
 *   preferLittle: false,
 *   preferBig: false,
 *   implicitOnly: true,
 *   uncompressedOnly: false,
 *   preferred: [],
 *   onlyTransferSyntaxes: [],
 *   onlySopClasses: [],
 * });
 * assert.deepEqual(acceptance, { transferSyntaxes: ["1.2.840.10008.1.2"] });
 * ```
 */
export function acceptanceOf(options: AcceptanceOptions): StorageAcceptance {
  const { onlyTransferSyntaxes, onlySopClasses } = options;
  const preferred = oneOf("-x=, -xe, -xb and --prefer", [
    options.preferExplicit ? LITTLE_FIRST : [],
    options.preferLittle ? LITTLE_FIRST : [],
    options.preferBig ? BIG_FIRST : [],
    options.preferred,
  ]);
  const accepted = oneOf("-xi, --uncompressed-only and --only-transfer-syntax", [
    options.implicitOnly ? [IMPLICIT_VR_LITTLE_ENDIAN] : [],
    options.uncompressedOnly ? UNCOMPRESSED_TRANSFER_SYNTAXES : [],
    onlyTransferSyntaxes,
  ]);
  return {
    ...(preferred === undefined ? {} : { preferredTransferSyntaxes: preferred }),
    ...(accepted === undefined ? {} : { transferSyntaxes: accepted }),
    ...(onlySopClasses.length === 0 ? {} : { sopClasses: onlySopClasses }),
  };
}

function oneOf(
  names: string,
  choices: readonly (readonly string[])[],
): readonly string[] | undefined {
  const [choice, another] = choices.filter((each) => each.length > 0);
  if (another !== undefined) {
    throw new UsageError(`Cannot combine ${names}: give one of them`);
  }
  return choice;
}

const LITTLE_FIRST = [
  EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
];
const BIG_FIRST = [EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN];
