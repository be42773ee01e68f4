/**
 * Several handlers as one: each sees the stream of each instance.
 *
 * @module
 */

import { STATUS, statusCategory } from "../dimse/status.ts";
import { HandlerError } from "../errors.ts";
import { type StoreOutcome, storeOutcome } from "../service/store_outcome.ts";
import type {
  Acceptance,
  AssociationRequest,
  Attributes,
  Handlers,
  Log,
  QueryOptions,
  StatusReply,
  StoreRequest,
} from "./handler.ts";
import { type Tee, type TeeBranch, teeByteStream } from "./tee.ts";

/** One handler of a chain. */
export interface ChainMember {
  /** What it is called in messages. */
  readonly name: string;
  /** What it offers. */
  readonly handlers: Handlers;
}

/** A member that takes instances. */
interface StoringMember extends ChainMember {
  readonly store: NonNullable<Handlers["store"]>;
}

/** What came of a member's taking of an instance. */
interface MemberOutcome extends StoreOutcome {
  readonly member: ChainMember;
  /** The chain failed its stream, because another member had failed: so its own failure is no news. */
  readonly wasStopped: boolean;
}

/**
 * Makes one of several handlers.
 *
 * All take each instance at the same time, and the slowest sets the pace: none of it is kept for the
 * others. The status is the first failure in the order of the chain; else the first warning; else
 * success. As soon as one fails, the streams of the others fail, so that they keep nothing half. One
 * that had the whole data set by then may keep the instance, though the peer is told of a failure, and
 * may send it again.
 *
 * A handler that replies early, or cancels the stream, does not hold the others up. Each is told the
 * attributes that it names. An association is accepted when all accept it. What else there is to serve
 * is served by the first that offers it. Disposing goes from the last to the first.
 *
 * @param members The handlers in their order.
 * @param log Where failures and warnings go that are not the reply.
 * @returns The chain; of one handler, that handler itself.
 * @throws {TypeError} When there is none.
 *
 * @example
 * ```ts
 * import { chainHandlers } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const log = { debug() {}, info() {}, warn() {}, error() {} };
 * const chain = chainHandlers([
 *   { name: "keep", handlers: { store: () => 0x0000 } },
 *   { name: "count", handlers: { store: () => 0xb000, attributes: ["Modality"] } },
 * ], log);
 * assert.deepEqual(chain.attributes, ["Modality"]);
 * ```
 */
export function chainHandlers(members: readonly ChainMember[], log: Log): Handlers {
  const [first, ...others] = members;
  if (first === undefined) throw new TypeError("Cannot chain handlers: there is none");
  if (others.length === 0) return first.handlers;
  const storing = members.flatMap((member): StoringMember[] => {
    const { store } = member.handlers;
    return store === undefined ? [] : [{ ...member, store: store.bind(member.handlers) }];
  });
  const accepting = members.filter(({ handlers }) => handlers.acceptAssociation !== undefined);
  const all = members.map(({ handlers }) => handlers);
  const finder = all.find((handlers) => handlers.find !== undefined);
  const locator = all.find((handlers) => handlers.locate !== undefined);
  const resolver = all.find((handlers) => handlers.resolveMoveDestination !== undefined);
  return {
    attributes: [...new Set(all.flatMap(({ attributes = [] }) => attributes))],
    ...(storing.length > 0 && { store: storeOf(storing, log) }),
    ...(accepting.length > 0 &&
      { acceptAssociation: (request) => acceptByAll(accepting, request) }),
    queryOptions: servedByAll([finder, locator]),
    ...(finder?.find && { find: finder.find.bind(finder) }),
    ...(finder?.worklist && { worklist: true }),
    ...(locator?.locate && { locate: locator.locate.bind(locator) }),
    ...(resolver?.resolveMoveDestination &&
      { resolveMoveDestination: resolver.resolveMoveDestination.bind(resolver) }),
    [Symbol.asyncDispose]: () => disposeAll(members),
  };
}

/** An option that one of those who serve does not serve cannot be offered. */
function servedByAll(all: readonly (Handlers | undefined)[]): QueryOptions {
  const served = all.flatMap((handlers) => handlers === undefined ? [] : [handlers.queryOptions]);
  const isServed = (option: keyof QueryOptions): boolean =>
    served.length > 0 && served.every((options) => options?.[option] === true);
  return {
    relational: isServed("relational"),
    combineDateTime: isServed("combineDateTime"),
    foldPersonNames: isServed("foldPersonNames"),
  };
}

function storeOf(members: readonly StoringMember[], log: Log): NonNullable<Handlers["store"]> {
  const [first, ...others] = members;
  if (first === undefined || others.length > 0) {
    return (request) => storeByAll(members, request, log);
  }
  return (request) =>
    first.store({ ...requestFor(first, request, request.dataSet), ...passed(request) });
}

