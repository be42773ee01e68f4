/**
 * The index of an archive: which files there are, and the patients, studies, series and instances in
 * them.
 *
 * Every change is a transaction of its own or one of a few, so that the index is in order whenever the
 * process ends. All calls are synchronous, and take less than a millisecond but where said.
 *
 * @module
 */

import { join } from "node:path";
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import type { FileContent, FileStamp, InstanceHead } from "./head.ts";
import { COLUMNS } from "./column.ts";
import { type Level, LEVELS } from "./level.ts";
import { type Row, rowsOf } from "./row.ts";
import { TABLES } from "./schema.ts";

/** How many there are. */
export interface ArchiveCounts {
  /** Patients, told apart by ID and issuer; without an ID, by name, birth date and sex. */
  readonly patients: number;
  /** Studies; one of two patients counts twice. */
  readonly studies: number;
  /** Series. */
  readonly series: number;
  /** Instances, each once, whatever files hold it. */
  readonly instances: number;
}

/** A file, as far as the index knows it. */
export interface KnownFile extends FileStamp {
  readonly id: number;
  readonly name: string;
}

/** A file that was read. */
export interface FoundFile {
  readonly directory: string;
  readonly name: string;
  readonly content: FileContent;
}

/**
 * What became of a file in the index: `added`; `changed`, it was there and is another now; `duplicate`, its
 * instance is known by another file; `passed`, there is nothing in it to be known.
 */
export type Entry = "added" | "changed" | "duplicate" | "passed";

/** A row of a query. */
export type SqlRow = Readonly<Record<string, SQLOutputValue>>;

