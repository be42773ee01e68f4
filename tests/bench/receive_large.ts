/**
 * One object of 1 GB by C-MOVE: how long `movescu --store` takes, and how much memory.
 *
 * Run it with `deno run --allow-all tests/bench/receive_large.ts [megabytes]`. It needs DCMTK (the
 * archive is dcmqrscp) and GNU time. The object is synthetic and incompressible.
 *
 * @module
 */

import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { encodeNumbers, encodeStrings } from "../../lib/data_set/value.ts";
import type { Vr } from "../../lib/data_set/vr.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/transfer_syntax.ts";
import { generateUid, IMPLEMENTATION_CLASS_UID } from "../../lib/uid.ts";
import { fileURLToPath } from "node:url";
import { run } from "../support/command.ts";
import { type RealFile, startDcmqrscp } from "../support/peers.ts";
import { freePort } from "../support/command.ts";

const MULTI_FRAME_GRAYSCALE_WORD = "1.2.840.10008.5.1.4.1.1.7.3";
const FRAME_LENGTH = 512 * 512 * 2;
const PIXEL_DATA_HEADER = 12;

/** Writes a multi-frame object of a size. */
export async function writeMultiFrame(path: string, megabytes: number): Promise<RealFile> {
  const frames = Math.ceil(megabytes * 1e6 / FRAME_LENGTH);
  const sopInstanceUid = generateUid();
  const studyUid = generateUid();
  const seriesUid = generateUid();
  const dataSet = new DataSet();
  const texts: [number, Vr, string][] = [
    [0x00080016, "UI", MULTI_FRAME_GRAYSCALE_WORD],
    [0x00080018, "UI", sopInstanceUid],
    [0x00080020, "DA", "20200101"],
    [0x00080030, "TM", "120000"],
    [0x00080050, "SH", "A1"],
    [0x00080060, "CS", "OT"],
    [0x00100010, "PN", "Large^Object"],
    [0x00100020, "LO", "LARGE"],
    [0x00100030, "DA", ""],
    [0x00100040, "CS", "O"],
    [0x0020000d, "UI", studyUid],
    [0x0020000e, "UI", seriesUid],
    [0x00200010, "SH", "1"],
    [0x00200011, "IS", "1"],
    [0x00200013, "IS", "1"],
    [0x00280004, "CS", "MONOCHROME2"],
    [0x00280008, "IS", String(frames)],
  ];
  for (const [tag, vr, text] of texts) {
    dataSet.set({ tag, vr, value: encodeStrings(vr, [text], []) });
  }
  const numbers: [number, number][] = [
    [0x00280002, 1],
    [0x00280010, 512],
    [0x00280011, 512],
    [0x00280100, 16],
    [0x00280101, 16],
    [0x00280102, 15],
    [0x00280103, 0],
  ];
  for (const [tag, value] of numbers) {
    dataSet.set({ tag, vr: "US", value: encodeNumbers("US", [value]) });
  }
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const head = [
    encodeFileMeta({
      sopClassUid: MULTI_FRAME_GRAYSCALE_WORD,
      sopInstanceUid,
      transferSyntaxUid: EXPLICIT_VR_LITTLE_ENDIAN,
      implementationClassUid: IMPLEMENTATION_CLASS_UID,
    }),
    encodeDataSet(dataSet, EXPLICIT_VR_LITTLE_ENDIAN),
    pixelDataHeader(frames * FRAME_LENGTH),
  ];
  for (const bytes of head) file.writeSync(bytes);
  const frame = new Uint8Array(FRAME_LENGTH);
  for (let at = 0; at < frame.length; at += 65536) {
    crypto.getRandomValues(frame.subarray(at, at + 65536));
  }
  for (let i = 0; i < frames; i++) file.writeSync(frame);
  return {
    path,
    name: "large",
    origin: "original",
    edits: [],
    sopClassUid: MULTI_FRAME_GRAYSCALE_WORD,
    sopInstanceUid,
    transferSyntaxUid: EXPLICIT_VR_LITTLE_ENDIAN,
    studyUid,
    seriesUid,
    patientId: "LARGE",
  };
}

function pixelDataHeader(length: number): Uint8Array {
  const header = new Uint8Array(PIXEL_DATA_HEADER);
  header.set([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57]);
  new DataView(header.buffer).setUint32(8, length, true);
  return header;
}

if (import.meta.main) {
  const megabytes = Number(Deno.args[0] ?? 1000);
  const directory = await Deno.makeTempDir({ prefix: "dimse_bench_" });
  try {
    const file = await writeMultiFrame(`${directory}/large.dcm`, megabytes);
    const to = { aeTitle: "STORESCP", port: freePort() };
    await using archive = await startDcmqrscp({
      moveDestinations: [to],
      args: ["--max-pdu", "131072"],
    });
    const { refused } = await archive.load([file]);
    if (refused.length > 0) throw new TypeError(`dcmqrscp refused it: ${refused[0]?.reason}`);
    const tool = fileURLToPath(new URL("../../cli/movescu.ts", import.meta.url));
    for (let round = 1; round <= 3; round++) {
      const received = `${directory}/received`;
      const { code, stderr } = await run("/usr/bin/time", [
        ...["-v", Deno.execPath(), "run", "--allow-all", tool],
        ...["127.0.0.1", String(archive.port), "-aec", archive.aeTitle, "-S"],
        ...["--store", "--store-port", String(to.port), "-od", received, "-td", "120"],
        ...["-k", `StudyInstanceUID=${file.studyUid}`],
      ], { timeout: 300_000 });
      if (code !== 0) throw new TypeError(`movescu ended with ${code}\n${stderr}`);
      const [stored] = [...Deno.readDirSync(received)];
      if (stored === undefined) throw new TypeError(`Nothing was stored\n${stderr}`);
      const size = Deno.statSync(`${received}/${stored.name}`).size;
      const peak = Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(stderr)?.[1]) / 1024;
      const wall = /Elapsed \(wall clock\) time .*: (\S+)/.exec(stderr)?.[1];
      const line = `round ${round}: ${(size / 1e6).toFixed(0)} MB in ${wall}, ` +
        `peak memory of movescu ${peak.toFixed(0)} MB\n`;
      Deno.stdout.writeSync(new TextEncoder().encode(line));
      await Deno.remove(received, { recursive: true });
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
