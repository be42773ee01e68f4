/**
 * A report: Basic Text SR (PS3.3 section A.35.1).
 *
 * @module
 */

import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { codeKeys, demoUid, type Instance, makeInstance, under } from "./instance.ts";
import { instancePath, instanceUid, type Series, seriesKeys, timeOf } from "./series.ts";

const BASIC_TEXT_SR_STORAGE = "1.2.840.10008.5.1.4.1.1.88.11";

/** What a report says. */
export interface ReportText {
  /** Each a paragraph. */
  readonly findings: readonly string[];
  readonly conclusion: string;
  /** Who signs it. */
  readonly observer: string;
  /** A CT image that shows it. */
  readonly image: { readonly series: Series; readonly number: number };
}

/**
 * Writes a report.
 *
 * @param series The series.
 * @param text What it says.
 * @returns The instance.
 */
export function report(series: Series, text: ReportText): Instance {
  const { study } = series;
  const number = 1;
  const dateTime = `${study.date}${timeOf(series)}`;
  return makeInstance({
    path: instancePath(series, number),
    sopClassUid: BASIC_TEXT_SR_STORAGE,
    sopInstanceUid: instanceUid(series, number),
    keys: [
      ...seriesKeys(series, number),
      "ReferencedPerformedProcedureStepSequence=",
      "PerformedProcedureCodeSequence=",
      "CompletionFlag=COMPLETE",
      "VerificationFlag=VERIFIED",
      ...under("VerifyingObserverSequence[0]", [
        `VerifyingObserverName=${text.observer}`,
        "VerifyingObserverIdentificationCodeSequence=",
        "VerifyingOrganization=Phantom Hospital",
        `VerificationDateTime=${dateTime}`,
      ]),
      ...evidence(text.image.series, text.image.number),
      ...content(text),
    ],
  });
}

/** The instances that the report refers to (PS3.3 section C.17.2). */
function evidence({ study, number }: Series, instance: number): readonly string[] {
  return under("CurrentRequestedProcedureEvidenceSequence[0]", [
    `StudyInstanceUID=${demoUid(study.number)}`,
    ...under("ReferencedSeriesSequence[0]", [
      `SeriesInstanceUID=${demoUid(study.number, number)}`,
      ...reference(demoUid(study.number, number, instance)),
    ]),
  ]);
}

function reference(sopInstanceUid: string): readonly string[] {
  return under("ReferencedSOPSequence[0]", [
    `ReferencedSOPClassUID=${CT_IMAGE_STORAGE}`,
    `ReferencedSOPInstanceUID=${sopInstanceUid}`,
  ]);
}

/** The tree of content items (PS3.3 section C.17.3). */
function content({ findings, conclusion, image }: ReportText): readonly string[] {
  const paragraphs = findings.map((finding) => textItem(["121071", "DCM", "Finding"], finding));
  return [
    ...container(["18748-4", "LN", "Diagnostic imaging report"]),
    ...items([
      [
        ...CONTAINS,
        ...container(["121070", "DCM", "Findings"]),
        ...items([
          ...paragraphs,
          [
            ...CONTAINS,
            "ValueType=IMAGE",
            ...codeKeys("ConceptNameCodeSequence", [
              "121080",
              "DCM",
              "Best illustration of finding",
            ]),
            ...reference(instanceUid(image.series, image.number)),
          ],
        ]),
      ],
      [
        ...CONTAINS,
        ...container(["121076", "DCM", "Conclusions"]),
        ...items([textItem(["121077", "DCM", "Conclusion"], conclusion)]),
      ],
    ]),
  ];
}

type Code = readonly [value: string, scheme: string, meaning: string];

const CONTAINS: readonly string[] = ["RelationshipType=CONTAINS"];

function container(name: Code): readonly string[] {
  return [
    "ValueType=CONTAINER",
    ...codeKeys("ConceptNameCodeSequence", name),
    "ContinuityOfContent=SEPARATE",
  ];
}

function textItem(name: Code, value: string): readonly string[] {
  return [
    ...CONTAINS,
    "ValueType=TEXT",
    ...codeKeys("ConceptNameCodeSequence", name),
    `TextValue=${value}`,
  ];
}

function items(all: readonly (readonly string[])[]): readonly string[] {
  return all.flatMap((keys, index) => under(`ContentSequence[${index}]`, keys));
}
