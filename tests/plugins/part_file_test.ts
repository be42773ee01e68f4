import assert from "node:assert/strict";
import { mock } from "node:test";
import { DirectoryTree } from "../../plugins/directory_tree.ts";
import { PartFile, sweepPartFiles } from "../../plugins/part_file.ts";
import { StorageError } from "../../plugins/storage_error.ts";
import type { StoreOptions } from "../../plugins/store.ts";
import { openDataSet, someBytes } from "../conformance/store_request.ts";
import { requestOf, StorageArea } from "./storage_area.ts";

const bytes = someBytes(1000);
const OUT_OF_RESOURCES = 0xa700;

/** What the system says: an error with a code, of no class of its own. */
function systemError(code: string): Error {
  return Object.assign(new Error(`${code} (os error)`), { code });
}

/** Lets one call of the file system fail, or does something before it. */
function intercept<K extends "linkSync" | "renameSync" | "openSync" | "removeSync" | "mkdirSync">(
  name: K,
  action: (...args: Parameters<typeof Deno[K]>) => void,
): Disposable {
  const original = Deno[name] as (...args: unknown[]) => unknown;
  const mocked = mock.method(Deno, name, (...args: Parameters<typeof Deno[K]>) => {
    action(...args);
    return original(...args);
  });
  return { [Symbol.dispose]: () => mocked.mock.restore() };
}

/** Is in the place of the next locks. */
function interceptLock(action: (lock: () => boolean) => boolean): Disposable {
  const { prototype } = Deno.FsFile;
  const { tryLockSync } = prototype;
  const mocked = mock.method(
    prototype,
    "tryLockSync",
    function (this: Deno.FsFile, exclusive?: boolean): boolean {
      if (isWithin) return tryLockSync.call(this, exclusive);
      isWithin = true;
      try {
        return action(() => tryLockSync.call(this, exclusive));
      } finally {
        isWithin = false;
      }
    },
  );
  let isWithin = false;
  return { [Symbol.dispose]: () => mocked.mock.restore() };
}

/** Whether this process may mount; in most places it may not. */
async function mountTmpfs(
  options: string,
  at?: string,
): Promise<(AsyncDisposable & { path: string }) | string> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "only root on Linux may mount";
  const path = at ?? await Deno.makeTempDir({ prefix: "store-mount-" });
  if (at !== undefined) await Deno.mkdir(at);
  const run = async (...args: string[]): Promise<boolean> => {
    const [command = "", ...rest] = args;
    const { success } = await new Deno.Command(command, { args: rest, stderr: "null" }).output();
    return success;
  };
  if (!await run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path)) {
    await Deno.remove(path);
    return "mounting is not permitted";
  }
  return {
    path,
    async [Symbol.asyncDispose](): Promise<void> {
      assert(await run("umount", path));
      await Deno.remove(path);
    },
  };
}

Deno.test("`storeHandler()` answers 0xA700 when the disk is full, and stores the next", async (t) => {
  const mounted = await mountTmpfs("size=1m");
  if (typeof mounted === "string") {
    await t.step({ name: mounted, ignore: true, fn: () => {} });
    return;
  }
  await using disk = mounted;
  await using full = await StorageArea.make({ directory: disk.path });
  const large = requestOf({ bytes: someBytes(2_000_000), portions: [16_372] });
  assert.deepEqual(await full.store(large), {
    status: OUT_OF_RESOURCES,
    errorComment: "Out of resources: no space left",
  });
  assert.equal(large.dataSet.locked, false);
  assert.deepEqual(await full.names(), []);
  assert.deepEqual(full.events, ["failed 1.2.3"]);
  assert.deepEqual(full.logged, [
    "error: Cannot store CT.1.2.3 in DIR: no space left (ENOSPC)",
  ]);
  assert.equal(await full.send({ bytes }), 0x0000);
  assert.deepEqual(await full.names(), ["CT.1.2.3"]);
});

/** How an instance may be stored to a disk that gets full. */
const FULL: Readonly<Record<string, StoreOptions>> = {
  "by UID, durably": { durable: true },
  "in directories": { filename: "{PatientID}/{Modality}/{SOPInstanceUID}.dcm" },
  "in directories, durably": {
    filename: "{PatientID}/{Modality}/{SOPInstanceUID}.dcm",
    durable: true,
  },
  "in directories, refusing others": {
    filename: "{PatientID}/{Modality}/{SOPInstanceUID}.dcm",
    onExist: "fail",
  },
};
const attributes = { PatientID: ["4711"], Modality: ["CT"] };

