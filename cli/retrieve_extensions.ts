/**
 * The extended negotiation of a retrieve (PS3.4 section C.5.2).
 *
 * @module
 */

import type { SopClassExtendedNegotiation } from "../lib/pdu/pdu.ts";
import { flagOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";

/** What may be negotiated for a retrieve, as given on the command line. */
export type RetrieveExtensions = {
  readonly relationalRetrieval: boolean;
  readonly enhancedConversion: boolean;
};

/**
 * The options for the extended negotiation.
 *
 * @returns Their parser.
 */
export function retrieveExtensionOptions(): OptionParser<RetrieveExtensions> {
  return section("Extended Negotiation Options", {
    relationalRetrieval: flagOption(
      ["--relational-retrieval"],
      "request the use of relational retrieval",
    ),
    enhancedConversion: flagOption(
      ["--enhanced-conversion"],
      "request the use of enhanced multi-frame image conversion",
    ),
  });
}

/**
 * The extended negotiation of a retrieve: two bytes (PS3.4 table C.5-3), when one of them is set.
 *
 * @param sopClassUid The information model.
 * @param extensions What is asked for.
 * @returns The negotiation, when anything is asked for.
 *
 * @example
 * ```ts
 * import { retrieveNegotiation } from "./retrieve_extensions.ts";
 * import assert from "node:assert/strict";
 *
 * const extensions = { relationalRetrieval: true, enhancedConversion: false };
 * const [negotiation] = retrieveNegotiation("1.2.840.10008.5.1.4.1.2.2.3", extensions);
 * assert.deepEqual(negotiation?.information, Uint8Array.of(1, 0));
 * ```
 */
export function retrieveNegotiation(
  sopClassUid: string,
  { relationalRetrieval, enhancedConversion }: RetrieveExtensions,
): SopClassExtendedNegotiation[] {
  if (!relationalRetrieval && !enhancedConversion) return [];
  const information = Uint8Array.of(Number(relationalRetrieval), Number(enhancedConversion));
  return [{ sopClassUid, information }];
}
