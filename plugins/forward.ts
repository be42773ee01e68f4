/**
 * The storage handler that sends each instance on to another application entity, byte for byte and
 * while it arrives. The reply is the destination's.
 *
 * Options of the command line: `to`, which is needed, `calling-aet`, `max-associations`, `timeout`,
 * `idle-time` and `convert`; they are those of {@linkcode ForwardOptions}, times in seconds. It needs
 * permission to connect to the destination.
 *
 * @module
 */

import type {
  HandlerContext,
  HandlerFactory,
  HandlerPermissions,
  Handlers,
  StatusReply,
  StorageContext,
  StoreRequest,
} from "../lib/handler/handler.ts";
import { ForwardedDataSet } from "./forward_data_set.ts";
import { hostAndPort, parseDestination } from "./forward_destination.ts";
import { type ForwardOptions, parseForwardOptions } from "./forward_options.ts";
import { AssociationPool, type Loan, type Schedule } from "./forward_pool.ts";
import { PieceBuffers } from "./pieces.ts";

export type { ForwardOptions, Schedule };

/** What forwarding needs of the host. */
export interface ForwardContext extends Pick<HandlerContext, "log" | "signal" | "associate"> {
  /** Calls a function later, and returns what takes the call back; by the system's timers unless given. */
  readonly schedule?: Schedule;
}

/** What the handler calls itself. */
export const name = "forward";

/** The version of its behaviour. */
export const version = "1.0.0";

/**
 * What it needs: to connect to its destination.
 *
 * @param options The options of the command line.
 * @returns The permissions.
 * @throws {TypeError} When the destination is missing or wrong.
 */
export function permissions(options: HandlerContext["options"]): HandlerPermissions {
  return { net: [hostAndPort(parseDestination(parseForwardOptions(options).to))] };
}

/**
 * Makes handlers that forward.
 *
 * Success is answered when the destination has answered it; its warnings and failures are passed back
 * with their comments. When it cannot be reached, or is lost before its reply, the answer is 0xA700,
 * Out of Resources, by which senders know to try again later; what it has no presentation context for
 * is answered 0x0122 or 0xC000. When the data set breaks off, the outgoing association is aborted,
 * so that no part of an instance is kept there.
 *
 * An association serves instances for as long as there are some. One that turns out to be dead is
 * replaced by a new one, once, where less than 1 MiB of the instance has passed.
 *
 * @param options Whom to send to, and how.
 * @param context The host's: what requests associations, its log, and its end.
 * @returns Handlers for C-STORE; to be disposed of.
 * @throws {TypeError} When the destination is not of the form `AET@host:port`.
 *
 * @example
 * ```ts
 * import { forwardHandler } from "@dicom/dimse/plugins/forward";
 * import assert from "node:assert/strict";
 *
 * const log = { debug() {}, info() {}, warn() {}, error() {} };
 * const { signal } = new AbortController();
 * const associate = () => Promise.reject(new Error("This host has no network"));
 * const context = { log, signal, associate };
 * await using handlers = forwardHandler({ to: "ARCHIVE@10.0.0.5:104" }, context);
 * assert.equal(typeof handlers.store, "function");
 * ```
 */
export function forwardHandler(
  options: ForwardOptions,
  context: ForwardContext,
): Handlers & AsyncDisposable {
  const forwarder = new Forwarder(options, context);
  const shutdown = (): void => void forwarder.shutdown();
  if (context.signal.aborted) shutdown();
  context.signal.addEventListener("abort", shutdown, { once: true });
  return {
    store: (request) => forwarder.store(request),
    async [Symbol.asyncDispose](): Promise<void> {
      context.signal.removeEventListener("abort", shutdown);
      await forwarder.shutdown();
    },
  };
}

/**
 * Makes {@linkcode forwardHandler} from the options of the command line.
 *
 * @param context The host's.
 * @returns Handlers for C-STORE.
 * @throws {TypeError} When an option is missing, unknown, given twice, or has a value that it cannot
 * have.
 *
 * @example
 * ```ts
 * import forward from "@dicom/dimse/plugins/forward";
 * import assert from "node:assert/strict";
 *
 * const log = { debug() {}, info() {}, warn() {}, error() {} };
 * const { signal } = new AbortController();
 * const associate = () => Promise.reject(new Error("This host has no network"));
 * const options = { to: ["ARCHIVE@10.0.0.5:104"], "max-associations": ["2"] };
 * const handlers = await forward({ options, log, signal, associate });
 * assert.equal(typeof handlers.store, "function");
 * ```
 */
const forward: HandlerFactory = (context): Handlers =>
  forwardHandler(parseForwardOptions(context.options), context);

export default forward;

