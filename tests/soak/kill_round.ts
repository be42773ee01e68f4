/**
 * What rounds of killing have in common: the moment of the kill, and what must hold afterwards.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Random } from "../fuzz/random.ts";
import { holdings, type PooledInstance, STUDY_UID } from "./instances.ts";
import type { OnEvent, ToolProcess } from "./tool_process.ts";
import { acknowledged, runHere, type ToolOutcome } from "./tool_run.ts";

/** What a round is given. */
export interface RoundContext {
  /** A directory of its own. */
  readonly directory: string;
  /** Decides on everything that may be one way or another. */
  readonly random: Random;
}

/** What a round found. */
export interface RoundReport {
  /** How many instances had been acknowledged at the kill. */
  readonly acknowledged: number;
  /** How many there were in all. */
  readonly instances: number;
  /** How many parts the kill left behind; none is there at the end. */
  readonly parts: number;
}

/** Kills a process when so many instances have been acknowledged, and a bit later. */
export class Executioner {
  readonly #after: number;
  readonly #delay: number;
  readonly #killed = Promise.withResolvers<void>();
  readonly #acknowledged = new Set<string>();
  #victim: ToolProcess | undefined;

  /**
   * Chooses the moment.
   *
   * @param random By which.
   * @param instances How many instances there are: fewer are waited for.
   */
  constructor(random: Random, instances: number) {
    this.#after = random.below(instances);
    // Without an acknowledgement, it may be before there is an association.
    this.#delay = random.below(this.#after === 0 ? 300 : 25);
  }

  /** Those that were acknowledged until now. */
  get acknowledged(): readonly string[] {
    return [...this.#acknowledged];
  }

  /** Takes events; to be given to all that tell of acknowledged instances. */
  readonly onEvent: OnEvent = (event): void => {
    const uid = acknowledged(event);
    if (uid === undefined) return;
    this.#acknowledged.add(uid);
    if (this.#acknowledged.size === this.#after) this.#strike();
  };

  /** Tells whom to kill. */
  aim(victim: ToolProcess): void {
    this.#victim = victim;
    if (this.#after === 0) this.#strike();
  }

  /** Settles when the victim is dead, and all that it told has been heard. */
  async done(): Promise<void> {
    await this.#killed.promise;
    await this.#victim?.end();
  }

  #strike(): void {
    setTimeout(() => {
      this.#victim?.signal("SIGKILL");
      this.#killed.resolve();
    }, this.#delay);
  }
}

/**
 * Sees to it that everything acknowledged is there, and that nothing is there under a final name that is
 * not whole.
 *
 * @param directory Where instances go.
 * @param pool All that may be there.
 * @param acknowledged Those that must be.
 * @returns How many parts are there.
 */
export function assertNothingLost(
  directory: string,
  pool: readonly PooledInstance[],
  acknowledged: Iterable<string>,
): number {
  const { instances, wrong, parts } = holdings(directory, pool);
  assert.deepEqual(wrong, [], "under a final name, and not whole");
  const lost = [...acknowledged].filter((uid) => !instances.has(uid));
  assert.deepEqual(lost, [], "acknowledged, and lost");
  return parts.length;
}

/**
 * Sees to it that everything is there, once, and nothing beside.
 *
 * @param directory Where instances go.
 * @param pool All that must be there.
 */
export function assertComplete(directory: string, pool: readonly PooledInstance[]): void {
  assertNothingLost(directory, pool, pool.map(({ uid }) => uid));
  assertNoParts(directory);
}

/** Sees to it that there is no file in the making. */
export function assertNoParts(directory: string): void {
  assert.deepEqual(holdings(directory, []).parts, [], "parts are left");
}

/** Sees to it that a run has done all. */
export function assertDone({ code, stderr }: ToolOutcome): void {
  assert.equal(code, 0, stderr);
}

/** What a journal says is done; one that does not exist says nothing. */
export function journalled(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").slice(1, -1)
      .map((line) => line.split(" ")[1] ?? "");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * Asks an archive by C-FIND which instances it has.
 *
 * @param port Where it listens.
 * @param series The numbers of the series that are asked for.
 * @returns Their SOP Instance UIDs.
 */
export async function found(port: number, series: readonly number[]): Promise<Set<string>> {
  const uids = new Set<string>();
  for (const number of series) {
    const outcome = await runHere("findscu", [
      ...["-q", "127.0.0.1", `${port}`, "-S", "-k", "QueryRetrieveLevel=IMAGE"],
      ...["-k", `StudyInstanceUID=${STUDY_UID}`, "-k", `SeriesInstanceUID=${STUDY_UID}.${number}`],
      ...["-k", "SOPInstanceUID"],
    ]);
    assertDone(outcome);
    for (const line of outcome.stdout.split("\n").filter((line) => line !== "")) {
      const match: Record<string, { readonly Value?: readonly unknown[] }> = JSON.parse(line);
      uids.add(String(match["00080018"]?.Value?.[0]));
    }
  }
  return uids;
}
