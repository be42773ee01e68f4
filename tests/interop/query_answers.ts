/**
 * Puts queries to archives, and compares what they answer.
 *
 * @module
 */
import { type DataElement, DataSet } from "../../lib/data_set/data_set.ts";
import { keywordOf } from "../../lib/data_set/dictionary.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { NegotiationError } from "../../lib/errors.ts";
import { statusCategory } from "../../lib/dimse/status.ts";
import type { Association } from "../../lib/net/association.ts";
import { associate } from "../../lib/net/requestor.ts";
import { cFind } from "../../lib/service/query_scu.ts";
import {
  PATIENT_ROOT_FIND,
  PATIENT_STUDY_ONLY_FIND,
  STUDY_ROOT_FIND,
} from "../../lib/sop_class.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/transfer_syntax.ts";
import { ROOT } from "../support/query_archive.ts";
import type { Model, QueryCase } from "./query_cases.ts";

/** An archive's answer to a query. */
export interface Answer {
  /** The status of the final response; `undefined` when the information model was not accepted. */
  readonly status: number | undefined;
  /** The matches: their values by keyword, by what tells the entity apart; in the order of that. */
  readonly matches: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Those that came more than once. */
  readonly repeated: readonly string[];
}

const SOP_CLASSES: Readonly<Record<Model, string>> = {
  P: PATIENT_ROOT_FIND,
  S: STUDY_ROOT_FIND,
  O: PATIENT_STUDY_ONLY_FIND,
};

const UNIQUE_KEYS: Readonly<Record<QueryCase["level"], string>> = {
  PATIENT: "PatientID",
  STUDY: "StudyInstanceUID",
  SERIES: "SeriesInstanceUID",
  IMAGE: "SOPInstanceUID",
};

/** What says how to answer, and is no part of the answer. */
const NO_VALUES: readonly string[] = [
  "SpecificCharacterSet",
  "QueryRetrieveLevel",
  "RetrieveAETitle",
  "InstanceAvailability",
];

/**
 * Puts queries to an archive, one after the other by one association.
 *
 * @param archive Where it listens, and what it is called.
 * @param cases The queries.
 * @returns The answers, in the order of the queries.
 */
export async function ask(
  archive: { readonly aeTitle: string; readonly port: number },
  cases: readonly QueryCase[],
): Promise<Answer[]> {
  await using association = await associate({
    hostname: "127.0.0.1",
    port: archive.port,
    callingAeTitle: "FINDSCU",
    calledAeTitle: archive.aeTitle,
    presentationContexts: Object.values(SOP_CLASSES).map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: [EXPLICIT_VR_LITTLE_ENDIAN],
    })),
  });
  const answers: Answer[] = [];
  for (const query of cases) answers.push(await find(association, query));
  return answers;
}

async function find(association: Association, query: QueryCase): Promise<Answer> {
  const matches = new Map<string, ReadonlyMap<string, string>>();
  const repeated: string[] = [];
  let status: number | undefined;
  if (!isOffered(association, SOP_CLASSES[query.model])) return { status, matches, repeated };
  const asked = { sopClassUid: SOP_CLASSES[query.model], identifier: identifierOf(query) };
  for await (const response of cFind(association, asked)) {
    ({ status } = response);
    if (response.identifier === undefined) continue;
    const values = valuesOf(response.identifier);
    const entity = nameOf(values.get(UNIQUE_KEYS[query.level]) ?? "");
    if (matches.has(entity)) repeated.push(entity);
    matches.set(entity, values);
  }
  const inOrder = [...matches].sort(([left], [right]) => left < right ? -1 : 1);
  return { status, matches: new Map(inOrder), repeated };
}

function isOffered(association: Association, sopClassUid: string): boolean {
  try {
    association.contextFor(sopClassUid);
    return true;
  } catch (error) {
    if (error instanceof NegotiationError) return false;
    throw error;
  }
}

function identifierOf({ level, keys }: QueryCase): DataSet {
  const identifier = new DataSet();
  const all = [...keys, `QueryRetrieveLevel=${level}`];
  const unique = UNIQUE_KEYS[level];
  if (!keys.some((key) => key.startsWith(unique))) all.push(unique);
  for (const key of all) applyKeywordPath(identifier, key.replaceAll("ROOT", ROOT));
  return identifier;
}

/** A UID without what all begin with. */
function nameOf(value: string): string {
  return value.startsWith(`${ROOT}.`) ? value.slice(ROOT.length + 1) : value;
}

/** Values that are not empty: what is missing was not supported, or has no value. */
function valuesOf(identifier: DataSet): ReadonlyMap<string, string> {
  const values = [...identifier].map((element) =>
    [keywordOf(element.tag) ?? "", textOf(identifier, element)] as const
  );
  return new Map(values.filter(([keyword, text]) => text !== "" && !NO_VALUES.includes(keyword)));
}

function textOf(dataSet: DataSet, { tag, vr }: DataElement): string {
  if (vr !== "SQ") return dataSet.getStrings(tag).join("\\");
  return dataSet.getItems(tag).map((item) => JSON.stringify([...valuesOf(item)])).join();
}

/**
 * How an answer differs from ours.
 *
 * @param ours Our answer.
 * @param theirs Theirs.
 * @returns In words; `undefined` when it does not.
 */
export function differenceOf(ours: Answer, theirs: Answer): string | undefined {
  if (theirs.status === undefined) {
    return ours.status === undefined ? undefined : "does not offer it";
  }
  const parts: string[] = [];
  const status = statusCategory(theirs.status);
  if (status !== statusCategory(ours.status ?? 0)) parts.push(`answers ${status}`);
  const missing = [...ours.matches.keys()].filter((entity) => !theirs.matches.has(entity));
  const more = [...theirs.matches.keys()].filter((entity) => !ours.matches.has(entity));
  if (missing.length > 0) parts.push(`without ${missing.join(", ")}`);
  if (more.length > 0) parts.push(`with ${more.join(", ")}`);
  if (theirs.repeated.length > 0) parts.push(`twice ${theirs.repeated.join(", ")}`);
  const values = differentValues(ours, theirs);
  if (values.length > 0) parts.push(`other values of ${values.join(", ")}`);
  return parts.length === 0 ? undefined : parts.join("; ");
}

/** The keywords whose values differ in what both have found. */
function differentValues(ours: Answer, theirs: Answer): string[] {
  const keywords = new Set<string>();
  for (const [entity, values] of ours.matches) {
    const others = theirs.matches.get(entity);
    if (others === undefined) continue;
    for (const keyword of [...values.keys(), ...others.keys()]) {
      if (values.get(keyword) !== others.get(keyword)) keywords.add(keyword);
    }
  }
  return [...keywords].sort();
}
