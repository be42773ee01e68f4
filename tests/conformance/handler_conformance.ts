/**
 * What every handler of C-STORE must do, as a suite of tests: call {@linkcode handlerConformance} in
 * a test file of your own.
 *
 * The suite plays the host. It sends instances in odd portions, of no bytes and of many, two at
 * once, with UIDs that no peer should send; it breaks the data set off, and aborts the association.
 * A handler may refuse what it likes. It may not hang, answer what is no status of C-STORE, call an
 * instance a success that did not arrive, keep an instance in memory, or hold the data set after its
 * reply.
 *
 * @example
 * ```ts ignore
 * import { handlerConformance } from "./handler_conformance.ts";
 * import myHandler from "./my_handler.ts";
 *
 * handlerConformance({
 *   name: "my_handler",
 *   create: async (context) => ({ handlers: await myHandler(context) }),
 * });
 * ```
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Awaitable, HandlerContext, Handlers } from "../../lib/handler/handler.ts";
import {
  type DataSetSource,
  openDataSet,
  type Progress,
  someBytes,
  storeRequest,
} from "./store_request.ts";

/** A handler, ready to be tested. */
export interface Subject {
  readonly handlers: Handlers;
  /**
   * For a handler that keeps instances: all that it has kept under a UID, each as the bytes of its
   * file or of its data set. The suite then checks that nothing is lost, changed, or half there.
   */
  stored?(sopInstanceUid: string): Awaitable<readonly Uint8Array[]>;
  /** Called when a test is over, after the handlers were disposed of. */
  dispose?(): Awaitable<void>;
}

/** What {@linkcode handlerConformance} needs to know. */
export interface ConformanceOptions {
  /** The handler's name, for the tests'. */
  readonly name: string;
  /** Makes a handler, once for each test. */
  create(context: HandlerContext): Awaitable<Subject>;
  /** How long a reply may take, in milliseconds. Default: 20 s. */
  readonly patience?: number;
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
 */
export function conformanceRules(options: ConformanceOptions): ConformanceRule[] {
  return RULES.map(([name, check]) => ({
    name,
    async check(): Promise<void> {
      const shutdown = new AbortController();
      const subject = await options.create({
        options: {},
        log: SILENT,
        signal: shutdown.signal,
        associate: () => Promise.reject(new Error("There is no network here")),
      });
      try {
        await check(new Trial(subject, options.patience ?? 20_000));
      } finally {
        shutdown.abort();
        await subject.handlers[Symbol.asyncDispose]?.();
        await subject.dispose?.();
      }
    },
  }));
}

/** What a handler did with one request. */
interface Reply {
  /** Undefined when it threw something without a status. */
  readonly status: number | undefined;
  readonly error: unknown;
  readonly progress: Progress;
}

interface Delivery extends DataSetSource {
  readonly sopInstanceUid?: string;
  /** Fail the data set and abort the signal, as a lost association does, once the source stalls. */
  readonly loseAssociation?: boolean;
  readonly onPull?: () => void;
}

/** One handler and the checks that hold for each of its replies. */
class Trial {
  readonly #subject: Subject;
  readonly #patience: number;

  constructor(subject: Subject, patience: number) {
    this.#subject = subject;
    this.#patience = patience;
  }

