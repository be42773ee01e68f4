/**
 * Random data sets, for property tests.
 *
 * @module
 */

import fc from "fast-check";
import { DataSet, type ElementValue } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { elementOf, groupOf, type Tag } from "../../lib/data_set/tag.ts";
import type { Vr } from "../../lib/data_set/vr.ts";
import {
  EXPLICIT_VR_LITTLE_ENDIAN,
  JPEG_BASELINE,
  UNCOMPRESSED_TRANSFER_SYNTAXES,
} from "../../lib/transfer_syntax.ts";

/** A data set as a plain value, so that fast-check can show and shrink it. */
type Shape = readonly [tag: Tag, vr: Vr, value: Uint8Array | readonly Shape[][]];

/** A data set, and how it is written. */
export interface EncodedDataSet {
  readonly syntax: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Tags with the VR that implicit VR gives them. */
const ELEMENTS: readonly (readonly [Tag, Vr, unit: number])[] = [
  [0x00080005, "CS", 2],
  [0x00080018, "UI", 2],
  [0x00091010, "UN", 2],
  [0x00100010, "PN", 2],
  [0x00100020, "LO", 2],
  [0x00280009, "AT", 4],
  [0x00280010, "US", 2],
  [0x00281052, "DS", 2],
  [0x00400110, "UN", 2],
  [0x00189073, "FD", 8],
  [0x00189461, "FL", 4],
  [0x00720050, "CS", 2],
];
const SEQUENCES: readonly Tag[] = [0x00081115, 0x00081140, 0x00091011, 0x300a00b0];
const PIXEL_DATA = 0x7fe00010;

/** Shapes of a data set with sequences nested up to three deep. */
const { shapes } = fc.letrec<{ shapes: Shape[]; sequence: Shape }>((tie) => ({
  shapes: fc.uniqueArray(
    fc.oneof({ depthSize: "small", maxDepth: 3 }, plainElement(), tie("sequence")),
    { maxLength: 5, selector: ([tag]) => tag },
  ),
  sequence: fc.tuple(
    fc.constantFrom(...SEQUENCES),
    fc.constant<Vr>("SQ"),
    fc.array(tie("shapes"), { maxLength: 3 }),
  ),
}));

function plainElement(): fc.Arbitrary<Shape> {
  return fc.constantFrom(...ELEMENTS).chain(([tag, vr, unit]) =>
    fc.nat(6).chain((count) =>
      fc.uint8Array({ minLength: count * unit, maxLength: count * unit }).map((value) =>
        [tag, vr, value] as const
      )
    )
  );
}

function build(elements: readonly Shape[], parent?: DataSet): DataSet {
  const dataSet = new DataSet(parent);
  for (const [tag, vr, value] of elements) {
    const built: ElementValue = value instanceof Uint8Array
      ? value
      : value.map((item) => build(item, dataSet));
    dataSet.set({ tag, vr, value: built });
  }
  return dataSet;
}

/** Random data sets without pixel data. */
export function randomDataSet(): fc.Arbitrary<DataSet> {
  return shapes.map((elements) => build(elements));
}

/** Random data sets in random transfer syntaxes, some of them with encapsulated pixel data. */
export function encodedDataSet(): fc.Arbitrary<EncodedDataSet> {
  const fragments = fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 4 });
  const compressed = fc.tuple(randomDataSet(), fragments).map(([dataSet, pieces]) => {
    const even = pieces.map((piece) => piece.subarray(0, piece.length - piece.length % 2));
    dataSet.set({ tag: PIXEL_DATA, vr: "OB", value: { fragments: even } });
    return { syntax: JPEG_BASELINE, bytes: encodeDataSet(dataSet, JPEG_BASELINE) };
  });
  const syntax = fc.constantFrom(...UNCOMPRESSED_TRANSFER_SYNTAXES);
  const uncompressed = fc.tuple(randomDataSet(), syntax).map(([dataSet, uid]) => ({
    syntax: uid,
    bytes: encodeDataSet(dataSet, uid),
  }));
  const delimited = randomDataSet().map((dataSet) => ({
    syntax: EXPLICIT_VR_LITTLE_ENDIAN,
    bytes: Uint8Array.fromHex(delimitedHex(dataSet)),
  }));
  return fc.oneof(uncompressed, compressed, delimited);
}

/** Explicit VR with undefined lengths of all sequences and items, which the encoder never writes. */
function delimitedHex(dataSet: DataSet): string {
  let hex = "";
  for (const element of dataSet) {
    const { tag, value } = element;
    if (!Array.isArray(value)) {
      const single = new DataSet().set(element);
      hex += encodeDataSet(single, EXPLICIT_VR_LITTLE_ENDIAN).toHex();
      continue;
    }
    const head = new Uint8Array(4);
    new DataView(head.buffer).setUint16(0, groupOf(tag), true);
    new DataView(head.buffer).setUint16(2, elementOf(tag), true);
    hex += `${head.toHex()}53510000ffffffff`;
    for (const item of value) hex += `feff00e0ffffffff${delimitedHex(item)}feff0de000000000`;
    hex += "feffdde000000000";
  }
  return hex;
}
