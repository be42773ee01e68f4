/**
 * The options of a tool, by the sections of its help page.
 *
 * A tool has dozens of options, and a command line names a few. Each option of a parser is tried at
 * each argument, so a command line is read by a parser of those options alone that it can name; the
 * parser of all is for help, for completions, and for saying what is wrong.
 *
 * @module
 */

import { merge, object } from "@optique/core/constructs";
import { map } from "@optique/core/modifiers";
import { type Parser, parseSync, type Result } from "@optique/core/parser";
import type { Option } from "./option.ts";

/** Options under one title. */
export interface Section {
  /** The title. */
  readonly title: string;
  /** The options, in the order of the help page. */
  readonly options: Readonly<Record<string, Option<unknown>>>;
}

/** Parses options and arguments. */
export interface OptionParser<T> {
  /** Its options. */
  readonly sections: readonly Section[];
  /**
   * Parses a command line.
   *
   * @param args The arguments.
   * @returns What they say, as the parser of all options has it; or that they cannot be parsed, though
   * not in the words of that one, which knows what else might have been meant.
   */
  parse(args: readonly string[]): Result<T>;
  /**
   * Makes the parser of all options.
   *
   * @returns It.
   */
  whole(): Parser<"sync", T, unknown>;
}

/**
 * Options under one title of the help page.
 *
 * @param title The title.
 * @param options The options by the names of their fields.
 * @returns A parser of an object with these fields.
 *
 * @example
 * ```ts
 * import { flagOption } from "./option.ts";
 * import { section } from "./option_parser.ts";
 * import assert from "node:assert/strict";
 *
 * const parser = section("Options", { loud: flagOption(["-l", "--loud"], "shout") });
 * assert.deepEqual(parser.parse(["--loud"]), { success: true, value: { loud: true } });
 * ```
 */
export function section<T extends object>(
  title: string,
  options: { readonly [K in keyof T]: Option<T[K]> },
): OptionParser<T> {
  return parserOf([{ title, options }]);
}

/**
 * The options of several parsers.
 *
 * @param parsers The parsers, in the order of the help page; no field may be in two of them.
 * @returns A parser of an object with the fields of all.
 */
export function sections<P extends readonly OptionParser<object>[]>(
  ...parsers: P
): OptionParser<Joined<P>> {
  return parserOf(parsers.flatMap((each) => each.sections));
}

/** An object with the fields of all. */
type Joined<P extends readonly OptionParser<object>[]> = P extends
  readonly [OptionParser<infer T>, ...infer R extends readonly OptionParser<object>[]]
  ? T & Joined<R>
  : unknown;

function parserOf<T>(all: readonly Section[]): OptionParser<T> {
  return {
    sections: all,
    parse: (args) => {
      const fields = all.flatMap(({ options }) => Object.entries(options));
      const named = fields.filter(([, option]) => canName(args, option));
      const parsers = Object.fromEntries(named.map(([field, each]) => [field, each.parser()]));
      const result = parseSync(object(parsers), args);
      if (!result.success) return result;
      const absent = Object.fromEntries(fields.map(([field, option]) => [field, option.absent]));
      return { success: true, value: valuesOf({ ...absent, ...result.value }) };
    },
    whole: () => {
      const parsers = all.map(({ title, options }) =>
        object(
          title,
          Object.fromEntries(
            Object.entries(options).map(([field, option]) => [field, option.parser()]),
          ),
        )
      );
      return map(merge(...parsers), valuesOf<T>);
    },
  };
}

/** Whether the arguments may have an option; those that are told by their position they always may. */
function canName(args: readonly string[], { names }: Option<unknown>): boolean {
  return names.length === 0 || names.some((name) => args.some((arg) => begins(arg, name)));
}

/** Whether an argument may be an option: a value can follow the name, and letters can be joined. */
function begins(arg: string, name: string): boolean {
  if (arg.startsWith(name)) return true;
  const [, letter = ""] = name;
  return name.length === 2 && arg.startsWith("-") && !arg.startsWith("--") && arg.includes(letter);
}

/** The fields are those of T, since `section()` takes options of these alone; records forget it. */
function valuesOf<T>(values: Readonly<Record<string, unknown>>): T {
  return values as T;
}