/** Why an instance is not with the destination, or not known to be there. */
class ForwardError extends Error {
  /** What the sender is told; the message is for the log. */
  readonly reply: StatusReply;

  constructor(reply: StatusReply, message: string) {
    super(message);
    this.reply = reply;
  }
}

/** There was no answer: another attempt may get one. */
class UnansweredError extends ForwardError {
  constructor(errorComment: string, cause: unknown) {
    super({ status: OUT_OF_RESOURCES, errorComment }, `${errorComment}: ${messageOf(cause)}`);
  }
}

/** The association has no context for the transfer syntax. */
class UnsuitableError extends ForwardError {
  constructor(message: string) {
    const errorComment = "Destination does not take the transfer syntax";
    super({ status: CANNOT_UNDERSTAND, errorComment }, message);
  }
}

class Forwarder {
  readonly #options: ForwardOptions;
  readonly #log: HandlerContext["log"];
  readonly #aeTitle: string;
  readonly #schedule: Schedule;
  readonly #pool: AssociationPool;
  readonly #buffers = new PieceBuffers();
  /** Whether an association for the SOP class alone has served instances, or was of no use. */
  readonly #goesAlone = new Map<string, boolean>();

  constructor(options: ForwardOptions, context: ForwardContext) {
    const { aeTitle: calledAeTitle, hostname, port, tls } = parseDestination(options.to);
    const { convert = true } = options;
    this.#options = options;
    this.#log = context.log;
    this.#schedule = context.schedule ?? schedule;
    this.#aeTitle = calledAeTitle;
    this.#pool = new AssociationPool({
      open: (need, signal) => {
        this.#log.debug(`Requesting an association with ${options.to} as ${need.callingAeTitle}`);
        const where = { hostname, port, ...(tls && { tls }) };
        return context.associate({ ...need, ...where, calledAeTitle, convert, signal });
      },
      maximum: options.maximumAssociations ?? DEFAULT_MAXIMUM_ASSOCIATIONS,
      idleTime: options.idleTime ?? DEFAULT_IDLE_TIME,
      schedule: this.#schedule,
    });
  }

  async store(request: StoreRequest): Promise<StatusReply> {
    const what = `${request.sopInstanceUid} to ${this.#options.to}`;
    try {
      const reply = forwardable(await this.#forward(request));
      this.#report(what, reply);
      return reply;
    } catch (error) {
      // The data set failed, or its association did: the host knows, and nobody waits for a reply.
      if (!(error instanceof ForwardError)) throw error;
      this.#log.error(`Cannot forward ${what}: ${error.message}`);
      return error.reply;
    }
  }

  shutdown(): Promise<void> {
    return this.#pool[Symbol.asyncDispose]();
  }

  async #forward(request: StoreRequest): Promise<StatusReply> {
    try {
      return await this.#attempt(request);
    } catch (error) {
      if (!(error instanceof UnsuitableError) || !this.#mayGoAlone(request)) throw error;
      // Where many classes are proposed, there is no room for the transfer syntaxes to convert to.
      this.#goesAlone.set(keyOf(request), true);
    }
    try {
      return await this.#attempt(request);
    } catch (error) {
      if (error instanceof UnsuitableError) this.#goesAlone.set(keyOf(request), false);
      throw error;
    }
  }

  async #attempt(request: StoreRequest): Promise<StatusReply> {
    const loan = await this.#take(request, false);
    const dataSet = new ForwardedDataSet(request.dataSet, {
      repeatable: loan.isReused,
      buffers: this.#buffers,
    });
    try {
      return await this.#send(request, dataSet, loan);
    } catch (error) {
      if (!(error instanceof UnansweredError) || !dataSet.isRepeatable) throw error;
      request.signal.throwIfAborted();
      this.#log.info(`Requesting a new association with ${this.#options.to}: ${error.message}`);
      return await this.#send(request, dataSet, await this.#take(request, true));
    } finally {
      dataSet.release();
    }
  }

  async #take(request: StoreRequest, fresh: boolean): Promise<Loan> {
    const { callingAeTitle = request.association.callingAeTitle, timeout = DEFAULT_TIMEOUT } =
      this.#options;
    const need = { callingAeTitle, contexts: this.#contextsOf(request) };
    const giveUp = new AbortController();
    const onLost = (): void => giveUp.abort(request.signal.reason);
    const tooLate = new Error(`none was free or accepted within ${timeout / 1000} s`);
    const cancel = this.#schedule(timeout, () => giveUp.abort(tooLate));
    if (request.signal.aborted) onLost();
    request.signal.addEventListener("abort", onLost, { once: true });
    try {
      return await this.#pool.take(need, { signal: giveUp.signal, fresh });
    } catch (error) {
      request.signal.throwIfAborted();
      throw new UnansweredError(`No association with destination ${this.#aeTitle}`, error);
    } finally {
      cancel();
      request.signal.removeEventListener("abort", onLost);
    }
  }

  async #send(request: StoreRequest, dataSet: ForwardedDataSet, loan: Loan): Promise<StatusReply> {
    const { sopClassUid, sopInstanceUid, transferSyntaxUid, moveOriginator } = request;
    try {
      return await loan.association.store({
        ...{ sopClassUid, sopInstanceUid, transferSyntaxUid },
        dataSet: dataSet.open(),
        ...(moveOriginator && { moveOriginator }),
      });
    } catch (error) {
      if (dataSet.failure !== undefined) throw dataSet.failure.error;
      const status = statusOf(error);
      if (status !== undefined) {
        const message = messageOf(error);
        if (includes(loan.association.contexts, request)) {
          throw new ForwardError({ status, errorComment: message }, message);
        }
        if (status === CANNOT_UNDERSTAND) throw new UnsuitableError(message);
        const errorComment = "Destination does not take the SOP class";
        throw new ForwardError({ status, errorComment }, message);
      }
      if (!loan.association.signal.aborted) throw error;
      throw new UnansweredError(`Lost destination ${this.#aeTitle} before its reply`, error);
    } finally {
      loan.giveBack();
    }
  }

  /** What the sender's association may bring, so that one association serves all its instances. */
  #contextsOf(request: StoreRequest): readonly StorageContext[] {
    const { sopClassUid, transferSyntaxUid } = request;
    const contexts = this.#goesAlone.get(keyOf(request))
      ? request.contexts.filter((context) => context.sopClassUid === sopClassUid)
      : request.contexts;
    if (includes(contexts, request)) return contexts;
    return [...contexts, { sopClassUid, transferSyntaxUid }];
  }

  #mayGoAlone(request: StoreRequest): boolean {
    const { convert = true } = this.#options;
    return convert && !this.#goesAlone.has(keyOf(request)) && this.#goesAlone.size < ALONE_LIMIT &&
      request.contexts.some(({ sopClassUid }) => sopClassUid !== request.sopClassUid);
  }

  #report(what: string, { status, errorComment }: StatusReply): void {
    if (status === SUCCESS) {
      this.#log.info(`Forwarded ${what}`);
      return;
    }
    const answer = `0x${status.toString(16).toUpperCase().padStart(4, "0")}` +
      (errorComment ? ` (${errorComment})` : "");
    if (isWarning(status)) this.#log.warn(`Forwarded ${what} with a warning: ${answer}`);
    else this.#log.error(`Cannot forward ${what}: ${answer}`);
  }
}

