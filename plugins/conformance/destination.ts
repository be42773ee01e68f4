/**
 * A destination for handlers that send instances on: it stands in for the network, and shows what came.
 *
 * @module
 */

import type {
  OutgoingInstance,
  StatusReply,
  StorageAssociation,
  StorageAssociationOptions,
} from "../../lib/handler/handler.ts";

/** What a {@linkcode MemoryDestination} does with what comes. */
export type DestinationMood =
  /** It keeps each instance, and answers Success. */
  | { readonly does: "accept" }
  /** It reads each instance, and answers with this status. */
  | { readonly does: "refuse"; readonly status: number }
  /** Each association is lost after so many bytes of an instance. */
  | { readonly does: "break off"; readonly after: number }
  /** It cannot be reached. */
  | { readonly does: "hide" };

/**
 * An archive in memory: it takes whatever SOP class and transfer syntax is proposed, any number of
 * associations, and one instance at a time on each.
 *
 * @example
 * ```ts
 * import { MemoryDestination, syntheticDataSet } from "@dicom/dimse/conformance";
 * import assert from "node:assert/strict";
 *
 * const destination = new MemoryDestination();
 * const sopClassUid = "1.2.840.10008.5.1.4.1.1.2";
 * const transferSyntaxUid = "1.2.840.10008.1.2.1";
 * await using association = await destination.associate({
 *   hostname: "archive",
 *   port: 104,
 *   callingAeTitle: "ROUTER",
 *   calledAeTitle: "ARCHIVE",
 *   contexts: [{ sopClassUid, transferSyntaxUid }],
 * });
 * const { sopInstanceUid, bytes } = syntheticDataSet(1000);
 * const dataSet = new Blob([bytes]).stream();
 * await association.store({ sopClassUid, sopInstanceUid, transferSyntaxUid, dataSet });
 * assert.deepEqual(destination.stored(sopInstanceUid), [bytes]);
 * ```
 */
export class MemoryDestination {
  /** What it does from now on. */
  mood: DestinationMood = { does: "accept" };
  readonly #instances = new Map<string, Uint8Array>();
  #open = 0;

  /** How many associations stand. */
  get openAssociations(): number {
    return this.#open;
  }

  /**
   * What is kept under a UID: at most one instance, the last that came.
   *
   * @param sopInstanceUid The UID.
   * @returns Its data set; the first 8 MiB of a larger one.
   */
  stored(sopInstanceUid: string): readonly Uint8Array[] {
    const dataSet = this.#instances.get(sopInstanceUid);
    return dataSet === undefined ? [] : [dataSet];
  }

  /**
   * Associates: what a host gives handlers as `HandlerContext.associate`.
   *
   * @param options What is proposed; all of it is accepted.
   * @returns The association.
   * @throws When the destination hides, or the signal is aborted.
   */
  associate = async (options: StorageAssociationOptions): Promise<StorageAssociation> => {
    await null; // As a network does: never in the same turn.
    options.signal?.throwIfAborted();
    if (this.mood.does === "hide") throw new Error("Cannot connect: nobody listens there");
    const ended = new AbortController();
    const end = (reason: Error): void => {
      if (ended.signal.aborted) return;
      this.#open--;
      ended.abort(reason);
    };
    const onAbort = (): void => end(new Error("The association was aborted by its requestor"));
    options.signal?.addEventListener("abort", onAbort, { once: true });
    this.#open++;
    return {
      contexts: options.contexts,
      signal: ended.signal,
      store: (instance) => this.#store(instance, ended.signal, end),
      [Symbol.asyncDispose](): Promise<void> {
        options.signal?.removeEventListener("abort", onAbort);
        end(new Error("The association is released"));
        return Promise.resolve();
      },
    };
  };

  async #store(
    instance: OutgoingInstance,
    signal: AbortSignal,
    end: (reason: Error) => void,
  ): Promise<StatusReply> {
    signal.throwIfAborted();
    const { mood } = this;
    const limit = mood.does === "break off" ? mood.after : Infinity;
    const reader = instance.dataSet.getReader();
    const onAbort = (): void => void reader.cancel(signal.reason).catch(() => {});
    signal.addEventListener("abort", onAbort, { once: true });
    const kept: Uint8Array[] = [];
    let length = 0;
    try {
      for (;;) {
        if (length >= limit) end(new Error("The association was aborted by the peer"));
        signal.throwIfAborted();
        const { done, value } = await reader.read();
        signal.throwIfAborted();
        if (done) break;
        length += value.byteLength;
        if (length <= KEPT_LENGTH) kept.push(value.slice());
      }
    } catch (error) {
      // A message that has begun cannot be ended otherwise.
      if (length > 0) end(new Error("The association was aborted: the data set broke off"));
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      reader.releaseLock();
    }
    if (limit !== Infinity) {
      end(new Error("The association was aborted by the peer"));
      signal.throwIfAborted();
    }
    if (mood.does === "refuse") return { status: mood.status, errorComment: "No more room" };
    this.#instances.set(instance.sopInstanceUid, await new Blob(kept.map(plain)).bytes());
    return { status: 0x0000 };
  }
}

function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** Enough for what is compared; the large instances are only to pass. */
const KEPT_LENGTH = 8 * 1024 * 1024;
