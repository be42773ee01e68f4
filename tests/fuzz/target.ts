/**
 * What is fuzzed: something that takes bytes, with what must hold whatever the bytes are.
 *
 * @module
 */

/** What kind of bytes a seed of the corpus is. */
export type Kind =
  | "from-requestor"
  | "from-acceptor"
  | "command"
  | "data-set"
  | "file"
  | "json"
  | "certificate"
  | "text";

/** Bytes to begin with. */
export interface Seed {
  readonly kind: Kind;
  /** Where it comes from. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of a data set: its transfer syntax. */
  readonly variant?: string;
}

/** One input, and all else that decides what happens with it. */
export interface FuzzCase {
  readonly bytes: Uint8Array;
  /** Decides where the bytes are split, what the user does, and the like. */
  readonly control: number;
  /** Of a data set: its transfer syntax. */
  readonly variant: string;
}

/**
 * What an input has led to, in a few words: an input that leads to something new is worth more
 * mutations. What must not happen is thrown.
 */
export type Behaviour = string;

/** A target that is ready. */
export interface Runner {
  /** Gives it one input. */
  run(input: FuzzCase): Behaviour | Promise<Behaviour>;
  /** Looks, now and then and at the end, whether all is well. */
  check?(): Promise<void>;
  /** Ends it, when all that it used must be free again. */
  close?(): Promise<void>;
}

/** A thing to fuzz. */
export interface Target {
  readonly name: string;
  /** The seeds that it begins with. */
  readonly kinds: readonly Kind[];
  /** Longer inputs are cut. */
  readonly maximumLength: number;
  /**
   * How much memory for bytes an input may take in all, as a multiple of its length and beside
   * {@linkcode Target.freeAllocation}; not looked at when absent.
   */
  readonly allocationFactor?: number;
  /** So much any input may take, {@linkcode FREE_ALLOCATION} unless given. */
  readonly freeAllocation?: number;
  /** Makes it ready. */
  open(): Runner | Promise<Runner>;
}

/** So much memory for bytes any input may take: first buffers, tables, an inflating window. */
export const FREE_ALLOCATION: number = 1024 * 1024;

/** An input did what no input may do. */
export class Violation extends Error {
  /** The name of the class. */
  override name = "Violation";
}

/**
 * Asserts what must hold.
 *
 * @param holds Whether it does.
 * @param rule What must hold, in words that are the same for every input.
 * @param detail More words, for this input.
 * @throws {Violation} If it does not.
 */
export function must(holds: boolean, rule: string, detail?: () => string): asserts holds {
  if (!holds) throw new Violation(rule, { cause: detail?.() });
}

/** A class of errors. */
type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/**
 * Does what may be refused.
 *
 * @param allowed The class of error that refuses.
 * @param action What to do.
 * @returns What it returned, or how it was refused.
 * @throws Whatever else was thrown.
 */
export function attempt<T, E extends Error>(
  allowed: ErrorClass<E>,
  action: () => T,
): { readonly value: T; readonly error?: undefined } | {
  readonly value?: undefined;
  readonly error: E;
} {
  try {
    return { value: action() };
  } catch (error) {
    if (error instanceof allowed) return { error };
    throw error;
  }
}

/**
 * A message without what is of this input alone.
 *
 * @param message The message.
 * @returns It, with every number, tag and quoted text alike.
 */
export function shapeOf(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\([0-9A-F]{4},[0-9A-F]{4}\)/g, "()")
    .replace(/[0-9A-Fa-f]*\d[0-9A-Fa-f]*/g, "0")
    .slice(0, 160);
}
