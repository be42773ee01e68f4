/**
 * What is matched against an identifier, and answered: the attributes of an entity that the identifier
 * asks for.
 *
 * @module
 */

import { type DataElement, DataSet } from "../../lib/data_set/data_set.ts";
import type { Tag } from "../../lib/data_set/tag.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import { VR_TRAITS } from "../../lib/data_set/vr.ts";
import type { ArchiveIndex } from "./archive_index.ts";
import { computedLevel, computeElement } from "./computed.ts";
import { type Level, levelOf, LEVELS } from "./level.ts";
import { type Head, type Lineage, UTF_8 } from "./row_reader.ts";

const SPECIFIC_CHARACTER_SET = 0x00080005;
const RETRIEVE_AE_TITLE = 0x00080054;
const INSTANCE_AVAILABILITY = 0x00080056;

/** Makes candidates for one identifier. */
export class CandidateMaker {
  readonly #index: ArchiveIndex;
  readonly #tags: ReadonlyMap<Level, readonly Tag[]>;
  readonly #computed: readonly Tag[];
  readonly #constant: readonly DataElement[];

  /**
   * Makes a maker.
   *
   * @param index The index.
   * @param tags What candidates are to have, as far as there is.
   * @param retrieveAeTitle By whom instances are retrieved, if that is told.
   */
  constructor(index: ArchiveIndex, tags: Iterable<Tag>, retrieveAeTitle: string | undefined) {
    this.#index = index;
    const stored = new Map<Level, Tag[]>(LEVELS.map((level) => [level, []]));
    const computed: Tag[] = [];
    const constant: DataElement[] = [];
    for (const tag of new Set(tags)) {
      if (tag === SPECIFIC_CHARACTER_SET) continue;
      if (tag === INSTANCE_AVAILABILITY) {
        constant.push({ tag, vr: "CS", value: encodeStrings("CS", ["ONLINE"], []) });
      } else if (tag === RETRIEVE_AE_TITLE) {
        const titles = retrieveAeTitle === undefined ? [] : [retrieveAeTitle];
        constant.push({ tag, vr: "AE", value: encodeStrings("AE", titles, []) });
      } else if (computedLevel(tag) !== undefined) computed.push(tag);
      else stored.get(levelOf(tag))?.push(tag);
    }
    this.#tags = stored;
    this.#computed = computed;
    this.#constant = constant;
  }

  /**
   * Makes a candidate.
   *
   * @param lineage The entity, and what it belongs to.
   * @returns Those attributes that there are. Text is in the character set of the files; in UTF-8 where
   * it would be in several.
   */
  make(lineage: Lineage): DataSet {
    const candidate = new DataSet();
    const picked = this.#pick(lineage, (head) => head.original);
    const sets = new Set(
      picked.filter(needsCharacterSet).map(([, { characterSets }]) => characterSets.join("\\")),
    );
    const elements = sets.size > 1 ? this.#pick(lineage, (head) => head.utf8) : picked;
    for (const [element] of elements) candidate.set(element);
    const characterSet = sets.size > 1 ? UTF_8 : [...sets][0] ?? this.#anySet(lineage);
    if (characterSet !== "") {
      const value = encodeStrings("CS", characterSet.split("\\"), []);
      candidate.set({ tag: SPECIFIC_CHARACTER_SET, vr: "CS", value });
    }
    for (const tag of this.#computed) {
      const level = computedLevel(tag);
      const id = level === undefined ? undefined : lineage[level]?.id;
      const element = id === undefined ? undefined : computeElement(this.#index, tag, id);
      if (element !== undefined) candidate.set(element);
    }
    for (const element of this.#constant) candidate.set(element);
    return candidate;
  }

  #pick(lineage: Lineage, read: (head: Head) => DataSet): (readonly [DataElement, DataSet])[] {
    const picked: (readonly [DataElement, DataSet])[] = [];
    for (const level of LEVELS) {
      const tags = this.#tags.get(level) ?? [];
      const head = lineage[level];
      if (head === undefined || tags.length === 0) continue;
      const dataSet = read(head);
      for (const tag of tags) {
        const element = dataSet.get(tag);
        if (element !== undefined) picked.push([element, dataSet]);
      }
    }
    return picked;
  }

  /** Where all text is plain, the set that the files name is as good as any. */
  #anySet(lineage: Lineage): string {
    const head = LEVELS.map((level) => lineage[level]).findLast((head) => head !== undefined);
    return head?.original.characterSets.join("\\") ?? "";
  }
}

/** Whether the bytes of an element mean something else in another character set. */
function needsCharacterSet([{ vr, value }]: readonly [DataElement, DataSet]): boolean {
  if (value instanceof Uint8Array) return VR_TRAITS[vr].characterSet && !value.every(isPlain);
  if (!Array.isArray(value)) return false;
  const items: readonly DataSet[] = value;
  return items.some((item) =>
    !item.has(SPECIFIC_CHARACTER_SET) &&
    [...item].some((element) => needsCharacterSet([element, item]))
  );
}

function isPlain(byte: number): boolean {
  return byte < 0x80 && byte !== 0x1b;
}
