/**
 * What to propose for the instances that are to be stored, and by which of the accepted contexts each
 * of them goes.
 *
 * @module
 */

import type { ContextProposal } from "../association/presentation_context.ts";
import type { Association } from "../net/association.ts";
import { MAXIMUM_PRESENTATION_CONTEXTS } from "../pdu/pdu.ts";
import { CONVERSION_TARGETS, routeAmong, type StorageRoute } from "./storage_route.ts";

export type { StorageRoute } from "./storage_route.ts";

/** Instances of one SOP class in one transfer syntax. */
export interface StorageNeed {
  /** The SOP class. */
  readonly sopClassUid: string;
  /** What their data sets are encoded in. */
  readonly transferSyntaxUid: string;
  /** How many there are. */
  readonly count: number;
}

/** How to propose. */
export interface StoragePlanOptions {
  /**
   * Whether to propose also what uncompressed data sets can be converted to without loss: true unless
   * given.
   */
  readonly fallback?: boolean;
  /** Proposes this transfer syntax alone, for every SOP class. */
  readonly only?: string;
}

/** An association to request. */
export interface PlannedAssociation {
  /** What to propose; at most {@linkcode MAXIMUM_PRESENTATION_CONTEXTS}. */
  readonly presentationContexts: readonly ContextProposal[];
  /** What is to be sent by it. */
  readonly needs: readonly StorageNeed[];
}

/**
 * Plans the associations by which instances are stored. Each SOP class is proposed with each of its own
 * transfer syntaxes in a context of its own, since an acceptor chooses one transfer syntax for a
 * context (PS3.8 section 9.3.3.2). Where one of them is uncompressed, a further context has the other
 * uncompressed ones, for a peer that takes none of the own.
 *
 * @param needs What is to be stored; those that are alike are counted together.
 * @param options How to propose.
 * @returns As many associations as the contexts need, that with the most used ones first.
 *
 * @example
 * ```ts
 * import { CT_IMAGE_STORAGE, planStorage } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const explicitVr = "1.2.840.10008.1.2.1";
 * const jpeg = "1.2.840.10008.1.2.4.70";
 * const [first, ...others] = planStorage([
 *   { sopClassUid: CT_IMAGE_STORAGE, transferSyntaxUid: jpeg, count: 3 },
 *   { sopClassUid: CT_IMAGE_STORAGE, transferSyntaxUid: explicitVr, count: 9 },
 * ]);
 * assert.deepEqual(first?.presentationContexts.map((context) => context.transferSyntaxes), [
 *   [explicitVr],
 *   [jpeg],
 *   ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"],
 * ]);
 * assert.deepEqual(others, []);
 * ```
 */
export function planStorage(
  needs: Iterable<StorageNeed>,
  options: StoragePlanOptions = {},
): PlannedAssociation[] {
  const planned: PlannedAssociation[] = [];
  let draft = new Draft(options);
  for (const need of orderedByUse(needs)) {
    if (!draft.hasRoomFor(need)) {
      planned.push(draft.finish());
      draft = new Draft(options);
    }
    draft.add(need);
  }
  if (!draft.isEmpty) planned.push(draft.finish());
  return planned;
}

/**
 * The way that an instance takes on an association: as it is where the peer accepted that, else
 * converted to another uncompressed transfer syntax.
 *
 * @param association The association.
 * @param sopClassUid The class of the instance.
 * @param transferSyntaxUid What its data set is encoded in.
 * @returns The context, and whether to convert.
 * @throws {NegotiationError} When no context can carry it, with what the peer accepted instead.
 *
 * @example
 * ```ts
 * import { associate, CT_IMAGE_STORAGE, planStorage, serve, storageRoute } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const [implicitVr, explicitVr] = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"];
 * await using server = serve({ hostname: "127.0.0.1", port: 0, handlers: { store: () => 0 } });
 * await using association = await associate({
 *   hostname: "127.0.0.1",
 *   port: server.addr.port,
 *   callingAeTitle: "STORESCU",
 *   calledAeTitle: "ANY-SCP",
 *   presentationContexts: [{ abstractSyntax: CT_IMAGE_STORAGE, transferSyntaxes: [explicitVr] }],
 * });
 * assert.equal(storageRoute(association, CT_IMAGE_STORAGE, explicitVr).converts, false);
 * assert.equal(storageRoute(association, CT_IMAGE_STORAGE, implicitVr).converts, true);
 * ```
 */
