/**
 * Makes inputs of other inputs: flipped bits, lengths at their edges, cut, repeated and spliced parts,
 * words of the standard in odd places, and PDUs in an odd order.
 *
 * @module
 */

import { concatBytes } from "../../lib/bytes.ts";
import { WORDS } from "./dictionary.ts";
import type { Random } from "./random.ts";

type Mutation = (bytes: Uint8Array, random: Random, donor: Uint8Array) => Uint8Array;

const PDU_HEADER = 6;

/** At most so many bytes are inserted at once. */
const LONGEST_INSERTION = 4096;

/**
 * Changes an input in one to eight ways.
 *
 * @param bytes The input; it stays as it is.
 * @param random Decides.
 * @param donor Another input, of which parts are taken.
 * @param maximumLength What is longer is cut.
 * @returns Another input.
 */
export function mutate(
  bytes: Uint8Array,
  random: Random,
  donor: Uint8Array,
  maximumLength: number,
): Uint8Array {
  // An association that is asked for or accepted badly ends there, so mostly that is left as it is.
  const opening = random.oneIn(3) ? 0 : openingLength(bytes);
  let mutated: Uint8Array = bytes.slice(opening, maximumLength);
  for (let turns = 1 << random.below(4); turns > 0; turns--) {
    mutated = random.pick(MUTATIONS)(mutated, random, donor).subarray(0, maximumLength);
  }
  return concatBytes([bytes.subarray(0, opening), mutated]).subarray(0, maximumLength);
}

/** The length of an A-ASSOCIATE-RQ or -AC at the start that is whole, or 0. */
function openingLength(bytes: Uint8Array): number {
  if (bytes[0] !== 0x01 && bytes[0] !== 0x02) return 0;
  const [first] = splitPdus(bytes);
  return first !== undefined && first.length < bytes.length ? first.length : 0;
}

function replaced(bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array {
  return concatBytes([bytes.subarray(0, start), by, bytes.subarray(end)]);
}

function someOf(bytes: Uint8Array, random: Random): Uint8Array {
  const start = random.below(bytes.length + 1);
  const length = random.below(Math.min(bytes.length - start, LONGEST_INSERTION) + 1);
  return bytes.subarray(start, start + length);
}

const flipBit: Mutation = (bytes, random) => {
  if (bytes.length === 0) return bytes;
  const flipped = bytes.slice();
  const at = random.below(bytes.length);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
  return flipped;
};

const setOctet: Mutation = (bytes, random) => {
  if (bytes.length === 0) return bytes;
  const set = bytes.slice();
  set[random.below(bytes.length)] = random.oneIn(2)
    ? random.below(256)
    : random.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff]);
  return set;
};

/** Takes two or four octets for a number, in either byte order, and sets it to an edge. */
const setLength: Mutation = (bytes, random) => {
  const width = random.pick([2, 4, 4]);
  if (bytes.length < width) return bytes;
  const set = bytes.slice();
  const view = new DataView(set.buffer);
  const at = random.below(bytes.length - width + 1);
  const isLittle = random.oneIn(2);
  const now = width === 2 ? view.getUint16(at, isLittle) : view.getUint32(at, isLittle);
  const left = bytes.length - at - width;
  const edge = random.pick([
    ...[0, 1, 2, now - 1, now + 1, now * 2, left - 1, left, left + 1],
    ...[0x7fff, 0x8000, 0xfffe, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff],
  ]);
  if (width === 2) view.setUint16(at, edge, isLittle);
  else view.setUint32(at, edge, isLittle);
  return set;
};

const truncate: Mutation = (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1));

const remove: Mutation = (bytes, random) => {
  const start = random.below(bytes.length + 1);
  return replaced(bytes, start, start + 1 + random.below(64), new Uint8Array(0));
};

const repeat: Mutation = (bytes, random) => {
  const part = someOf(bytes, random);
  const times = random.oneIn(8) ? 2 + random.below(200) : 1;
  const at = random.below(bytes.length + 1);
  return replaced(bytes, at, at, concatBytes(Array.from({ length: times }, () => part)));
};

const insertWord: Mutation = (bytes, random) => {
  const word = random.pick(WORDS);
  const at = random.below(bytes.length + 1);
  return replaced(bytes, at, random.oneIn(2) ? at : at + word.length, word);
};

