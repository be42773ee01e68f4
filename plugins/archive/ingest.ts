/**
 * C-STORE: the file first, then its entry in the index, then the answer.
 *
 * @module
 */

import type {
  Handlers,
  Log,
  Status,
  StatusReply,
  StoreRequest,
} from "../../lib/handler/handler.ts";
import type { OnExist } from "../on_exist.ts";
import { type MinimumFree, type StoredFile, storeHandler } from "../store.ts";

/** How instances are stored. */
export interface IngestOptions {
  /** Where the files go: a path without links, that has been swept. */
  readonly directory: string;
  /** What they are called there; a template, as the storage handler `store` takes it. */
  readonly filename: string;
  /** What to do when another instance has the name. */
  readonly onExist: OnExist;
  /** Whether to wait until files are on the medium. */
  readonly durable: boolean;
  /** What is to stay free on the disk. */
  readonly minimumFree?: MinimumFree;
  /** Where is said what goes wrong. */
  readonly log: Log;
  /** Takes a file into the index, before it returns. */
  readonly index: (path: string) => void;
  /** The file that an instance is served from, if it is. */
  readonly holderOf: (sopInstanceUid: string) => string | undefined;
  /** Called for each instance that was written and is in the index, before the reply. */
  readonly onStored?: ((file: StoredFile) => void) | undefined;
  /** Called for each instance that was there already, and is in the index, before the reply. */
  readonly onExisting?: ((file: StoredFile) => void) | undefined;
  /** Called for each instance that could not be stored, or not be entered. */
  readonly onFailed?: ((sopInstanceUid: string, error: Error) => void) | undefined;
}

/** The file of an instance is there, and the index has no entry for it. */
class NotIndexedError extends Error {
  override name = "NotIndexedError";
  readonly status = OUT_OF_RESOURCES;
  readonly errorComment = "Stored, but not in the index: send it again";
}

/** What an instance cannot be asked for without. */
const IDENTITY = ["StudyInstanceUID", "SeriesInstanceUID"] as const;

const OUT_OF_RESOURCES = 0xa700;
const DATA_SET_DOES_NOT_MATCH = 0xa900;

/**
 * Makes the handler of C-STORE.
 *
 * When the index refuses, the file stays, and the answer is 0xA700: the sender keeps the instance and
 * sends it again, which finds the file and makes the entry; or the next scan finds it.
 *
 * @param options How instances are stored.
 * @returns The handler, and the attributes that it needs.
 */
export function ingestHandler(
  options: IngestOptions,
): Required<Pick<Handlers, "attributes" | "store">> {
  const { index, holderOf, log, onStored, onExisting, onFailed, ...storing } = options;
  const enter = (file: StoredFile, done: ((file: StoredFile) => void) | undefined): void => {
    const { path, sopInstanceUid } = file;
    try {
      index(path);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      log.error(`Cannot enter ${path} in the index: ${reason}`);
      const error = new NotIndexedError(`Cannot enter ${path} in the index`, { cause });
      onFailed?.(sopInstanceUid, error);
      throw error;
    }
    done?.(file);
  };
  const files = storeHandler({
    ...storing,
    isSwept: true,
    log,
    holderOf(sopInstanceUid) {
      try {
        return holderOf(sopInstanceUid);
      } catch {
        // What is wrong with the index shows when the file is entered.
        return undefined;
      }
    },
    onStored: (file) => enter(file, onStored),
    onExisting: (file) => enter(file, onExisting),
    ...(onFailed && { onFailed }),
  });
  return {
    attributes: [...new Set([...IDENTITY, ...files.attributes ?? []])],
    async store(request: StoreRequest): Promise<Status | StatusReply> {
      const attributes = await request.attributes();
      const missing = IDENTITY.find((keyword) => !attributes[keyword]?.[0]);
      if (missing !== undefined) {
        return { status: DATA_SET_DOES_NOT_MATCH, errorComment: `${missing} is missing` };
      }
      return await files.store?.(request) ?? OUT_OF_RESOURCES;
    },
  };
}
