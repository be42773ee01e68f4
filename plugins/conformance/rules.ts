/**
 * What every handler of C-STORE must do.
 *
 * @module
 */

import assert from "node:assert/strict";
import { lookupKeyword } from "../../lib/data_set/dictionary.ts";
import { beginning, syntheticDataSet } from "./data_set.ts";
import type { DestinationMood } from "./destination.ts";
import { HOSTILE_UIDS } from "./hostile_uids.ts";
import { keptMemory, usedMemory } from "./memory.ts";
import { isKept } from "./reply.ts";
import type { Trial } from "./trial.ts";

/** One thing that a handler must do, and how it is found out. */
export type Rule = readonly [name: string, check: (trial: Trial) => Promise<void>];

/** The rules, in the order in which they are tried. */
export const RULES: readonly Rule[] = [
  ["asks only for attributes that the dictionary has", async ({ handlers }) => {
    await null;
    for (const keyword of handlers.attributes ?? []) {
      const entry = lookupKeyword(keyword);
      assert(entry !== undefined, `The dictionary has no attribute ${JSON.stringify(keyword)}`);
      assert(entry.vr !== "SQ", `The attribute ${keyword} is a sequence, which is not told`);
    }
  }],

  ["replies to an instance in one portion", async (trial) => {
    const dataSet = syntheticDataSet(1000);
    const portions = [dataSet.bytes.byteLength];
    await trial.keptAsReplied(await trial.deliver(dataSet, { portions }));
  }],

  ["replies to an instance in odd portions", async (trial) => {
    const portions = [1, 7, 333, 4096, 16_378];
    await trial.keptAsReplied(await trial.deliver(syntheticDataSet(100_000), { portions }));
  }],

  ["replies to an instance of 3 MiB", async (trial) => {
    const portions = [16_372, 131_066];
    await trial.keptAsReplied(await trial.deliver(syntheticDataSet(3 * MIB), { portions }));
  }],

  ["replies to an empty data set", async (trial) => {
    await trial.keptAsReplied(await trial.deliver(beginning(syntheticDataSet(0), 0)));
  }],

  ...[0, 1, 300_000].map((length): Rule => [
    `does not succeed when the data set breaks after ${length} bytes`,
    async (trial) => {
      const dataSet = beginning(syntheticDataSet(MIB), length);
      await trial.deliver(dataSet, { end: new Error("Data set is broken") });
      await trial.kept(dataSet.sopInstanceUid, []);
    },
  ]),

  ["comes to an end when the association is lost before it begins", async (trial) => {
    const dataSet = syntheticDataSet(100_000);
    await trial.deliver(dataSet, { lost: "before" });
    await trial.kept(dataSet.sopInstanceUid, []);
  }],

  ...[0, 5000, 300_000].map((length): Rule => [
    `comes to an end when the data set stands still after ${length} bytes and the association is lost`,
    async (trial) => {
      const dataSet = beginning(syntheticDataSet(MIB), length);
      await trial.deliver(dataSet, { end: "stall", lost: "stalled" });
      await trial.kept(dataSet.sopInstanceUid, []);
    },
  ]),

  ...[1, 1_000_000].map((length): Rule => [
    `comes to an end when the association is aborted in mid-stream, after ${length} bytes`,
    async (trial) => {
      const dataSet = syntheticDataSet(3 * MIB);
      await trial.deliver(dataSet, { lost: length, portions: [16_372] });
      await trial.kept(dataSet.sopInstanceUid, []);
    },
  ]),

  ["keeps all or nothing when the association is lost with the last byte", async (trial) => {
    const dataSet = syntheticDataSet(70_000);
    await trial.deliver(dataSet, { lost: "at the end" });
    await trial.wholeOrNothing(dataSet);
    await trial.keptAsReplied(await trial.deliver(syntheticDataSet(70_000)));
  }],

  ["works on after a broken data set and a lost association", async (trial) => {
    const beginningOnly = beginning(syntheticDataSet(100_000), 5000);
    await trial.deliver(beginningOnly, { end: new Error("Data set is broken") });
    await trial.deliver(beginningOnly, { end: "stall", lost: "stalled" });
    await trial.keptAsReplied(await trial.deliver(syntheticDataSet(5000)));
  }],

  ["takes different instances at once", async (trial) => {
    const replies = await together(
      dataSets(8).map((dataSet) => trial.deliver(dataSet, { portions: [997] })),
    );
    for (const reply of replies) await trial.keptAsReplied(reply);
  }],

  ["keeps instances apart when some of those that come at once break off", async (trial) => {
    const all = dataSets(9);
    const [broken, lost, whole] = [0, 1, 2].map((n) => all.filter((_, i) => i % 3 === n));
    const end = new Error("Data set is broken");
    const replies = await together([
      ...(whole ?? []).map((one) => trial.deliver(one, { portions: [997] })),
      ...(broken ?? []).map((one) => trial.deliver(beginning(one, 30_000), { end })),
      ...(lost ?? []).map((one) =>
        trial.deliver(beginning(one, 50_000), { end: "stall", lost: "stalled" })
      ),
    ]);
    for (const reply of replies.slice(0, whole?.length)) await trial.keptAsReplied(reply);
    for (const { sopInstanceUid } of [...broken ?? [], ...lost ?? []]) {
      await trial.kept(sopInstanceUid, []);
    }
  }],

  ["takes the same instance twice at once", async (trial) => {
    const dataSet = syntheticDataSet(70_000);
    const replies = await together([
      trial.deliver(dataSet, { portions: [997] }),
      trial.deliver(dataSet, { portions: [4096] }),
    ]);
    const isThere = replies.some(({ status }) => isKept(status));
    await trial.kept(dataSet.sopInstanceUid, isThere ? [dataSet.bytes] : []);
  }],

  ["ends both when two instances with one UID come at once", async (trial) => {
    // What to keep is the handler's policy; that nothing hangs, and each reply is legal, is the rule.
    await together([
      trial.deliver(syntheticDataSet(70_000, { seed: 1 }), { portions: [997] }),
      trial.deliver(syntheticDataSet(70_000, { seed: 2 }), { portions: [4096] }),
    ]);
  }],

  ["survives UIDs that are none", async (trial) => {
    for (const sopInstanceUid of HOSTILE_UIDS) {
      await trial.keptAsReplied(await trial.deliver(syntheticDataSet(1000, { sopInstanceUid })));
    }
  }],

  ["replies, and tells no lies, when it can send nothing on", async (trial) => {
    const { destination } = trial.bench;
    for (const [i, mood] of BAD_MOODS.entries()) {
      destination.mood = mood;
      const dataSet = syntheticDataSet(100_000, { sopInstanceUid: `1.2.3.${i}` });
      await trial.keptAsReplied(await trial.deliver(dataSet));
      destination.mood = { does: "accept" };
      const next = syntheticDataSet(100_000, { sopInstanceUid: `1.2.4.${i}` });
      await trial.keptAsReplied(await trial.deliver(next));
    }
  }],

  ["comes to an end when the host shuts down", async (trial) => {
    const replies = dataSets(3).map((dataSet) => {
      const half = beginning(dataSet, 30_000);
      return trial.deliver(half, { end: "stall", lost: "stalled", onPull: () => trial.shutdown() });
    });
    for (const { dataSet } of await together(replies)) {
      await trial.kept(dataSet.sopInstanceUid, []);
    }
    await trial.dispose();
  }],

  ["keeps what it says it does while the host shuts down", async (trial) => {
    const replies = await together(
      dataSets(3).map((dataSet) =>
        trial.deliver(dataSet, { portions: [997], onPull: () => trial.shutdown() })
      ),
    );
    await trial.dispose();
    for (const reply of replies) await trial.keptAsReplied(reply);
  }],

  ["can be disposed of while an instance arrives", async (trial) => {
    const half = beginning(syntheticDataSet(100_000), 30_000);
    let disposal: Promise<void> | undefined;
    await trial.deliver(half, {
      end: "stall",
      lost: "stalled",
      onPull: () => void (disposal ??= trial.dispose()),
    });
    await disposal;
    await trial.kept(half.sopInstanceUid, []);
  }],

  ["leaves no association behind", async (trial) => {
    await trial.deliver(syntheticDataSet(1000));
    await trial.deliver(beginning(syntheticDataSet(1000), 500), { end: "stall", lost: "stalled" });
    trial.shutdown();
    await trial.dispose();
    assert.equal(trial.bench.destination.openAssociations, 0, "Associations are still open");
  }],

  ["does not keep an instance in memory", async (trial) => {
    const dataSet = syntheticDataSet(LARGE, { isHeadOnly: true });
    const before = await keptMemory();
    let most = 0;
    const measure = async (): Promise<void> => {
      most = Math.max(most, await keptMemory() - before);
    };
    const onPull = (delivered: number): Promise<void> | undefined => {
      // Once it is known that there is too much, only how much it comes to.
      const isAsked = most < LARGE / 2 || delivered === dataSet.length;
      // What is kept is no more than what is there.
      return isAsked && usedMemory() - before >= LARGE / 2 ? measure() : undefined;
    };
    await trial.deliver(dataSet, { onPull });
    const growth = Math.round(most / MIB);
    assert(most < LARGE / 2, `${growth} MiB more memory for an instance of ${LARGE / MIB} MiB`);
  }],
];

/**
 * Waits for all, also when one fails: nothing of a check may go on after it.
 *
 * @param works What goes on at once.
 * @returns What they come to; the first failure is thrown.
 */
export async function together<T>(works: readonly Promise<T>[]): Promise<T[]> {
  return (await Promise.allSettled(works)).map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** Instances of different UIDs, lengths and contents. */
function dataSets(count: number): ReturnType<typeof syntheticDataSet>[] {
  return Array.from(
    { length: count },
    (_, i) => syntheticDataSet(70_000 + 2 * i, { sopInstanceUid: `1.2.3.${i}`, seed: i }),
  );
}

const BAD_MOODS: readonly DestinationMood[] = [
  { does: "refuse", status: 0xa700 },
  { does: "hide" },
  { does: "break off", after: 0 },
  { does: "break off", after: 50_000 },
];

const MIB = 1024 * 1024;
/** So much that it stands out from all else that a handler may have in hand. */
const LARGE = 256 * MIB;
