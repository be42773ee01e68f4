/**
 * Functions of the platform with something in front of them, for a while.
 *
 * @module
 */

/** Any function of the platform. */
export type Call = (receiver: unknown, args: readonly unknown[]) => unknown;

/** Replaces methods and constructors, until it is disposed of. */
export class ReplacedMethods implements Disposable {
  readonly #restore = new DisposableStack();

  /**
   * Replaces a method.
   *
   * @param target What has it, itself or by its prototype.
   * @param key Its name.
   * @param around What is called instead, with the method.
   */
  method(
    target: object,
    key: PropertyKey,
    around: (original: Call, receiver: unknown, args: readonly unknown[]) => unknown,
  ): void {
    const original: unknown = Reflect.get(target, key);
    if (typeof original !== "function") throw new TypeError(`${String(key)} is no method`);
    const call: Call = (receiver, args) => Reflect.apply(original, receiver, args);
    this.#define(target, key, function (this: unknown, ...args: unknown[]): unknown {
      return around(call, this, args);
    });
  }

  /**
   * Watches a constructor. Its prototype and its static methods stay what they are.
   *
   * @param target What has it.
   * @param key Its name.
   * @param onMade Told of each object that was made by `new`, and by what arguments.
   */
  constructorOf(
    target: object,
    key: PropertyKey,
    onMade: (made: object, args: readonly unknown[]) => void,
  ): void {
    const original: unknown = Reflect.get(target, key);
    if (typeof original !== "function") throw new TypeError(`${String(key)} is no constructor`);
    const watched: unknown = new Proxy(original, {
      construct(constructor, args, newTarget): object {
        const actual = newTarget === watched ? constructor : newTarget;
        const made: object = Reflect.construct(constructor, args, actual);
        onMade(made, args);
        return made;
      },
    });
    this.#define(target, key, watched);
  }

  [Symbol.dispose](): void {
    this.#restore.dispose();
  }

  #define(target: object, key: PropertyKey, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(target, key);
    Object.defineProperty(target, key, {
      value,
      writable: true,
      configurable: true,
      enumerable: before?.enumerable ?? false,
    });
    this.#restore.defer(() => {
      if (before === undefined) Reflect.deleteProperty(target, key);
      else Object.defineProperty(target, key, before);
    });
  }
}
