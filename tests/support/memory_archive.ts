/**
 * Handlers that query and retrieve over files whose attributes are held in memory: as simple as an
 * archive can be.
 *
 * @module
 */

import { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeFile } from "../../lib/data_set/file.ts";
import { matchesIdentifier } from "../../lib/data_set/matching.ts";
import type { Handlers, StoredInstance } from "../../lib/handler/handler.ts";
import { dataSetBytes } from "./part10.ts";
import type { MoveDestination } from "./archive.ts";
import type { RealFile } from "./real_files.ts";

const LEVEL = 0x00080052;
/** The unique key of each level. */
const UNIQUE_KEYS: Readonly<Record<string, number>> = {
  PATIENT: 0x00100020,
  STUDY: 0x0020000d,
  SERIES: 0x0020000e,
  IMAGE: 0x00080018,
};

/** Makes the handlers: every file one instance, answered at each level once. */
export function memoryArchive(
  files: readonly RealFile[],
  destinations: readonly MoveDestination[] = [],
): Handlers {
  const instances = files.map((file): [DataSet, StoredInstance] => {
    const { dataSet } = decodeFile(Deno.readFileSync(file.path), { stopBefore: 0x7fe00010 });
    return [dataSet, {
      sopClassUid: file.sopClassUid,
      sopInstanceUid: file.sopInstanceUid,
      transferSyntaxUid: file.transferSyntaxUid,
      open: () => new Blob([dataSetBytes(file.path).slice()]).stream(),
    }];
  });
  return {
    async *find({ identifier }) {
      const unique = UNIQUE_KEYS[identifier.getString(LEVEL) ?? ""];
      if (unique === undefined) {
        throw Object.assign(new TypeError("Query/Retrieve Level is missing or not known"), {
          status: 0xa900,
          offendingElements: [LEVEL],
        });
      }
      const told = new Set<string | undefined>();
      for (const [dataSet] of instances) {
        const entity = dataSet.getString(unique);
        if (told.has(entity) || !matchesIdentifier(identifier, dataSet)) continue;
        told.add(entity);
        yield answer(identifier, dataSet);
      }
    },
    async *locate({ identifier }) {
      for (const [dataSet, instance] of instances) {
        if (matchesIdentifier(identifier, dataSet)) yield instance;
      }
    },
    resolveMoveDestination(aeTitle) {
      const to = destinations.find((destination) => destination.aeTitle === aeTitle);
      return to && { hostname: "127.0.0.1", port: to.port };
    },
  };
}

/** The keys that were asked for, with the values of the entity. */
function answer(identifier: DataSet, dataSet: DataSet): DataSet {
  const made = new DataSet();
  const characterSet = dataSet.get(0x00080005);
  if (characterSet !== undefined) made.set(characterSet);
  for (const key of identifier) {
    if (key.tag === LEVEL) made.set(key);
    else if (key.tag !== 0x00080005) made.set(dataSet.get(key.tag) ?? { ...key, value: EMPTY });
  }
  return made;
}

const EMPTY = new Uint8Array(0);
