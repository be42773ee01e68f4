/**
 * Counts the memory for bytes that is asked for while something runs.
 *
 * @module
 */

/** What `slice()` of all typed arrays is. */
const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype);

/** Counts from its making to its end. There may be one at a time. */
export class AllocationCount implements Disposable {
  /** How many bytes were asked for by `new Uint8Array(length)`, a copy of a list, or `slice()`. */
  bytes = 0;
  readonly #array = Uint8Array;
  readonly #slice: (this: Uint8Array, start?: number, end?: number) => Uint8Array =
    TYPED_ARRAY.slice;

  /** Begins to count. */
  constructor() {
    const count = (length: number): void => void (this.bytes += length);
    globalThis.Uint8Array = new Proxy(this.#array, {
      construct(target, args, newTarget) {
        const [first] = args;
        if (typeof first === "number") count(first);
        else if (!(first instanceof ArrayBuffer)) count(first?.length ?? 0);
        return Reflect.construct(target, args, newTarget);
      },
    });
    const slice = this.#slice;
    TYPED_ARRAY.slice = function (this: Uint8Array, start?: number, end?: number): Uint8Array {
      const copy = slice.call(this, start, end);
      count(copy.byteLength);
      return copy;
    };
  }

  /** Ends the counting. */
  [Symbol.dispose](): void {
    globalThis.Uint8Array = this.#array;
    TYPED_ARRAY.slice = this.#slice;
  }
}
