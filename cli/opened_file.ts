/**
 * A file on its way: open from when the first of it is made ready to be sent until its last byte is.
 *
 * @module
 */

import { PRIORITY, type StoreResponseMessage } from "../lib/dimse/message.ts";
import type { Association } from "../lib/net/association.ts";
import { type StorageRoute, storageRoute } from "../lib/service/storage_plan.ts";
import { type PreparedStore, prepareStore } from "../lib/service/storage_scu.ts";
import type { InstanceHead } from "./file_head.ts";
import { FileSource } from "./file_source.ts";

/** How it is read. */
export interface OpenOptions {
  /** Whether to look whether its structure is sound. */
  readonly checks: boolean;
  /** Told of the bytes that were read. */
  onRead(count: number): void;
}

/** An instance that is sent from its file by C-STORE. Disposing of it closes the file. */
export class OpenedFile implements Disposable {
  /** How it is sent. */
  readonly route: StorageRoute;
  readonly #file: Deno.FsFile;
  readonly #store: PreparedStore;
  #isOpen = true;
  #onSent = (): void => {};

  /**
   * Opens a file, and makes the first PDUs of it.
   *
   * @param association The association to send it by.
   * @param head What is known of it.
   * @param options How it is read.
   * @throws {NegotiationError} When the peer accepted no context for it.
   * @throws What the file system throws.
   */
  constructor(association: Association, head: InstanceHead, options: OpenOptions) {
    const { sopClassUid, sopInstanceUid, transferSyntaxUid } = head;
    const route = storageRoute(association, sopClassUid, transferSyntaxUid);
    const { context } = route;
    const { transferSyntax } = context;
    // A call of some microseconds, for which another thread would take many times as long.
    const file = Deno.openSync(head.path);
    try {
      const dataSet = new FileSource(file, {
        ...{ head, ...options },
        convertTo: route.converts ? transferSyntax : undefined,
      });
      this.#store = prepareStore(association, {
        ...{ sopClassUid, sopInstanceUid, transferSyntaxUid: transferSyntax, context, dataSet },
        priority: PRIORITY.low,
        onSent: () => {
          // Many may be sent before the first is answered.
          this[Symbol.dispose]();
          this.#onSent();
        },
      });
    } catch (error) {
      file.close();
      throw error;
    }
    this.#file = file;
    this.route = route;
  }

  /**
   * Sends it, once.
   *
   * @param onSent Called when the last byte is written.
   * @returns The response.
   */
  send(onSent: () => void): Promise<StoreResponseMessage> {
    this.#onSent = onSent;
    return this.#store.send();
  }

  /** Closes the file, if it is open. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#file.close();
  }
}
