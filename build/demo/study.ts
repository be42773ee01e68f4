/**
 * The studies of the demo. The patients are invented.
 *
 * @module
 */

import { demoUid } from "./instance.ts";

/** A study of a patient. */
export interface Study {
  /** Where its files lie, relative to the archive. */
  readonly folder: string;
  /** Tells its UIDs from those of other studies. */
  readonly number: number;
  /** Study Date. */
  readonly date: string;
  /** Study Time, to the second: what is imaged follows it. */
  readonly time: string;
  /** The attributes of patient and study. */
  readonly keys: readonly string[];
}

/** What is told of a study. */
interface StudyFacts {
  readonly folder: string;
  readonly number: number;
  readonly characterSet?: string;
  readonly patientName: string;
  readonly patientId: string;
  readonly birthDate: string;
  readonly sex: "F" | "M";
  readonly age: string;
  readonly date: string;
  readonly time: string;
  readonly description: string;
  readonly accessionNumber: string;
  readonly referringPhysician: string;
}

function study(facts: StudyFacts): Study {
  const { folder, number, date, time, characterSet } = facts;
  return {
    folder,
    number,
    date,
    time,
    keys: [
      ...(characterSet === undefined ? [] : [`SpecificCharacterSet=${characterSet}`]),
      `PatientName=${facts.patientName}`,
      `PatientID=${facts.patientId}`,
      "IssuerOfPatientID=DEMO",
      `PatientBirthDate=${facts.birthDate}`,
      `PatientSex=${facts.sex}`,
      `PatientAge=${facts.age}`,
      "QualityControlSubject=YES",
      `StudyInstanceUID=${demoUid(number)}`,
      `StudyDate=${date}`,
      `StudyTime=${time}`,
      `StudyID=${number}`,
      `StudyDescription=${facts.description}`,
      `AccessionNumber=${facts.accessionNumber}`,
      `ReferringPhysicianName=${facts.referringPhysician}`,
    ],
  };
}

/** A CT of the head, with a report. Names in ISO 8859-1. */
export const HEAD_CT: Study = study({
  folder: "mueller",
  number: 1,
  characterSet: "ISO_IR 100",
  patientName: "Müller^Jörg",
  patientId: "DEMO-1",
  birthDate: "19580317",
  sex: "M",
  age: "067Y",
  date: "20260112",
  time: "081500",
  description: "CT Schädel nativ",
  accessionNumber: "D260112-1",
  referringPhysician: "Weiß^Käthe",
});

/** An MR of the head. Names in ASCII, kanji and hiragana. */
export const HEAD_MR: Study = study({
  folder: "suzuki",
  number: 2,
  characterSet: "\\ISO 2022 IR 87",
  patientName: "Suzuki^Hanako=鈴木^花子=すずき^はなこ",
  patientId: "DEMO-2",
  birthDate: "19721108",
  sex: "F",
  age: "053Y",
  date: "20260209",
  time: "103000",
  description: "MR 頭部",
  accessionNumber: "D260209-1",
  referringPhysician: "Takahashi^Ken=高橋^健",
});

/** A CT of the chest. Names in UTF-8. */
export const CHEST_CT: Study = study({
  folder: "lindstrom",
  number: 3,
  characterSet: "ISO_IR 192",
  patientName: "Lindström^Łucja",
  patientId: "DEMO-3",
  birthDate: "19650625",
  sex: "F",
  age: "060Y",
  date: "20260303",
  time: "142000",
  description: "CT chest, arterial phase",
  accessionNumber: "D260303-1",
  referringPhysician: "Ødegård^Nils",
});