for (const [name, options] of Object.entries(FULL)) {
  Deno.test(`\`storeHandler()\` leaves nothing when the disk is full: ${name}`, async (t) => {
    const mounted = await mountTmpfs("size=1m");
    if (typeof mounted === "string") {
      await t.step({ name: mounted, ignore: true, fn: () => {} });
      return;
    }
    await using disk = mounted;
    await using full = await StorageArea.make({ directory: disk.path, ...options });
    const large = requestOf({ bytes: someBytes(2_000_000), portions: [16_372], attributes });
    assert.deepEqual(await full.store(large), {
      status: OUT_OF_RESOURCES,
      errorComment: "Out of resources: no space left",
    });
    assert.deepEqual(await full.names(), []);
    assert.equal(await full.send({ bytes, attributes }), 0x0000);
  });
}

Deno.test("`storeHandler()` leaves no directory when the disk has no room for a further one", async (t) => {
  // The root, the part, and two directories.
  const mounted = await mountTmpfs("size=1m,nr_inodes=4");
  if (typeof mounted === "string") {
    await t.step({ name: mounted, ignore: true, fn: () => {} });
    return;
  }
  await using disk = mounted;
  const filename = "{PatientID}/{Modality}/{StudyDate}/{SOPInstanceUID}";
  await using full = await StorageArea.make({ directory: disk.path, filename });
  assert.deepEqual(await full.store(requestOf({ bytes, attributes })), {
    status: OUT_OF_RESOURCES,
    errorComment: "Out of resources: no space left",
  });
  assert.deepEqual(await full.names(), []);
  assert.deepEqual(full.logged, [
    "error: Cannot store 4711/CT/unknown/1.2.3 in DIR: no space left (ENOSPC)",
  ]);
});

Deno.test("`storeHandler()` answers 0xA700 when a directory is on another file system", async (t) => {
  await using area = await StorageArea.make({ filename: "{Modality}/{SOPInstanceUID}" });
  const mounted = await mountTmpfs("size=1m", `${area.directory}/CT`);
  if (typeof mounted === "string") {
    await t.step({ name: mounted, ignore: true, fn: () => {} });
    return;
  }
  await using _disk = mounted;
  assert.deepEqual(await area.store(requestOf({ bytes, attributes })), {
    status: OUT_OF_RESOURCES,
    errorComment: "Out of resources: directory is on another file system",
  });
  assert.deepEqual(await area.names(), ["CT"]);
});

Deno.test("`storeHandler()` answers 0xA700 when the file system is read-only", async (t) => {
  const mounted = await mountTmpfs("size=1m,ro");
  if (typeof mounted === "string") {
    await t.step({ name: mounted, ignore: true, fn: () => {} });
    return;
  }
  await using disk = mounted;
  await using readOnly = await StorageArea.make({ directory: disk.path });
  const reply = await readOnly.store(requestOf({ bytes }));
  assert.equal(reply.errorComment, "Out of resources: read-only file system");
});

/** Where a directory cannot be, and what is said. */
const PLACES: readonly (readonly [place: string, reason: string])[] = [
  ["file/in", "not a directory"],
  ["file", "not a directory"],
  ["loop/in", "too many symbolic links"],
  [`${"x".repeat(300)}/in`, "path too long"],
];

for (const [place, reason] of PLACES) {
  const shown = place.slice(0, 12);
  Deno.test(`\`storeHandler()\` answers 0xA700, ${reason}, when it stores to ${shown}`, async () => {
    await using area = await StorageArea.make();
    await Deno.writeTextFile(`${area.directory}/file`, "");
    await Deno.symlink("loop", `${area.directory}/loop`);
    await using bad = await StorageArea.make({ directory: `${area.directory}/${place}` });
    assert.deepEqual(await bad.store(requestOf({ bytes })), {
      status: OUT_OF_RESOURCES,
      errorComment: `Out of resources: ${reason}`,
    });
    assert.deepEqual(bad.events, ["failed 1.2.3"]);
    assert(bad.errors[0] instanceof StorageError && bad.errors[0].cause instanceof Error);
    assert.deepEqual(await area.names(), ["file", "loop"]);
  });
}

