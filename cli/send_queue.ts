/**
 * The instances that wait to be sent by the associations of one kind.
 *
 * @module
 */

import { type PlannedAssociation, planStorage } from "../lib/service/storage_plan.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../lib/transfer_syntax.ts";
import { DEFAULT_STORAGE_CLASSES } from "./default_storage_classes.ts";
import type { InstanceHead } from "./file_head.ts";

/** What to propose. */
export interface ProposalOptions {
  /**
   * `fitting` proposes what the files need, and what they can be converted to; `required` what they
   * need alone; `all` pynetdicom's default list, whatever the files are.
   */
  readonly contexts: "fitting" | "required" | "all";
  /** The only transfer syntax to propose. */
  readonly only: string | undefined;
}

/** Instances that go by the same kind of association. */
export class SendQueue {
  /** What the associations propose. */
  readonly plan: PlannedAssociation;
  /** The instances, in the order in which they are sent. */
  readonly instances: readonly InstanceHead[];
  readonly #total: number;
  /** What came back, from {@linkcode SendQueue.#again} on. */
  #returned: InstanceHead[] = [];
  #again = 0;
  readonly #wasReturned = new Set<InstanceHead>();
  readonly #suspects = new Set<InstanceHead>();
  #putOff: InstanceHead[] = [];
  #taken = 0;

  /**
   * Makes a queue.
   *
   * @param plan What the associations propose.
   * @param instances The instances.
   * @param repeat How many times they are to be sent.
   */
  constructor(plan: PlannedAssociation, instances: readonly InstanceHead[], repeat: number) {
    this.plan = plan;
    this.instances = instances;
    this.#total = instances.length * repeat;
  }

  /** How many are still to be taken. */
  get length(): number {
    return this.#total - this.#taken + this.#returned.length - this.#again;
  }

  /** Takes the next instance; `undefined` when there is none left. */
  take(): InstanceHead | undefined {
    const returned = this.#returned[this.#again];
    if (returned !== undefined) {
      this.#again += 1;
      return returned;
    }
    if (this.#taken === this.#total) return undefined;
    return this.instances[this.#taken++ % this.instances.length];
  }

  /**
   * Puts an instance back that was taken, to be tried once more.
   *
   * @param head The instance.
   * @returns False when it was put back before: once is enough.
   */
  giveBack(head: InstanceHead): boolean {
    if (this.#wasReturned.has(head)) return false;
    this.#wasReturned.add(head);
    this.#returned.push(head);
    return true;
  }

  /**
   * Puts an instance back that was taken, and not tried.
   *
   * @param head The instance.
   */
  putBack(head: InstanceHead): void {
    this.#returned.push(head);
  }

  /**
   * Puts an instance back that was under way with others when the association was lost: it may be the one
   * that the peer cannot take.
   *
   * @param head The instance.
   */
  suspect(head: InstanceHead): void {
    this.#suspects.add(head);
    this.putBack(head);
  }

  /**
   * Whether an instance is to be sent alone, so that it is known of it whether the peer takes it.
   *
   * @param head The instance.
   * @returns Whether it was put back so.
   */
  isSuspect(head: InstanceHead): boolean {
    return this.#suspects.has(head);
  }

  /**
   * Puts an instance off that was taken, to the next round.
   *
   * @param head The instance.
   */
  putOff(head: InstanceHead): void {
    this.#putOff.push(head);
  }

  /** How many are put off. */
  get putOffCount(): number {
    return this.#putOff.length;
  }

  /** Begins a round: what was put off is to be taken again, and may be put back once more. */
  nextRound(): void {
    this.#returned = [...this.#returned.slice(this.#again), ...this.#putOff];
    this.#again = 0;
    this.#putOff = [];
    this.#wasReturned.clear();
  }
}

/**
 * Plans the associations for instances, and puts each instance into the queue of one of them.
 *
 * @param instances The instances, in the order in which they are to be sent.
 * @param options What to propose.
 * @param repeat How many times they are to be sent.
 * @returns A queue for each kind of association.
 *
 * @example
 * ```ts
 * import { planQueues } from "./send_queue.ts";
 * import assert from "node:assert/strict";
 *
 * const head = {
 *   path: "a.dcm",
 *   size: 1000,
 *   dataSetOffset: 300,
 *   sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
 *   sopInstanceUid: "1.2.3",
 *   transferSyntaxUid: "1.2.840.10008.1.2.4.70",
 *   writtenAs: "1.2.840.10008.1.2.4.70",
 *   warnings: [],
 * };
 * const [queue] = planQueues([head], { contexts: "fitting", only: undefined }, 1);
 * assert.equal(queue?.plan.presentationContexts.length, 1);
 * assert.equal(queue?.take(), head);
 * assert.equal(queue?.length, 0);
 * ```
 */
export function planQueues(
  instances: readonly InstanceHead[],
  options: ProposalOptions,
  repeat: number,
): SendQueue[] {
  const kindOf = (head: InstanceHead): string => `${head.sopClassUid} ${head.transferSyntaxUid}`;
  const planned = planAssociations(instances, options);
  const byKind = new Map<string, number>();
  for (const [index, { needs }] of planned.entries()) {
    for (const { sopClassUid, transferSyntaxUid } of needs) {
      byKind.set(`${sopClassUid} ${transferSyntaxUid}`, index);
    }
  }
  const sorted = Map.groupBy(instances, (head) => byKind.get(kindOf(head)) ?? 0);
  return planned.map((plan, index) => new SendQueue(plan, sorted.get(index) ?? [], repeat));
}

function planAssociations(
  instances: readonly InstanceHead[],
  { contexts, only }: ProposalOptions,
): PlannedAssociation[] {
  const needs = instances.map((head) => ({ ...head, count: 1 }));
  if (contexts === "required") return planStorage(needs, { fallback: false });
  if (contexts === "fitting") return planStorage(needs, only === undefined ? {} : { only });
  const transferSyntaxes = only === undefined ? DEFAULT_TRANSFER_SYNTAXES : [only];
  const presentationContexts = DEFAULT_STORAGE_CLASSES.map((abstractSyntax) => (
    { abstractSyntax, transferSyntaxes }
  ));
  return [{ presentationContexts, needs }];
}

/** In pynetdicom's order. */
const DEFAULT_TRANSFER_SYNTAXES = [
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
];