const insertNoise: Mutation = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  const noise = Uint8Array.from({ length: 1 + random.below(32) }, () => random.below(256));
  return replaced(bytes, at, random.oneIn(2) ? at : at + noise.length, noise);
};

const splice: Mutation = (bytes, random, donor) => {
  const at = random.below(bytes.length + 1);
  const part = someOf(donor, random);
  return replaced(bytes, at, random.oneIn(2) ? at : at + part.length, part);
};

const crossOver: Mutation = (bytes, random, donor) =>
  concatBytes([
    bytes.subarray(0, random.below(bytes.length + 1)),
    donor.subarray(random.below(donor.length + 1)),
  ]);

/** Changes what is in a PDU, and makes its lengths right again: so the change gets further in. */
const changePdu: Mutation = (bytes, random, donor) => {
  const pdus = splitPdus(bytes);
  const at = random.below(pdus.length);
  const pdu = pdus[at];
  if (pdu === undefined || pdu.length < PDU_HEADER) return bytes;
  const change = random.pick([flipBit, setOctet, setLength, remove, insertWord, splice]);
  const body = change(pdu.subarray(PDU_HEADER), random, donor);
  const fitted = concatBytes([pdu.subarray(0, PDU_HEADER), body]);
  const view = new DataView(fitted.buffer);
  view.setUint32(2, body.length);
  if (fitted[0] === 0x04 && body.length >= 6 && random.oneIn(2)) {
    view.setUint32(PDU_HEADER, body.length - 4);
  }
  pdus[at] = fitted;
  return concatBytes(pdus);
};

/** Leaves a PDU out, repeats it, moves it, or puts another's in its place. */
const orderPdus: Mutation = (bytes, random, donor) => {
  const pdus = splitPdus(bytes);
  const others = splitPdus(donor);
  if (pdus.length === 0 || others.length === 0) return bytes;
  const at = random.below(pdus.length);
  const other = random.oneIn(2) ? random.pick(pdus) : random.pick(others);
  pdus.splice(at, random.below(2), ...(random.oneIn(3) ? [] : [other]));
  return concatBytes(pdus);
};

/** Cuts a P-DATA-TF of one PDV in two, or sets its message control header. */
const refragment: Mutation = (bytes, random) => {
  const pdus = splitPdus(bytes);
  const places = pdus.keys().filter((at) => pdus[at]?.[0] === 0x04).toArray();
  if (places.length === 0) return bytes;
  const at = random.pick(places);
  const pdu = pdus[at] ?? new Uint8Array(0);
  if (pdu.length < 12) return bytes;
  if (random.oneIn(3)) {
    const set = pdu.slice();
    set[random.oneIn(3) ? 10 : 11] = random.below(random.oneIn(2) ? 4 : 256);
    pdus[at] = set;
    return concatBytes(pdus);
  }
  const cut = 12 + random.below(pdu.length - 11);
  pdus.splice(
    at,
    1,
    fragment(pdu, pdu.subarray(12, cut), (pdu[11] ?? 0) & 0xfd),
    fragment(pdu, pdu.subarray(cut), pdu[11] ?? 0),
  );
  return concatBytes(pdus);
};

function fragment(pdu: Uint8Array, data: Uint8Array, control: number): Uint8Array {
  const made = concatBytes([pdu.subarray(0, 12), data]);
  const view = new DataView(made.buffer);
  view.setUint32(2, data.length + 6);
  view.setUint32(6, data.length + 2);
  made[11] = control;
  return made;
}

/** The PDUs of a stream, by their lengths; the last may be a part of one. */
function splitPdus(bytes: Uint8Array): Uint8Array[] {
  const pdus: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = at + PDU_HEADER <= bytes.length
      ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 2)
      : Infinity;
    const end = Math.min(at + PDU_HEADER + length, bytes.length);
    pdus.push(bytes.subarray(at, end));
    at = end;
  }
  return pdus;
}

const MUTATIONS: readonly Mutation[] = [
  ...[flipBit, setOctet, setLength, setLength, truncate, remove, repeat, insertWord, insertWord],
  ...[insertNoise, splice, crossOver, changePdu, changePdu, changePdu, orderPdus, refragment],
];
