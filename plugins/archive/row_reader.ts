/**
 * Reads, for the entities that a query looks at, the attributes of their level and of those above.
 *
 * @module
 */

import { changeCharacterSet } from "../../lib/data_set/character_set_change.ts";
import type { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import type { ArchiveIndex, SqlRow } from "./archive_index.ts";
import { type Level, LEVELS } from "./level.ts";
import { HEAD_TRANSFER_SYNTAX } from "./row.ts";
import { TABLES } from "./schema.ts";

/** The character set that all others fit in. */
export const UTF_8 = "ISO_IR 192";

/** The attributes of one entity that are of its own level. */
export class Head {
  readonly id: number;
  readonly #bytes: Uint8Array;
  #original: DataSet | undefined;
  #utf8: DataSet | undefined;

  constructor(id: number, bytes: Uint8Array) {
    this.id = id;
    this.#bytes = bytes;
  }

  /** As they are in the file. */
  get original(): DataSet {
    return this.#original ??= decodeDataSet(this.#bytes, HEAD_TRANSFER_SYNTAX);
  }

  /** With their text in UTF-8. */
  get utf8(): DataSet {
    if (this.#utf8 === undefined) {
      this.#utf8 = decodeDataSet(this.#bytes, HEAD_TRANSFER_SYNTAX);
      changeCharacterSet(this.#utf8, [UTF_8]);
    }
    return this.#utf8;
  }
}

/** An entity, and what it belongs to. */
export type Lineage = Readonly<Partial<Record<Level, Head>>>;

/** Reads entities of a level. What several of them belong to is read once. */
export class RowReader {
  readonly #index: ArchiveIndex;
  readonly #levels: readonly Level[];
  readonly #sql: string;
  /** The head that was met last, of each level. */
  readonly #last: Partial<Record<Level, Head>> = {};

  /**
   * Makes a reader.
   *
   * @param index The index.
   * @param lowest The level of the entities.
   */
  constructor(index: ArchiveIndex, lowest: Level) {
    this.#index = index;
    this.#levels = LEVELS.slice(0, LEVELS.indexOf(lowest) + 1);
    const ids = this.#levels.map((level) => `${level}.id AS ${level}_id`);
    this.#sql = `SELECT ${ids.join(", ")}, ${lowest}.head AS head FROM ${tablesTo(lowest)}
      WHERE ${lowest}.id IN (SELECT value FROM json_each(?)) ORDER BY ${lowest}.id`;
  }

  /**
   * Reads some entities.
   *
   * @param ids Theirs.
   * @returns Those that are still there, with what they belong to.
   */
  read(ids: readonly number[]): Lineage[] {
    return this.#index.rows(this.#sql, JSON.stringify(ids)).map((row) => this.#lineage(row));
  }

  #lineage(row: SqlRow): Lineage {
    const lineage: Partial<Record<Level, Head>> = {};
    const lowest = this.#levels.at(-1);
    for (const level of this.#levels) {
      const id = Number(row[`${level}_id`]);
      const last = this.#last[level];
      const head = last?.id === id
        ? last
        : level === lowest
        ? new Head(id, bytesOf(row))
        : this.#read(level, id);
      this.#last[level] = head;
      lineage[level] = head;
    }
    return lineage;
  }

  #read(level: Level, id: number): Head {
    const row = this.#index.row(`SELECT head FROM ${TABLES[level]} WHERE id = ?`, id);
    return new Head(id, bytesOf(row ?? {}));
  }
}

function bytesOf({ head }: SqlRow): Uint8Array {
  return head instanceof Uint8Array ? head : new Uint8Array(0);
}

/**
 * The tables of a level and those above, joined; each is called as its level is.
 *
 * @param lowest The level.
 * @returns SQL that goes behind FROM.
 */
export function tablesTo(lowest: Level): string {
  const levels = LEVELS.slice(0, LEVELS.indexOf(lowest) + 1);
  return levels.map((level, depth) => {
    const table = `${TABLES[level]} AS ${level}`;
    return depth === 0 ? table : `JOIN ${table} ON ${level}.parent = ${LEVELS[depth - 1]}.id`;
  }).join(" ");
}
