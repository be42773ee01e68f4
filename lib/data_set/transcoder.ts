/**
 * Converts a data set from one uncompressed transfer syntax to another while it passes.
 *
 * @module
 */

import { EMPTY_BYTES } from "../bytes.ts";
import { DataSetError, LocalProtocolError } from "../errors.ts";
import { transferSyntax, UNCOMPRESSED_TRANSFER_SYNTAXES } from "../transfer_syntax.ts";
import { Deflater } from "./deflate.ts";
import { ElementConverter, refuseEncapsulated } from "./element_converter.ts";
import { type Encoding, encodingOf } from "./encoding.ts";
import { DEFAULT_INFLATE_BUDGET, Inflater } from "./inflate.ts";
import { Outlet } from "./outlet.ts";
import { Walker, type WalkSink } from "./walker.ts";

/** What a {@linkcode Transcoder} may be told. */
export interface TranscoderOptions {
  /** What a deflated data set may inflate to, in bytes; 256 MiB unless given. */
  readonly inflateBudget?: number;
}

/** So much deflated input becomes little more than 4 MiB, which wait where the buffer is smaller. */
const DEFLATED_SLICE = 4096;

type Passage = (bytes: Uint8Array) => void;

/**
 * Whether data sets can be converted from one transfer syntax to another: both are Implicit VR Little
 * Endian, Explicit VR Little Endian, Deflated Explicit VR Little Endian or Explicit VR Big Endian.
 *
 * @param from The UID of the one.
 * @param to The UID of the other, which may be the same.
 * @returns True when they can. A data set can still turn out to hold what the other cannot tell.
 *
 * @example
 * ```ts
 * import { canTranscode } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.ok(canTranscode("1.2.840.10008.1.2", "1.2.840.10008.1.2.1"));
 * assert.ok(!canTranscode("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.1")); // JPEG
 * ```
 */
export function canTranscode(from: string, to: string): boolean {
  return [from, to].every((uid) => UNCOMPRESSED_TRANSFER_SYNTAXES.includes(uid));
}

/**
 * Converts a data set that comes in pieces, split anywhere, into buffers of any size: `push()` a piece,
 * then `read()` until there is nothing more. Each byte of a value is copied once, into the buffer;
 * memory does not depend on the data set.
 *
 * What `decodeDataSet()` finds in the result is what it finds in the source, but for this:
 *
 * - Group lengths (gggg,0000) are left out, since they would be wrong.
 * - Values of odd length are padded.
 * - From implicit VR, the VR is that of the dictionary; of private and unknown elements UN. UN stays UN:
 *   there is no guessing, even where the dictionary knows the tag.
 * - A value that is too long for the 16-bit length of its VR becomes UN (PS3.5 section 6.2.2).
 *
 * Sequences and items are written with undefined lengths, since their lengths are only known when they
 * have passed; a sequence that is disguised as UN of undefined length (PS3.5 section 6.2.2) becomes SQ.
 * Where the elements are written in the same way (Explicit VR Little Endian, deflated or not, or one
 * transfer syntax twice), nothing is written anew: the bytes are checked and pass as they are.
 *
 * @example
 * ```ts
 * import { EXPLICIT_VR_BIG_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, Transcoder } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const transcoder = new Transcoder(IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN);
 * const buffer = new Uint8Array(8);
 * let hex = "";
 * function drain(): void {
 *   for (let count = transcoder.read(buffer); count > 0; count = transcoder.read(buffer)) {
 *     hex += buffer.subarray(0, count).toHex();
 *   }
 * }
 * transcoder.push(Uint8Array.fromHex("2800100002000000" + "00"));
 * drain();
 * transcoder.push(Uint8Array.fromHex("02"));
 * drain();
 * transcoder.finish();
 * drain();
 * assert.equal(hex, "00280010" + "55530002" + "0200");
 * ```
 */
export class Transcoder {
  readonly #outlet = new Outlet();
  readonly #walker: Walker;
  readonly #inflater: Inflater | undefined;
  readonly #deflater: Deflater | undefined;
  readonly #pass: Passage;
  #piece: Uint8Array = EMPTY_BYTES;
  #state: "open" | "ending" | "ended" = "open";
  #error: DataSetError | undefined;

