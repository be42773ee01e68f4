/**
 * Instances that come although they are here already.
 *
 * @module
 */

import type { Handlers } from "../lib/handler/handler.ts";
import { STATUS } from "../lib/dimse/status.ts";
import type { ToolLog } from "./log.ts";

/**
 * Makes handlers that do not store again what is here: it is answered with Success. The archive may have
 * converted it in the meantime, and a handler may do more than to store.
 *
 * @param handlers Store what is new.
 * @param isHere Whether an instance is here.
 * @param log Told of what is.
 * @returns Handlers that decide and store as the given ones do.
 */
export function withoutRepetition(
  handlers: Handlers,
  isHere: (sopInstanceUid: string) => boolean,
  log: ToolLog,
): Handlers {
  return {
    ...(handlers.attributes ? { attributes: handlers.attributes } : {}),
    ...(handlers.acceptAssociation
      ? { acceptAssociation: handlers.acceptAssociation.bind(handlers) }
      : {}),
    store: async (request) => {
      if (!isHere(request.sopInstanceUid)) {
        return await handlers.store?.(request) ?? STATUS.sopClassNotSupported;
      }
      log.verbose(`Received before: ${request.sopInstanceUid}`);
      await request.dataSet.cancel();
      return STATUS.success;
    },
  };
}
