/**
 * How long it takes to index 100,000 instances, and to answer queries over them.
 *
 * `deno run -A tests/bench/archive_index.ts [instances]`
 *
 * The instances have the header of a CT image, some 1.5 KiB, and no pixel data; 100 to a series, two series
 * to a study, and half as many patients as studies.
 *
 * @module
 */

import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import { STUDY_ROOT_FIND } from "../../lib/sop_class.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/transfer_syntax.ts";
import { type Archive, openArchive } from "../../plugins/archive.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const count = Number(Deno.args[0] ?? 100_000);
const log = { debug() {}, info() {}, warn: say, error: say };

function say(message: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${message}\n`));
}

function template(): DataSet {
  const dataSet = new DataSet();
  for (
    const key of [
      "SpecificCharacterSet=ISO_IR 100",
      "ImageType=ORIGINAL\\PRIMARY\\AXIAL\\CT_SOM5 SPI",
      `SOPClassUID=${CT}`,
      "StudyTime=101530.125",
      "SeriesTime=101632",
      "ContentTime=101700",
      "AccessionNumber=A1",
      "Modality=CT",
      "Manufacturer=Maker",
      "InstitutionName=General Hospital",
      "ReferringPhysicianName=REFERRER^R",
      "StationName=CT01",
      "StudyDescription=Thorax with contrast",
      "SeriesDescription=Thorax 1.0 B30f",
      "ManufacturerModelName=Scanner 64",
      "ReferencedStudySequence[0].ReferencedSOPClassUID=1.2.840.10008.3.1.2.3.1",
      "ReferencedStudySequence[0].ReferencedSOPInstanceUID=1.2.3.4",
      "PatientBirthDate=19600101",
      "PatientSex=F",
      "PatientAge=066Y",
      "PatientWeight=70",
      "BodyPartExamined=CHEST",
      "SliceThickness=1",
      "KVP=120",
      "DataCollectionDiameter=500",
      "SoftwareVersions=VB30",
      "ProtocolName=Thorax",
      "ReconstructionDiameter=330",
      "DistanceSourceToDetector=1040",
      "DistanceSourceToPatient=570",
      "GantryDetectorTilt=0",
      "TableHeight=155",
      "RotationDirection=CW",
      "ExposureTime=500",
      "XRayTubeCurrent=270",
      "Exposure=135",
      "FilterType=0",
      "GeneratorPower=41",
      "FocalSpots=1.2",
      "ConvolutionKernel=B30f",
      "PatientPosition=HFS",
      "StudyID=1",
      "AcquisitionNumber=1",
      "ImagePositionPatient=-165\\-165\\-100.5",
      "ImageOrientationPatient=1\\0\\0\\0\\1\\0",
      "SliceLocation=-100.5",
      "SamplesPerPixel=1",
      "PhotometricInterpretation=MONOCHROME2",
      "Rows=512",
      "Columns=512",
      "PixelSpacing=0.64\\0.64",
      "BitsAllocated=16",
      "BitsStored=12",
      "HighBit=11",
      "PixelRepresentation=0",
      "WindowCenter=40",
      "WindowWidth=400",
      "RescaleIntercept=-1024",
      "RescaleSlope=1",
    ]
  ) applyKeywordPath(dataSet, key);
  return dataSet;
}

function date(study: number): string {
  const day = new Date(Date.UTC(2020, 0, 1 + study % 2000));
  return day.toISOString().slice(0, 10).replaceAll("-", "");
}

async function makeFiles(root: string): Promise<void> {
  const dataSet = template();
  const set = (tag: number, vr: "UI" | "LO" | "PN" | "DA" | "IS", text: string): void => {
    dataSet.set({ tag, vr, value: encodeStrings(vr, [text], []) });
  };
  for (let number = 0; number < count; number++) {
    const series = Math.floor(number / 100);
    const study = Math.floor(series / 2);
    const patient = Math.floor(study / 2);
    const directory = `${root}/${study}/${series}`;
    if (number % 100 === 0) await Deno.mkdir(directory, { recursive: true });
    const sopInstanceUid = `1.2.3.${study}.${series}.${number}`;
    set(0x00080018, "UI", sopInstanceUid);
    set(0x00080020, "DA", date(study));
    set(0x00100010, "PN", `PATIENT${patient}^GIVEN${patient % 7}`);
    set(0x00100020, "LO", `P${patient}`);
    set(0x0020000d, "UI", `1.2.3.${study}`);
    set(0x0020000e, "UI", `1.2.3.${study}.${series}`);
    set(0x00200011, "IS", String(series % 2 + 1));
    set(0x00200013, "IS", String(number % 100 + 1));
    const head = encodeFileMeta({
      sopClassUid: CT,
      sopInstanceUid,
      transferSyntaxUid: EXPLICIT_VR_LITTLE_ENDIAN,
      implementationClassUid: "1.2.3",
    });
    const body = encodeDataSet(dataSet, EXPLICIT_VR_LITTLE_ENDIAN);
    const file = new Uint8Array(head.length + body.length);
    file.set(head);
    file.set(body, head.length);
    await Deno.writeFile(`${directory}/${number}.dcm`, file);
  }
}

async function scan(archive: Archive, what: string): Promise<void> {
  const start = performance.now();
  let longest = 0;
  let last = start;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  for await (const _ of archive.scan()) { /* The time is what counts. */ }
  clearInterval(timer);
  const seconds = (performance.now() - start) / 1000;
  const rate = Math.round(count / seconds);
  say(
    `${what}: ${seconds.toFixed(1)} s, ${rate} files/s, ` +
      `longest turn ${longest.toFixed(0)} ms, resident ${megabytes()} MB`,
  );
}

function megabytes(): number {
  return Math.round(Deno.memoryUsage().rss / 1e6);
}

async function ask(archive: Archive, level: string, keys: readonly string[]): Promise<number> {
  const identifier = new DataSet();
  const more = level === "STUDY" ? RETURN : [];
  for (const key of [`QueryRetrieveLevel=${level}`, ...more, ...keys]) {
    applyKeywordPath(identifier, key);
  }
  const { signal } = new AbortController();
  const association = { id: "1", callingAeTitle: "A", calledAeTitle: "B", peerAddress: "host:1" };
  const request = { sopClassUid: STUDY_ROOT_FIND, messageId: 1, identifier, signal, association };
  let matches = 0;
  for await (const _ of archive.handlers.find(request)) matches++;
  return matches;
}

const RETURN = ["PatientName", "StudyDate", "StudyDescription", "NumberOfStudyRelatedInstances"];
const studies = Math.ceil(count / 200);
const QUERIES: readonly (readonly [string, string, readonly string[]])[] = [
  ["PatientID", "STUDY", [`PatientID=P${studies >> 2}`, "StudyInstanceUID"]],
  ["StudyInstanceUID", "STUDY", [`StudyInstanceUID=1.2.3.${studies >> 1}`]],
  ["series of a study", "SERIES", [`StudyInstanceUID=1.2.3.${studies >> 1}`, "Modality"]],
  ["images of a series", "IMAGE", [
    `StudyInstanceUID=1.2.3.${studies >> 1}`,
    `SeriesInstanceUID=1.2.3.${studies >> 1}.${(studies >> 1) * 2}`,
    "InstanceNumber",
    "Rows",
  ]],
  ["wildcard name", "STUDY", ["PatientName=*ENT12*"]],
  ["date range", "STUDY", ["StudyDate=20200301-20200310"]],
  ["date range and modality", "STUDY", [
    "StudyDate=20200301-20200310",
    "ModalitiesInStudy=CT",
  ]],
  ["attribute without a column", "STUDY", ["PatientAge=066Y", "PatientID=P1*"]],
  ["everything", "STUDY", []],
];

const root = await Deno.makeTempDir({ prefix: "archive-bench-" });
try {
  say(`${count} instances in ${root}`);
  await makeFiles(`${root}/in`);
  const index = `${root}/index.sqlite`;
  const options = { directory: `${root}/received`, folders: [`${root}/in`], index, log };
  {
    await using archive = await openArchive(options);
    await scan(archive, "first scan");
    say(JSON.stringify(archive.counts));
    await scan(archive, "nothing new");
  }
  const { size } = await Deno.stat(index);
  say(
    `index: ${(size / 1e6).toFixed(0)} MB, ${Math.round(size / count)} bytes an instance`,
  );
  const opening = performance.now();
  await using archive = await openArchive(options);
  say(`opened again: ${(performance.now() - opening).toFixed(0)} ms`);
  for (const [name, level, keys] of QUERIES) {
    const times: number[] = [];
    let matches = 0;
    for (let run = 0; run < 21; run++) {
      const start = performance.now();
      matches = await ask(archive, level, keys);
      times.push(performance.now() - start);
    }
    const median = times.sort((left, right) => left - right)[10] ?? 0;
    say(`${name.padEnd(28)} ${median.toFixed(2).padStart(8)} ms  ${matches} matches`);
  }
  say(`resident ${megabytes()} MB`);
} finally {
  await Deno.remove(root, { recursive: true });
}
