/**
 * Options as the tools of the field have them: several names, single-dash names of several letters,
 * and the last one wins when an option is given twice, so that a script's defaults can be overridden.
 *
 * @module
 */

import { or } from "@optique/core/constructs";
import { message, text } from "@optique/core/message";
import { map, multiple } from "@optique/core/modifiers";
import type { Parser } from "@optique/core/parser";
import { argument, flag, option } from "@optique/core/primitives";
import type { OptionName } from "@optique/core/usage";
import type { ValueParser } from "@optique/core/valueparser";

/** The names of an option, the short one first. */
export type Names = readonly [OptionName, ...OptionName[]];

/** An option, or an argument. Its parser is made when a command line may have it, or for the help. */
export interface Option<T> {
  /** Its names; none when it is told by its position. */
  readonly names: readonly OptionName[];
  /** What it is when the command line does not have it. */
  readonly absent: T;
  /**
   * Makes its parser.
   *
   * @returns A parser of what the command line says.
   */
  parser(): Parser<"sync", T, unknown>;
}

/**
 * An option without a value.
 *
 * @param names Its names.
 * @param description What it does.
 * @returns Whether it was given.
 */
export function flagOption(names: Names, description: string): Option<boolean> {
  return {
    names,
    absent: false,
    parser: () => {
      const parser = flag(...names, { description: message`${text(description)}` });
      return map(multiple(parser), (given) => given.length > 0);
    },
  };
}

/**
 * An option that can be turned on and off.
 *
 * @param on Its name.
 * @param off The name of its contrary.
 * @param description What it does when it is on.
 * @param offDescription What it does when it is off.
 * @returns What was given last; `undefined` when nothing was.
 */
export function switchOption(
  on: OptionName,
  off: OptionName,
  description: string,
  offDescription: string,
): Option<boolean | undefined> {
  return {
    names: [on, off],
    absent: undefined,
    parser: () => {
      const parser = or(
        map(flag(on, { description: message`${text(description)}` }), () => true),
        map(flag(off, { description: message`${text(offDescription)}` }), () => false),
      );
      return map(multiple(parser), (given) => given.at(-1));
    },
  };
}

/**
 * An option with a value.
 *
 * @param names Its names.
 * @param value What the value may be.
 * @param description What it does.
 * @returns The value that was given last; `undefined` when none was.
 */
export function valueOption<T>(
  names: Names,
  value: ValueParser<"sync", T>,
  description: string,
): Option<T | undefined> {
  const list = listOption(names, value, description);
  return { names, absent: undefined, parser: () => map(list.parser(), (given) => given.at(-1)) };
}

/**
 * An option with a value that may be left out.
 *
 * @param names Its names.
 * @param value What the value may be.
 * @param fallback What holds when the option is not given.
 * @param description What it does; the fallback is added.
 * @returns The value.
 */
export function defaultedOption<T>(
  names: Names,
  value: ValueParser<"sync", T>,
  fallback: T,
  description: string,
): Option<T> {
  const described = `${description} (default: ${value.format(fallback)})`;
  const { parser } = valueOption(names, value, described);
  return { names, absent: fallback, parser: () => map(parser(), (given) => given ?? fallback) };
}

/**
 * An option that may be given several times.
 *
 * @param names Its names.
 * @param value What each value may be.
 * @param description What it does.
 * @returns The values, in the order of the command line.
 */
export function listOption<T>(
  names: Names,
  value: ValueParser<"sync", T>,
  description: string,
): Option<readonly T[]> {
  return {
    names,
    absent: [],
    parser: () => multiple(option(...names, value, { description: message`${text(description)}` })),
  };
}

/**
 * An argument that is told by its position, and may be missing as far as the parser is concerned.
 *
 * @param value What it may be.
 * @param description What it is.
 * @returns The argument; `undefined` when it is missing.
 */
export function positional<T>(
  value: ValueParser<"sync", T>,
  description: string,
): Option<T | undefined> {
  return {
    names: [],
    absent: undefined,
    parser: () => {
      const parser = argument(value, { description: message`${text(description)}` });
      return map(multiple(parser, { max: 1 }), (given) => given[0]);
    },
  };
}

/**
 * All arguments that no other takes.
 *
 * @param value What each may be.
 * @param description What they are.
 * @returns The arguments, in the order of the command line.
 */
export function positionals<T>(
  value: ValueParser<"sync", T>,
  description: string,
): Option<readonly T[]> {
  return {
    names: [],
    absent: [],
    parser: () => multiple(argument(value, { description: message`${text(description)}` })),
  };
}
