/**
 * C-STORE requests without an association: what a host would hand to a handler.
 *
 * @module
 */

import type { Attributes, Awaitable, StoreRequest } from "../../lib/handler/handler.ts";
import { INSTANCE, SOP_CLASS, TRANSFER_SYNTAX } from "./data_set.ts";

/** A data set's bytes on their way: what comes, in which portions, and how it ends. */
export interface DataSetSource {
  /** The bytes; none is an empty data set. */
  readonly bytes?: Uint8Array;
  /** When there are more than those: how many in all. Zeros, made as they are asked for. */
  readonly length?: number;
  /** The sizes of the portions that arrive, over and over. Default: one of 64 KiB. */
  readonly portions?: readonly number[];
  /** `close` (default), fail with this error after the last byte, or `stall` for ever. */
  readonly end?: "close" | "stall" | Error;
}

/** What became of a {@linkcode DataSetSource}. */
export interface Progress {
  /** Bytes that were asked for so far. */
  readonly delivered: number;
  /** How it ended, if it did. */
  readonly ended: "closed" | "failed" | "cancelled" | undefined;
  /** Fulfilled when all the bytes are delivered and the source stalls. */
  readonly stalled: Promise<void>;
  /** Fulfilled when it has ended, however it did. */
  readonly over: Promise<void>;
}

/** A data set that arrives. */
export interface Arrival {
  /** A byte stream; it gives nothing before it is asked. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** How it fares. */
  readonly progress: Progress;
  /** Lets the stream fail now, as it does when the association is lost. */
  fail(error: Error): void;
}

/**
 * Makes the byte stream of a source.
 *
 * @param source What arrives.
 * @param onPull Called whenever more is asked for; nothing comes before what it returns is settled.
 * @returns The stream, and how it fares.
 *
 * @example
 * ```ts
 * import { openDataSet, syntheticDataSet } from "@dicom/dimse/conformance";
 * import assert from "node:assert/strict";
 *
 * const { bytes } = syntheticDataSet(10_000);
 * const { stream, progress } = openDataSet({ bytes, portions: [7, 333] });
 * assert.deepEqual(await new Response(stream).bytes(), bytes);
 * assert.equal(progress.ended, "closed");
 * ```
 */