async function storeByAll(
  members: readonly StoringMember[],
  request: StoreRequest,
  log: Log,
): Promise<StatusReply> {
  const tee = teeByteStream(request.dataSet, members.length);
  const stopped = new Set<TeeBranch>();
  const stopOthers = (failed: ChainMember): void => {
    const error = new HandlerError(`Cannot go on: handler ${failed.name} has failed`, failed.name);
    for (const branch of tee.branches) if (branch.fail(error)) stopped.add(branch);
  };
  const outcomes = await Promise.all(members.map(async (member, index): Promise<MemberOutcome> => {
    const branch = tee.branches[index];
    if (branch === undefined) throw new RangeError("Cannot take the instance: no branch is left");
    const outcome = await storeOutcome(() =>
      member.store(requestFor(member, request, branch.readable))
    );
    branch.leave();
    const wasStopped = stopped.has(branch);
    if (isFailure(outcome) && !wasStopped) stopOthers(member);
    return { ...outcome, member, wasStopped };
  }));
  return conclusion(outcomes, tee.failure, request, log);
}

/** Who takes instances alone may have the pieces, too. */
function passed({ passDataSet }: StoreRequest): Pick<StoreRequest, "passDataSet"> {
  return passDataSet === undefined ? {} : { passDataSet };
}

/** The request as a member sees it. */
function requestFor(
  { handlers }: ChainMember,
  request: StoreRequest,
  dataSet: StoreRequest["dataSet"],
): StoreRequest {
  const { passDataSet: _whole, ...shared } = request;
  return {
    ...shared,
    dataSet,
    fileMetaInformation: () => request.fileMetaInformation(),
    async attributes(): Promise<Attributes> {
      const { attributes: keywords = [] } = handlers;
      if (keywords.length === 0) return {};
      const all = await request.attributes();
      return Object.fromEntries(keywords.flatMap((keyword) => {
        const values = all[keyword];
        return values === undefined ? [] : [[keyword, values]];
      }));
    },
  };
}

function conclusion(
  outcomes: readonly MemberOutcome[],
  lost: Tee["failure"],
  request: StoreRequest,
  log: Log,
): StatusReply {
  const failures = outcomes.filter((outcome) => isFailure(outcome) && !outcome.wasStopped);
  const warnings = outcomes.filter(({ reply }) => statusCategory(reply.status) === "warning");
  const decisive = failures[0] ?? warnings[0];
  for (const outcome of [...failures, ...warnings]) {
    if (outcome === decisive) continue;
    const text = `${outcome.member.name}: ${request.sopInstanceUid}: ${wordsOf(outcome)}`;
    if (warnings.includes(outcome)) log.warn(text);
    // When the data set fails, all do: it is enough that one says so.
    else if (!isOf(outcome, lost)) log.error(text);
  }
  if (decisive === undefined) return { status: STATUS.success };
  if (!("error" in decisive)) return decisive.reply;
  if (isOf(decisive, lost)) throw decisive.error;
  const { name } = decisive.member;
  throw new HandlerError(
    `Cannot take the instance: handler ${name}: ${wordsOf(decisive)}`,
    name,
    { cause: decisive.error },
  );
}

/** Whether a handler failed by nothing else than the data set's failing. */
function isOf(outcome: StoreOutcome, lost: Tee["failure"]): boolean {
  return lost !== undefined && "error" in outcome && outcome.error === lost.error;
}

function isFailure({ reply }: StoreOutcome): boolean {
  const category = statusCategory(reply.status);
  return category !== "success" && category !== "warning";
}

function wordsOf(outcome: StoreOutcome): string {
  if ("error" in outcome) return messageOf(outcome.error);
  const { status, errorComment } = outcome.reply;
  const code = `status 0x${status.toString(16).toUpperCase().padStart(4, "0")}`;
  return errorComment ? `${code}, ${errorComment}` : code;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

async function acceptByAll(
  members: readonly ChainMember[],
  request: AssociationRequest,
): Promise<Acceptance> {
  let answer: Acceptance = { accept: true };
  for (const { name, handlers } of members) {
    let acceptance: Acceptance | undefined;
    try {
      acceptance = await handlers.acceptAssociation?.(request);
    } catch (cause) {
      throw new HandlerError(
        `Cannot decide on the association: handler ${name}: ${messageOf(cause)}`,
        name,
        { cause },
      );
    }
    if (acceptance === undefined) continue;
    if (!acceptance.accept) return acceptance;
    if (answer.userIdentityResponse === undefined) answer = acceptance;
  }
  return answer;
}

async function disposeAll(members: readonly ChainMember[]): Promise<void> {
  const errors: unknown[] = [];
  for (const { handlers } of members.toReversed()) {
    try {
      await handlers[Symbol.asyncDispose]?.();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, "Cannot end several handlers");
}
