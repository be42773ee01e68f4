/**
 * Which presentation contexts to propose for the instances of a C-GET, and by which associations.
 *
 * The acceptor chooses one transfer syntax for a context (PS3.8 section 9.3.3.2), and an archive cannot
 * send an instance for which there is none. So each context has one transfer syntax, the uncompressed
 * ones too: an archive that does not convert sends each instance as it holds it.
 *
 * @module
 */

import type { AcceptedContext, ContextProposal } from "../association/presentation_context.ts";
import { MAXIMUM_PRESENTATION_CONTEXTS, type RoleSelection } from "../pdu/pdu.ts";
import { transferSyntax } from "../transfer_syntax.ts";
import {
  CLASSES_BY_USE,
  MOST_USED_CLASSES,
  OFTEN_USED_CLASSES,
  storageKind,
  SYNTAX_STEPS,
} from "./storage_usage.ts";

/** The most contexts of instances that an association can have: one more is for the C-GET itself. */
export const MOST_STORAGE_CONTEXTS: number = MAXIMUM_PRESENTATION_CONTEXTS - 1;

/** What is known of the instances to come. */
export interface GetExpectation {
  /** Their SOP classes; without them, those that are used most are proposed first. */
  readonly sopClassUids?: readonly string[];
  /** Transfer syntaxes that some of them are known to have: they come first. */
  readonly likelyTransferSyntaxUids?: readonly string[];
  /** Proposes these transfer syntaxes alone. */
  readonly transferSyntaxUids?: readonly string[];
}

/**
 * Plans the contexts of the instances, by use. What does not go into one association goes into the
 * next, see {@linkcode GetPlan}.
 *
 * @param expectation What is known of them.
 * @returns The contexts, each with one transfer syntax. Those of one class begin with Explicit VR
 * Little Endian, unless another was asked for.
 *
 * @example
 * ```ts
 * import { CT_IMAGE_STORAGE, planGet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const [first] = planGet({ sopClassUids: [CT_IMAGE_STORAGE] });
 * assert.deepEqual(first, {
 *   abstractSyntax: CT_IMAGE_STORAGE,
 *   transferSyntaxes: ["1.2.840.10008.1.2.1"],
 * });
 * ```
 */
export function planGet(expectation: GetExpectation = {}): ContextProposal[] {
  return [...planGetOneByOne(expectation)];
}

/**
 * The same plan as that of {@linkcode planGet}, one context after the other. Without SOP classes there
 * are thousands, of which one association takes 127, and most retrieves need one.
 *
 * @param expectation What is known of the instances.
 * @returns The contexts.
 *
 * @example
 * ```ts
 * import { GetPlan, planGetOneByOne } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(new GetPlan([], planGetOneByOne()).next([])?.length, 127);
 * ```
 */
export function* planGetOneByOne(
  expectation: GetExpectation = {},
): Generator<ContextProposal, void, void> {
  const { sopClassUids } = expectation;
  const wishes = sopClassUids === undefined
    ? usualWishes(expectation)
    : steps(sopClassUids, expectation);
  const planned = new Set<string>();
  for (const [abstractSyntax, transferSyntaxUid] of wishes) {
    const context = { abstractSyntax, transferSyntaxes: [transferSyntaxUid] };
    const key = keyOf(context);
    if (planned.has(key)) continue;
    planned.add(key);
    yield context;
  }
}

/** What goes by one association. */
export interface PlannedGet<T> {
  /** The contexts of the instances. */
  readonly contexts: readonly ContextProposal[];
  /** What to get. */
  readonly wants: readonly T[];
}

/**
 * Plans associations for several things whose SOP classes are known, series for instance, so that each
 * association has every transfer syntax for the classes of what goes by it.
 *
 * @param wants What to get.
 * @param expectation What else is known of it.
 * @returns The associations.
 *
 * @example
 * ```ts
 * import { CT_IMAGE_STORAGE, MR_IMAGE_STORAGE, planGets } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const wants = [{ sopClassUids: [CT_IMAGE_STORAGE] }, { sopClassUids: [MR_IMAGE_STORAGE] }];
 * const [only, ...others] = planGets(wants);
 * assert.equal(only?.wants.length, 2);
 * assert.deepEqual(others, []);
 * ```
 */
