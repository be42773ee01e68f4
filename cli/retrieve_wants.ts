/**
 * What to ask an archive for to get what has not come: whole series, and lists of instances, as far as
 * the archive has told what is in which series.
 *
 * @module
 */

import { DataSet } from "../lib/data_set/data_set.ts";
import { encodeStrings } from "../lib/data_set/value.ts";
import type { Inventory } from "../lib/service/get_inventory.ts";

/** What to ask for by one identifier. */
export interface Want {
  /** The identifier. */
  readonly identifier: DataSet;
  /** The SOP classes of what it brings. */
  readonly sopClassUids: readonly string[];
  /** The SOP Instance UIDs of what it is to bring. */
  readonly sopInstanceUids: readonly string[];
}

/** What the user asks for. */
export interface Request {
  readonly dataSet: DataSet;
  /** QueryRetrieveLevel (0008,0052). */
  readonly level: string;
}

/**
 * Makes what to ask for of what has not come. A series of which nothing has come is asked for by its own
 * UID; of others, the instances are listed (List of UID Matching, PS3.4 section C.2.2.2.2), some hundreds
 * at a time.
 *
 * @param request What the user asks for.
 * @param inventory What the archive holds, as it has told.
 * @param isHere Whether an instance has come.
 * @returns What to ask for, none when all is here; `undefined` when it is not known what is missing.
 *
 * @example
 * ```ts
 * import { retrieveWants } from "./retrieve_wants.ts";
 * import { DataSet } from "../lib/data_set/data_set.ts";
 * import { applyKeywordPath } from "../lib/data_set/keyword_path.ts";
 * import assert from "node:assert/strict";
 *
 * const dataSet = new DataSet();
 * for (const key of ["QueryRetrieveLevel=IMAGE", "SOPInstanceUID=1.2\\1.3"]) {
 *   applyKeywordPath(dataSet, key);
 * }
 * const inventory = {
 *   instances: new Map([["1.2", "1.1"], ["1.3", "1.1"]]),
 *   hasAllInstances: true,
 *   series: [],
 * };
 * const wants = retrieveWants({ dataSet, level: "IMAGE" }, inventory, (uid) => uid === "1.2");
 * assert.deepEqual(wants?.map(({ sopInstanceUids }) => sopInstanceUids), [["1.3"]]);
 * ```
 */
export function retrieveWants(
  request: Request,
  inventory: Pick<Inventory, "instances" | "series" | "hasAllInstances">,
  isHere: (sopInstanceUid: string) => boolean,
): Want[] | undefined {
  const { instances, series, hasAllInstances } = inventory;
  if (!hasAllInstances) return undefined;
  const classesOf = (uids: readonly string[]): string[] =>
    [...new Set(uids.map((uid) => instances.get(uid) ?? ""))].filter((uid) => uid !== "").sort();
  const want = (identifier: DataSet, sopInstanceUids: readonly string[]): Want => (
    { identifier, sopInstanceUids, sopClassUids: classesOf(sopInstanceUids) }
  );
  const listed = (keys: DataSet, uids: readonly string[]): Want[] =>
    Array.from({ length: Math.ceil(uids.length / LIST_LENGTH) }, (_, index) => {
      const some = uids.slice(index * LIST_LENGTH, (index + 1) * LIST_LENGTH);
      return want(withInstances(keys, some), some);
    });
  // What the identifier itself lists has no series of its own in the inventory.
  const whole = request.level === "IMAGE"
    ? [{ identifier: request.dataSet, sopInstanceUids: [...instances.keys()] }]
    : series;
  const wants = whole.flatMap(({ identifier, sopInstanceUids }) => {
    const open = [...new Set(sopInstanceUids)].filter((uid) => !isHere(uid));
    if (open.length === 0) return [];
    if (open.length === sopInstanceUids.length) return [want(identifier, open)];
    return listed(identifier, open);
  });
  const named = new Set(wants.flatMap(({ sopInstanceUids }) => sopInstanceUids));
  const isAllNamed = [...instances.keys()].every((uid) => isHere(uid) || named.has(uid));
  return isAllNamed ? wants : undefined;
}

function withInstances(keys: DataSet, uids: readonly string[]): DataSet {
  const identifier = new DataSet();
  for (const element of keys) identifier.set(element);
  return identifier
    .set({ tag: QUERY_RETRIEVE_LEVEL, vr: "CS", value: encodeStrings("CS", ["IMAGE"], []) })
    .set({ tag: SOP_INSTANCE_UID, vr: "UI", value: encodeStrings("UI", uids, []) });
}

const QUERY_RETRIEVE_LEVEL = 0x00080052;
const SOP_INSTANCE_UID = 0x00080018;
/** A value of UI has room for a thousand; not every archive has. */
const LIST_LENGTH = 200;
