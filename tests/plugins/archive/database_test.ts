import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  isDamage,
  openDatabase,
  removeDatabase,
  setAside,
} from "../../../plugins/archive/database.ts";
import { keptLog } from "../archive_area.ts";

async function inDirectory(run: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "archive-" });
  try {
    await run(`${directory}/index.sqlite`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Opens, and enters a directory by which the database is known again. */
async function mark(path: string): Promise<void> {
  using database = await openDatabase(path, keptLog().log);
  database.exec("INSERT INTO directory (path) VALUES ('/marked')");
}

/** How many directories a database has after it was opened, and what is said of it. */
async function reopened(path: string): Promise<{ rows: unknown; lines: string[] }> {
  const { log, lines } = keptLog();
  using database = await openDatabase(path, log);
  const row = database.prepare("SELECT count(*) AS rows FROM directory").get();
  return { rows: row?.rows, lines: lines.map((line) => line.replaceAll(path, "INDEX")) };
}

Deno.test("openDatabase() opens what it made", () =>
  inDirectory(async (path) => {
    await mark(path);
    assert.deepEqual(await reopened(path), { rows: 1, lines: [] });
  }));

Deno.test("openDatabase() makes an index of another version anew", () =>
  inDirectory(async (path) => {
    await mark(path);
    using other = new DatabaseSync(path);
    other.exec("PRAGMA user_version = 4711");
    other.close();
    assert.deepEqual(await reopened(path), {
      rows: 0,
      lines: ["warn: The index INDEX is of another version: it is made anew from the files"],
    });
  }));

/** What may have happened to the file. */
const DAMAGES: Readonly<Record<string, (path: string) => Promise<void>>> = {
  "text": (path) => Deno.writeTextFile(path, "This is no database. ".repeat(1000)),
  "zeros at its start": async (path) => {
    using file = await Deno.open(path, { write: true });
    await file.write(new Uint8Array(8192));
  },
  "noise in its schema": async (path) => {
    using file = await Deno.open(path, { write: true });
    await file.seek(100, Deno.SeekMode.Start);
    await file.write(crypto.getRandomValues(new Uint8Array(3900)));
  },
};

for (const [name, damage] of Object.entries(DAMAGES)) {
  Deno.test(`openDatabase() moves a damaged index aside: ${name}`, () =>
    inDirectory(async (path) => {
      await mark(path);
      await damage(path);
      const warning = "warn: The index INDEX is damaged: it is kept as INDEX.damaged, " +
        "and made anew from the files";
      assert.deepEqual(await reopened(path), { rows: 0, lines: [warning] });
      assert.ok(await exists(`${path}.damaged`));
      assert.deepEqual((await reopened(path)).lines, []);
    }));
}

Deno.test("openDatabase() leaves the database of another program alone", () =>
  inDirectory(async (path) => {
    using other = new DatabaseSync(path);
    other.exec("CREATE TABLE precious (x)");
    other.close();
    const before = await Deno.readFile(path);
    await assert.rejects(
      openDatabase(path, keptLog().log),
      /it is the database of another program/,
    );
    assert.deepEqual(await Deno.readFile(path), before);
  }));

Deno.test("openDatabase() says so when another has the index", () =>
  inDirectory(async (path) => {
    using _first = await openDatabase(path, keptLog().log);
    await assert.rejects(openDatabase(path, keptLog().log), /another process has it/);
  }));

Deno.test("openDatabase() fails where nothing can be made", async () => {
  await assert.rejects(
    openDatabase("/nowhere/index.sqlite", keptLog().log),
    /Cannot open the index/,
  );
});

Deno.test("setAside() and removeDatabase() take the files beside it too", () =>
  inDirectory(async (path) => {
    for (const suffix of ["", "-wal", "-shm"]) await Deno.writeTextFile(`${path}${suffix}`, "x");
    await setAside(path, keptLog().log);
    assert.ok(await exists(`${path}.damaged`));
    for (const suffix of ["", "-wal", "-shm"]) assert.ok(!await exists(`${path}${suffix}`));
    await removeDatabase(path); // Nothing there is no failure.
  }));

Deno.test("isDamage() tells damage from other failures", { permissions: "none" }, () => {
  assert.ok(isDamage(new Error("database disk image is malformed")));
  assert.ok(isDamage(new Error("file is not a database")));
  assert.ok(!isDamage(new Error("database or disk is full")));
  assert.ok(!isDamage("malformed"));
});

Deno.test("openDatabase() lets threads share what none has alone, and nobody have it alone meanwhile", () =>
  inDirectory(async (path) => {
    await mark(path);
    const { log } = keptLog();
    {
      using _alone = await openDatabase(path, log);
      await assert.rejects(openDatabase(path, log), /another process has it$/);
    }
    using _one = await openDatabase(path, log, "shared");
    using other = await openDatabase(path, log, "shared");
    assert.equal(other.prepare("SELECT count(*) AS rows FROM directory").get()?.rows, 1);
    await assert.rejects(openDatabase(path, log), /another process has it$/);
  }));

Deno.test("openDatabase() moves nothing aside that others may have open", () =>
  inDirectory(async (path) => {
    await Deno.writeTextFile(
      path,
      "this is no database at all, but long enough to be taken for one",
    );
    const { log, lines } = keptLog();
    await assert.rejects(
      openDatabase(path, log, "shared"),
      /Cannot open the index .* not a database$/,
    );
    assert.deepEqual(lines, []);
    assert.ok(await exists(path));
  }));