/** The index, on an open database. */
export class ArchiveIndex implements Disposable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #directories = new Map<string, number>();
  /** Changes with what others write. */
  #dataVersion: SQLOutputValue | undefined;

  /**
   * Takes a database with the tables in it.
   *
   * @param database The database; closed with the index.
   */
  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** How many there are of each level; takes some milliseconds of a large index. */
  get counts(): ArchiveCounts {
    const count = (level: Level): number =>
      Number(this.row(`SELECT count(*) AS count FROM ${TABLES[level]}`)?.count ?? 0);
    return {
      patients: count("PATIENT"),
      studies: count("STUDY"),
      series: count("SERIES"),
      instances: count("IMAGE"),
    };
  }

  /**
   * Whether a level has rows that conditions on its columns say nothing about.
   *
   * @param level The level.
   * @returns Whether it has.
   */
  hasOddRows(level: Level): boolean {
    return this.row(`SELECT 1 FROM ${TABLES[level]} WHERE odd = 1 LIMIT 1`) !== undefined;
  }

  /**
   * Enters what was read of files, all of them or none.
   *
   * @param files The files; some dozens take a few milliseconds.
   * @returns What became of each.
   * @throws {Error} When the database refuses, such as on a full disk.
   */
  enter(files: readonly FoundFile[]): Entry[] {
    return this.#transaction(() => files.map((file) => this.#enter(file)));
  }

  /**
   * Takes files out, and what was known by them alone.
   *
   * @param ids The files.
   * @returns Files that are to be read now: they hold the same instances.
   */
  remove(ids: readonly number[]): string[] {
    return this.#transaction(() => ids.flatMap((id) => this.#remove(id)));
  }

  /** Forgets everything. */
  clear(): void {
    this.#directories.clear();
    this.#transaction(() => {
      for (const table of ["file", "directory", ...Object.values(TABLES)]) {
        this.#run(`DELETE FROM ${table}`);
      }
    });
  }

  /**
   * What is known of files in a directory.
   *
   * @param directory Its path.
   * @param names The names to look for.
   * @returns Those that are known.
   */
  known(directory: string, names: readonly string[]): KnownFile[] {
    return this.rows(
      `SELECT id, name, size, modified, inode FROM file
       WHERE directory = ? AND name IN (SELECT value FROM json_each(?))`,
      this.#directoryId(directory),
      JSON.stringify(names),
    ).map(knownFile);
  }

  /**
   * The files of a directory in order of their names.
   *
   * @param directory Its path.
   * @param after The name after which to begin.
   * @param limit How many.
   * @returns The files.
   */
  filesOf(directory: string, after: string, limit: number): KnownFile[] {
    return this.rows(
      `SELECT id, name, size, modified, inode FROM file
       WHERE directory = ? AND name > ? ORDER BY name LIMIT ?`,
      this.#directoryId(directory),
      after,
      limit,
    ).map(knownFile);
  }

  /**
   * The file that an instance is served from.
   *
   * @param sopInstanceUid The instance.
   * @returns Its path; nothing when the instance is not known.
   */
  fileOf(sopInstanceUid: string): string | undefined {
    const row = this.row(
      `SELECT path, name FROM instance JOIN file ON file.id = instance.file
         JOIN directory ON directory.id = file.directory
       WHERE identity = ?`,
      sopInstanceUid,
    );
    return row === undefined ? undefined : join(String(row.path), String(row.name));
  }

  /** The directories in which files are known. */
  get directories(): string[] {
    return this.rows("SELECT path FROM directory ORDER BY path").map(({ path }) => String(path));
  }

  /**
   * Forgets a directory, unless files of it are known.
   *
   * @param directory Its path.
   */
  removeEmptyDirectory(directory: string): void {
    this.#directories.delete(directory);
    // In one step: another thread may enter a file meanwhile.
    this.#run(
      `DELETE FROM directory
       WHERE path = ? AND NOT EXISTS (SELECT 1 FROM file WHERE file.directory = directory.id)`,
      directory,
    );
  }

  /**
   * Asks for one row.
   *
   * @param sql The query: one of few texts, for the statement is kept.
   * @param values What stands for its question marks.
   * @returns The first row.
   */
  row(sql: string, ...values: readonly SQLInputValue[]): SqlRow | undefined {
    return this.#statement(sql).get(...values);
  }

  /**
   * Asks for rows.
   *
   * @param sql The query: one of few texts, for the statement is kept.
   * @param values What stands for its question marks.
   * @returns All rows.
   */
  rows(sql: string, ...values: readonly SQLInputValue[]): SqlRow[] {
    return this.#statement(sql).all(...values);
  }

  /**
   * Asks for rows one after the other.
   *
   * @param sql The query.
   * @param values What stands for its question marks.
   * @returns The rows; whoever takes them has to come to the end, or leave by `return`.
   */
  iterate(sql: string, values: readonly SQLInputValue[]): IterableIterator<SqlRow> {
    return this.#database.prepare(sql).iterate(...values);
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #enter({ directory, name, content }: FoundFile): Entry {
    const directoryId = this.#directoryId(directory);
    const old = this.row("SELECT id FROM file WHERE directory = ? AND name = ?", directoryId, name);
    if (old !== undefined) this.#remove(Number(old.id));
    const { size, modified, inode } = content.stamp;
    const holder = content.kind === "instance" ? this.#holderOf(content.head) : undefined;
    const file = this.#insert(
      "INSERT INTO file (directory, name, size, modified, inode, duplicate_of) VALUES (?, ?, ?, ?, ?, ?)",
      [directoryId, name, size, modified, inode, holder ?? null],
    );
    if (content.kind !== "instance") return "passed";
    if (holder !== undefined) return "duplicate";
    this.#enterInstance(file, content.head, old !== undefined);
    return old === undefined ? "added" : "changed";
  }

  /** The UID of an instance that another file holds. */
  #holderOf({ sopInstanceUid }: InstanceHead): string | undefined {
    const row = this.row("SELECT 1 FROM instance WHERE identity = ?", sopInstanceUid);
    return row === undefined ? undefined : sopInstanceUid;
  }

  #enterInstance(file: number, head: InstanceHead, isChange: boolean): void {
    const rows = rowsOf(head.attributes);
    let parent = 0;
    for (const level of ["PATIENT", "STUDY", "SERIES"] as const) {
      parent = this.#enterEntity(level, parent, rows[level], isChange);
    }
    this.#insert(
      `INSERT INTO instance (parent, file, data_set_offset, transfer_syntax, ${ROW_COLUMNS.IMAGE})
       VALUES (?, ?, ?, ?, ${marks(ROW_COLUMNS.IMAGE)})`,
      [parent, file, head.dataSetOffset, head.transferSyntaxUid, ...valuesOf(rows.IMAGE)],
    );
  }

  /** The first instance says what a patient, study or series is like, until a file is changed. */
  #enterEntity(level: Level, parent: number, row: Row, isChange: boolean): number {
    const table = TABLES[level];
    const columns = ROW_COLUMNS[level];
    const old = this.row(
      `SELECT id FROM ${table} WHERE parent = ? AND identity = ?`,
      parent,
      row.identity,
    );
    if (old === undefined) {
      return this.#insert(
        `INSERT INTO ${table} (parent, ${columns}) VALUES (?, ${marks(columns)})`,
        [parent, ...valuesOf(row)],
      );
    }
    const id = Number(old.id);
    if (isChange) {
      const set = columns.split(", ").map((name) => `${name} = ?`).join(", ");
      this.#run(`UPDATE ${table} SET ${set} WHERE id = ?`, ...valuesOf(row), id);
    }
    return id;
  }

  #remove(file: number): string[] {
    const instance = this.row("SELECT id, parent, identity FROM instance WHERE file = ?", file);
    this.#run("DELETE FROM file WHERE id = ?", file);
    if (instance === undefined) return [];
    this.#run("DELETE FROM instance WHERE id = ?", instance.id ?? 0);
    this.#removeEmpty("SERIES", Number(instance.parent));
    return this.#takeDuplicates(String(instance.identity));
  }

  #removeEmpty(level: Level, id: number): void {
    const above = LEVELS[LEVELS.indexOf(level) - 1];
    const below = LEVELS[LEVELS.indexOf(level) + 1];
    if (below === undefined) return;
    if (this.row(`SELECT 1 FROM ${TABLES[below]} WHERE parent = ? LIMIT 1`, id)) return;
    const row = this.row(`SELECT parent FROM ${TABLES[level]} WHERE id = ?`, id);
    this.#run(`DELETE FROM ${TABLES[level]} WHERE id = ?`, id);
    if (above !== undefined) this.#removeEmpty(above, Number(row?.parent));
  }

  /** Forgets the other files of an instance, so that they are read again. */
  #takeDuplicates(uid: string): string[] {
    const duplicates = this.rows(
      `SELECT file.id AS id, path, name FROM file JOIN directory ON directory.id = file.directory
       WHERE duplicate_of = ?`,
      uid,
    );
    return duplicates.map(({ id, path, name }) => {
      this.#run("DELETE FROM file WHERE id = ?", id ?? 0);
      return `${path}/${name}`;
    });
  }

  #directoryId(path: string): number {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    this.#run("INSERT OR IGNORE INTO directory (path) VALUES (?)", path);
    const id = Number(this.row("SELECT id FROM directory WHERE path = ?", path)?.id);
    if (this.#directories.size >= MAXIMUM_DIRECTORIES) this.#directories.clear();
    this.#directories.set(path, id);
    return id;
  }

  #transaction<T>(change: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      this.#forgetOutdated();
      const result = change();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#directories.clear();
      // A full disk may have ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Another thread that shares the database may have removed a directory, whose number is known here. */
  #forgetOutdated(): void {
    const version = this.row("PRAGMA data_version")?.data_version;
    if (version !== this.#dataVersion) this.#directories.clear();
    this.#dataVersion = version;
  }

  #insert(sql: string, values: readonly SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }

  #run(sql: string, ...values: readonly SQLInputValue[]): void {
    this.#statement(sql).run(...values);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= MAXIMUM_STATEMENTS) this.#statements.clear();
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function knownFile({ id, name, size, modified, inode }: SqlRow): KnownFile {
  return {
    id: Number(id),
    name: String(name),
    size: Number(size),
    modified: Number(modified),
    inode: Number(inode),
  };
}

const columnsOf = (level: Level): string =>
  ["identity", ...COLUMNS[level].map(({ name }) => name), "odd", "head"].join(", ");

/** The columns that a {@linkcode Row} fills. */
const ROW_COLUMNS: Readonly<Record<Level, string>> = {
  PATIENT: columnsOf("PATIENT"),
  STUDY: columnsOf("STUDY"),
  SERIES: columnsOf("SERIES"),
  IMAGE: columnsOf("IMAGE"),
};

function valuesOf({ identity, columns, isOdd, head }: Row): SQLInputValue[] {
  return [identity, ...columns, isOdd ? 1 : 0, head];
}

function marks(columns: string): string {
  return columns.split(", ").map(() => "?").join(", ");
}

/** There are some fifty texts; a caller who makes more of them must not fill the memory. */
const MAXIMUM_STATEMENTS = 200;
/** Some megabytes of paths. */
const MAXIMUM_DIRECTORIES = 10_000;