Deno.test({
  name: "`storeHandler()` answers 0xA700 when it has no permission to write",
  permissions: { read: true, write: false },
  async fn() {
    const { storeHandler } = await import("../../plugins/store.ts");
    const errors: string[] = [];
    const onFailed = (_: string, error: Error): void => void errors.push(error.message);
    const { store } = storeHandler({ directory: "received", onFailed });
    assert.deepEqual(await store?.(requestOf({ bytes })), {
      status: OUT_OF_RESOURCES,
      errorComment: "Out of resources: permission denied",
    });
    const expected = "Cannot store CT.1.2.3 in received: permission denied (NotCapable)";
    assert.deepEqual(errors, [expected]);
  },
});

/** Each step of a store, and each way that it may fail. */
const STEPS = ["openSync", "write", "sync", "mkdirSync", "linkSync", "renameSync"] as const;
const CODES = ["ENOSPC", "EDQUOT", "EACCES", "EPERM", "EROFS", "EIO", "EMFILE", "ENOENT"];

for (const step of STEPS) {
  for (const code of CODES) {
    // That is how a file system says that it cannot link: see below.
    if (step === "linkSync" && (code === "EPERM" || code === "EACCES")) continue;
    for (const filename of ["{SOPClassPrefix}.{SOPInstanceUID}", "{PatientID}/{SOPInstanceUID}"]) {
      const below = filename.includes("/");
      if (step === "mkdirSync" && !below) continue;
      const title = `when ${step} fails with ${code}${below ? ", with directories" : ""}`;
      Deno.test(`\`storeHandler()\` answers 0xA700 ${title}`, async () => {
        const onExist = step === "renameSync" ? "overwrite" : "if-different";
        await using area = await StorageArea.make({ durable: true, onExist, filename });
        {
          const refuse = (): never => {
            throw systemError(code);
          };
          using _refusing = step === "write"
            ? mocking(mock.method(Deno.FsFile.prototype, "writeSync", refuse))
            : step === "sync"
            ? mocking(mock.method(Deno.FsFile.prototype, "sync", refuse))
            : intercept(step, refuse);
          assert.equal(await area.send({ bytes, attributes }), OUT_OF_RESOURCES);
        }
        assert.deepEqual(await area.names(), []);
        assert.match(
          area.logged.join(),
          new RegExp(`^error: Cannot store \\S*1\\.2\\.3 in .*\\(${code}\\)$`),
        );
        assert.equal(await area.send({ bytes, attributes }), 0x0000);
        assert.deepEqual(await area.names(), [below ? "4711" : "CT.1.2.3"]);
      });
    }
  }
}

function mocking(mocked: { mock: { restore(): void } }): Disposable {
  return { [Symbol.dispose]: () => mocked.mock.restore() };
}

