/**
 * What a server is to offer, as the command line has it: plain data, so that a worker can be told.
 *
 * @module
 */

import type { ArchiveChoice } from "./archive_options.ts";
import type { DestinationOptions } from "./move_destination.ts";
import type { Offer, OfferHost } from "./offer.ts";
import type { StorageChoice } from "./storage_options.ts";

/** What a server is to offer. */
export type OfferChoice =
  | {
    readonly kind: "storage";
    /** What becomes of the instances. */
    readonly storage: StorageChoice;
  }
  | {
    readonly kind: "archive";
    readonly archive: ArchiveChoice;
    readonly destinations: DestinationOptions;
  };

/**
 * Makes the offer.
 *
 * @param choice What it is to be.
 * @param host What the server has.
 * @returns The offer.
 * @throws {UsageError} When what it is to be made of cannot be used.
 */
export async function makeOffer(choice: OfferChoice, host: OfferHost): Promise<Offer> {
  // Loaded when asked for: storage alone needs no archive.
  if (choice.kind === "storage") {
    const { storageOffer } = await import("./storage_offer.ts");
    return await storageOffer(choice.storage, host);
  }
  const { archiveOffer } = await import("./archive_offer.ts");
  return await archiveOffer(choice.archive, choice.destinations, host);
}
