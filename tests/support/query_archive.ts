/**
 * A small archive to put queries to: every kind of value that matching has to tell apart, in instances
 * that any program can index.
 *
 * UIDs tell where they are: `ROOT.1.2.3.4` is image 4 of series 3 of study 2 of patient 1.
 *
 * @module
 */
import type { RealFile } from "./real_files.ts";
import { instanceFile } from "./synthetic_instances.ts";

/** What the UIDs begin with. */
export const ROOT = "1.2.826.0.1.3680043.10.511.9";

const EXPLICIT = "1.2.840.10008.1.2.1";
const SOP_CLASSES: Readonly<Record<string, string>> = {
  CT: "1.2.840.10008.5.1.4.1.1.2",
  MR: "1.2.840.10008.5.1.4.1.1.4",
  US: "1.2.840.10008.5.1.4.1.1.6.1",
  CR: "1.2.840.10008.5.1.4.1.1.1",
  DX: "1.2.840.10008.5.1.4.1.1.1.1",
  SR: "1.2.840.10008.5.1.4.1.1.88.11",
};

interface Series {
  readonly modality: string;
  readonly keys: readonly string[];
  /** Instance Numbers. */
  readonly images: readonly number[];
}

interface Study {
  readonly keys: readonly string[];
  readonly series: readonly Series[];
}

interface Patient {
  readonly id: string;
  readonly keys: readonly string[];
  readonly studies: readonly Study[];
}

/** In the order of their numbers. */
const PATIENTS: readonly Patient[] = [
  {
    id: "ADA-1",
    keys: ["PatientName=Adams^Jane^Q^Dr^Jr", "PatientBirthDate=19700101", "PatientSex=F"],
    studies: [
      {
        keys: [
          ...["StudyDate=20200101", "StudyTime=103000", "AccessionNumber=A100", "StudyID=S1"],
          ...["StudyDescription=Chest CT", "ReferringPhysicianName=Referrer^One"],
          "ProcedureCodeSequence[0].CodeValue=CTCHEST",
          "ProcedureCodeSequence[0].CodingSchemeDesignator=99TEST",
          "ProcedureCodeSequence[0].CodeMeaning=CT of the chest",
        ],
        series: [
          {
            modality: "CT",
            keys: ["SeriesNumber=1", "SeriesDescription=Axial", "BodyPartExamined=CHEST"],
            images: [1, 2, 10],
          },
          { modality: "SR", keys: ["SeriesNumber=2", "SeriesDescription=Report"], images: [1] },
        ],
      },
      {
        keys: [
          ...["StudyDate=20200215", "StudyTime=080000.500", "AccessionNumber=A101", "StudyID=S2"],
          ...["StudyDescription=Head MR", "ReferringPhysicianName=Referrer^Two"],
        ],
        series: [
          {
            modality: "MR",
            keys: ["SeriesNumber=1", "SeriesDescription=T1", "BodyPartExamined=HEAD"],
            images: [1, 2],
          },
        ],
      },
    ],
  },
  {
    id: "ADA-2",
    keys: ["PatientName=Adams^John", "PatientBirthDate=19710615", "PatientSex=M"],
    studies: [
      {
        keys: [
          ...["StudyDate=20200215", "StudyTime=235959", "AccessionNumber=A102", "StudyID=S3"],
          ...["StudyDescription=Abdomen [CT]", "ReferringPhysicianName=Referrer^One"],
          "ProcedureCodeSequence[0].CodeValue=CTABDOMEN",
          "ProcedureCodeSequence[0].CodingSchemeDesignator=99TEST",
          "ProcedureCodeSequence[0].CodeMeaning=CT of the abdomen",
        ],
        series: [
          {
            modality: "CT",
            keys: ["SeriesNumber=2", "SeriesDescription=Axial", "BodyPartExamined=ABDOMEN"],
            images: [1],
          },
        ],
      },
    ],
  },
  {
    id: "ada-3",
    keys: ["PatientName=adams^jane", "PatientBirthDate=", "PatientSex="],
    studies: [
      {
        keys: [
          ...["StudyDate=20210301", "StudyTime=", "AccessionNumber=", "StudyID=S4"],
          ...["StudyDescription=chest ct", "ReferringPhysicianName="],
        ],
        series: [{ modality: "US", keys: ["SeriesNumber=1"], images: [1] }],
      },
    ],
  },
  {
    id: "LATIN",
    keys: [
      ...["SpecificCharacterSet=ISO_IR 100", "PatientName=Müller^Jörg"],
      ...["PatientBirthDate=19650505", "PatientSex=M"],
    ],
    studies: [
      {
        keys: [
          ...["StudyDate=20190630", "StudyTime=1200", "AccessionNumber=A104", "StudyID=S5"],
          ...["StudyDescription=Hüfte rechts", "ReferringPhysicianName=Ärztin^Eva"],
        ],
        series: [{ modality: "DX", keys: ["SeriesNumber=1"], images: [1] }],
      },
    ],
  },
  {
    id: "JAPAN",
    keys: [
      "SpecificCharacterSet=\\ISO 2022 IR 87",
      "PatientName=Yamada^Tarou=山田^太郎=やまだ^たろう",
      ...["PatientBirthDate=19641231", "PatientSex=M"],
    ],
    studies: [
      {
        keys: [
          ...["StudyDate=19991231", "StudyTime=000000", "AccessionNumber=A105", "StudyID=S6"],
          "StudyDescription=Chest CR",
        ],
        series: [{ modality: "CR", keys: ["SeriesNumber=1"], images: [1] }],
      },
    ],
  },
  {
    id: "KOREA",
    keys: [
      ...["SpecificCharacterSet=ISO_IR 192", "PatientName=Hong^Gildong=洪^吉洞=홍^길동"],
      ...["PatientBirthDate=20000229", "PatientSex=O"],
    ],
    studies: [
      {
        keys: [
          ...["StudyDate=20200229", "StudyTime=070907.123456", "AccessionNumber=A106"],
          ...["StudyID=S7", "StudyDescription=Chest CT low dose"],
        ],
        series: [
          { modality: "CT", keys: ["SeriesNumber=1", "BodyPartExamined=CHEST"], images: [1, 2] },
        ],
      },
    ],
  },
];