for (const code of ["EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "EISDIR"]) {
  Deno.test(`\`publish()\` reserves the name when links fail with ${code}`, async () => {
    await using area = await StorageArea.make();
    const others = someBytes(1000, 2);
    using _linkless = intercept("linkSync", () => {
      throw systemError(code);
    });
    assert.equal(await area.send({ bytes }), 0x0000);
    assert.equal(await area.send({ bytes }), 0x0000);
    assert.equal(await area.send({ bytes: others }), 0x0000);
    assert.deepEqual(await area.names(), ["CT.1.2.3", "CT.1.2.3-1"]);
    assert.deepEqual(await area.dataSetOf("CT.1.2.3"), bytes);
    assert.deepEqual(await area.dataSetOf("CT.1.2.3-1"), others);
    using _full = intercept("renameSync", () => {
      throw systemError("ENOSPC");
    });
    assert.equal(await area.send({ bytes, sopInstanceUid: "1.2.4" }), OUT_OF_RESOURCES);
    assert.deepEqual(await area.names(), ["CT.1.2.3", "CT.1.2.3-1"]);
  });
}

Deno.test("`PartFile.write()` goes on when the system takes fewer bytes than offered", async () => {
  await using area = await StorageArea.make();
  const { writeSync } = Deno.FsFile.prototype;
  const short = mock.method(
    Deno.FsFile.prototype,
    "writeSync",
    function (this: Deno.FsFile, data: Uint8Array): number {
      return writeSync.call(this, data.subarray(0, 333));
    },
  );
  using _short = mocking(short);
  const dataSet = someBytes(10_000);
  assert.equal(await area.send({ bytes: dataSet }), 0x0000);
  assert.deepEqual(await area.dataSetOf("CT.1.2.3"), dataSet);
  assert(short.mock.callCount() > 30);
});

Deno.test("`PartFile.write()` throws when the system takes no byte at all", async () => {
  await using area = await StorageArea.make();
  using _stuck = mocking(mock.method(Deno.FsFile.prototype, "writeSync", () => 0));
  assert.equal(await area.send({ bytes }), OUT_OF_RESOURCES);
  assert.deepEqual(await area.names(), []);
});

Deno.test("`PartFile` shows nothing under the name before all is written", async () => {
  await using area = await StorageArea.make();
  using part = PartFile.create(new DirectoryTree(area.directory, false), "CT.1.2.3");
  part.write(bytes);
  part.write(bytes);
  assert.equal(part.size, 2000);
  const names = await area.names();
  assert.equal(names.length, 1);
  assert.match(
    names[0] ?? "",
    new RegExp(`^\\.CT\\.1\\.2\\.3\\.${Deno.pid}-[0-9a-f-]{36}\\.part$`),
  );
  part.seal();
  assert.equal(part.take(`${area.directory}/CT.1.2.3`), true);
  assert.deepEqual(await area.names(), ["CT.1.2.3"]);
});

Deno.test("`publish()` throws when the name is a directory's and it is to overwrite", async () => {
  await using area = await StorageArea.make({ onExist: "overwrite" });
  await Deno.mkdir(`${area.directory}/CT.1.2.3`);
  const reply = await area.store(requestOf({ bytes }));
  assert.equal(reply.errorComment, "Out of resources: name is taken by a directory");
  assert.deepEqual(await area.names(), ["CT.1.2.3"]);
});

Deno.test("`publish()` throws when the directory is removed while it writes", async () => {
  await using area = await StorageArea.make({ directory: "in" });
  const { stream, progress } = openDataSet({ length: 1_000_000, portions: [4096] });
  const flush = (): Promise<void> => Deno.remove(area.directory, { recursive: true });
  const dataSet = stream.pipeThrough(new TransformStream({ flush }));
  const reply = await area.store(requestOf({ dataSet }));
  assert.equal(progress.ended, "closed");
  assert.deepEqual(reply, {
    status: OUT_OF_RESOURCES,
    errorComment: "Out of resources: directory is missing",
  });
  assert.equal(await area.send({ bytes }), 0x0000);
  assert.deepEqual(await area.names(), ["CT.1.2.3"]);
});

Deno.test("`publish()` makes a directory again that another instance undid", async () => {
  await using area = await StorageArea.make({ filename: "{PatientID}/{SOPInstanceUID}" });
  let undone = 0;
  using _undoing = intercept("linkSync", () => {
    if (undone++ < 2) Deno.removeSync(`${area.directory}/4711`);
  });
  assert.equal(await area.send({ bytes, attributes }), 0x0000);
  assert.equal(undone, 3);
  assert.deepEqual(await area.names("4711"), ["1.2.3"]);
});

Deno.test("`publish()` gives up when the directory goes again and again", async () => {
  await using area = await StorageArea.make({ filename: "{PatientID}/{SOPInstanceUID}" });
  using _undoing = intercept("linkSync", () => Deno.removeSync(`${area.directory}/4711`));
  const reply = await area.store(requestOf({ bytes, attributes }));
  assert.equal(reply.errorComment, "Out of resources: directory is missing");
  assert.deepEqual(await area.names(), []);
});

Deno.test("`publish()` gives up when a thousand other versions are there", async () => {
  await using area = await StorageArea.make();
  await Promise.all(Array.from({ length: 1001 }, async (_, version) => {
    const suffix = version === 0 ? "" : `-${version}`;
    await Deno.writeTextFile(`${area.directory}/CT.1.2.3${suffix}`, "other");
  }));
  const reply = await area.store(requestOf({ bytes }));
  assert.equal(reply.errorComment, "Out of resources: too many versions of one instance");
  assert.equal((await area.names()).length, 1001);
});

const PART = ".CT.1.2.3.4711-6d5c1b1e-6f0c-4c0e-9a55-0d6a2f0f8f11.part";
const DAY = 24 * 60 * 60 * 1000;

Deno.test("`sweepPartFiles()` removes parts that nobody has locked, and nothing else", async () => {
  await using area = await StorageArea.make();
  const strangers = ["CT.1.2.3", ".hidden", ".CT.1.2.3.part", "x.4711.part", PART.slice(1)];
  for (const name of [...strangers, PART]) {
    await Deno.writeTextFile(`${area.directory}/${name}`, "");
  }
  await Deno.mkdir(`${area.directory}/${PART.replace("4711", "4712")}`);
  await Deno.symlink("CT.1.2.3", `${area.directory}/${PART.replace("4711", "4713")}`);
  const left = (await area.names()).filter((name) => name !== PART);
  assert.equal(await sweepPartFiles(area.directory), 1);
  assert.deepEqual(await area.names(), left);
  assert.equal(await sweepPartFiles(`${area.directory}/missing`), 0);
});

Deno.test("`sweepPartFiles()` leaves a part that is being written, complete, or compared", async () => {
  await using area = await StorageArea.make();
  const tree = new DirectoryTree(area.directory, false);
  using part = PartFile.create(tree, "CT.1.2.3");
  part.write(bytes);
  assert.equal(await sweepPartFiles(area.directory), 0);
  part.seal();
  assert.equal(await sweepPartFiles(area.directory), 0);
  part.share();
  assert.equal(await sweepPartFiles(area.directory), 0);
  assert.equal(part.take(`${area.directory}/CT.1.2.3`), true);
  assert.equal(await sweepPartFiles(area.directory), 0);
  assert.deepEqual(await area.names(), ["CT.1.2.3"]);
});

/** What a sweep does to a part that is there, and not locked yet; then the part is locked. */
const SWEEPS: Readonly<Record<string, (path: string, lock: () => boolean) => boolean>> = {
  "is faster": (path, lock) => {
    using sweeper = Deno.openSync(path);
    assert.equal(sweeper.tryLockSync(true), true);
    return lock();
  },
  // When the part is locked, it has no name any more.
  "has come and gone": (path, lock) => {
    Deno.removeSync(path);
    return lock();
  },
};

for (const [what, sweep] of Object.entries(SWEEPS)) {
  Deno.test(`\`PartFile.create()\` makes another part when a sweep ${what}`, async () => {
    await using area = await StorageArea.make();
    const tree = new DirectoryTree(area.directory, false);
    const made: string[] = [];
    {
      using _locking = interceptLock((lock) => {
        const [{ name = "" } = {}] = [...Deno.readDirSync(area.directory)];
        made.push(name);
        return made.length > 1 ? lock() : sweep(`${area.directory}/${name}`, lock);
      });
      using part = PartFile.create(tree, "CT.1.2.3");
      assert.equal(part.path, `${area.directory}/${made.at(-1)}`);
      part.write(bytes);
    }
    assert.equal(new Set(made).size, 2);
    assert.deepEqual(await area.names(), []);
  });
}

Deno.test("`sweepPartFiles()` goes by age where there are no locks", async () => {
  await using area = await StorageArea.make();
  const old = new Date(Date.now() - DAY - 60_000);
  const young = PART.replace("4711", "4712");
  for (const name of [PART, young]) await Deno.writeTextFile(`${area.directory}/${name}`, "");
  await Deno.utime(`${area.directory}/${PART}`, old, old);
  using _lockless = interceptLock(() => {
    throw systemError("ENOLCK");
  });
  assert.equal(await sweepPartFiles(area.directory), 1);
  assert.deepEqual(await area.names(), [young]);
  await area.send({ bytes });
  assert.deepEqual(await area.names(), [young, "CT.1.2.3"]);
});

Deno.test("`storeHandler()` sweeps its directory once, before the first instance", async () => {
  await using area = await StorageArea.make();
  const leave = (): Promise<void> => Deno.writeTextFile(`${area.directory}/${PART}`, "");
  await leave();
  await area.send({ bytes });
  assert.deepEqual(await area.names(), ["CT.1.2.3"]);
  await leave();
  await area.send({ bytes });
  assert.deepEqual(await area.names(), [PART, "CT.1.2.3"]);
});

Deno.test("`storeHandler()` sweeps nothing when that was done", async () => {
  await using area = await StorageArea.make({ isSwept: true });
  await Deno.writeTextFile(`${area.directory}/${PART}`, "");
  await area.send({ bytes });
  assert.deepEqual(await area.names(), [PART, "CT.1.2.3"]);
});
