/**
 * The options that choose the handlers of received instances.
 *
 * @module
 */

import { string } from "@optique/core/valueparser";
import type { HandlerContext } from "../lib/handler/handler.ts";
import { UsageError } from "./exit_code.ts";
import { flagOption, listOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";

/** The handler options as given on the command line. */
export type HandlerOptions = {
  /** The specifiers of `--handler`, in order. */
  readonly handlers: readonly string[];
  /** The `KEY=VALUE` of `--handler-option`, in order. */
  readonly handlerOptions: readonly string[];
  readonly sandbox: boolean;
  /** Hosts that modules may come from, beside those that the specifiers name. */
  readonly handlerHosts: readonly string[];
};

/** A handler, and the options that are for it. */
export interface HandlerChoice {
  /** As it was given; `undefined` when the tool's own handler is meant. */
  readonly specifier: string | undefined;
  readonly options: HandlerContext["options"];
}

/**
 * The handler options.
 *
 * @returns Their parser.
 */
export function handlerOptions(): OptionParser<HandlerOptions> {
  return section("Handler Options", {
    handlers: listOption(
      ["--handler"],
      string({ metavar: "SPECIFIER" }),
      "what becomes of an instance: store, ignore, forward, or a module by its path or its file:, " +
        "https:, jsr:, npm: or data: URL, which #sha256-… may pin; several form a chain",
    ),
    handlerOptions: listOption(
      ["--handler-option"],
      string({ metavar: "KEY=VALUE" }),
      "an option for the --handler before it; may be repeated",
    ),
    sandbox: flagOption(
      ["--sandbox"],
      "run handlers that are not built in with the permissions only that they declare, which are told " +
        "at the start; without it, they run with the rights of this program",
    ),
    handlerHosts: listOption(
      ["--allow-handler-host"],
      string({ metavar: "HOST[:PORT]" }),
      "a host that a handler's modules may be loaded from, beside the one in its URL; may be repeated",
    ),
  });
}

/**
 * Gives each handler the options that follow it.
 *
 * @param given The options.
 * @param args The command line that they were read from, for the order of both.
 * @returns The handlers of the chain; one without a specifier when none is named.
 * @throws {UsageError} When an option is none, or it is not clear whose it is.
 *
 * @example
 * ```ts
 * import { chosenHandlers } from "./handler_options.ts";
 * import assert from "node:assert/strict";
 *
 * const args = ["--handler", "store", "--handler", "forward", "--handler-option", "to=PACS@host:104"];
 * const given = {
 *   handlers: ["store", "forward"],
 *   handlerOptions: ["to=PACS@host:104"],
 *   sandbox: false,
 *   handlerHosts: [],
 * };
 * assert.deepEqual(chosenHandlers(given, args), [
 *   { specifier: "store", options: {} },
 *   { specifier: "forward", options: { to: ["PACS@host:104"] } },
 * ]);
 * ```
 */
export function chosenHandlers(given: HandlerOptions, args: readonly string[]): HandlerChoice[] {
  const specifiers = given.handlers.length === 0 ? [undefined] : given.handlers;
  const owners = ownersOf(args, given.handlers.length);
  const pairs = given.handlerOptions.map((argument, index) => {
    const [, key, value] = KEY_AND_VALUE.exec(argument) ?? [];
    if (key === undefined || value === undefined) {
      throw new UsageError(`Cannot use handler option "${argument}": it must be KEY=VALUE`);
    }
    const owner = specifiers.length === 1 ? 0 : owners[index] ?? -1;
    if (owner < 0) {
      throw new UsageError(
        `Cannot tell which handler "--handler-option ${argument}" is for: give it after its --handler`,
      );
    }
    return { owner, key, value };
  });
  return specifiers.map((specifier, index) => {
    const own = Map.groupBy(pairs.filter(({ owner }) => owner === index), ({ key }) => key);
    const values = [...own].map(([key, found]) => [key, found.map(({ value }) => value)] as const);
    return { specifier, options: Object.fromEntries(values) };
  });
}

/**
 * Whether handlers are named, or have options, so that they may call others than the peer.
 *
 * @param given The options.
 * @returns Whether that is so.
 */
export function mayCallOthers({ handlers, handlerOptions }: HandlerOptions): boolean {
  return handlers.length > 0 || handlerOptions.length > 0;
}

/** For each `--handler-option`, the index of the `--handler` before it. */
function ownersOf(args: readonly string[], handlers: number): number[] {
  const owners: number[] = [];
  let handler = -1;
  for (let index = 0; index < args.length && args[index] !== "--"; index++) {
    const [name, value] = (args[index] ?? "").split("=", 2);
    if (name !== "--handler" && name !== "--handler-option") continue;
    if (name === "--handler") handler += 1;
    else owners.push(handler);
    // The value is an argument of its own: it may look like anything.
    if (value === undefined) index += 1;
  }
  // Another option's value looked like ours: then nothing is sure.
  return handler + 1 === handlers ? owners : [];
}

const KEY_AND_VALUE = /^([^=]+)=(.*)$/s;