export function openDataSet(source: DataSetSource, onPull?: () => Awaitable<void>): Arrival {
  const { bytes = new Uint8Array(0) } = source;
  const total = source.length ?? bytes.byteLength;
  const portions = source.portions ?? [64 * 1024];
  const end = source.end ?? "close";
  const { promise: stalled, resolve: stall } = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  let turn = 0;
  let delivered = 0;
  let ended: Progress["ended"];
  const finish = (how: Progress["ended"]): void => {
    ended = how;
    over.resolve();
  };
  let controllerOf: ReadableByteStreamController | undefined;
  const stream = new ReadableStream({
    type: "bytes",
    start(controller): void {
      controllerOf = controller;
    },
    async pull(controller): Promise<void> {
      await null; // As a network does: never in the same turn.
      const pulled = onPull?.();
      if (pulled !== undefined) await pulled;
      if (ended !== undefined) return;
      if (delivered === total) {
        if (end === "stall") {
          stall();
          return await over.promise;
        }
        finish(end === "close" ? "closed" : "failed");
        if (end !== "close") return controller.error(end);
        controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      const portion = portions[turn++ % portions.length] ?? 1;
      const view = controller.byobRequest?.view;
      const room = view?.byteLength ?? portion;
      const length = Math.min(portion, room, total - delivered);
      const part = bytes.subarray(delivered, delivered + length);
      delivered += length;
      if (view) {
        const target = new Uint8Array(view.buffer, view.byteOffset, length);
        target.set(part);
        target.fill(0, part.byteLength);
        controller.byobRequest?.respond(length);
      } else {
        const chunk = new Uint8Array(length);
        chunk.set(part);
        controller.enqueue(chunk);
      }
    },
    cancel: () => finish("cancelled"),
  }, { highWaterMark: 0 });
  return {
    stream,
    progress: {
      get delivered() {
        return delivered;
      },
      get ended() {
        return ended;
      },
      stalled,
      over: over.promise,
    },
    fail(error): void {
      if (ended !== undefined) return;
      controllerOf?.error(error);
      finish("failed");
    },
  };
}

/** What a synthetic request says; what is not given is made up. */
export interface RequestParts {
  /** The data set. */
  readonly dataSet: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Default: CT Image Storage. */
  readonly sopClassUid?: string;
  /** Default: 1.2.3. */
  readonly sopInstanceUid?: string;
  /** Default: Explicit VR Little Endian. */
  readonly transferSyntaxUid?: string;
  /** What `attributes()` resolves to, or what it does. Default: nothing is known. */
  readonly attributes?: Attributes | (() => Promise<Attributes>);
  /** Default: one that is never aborted. */
  readonly signal?: AbortSignal;
  /** Default: TESTER. */
  readonly callingAeTitle?: string;
  /**
   * Whether the host has no more than the stream, as in a chain of handlers, or in a sandbox: there is
   * no `passDataSet` then. Default: false.
   */
  readonly isStreamAlone?: boolean;
}

/**
 * Makes a C-STORE request.
 *
 * @param parts What it says.
 * @returns The request.
 *
 * @example
 * ```ts
 * import { storeRequest } from "@dicom/dimse/conformance";
 * import type { Handlers } from "@dicom/dimse/handler";
 * import assert from "node:assert/strict";
 *
 * const mine: Handlers = {
 *   store: async ({ attributes }) => (await attributes()).Modality?.[0] === "CT" ? 0x0000 : 0xa900,
 * };
 * const dataSet = new Blob([]).stream();
 * const request = storeRequest({ dataSet, attributes: { Modality: ["MR"] } });
 * assert.equal(await mine.store?.(request), 0xa900);
 * ```
 */
export function storeRequest(parts: RequestParts): StoreRequest {
  const {
    sopClassUid = SOP_CLASS,
    sopInstanceUid = INSTANCE,
    transferSyntaxUid = TRANSFER_SYNTAX,
    callingAeTitle = "TESTER",
    attributes = {},
    signal = new AbortController().signal,
    isStreamAlone = false,
  } = parts;
  return {
    sopClassUid,
    sopInstanceUid,
    transferSyntaxUid,
    messageId: 1,
    dataSet: parts.dataSet,
    ...(!isStreamAlone && {
      passDataSet: (take: TakePiece) => passStream(parts.dataSet, signal, take),
    }),
    attributes: typeof attributes === "function" ? attributes : () => Promise.resolve(attributes),
    contexts: [{ sopClassUid, transferSyntaxUid }],
    signal,
    association: {
      id: "conformance-1",
      callingAeTitle,
      calledAeTitle: "HANDLER",
      peerAddress: "127.0.0.1:11112",
    },
    fileMetaInformation: () =>
      fileHead([
        [0x02, "UI", sopClassUid],
        [0x03, "UI", sopInstanceUid],
        [0x10, "UI", transferSyntaxUid],
        [0x16, "AE", callingAeTitle],
      ]),
  };
}

type TakePiece = (piece: Uint8Array) => Awaitable<void>;

/**
 * As a host does it: what a piece is a view on is used again for the next, and nobody has to catch what
 * the stream fails with, but what the function throws.
 */
function passStream(
  stream: StoreRequest["dataSet"],
  signal: AbortSignal,
  take: TakePiece,
): Promise<void> {
  let isThrown = false;
  const passed = passPieces(stream, signal, async (piece) => {
    try {
      await take(piece);
    } catch (error) {
      isThrown = true;
      throw error;
    }
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  passed.then(resolve, (error) => {
    if (!isThrown) promise.catch(() => {});
    reject(error);
  });
  return promise;
}

async function passPieces(
  stream: StoreRequest["dataSet"],
  signal: AbortSignal,
  take: TakePiece,
): Promise<void> {
  signal.throwIfAborted();
  const reader = stream.getReader();
  const leave = (): void => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", leave, { once: true });
  try {
    for (;;) {
      const { value, done } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      const piece = value.slice();
      await take(piece);
      piece.fill(USED);
    }
  } catch (error) {
    // The rest passes by.
    await reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", leave);
    reader.releaseLock();
  }
}

/** What a handler finds in a piece that it has kept for too long. */
const USED = 0xee;

/** Preamble, `DICM` and group 0002 with the group length in front (PS3.10 section 7.1). */
function fileHead(elements: readonly (readonly [number, string, string])[]): Uint8Array<
  ArrayBuffer
> {
  const group: number[] = [];
  const version = [0x02, 0, 0x01, 0, 0x4f, 0x42, 0, 0, 2, 0, 0, 0, 0, 1];
  group.push(...version);
  for (const [element, vr, text] of elements) {
    const value = [...new TextEncoder().encode(text)];
    if (value.length % 2 === 1) value.push(vr === "UI" ? 0 : 0x20);
    group.push(0x02, 0, element, 0, vr.charCodeAt(0), vr.charCodeAt(1));
    group.push(value.length & 0xff, (value.length >> 8) & 0xff);
    for (const byte of value) group.push(byte);
  }
  const head = new Uint8Array(144 + group.length);
  head.set([0x44, 0x49, 0x43, 0x4d, 0x02, 0, 0, 0, 0x55, 0x4c, 4, 0], 128);
  new DataView(head.buffer).setUint32(140, group.length, true);
  head.set(group, 144);
  return head;
}