export function planGets<T extends { readonly sopClassUids: readonly string[] }>(
  wants: readonly T[],
  expectation: Omit<GetExpectation, "sopClassUids"> = {},
): PlannedGet<T>[] {
  const plan = (classes: ReadonlySet<string>): ContextProposal[] =>
    planGet({ ...expectation, sopClassUids: [...classes] });
  // Those of the same classes go together.
  const ordered = wants.toSorted((a, b) => compare(a.sopClassUids.join(), b.sopClassUids.join()));
  const planned: { contexts: ContextProposal[]; wants: T[] }[] = [];
  let classes = new Set<string>();
  for (const want of ordered) {
    const united = new Set([...classes, ...want.sopClassUids]);
    const contexts = plan(united);
    const last = planned.at(-1);
    if (last !== undefined && contexts.length <= MOST_STORAGE_CONTEXTS) {
      classes = united;
      last.contexts = contexts;
      last.wants.push(want);
    } else {
      classes = new Set(want.sopClassUids);
      planned.push({ contexts: plan(classes).slice(0, MOST_STORAGE_CONTEXTS), wants: [want] });
    }
  }
  return planned;
}

/**
 * The role selections by which the requestor becomes SCP of the instances (PS3.7 section D.3.3.4).
 *
 * @param contexts The contexts of the instances.
 * @returns One for each of their SOP classes.
 *
 * @example
 * ```ts
 * import { CT_IMAGE_STORAGE, planGet, storageRoles } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(storageRoles(planGet({ sopClassUids: [CT_IMAGE_STORAGE] })), [
 *   { sopClassUid: CT_IMAGE_STORAGE, scu: false, scp: true },
 * ]);
 * ```
 */
export function storageRoles(contexts: readonly ContextProposal[]): RoleSelection[] {
  const classes = new Set(contexts.map(({ abstractSyntax }) => abstractSyntax));
  return [...classes].map((sopClassUid) => ({ sopClassUid, scu: false, scp: true }));
}

/** How an association was used. */
export interface GetUse {
  /** The contexts of instances that the archive accepted. */
  readonly accepted: readonly AcceptedContext[];
  /** The IDs of those by which instances came. */
  readonly used: ReadonlySet<number>;
  /** Whether the archive gave up at an instance that it could not send, with others to come. */
  readonly hasStopped?: boolean;
  /** Whether instances came that had not come before. */
  readonly hasProgress?: boolean;
}

/**
 * Distributes contexts over associations: the first, and further ones while instances fail.
 *
 * Each further association has contexts that have not been proposed, with two exceptions. An archive
 * that looks at the first context of a class alone (DCMTK's dcmqrscp does) gets the other transfer
 * syntaxes that it accepted one by one. And an archive that gives up at the first instance that it
 * cannot send (Orthanc does) must get past those it has sent: their contexts are proposed again, with
 * one part after the other of all planned contexts until it does.
 *
 * @example
 * ```ts
 * import { CT_IMAGE_STORAGE, GetPlan, planGet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const [explicitVr, jpeg] = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.70"];
 * const known = planGet({ sopClassUids: [CT_IMAGE_STORAGE], transferSyntaxUids: [explicitVr, jpeg] });
 * const plan = new GetPlan(known);
 * assert.deepEqual(plan.next([]), known);
 *
 * // Instances came by the first context alone, though the archive accepted both.
 * const roles = { requestorIsScu: false, requestorIsScp: true };
 * const accepted = [
 *   { id: 3, abstractSyntax: CT_IMAGE_STORAGE, transferSyntax: explicitVr, ...roles },
 *   { id: 5, abstractSyntax: CT_IMAGE_STORAGE, transferSyntax: jpeg, ...roles },
 * ];
 * const uses = [{ accepted, used: new Set([3]) }];
 * assert.deepEqual(plan.next(uses), [
 *   { abstractSyntax: CT_IMAGE_STORAGE, transferSyntaxes: [jpeg] },
 * ]);
 * assert.equal(plan.next(uses), undefined);
 * ```
 */
