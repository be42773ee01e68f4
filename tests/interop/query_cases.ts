/**
 * Queries with their right answers: each kind of matching (PS3.4 section C.2.2.2), each level, each
 * information model.
 *
 * @module
 */

/** An information model: Patient Root, Study Root, Patient/Study Only. */
export type Model = "P" | "S" | "O";

/** A query. */
export interface QueryCase {
  /** Its name, unique. */
  readonly name: string;
  readonly model: Model;
  readonly level: "PATIENT" | "STUDY" | "SERIES" | "IMAGE";
  /** The keys, those to match and those to return. */
  readonly keys: readonly string[];
  /**
   * The entities that match, by what their UID has behind {@linkcode ROOT} and a full stop, or by their
   * Patient ID; `undefined` when the query is to be refused.
   */
  readonly matches: readonly string[] | undefined;
}

const ALL_STUDIES = ["1.1", "1.2", "2.1", "3.1", "4.1", "5.1", "6.1"];
const ALL_PATIENTS = ["ADA-1", "ADA-2", "JAPAN", "KOREA", "LATIN", "ada-3"];

/** The UID keys of the query: `ROOT` stands for what the UIDs begin with. */
type Row = readonly [name: string, keys: string, matches: readonly string[] | undefined];

/** At level STUDY of Study Root. The keys are separated by `; `. */
const STUDIES: readonly Row[] = [
  // Single value matching, C.2.2.2.1.
  ["single value: StudyInstanceUID", "StudyInstanceUID=ROOT.1.2", ["1.2"]],
  ["single value: AccessionNumber", "AccessionNumber=A102", ["2.1"]],
  ["single value: StudyID", "StudyID=S5", ["4.1"]],
  ["single value: StudyDate", "StudyDate=20200215", ["1.2", "2.1"]],
  ["single value: StudyTime", "StudyTime=103000", ["1.1"]],
  ["single value: StudyTime of hours and minutes", "StudyTime=1200", ["4.1"]],
  ["single value: StudyTime by its meaning", "StudyTime=120000", ["4.1"]],
  ["single value: PatientID", "PatientID=ADA-2", ["2.1"]],
  ["single value: PatientID in another case", "PatientID=ada-1", []],
  ["single value: AccessionNumber in another case", "AccessionNumber=a102", []],
  ["single value: StudyDescription in another case", "StudyDescription=Chest CT", ["1.1"]],
  ["single value: trailing spaces", "AccessionNumber=A102 ", ["2.1"]],
  ["single value: several keys", "StudyDate=20200215; PatientID=ADA-2", ["2.1"]],
  ["single value: keys that exclude each other", "StudyDate=20200101; PatientID=ADA-2", []],
  ["single value: nothing matches", "AccessionNumber=NONE", []],
  ["single value: a part is no match", "StudyDescription=Chest", []],
  ["single value: brackets", "StudyDescription=Abdomen [CT]", ["2.1"]],
  ["single value: ReferringPhysicianName", "ReferringPhysicianName=Referrer^One", ["1.1", "2.1"]],
  // Universal matching, C.2.2.2.3.
  ["universal: all studies", "", ALL_STUDIES],
  ["universal: empty keys match what has no value", "StudyTime=; AccessionNumber=", ALL_STUDIES],
  ["universal: an asterisk matches what has no value", "AccessionNumber=*", ALL_STUDIES],
  // List of UID matching, C.2.2.2.2.
  ["list of UID: two of two", "StudyInstanceUID=ROOT.1.1\\ROOT.5.1", ["1.1", "5.1"]],
  ["list of UID: one is not there", "StudyInstanceUID=ROOT.1.1\\ROOT.77", ["1.1"]],
  ["list of UID: none is there", "StudyInstanceUID=ROOT.76\\ROOT.77", []],
  ["list of UID: with another key", "StudyInstanceUID=ROOT.1.1\\ROOT.1.2; StudyID=S2", ["1.2"]],
  // Wild card matching, C.2.2.2.4.
  ["wild card: asterisk at the end", "StudyDescription=Chest*", ["1.1", "5.1", "6.1"]],
  ["wild card: asterisk at the beginning", "StudyDescription=*CT", ["1.1"]],
  ["wild card: asterisks at both ends", "StudyDescription=*CT*", ["1.1", "2.1", "6.1"]],
  ["wild card: asterisk within", "StudyDescription=C*T", ["1.1"]],
  ["wild card: question mark", "AccessionNumber=A10?", ["1.1", "1.2", "2.1", "4.1", "5.1", "6.1"]],
  ["wild card: as many characters as question marks", "AccessionNumber=A?", []],
  ["wild card: both", "StudyDescription=?hest *T", ["1.1"]],
  ["wild card: an asterisk may be nothing", "AccessionNumber=A100*", ["1.1"]],
  ["wild card: brackets are no wild cards", "StudyDescription=*[CT]", ["2.1"]],
  ["wild card: PatientID", "PatientID=ADA*", ["1.1", "1.2", "2.1"]],
  // Range matching, C.2.2.2.5.
  ["range: dates", "StudyDate=20200101-20200215", ["1.1", "1.2", "2.1"]],
  ["range: dates from", "StudyDate=20200216-", ["3.1", "6.1"]],
  ["range: dates up to", "StudyDate=-20191231", ["4.1", "5.1"]],
  ["range: one day", "StudyDate=20200229-20200229", ["6.1"]],
  ["range: no day", "StudyDate=20200102-20200103", []],
  ["range: times", "StudyTime=080000-120000", ["1.1", "1.2", "4.1"]],
  ["range: times from", "StudyTime=220000-", ["2.1"]],
  ["range: times up to", "StudyTime=-070000", ["5.1"]],
  ["range: times with fractions", "StudyTime=070907.1-080000.5", ["1.2", "6.1"]],
  [
    "range: date and time each for itself",
    "StudyDate=20200101-20200215; StudyTime=080000-120000",
    ["1.1", "1.2"],
  ],
  ["range: birth dates", "PatientBirthDate=19600101-19691231", ["4.1", "5.1"]],
  // Sequence matching, C.2.2.2.6.
  ["sequence: an item's key", "ProcedureCodeSequence[0].CodeValue=CTCHEST", ["1.1"]],
  ["sequence: wild card in an item", "ProcedureCodeSequence[0].CodeValue=CT*", ["1.1", "2.1"]],
  [
    "sequence: all keys of one item",
    "ProcedureCodeSequence[0].CodeValue=CTCHEST; " +
    "ProcedureCodeSequence[0].CodeMeaning=CT of the abdomen",
    [],
  ],
  ["sequence: universal", "ProcedureCodeSequence[0].CodeValue=", ALL_STUDIES],
  // Person names and character sets, C.2.2.2.1 and C.2.2.2.4.
  ["person name: single value", "PatientName=Adams^John", ["2.1"]],
  ["person name: trailing component", "PatientName=Adams^John^", ["2.1"]],
  ["person name: family name alone", "PatientName=Adams", []],
  ["person name: wild card", "PatientName=Adams^J*", ["1.1", "1.2", "2.1"]],
  ["person name: ISO_IR 100", "SpecificCharacterSet=ISO_IR 100; PatientName=Müller^*", ["4.1"]],
  ["person name: UTF-8 for ISO_IR 100", "SpecificCharacterSet=ISO_IR 192; PatientName=Müller^*", [
    "4.1",
  ]],
  [
    "person name: alphabetic group of three",
    "PatientName=Yamada^Tarou=*",
    ["5.1"],
  ],
  [
    "person name: ideographic group",
    "SpecificCharacterSet=ISO_IR 192; PatientName=*=山田^*",
    ["5.1"],
  ],
  [
    "person name: all groups",
    "SpecificCharacterSet=ISO_IR 192; PatientName=Hong^Gildong=洪^吉洞=홍^길동",
    ["6.1"],
  ],
  ["text: ISO_IR 100", "SpecificCharacterSet=ISO_IR 100; StudyDescription=Hüfte*", ["4.1"]],
  // Attributes of a study that are computed, C.3.4.
  ["counts: ModalitiesInStudy", "ModalitiesInStudy=SR", ["1.1"]],
  ["counts: ModalitiesInStudy, either of two", "ModalitiesInStudy=MR\\US", ["1.2", "3.1"]],
  [
    "counts: returned",
    "ModalitiesInStudy; NumberOfStudyRelatedSeries; NumberOfStudyRelatedInstances; PatientID=ADA-1",
    ["1.1", "1.2"],
  ],
  [
    "returned: what a study has",
    "StudyDate; StudyTime; StudyDescription; PatientName",
    ALL_STUDIES,
  ],
];

