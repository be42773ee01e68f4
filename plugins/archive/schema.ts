/**
 * The tables of the index.
 *
 * The files are the truth and the index only knows its way among them: it can be thrown away at any
 * time. So there are no migrations; an index of another version is made anew.
 *
 * @module
 */

import { type Column, COLUMNS } from "./column.ts";
import { type ByLevel, type Level, LEVELS } from "./level.ts";

/** Counted up with each change of the tables, and of what is put in them. */
export const SCHEMA_VERSION = 1;

/** Says that a database is an index of ours: `DIMS`. */
export const APPLICATION_ID = 0x44494d53;

/** The table of each level. */
export const TABLES: ByLevel<string> = {
  PATIENT: "patient",
  STUDY: "study",
  SERIES: "series",
  IMAGE: "instance",
};

/**
 * The statements that make the tables.
 *
 * @returns SQL.
 */
export function schemaSql(): string {
  return [FILE_TABLES, ...LEVELS.map(levelSql)].join("\n");
}

/**
 * What was found in the folders. A file that is no instance of its own is remembered too, so that it is
 * not read again: `duplicate_of` is the SOP Instance UID of an
 * instance that another file holds already.
 */
const FILE_TABLES = `
CREATE TABLE directory (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  directory INTEGER NOT NULL,
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  modified REAL NOT NULL,
  inode REAL NOT NULL,
  duplicate_of TEXT,
  UNIQUE (directory, name)
) STRICT;
CREATE INDEX file_duplicate ON file (duplicate_of) WHERE duplicate_of IS NOT NULL;`;

/** What an instance has besides: where it is. */
const INSTANCE_COLUMNS = `
  file INTEGER NOT NULL UNIQUE,
  data_set_offset INTEGER NOT NULL,
  transfer_syntax TEXT NOT NULL,`;

function levelSql(level: Level): string {
  const table = TABLES[level];
  const columns = COLUMNS[level].map(({ name, vr }) =>
    `  ${name} ${vr === "IS" ? "REAL" : "TEXT"},`
  );
  const indexes = COLUMNS[level].filter(({ indexed }) => indexed).map(({ name }: Column) =>
    `CREATE INDEX ${table}_${name} ON ${table} (${name});`
  );
  const isInstance = level === "IMAGE";
  return `
CREATE TABLE ${table} (
  id INTEGER PRIMARY KEY,
  parent INTEGER NOT NULL,
  identity TEXT NOT NULL,
${columns.join("\n")}${isInstance ? INSTANCE_COLUMNS : ""}
  odd INTEGER NOT NULL,
  head BLOB NOT NULL,
  UNIQUE (${isInstance ? "identity" : "parent, identity"})
) STRICT;
${indexes.join("\n")}
CREATE INDEX ${table}_odd ON ${table} (odd) WHERE odd = 1;${
    isInstance ? "\nCREATE INDEX instance_parent ON instance (parent, sop_class);" : ""
  }`;
}