export class GetPlan {
  /** What is planned, as far as it was needed: what is known, then what is usual. */
  readonly #all: ContextProposal[];
  /** What is usual, and not planned yet. */
  readonly #usual: Iterator<ContextProposal>;
  /** How much of the plan is for what is known, with what fits into the first association beside it. */
  readonly #knownEnd: number;
  /** How much of the plan has been proposed. */
  #proposed = 0;
  #left = MOST_PLANNED;
  #spread: ContextProposal[][] = [];
  #spreadLeft = MOST_SPREAD;
  /** How many uses the spreading has looked at. */
  #seen = 0;
  /** The parts that have not helped the archive past the instance at which it stopped. */
  #tried: Set<number> | undefined;
  #part = 0;
  #partsLeft = MOST_PARTS;

  /**
   * Makes a plan.
   *
   * @param known The contexts for what is known of the instances.
   * @param usual Further contexts, for what is not known; taken from when they are needed.
   */
  constructor(known: readonly ContextProposal[], usual: Iterable<ContextProposal> = []) {
    const keys = new Set(known.map(keyOf));
    this.#all = [...known];
    this.#usual = Iterator.from(usual).filter((context) => !keys.has(keyOf(context)));
    this.#knownEnd = Math.max(known.length, MOST_STORAGE_CONTEXTS);
  }

  /**
   * The contexts of the next association.
   *
   * @param uses How the associations so far were used.
   * @returns The contexts, at most 127: one more is for the C-GET. `undefined` when there is nothing
   * more to try.
   */
  next(uses: readonly GetUse[]): ContextProposal[] | undefined {
    if (uses.some(({ hasStopped }) => hasStopped)) return this.#nextPart(uses);
    return this.#take(this.#knownEnd) ?? this.#nextSpread(uses) ?? this.#take(Infinity) ??
      this.#nextSpread(uses);
  }

  #take(end: number): ContextProposal[] | undefined {
    if (this.#left === 0) return undefined;
    const from = this.#proposed;
    const contexts = this.#slice(from, Math.min(from + MOST_STORAGE_CONTEXTS, end));
    if (contexts.length === 0) return undefined;
    this.#left -= 1;
    this.#proposed += contexts.length;
    return contexts;
  }