const OTHERS: readonly (readonly [Model, QueryCase["level"], ...Row])[] = [
  // Patient Root.
  ["P", "PATIENT", "patients: all", "PatientName; PatientBirthDate; PatientSex", ALL_PATIENTS],
  ["P", "PATIENT", "patients: by ID", "PatientID=JAPAN", ["JAPAN"]],
  ["P", "PATIENT", "patients: by name", "PatientName=Adams*", ["ADA-1", "ADA-2"]],
  ["P", "PATIENT", "patients: by sex", "PatientSex=M; PatientName", ["ADA-2", "JAPAN", "LATIN"]],
  ["P", "PATIENT", "patients: by birth date", "PatientBirthDate=19700101-", [
    "ADA-1",
    "ADA-2",
    "KOREA",
  ]],
  [
    "P",
    "PATIENT",
    "patients: counts",
    "NumberOfPatientRelatedStudies; NumberOfPatientRelatedSeries; " +
    "NumberOfPatientRelatedInstances; PatientID=ADA-1",
    ["ADA-1"],
  ],
  ["P", "STUDY", "studies of a patient", "PatientID=ADA-1; StudyDate", ["1.1", "1.2"]],
  ["P", "STUDY", "studies of a patient, by date", "PatientID=ADA-1; StudyDate=20200215", ["1.2"]],
  ["P", "STUDY", "studies of nobody", "PatientID=NOBODY", []],
  [
    "P",
    "SERIES",
    "series of a study",
    "PatientID=ADA-1; StudyInstanceUID=ROOT.1.1; Modality; SeriesNumber",
    ["1.1.1", "1.1.2"],
  ],
  [
    "P",
    "IMAGE",
    "images of a series",
    "PatientID=ADA-1; StudyInstanceUID=ROOT.1.1; SeriesInstanceUID=ROOT.1.1.1; InstanceNumber",
    ["1.1.1.1", "1.1.1.2", "1.1.1.3"],
  ],
  ["P", "STUDY", "no unique key of the level above", "StudyDate=20200215", undefined],
  ["P", "SERIES", "two unique keys of the levels above missing", "Modality=CT", undefined],
  // Study Root below the study.
  [
    "S",
    "SERIES",
    "series by modality",
    "StudyInstanceUID=ROOT.1.1; Modality=SR; SeriesDescription",
    ["1.1.2"],
  ],
  ["S", "SERIES", "series by number", "StudyInstanceUID=ROOT.1.1; SeriesNumber=2", ["1.1.2"]],
  [
    "S",
    "SERIES",
    "series by number with a zero before it",
    "StudyInstanceUID=ROOT.1.1; SeriesNumber=02",
    ["1.1.2"],
  ],
  [
    "S",
    "SERIES",
    "series by description",
    "StudyInstanceUID=ROOT.1.1; SeriesDescription=A*",
    ["1.1.1"],
  ],
  [
    "S",
    "SERIES",
    "series by list of UID",
    "StudyInstanceUID=ROOT.1.1; SeriesInstanceUID=ROOT.1.1.1\\ROOT.1.1.2",
    ["1.1.1", "1.1.2"],
  ],
  [
    "S",
    "SERIES",
    "series with counts",
    "StudyInstanceUID=ROOT.1.1; NumberOfSeriesRelatedInstances",
    ["1.1.1", "1.1.2"],
  ],
  ["S", "SERIES", "series of another study", "StudyInstanceUID=ROOT.1.2; Modality=CT", []],
  ["S", "SERIES", "series of no study that is named", "Modality=CT", undefined],
  [
    "S",
    "IMAGE",
    "images of a series of Study Root",
    "StudyInstanceUID=ROOT.1.1; SeriesInstanceUID=ROOT.1.1.1; SOPClassUID; InstanceNumber",
    ["1.1.1.1", "1.1.1.2", "1.1.1.3"],
  ],
  [
    "S",
    "IMAGE",
    "images by number",
    "StudyInstanceUID=ROOT.1.1; SeriesInstanceUID=ROOT.1.1.1; InstanceNumber=10",
    ["1.1.1.3"],
  ],
  [
    "S",
    "IMAGE",
    "images by list of UID",
    "StudyInstanceUID=ROOT.1.1; SeriesInstanceUID=ROOT.1.1.1; " +
    "SOPInstanceUID=ROOT.1.1.1.1\\ROOT.1.1.1.3",
    ["1.1.1.1", "1.1.1.3"],
  ],
  ["S", "IMAGE", "images of no series that is named", "StudyInstanceUID=ROOT.1.1", undefined],
  ["S", "PATIENT", "a level that the model has not", "PatientName", undefined],
  // Patient/Study Only.
  ["O", "PATIENT", "patients of Patient/Study Only", "PatientName=Adams*", ["ADA-1", "ADA-2"]],
  ["O", "STUDY", "studies of Patient/Study Only", "PatientID=ADA-1; StudyID", ["1.1", "1.2"]],
  [
    "O",
    "STUDY",
    "studies of Patient/Study Only, by range",
    "PatientID=ADA-1; StudyDate=20200201-20200229",
    ["1.2"],
  ],
  [
    "O",
    "SERIES",
    "series of Patient/Study Only",
    "PatientID=ADA-1; StudyInstanceUID=ROOT.1.1",
    undefined,
  ],
];

/** All queries. */
export const QUERY_CASES: readonly QueryCase[] = [
  ...STUDIES.map((row) => queryCase("S", "STUDY", row)),
  ...OTHERS.map(([model, level, ...row]) => queryCase(model, level, row)),
];

function queryCase(
  model: Model,
  level: QueryCase["level"],
  [name, keys, matches]: Row,
): QueryCase {
  return { name, model, level, keys: keys === "" ? [] : keys.split("; "), matches };
}
