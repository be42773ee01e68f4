/**
 * Which information model a query asks in, and what is negotiated for it (PS3.4 annexes C, K and CC).
 *
 * @module
 */

import type { SopClassExtendedNegotiation } from "../lib/pdu/pdu.ts";
import {
  MODALITY_WORKLIST_FIND,
  PATIENT_ROOT_FIND,
  PATIENT_STUDY_ONLY_FIND,
  STUDY_ROOT_FIND,
  UNIFIED_PROCEDURE_STEP_PULL,
} from "../lib/sop_class_uid.ts";
import { UsageError } from "./exit_code.ts";
import { givenModel, type InformationModel, type ModelOptions } from "./information_model.ts";
import { flagOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { modelOptions } from "./query_options.ts";

/** The information models that can be queried. */
export type QueryModel = InformationModel | "worklist" | "unified-procedure-step";

/** The SOP classes of C-FIND. */
export const FIND_SOP_CLASS: Readonly<Record<QueryModel, string>> = {
  "patient-root": PATIENT_ROOT_FIND,
  "study-root": STUDY_ROOT_FIND,
  "patient-study-only": PATIENT_STUDY_ONLY_FIND,
  "worklist": MODALITY_WORKLIST_FIND,
  "unified-procedure-step": UNIFIED_PROCEDURE_STEP_PULL,
};

/** The information model, as given on the command line. */
export type QueryModelOptions = ModelOptions & {
  readonly worklist: boolean;
  readonly unifiedProcedureStep: boolean;
};

/** What may be negotiated for a query, as given on the command line. */
export type QueryExtensions = {
  readonly relationalQuery: boolean;
  readonly dateTimeMatching: boolean;
  readonly fuzzyNames: boolean;
  readonly timezoneAdjustment: boolean;
  readonly enhancedConversion: boolean;
};

/**
 * The options for the information model of a query.
 *
 * @returns Their parser.
 */
export function queryModelOptions(): OptionParser<QueryModelOptions> {
  return sections(
    modelOptions(),
    section("Query Information Model Options", {
      worklist: flagOption(["-W", "--worklist"], "use modality worklist information model"),
      unifiedProcedureStep: flagOption(
        ["-U", "--ups"],
        "use unified procedure step information model",
      ),
    }),
  );
}

/**
 * The options for the extended negotiation of a query.
 *
 * @returns Their parser.
 */
export function queryExtensionOptions(): OptionParser<QueryExtensions> {
  return section("Extended Negotiation Options", {
    relationalQuery: flagOption(
      ["--relational-query"],
      "request the use of relational queries",
    ),
    dateTimeMatching: flagOption(["--dt-matching"], "request the use of date-time matching"),
    fuzzyNames: flagOption(
      ["--fuzzy-names"],
      "request the use of fuzzy semantic matching of person names",
    ),
    timezoneAdjustment: flagOption(
      ["--timezone-adj"],
      "request the use of timezone query adjustment",
    ),
    enhancedConversion: flagOption(
      ["--enhanced-conversion"],
      "request the use of enhanced multi-frame image conversion",
    ),
  });
}

/**
 * The information model that was asked for.
 *
 * @param options The options `-P`, `-S`, `-O`, `-W`, `-U`.
 * @returns The model; `undefined` when the identifier decides.
 * @throws {UsageError} When more than one was asked for.
 */
export function givenQueryModel(options: QueryModelOptions): QueryModel | undefined {
  const { worklist, unifiedProcedureStep } = options;
  const { patientRoot, studyRoot, patientStudyOnly } = options;
  const isOther = worklist || unifiedProcedureStep;
  const isRoot = patientRoot || studyRoot || patientStudyOnly;
  if ((worklist && unifiedProcedureStep) || (isOther && isRoot)) {
    throw new UsageError("Cannot combine -P, -S, -O, -W and -U: give one of them");
  }
  if (worklist) return "worklist";
  return unifiedProcedureStep ? "unified-procedure-step" : givenModel(options);
}

/**
 * The extended negotiation of a query: one byte for each extension (PS3.4 tables C.5-1 and K.5-1). In
 * a worklist the first two are always on, and the last is none.
 *
 * @param model The information model.
 * @param extensions What is asked for.
 * @returns The negotiation, when anything is asked for.
 *
 * @example
 * ```ts
 * import { queryNegotiation } from "./query_model.ts";
 * import assert from "node:assert/strict";
 *
 * const [negotiation] = queryNegotiation("worklist", {
 *   relationalQuery: false,
 *   dateTimeMatching: false,
 *   fuzzyNames: true,
 *   timezoneAdjustment: false,
 *   enhancedConversion: false,
 * });
 * assert.deepEqual(negotiation?.information, Uint8Array.of(1, 1, 1, 0));
 * ```
 */
export function queryNegotiation(
  model: QueryModel,
  extensions: QueryExtensions,
): SopClassExtendedNegotiation[] {
  const { relationalQuery, dateTimeMatching, enhancedConversion } = extensions;
  const names = [extensions.fuzzyNames, extensions.timezoneAdjustment];
  const isWorklist = model === "worklist";
  const wanted = isWorklist
    ? names
    : [relationalQuery, dateTimeMatching, ...names, enhancedConversion];
  if (!wanted.includes(true)) return [];
  const bytes = isWorklist ? [true, true, ...wanted] : wanted;
  return [{ sopClassUid: FIND_SOP_CLASS[model], information: Uint8Array.from(bytes, Number) }];
}
