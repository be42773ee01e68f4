import assert from "node:assert/strict";
import type { StatusReply } from "../../lib/handler/handler.ts";
import {
  FreeSpace,
  FreeSpaceError,
  type MinimumFree,
  parseMinimumFree,
  type Space,
  spaceAt,
} from "../../plugins/free_space.ts";
import { StorageError } from "../../plugins/storage_error.ts";
import { pure } from "../support/requesting.ts";
import { requestOf, StorageArea } from "./storage_area.ts";
import { smallDisk, whyNoSmallDisk } from "../support/small_disk.ts";

const PLACE = { file: "CT.1.2.3", directory: "received" };
const MIB = 1024 * 1024;

interface Watched {
  readonly space: FreeSpace;
  readonly warnings: string[];
  /** How often the system was asked. */
  looks: number;
  disk: Space | Error;
  now: number;
}

function watch(minimum: MinimumFree, disk: Space | Error): Watched {
  const warnings: string[] = [];
  const nothing = (): void => {};
  const watched: Watched = {
    warnings,
    looks: 0,
    disk,
    now: 0,
    space: new FreeSpace("received", minimum, {
      log: {
        debug: nothing,
        info: nothing,
        warn: (line) => void warnings.push(line),
        error: nothing,
      },
      look() {
        watched.looks += 1;
        const { disk } = watched;
        return disk instanceof Error ? Promise.reject(disk) : Promise.resolve(disk);
      },
      now: () => watched.now,
    }),
  };
  return watched;
}

