/**
 * C-MOVE and C-GET: the instances that unique keys name (PS3.4 sections C.4.2 and C.4.3).
 *
 * @module
 */

import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { RetrieveRequest, StoredInstance } from "../../lib/handler/handler.ts";
import type { ArchiveIndex, SqlRow } from "./archive_index.ts";
import { COLUMNS, comparableText } from "./column.ts";
import { anyOf, type Condition } from "./condition.ts";
import { idsOf } from "./find.ts";
import { stampOf } from "./head.ts";
import { openInstanceStream } from "./instance_stream.ts";
import { depthOf, type Level } from "./level.ts";
import { checkRetrieve, uniqueKeyValues } from "./query.ts";

const PAGE_LENGTH = 64;

/** What has to be known of an instance to send it. */
const PLACES = `
  SELECT sop_class, IMAGE.identity AS uid, transfer_syntax, data_set_offset,
    path, file.name AS name, size, modified
  FROM instance AS IMAGE JOIN file ON file.id = IMAGE.file
    JOIN directory ON directory.id = file.directory
  WHERE IMAGE.id IN (SELECT value FROM json_each(?)) ORDER BY IMAGE.id`;

/**
 * Finds the instances of a retrieve.
 *
 * @param index The index.
 * @param request The request.
 * @param isRelational Whether the keys above the level may be left out though that is not negotiated.
 * @returns The instances, in the order in which they came into the index.
 * @throws {RefusedQueryError} When the request makes no sense.
 */
export async function* locate(
  index: ArchiveIndex,
  request: RetrieveRequest,
  isRelational?: boolean,
): AsyncGenerator<StoredInstance, void, void> {
  const { identifier, signal } = request;
  const query = checkRetrieve(request, (isRelational || request.relational) ?? false);
  const conditions: Condition[] = [];
  for (const level of query.levels) {
    const values = uniqueKeyValues(identifier, level);
    if (depthOf(level) > depthOf(query.level) || values.length === 0) continue;
    conditions.push(uniqueKeyCondition(level, values));
  }
  const ids = await idsOf(index, "IMAGE", conditions, signal);
  for (let from = 0; from < ids.length; from += PAGE_LENGTH) {
    if (from > 0) await setImmediate();
    signal.throwIfAborted();
    const page = JSON.stringify(ids.slice(from, from + PAGE_LENGTH));
    for (const row of index.rows(PLACES, page)) yield storedInstance(row);
  }
}

/** A patient ID with a backslash in it is two values to who reads the request. */
function uniqueKeyCondition(level: Level, values: readonly string[]): Condition {
  const column = `${level}.${COLUMNS[level][0]?.name}`;
  const texts = values.map(comparableText);
  return anyOf(column, texts.length > 1 ? [...texts, texts.join("\\")] : texts);
}

function storedInstance(row: SqlRow): StoredInstance {
  const path = join(String(row.path), String(row.name));
  return {
    sopClassUid: String(row.sop_class),
    sopInstanceUid: String(row.uid),
    transferSyntaxUid: String(row.transfer_syntax),
    open(): ReadableStream<Uint8Array<ArrayBuffer>> {
      const { size, modified } = stampOf(Deno.statSync(path));
      if (size !== row.size || modified !== row.modified) {
        throw new Error(`Cannot send ${path}: the file has changed since it was indexed`);
      }
      return openInstanceStream(path, Number(row.data_set_offset));
    },
  };
}
