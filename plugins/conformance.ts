/**
 * What every handler of C-STORE must do, as a suite of tests for yours: call
 * {@linkcode handlerConformance} in a test file.
 *
 * The suite plays the host. It sends instances in odd portions, of no bytes and of many, many at once,
 * with UIDs that no peer should send; it lets the data set break off, stand still and be lost in
 * mid-stream, shuts the host down, and, where it is told how, fills the disk and kills the process.
 * A handler may refuse what it likes. It may not hang, answer what is no status of C-STORE, call an
 * instance a success that did not arrive, keep a part of one, gather one in memory, or hold the data
 * set after its reply.
 *
 * A host may offer `StoreRequest.passDataSet()`, or have a stream alone. Where a handler looks for it,
 * the rule is tried in both ways, each with a handler of its own, and what is wrong is told with the
 * way in front.
 *
 * It needs `deno test` with the permission to write to the directory of temporary files, and those of
 * the handler.
 *
 * @example
 * ```ts ignore
 * import { handlerConformance } from "@dicom/dimse/conformance";
 * import mine from "./mine.ts";
 *
 * handlerConformance({ name: "mine", create: mine });
 * ```
 *
 * @module
 */

import type { Awaitable, HandlerContext, Handlers, Log } from "../lib/handler/handler.ts";
import { crashRule, type HandlerProcess } from "./conformance/crash.ts";
import { MemoryDestination } from "./conformance/destination.ts";
import { fullDiskRule } from "./conformance/full_disk.ts";
import { type Rule, RULES } from "./conformance/rules.ts";
import { type Bench, type Subject, Trial } from "./conformance/trial.ts";
import { type Way, wrongBy } from "./conformance/way.ts";

export type { HandlerProcess } from "./conformance/crash.ts";
export { someBytes, syntheticDataSet } from "./conformance/data_set.ts";
export type { SyntheticDataSet, SyntheticOptions } from "./conformance/data_set.ts";
export { MemoryDestination } from "./conformance/destination.ts";
export type { DestinationMood } from "./conformance/destination.ts";
export { HOSTILE_UIDS } from "./conformance/hostile_uids.ts";
export { openDataSet, storeRequest } from "./conformance/store_request.ts";
export type {
  Arrival,
  DataSetSource,
  Progress,
  RequestParts,
} from "./conformance/store_request.ts";
export type { Bench, Subject } from "./conformance/trial.ts";

/** What {@linkcode handlerConformance} needs to know. */
export interface ConformanceOptions {
  /** The handler's name, for the tests'. */
  readonly name: string;
  /**
   * Makes a handler, once or twice for each rule: the default export of its module does. A handler that keeps
   * instances, or sends them on, comes as a {@linkcode Subject}, which also tells what it has kept.
   */
  create(context: HandlerContext, bench: Bench): Awaitable<Handlers | Subject>;
  /** The `key=value` options that it is given, where they depend on it by the rule's bench. */
  readonly options?: HandlerContext["options"] | ((bench: Bench) => HandlerContext["options"]);
  /** What it associates by. Default: {@linkcode MemoryDestination.associate} of the rule's bench. */
  readonly associate?: HandlerContext["associate"];
  /** Where its messages go. Default: nowhere. */
  readonly log?: Log;
  /** How long a reply may take, in milliseconds. Default: 20 s. */
  readonly patience?: number;
  /**
   * A directory on a file system with 4 to 64 MiB of room, such as a tmpfs, for a handler that keeps
   * instances in the directory of its bench: the suite then fills it.
   */
  readonly smallDirectory?: string;
  /**
   * Starts a process that serves with the handler, with the same bench; for a handler that keeps
   * instances where another process finds them. The suite then kills it.
   */
  spawn?(bench: Bench): Awaitable<HandlerProcess>;
  /** How many processes are killed. Default: 8. */
  readonly kills?: number;
}

/** One thing that a handler must do. */
export interface ConformanceRule {
  /** What it does, as the end of a sentence that begins with the handler. */
  readonly name: string;
  /** Makes a handler, and rejects with an `AssertionError` when it breaks the rule. */
  check(): Promise<void>;
}

/**
 * Registers the suite as a test of `Deno.test` with one step for each rule.
 *
 * @param options The handler to test.
 *
 * @example
 * ```ts ignore
 * import { handlerConformance } from "@dicom/dimse/conformance";
 * import ignore from "@dicom/dimse/plugins/ignore";
 *
 * handlerConformance({ name: "ignore", create: ignore });
 * ```
 */
export function handlerConformance(options: ConformanceOptions): void {
  Deno.test(`handler ${options.name} does what every handler must do`, async (t) => {
    for (const { name, check } of conformanceRules(options)) await t.step(name, check);
  });
}

/**
 * The rules of the suite, for another way of running them.
 *
 * @param options The handler to test.
 * @returns The rules, each with its check.
 *
 * @example
 * ```ts
 * import { conformanceRules } from "@dicom/dimse/conformance";
 * import ignore from "@dicom/dimse/plugins/ignore";
 *
 * const rules = conformanceRules({ name: "ignore", create: ignore });
 * for (const { check } of rules.slice(0, 3)) await check();
 * ```
 */
export function conformanceRules(options: ConformanceOptions): ConformanceRule[] {
  const { smallDirectory, spawn, kills = 8 } = options;
  return [
    ...RULES.map((rule) => ruleOf(options, rule)),
    ...(smallDirectory === undefined
      ? []
      : [ruleOf(options, fullDiskRule(smallDirectory), smallDirectory)]),
    ...(spawn === undefined
      ? []
      : [ruleOf(options, crashRule({ spawn: (bench) => spawn.call(options, bench), kills }))]),
  ];
}

function ruleOf(
  options: ConformanceOptions,
  rule: Rule,
  within?: string,
): ConformanceRule {
  return {
    name: rule[0],
    async check(): Promise<void> {
      const hasLooked = await checkBy("passDataSet", rule, options, within);
      if (hasLooked) await checkBy("stream alone", rule, options, within);
    },
  };
}

/**
 * Checks a rule with a handler of its own, which has data sets in one way. Tells whether the handler
 * may do something else in the other.
 */
async function checkBy(
  way: Way,
  [, check]: Rule,
  options: ConformanceOptions,
  within?: string,
): Promise<boolean> {
  const directory = await Deno.makeTempDir({
    prefix: "handler-",
    ...(within !== undefined && { dir: within }),
  });
  const shutdown = new AbortController();
  try {
    const bench: Bench = { directory, destination: new MemoryDestination() };
    const subject = await subjectOf(options, bench, shutdown.signal);
    const trial = new Trial({
      ...{ subject, bench, way, patience: options.patience ?? 20_000 },
      shutdown: () => shutdown.abort(new Error("The host shuts down")),
    });
    try {
      await check(trial);
      return trial.hasLooked;
    } catch (error) {
      throw way === "stream alone" || trial.hasLooked ? wrongBy(way, error) : error;
    } finally {
      trial.shutdown();
      await trial.dispose();
      await subject.dispose?.();
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function subjectOf(
  options: ConformanceOptions,
  bench: Bench,
  signal: AbortSignal,
): Promise<Subject> {
  const given = options.options ?? {};
  const made = await options.create({
    options: typeof given === "function" ? given(bench) : given,
    log: options.log ?? SILENT,
    signal,
    associate: options.associate ?? bench.destination.associate,
  }, bench);
  return "handlers" in made ? made : { handlers: made };
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
