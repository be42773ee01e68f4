/**
 * The host's side of one instance that a sandbox takes: reads the data set into buffers, as far as
 * there are any, and sends them.
 *
 * @module
 */

import type { StoreRequest } from "./handler.ts";
import {
  CHUNK_LENGTH,
  CHUNKS_UNDER_WAY,
  errorData,
  type StoreNews,
  type StoreRequestData,
  type StoreWish,
} from "./sandbox_protocol.ts";

/** Keeps buffers that have come back, so that small instances do not each make new ones. */
export class ChunkBuffers {
  readonly #idle: ArrayBuffer[] = [];

  /**
   * Lends a buffer.
   *
   * @returns A buffer with whatever was in it.
   */
  take(): ArrayBuffer {
    return this.#idle.pop() ?? new ArrayBuffer(CHUNK_LENGTH);
  }

  /**
   * Takes a buffer back.
   *
   * @param buffer What is said to be one.
   */
  give(buffer: ArrayBuffer): void {
    const isOne = buffer.byteLength === CHUNK_LENGTH && !buffer.resizable;
    if (isOne && this.#idle.length < CHUNKS_UNDER_WAY) this.#idle.push(buffer);
  }
}

/** Says something of the instance to the worker. */
export type Tell = (news: StoreNews, transfer?: Transferable[]) => void;

/** Sends one instance. */
export class StoreTransfer {
  readonly #request: StoreRequest;
  readonly #buffers: ChunkBuffers;
  readonly #tell: Tell;
  #reader: ReadableStreamBYOBReader | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Nothing more is read. */
  #isOver = false;
  /** The handler has replied, or never will. */
  #isStopped = false;
  #underWay = 0;
  /** Wakes the sending that waits for a buffer. */
  #wake: (() => void) | undefined;

  /**
   * Prepares the sending; nothing is read before the worker asks.
   *
   * @param request The instance.
   * @param buffers Where buffers are borrowed.
   * @param tell Says to the worker what becomes of it.
   */
  constructor(request: StoreRequest, buffers: ChunkBuffers, tell: Tell) {
    this.#request = request;
    this.#buffers = buffers;
    this.#tell = tell;
  }

  /** What the data set failed with, as far as the worker knows. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /**
   * Does what the worker asks for.
   *
   * @param wish What.
   */
  take(wish: StoreWish): void {
    if (wish.type === "spent" && wish.buffer !== undefined) this.#buffers.give(wish.buffer);
    switch (wish.type) {
      case "pull":
        if (this.#reader === undefined && !this.#isOver) void this.#send();
        return;
      case "spent":
        this.#underWay = Math.max(this.#underWay - 1, 0);
        return this.#wakeUp();
      case "cancel":
        if (!this.#isOver) this.#cancel();
        return;
      case "attributes":
        if (!this.#isStopped) void this.#tellAttributes();
        return;
    }
  }

  /** The handler has replied, or never will: what it did not read is left to the host. */
  stop(): void {
    this.#isStopped = true;
    if (this.#reader !== undefined && !this.#isOver) this.#cancel();
    this.#isOver = true;
  }

  #cancel(): void {
    this.#isOver = true;
    this.#wakeUp();
    try {
      this.#reader ??= this.#lock();
      // Nobody is there to be told that the data set fails even now.
      this.#reader.cancel().catch(() => {});
      this.#reader.releaseLock();
    } catch {
      // It is somebody else's.
    }
  }

  #lock(): ReadableStreamBYOBReader {
    return this.#request.dataSet.getReader({ mode: "byob" });
  }

  async #send(): Promise<void> {
    try {
      const reader = this.#reader = this.#lock();
      while (true) {
        while (this.#underWay >= CHUNKS_UNDER_WAY && !this.#isOver) {
          await new Promise<void>((resolve) => this.#wake = resolve);
        }
        if (this.#isOver) return;
        const view = new Uint8Array(this.#buffers.take());
        const { value, done } = await reader.read(view, { min: CHUNK_LENGTH });
        if (this.#isOver) return;
        if (value !== undefined) this.#sendChunk(value);
        if (done) break;
      }
      this.#isOver = true;
      reader.releaseLock();
      this.#tell({ type: "end" });
    } catch (error) {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#reader?.releaseLock();
      this.#fail(error);
      this.#tell({ type: "lost", error: errorData(error) });
    }
  }

  #sendChunk({ buffer, byteLength: length }: Uint8Array<ArrayBuffer>): void {
    if (length === 0) return this.#buffers.give(buffer);
    this.#underWay++;
    this.#tell({ type: "chunk", buffer, length }, [buffer]);
  }

  async #tellAttributes(): Promise<void> {
    try {
      const value = await this.#request.attributes();
      this.#tell({ type: "attributes", outcome: { type: "value", value } });
    } catch (error) {
      this.#fail(error);
      this.#tell({ type: "attributes", outcome: { type: "error", error: errorData(error) } });
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

/**
 * What of a request can be cloned.
 *
 * @param request The request.
 * @returns Its data.
 */
export function storeRequestData(request: StoreRequest): StoreRequestData {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid, messageId, moveOriginator } = request;
  const { aborted, reason } = request.signal;
  return {
    ...{ sopClassUid, sopInstanceUid, transferSyntaxUid, messageId },
    ...(moveOriginator && { moveOriginator: { ...moveOriginator } }),
    association: associationData(request.association),
    contexts: request.contexts.map(({ sopClassUid, transferSyntaxUid }) => ({
      sopClassUid,
      transferSyntaxUid,
    })),
    fileMetaInformation: request.fileMetaInformation(),
    ...(aborted && { abortReason: errorData(reason) }),
  };
}

function associationData(
  { id, callingAeTitle, calledAeTitle, peerAddress, peerCertificate }: StoreRequest["association"],
): StoreRequest["association"] {
  return {
    ...{ id, callingAeTitle, calledAeTitle, peerAddress },
    ...(peerCertificate && { peerCertificate: { ...peerCertificate } }),
  };
}
