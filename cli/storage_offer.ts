/**
 * What storescp offers: storage alone.
 *
 * @module
 */

import type { Offer, OfferHost } from "./offer.ts";
import { storageHandlers } from "./storage_handlers.ts";
import type { StorageChoice } from "./storage_options.ts";

/**
 * Makes the offer of storage, whatever else the handlers offer.
 *
 * @param choice What becomes of the instances.
 * @param host What the server has.
 * @returns The offer.
 * @throws {UsageError} When a handler cannot be loaded, or the directory not be made.
 */
export async function storageOffer(choice: StorageChoice, host: OfferHost): Promise<Offer> {
  const { output: { log }, tally: ledger } = host;
  const storing = await storageHandlers({ ...host, choice, log, ledger });
  const { handlers, directory, fate } = storing;
  const { attributes, store, acceptAssociation } = handlers;
  return {
    handlers: {
      ...(attributes && { attributes }),
      ...(store && { store: store.bind(handlers) }),
      ...(acceptAssociation && { acceptAssociation: acceptAssociation.bind(handlers) }),
    },
    directory,
    lines: [`Instances ${fate}`],
    [Symbol.asyncDispose]: () => storing[Symbol.asyncDispose](),
  };
}
