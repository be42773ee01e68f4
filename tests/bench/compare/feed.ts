/**
 * The sender that every receiver is measured with: it does nothing but send.
 *
 * It runs in the process of the benchmark, so its start is no part of what is measured, and it is
 * faster than any storescu, ours too: a slow one would make all receivers alike.
 *
 * @module
 */

import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/transfer_syntax.ts";
import type { BenchFile } from "./data.ts";
import { associate, type Associated, HEADERS_LENGTH, pData, writeHeaders } from "./wire.ts";
import { encodeMessage } from "../../../lib/dimse/message_codec.ts";
import type { Connect } from "./net.ts";

const READ_LENGTH = 256 * 1024;
const LAST = 2;
const COMMAND_LAST = 3;

/** Where to. */
export interface FeedOptions {
  readonly connect: Connect;
  readonly calledAeTitle: string;
  readonly files: readonly BenchFile[];
  /** Over so many associations at once, each with its share of the files. */
  readonly associations: number;
}

/**
 * Sends files by C-STORE, each when the one before is confirmed.
 *
 * @param options Where, and what.
 * @returns The seconds from the first connection to the last release.
 * @throws {Error} If an instance is answered with anything but success.
 */
export async function feed(options: FeedOptions): Promise<number> {
  const { files, associations } = options;
  const start = performance.now();
  await Promise.all(
    Array.from(
      { length: associations },
      (_, number) => feedOne(options, files.filter((_, index) => index % associations === number)),
    ),
  );
  return (performance.now() - start) / 1000;
}

async function feedOne(
  { connect, calledAeTitle }: FeedOptions,
  files: readonly BenchFile[],
): Promise<void> {
  const classes = [...new Set(files.map(({ sopClassUid }) => sopClassUid))];
  const association = await associate(
    await connect(),
    classes.map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntax: EXPLICIT_VR_LITTLE_ENDIAN,
    })),
    calledAeTitle,
  );
  using _wire = association.wire;
  const pen = new Pen(association);
  let messageId = 0;
  for (const file of files) {
    messageId = messageId % 65535 + 1;
    await pen.send(file, messageId);
    const seen = await association.wire.next();
    if (seen?.kind !== "message" || seen.message.type !== "C-STORE-RSP") {
      throw new Error(`The peer did not answer the C-STORE of ${file.path}`);
    }
    if (seen.message.status !== 0) {
      throw new Error(`The peer answered with status ${seen.message.status.toString(16)}`);
    }
  }
  await association.release();
}

/** Lays files out as PDUs, many in a buffer. */
class Pen {
  readonly #association: Associated;
  readonly #read = new Uint8Array(READ_LENGTH);
  readonly #out: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(association: Associated) {
    this.#association = association;
    this.#out = new Uint8Array(READ_LENGTH + 2 * association.fragment);
    this.#view = new DataView(this.#out.buffer);
  }

  async send(file: BenchFile, messageId: number): Promise<void> {
    const { wire, fragment, contextOf } = this.#association;
    const contextId = contextOf(file.sopClassUid);
    const command = encodeMessage({
      type: "C-STORE-RQ",
      messageId,
      affectedSopClassUid: file.sopClassUid,
      affectedSopInstanceUid: file.sopInstanceUid,
      priority: 0,
      hasDataSet: true,
    });
    const header = pData(contextId, COMMAND_LAST, command);
    this.#out.set(header);
    this.#at = header.length;
    using from = Deno.openSync(file.path);
    from.seekSync(file.offset, Deno.SeekMode.Start);
    let left = file.length;
    /** Of the PDU that is being filled. */
    let room = 0;
    while (left > 0) {
      const count = from.readSync(this.#read);
      if (count === null) throw new Error(`${file.path} has become shorter`);
      for (let at = 0; at < count;) {
        if (room === 0) {
          if (this.#at >= READ_LENGTH) await this.#flush();
          room = Math.min(fragment, left);
          const control = room === left ? LAST : 0;
          writeHeaders(this.#view, this.#at, contextId, control, room);
          this.#at += HEADERS_LENGTH;
        }
        const part = Math.min(room, count - at, this.#out.length - this.#at);
        this.#out.set(this.#read.subarray(at, at + part), this.#at);
        this.#at += part;
        at += part;
        room -= part;
        left -= part;
        if (this.#at === this.#out.length) await this.#flush();
      }
    }
    await wire.write(this.#out.subarray(0, this.#at));
    this.#at = 0;
  }

  async #flush(): Promise<void> {
    await this.#association.wire.write(this.#out.subarray(0, this.#at));
    this.#at = 0;
  }
}
