/**
 * Data sets: the decoder, the scanner that sees them pass, and all that reads what they hold.
 *
 * @module
 */

import type { DataSet } from "../../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../../lib/data_set/decoder.ts";
import { dumpDataSet } from "../../../lib/data_set/dump.ts";
import { encodeDataSet } from "../../../lib/data_set/encoder.ts";
import { fromJson, toJson } from "../../../lib/data_set/json.ts";
import { matchesIdentifier } from "../../../lib/data_set/matching.ts";
import { recognizeTransferSyntax } from "../../../lib/data_set/recognition.ts";
import { DataSetScanner } from "../../../lib/data_set/scanner.ts";
import { canTranscode } from "../../../lib/data_set/transcoder.ts";
import { encodingOf } from "../../../lib/data_set/encoding.ts";
import { DataSetError } from "../../../lib/errors.ts";
import {
  EXPLICIT_VR_LITTLE_ENDIAN,
  UNCOMPRESSED_TRANSFER_SYNTAXES,
} from "../../../lib/transfer_syntax.ts";
import { outline } from "../../data_set/data_set_cases.ts";
import { converted, transcode } from "../../data_set/transcode.ts";
import { cut, Random } from "../random.ts";
import { attempt, must, shapeOf } from "../target.ts";
import { pureTarget } from "./pure_target.ts";

/** What a deflated data set may come to; it is held a few times over, to be read and written. */
export const INFLATE_BUDGET = 128 * 1024;

const LIMITS = { inflateBudget: INFLATE_BUDGET };

function scanned(bytes: Uint8Array, syntax: string, lengths: readonly number[]): {
  readonly error?: DataSetError;
  readonly text: string;
} {
  const collect = [0x00080005, 0x00080018, 0x00100010, 0x00100020, 0x0020000d];
  const scanner = new DataSetScanner(syntax, { collect, ...LIMITS });
  const { error } = attempt(DataSetError, () => {
    for (const piece of cut(bytes, lengths)) {
      scanner.push(piece);
      piece.fill(0xa5);
    }
    scanner.finish();
  });
  return { ...(error && { error }), text: outline(scanner.attributes).join("\n") };
}

/** Looks at everything that can be asked of a data set. */
function read(dataSet: DataSet): void {
  must(dumpDataSet(dataSet).length >= dataSet.size, "a dump has a line for each element");
  attempt(DataSetError, () => {
    const json = toJson(dataSet);
    fromJson(JSON.parse(JSON.stringify(json)));
  });
  matchesIdentifier(dataSet, dataSet);
  matchesIdentifier(dataSet, dataSet, { combineDateTime: true, foldPersonNames: true });
  for (const { tag } of dataSet) {
    dataSet.getStrings(tag);
    attempt(DataSetError, () => dataSet.getNumbers(tag));
  }
}

/** Bytes into the decoder and the scanner of data sets. */
export const DATA_SET = pureTarget({
  name: "data-set",
  kinds: ["data-set"],
  maximumLength: 8 * 1024,
  allocationFactor: 64,
  freeAllocation: 16 * INFLATE_BUDGET,
  run: ({ bytes, control, variant }) => {
    recognizeTransferSyntax(bytes);
    const decoded = attempt(DataSetError, () => decodeDataSet(bytes, variant, LIMITS));
    const whole = scanned(bytes, variant, [Infinity]);
    const parts = scanned(bytes, variant, new Random(control).splits(bytes.length));
    // Deflated bytes are inflated some at a time, and which of two faults is found first depends on it.
    const { deflated } = encodingOf(variant);
    must(
      deflated
        ? (whole.error === undefined) === (parts.error === undefined)
        : whole.error?.message === parts.error?.message,
      "it ends the same however it is split",
      () => `${whole.error} / ${parts.error}`,
    );
    must(
      whole.error !== undefined || whole.text === parts.text,
      "the same is collected however it is split",
    );
    if (decoded.error !== undefined) {
      must(
        whole.error !== undefined,
        "the scanner refuses what the decoder refuses",
        () => decoded.error.message,
      );
      return shapeOf(decoded.error.message);
    }
    const isEmpty = whole.error?.message.endsWith("it is empty") ?? false;
    must(
      whole.error === undefined || isEmpty,
      "the scanner takes what the decoder takes",
      () => `${whole.error}`,
    );
    read(decoded.value);
    const written = attempt(DataSetError, () => encodeDataSet(decoded.value, variant));
    if (written.error !== undefined) return `sound, ${shapeOf(written.error.message)}`;
    const again = encodeDataSet(decodeDataSet(written.value, variant), variant);
    // Deflated bytes are the same where what is deflated is, by the same deflater.
    must(again.toHex() === written.value.toHex(), "what was written is read and written the same");
    return `sound, ${decoded.value.size}`;
  },
});

/** Bytes into the transcoder. */
export const TRANSCODER = pureTarget({
  name: "transcoder",
  kinds: ["data-set"],
  maximumLength: 8 * 1024,
  run: ({ bytes, control, variant }) => {
    const random = new Random(control);
    const from = canTranscode(variant, variant) ? variant : EXPLICIT_VR_LITTLE_ENDIAN;
    const to = random.pick(UNCOMPRESSED_TRANSFER_SYNTAXES);
    const options = {
      pieces: random.splits(bytes.length),
      buffers: random.splits(bytes.length),
      ...LIMITS,
    };
    const expected = attempt(
      DataSetError,
      () => outline(converted(decodeDataSet(bytes, from, LIMITS), from, to)).join("\n"),
    );
    const made = attempt(DataSetError, () => transcode(bytes, from, to, options));
    if (made.error?.message.startsWith("Cannot convert")) return shapeOf(made.error.message);
    must(
      (made.error === undefined) === (expected.error === undefined),
      "it is converted exactly when it can be decoded",
      () => `${made.error} / ${expected.error}`,
    );
    if (made.error !== undefined || expected.error !== undefined) {
      return shapeOf(`${made.error?.message}`);
    }
    // In implicit VR a UN may turn out to be a sequence, and a broken one.
    if (!encodingOf(to).explicitVr) return "implicit";
    const read = outline(decodeDataSet(made.value, to)).join("\n");
    must(read === expected.value, "what is converted is decoded as the source is");
    return `sound ${encodingOf(to).littleEndian}`;
  },
});