  #slice(from: number, end: number): ContextProposal[] {
    while (this.#all.length < end) {
      const { done, value } = this.#usual.next();
      if (done) break;
      this.#all.push(value);
    }
    return this.#all.slice(from, end);
  }

  #nextPart(uses: readonly GetUse[]): ContextProposal[] | undefined {
    if (this.#tried === undefined) this.#tried = new Set([0, 1]);
    else if (uses.at(-1)?.hasProgress) this.#tried = new Set([this.#part]);
    else this.#tried.add(this.#part);
    this.#part = 0;
    while (this.#tried.has(this.#part)) this.#part += 1;
    const part = this.#slice(PART_LENGTH * this.#part, PART_LENGTH * (this.#part + 1));
    if (part.length === 0 || this.#partsLeft === 0) return undefined;
    this.#partsLeft -= 1;
    const contexts = new Map([...usedContexts(uses), ...part].map((each) => [keyOf(each), each]));
    return [...contexts.values()].slice(0, MOST_STORAGE_CONTEXTS);
  }

  #nextSpread(uses: readonly GetUse[]): ContextProposal[] | undefined {
    if (this.#spread.length === 0) {
      this.#spread = spread(uses.slice(this.#seen));
      this.#seen = Infinity;
    }
    const contexts = this.#spread.shift();
    if (contexts === undefined || this.#spreadLeft === 0) return undefined;
    this.#spreadLeft -= 1;
    return contexts;
  }
}

/** Of each class the transfer syntaxes that were accepted behind the first, one for an association. */
function spread(uses: readonly GetUse[]): ContextProposal[][] {
  const rounds: ContextProposal[][] = [];
  const known = new Set<string>();
  for (const { accepted, used } of uses) {
    const others = behindTheFirst(accepted);
    // Who has sent by another context once chooses by the instance: it has other reasons to fail.
    if (others.flat().some(({ id }) => used.has(id))) continue;
    for (const contexts of others) {
      // What is held compressed is what an archive does not convert.
      const compressedFirst = contexts.toSorted((a, b) => isCompressed(b) - isCompressed(a));
      for (const [round, { abstractSyntax, transferSyntax }] of compressedFirst.entries()) {
        const context = { abstractSyntax, transferSyntaxes: [transferSyntax] };
        if (known.has(keyOf(context))) continue;
        known.add(keyOf(context));
        (rounds[round] ??= []).push(context);
      }
    }
  }
  return rounds.filter((contexts) => contexts.length > 0)
    .map((contexts) => contexts.slice(0, MOST_STORAGE_CONTEXTS));
}

function behindTheFirst(accepted: readonly AcceptedContext[]): AcceptedContext[][] {
  const classes = new Map<string, AcceptedContext[]>();
  for (const context of accepted) {
    const others = classes.get(context.abstractSyntax);
    if (others === undefined) classes.set(context.abstractSyntax, []);
    else others.push(context);
  }
  return [...classes.values()];
}

function usedContexts(uses: readonly GetUse[]): ContextProposal[] {
  const contexts = uses.flatMap(({ accepted, used }) =>
    accepted.filter(({ id }) => used.has(id)).map(({ abstractSyntax, transferSyntax }) => ({
      abstractSyntax,
      transferSyntaxes: [transferSyntax],
    }))
  );
  return [...new Map(contexts.map((context) => [keyOf(context), context])).values()];
}

function isCompressed(context: AcceptedContext): number {
  return Number(transferSyntax(context.transferSyntax)?.encapsulated ?? false);
}

function keyOf({ abstractSyntax, transferSyntaxes }: ContextProposal): string {
  return `${abstractSyntax} ${transferSyntaxes.join()}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Wish = readonly [sopClassUid: string, transferSyntaxUid: string];

/**
 * What is not known beforehand: of the most used classes the usual syntaxes, of the others in use the
 * uncompressed ones, in one association; then the rest.
 */
function* usualWishes(expectation: GetExpectation): Generator<Wish> {
  if (expectation.transferSyntaxUids !== undefined) {
    yield* steps(CLASSES_BY_USE, expectation);
    return;
  }
  yield* step(MOST_USED_CLASSES, 0, expectation);
  yield* step(MOST_USED_CLASSES, 1, expectation);
  yield* step(OFTEN_USED_CLASSES, 0, expectation);
  yield* steps(MOST_USED_CLASSES, expectation, 5);
  yield* steps(OFTEN_USED_CLASSES, expectation, 3);
  yield* steps(CLASSES_BY_USE, expectation);
}

/** The steps of all classes, one step after the other. */
function* steps(
  sopClassUids: readonly string[],
  expectation: GetExpectation,
  end = MOST_STEPS,
): Generator<Wish> {
  for (let index = 0; index < end; index++) yield* step(sopClassUids, index, expectation);
}

function* step(
  sopClassUids: readonly string[],
  index: number,
  { transferSyntaxUids, likelyTransferSyntaxUids = [] }: GetExpectation,
): Generator<Wish> {
  for (const sopClassUid of sopClassUids) {
    const own = SYNTAX_STEPS[storageKind(sopClassUid)][index] ?? [];
    const likely = index === 0 ? likelyTransferSyntaxUids : [];
    const syntaxes = transferSyntaxUids ?? [...own, ...likely];
    for (const transferSyntaxUid of syntaxes) yield [sopClassUid, transferSyntaxUid];
  }
}

const MOST_STEPS = Math.max(...Object.values(SYNTAX_STEPS).map(({ length }) => length));
/** Enough for every storage SOP class; what is left is rare transfer syntaxes of rare classes. */
const MOST_PLANNED = 8;
/** Enough for the transfer syntaxes that an archive accepts, one by one. */
const MOST_SPREAD = 12;
/** Half an association: the other half is for the contexts that are proposed again. */
const PART_LENGTH = 63;
/** Whoever stops starts from the beginning each time. */
const MOST_PARTS = 24;