pure("parseMinimumFree() takes sizes and shares, and says what it takes", () => {
  const cases: [string, MinimumFree][] = [
    ["0", { bytes: 0 }],
    ["500M", { bytes: 500 * MIB }],
    ["5%", { percent: 5 }],
    ["0.5 %", { percent: 0.5 }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseMinimumFree(text), expected);
  for (const text of ["", "much", "100%", "-1%", "5 percent"]) {
    assert.throws(() => parseMinimumFree(text), {
      name: "TypeError",
      message: /^Cannot keep ".*" free: give a size such as 500M or 2GiB, or a share such as 5%$/,
    });
  }
});

for (
  const [minimum, what] of [
    [{ bytes: 1000 }, "1000 bytes"],
    [{ percent: 10 }, "10 % of the disk"],
  ] as const
) {
  pure(`FreeSpace lets the last byte above ${what} be written, and not one more`, async () => {
    const full = watch(minimum, { free: 1500, total: 10_000 });
    await full.space.take(PLACE, 500, false);
    const over = watch(minimum, { free: 1500, total: 10_000 });
    await assert.rejects(async () => await over.space.take(PLACE, 501, false), (error) => {
      assert.ok(error instanceof FreeSpaceError);
      assert.equal(error.message, `Cannot store CT.1.2.3 in received: ${what} are to stay free`);
      assert.deepEqual([error.status, error.reason], [0xa700, "disk space is kept free"]);
      return true;
    });
  });
}

pure("FreeSpace warns once, and says once when there is room again", async () => {
  const watched = watch({ bytes: 1000 }, { free: 999, total: 10_000 });
  const { space, warnings } = watched;
  for (let i = 0; i < 3; i++) {
    await assert.rejects(async () => await space.take(PLACE, 1, false), FreeSpaceError);
  }
  assert.deepEqual(warnings, [
    "No room in received: 1000 bytes are to stay free, instances are refused until there are",
  ]);
  watched.disk = { free: 5000, total: 10_000 };
  for (let i = 0; i < 3; i++) await space.take(PLACE, 1, false);
  assert.deepEqual(warnings.slice(1), ["There is room again in received"]);
  watched.disk = { free: 0, total: 10_000 };
  watched.now += 1000;
  await assert.rejects(async () => await space.take(PLACE, 1, false), FreeSpaceError);
  assert.equal(warnings.length, 3);
});

pure("FreeSpace counts what is written, and asks again after 64 MiB or a second", async () => {
  const watched = watch({ bytes: 0 }, { free: 1e12, total: 1e12 });
  const { space } = watched;
  for (let i = 0; i < 256; i++) await space.take(PLACE, MIB / 4, false);
  assert.equal(watched.looks, 1);
  await space.take(PLACE, 1, false);
  assert.equal(watched.looks, 2);
  watched.now = 999;
  await space.take(PLACE, 1, false);
  assert.equal(watched.looks, 2);
  watched.now = 1000;
  await space.take(PLACE, 1, false);
  assert.equal(watched.looks, 3);
});

pure("FreeSpace asks for each instance", async () => {
  const watched = watch({ bytes: 1000 }, { free: 2000, total: 10_000 });
  await watched.space.take(PLACE, 1, true);
  watched.disk = { free: 1000, total: 10_000 };
  // What has been admitted goes on as far as it was counted.
  await watched.space.take(PLACE, 1, false);
  await assert.rejects(async () => await watched.space.take(PLACE, 1, true), FreeSpaceError);
  await assert.rejects(async () => await watched.space.take(PLACE, 1, false), FreeSpaceError);
  assert.equal(watched.looks, 3);
});

pure("FreeSpace takes no more than there is between two looks", async () => {
  const watched = watch({ bytes: 1000 }, { free: 1100, total: 10_000 });
  await watched.space.take(PLACE, 60, false);
  // The system is asked before the count says that there is no room.
  watched.disk = { free: 1040, total: 10_000 };
  await assert.rejects(async () => await watched.space.take(PLACE, 60, false), FreeSpaceError);
  await watched.space.take(PLACE, 40, false);
});

pure("FreeSpace lets a missing directory be made, and tells other failures", async () => {
  const missing = Object.assign(new Error("no such directory"), { code: "ENOENT" });
  const watched = watch({ bytes: 1000 }, missing);
  await watched.space.take(PLACE, 60, false);
  watched.disk = Object.assign(new Error("broken"), { code: "EIO" });
  watched.now = 1000;
  await assert.rejects(async () => await watched.space.take(PLACE, 60, false), (error) => {
    assert.ok(error instanceof StorageError && !(error instanceof FreeSpaceError));
    assert.match(error.message, /^Cannot store CT.1.2.3 in received: input\/output error/);
    return true;
  });
});

Deno.test({
  name: "spaceAt() tells what the system has" +
    (whyNoSmallDisk === undefined ? "" : ` [skipped: ${whyNoSmallDisk}]`),
  ignore: whyNoSmallDisk !== undefined,
  async fn() {
    await using disk = await smallDisk(8);
    const before = await spaceAt(disk.directory);
    assert.equal(before.total, 8 * MIB);
    await Deno.writeFile(`${disk.directory}/a`, new Uint8Array(3 * MIB));
    const { free } = await spaceAt(disk.directory);
    assert.equal(before.free - free, 3 * MIB);
    await assert.rejects(spaceAt(`${disk.directory}/none`), { code: "ENOENT" });
  },
});

Deno.test({
  name:
    "`storeHandler()` keeps what is to stay free, leaves nothing of what it refuses, and recovers" +
    (whyNoSmallDisk === undefined ? "" : ` [skipped: ${whyNoSmallDisk}]`),
  ignore: whyNoSmallDisk !== undefined,
  async fn() {
    await using disk = await smallDisk(8);
    const filler = `${disk.directory}/filler`;
    // Not quite 3 MiB are left, of which 2 are to stay.
    await Deno.writeFile(filler, new Uint8Array(5 * MIB));
    const area = await StorageArea.make({
      directory: disk.directory,
      minimumFree: { percent: 25 },
    });
    const reply = (sopInstanceUid: string, length: number): Promise<StatusReply> =>
      area.store(requestOf({ sopInstanceUid, length }));
    const refused = {
      status: 0xa700,
      errorComment: "Out of resources: disk space is kept free",
    };
    assert.deepEqual(await reply("1.2.1", MIB / 2), { status: 0 });
    // It is found out at its first piece, or in its midst.
    assert.deepEqual(await reply("1.2.2", 4 * MIB), refused);
    assert.deepEqual(await area.names(), ["CT.1.2.1", "filler"]);
    await Deno.writeFile(filler, new Uint8Array(6 * MIB));
    assert.deepEqual(await reply("1.2.3", 1000), refused);
    assert.deepEqual(await area.names(), ["CT.1.2.1", "filler"]);
    await Deno.remove(filler);
    assert.deepEqual(await reply("1.2.3", 1000), { status: 0 });
    assert.deepEqual(await area.names(), ["CT.1.2.1", "CT.1.2.3"]);
    assert.deepEqual(area.logged.filter((line) => line.startsWith("warn")), [
      "warn: No room in DIR: 25 % of the disk are to stay free, instances are refused until there are",
      "warn: There is room again in DIR",
    ]);
    assert.deepEqual(area.events, [
      "stored CT.1.2.1",
      "failed 1.2.2",
      "failed 1.2.3",
      "stored CT.1.2.3",
    ]);
  },
});
