/**
 * The sub-operations of a retrieve, counted (PS3.4 sections C.4.2.1.6 to C.4.2.1.9, and C.4.3.1 for
 * C-GET).
 *
 * @module
 */

import { DataSet } from "../data_set/data_set.ts";
import { encodeDataSet } from "../data_set/encoder.ts";
import type { SubOperationCounters } from "../dimse/message.ts";
import { STATUS, statusCategory } from "../dimse/status.ts";
import { IDENTIFIER_LIMIT } from "../net/data_consumer.ts";
import { transferSyntax } from "../transfer_syntax.ts";

const FAILED_SOP_INSTANCE_UID_LIST = 0x00080058;

/** A counter is a US, and stays at its largest value rather than begin anew. */
const LARGEST_COUNT = 0xffff;

/** The largest value of a VR with a 16-bit length, which UI is in explicit VR. */
const LONGEST_EXPLICIT_LIST = 0xfffe;

/** What is taken by others as we take it, with room for what is around the list. */
const LONGEST_LIST = IDENTIFIER_LIMIT - 1024;

/** How a sub-operation ended. */
export type SubOperationResult = "completed" | "warning" | "failed";

/**
 * Says how a sub-operation ended, by the C-STORE response.
 *
 * @param status Its status.
 * @returns How it ended; all that is neither success nor warning has failed.
 */
export function resultOf(status: number): SubOperationResult {
  const category = statusCategory(status);
  if (category === "success") return "completed";
  return category === "warning" ? "warning" : "failed";
}

/** Counts the sub-operations of one retrieve. */
export class SubOperations {
  readonly #counts = { completed: 0, warning: 0, failed: 0 };
  readonly #failedUids: string[] = [];
  #remaining: number;

  /**
   * Begins with none of them done.
   *
   * @param total How many there are.
   */
  constructor(total: number) {
    this.#remaining = total;
  }

  /** How many have not been begun. */
  get remaining(): number {
    return this.#remaining;
  }

  /** Those that failed, in their order. */
  get failedUids(): readonly string[] {
    return this.#failedUids;
  }

  /** What a response says while they go on. */
  get pending(): SubOperationCounters {
    return { remaining: saturated(this.#remaining), ...this.#done };
  }

  /**
   * Counts one.
   *
   * @param sopInstanceUid The instance.
   * @param result How its sub-operation ended.
   */
  count(sopInstanceUid: string, result: SubOperationResult): void {
    this.#remaining -= 1;
    this.#counts[result] += 1;
    if (result === "failed") this.#failedUids.push(sopInstanceUid);
  }

  /**
   * Says how the retrieve ends: cancelled, if there are some left; else by how they ended.
   *
   * @returns Status and counters of the final response.
   */
  get final(): { readonly status: number; readonly counters: SubOperationCounters } {
    if (this.#remaining > 0) return { status: STATUS.cancel, counters: this.pending };
    return { status: this.#status, counters: this.#done };
  }

  get #status(): number {
    const { completed, warning, failed } = this.#counts;
    if (failed === 0 && warning === 0) return STATUS.success;
    if (completed === 0 && warning === 0) return STATUS.cannotPerformSubOperations;
    return STATUS.subOperationsIncomplete;
  }

  get #done(): SubOperationCounters {
    const { completed, failed, warning } = this.#counts;
    return {
      completed: saturated(completed),
      failed: saturated(failed),
      warning: saturated(warning),
    };
  }
}

function saturated(count: number): number {
  return Math.min(count, LARGEST_COUNT);
}

/**
 * Encodes the identifier of a response: Failed SOP Instance UID List.
 *
 * @param uids Those that failed. In explicit VR there is room for a thousand of the longest; the rest is
 * left out.
 * @param transferSyntaxUid What to encode it in.
 * @returns The identifier; nothing when none failed.
 */
export function failedInstances(
  uids: readonly string[],
  transferSyntaxUid: string,
): Uint8Array | undefined {
  if (uids.length === 0) return undefined;
  const isShort = transferSyntax(transferSyntaxUid)?.explicitVr ?? true;
  const longest = isShort ? LONGEST_EXPLICIT_LIST : LONGEST_LIST;
  let length = -1;
  const end = uids.findIndex((uid) => (length += 1 + uid.length) > longest);
  const list = uids.slice(0, end === -1 ? undefined : end).join("\\");
  const dataSet = new DataSet().set({
    tag: FAILED_SOP_INSTANCE_UID_LIST,
    vr: "UI",
    value: new TextEncoder().encode(list),
  });
  return encodeDataSet(dataSet, transferSyntaxUid);
}
