/**
 * What fuzzing begins with: the golden vectors, the data sets of the tests, and files made of them; and
 * what is found in recorded traffic and in files.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { concatBytes } from "../../lib/bytes.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { toJson } from "../../lib/data_set/json.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { recognizeTransferSyntax } from "../../lib/data_set/recognition.ts";
import { PduDecoder } from "../../lib/pdu/decoder.ts";
import { DataSetError, DicomNetError } from "../../lib/errors.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  JPEG_BASELINE,
  UNCOMPRESSED_TRANSFER_SYNTAXES,
} from "../../lib/transfer_syntax.ts";
import { GOLDEN_VECTORS } from "../../fixtures/standard/golden_vectors.ts";
import { BROKEN, bytesOf, SOUND } from "../data_set/data_set_cases.ts";
import { dataSetBytes, fileMeta } from "../support/part10.ts";
import { attempt, type Kind, type Seed } from "./target.ts";

/** Longer seeds make every execution slow and find no more. */
const LONGEST_SEED = 24 * 1024;

type VectorName = keyof typeof GOLDEN_VECTORS;

const FROM_ACCEPTOR = /^(associateAccept|associateReject|releaseResponse|abort|c\w+Response)/;
const ASSOCIATIONS: readonly VectorName[] = [
  "associateRequest",
  "associateRequestWithEverySubItem",
];

/** The seeds that lie in the repository. */
export function builtInCorpus(): Seed[] {
  return [
    promising("from-requestor", 0x01),
    promising("from-acceptor", 0x02),
    ...vectors(),
    ...[...SOUND, ...BROKEN].map(({ name, syntax, hex }): Seed => ({
      kind: "data-set",
      name,
      bytes: bytesOf(hex),
      variant: syntax,
    })),
    ...files(),
    ...TEXTS.map((text, at): Seed => seedOf("text", `text ${at}`, new TextEncoder().encode(text))),
  ];
}

/** What is in one direction of a connection: itself, its command sets, and its data sets. */
export function trafficSeeds(
  kind: "from-requestor" | "from-acceptor",
  name: string,
  bytes: Uint8Array,
): Seed[] {
  const seeds: Seed[] = [seedOf(kind, name, bytes.subarray(0, LONGEST_SEED))];
  const decoder = new PduDecoder({ maximumLength: 0 });
  decoder.receive(bytes);
  let [command, data]: Uint8Array[][] = [[], []];
  attempt(DicomNetError, () => {
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      if (event.type !== "PDV") continue;
      const parts = event.isCommand ? command : data;
      parts?.push(event.data);
      if (!event.isLast) continue;
      const whole = concatBytes(parts ?? []).slice(0, LONGEST_SEED);
      if (event.isCommand) {
        seeds.push(seedOf("command", name, whole));
        command = [];
      } else {
        seeds.push({
          ...seedOf("data-set", name, whole),
          variant: recognizeTransferSyntax(whole) ?? EXPLICIT_VR_LITTLE_ENDIAN,
        });
        data = [];
      }
    }
  });
  return seeds;
}

/** What is in a DICOM file: itself, its data set, and that as JSON. */
export function fileSeeds(name: string, bytes: Uint8Array): Seed[] {
  if (bytes.length > LONGEST_SEED) return [];
  const variant = fileMeta(bytes).get("0002,0010") ?? EXPLICIT_VR_LITTLE_ENDIAN;
  const dataSet = dataSetBytes(bytes);
  const seeds = [seedOf("file", name, bytes), { ...seedOf("data-set", name, dataSet), variant }];
  const json = attempt(DataSetError, () => toJson(decodeDataSet(dataSet, variant)));
  if (json.value !== undefined) {
    seeds.push(seedOf("json", name, new TextEncoder().encode(JSON.stringify(json.value))));
  }
  return seeds;
}

/** The certificates that lie in the repository. */
export function certificateCorpus(): Seed[] {
  const directory = fileURLToPath(new URL("../../fixtures/tls", import.meta.url));
  return [...Deno.readDirSync(directory)].filter(({ name }) => name.endsWith(".pem"))
    .flatMap(({ name }) => certificateSeeds(name, Deno.readTextFileSync(`${directory}/${name}`)));
}

function certificateSeeds(name: string, pem: string): Seed[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g);
  return [...blocks].map(([, base64 = ""]) =>
    seedOf("certificate", name, Uint8Array.fromBase64(base64))
  );
}

/**
 * The seeds of a directory: files named `KIND.anything.hex` or `KIND.anything.bin`; a data set's name
 * ends in its transfer syntax, as in `data-set.mine.1.2.840.10008.1.2.hex`.
 */
export function directorySeeds(directory: string): Seed[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name }): Seed[] => {
    const kind = KINDS.find((one) => name.startsWith(`${one}.`));
    if (kind === undefined) return [];
    const path = `${directory}/${name}`;
    const bytes = name.endsWith(".hex")
      ? Uint8Array.fromHex(Deno.readTextFileSync(path).replace(/#.*|\s/g, ""))
      : Deno.readFileSync(path);
    const variant = /(1\.2\.840\.[\d.]*\d)\.(hex|bin)$/.exec(name)?.[1];
    return [{ kind, name, bytes, ...(variant === undefined ? {} : { variant }) }];
  });
}

