/**
 * The kinds of values that options take, each with the sentence for a wrong one.
 *
 * @module
 */

import { message, text } from "@optique/core/message";
import type { NonEmptyString } from "@optique/core/nonempty";
import type { ValueParser } from "@optique/core/valueparser";
import { validateAeTitle } from "../lib/ae_title.ts";

/**
 * An AE title (PS3.5 section 6.2).
 *
 * @returns A parser of 1 to 16 characters.
 */
export function aeTitle(): ValueParser<"sync", string> {
  return valueParser("AETITLE", "ANY-SCP", validateAeTitle);
}

/**
 * A time in seconds; 0 stands for no limit.
 *
 * @returns A parser of a decimal number of seconds.
 */
export function seconds(): ValueParser<"sync", number> {
  return valueParser("SECONDS", 0, (input) => {
    const value = Number(input);
    if (!/^[0-9.]/.test(input) || !Number.isFinite(value)) {
      throw new TypeError(`Cannot use "${input}" as a number of seconds`);
    }
    return value;
  });
}

/**
 * A TCP port.
 *
 * @returns A parser of 1 to 65535.
 */
export function port(): ValueParser<"sync", number> {
  return integer("PORT", 1, 65535, "a port");
}

/**
 * The largest P-DATA-TF that is received (PS3.8 section D.1).
 *
 * @returns A parser of 0, which is unlimited, or of a length that has room for a PDV with some data.
 */
export function maximumLength(): ValueParser<"sync", number> {
  return valueParser("BYTES", 0, (input) => {
    const value = Number(input);
    if (!/^[0-9]+$/.test(input) || value > 0xffff_ffff || (value !== 0 && value < 8)) {
      throw new TypeError(
        `Cannot use "${input}" as a PDU length: it must be 0 (unlimited) or 8 to 4294967295`,
      );
    }
    return value;
  });
}

/**
 * A whole number in a range.
 *
 * @param metavar What help calls it.
 * @param minimum The smallest.
 * @param maximum The largest.
 * @param what What it is, with its article.
 * @returns A parser of the numbers between, both included.
 */
export function integer(
  metavar: NonEmptyString,
  minimum: number,
  maximum: number,
  what: string,
): ValueParser<"sync", number> {
  return valueParser(metavar, minimum, (input) => {
    const value = Number(input);
    if (!/^[0-9]+$/.test(input) || value < minimum || value > maximum) {
      throw new TypeError(`Cannot use "${input}" as ${what}: it must be ${minimum} to ${maximum}`);
    }
    return value;
  });
}

function valueParser<T>(
  metavar: NonEmptyString,
  placeholder: T,
  convert: (input: string) => T,
): ValueParser<"sync", T> {
  return {
    mode: "sync",
    metavar,
    placeholder,
    parse(input) {
      try {
        return { success: true, value: convert(input) };
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        return { success: false, error: message`${text(error.message)}` };
      }
    },
    format: (value) => String(value),
  };
}
