/**
 * One byte stream for several readers, each of whom gets all of it at its own pace, as far as the
 * slowest allows.
 *
 * The source is read into one buffer, and each reader gets a copy of it, straight into its own. The
 * next bytes are read when all have taken these: so there is one buffer, however many readers there are
 * and however slow one is. `ReadableStream.tee()` would queue without bounds what the slower has not
 * read.
 *
 * @module
 */

/** The shared buffer, and the one given to a reader that brings none. */
const CHUNK_LENGTH = 256 * 1024;

const NOTHING = new Uint8Array(0);

/** One reader's side. */
export interface TeeBranch {
  /** The bytes of the source: a byte stream. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * Fails the stream, unless its reader has all of it or is gone.
   *
   * @param error What reading it fails with.
   * @returns Whether it has failed by that.
   */
  fail(error: Error): boolean;
  /** Tells that its reader is gone: the others need not wait for it. When all are, the source is cancelled. */
  leave(): void;
}

/** A source that is read for several readers. */
export interface Tee {
  /** One for each reader. */
  readonly branches: readonly TeeBranch[];
  /** What the source failed with, if it did; every branch that was left has failed with it then. */
  readonly failure: { readonly error: unknown } | undefined;
}

/**
 * Makes several byte streams of one. The source is locked from the first read on.
 *
 * @param source A byte stream.
 * @param count How many readers there are.
 * @returns A branch for each.
 */
export function teeByteStream(
  source: ReadableStream<Uint8Array<ArrayBuffer>>,
  count: number,
): Tee {
  return new Trunk(source, count);
}

/** Reads the source. */
class Trunk implements Tee {
  readonly branches: readonly Branch[];
  readonly #source: ReadableStream<Uint8Array<ArrayBuffer>>;
  #reader: ReadableStreamBYOBReader | undefined;
  #failure: Tee["failure"];

  constructor(source: ReadableStream<Uint8Array<ArrayBuffer>>, count: number) {
    this.#source = source;
    const branch = (): Branch => new Branch(() => this.#start(), () => this.#left());
    this.branches = Array.from({ length: count }, branch);
  }

  get failure(): Tee["failure"] {
    return this.#failure;
  }

  #start(): void {
    if (this.#reader === undefined) void this.#carry(this.#reader = this.#lock());
  }

  get #isForNobody(): boolean {
    return this.branches.every((branch) => branch.isOver);
  }

  #left(): void {
    if (!this.#isForNobody) return;
    this.#reader ??= this.#lock();
    // Nobody is there to be told that the source fails even now.
    this.#reader.cancel().catch(() => {});
    this.#reader.releaseLock();
  }

  #lock(): ReadableStreamBYOBReader {
    return this.#source.getReader({ mode: "byob" });
  }

  async #carry(reader: ReadableStreamBYOBReader): Promise<void> {
    let buffer = new ArrayBuffer(CHUNK_LENGTH);
    try {
      while (true) {
        const { value, done } = await reader.read(new Uint8Array(buffer));
        if (done) break;
        buffer = value.buffer;
        for (const branch of this.branches) branch.offer(value);
        for (const branch of this.branches) await branch.taken;
        if (this.#isForNobody) return;
      }
      for (const branch of this.branches) branch.end();
      reader.releaseLock();
    } catch (error) {
      this.#failure = { error };
      for (const branch of this.branches) branch.fail(error);
    }
  }
}

/** Hands the shared bytes to one reader. */
class Branch implements TeeBranch {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Nothing more goes to its reader: it has all, or failed, or is gone. */
  isOver = false;
  /** Settled when the reader has a copy of what was offered. */
  taken: Promise<void> | undefined;
  #taken: (() => void) | undefined;
  #controller: ReadableByteStreamController | undefined;
  /** What the reader has not taken of what was offered. */
  #rest: Uint8Array = NOTHING;
  readonly #onLeft: () => void;

  constructor(onWanted: () => void, onLeft: () => void) {
    this.#onLeft = onLeft;
    this.readable = new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: CHUNK_LENGTH,
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        onWanted();
        this.#give();
      },
      cancel: () => this.leave(),
    });
  }

  /** Offers bytes: they are to stay as they are until {@linkcode Branch.taken}. */
  offer(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.#rest = bytes;
    this.#give();
    if (this.#rest.byteLength > 0) this.taken = new Promise((resolve) => this.#taken = resolve);
  }

  end(): void {
    if (this.isOver) return;
    this.#finish();
    try {
      this.#controller?.close();
      // A read that still waits is told of the end by an empty response.
      this.#controller?.byobRequest?.respond(0);
    } catch {
      // The reader asked for units that the length is no multiple of: its read has failed.
    }
  }

  fail(error: unknown): boolean {
    if (this.isOver) return false;
    this.#finish();
    this.#controller?.error(error);
    this.#onLeft();
    return true;
  }

  leave(): void {
    this.fail(new TypeError("Cannot read the data set: the handler has replied"));
  }

  #finish(): void {
    this.isOver = true;
    this.#rest = NOTHING;
    this.#settle();
  }

  #give(): void {
    while (this.#rest.byteLength > 0) {
      const request = this.#controller?.byobRequest;
      const view = request?.view;
      if (!request || !view) return;
      const piece = this.#rest.subarray(0, view.byteLength);
      new Uint8Array(view.buffer, view.byteOffset).set(piece);
      // respond() may ask for more at once: then this runs within itself, with what is left.
      this.#rest = this.#rest.subarray(piece.byteLength);
      request.respond(piece.byteLength);
    }
    this.#settle();
  }

  #settle(): void {
    this.taken = undefined;
    this.#taken?.();
    this.#taken = undefined;
  }
}
