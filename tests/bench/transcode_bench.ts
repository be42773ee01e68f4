/**
 * How fast a data set of 1 GB is converted, and with how much memory: each way between the uncompressed
 * transfer syntaxes.
 *
 * Run: `deno run -A tests/bench/transcode_bench.ts [megabytes [from to]]`. Each way has a process of its
 * own, so that its peak of memory is its own. The data set is synthetic, made and dropped as it goes: a
 * head with sequences and private elements, and 16-bit pixels of which 12 bits are noise.
 *
 * @module
 */

import { DataSet } from "../../lib/data_set/data_set.ts";
import { Deflater } from "../../lib/data_set/deflate.ts";
import { writeHeader } from "../../lib/data_set/element_header.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodingOf } from "../../lib/data_set/encoding.ts";
import { Transcoder } from "../../lib/data_set/transcoder.ts";
import {
  EXPLICIT_VR_LITTLE_ENDIAN,
  transferSyntax,
  UNCOMPRESSED_TRANSFER_SYNTAXES,
} from "../../lib/transfer_syntax.ts";
import { fileURLToPath } from "node:url";
import { runOk } from "../support/command.ts";

const MB = 1_000_000;
const PIECE = 256 * 1024;
const PIXEL_DATA = 0x7fe00010;

/** The data set in pieces, not deflated. */
function* plainPieces(transferSyntaxUid: string, length: number): Generator<Uint8Array> {
  // What is deflated inside is Explicit VR Little Endian.
  const uid = encodingOf(transferSyntaxUid).deflated
    ? EXPLICIT_VR_LITTLE_ENDIAN
    : transferSyntaxUid;
  const text = new TextEncoder();
  const dataSet = new DataSet();
  for (let index = 0; index < 200; index++) {
    const item = new DataSet(dataSet)
      .set({ tag: 0x00081150, vr: "UI", value: text.encode("1.2.840.10008.5.1.4.1.1.7\0") })
      .set({ tag: 0x00091001, vr: "UN", value: new Uint8Array(20) });
    dataSet.set({ tag: 0x00211000 + index, vr: "SQ", value: [item, item] });
  }
  yield encodeDataSet(dataSet, uid);
  const header = new Uint8Array(12);
  const view = new DataView(header.buffer);
  yield header.subarray(0, writeHeader(view, 0, PIXEL_DATA, "OW", length, encodingOf(uid)));
  const words = Uint16Array.from({ length: PIECE / 2 }, () => 1000 + Math.random() * 4096);
  const pixels = new Uint8Array(words.buffer);
  let left = length;
  for (; left > PIECE; left -= PIECE) yield pixels;
  yield pixels.subarray(0, left);
}

/** The data set in pieces, in any of the transfer syntaxes. */
function* pieces(transferSyntaxUid: string, length: number): Generator<Uint8Array> {
  if (!encodingOf(transferSyntaxUid).deflated) {
    yield* plainPieces(transferSyntaxUid, length);
    return;
  }
  const ready: Uint8Array[] = [];
  const deflater = new Deflater((bytes) => ready.push(bytes.slice()));
  for (const piece of plainPieces(transferSyntaxUid, length)) {
    deflater.push(piece);
    yield* ready.splice(0);
  }
  deflater.finish();
  yield* ready;
}

/** Converts one data set, and says how that went. The making of the source is not counted. */
function measure(from: string, to: string, megabytes: number): string {
  const length = megabytes * MB;
  const transcoder = new Transcoder(from, to, { inflateBudget: Infinity });
  const buffer = new Uint8Array(PIECE);
  let seconds = 0;
  let output = 0;
  let peak = 0;
  const drain = (): void => {
    for (let count = buffer.length; count === buffer.length; output += count) {
      count = transcoder.read(buffer);
    }
  };
  const timed = (action: () => void): void => {
    const start = performance.now();
    action();
    seconds += (performance.now() - start) / 1000;
  };
  for (const piece of pieces(from, length)) {
    timed(() => {
      transcoder.push(piece);
      drain();
    });
    peak = Math.max(peak, Deno.memoryUsage().rss / MB);
  }
  timed(() => {
    transcoder.finish();
    drain();
  });
  return `${transferSyntax(from)?.name} to ${transferSyntax(to)?.name}: ` +
    `${Math.round(length / MB / seconds)} MB/s, ${Math.round(output / MB)} MB come out, ` +
    `peak RSS ${Math.round(peak)} MB`;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  const [megabytes = "1000", from, to] = Deno.args;
  if (from !== undefined && to !== undefined) {
    print(measure(from, to, Number(megabytes)));
  } else {
    const script = fileURLToPath(import.meta.url);
    for (const source of UNCOMPRESSED_TRANSFER_SYNTAXES) {
      for (const target of UNCOMPRESSED_TRANSFER_SYNTAXES) {
        const args = ["run", "-A", script, megabytes, source, target];
        const { stdout } = await runOk(Deno.execPath(), args, { timeout: 600_000 });
        print(stdout.trim());
      }
    }
  }
}