  /** Delivers one instance, and checks what does not depend on its contents. */
  async deliver(delivery: Delivery): Promise<Reply> {
    const store = this.#subject.handlers.store;
    assert(store, "The handler has no store()");
    const association = new AbortController();
    const { stream, progress, fail } = openDataSet(delivery, delivery.onPull);
    const request = storeRequest({
      dataSet: stream,
      signal: association.signal,
      ...(delivery.sopInstanceUid !== undefined && { sopInstanceUid: delivery.sopInstanceUid }),
    });
    const outcome = outcomeOf(async () => await store.call(this.#subject.handlers, request));
    if (delivery.loseAssociation) {
      // A handler that asks for nothing more has replied, or replies now.
      await this.#inTime(Promise.race([progress.stalled, outcome]), progress);
      const reason = new Error("Association lost");
      fail(reason);
      association.abort(reason);
    }
    const { value, error } = await this.#inTime(outcome, progress);
    assert(
      !stream.locked || progress.ended !== undefined,
      "The handler replied and still holds the data set",
    );
    return { status: statusOf(value, error), error, progress };
  }

  /** Checks that a success is all there, and that all else left nothing. */
  async kept(sopInstanceUid: string, contents: readonly Uint8Array[]): Promise<void> {
    if (!this.#subject.stored) return;
    const stored = await this.#subject.stored(sopInstanceUid);
    assert.equal(stored.length, contents.length, "Not as many instances are kept as were to be");
    for (const content of contents) {
      const found = stored.some((bytes) => endsWith(bytes, content));
      assert(found, `No instance with the ${content.byteLength} bytes that were sent is kept`);
    }
  }

  async #inTime<T>(outcome: Promise<T>, progress: Progress): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const state = `${progress.delivered} bytes delivered, ${progress.ended ?? "not ended"}`;
      reject(new assert.AssertionError({ message: `The handler does not reply: ${state}` }));
    }, this.#patience);
    try {
      return await Promise.race([outcome, promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

type Rule = readonly [name: string, check: (trial: Trial) => Promise<void>];

const RULES: readonly Rule[] = [
  ["replies to an instance in one portion", async (trial) => {
    const bytes = someBytes(1000);
    const { status } = await trial.deliver({ bytes });
    await trial.kept("1.2.3", isKept(status) ? [bytes] : []);
  }],

  ["replies to an instance in odd portions", async (trial) => {
    const bytes = someBytes(100_001);
    const { status } = await trial.deliver({ bytes, portions: [1, 7, 333, 4096, 16_378] });
    await trial.kept("1.2.3", isKept(status) ? [bytes] : []);
  }],

  ["replies to an instance of 3 MiB", async (trial) => {
    const bytes = someBytes(3 * MIB);
    const { status } = await trial.deliver({ bytes, portions: [16_372, 131_066] });
    await trial.kept("1.2.3", isKept(status) ? [bytes] : []);
  }],

  ["replies to an empty data set", async (trial) => {
    const { status } = await trial.deliver({ bytes: new Uint8Array(0) });
    await trial.kept("1.2.3", isKept(status) ? [new Uint8Array(0)] : []);
  }],

  ...[0, 1, 300_000].map((length): Rule => [
    `does not succeed when the data set breaks after ${length} bytes`,
    async (trial) => {
      const end = new Error("Data set is broken");
      const reply = await trial.deliver({ bytes: someBytes(length), end });
      assertNotFooled(reply);
      await trial.kept("1.2.3", []);
    },
  ]),

  ...[0, 5000, 300_000].map((length): Rule => [
    `comes to an end when the association is lost after ${length} bytes`,
    async (trial) => {
      const bytes = someBytes(length);
      const reply = await trial.deliver({ bytes, end: "stall", loseAssociation: true });
      assertNotFooled(reply);
      await trial.kept("1.2.3", []);
    },
  ]),

  ["works on after a broken data set", async (trial) => {
    await trial.deliver({ bytes: someBytes(5000), end: new Error("Data set is broken") });
    const bytes = someBytes(5000);
    const { status } = await trial.deliver({ bytes });
    await trial.kept("1.2.3", isKept(status) ? [bytes] : []);
  }],

  ["takes different instances at once", async (trial) => {
    const uids = Array.from({ length: 8 }, (_, i) => `1.2.3.${i}`);
    const replies = await Promise.all(uids.map(async (sopInstanceUid, i) => {
      const bytes = someBytes(70_000 + i, i);
      const { status } = await trial.deliver({ bytes, portions: [997], sopInstanceUid });
      return { sopInstanceUid, contents: isKept(status) ? [bytes] : [] };
    }));
    for (const { sopInstanceUid, contents } of replies) await trial.kept(sopInstanceUid, contents);
  }],

  ["takes the same instance twice at once", async (trial) => {
    const bytes = someBytes(70_000);
    const replies = await Promise.all([
      trial.deliver({ bytes, portions: [997] }),
      trial.deliver({ bytes, portions: [4096] }),
    ]);
    await trial.kept("1.2.3", replies.some((reply) => isKept(reply.status)) ? [bytes] : []);
  }],

  ["ends both when two instances with one UID come at once", async (trial) => {
    // What to keep is the handler's policy; that nothing hangs, and each reply is legal, is the rule.
    await Promise.all([
      trial.deliver({ bytes: someBytes(70_000, 1), portions: [997] }),
      trial.deliver({ bytes: someBytes(70_000, 2), portions: [4096] }),
    ]);
  }],

  ["survives UIDs that are none", async (trial) => {
    for (const sopInstanceUid of HOSTILE_UIDS) {
      const bytes = someBytes(500);
      const { status } = await trial.deliver({ bytes, sopInstanceUid });
      await trial.kept(sopInstanceUid, isKept(status) ? [bytes] : []);
    }
  }],

  ["does not keep an instance in memory", async (trial) => {
    const before = Deno.memoryUsage().rss;
    let peak = before;
    await trial.deliver({
      length: LARGE,
      onPull: () => void (peak = Math.max(peak, Deno.memoryUsage().rss)),
    });
    const growth = Math.round((peak - before) / MIB);
    assert(
      peak - before < LARGE / 2,
      `${growth} MiB more memory for an instance of ${LARGE / MIB} MiB`,
    );
  }],
];

async function outcomeOf<T>(
  action: () => Promise<T>,
): Promise<{ readonly value: T | undefined; readonly error: unknown }> {
  try {
    return { value: await action(), error: undefined };
  } catch (error) {
    return { value: undefined, error: error ?? new Error("Nothing was thrown") };
  }
}

/** The status that the host would send; fails on a value that it could not. */
function statusOf(value: unknown, error: unknown): number | undefined {
  if (error !== undefined) {
    const thrown = typeof error === "object" && error !== null && "status" in error
      ? error.status
      : undefined;
    return typeof thrown === "number" ? legal(thrown) : undefined;
  }
  if (typeof value === "number") return legal(value);
  assert(
    typeof value === "object" && value !== null && "status" in value &&
      typeof value.status === "number",
    `The handler returned no status: ${String(value)}`,
  );
  if ("errorComment" in value) assert.equal(typeof value.errorComment, "string");
  if ("offendingElements" in value) assert(Array.isArray(value.offendingElements));
  return legal(value.status);
}

function legal(status: number): number {
  const known = STATUSES.has(status) ||
    STATUS_RANGES.some(([first, last]) => status >= first && status <= last);
  assert(known, `0x${status.toString(16)} is no status of C-STORE`);
  return status;
}

/** Success, or a warning, which also means that the instance is kept (PS3.4 table B.2-1). */
function isKept(status: number | undefined): boolean {
  return status === 0x0000 || (status !== undefined && status >= 0xb000 && status <= 0xbfff);
}

/** A handler that did not look at the whole data set cannot know; all others must not succeed. */
function assertNotFooled({ status, progress }: Reply): void {
  const looked = progress.ended === "failed";
  assert(!(looked && isKept(status)), "The handler saw the data set break, and answered success");
}

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  if (bytes.byteLength < end.byteLength) return false;
  const tail = bytes.subarray(bytes.byteLength - end.byteLength);
  return tail.every((byte, i) => byte === end[i]);
}

const MIB = 1024 * 1024;
/** So much that it stands out from what the collector has not yet taken. */
const LARGE = 256 * MIB;

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** PS3.4 table B.2-1: Refused, Error, Warning. */
const STATUS_RANGES = [[0xa700, 0xa7ff], [0xa900, 0xa9ff], [0xb000, 0xbfff], [
  0xc000,
  0xcfff,
]] as const;
/** Success, and what PS3.7 section 9.1.1.1.9 allows for C-STORE. */
const STATUSES = new Set([0x0000, 0x0110, 0x0111, 0x0117, 0x0122, 0x0124, 0x0210, 0x0211, 0x0212]);

/** What peers were seen to send, or may send, in the place of a UID. */
export const HOSTILE_UIDS: readonly string[] = [
  "../../../x",
  "/etc/cron.d/x",
  "C:\\x",
  "\\\\host\\share",
  ".",
  "..",
  "",
  "   ",
  "1.2\u00003",
  "1.2\n3",
  "1..2",
  ".1.2",
  "1.2.",
  ";touch x",
  "$(touch x)",
  "\u001b[2J",
  "-rf",
  "CON",
  "nul.txt",
  "a:b",
  "1.2.a",
  "1.2.A",
  "1.2 ",
  "%2e%2e%2f",
  "é日本",
  "1".repeat(65),
  "1.".repeat(150),
  "x".repeat(4000),
  "9".repeat(60_000),
];
