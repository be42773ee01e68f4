/**
 * The instances of the benchmark: synthetic, of incompressible pixel data, made anew for each run.
 *
 * @module
 */

import { DataSet } from "../../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../../lib/data_set/encoder.ts";
import { encodeFileMeta } from "../../../lib/data_set/file_meta.ts";
import { encodeNumbers, encodeStrings } from "../../../lib/data_set/value.ts";
import type { Vr } from "../../../lib/data_set/vr.ts";
import { CT_IMAGE_STORAGE } from "../../../lib/sop_class.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/transfer_syntax.ts";
import { IMPLEMENTATION_CLASS_UID } from "../../../lib/uid.ts";

/** The data sets of the benchmark. */
export type DataName = "ct" | "large" | "small";

/** An instance in its file. */
export interface BenchFile {
  readonly path: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** Where the data set begins. */
  readonly offset: number;
  /** How long it is. */
  readonly length: number;
}

/** Instances of one kind, which belong to one patient. */
export interface BenchData {
  readonly name: DataName;
  /** The directory that they, and nothing else, are in; studies and series are directories below. */
  readonly directory: string;
  readonly patientId: string;
  readonly files: readonly BenchFile[];
  /** The length of all data sets. */
  readonly bytes: number;
}

/** How much of it. */
export interface Amount {
  readonly studies: number;
  /** Of a study. */
  readonly series: number;
  /** Of a series. */
  readonly instances: number;
  readonly rows: number;
  readonly columns: number;
  /** More than one makes a multi-frame object. */
  readonly frames: number;
}

/** As it is measured. */
export const FULL: Readonly<Record<DataName, Amount>> = {
  ct: { studies: 5, series: 4, instances: 25, rows: 512, columns: 512, frames: 1 },
  large: { studies: 1, series: 1, instances: 1, rows: 512, columns: 512, frames: 1908 },
  small: { studies: 10, series: 5, instances: 100, rows: 64, columns: 72, frames: 1 },
};

/** To try it. */
export const QUICK: Readonly<Record<DataName, Amount>> = {
  ct: { studies: 2, series: 2, instances: 5, rows: 512, columns: 512, frames: 1 },
  large: { studies: 1, series: 1, instances: 1, rows: 512, columns: 512, frames: 64 },
  small: { studies: 2, series: 2, instances: 25, rows: 64, columns: 72, frames: 1 },
};

const MULTI_FRAME_GRAYSCALE_WORD = "1.2.840.10008.5.1.4.1.1.7.3";
const ROOT = "1.2.826.0.1.3680043.8.498.77";
const PIXEL_DATA_HEADER = 12;
const RANDOM_AT_ONCE = 65536;

/**
 * Makes instances.
 *
 * @param parent The directory that theirs is made in.
 * @param name Which.
 * @param amount How many, and how large.
 * @returns What was made.
 */
export function makeData(parent: string, name: DataName, amount: Amount): BenchData {
  const directory = `${parent}/${name}`;
  const patientId = `BENCH-${name.toUpperCase()}`;
  const sopClassUid = amount.frames > 1 ? MULTI_FRAME_GRAYSCALE_WORD : CT_IMAGE_STORAGE;
  const files: BenchFile[] = [];
  for (let study = 1; study <= amount.studies; study++) {
    for (let series = 1; series <= amount.series; series++) {
      const folder = `${directory}/${study}/${series}`;
      Deno.mkdirSync(folder, { recursive: true });
      for (let number = 1; number <= amount.instances; number++) {
        const uid = `${ROOT}.${{ ct: 1, large: 2, small: 3 }[name]}.${study}`;
        const sopInstanceUid = `${uid}.${series}.${number}`;
        const path = `${folder}/${String(number).padStart(4, "0")}.dcm`;
        const texts: [number, Vr, string][] = [
          ...textsOf(patientId, uid, study, series, number),
          [0x00080016, "UI", sopClassUid],
          [0x00080018, "UI", sopInstanceUid],
        ];
        files.push({ sopClassUid, sopInstanceUid, path, ...write(path, texts, amount) });
      }
    }
  }
  const bytes = files.reduce((sum, { length }) => sum + length, 0);
  return { name, directory, patientId, files, bytes };
}

function textsOf(
  patientId: string,
  studyUid: string,
  study: number,
  series: number,
  number: number,
): [number, Vr, string][] {
  return [
    [0x00080020, "DA", "20200101"],
    [0x00080030, "TM", "120000"],
    [0x00080050, "SH", `A${study}`],
    [0x00080060, "CS", "CT"],
    [0x00100010, "PN", "Bench^Mark"],
    [0x00100020, "LO", patientId],
    [0x00100030, "DA", "19700101"],
    [0x00100040, "CS", "O"],
    [0x0020000d, "UI", studyUid],
    [0x0020000e, "UI", `${studyUid}.${series}`],
    [0x00200010, "SH", String(study)],
    [0x00200011, "IS", String(series)],
    [0x00200013, "IS", String(number)],
    [0x00280004, "CS", "MONOCHROME2"],
  ];
}

function write(
  path: string,
  texts: readonly [tag: number, vr: Vr, text: string][],
  { rows, columns, frames }: Amount,
): { offset: number; length: number } {
  const dataSet = new DataSet();
  for (const [tag, vr, text] of texts) {
    dataSet.set({ tag, vr, value: encodeStrings(vr, [text], []) });
  }
  if (frames > 1) {
    dataSet.set({ tag: 0x00280008, vr: "IS", value: encodeStrings("IS", [String(frames)], []) });
  }
  const numbers: [number, number][] = [
    [0x00280002, 1],
    [0x00280010, rows],
    [0x00280011, columns],
    [0x00280100, 16],
    [0x00280101, 16],
    [0x00280102, 15],
    [0x00280103, 0],
  ];
  for (const [tag, value] of numbers) {
    dataSet.set({ tag, vr: "US", value: encodeNumbers("US", [value]) });
  }
  const text = (tag: number): string => texts.find(([each]) => each === tag)?.[2] ?? "";
  const meta = encodeFileMeta({
    sopClassUid: text(0x00080016),
    sopInstanceUid: text(0x00080018),
    transferSyntaxUid: EXPLICIT_VR_LITTLE_ENDIAN,
    implementationClassUid: IMPLEMENTATION_CLASS_UID,
  });
  const head = encodeDataSet(dataSet, EXPLICIT_VR_LITTLE_ENDIAN);
  const frameLength = rows * columns * 2;
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  for (const bytes of [meta, head, pixelDataHeader(frames * frameLength)]) file.writeSync(bytes);
  const frame = new Uint8Array(frameLength);
  for (let number = 0; number < frames; number++) {
    for (let at = 0; at < frameLength; at += RANDOM_AT_ONCE) {
      crypto.getRandomValues(frame.subarray(at, at + RANDOM_AT_ONCE));
    }
    for (let rest = frame; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
  }
  return { offset: meta.length, length: head.length + PIXEL_DATA_HEADER + frames * frameLength };
}

function pixelDataHeader(length: number): Uint8Array {
  const header = new Uint8Array(PIXEL_DATA_HEADER);
  header.set([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57]);
  new DataView(header.buffer).setUint32(8, length, true);
  return header;
}
