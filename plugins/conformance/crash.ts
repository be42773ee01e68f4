/**
 * What must be true of the instances of a handler whose process was killed.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Awaitable, StorageAssociation, StorageContext } from "../../lib/handler/handler.ts";
import { SOP_CLASS, type SyntheticDataSet, syntheticDataSet, TRANSFER_SYNTAX } from "./data_set.ts";
import { isKept } from "./reply.ts";
import type { Rule } from "./rules.ts";
import { openDataSet } from "./store_request.ts";
import type { Bench, Trial } from "./trial.ts";

/** A process that serves C-STORE with the handler. */
export interface HandlerProcess {
  /**
   * Associates with it.
   *
   * @param contexts What to propose.
   * @returns The association.
   */
  associate(contexts: readonly StorageContext[]): Promise<StorageAssociation>;
  /** Kills it so that it cannot do anything more, as SIGKILL does; resolves when it is gone. */
  kill(): Awaitable<void>;
}

/** How {@linkcode crashRule} tries it. */
export interface CrashOptions {
  /** Starts a process that serves with the handler, and keeps where the trial's handler looks. */
  spawn(bench: Bench): Awaitable<HandlerProcess>;
  /** How many processes are killed. */
  readonly kills: number;
}

/**
 * Makes the rule of the kill: instances come by several associations, and at a moment of chance the
 * process is killed. What it had answered to with Success is there, and whatever is there is whole.
 *
 * @param options How to start it.
 * @returns The rule.
 */
export function crashRule({ spawn, kills }: CrashOptions): Rule {
  return [
    `loses nothing, and keeps nothing half, when it is killed (${kills} times)`,
    async (trial) => {
      for (let round = 0; round < kills; round++) {
        const moment = momentOf(Math.random(), round);
        const process = await spawn(trial.bench);
        try {
          const sendings = await sendUntilKilled(process, round, moment);
          await verify(trial, sendings, moment);
        } finally {
          await process.kill();
        }
      }
    },
  ];
}

/** When to kill: when so many bytes were taken, or so many instances; all associations counted. */
interface Moment {
  readonly bytes: number;
  readonly instances: number;
}

/** Between two bytes, and, every other time, between the last one and the reply. */
function momentOf(chance: number, round: number): Moment {
  return round % 2 === 0
    ? { bytes: Math.floor(chance * MOST_BYTES), instances: Infinity }
    : { bytes: Infinity, instances: 1 + Math.floor(chance * MOST_INSTANCES) };
}

/** An instance that was sent, or begun. */
interface Sending {
  readonly dataSet: SyntheticDataSet;
  /** The reply; none when the process was killed before. */
  status?: number;
}

async function sendUntilKilled(
  process: HandlerProcess,
  round: number,
  moment: Moment,
): Promise<Sending[]> {
  const sendings: Sending[] = [];
  const killed = Promise.withResolvers<void>();
  let isKilled = false;
  let instances = 0;
  const kill = (): void => {
    if (isKilled) return;
    isKilled = true;
    void Promise.resolve(process.kill()).then(killed.resolve, killed.reject);
  };
  const taken = new Map<Sending, number>();
  const look = (): void => {
    let bytes = 0;
    for (const count of taken.values()) bytes += count;
    if (bytes >= moment.bytes || instances >= moment.instances) kill();
  };

  const sendBy = async (association: StorageAssociation, lane: number): Promise<void> => {
    for (let i = 0; i < MOST_INSTANCES && !isKilled; i++) {
      const length = LENGTHS[(i + lane + round) % LENGTHS.length] ?? 0;
      const sopInstanceUid = `1.2.3.${round}.${lane}.${i}`;
      const dataSet = syntheticDataSet(length, { sopInstanceUid, seed: 100 * lane + i });
      const sending: Sending = { dataSet };
      sendings.push(sending);
      const { stream, progress } = openDataSet(dataSet, () => {
        taken.set(sending, progress.delivered);
        look();
      });
      void progress.over.then(() => {
        instances++;
        look();
      });
      const { status } = await association.store({
        ...{ sopClassUid: SOP_CLASS, transferSyntaxUid: TRANSFER_SYNTAX },
        ...{ sopInstanceUid, dataSet: stream },
      });
      sending.status = status;
    }
  };

  const context = { sopClassUid: SOP_CLASS, transferSyntaxUid: TRANSFER_SYNTAX };
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const association = await process.associate([context]);
    try {
      await sendBy(association, lane);
    } catch (error) {
      if (!isKilled) throw error;
    } finally {
      await association[Symbol.asyncDispose]();
    }
  });
  const ends = await Promise.allSettled(lanes);
  kill();
  await killed.promise;
  for (const end of ends) {
    // An association that was still to be made when the process was killed cannot be made.
    if (end.status === "rejected" && sendings.length === 0) throw end.reason;
  }
  return sendings;
}

async function verify(trial: Trial, sendings: readonly Sending[], moment: Moment): Promise<void> {
  const when = moment.instances === Infinity
    ? `after ${moment.bytes} bytes`
    : `at the end of instance ${moment.instances}`;
  for (const { dataSet, status } of sendings) {
    try {
      if (isKept(status)) await trial.kept(dataSet.sopInstanceUid, [dataSet.bytes]);
      else await trial.wholeOrNothing(dataSet);
    } catch (error) {
      const what = status === undefined ? "not answered" : `answered 0x${status.toString(16)}`;
      const reason = error instanceof Error ? error.message : String(error);
      throw new assert.AssertionError({
        message: `Killed ${when}: instance ${dataSet.sopInstanceUid}, ${what}: ${reason}`,
      });
    }
  }
}

/** How many associations send at once. */
const LANES = 3;
/** The lengths of the instances, over and over. */
const LENGTHS = [2_000, 70_000, 900_000, 300_000];
/** On each association. */
const MOST_INSTANCES = 12;
/** Less than all the instances have together. */
const MOST_BYTES = 6_000_000;