  /**
   * Makes a transcoder for one data set.
   *
   * @param fromTransferSyntaxUid How the data set is written.
   * @param toTransferSyntaxUid How it is to be written.
   * @param options What it may inflate to.
   * @throws {DataSetError} When one of them is compressed or not known; see {@linkcode canTranscode}.
   */
  constructor(
    fromTransferSyntaxUid: string,
    toTransferSyntaxUid: string,
    options: TranscoderOptions = {},
  ) {
    if (!canTranscode(fromTransferSyntaxUid, toTransferSyntaxUid)) {
      throw new DataSetError(
        `Cannot convert from ${nameOf(fromTransferSyntaxUid)} to ${nameOf(toTransferSyntaxUid)}: ` +
          "only between uncompressed transfer syntaxes can data sets be converted",
      );
    }
    const source = encodingOf(fromTransferSyntaxUid);
    const target = encodingOf(toTransferSyntaxUid);
    const unchanged = fromTransferSyntaxUid === toTransferSyntaxUid;
    const sameElements = writeAlike(source, target);
    const out: Passage = (bytes) => this.#outlet.write(bytes);
    const deflater = target.deflated && !unchanged ? new Deflater(out) : undefined;
    const write: Passage = deflater === undefined ? out : (bytes) => deflater.push(bytes);
    const walker = new Walker(source, sameElements ? CHECK : new ElementConverter(target, write));
    const walk: Passage = (bytes) => {
      walker.push(bytes);
      if (sameElements && !unchanged) write(bytes);
    };
    const { inflateBudget = DEFAULT_INFLATE_BUDGET } = options;
    // What is inflated does not live on, but what is pushed is held until it is read.
    const keep: Passage = (bytes) => walk(bytes.slice());
    const inflater = source.deflated ? new Inflater(inflateBudget, keep) : undefined;
    const take: Passage = inflater === undefined ? walk : (bytes) => inflater.push(bytes);
    this.#walker = walker;
    this.#inflater = inflater;
    this.#deflater = deflater;
    this.#pass = (bytes) => {
      take(bytes);
      if (unchanged) out(bytes);
    };
  }

  /**
   * Gives the next bytes. They are not copied, and must stay as they are until all is read.
   *
   * @param piece The next bytes of the data set.
   * @throws {LocalProtocolError} When the last piece is not all read yet, or the data set is finished.
   */
  push(piece: Uint8Array): void {
    if (this.#state !== "open") {
      throw new LocalProtocolError("Cannot take a piece: the data set is finished");
    }
    if (this.#piece.length > 0) {
      throw new LocalProtocolError(
        `Cannot take a piece: ${this.#piece.length} bytes of the last one are not read yet`,
      );
    }
    this.#piece = piece;
  }

  /**
   * Ends the data set. What is left of it is then to be read.
   *
   * @throws {DataSetError} When it ends inside an element, a sequence or an item, and what came before
   * is already read; else `read()` throws that.
   */
  finish(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#state === "open") this.#state = "ending";
    this.#guard(() => this.#endWhenPassed());
  }

  /**
   * Fills a buffer with converted bytes.
   *
   * @param into The buffer.
   * @returns How many bytes it was filled with. Less than its length means that all is read: the next piece
   * is wanted or, after `finish()`, the data set is complete.
   * @throws {DataSetError} As soon as the data set is known to be broken, to be compressed, to hold what
   * cannot be told in the other transfer syntax or to inflate to more than the budget; and again the
   * same at each later call. Its offset is that in the source, inflated.
   */
  read(into: Uint8Array): number {
    if (this.#error !== undefined) throw this.#error;
    const outlet = this.#outlet;
    outlet.open(into);
    this.#guard(() => {
      while (this.#piece.length > 0 && outlet.room > 0) {
        const most = this.#inflater === undefined ? outlet.room : DEFLATED_SLICE;
        const slice = this.#piece.subarray(0, most);
        this.#piece = this.#piece.subarray(slice.length);
        this.#pass(slice);
      }
      this.#endWhenPassed();
    });
    return outlet.close();
  }

  #endWhenPassed(): void {
    if (this.#state !== "ending" || this.#piece.length > 0) return;
    this.#state = "ended";
    this.#inflater?.finish();
    this.#walker.finish();
    this.#deflater?.finish();
  }

  /** What has failed once must not be used again. */
  #guard(passing: () => void): void {
    try {
      passing();
    } catch (error) {
      if (error instanceof DataSetError) {
        this.#error = error;
        this.#piece = EMPTY_BYTES;
      }
      throw error;
    }
  }
}

/** Only looks whether a data set is sound and uncompressed. */
const CHECK: WalkSink = {
  element: (tag, vr, length) => {
    if (vr !== "SQ") refuseEncapsulated(tag, length);
    return false;
  },
  value: () => {},
  open: () => {},
  close: () => {},
};

/** Whether two transfer syntaxes write elements in the same way. */
function writeAlike(one: Encoding, other: Encoding): boolean {
  return one.explicitVr === other.explicitVr && one.littleEndian === other.littleEndian;
}

function nameOf(transferSyntaxUid: string): string {
  return transferSyntax(transferSyntaxUid)?.name ?? transferSyntaxUid;
}
