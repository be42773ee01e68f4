/**
 * Where other archives answer a query otherwise than qrscp, and what PS3.4 says of it. The versions are
 * dcmqrscp 3.6.7 and Orthanc 1.10.1; `docs/query_differences.md` has the same table.
 *
 * @module
 */

/** Another archive. */
export type Peer = "dcmqrscp" | "Orthanc";

/** A difference. */
export interface QueryDifference {
  /** The query. */
  readonly query: string;
  /** Who differs. */
  readonly peer: Peer;
  /** How it differs from qrscp, in the words of `differenceOf()`. */
  readonly difference: string;
  /** The paragraph of PS3.4, or of PS3.5, that decides. */
  readonly paragraph: string;
  /** What it decides. */
  readonly decision: string;
}

const NOT_MATCHED = "an optional key; an SCP may have no support for it and match everything";
const NOT_RETURNED = "an optional key; an SCP may have no support for it and not return it";
const ALL_ITEMS = "of the items that match, those attributes are returned that are asked for";
const HIERARCHICAL =
  "without relational queries negotiated, the unique keys above the level are due";

type Row = readonly [
  query: string,
  difference: string,
  paragraph: string,
  decision: string,
];

/** Keys in a sequence's item, which neither of the others matches. */
const ITEMS_NOT_MATCHED: readonly Row[] = [
  [
    "sequence: an item's key",
    "with 1.2, 2.1, 3.1, 4.1, 5.1, 6.1; other values of ProcedureCodeSequence",
    "C.2.2.1.3",
    NOT_MATCHED,
  ],
  [
    "sequence: wild card in an item",
    "with 1.2, 3.1, 4.1, 5.1, 6.1; other values of ProcedureCodeSequence",
    "C.2.2.1.3",
    NOT_MATCHED,
  ],
  [
    "sequence: all keys of one item",
    "with 1.1, 1.2, 2.1, 3.1, 4.1, 5.1, 6.1",
    "C.2.2.1.3",
    NOT_MATCHED,
  ],
];

/** A person name with a component that is empty at its end, as both others take it. */
const TRAILING_COMPONENT: Row = [
  "person name: trailing component",
  "without 2.1",
  "C.2.2.2.1.1",
  "how names are matched is the SCP's choice; PS3.5 6.2.1 has both be the same name",
];

/** A number with a zero before it, as both others take it. */
const ZERO_BEFORE_NUMBER: Row = [
  "series by number with a zero before it",
  "without 1.1.2",
  "C.2.2.2.1",
  "values match exactly; the value of an IS is a number (PS3.5 6.2), so 02 is 2",
];

const OF_DCMQRSCP: readonly Row[] = [
  ...ITEMS_NOT_MATCHED,
  [
    "sequence: universal",
    "other values of ProcedureCodeSequence",
    "C.2.2.1.3",
    NOT_RETURNED,
  ],
  TRAILING_COMPONENT,
  [
    "person name: ideographic group",
    "without 5.1",
    "C.2.2.2",
    "the character set of the key may be one that an SCP does not convert",
  ],
  [
    "counts: ModalitiesInStudy",
    "with 1.2, 2.1, 3.1, 4.1, 5.1, 6.1; other values of ModalitiesInStudy",
    "C.2.2.1.3",
    NOT_MATCHED,
  ],
  [
    "counts: ModalitiesInStudy, either of two",
    "with 1.1, 2.1, 4.1, 5.1, 6.1; other values of ModalitiesInStudy",
    "C.2.2.1.3",
    NOT_MATCHED,
  ],
  [
    "counts: returned",
    "other values of ModalitiesInStudy, NumberOfStudyRelatedInstances, NumberOfStudyRelatedSeries",
    "C.2.2.1.3",
    NOT_RETURNED,
  ],
  [
    "patients: counts",
    "other values of NumberOfPatientRelatedInstances, NumberOfPatientRelatedSeries, " +
    "NumberOfPatientRelatedStudies",
    "C.2.2.1.3",
    NOT_RETURNED,
  ],
  [
    "series by modality",
    "other values of SeriesDescription",
    "C.2.2.1.3",
    NOT_RETURNED,
  ],
  ZERO_BEFORE_NUMBER,
  [
    "series by description",
    "with 1.1.2; other values of SeriesDescription",
    "C.2.2.1.3",
    NOT_MATCHED,
  ],
  [
    "series with counts",
    "other values of NumberOfSeriesRelatedInstances",
    "C.2.2.1.3",
    NOT_RETURNED,
  ],
  [
    "images of a series of Study Root",
    "other values of SOPClassUID",
    "C.2.2.1.3",
    NOT_RETURNED,
  ],
  [
    "series of Patient/Study Only",
    "answers success; with 1.1.1, 1.1.2",
    "C.4.1.1.3.1",
    "the level is one of the model's, and Patient/Study Only ends with the study (C.3.3 of PS3.4-2004)",
  ],
];

const OF_ORTHANC: readonly Row[] = [
  [
    "single value: StudyTime by its meaning",
    "without 4.1",
    "C.2.2.2.1.3",
    "how times are matched is the SCP's choice; its note has 2230 match 223000",
  ],
  [
    "range: times up to",
    "with 3.1",
    "C.2.2.1.2",
    "a value that is unknown matches; Orthanc does so here, but not in the other ranges",
  ],
  [
    "range: times with fractions",
    "without 1.2",
    "C.2.2.2.5.2",
    "times are compared, not texts: 080000.500 is 080000.5",
  ],
  ...ITEMS_NOT_MATCHED,
  ["sequence: universal", "other values of ProcedureCodeSequence", "C.2.2.2.6", ALL_ITEMS],
  TRAILING_COMPONENT,
  [
    "no unique key of the level above",
    "answers success; with 1.2, 2.1",
    "C.4.1.2.1",
    HIERARCHICAL,
  ],
  [
    "two unique keys of the levels above missing",
    "answers success; with 1.1.1, 2.1.1, 6.1.1",
    "C.4.1.2.1",
    HIERARCHICAL,
  ],
  ZERO_BEFORE_NUMBER,
  [
    "series of no study that is named",
    "answers success; with 1.1.1, 2.1.1, 6.1.1",
    "C.4.1.2.1",
    HIERARCHICAL,
  ],
  [
    "images of no series that is named",
    "answers success; with 1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.2.1",
    "C.4.1.2.1",
    HIERARCHICAL,
  ],
  [
    "a level that the model has not",
    "answers success; with ADA-1, ADA-2, JAPAN, KOREA, LATIN, ada-3",
    "C.4.1.1.3.1",
    "the level is one of the model's, and Study Root begins with the study (C.3.2)",
  ],
  ...[
    "patients of Patient/Study Only",
    "studies of Patient/Study Only",
    "studies of Patient/Study Only, by range",
    "series of Patient/Study Only",
  ].map((query): Row => [
    query,
    "does not offer it",
    "C.3.3",
    "the model is retired; an SCP need not have it",
  ]),
];

/** All differences. */
export const QUERY_DIFFERENCES: readonly QueryDifference[] = [
  ...OF_DCMQRSCP.map((row) => difference("dcmqrscp", row)),
  ...OF_ORTHANC.map((row) => difference("Orthanc", row)),
];

function difference(peer: Peer, [query, how, paragraph, decision]: Row): QueryDifference {
  return { query, peer, difference: how, paragraph, decision };
}
