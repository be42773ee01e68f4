/**
 * What a tool does with the instances that it receives.
 *
 * @module
 */

import { basename } from "node:path";
import type { Handlers } from "../lib/handler/handler.ts";
import type { AssociationEvents } from "./association_events.ts";
import { UsageError } from "./exit_code.ts";
import { reasonOf } from "./io.ts";
import type { ToolLog } from "./log.ts";

/** Where to, and who is told. */
export interface StorageHandlersOptions {
  /** Where the files go; `undefined` when the data is to be dropped. */
  readonly directory: string | undefined;
  /** The books. */
  readonly ledger: { stored(bytes: number): void; storageFailed(): void };
  readonly log: ToolLog;
  /** Told of the files. */
  readonly events?: AssociationEvents | undefined;
}

/**
 * Makes the handlers that store to disk, or drop what comes.
 *
 * @param options Where to, and who is told.
 * @returns Handlers for C-STORE; the output directory is made.
 * @throws {UsageError} When it cannot be made.
 */
export async function storageHandlers(options: StorageHandlersOptions): Promise<Handlers> {
  const { directory, ledger, log, events } = options;
  if (directory === undefined) {
    const { default: ignore } = await import("../plugins/ignore.ts");
    const { signal } = new AbortController();
    const associate = (): Promise<never> => Promise.reject(new Error("Nothing is sent from here"));
    return await ignore({ options: {}, log, signal, associate });
  }
  try {
    await Deno.mkdir(directory, { recursive: true });
  } catch (error) {
    throw new UsageError(`Cannot make output directory ${directory}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  const { storeHandler } = await import("../plugins/store.ts");
  return storeHandler({
    directory,
    log,
    onStored: ({ path, bytes, sopInstanceUid }) => {
      ledger.stored(bytes);
      events?.holds(sopInstanceUid, { path, bytes });
      log.info(`Storing DICOM file: ${basename(path)}`);
    },
    onExisting: ({ path, bytes, sopInstanceUid }) => {
      ledger.stored(bytes);
      events?.holds(sopInstanceUid, { path, bytes });
      log.info(`DICOM file already exists: ${basename(path)}`);
    },
    onFailed: () => ledger.storageFailed(),
  });
}
