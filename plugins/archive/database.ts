/**
 * Opens the database of the index: made where it is missing, and made anew where it is of no use.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Log } from "../../lib/handler/handler.ts";
import { APPLICATION_ID, SCHEMA_VERSION, schemaSql } from "./schema.ts";

/** Where an index is that is kept in memory. */
export const IN_MEMORY = ":memory:";

/** Who else may have the index. */
export type Sharing =
  /** Nobody. */
  | "alone"
  /** Other threads of this process, which open it so too, after one that had it alone. */
  | "shared";

/**
 * Opens the database. One that is damaged, or no database, is moved aside; one of another version is
 * removed, for everything in it can be found again.
 *
 * @param path The file, or {@linkcode IN_MEMORY}.
 * @param log Where is said what was done.
 * @param sharing Who else may have it.
 * @returns The database.
 * @throws {Error} When it cannot be opened, or another process has it.
 */
export async function openDatabase(
  path: string,
  log: Log,
  sharing: Sharing = "alone",
): Promise<DatabaseSync> {
  // Loaded when it is needed: the tools that need no index start faster without.
  const { DatabaseSync } = await import("node:sqlite");
  for (let isRetry = false;; isRetry = true) {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path);
      if (prepare(database, sharing)) return database;
      database.close();
      log.warn(`The index ${path} is of another version: it is made anew from the files`);
      await removeDatabase(path);
    } catch (error) {
      if (database?.isOpen) database.close();
      if (isBusy(error)) {
        throw new Error(`Cannot open the index ${path}: another process has it`, { cause: error });
      }
      // What others have open is not to be moved.
      if (isRetry || !isDamage(error) || sharing === "shared") {
        const { message } = error instanceof Error ? error : { message: String(error) };
        throw new Error(`Cannot open the index ${path}: ${message}`, { cause: error });
      }
      await setAside(path, log);
    }
  }
}

/**
 * Whether an error says that the database is damaged.
 *
 * @param error What was thrown.
 * @returns Whether it does.
 */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && DAMAGE.test(error.message);
}

/**
 * Moves a damaged database aside, for whoever wants to know what has happened to it.
 *
 * @param path Its file.
 * @param log Where it is said.
 */
export async function setAside(path: string, log: Log): Promise<void> {
  if (path === IN_MEMORY) return;
  const aside = `${path}.damaged`;
  await Deno.rename(path, aside);
  await removeDatabase(path);
  log.warn(`The index ${path} is damaged: it is kept as ${aside}, and made anew from the files`);
}

/**
 * Removes a database, with the files beside it.
 *
 * @param path Its file.
 */
export async function removeDatabase(path: string): Promise<void> {
  if (path === IN_MEMORY) return;
  for (const suffix of ["", "-wal", "-shm", "-journal"]) {
    await Deno.remove(`${path}${suffix}`).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** Says whether the database is one of this version. */
function prepare(database: DatabaseSync, sharing: Sharing): boolean {
  if (sharing === "shared") {
    // Each holds a lock that keeps out whoever wants it alone: other processes, which begin so.
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
  } else {
    // Held by one process alone, also against one that comes later; freed by its end, whatever that is.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
  }
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get();
  const isNew = tables?.count === 0;
  const { application_id: application } = database.prepare("PRAGMA application_id").get() ?? {};
  const { user_version: version } = database.prepare("PRAGMA user_version").get() ?? {};
  if (!isNew && application !== APPLICATION_ID) {
    throw new Error("it is the database of another program");
  }
  if (!isNew && version !== SCHEMA_VERSION) return false;
  database.exec("PRAGMA journal_mode = WAL");
  // After a power cut the last entries may be missing, which the next scan puts right.
  // A checkpoint waits for the medium. Its interval is SQLite's own: shorter ones make the index wait more
  // often, and on a busy disk no less long.
  database.exec("PRAGMA synchronous = NORMAL");
  database.exec("PRAGMA cache_size = -16384");
  if (isNew) {
    database.exec(`BEGIN IMMEDIATE;
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${SCHEMA_VERSION};
      ${schemaSql()}
      COMMIT;`);
  } else {
    database.exec("BEGIN IMMEDIATE; COMMIT");
  }
  return true;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && /database (table )?is locked|busy/.test(error.message);
}

/** For the entries of other threads, each of less than a millisecond, in milliseconds. */
const BUSY_TIMEOUT = 10_000;
/** SQLITE_CORRUPT and SQLITE_NOTADB, in their words. */
const DAMAGE = /malformed|not a database|file is encrypted/;
