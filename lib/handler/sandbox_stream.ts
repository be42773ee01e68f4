/**
 * The data set inside a sandbox: a byte stream of the chunks that the host sends.
 *
 * A reader that brings a buffer gets a copy, and the chunk's own buffer goes back to the host to be
 * filled again. A reader that brings none gets the chunk itself, to keep.
 *
 * @module
 */

import type { StoreWish } from "./sandbox_protocol.ts";

/** Says something to the host. */
export type Wish = (wish: StoreWish, transfer?: Transferable[]) => void;

/** The receiving end of an instance's chunks. */
export class ChunkStream {
  /** What the handler reads. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #wish: Wish;
  /** What has come and is not read, in its order. */
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #controller: ReadableByteStreamController | undefined;
  #hasPulled = false;
  /** All chunks have come. */
  #hasEnded = false;
  /** Nothing more goes to the reader. */
  #isOver = false;
  /** Wakes the read that waits for a chunk. */
  #wake: (() => void) | undefined;

  /**
   * Makes the stream.
   *
   * @param wish Says to the host what the reader wants.
   */
  constructor(wish: Wish) {
    this.#wish = wish;
    this.readable = new ReadableStream({
      type: "bytes",
      start: (controller) => {
        this.#controller = controller;
      },
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#finish();
        wish({ type: "cancel" });
      },
    });
  }

  /**
   * Takes a chunk.
   *
   * @param buffer Its buffer.
   * @param length How many bytes of it are the chunk's.
   */
  push(buffer: ArrayBuffer, length: number): void {
    const chunk = new Uint8Array(buffer, 0, length);
    if (this.#isOver) return this.#giveBack(chunk);
    this.#chunks.push(chunk);
    this.#wakeUp();
  }

  /** Takes the end of the data set. */
  end(): void {
    this.#hasEnded = true;
    this.#wakeUp();
  }

  /**
   * Fails the stream, now.
   *
   * @param error What reading it fails with.
   */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#finish();
    this.#controller?.error(error);
  }

  async #pull(controller: ReadableByteStreamController): Promise<void> {
    if (!this.#hasPulled) {
      this.#hasPulled = true;
      this.#wish({ type: "pull" });
    }
    while (this.#chunks.length === 0 && !this.#hasEnded && !this.#isOver) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.#isOver) return;
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return this.#close(controller);
    const view = controller.byobRequest?.view;
    if (!view) {
      controller.enqueue(chunk);
      this.#wish({ type: "spent" });
      return;
    }
    const length = Math.min(view.byteLength, chunk.byteLength);
    new Uint8Array(view.buffer, view.byteOffset).set(chunk.subarray(0, length));
    if (length < chunk.byteLength) this.#chunks.unshift(chunk.subarray(length));
    else this.#giveBack(chunk);
    controller.byobRequest?.respond(length);
  }

  #close(controller: ReadableByteStreamController): void {
    this.#isOver = true;
    try {
      controller.close();
      // A read that still waits is told of the end by an empty response.
      controller.byobRequest?.respond(0);
    } catch {
      // The reader asked for units that the length is no multiple of: its read has failed.
    }
  }

  #finish(): void {
    this.#isOver = true;
    for (const chunk of this.#chunks.splice(0)) this.#giveBack(chunk);
    this.#wakeUp();
  }

  #giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
    this.#wish({ type: "spent", buffer }, [buffer]);
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
