/**
 * Driving a transcoder over bytes that are in memory, and what is to come out of it.
 *
 * @module
 */

import { concatBytes } from "../../lib/bytes.ts";
import { DataSet, type ElementValue } from "../../lib/data_set/data_set.ts";
import { implicitVr } from "../../lib/data_set/dictionary.ts";
import { encodingOf } from "../../lib/data_set/encoding.ts";
import { elementOf } from "../../lib/data_set/tag.ts";
import { Transcoder, type TranscoderOptions } from "../../lib/data_set/transcoder.ts";
import { VR_TRAITS } from "../../lib/data_set/vr.ts";

/** How bytes are pushed and read. */
export interface TranscodeOptions extends TranscoderOptions {
  /** The sizes of the pieces, used in turn; all at once unless given. */
  readonly pieces?: readonly number[];
  /** The sizes of the buffers, used in turn; 64 KiB unless given. */
  readonly buffers?: readonly number[];
}

/** Converts a whole data set. Each piece and each buffer is overwritten as soon as it is allowed. */
export function transcode(
  bytes: Uint8Array,
  from: string,
  to: string,
  options: TranscodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const { pieces = [Infinity], buffers = [65536] } = options;
  const transcoder = new Transcoder(from, to, options);
  const parts: Uint8Array[] = [];
  let reads = 0;
  const drain = (): void => {
    for (;;) {
      const buffer = new Uint8Array(buffers[reads++ % buffers.length]!);
      const count = transcoder.read(buffer);
      parts.push(buffer.subarray(0, count));
      if (count < buffer.length) return;
    }
  };
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const piece = bytes.slice(at, at + pieces[turn % pieces.length]!);
    at += piece.length;
    transcoder.push(piece);
    drain();
    piece.fill(0xa5);
  }
  transcoder.finish();
  drain();
  return concatBytes(parts);
}

/** What the decoder is to find in a conversion, by what it finds in the source. */
export function converted(source: DataSet, from: string, to: string): DataSet {
  const { explicitVr, littleEndian } = encodingOf(to);
  const same = encodingOf(from);
  if (same.explicitVr === explicitVr && same.littleEndian === littleEndian) return source;
  return convertedItem(source, explicitVr, undefined, undefined);
}

function convertedItem(
  source: DataSet,
  explicitVr: boolean,
  inherited: number | undefined,
  parent: DataSet | undefined,
): DataSet {
  const dataSet = new DataSet(parent);
  let pixelRepresentation = inherited;
  for (const { tag, vr, value } of source) {
    if (tag === 0x00280103 && value instanceof Uint8Array) pixelRepresentation = value[0];
    if (value instanceof Uint8Array) {
      if (elementOf(tag) === 0) continue;
      const even = evenValue(value, VR_TRAITS[vr].padding);
      const tooLong = !VR_TRAITS[vr].longLength && even.length > 0xfffe;
      const written = tooLong ? "UN" : vr;
      const read = explicitVr ? written : implicitVr(tag, pixelRepresentation);
      dataSet.set({ tag, vr: read, value: even });
    } else if ("fragments" in value) {
      dataSet.set({ tag, vr, value });
    } else {
      const items: ElementValue = value.map((item) =>
        convertedItem(item, explicitVr, pixelRepresentation, dataSet)
      );
      dataSet.set({ tag, vr, value: items });
    }
  }
  return dataSet;
}

function evenValue(value: Uint8Array, padding: number): Uint8Array {
  const even = new Uint8Array(value.length + value.length % 2).fill(padding);
  even.set(value);
  return even;
}