/**
 * Writes the instances.
 *
 * @param directory Where to: made when missing.
 * @returns The files.
 */
export async function writeQueryArchive(directory: string): Promise<RealFile[]> {
  await Deno.mkdir(directory, { recursive: true });
  const files: RealFile[] = [];
  for (const [studyUid, seriesUid, sopInstanceUid, patient, study, series, number] of places()) {
    const sopClassUid = SOP_CLASSES[series.modality] ?? "";
    const path = `${directory}/${sopInstanceUid}.dcm`;
    const bytes = instanceFile({
      sopClassUid,
      sopInstanceUid,
      transferSyntaxUid: EXPLICIT,
      keys: [
        ...patient.keys,
        `PatientID=${patient.id}`,
        ...study.keys,
        `StudyInstanceUID=${studyUid}`,
        ...series.keys,
        `SeriesInstanceUID=${seriesUid}`,
        `Modality=${series.modality}`,
        `InstanceNumber=${number}`,
      ],
    });
    await Deno.writeFile(path, bytes);
    files.push({
      name: `${sopInstanceUid}.dcm`,
      path,
      origin: "original",
      edits: [],
      sopClassUid,
      sopInstanceUid,
      studyUid,
      seriesUid,
      patientId: patient.id,
      transferSyntaxUid: EXPLICIT,
    });
  }
  return files;
}

function* places(): Generator<
  [string, string, string, Patient, Study, Series, number]
> {
  for (const [p, patient] of PATIENTS.entries()) {
    for (const [s, study] of patient.studies.entries()) {
      const studyUid = `${ROOT}.${p + 1}.${s + 1}`;
      for (const [n, series] of study.series.entries()) {
        const seriesUid = `${studyUid}.${n + 1}`;
        for (const [i, number] of series.images.entries()) {
          yield [studyUid, seriesUid, `${seriesUid}.${i + 1}`, patient, study, series, number];
        }
      }
    }
  }
}
