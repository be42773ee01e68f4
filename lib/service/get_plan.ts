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
import {
  CLASSES_BY_USE,
  MOST_USED_CLASSES,
  OFTEN_USED_CLASSES,
  storageKind,
  SYNTAX_STEPS,
} from "./storage_usage.ts";

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
 * Plans the contexts of the instances, by use. What does not go into one association goes into
 * the next, see {@linkcode getAssociations}.
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
  const { sopClassUids } = expectation;
  const wishes = sopClassUids === undefined
    ? usualWishes(expectation)
    : steps(sopClassUids, expectation);
  const planned = new Map<string, ContextProposal>();
  for (const [abstractSyntax, transferSyntax] of wishes) {
    const key = `${abstractSyntax} ${transferSyntax}`;
    if (planned.has(key)) continue;
    planned.set(key, { abstractSyntax, transferSyntaxes: [transferSyntax] });
  }
  return [...planned.values()];
}

/**
 * Distributes contexts over associations, as many as one can have beside that of the C-GET itself.
 *
 * @param contexts The contexts, those that matter most first.
 * @returns The contexts of each association.
 *
 * @example
 * ```ts
 * import { getAssociations, planGet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const [first] = getAssociations(planGet());
 * assert.equal(first?.length, 127);
 * ```
 */
export function getAssociations(contexts: readonly ContextProposal[]): ContextProposal[][] {
  const associations: ContextProposal[][] = [];
  for (let start = 0; start < contexts.length; start += MOST_STORAGE_CONTEXTS) {
    associations.push(contexts.slice(start, start + MOST_STORAGE_CONTEXTS));
  }
  return associations;
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
  /** The contexts that the archive accepted. */
  readonly accepted: readonly AcceptedContext[];
  /** The IDs of those by which instances came. */
  readonly used: ReadonlySet<number>;
}

/**
 * The associations for an archive that looks at the first context of a class alone, and does not send
 * what is encoded otherwise: the further transfer syntaxes that it accepted, one for each class and
 * association.
 *
 * @param uses How the associations so far were used.
 * @returns The contexts of each association; none where the archive has used another context than
 * the first, or accepted no other.
 *
 * @example
 * ```ts
 * import { CT_IMAGE_STORAGE, spreadGet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const [explicitVr, jpeg] = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.70"];
 * const roles = { requestorIsScu: false, requestorIsScp: true };
 * const accepted = [
 *   { id: 3, abstractSyntax: CT_IMAGE_STORAGE, transferSyntax: explicitVr, ...roles },
 *   { id: 5, abstractSyntax: CT_IMAGE_STORAGE, transferSyntax: jpeg, ...roles },
 * ];
 * assert.deepEqual(spreadGet([{ accepted, used: new Set([3]) }]), [
 *   [{ abstractSyntax: CT_IMAGE_STORAGE, transferSyntaxes: [jpeg] }],
 * ]);
 * ```
 */
export function spreadGet(uses: readonly GetUse[]): ContextProposal[][] {
  const rounds: ContextProposal[][] = [];
  for (const { accepted, used } of uses) {
    const classes = new Map<string, AcceptedContext[]>();
    for (const context of accepted) {
      const others = classes.get(context.abstractSyntax);
      if (others === undefined) classes.set(context.abstractSyntax, [context]);
      else others.push(context);
    }
    const [...all] = classes.values();
    // Who has sent by another context once chooses by the instance: it has other reasons to fail.
    if (all.some(([_first, ...others]) => others.some(({ id }) => used.has(id)))) continue;
    for (const [_first, ...others] of all) {
      for (const [round, { abstractSyntax, transferSyntax }] of others.entries()) {
        const proposal = { abstractSyntax, transferSyntaxes: [transferSyntax] };
        (rounds[round] ??= []).push(proposal);
      }
    }
  }
  return rounds.flatMap(getAssociations);
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
  yield* steps(MOST_USED_CLASSES, expectation, 3);
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
/** One context is for the C-GET. */
const MOST_STORAGE_CONTEXTS = MAXIMUM_PRESENTATION_CONTEXTS - 1;
