/**
 * How many buffers a piece of code makes, how many bytes it copies, how many promises it waits by:
 * counters that are the same on every machine, where a clock is not.
 *
 * What the runtime does inside itself does not show, and neither does a loop over single bytes.
 *
 * @module
 */

import v8 from "node:v8";
import { type Call, ReplacedMethods } from "./replaced_methods.ts";

/** What was counted. */
export interface ByteCounts {
  /** Buffers made, those of typed arrays included. */
  readonly buffers: number;
  /** The bytes of them all. */
  readonly bufferBytes: number;
  /** Views made on buffers that were there. */
  readonly views: number;
  /** Calls that copied, or filled. */
  readonly copies: number;
  /** The bytes of them all. */
  readonly copiedBytes: number;
  /** Promises made, those of async functions and of each `await` included. */
  readonly promises: number;
}

const NOTHING: ByteCounts = {
  buffers: 0,
  bufferBytes: 0,
  views: 0,
  copies: 0,
  copiedBytes: 0,
  promises: 0,
};

/** Counts from when it is made until it is disposed of, all that this thread does. */
export class ByteCounters implements Disposable {
  readonly #replaced = new ReplacedMethods();
  readonly #counts = { ...NOTHING };
  #isCounting = true;
  #stopPromises: () => void = () => {};

  constructor() {
    for (const name of ["ArrayBuffer", "SharedArrayBuffer", ...TYPED_ARRAYS]) {
      this.#replaced.constructorOf(globalThis, name, (made, args) => this.#made(made, args));
    }
    const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);
    for (const name of ["slice", "map", "filter", "toReversed", "toSorted", "with"]) {
      this.#count(typedArray, name, (result) => this.#copiedInto(result));
    }
    this.#count(typedArray, "subarray", () => void (this.#counts.views += 1));
    this.#count(typedArray, "set", (_result, [source], receiver) => {
      this.#copied(lengthOf(source) * bytesPerElement(receiver));
    });
    this.#count(typedArray, "fill", (_result, [_value, start, end], receiver) => {
      this.#copied(rangeOf(receiver, start, end) * bytesPerElement(receiver));
    });
    this.#count(typedArray, "copyWithin", (_result, [_target, start, end], receiver) => {
      this.#copied(rangeOf(receiver, start, end) * bytesPerElement(receiver));
    });
    for (const name of ["from", "of"]) {
      this.#count(Object.getPrototypeOf(Uint8Array), name, (result) => this.#copiedInto(result));
    }
    for (const name of ["fromHex", "fromBase64"]) {
      this.#count(Uint8Array, name, (result) => this.#copiedInto(result));
    }
    this.#count(ArrayBuffer.prototype, "slice", (result) => this.#copiedInto(result));
    for (const name of ["transfer", "transferToFixedLength"]) {
      this.#count(ArrayBuffer.prototype, name, (result, [length]) => {
        // Of the same length it only changes hands; of none, it is let go.
        if (length !== undefined && length !== 0) this.#copiedInto(result);
      });
    }
    this.#count(TextEncoder.prototype, "encode", (result) => this.#copiedInto(result));
    const stop: unknown = v8.promiseHooks.onInit(() => {
      if (this.#isCounting) this.#counts.promises += 1;
    });
    if (typeof stop === "function") this.#stopPromises = () => Reflect.apply(stop, undefined, []);
  }

  /** What was counted so far. */
  get counts(): ByteCounts {
    return { ...this.#counts };
  }

  /**
   * Leaves out what a peer does, that is in the same thread.
   *
   * @param action What it does, synchronously.
   * @returns What it returns.
   */
  uncounted<T>(action: () => T): T {
    const before = this.#isCounting;
    this.#isCounting = false;
    try {
      return action();
    } finally {
      this.#isCounting = before;
    }
  }

  [Symbol.dispose](): void {
    this.#isCounting = false;
    this.#stopPromises();
    this.#replaced[Symbol.dispose]();
  }

  #count(
    target: object,
    key: string,
    count: (result: unknown, args: readonly unknown[], receiver: unknown) => void,
  ): void {
    this.#replaced.method(target, key, (original: Call, receiver, args) => {
      // What it makes on its way, by the constructors watched above, is its own affair.
      const result = this.uncounted(() => original(receiver, args));
      if (this.#isCounting) count(result, args, receiver);
      return result;
    });
  }

  #made(made: object, [first]: readonly unknown[]): void {
    if (!this.#isCounting) return;
    const { byteLength } = sized(made);
    if (ArrayBuffer.isView(made) && isBuffer(first)) {
      this.#counts.views += 1;
      return;
    }
    this.#counts.buffers += 1;
    this.#counts.bufferBytes += byteLength;
    // Made of another array.
    if (typeof first === "object" && first !== null) this.#copied(byteLength);
  }

  #copiedInto(result: unknown): void {
    const { byteLength } = sized(result);
    this.#counts.buffers += 1;
    this.#counts.bufferBytes += byteLength;
    this.#copied(byteLength);
  }

  #copied(bytes: number): void {
    this.#counts.copies += 1;
    this.#counts.copiedBytes += bytes;
  }
}

const TYPED_ARRAYS = [
  "Uint8Array",
  "Uint8ClampedArray",
  "Uint16Array",
  "Uint32Array",
  "Int8Array",
  "Int16Array",
  "Int32Array",
  "BigInt64Array",
  "BigUint64Array",
  "Float32Array",
  "Float64Array",
];

function isBuffer(value: unknown): value is ArrayBufferLike {
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

function sized(value: unknown): { readonly byteLength: number } {
  if (ArrayBuffer.isView(value) || isBuffer(value)) return value;
  throw new TypeError("This holds no bytes");
}

function bytesPerElement(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Number(Reflect.get(value, "BYTES_PER_ELEMENT"));
}

function lengthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return Number(Reflect.get(value, "length") ?? 0);
}

/** How many elements lie between two arguments as `fill` takes them; negative ones count from the end. */
function rangeOf(receiver: unknown, start: unknown, end: unknown): number {
  const length = lengthOf(receiver);
  const place = (value: unknown, otherwise: number): number => {
    const index = value === undefined ? otherwise : Number(value);
    return index < 0 ? Math.max(0, length + index) : Math.min(index, length);
  };
  return Math.max(0, place(end, length) - place(start, 0));
}