function keyOf({ sopClassUid, transferSyntaxUid }: StorageContext): string {
  return `${sopClassUid} ${transferSyntaxUid}`;
}

function includes(contexts: readonly StorageContext[], wanted: StorageContext): boolean {
  return contexts.some((context) => keyOf(context) === keyOf(wanted));
}

/** The destination's reply, unless it is none that can be passed on (PS3.7 section 9.1.1.1.9). */
function forwardable(reply: StatusReply): StatusReply {
  const { status } = reply;
  const isFailure = (status >= 0x0100 && status <= 0x02ff) ||
    (status >= 0xa000 && status <= 0xafff) || (status >= 0xc000 && status <= 0xcfff);
  if (status === SUCCESS || isWarning(status) || isFailure) return reply;
  const code = status.toString(16).toUpperCase().padStart(4, "0");
  return { status: PROCESSING_FAILURE, errorComment: `Destination answered status 0x${code}` };
}

function isWarning(status: number): boolean {
  return status === 0x0001 || status === 0x0107 || status === 0x0116 ||
    (status >= 0xb000 && status <= 0xbfff);
}

/** The host's errors share no class with a handler's, so one with a status is known by its shape. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("status" in error)) return undefined;
  return typeof error.status === "number" ? error.status : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A timer that does not keep the program from ending. */
function schedule(delay: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delay);
  Deno.unrefTimer(timer);
  return () => clearTimeout(timer);
}

// Status numbers are repeated here: a handler takes nothing but types from the library.
const SUCCESS = 0x0000;
const PROCESSING_FAILURE = 0x0110;
const OUT_OF_RESOURCES = 0xa700;
const CANNOT_UNDERSTAND = 0xc000;

/** So much is remembered: senders may name what they like. */
const ALONE_LIMIT = 1000;
/** Few archives take many more from one AE title. */
const DEFAULT_MAXIMUM_ASSOCIATIONS = 10;
/** The time that senders usually wait themselves. */
const DEFAULT_TIMEOUT = 30_000;
/** Longer than the pause between two instances, or two associations of one sender. */
const DEFAULT_IDLE_TIME = 10_000;
