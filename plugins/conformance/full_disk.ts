/**
 * What a handler that keeps files must do when there is no room for them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { syntheticDataSet } from "./data_set.ts";
import { isKept } from "./reply.ts";
import { type Rule, together } from "./rules.ts";
import type { Trial } from "./trial.ts";

/**
 * Makes the rule of the full disk.
 *
 * @param directory A directory on a file system with some MiB of room, where the trial's own is too.
 * @returns The rule.
 */
export function fullDiskRule(directory: string): Rule {
  return ["refuses what there is no room for, keeps nothing of it, and works on", async (trial) => {
    const filler = join(directory, `filler-${crypto.randomUUID()}`);
    try {
      await fill(filler, ROOM);
      for (let attempt = 0; attempt < 3; attempt++) await refused(trial, `1.2.3.${attempt}`);
      await together([3, 4].map((attempt) => refused(trial, `1.2.3.${attempt}`)));
      // What was refused takes no room: this fits.
      await accepted(trial, ROOM / 4, "1.2.4.1");
    } finally {
      await Deno.remove(filler);
    }
    await accepted(trial, TOO_MUCH, "1.2.4.2");
    await accepted(trial, TOO_MUCH, "1.2.3.0");
  }];
}

async function refused(trial: Trial, sopInstanceUid: string): Promise<void> {
  const reply = await trial.deliver(syntheticDataSet(TOO_MUCH, { sopInstanceUid }));
  const { status = 0x0110 } = reply;
  const isRefusal = status >= 0xa700 && status <= 0xa7ff;
  assert(
    isRefusal,
    `The disk is full, and the handler answered 0x${status.toString(16)}, not 0xa7xx`,
  );
  await trial.kept(sopInstanceUid, []);
}

async function accepted(trial: Trial, length: number, sopInstanceUid: string): Promise<void> {
  const reply = await trial.deliver(syntheticDataSet(length, { sopInstanceUid }));
  assert(
    isKept(reply.status),
    `There is room for ${length} bytes, and the handler refused them`,
  );
  await trial.keptAsReplied(reply);
}

/** Takes all the room of a file system but a little. */
async function fill(path: string, room: number): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  const block = new Uint8Array(64 * 1024);
  let size = 0;
  for (; size < LARGEST; size += block.byteLength) {
    try {
      await writeAll(file, block);
    } catch {
      break; // It is full.
    }
  }
  assert(size < LARGEST, `${path} has more than ${LARGEST} bytes of room: take a smaller one`);
  assert(size > TOO_MUCH + room, `${path} has ${size} bytes of room: take a larger one`);
  await file.truncate(size - room);
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await file.write(rest));
}

const MIB = 1024 * 1024;
/** What is left on the full disk: a handler may have to write an index, or make a directory. */
const ROOM = MIB;
/** The instance for which that is not enough. */
const TOO_MUCH = 2 * MIB;
/** A mistake must not fill the disk of the machine. */
const LARGEST = 64 * MIB;