export function storageRoute(
  association: Association,
  sopClassUid: string,
  transferSyntaxUid: string,
): StorageRoute {
  const contexts = association.acceptedContexts.filter(({ requestorIsScu }) => requestorIsScu);
  return routeAmong(contexts, sopClassUid, transferSyntaxUid);
}

/** An association under construction. */
class Draft {
  readonly #options: StoragePlanOptions;
  /** The transfer syntaxes of each SOP class, in order. */
  readonly #classes = new Map<string, Set<string>>();
  readonly #needs: StorageNeed[] = [];
  #contexts = 0;

  constructor(options: StoragePlanOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#needs.length === 0;
  }

  hasRoomFor(need: StorageNeed): boolean {
    return this.#contexts + this.#cost(need) <= MAXIMUM_PRESENTATION_CONTEXTS;
  }

  add(need: StorageNeed): void {
    this.#contexts += this.#cost(need);
    const syntaxes = this.#classes.get(need.sopClassUid);
    if (syntaxes === undefined) {
      this.#classes.set(need.sopClassUid, new Set([need.transferSyntaxUid]));
    } else {
      syntaxes.add(need.transferSyntaxUid);
    }
    this.#needs.push(need);
  }

  finish(): PlannedAssociation {
    const presentationContexts = [...this.#classes].flatMap(([abstractSyntax, own]) =>
      this.#proposals(own).map((transferSyntaxes) => ({ abstractSyntax, transferSyntaxes }))
    );
    return { presentationContexts, needs: this.#needs };
  }

  /** How many contexts a need adds; one for the fallback may later turn out not to be needed. */
  #cost({ sopClassUid, transferSyntaxUid }: StorageNeed): number {
    const own = this.#classes.get(sopClassUid);
    if (this.#options.only !== undefined) return own === undefined ? 1 : 0;
    const hasFallback = [...own ?? []].some((uid) => this.#isConvertible(uid));
    return 1 + (!hasFallback && this.#isConvertible(transferSyntaxUid) ? 1 : 0);
  }

  #isConvertible(transferSyntaxUid: string): boolean {
    return this.#options.fallback !== false && CONVERSION_TARGETS.includes(transferSyntaxUid);
  }

  #proposals(own: ReadonlySet<string>): string[][] {
    const { only } = this.#options;
    if (only !== undefined) return [[only]];
    const proposals = [...own].map((uid) => [uid]);
    if (![...own].some((uid) => this.#isConvertible(uid))) return proposals;
    const fallback = CONVERSION_TARGETS.filter((uid) => !own.has(uid));
    return fallback.length === 0 ? proposals : [...proposals, fallback];
  }
}

/** Those of one SOP class together; the most used SOP classes, and their most used syntaxes, first. */
function orderedByUse(needs: Iterable<StorageNeed>): StorageNeed[] {
  const classes = new Map<string, Map<string, number>>();
  for (const { sopClassUid, transferSyntaxUid, count } of needs) {
    let syntaxes = classes.get(sopClassUid);
    if (syntaxes === undefined) classes.set(sopClassUid, syntaxes = new Map());
    syntaxes.set(transferSyntaxUid, (syntaxes.get(transferSyntaxUid) ?? 0) + count);
  }
  return [...classes]
    .map(([uid, syntaxes]) => ({ uid, syntaxes, use: sum(syntaxes.values()) }))
    .sort((a, b) => b.use - a.use || compare(a.uid, b.uid))
    .flatMap(({ uid, syntaxes }) =>
      [...syntaxes]
        .sort(([a, used], [b, usedToo]) => usedToo - used || compare(a, b))
        .map(([transferSyntaxUid, count]) => ({ sopClassUid: uid, transferSyntaxUid, count }))
    );
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const each of numbers) total += each;
  return total;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