const KINDS: readonly Kind[] = [
  ...["from-requestor", "from-acceptor", "command", "data-set", "file", "json"] as const,
  ...["certificate", "text"] as const,
];

function seedOf(kind: Kind, name: string, bytes: Uint8Array): Seed {
  return { kind, name, bytes };
}

/** A PDU of a type that says it has nearly a megabyte, and has 80 octets. */
function promising(kind: "from-requestor" | "from-acceptor", type: number): Seed {
  const bytes = new Uint8Array(86);
  bytes[0] = type;
  new DataView(bytes.buffer).setUint32(2, 0xfffff);
  return seedOf(kind, "promises much", bytes);
}

/** Each vector by itself, and each exchange as an association that it stands in. */
function vectors(): Seed[] {
  const seeds: Seed[] = [];
  for (const [name, hex] of Object.entries(GOLDEN_VECTORS)) {
    const bytes = Uint8Array.fromHex(hex);
    if (name.startsWith("associate")) {
      const kind = FROM_ACCEPTOR.test(name) ? "from-acceptor" : "from-requestor";
      seeds.push(...trafficSeeds(kind, name, bytes));
      continue;
    }
    const end = Uint8Array.fromHex(GOLDEN_VECTORS.releaseRequest);
    const released = Uint8Array.fromHex(GOLDEN_VECTORS.releaseResponse);
    const accept = Uint8Array.fromHex(GOLDEN_VECTORS.associateAccept);
    if (FROM_ACCEPTOR.test(name)) {
      seeds.push(...trafficSeeds("from-acceptor", name, concatBytes([accept, bytes, released])));
    } else {
      for (const association of ASSOCIATIONS) {
        const request = Uint8Array.fromHex(GOLDEN_VECTORS[association]);
        seeds.push(...trafficSeeds("from-requestor", name, concatBytes([request, bytes, end])));
      }
    }
  }
  return seeds;
}

function files(): Seed[] {
  const directory = new DataSet();
  applyKeywordPath(directory, "FileSetID=CD");
  applyKeywordPath(directory, "DirectoryRecordSequence[0].ReferencedFileID=IMAGES\\IM1");
  applyKeywordPath(directory, "DirectoryRecordSequence[0].RecordInUseFlag=65535");
  applyKeywordPath(directory, "DirectoryRecordSequence[1].ReferencedFileID=..\\IM2");
  const instance = new DataSet();
  for (
    const path of [
      ...["SpecificCharacterSet=ISO 2022 IR 100", "SOPInstanceUID=1.2.3", "PatientName=DOE^JOHN"],
      ...["PatientID=4711", "StudyDate=20261121", "StudyTime=1200-1300", "PatientWeight=7.5"],
      ...["ReferencedSeriesSequence[0].SeriesInstanceUID=1.2", "Rows=2", "PixelAspectRatio=1\\1"],
    ]
  ) applyKeywordPath(instance, path);
  const compressed = decodeDataSet(
    encodeDataSet(instance, EXPLICIT_VR_LITTLE_ENDIAN),
    EXPLICIT_VR_LITTLE_ENDIAN,
  );
  compressed.set({
    tag: 0x7fe00010,
    vr: "OB",
    value: { fragments: [new Uint8Array(4), Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)] },
  });
  return [
    ...UNCOMPRESSED_TRANSFER_SYNTAXES.flatMap((syntax) =>
      file(`instance ${syntax}`, instance, syntax)
    ),
    ...file("compressed", compressed, JPEG_BASELINE),
    ...file("DICOMDIR", directory, EXPLICIT_VR_LITTLE_ENDIAN),
    seedOf("file", "bare", encodeDataSet(instance, IMPLICIT_VR_LITTLE_ENDIAN)),
    {
      ...seedOf("data-set", "a bomb", encodeDataSet(zeros(), DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)),
      variant: DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    },
  ];
}

/** Little that inflates to more than any budget here. */
function zeros(): DataSet {
  return new DataSet().set({ tag: 0x7fe00010, vr: "OW", value: new Uint8Array(4_000_000) });
}

function file(name: string, dataSet: DataSet, transferSyntaxUid: string): Seed[] {
  const meta = encodeFileMeta({
    sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
    sopInstanceUid: "1.2.3",
    transferSyntaxUid,
    implementationClassUid: "1.2.3",
  });
  return fileSeeds(name, concatBytes([meta, encodeDataSet(dataSet, transferSyntaxUid)]));
}

const TEXTS: readonly string[] = [
  "PatientName=DOE*",
  "(0008,0052)=STUDY",
  "RequestedProcedureCodeSequence[0].CodeValue=CT?EAD",
  "BeamSequence[1].ControlPointSequence[0].GantryAngle=1.5\\2",
  "PatientName=*a*a*a*a*a*a*a*b",
  "QueryRetrieveLevel=STUDY\n# by date\nStudyDate=20261101-20261130\nStudyTime=-1200",
  "jsr:@scope/name@^1.2.3/handler.ts#sha256-" + "A".repeat(43) + "=",
  "https://example.org/handler.ts",
  "npm:handler@1.2.3",
  "./handler.ts",
  "data:text/typescript,export default 1",
  "^1.2 || ~1.2.3 || 1.x || >=1 <3 || 1.2 - 1.4 || *",
  "1.2.840.10008.5.1.4.1.1.2",
  "../../etc/passwd",
  "CON",
];
