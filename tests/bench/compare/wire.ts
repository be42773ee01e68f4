/**
 * The instruments' end of an association: as little as a sender, a receiver and a requestor of
 * retrieves need, so that what is measured is the tool at the other end.
 *
 * The loops over the data are the benchmark's own and not the library's: a change of the library
 * shall change what the tools do, and not the instruments.
 *
 * @module
 */

import { associationRequest } from "../../../lib/association/negotiation.ts";
import { decodeMessage, encodeMessage } from "../../../lib/dimse/message_codec.ts";
import type { Message } from "../../../lib/dimse/message.ts";
import { PduDecoder } from "../../../lib/pdu/decoder.ts";
import { encodePdu } from "../../../lib/pdu/encoder.ts";
import { PDU_HEADER_LENGTH, PDU_TYPE, PDV_HEADER_LENGTH } from "../../../lib/pdu/pdu.ts";

/** What DCMTK takes at most, and we offer: no receiver is asked for more. */
export const OFFERED_LENGTH = 131072;

/** The longest fragment that is made, whatever a peer allows. */
const FRAGMENT_CAP = 1024 * 1024;

const BUFFER_LENGTH = 256 * 1024;
const COMMAND = 1;
const LAST = 2;

/** What comes: a command, or a PDU that is none of P-DATA-TF. */
export type Seen =
  | { readonly kind: "message"; readonly message: Message; readonly contextId: number }
  | { readonly kind: "pdu"; readonly type: number; readonly bytes: Uint8Array };

/** A connection that speaks DICOM. */
export class Wire implements Disposable {
  readonly #connection: Deno.Conn;
  readonly #buffer = new Uint8Array(BUFFER_LENGTH);
  readonly #view = new DataView(this.#buffer.buffer);
  #start = 0;
  #end = 0;
  /** What is left of the P-DATA-TF. */
  #left = 0;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Writes all of it. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      rest = rest.subarray(await this.#connection.write(rest));
    }
  }

  /** Sends a command, with a short identifier if it has one. */
  async send(contextId: number, message: Message, identifier?: Uint8Array): Promise<void> {
    const command = encodeMessage(message);
    const parts = [pData(contextId, COMMAND | LAST, command)];
    if (identifier !== undefined) parts.push(pData(contextId, LAST, identifier));
    await this.write(joined(parts));
  }

  /** The next that comes; `undefined` at the end of the connection. The data set of a message follows. */
  async next(): Promise<Seen | undefined> {
    const pieces: Uint8Array[] = [];
    while (true) {
      if (this.#left === 0) {
        if (!(await this.#fill(PDU_HEADER_LENGTH))) return undefined;
        const type = this.#buffer[this.#start] ?? 0;
        const length = this.#view.getUint32(this.#start + 2);
        if (type !== PDU_TYPE["P-DATA-TF"]) {
          await this.#must(PDU_HEADER_LENGTH + length);
          return { kind: "pdu", type, bytes: this.#take(PDU_HEADER_LENGTH + length) };
        }
        this.#start += PDU_HEADER_LENGTH;
        this.#left = length;
      }
      const { contextId, control, length } = await this.#pdvHeader();
      await this.#must(length);
      pieces.push(this.#take(length));
      if ((control & COMMAND) === 0) throw new Error("A data set came where a command should");
      if ((control & LAST) === 0) continue;
      return { kind: "message", message: decodeMessage(joined(pieces)), contextId };
    }
  }

  /** Reads a data set and forgets it. Returns how long it was. */
  async skipDataSet(): Promise<number> {
    let sum = 0;
    while (true) {
      if (this.#left === 0) {
        await this.#must(PDU_HEADER_LENGTH);
        const type = this.#buffer[this.#start];
        if (type !== PDU_TYPE["P-DATA-TF"]) throw new Error(`PDU of type ${type} in a data set`);
        this.#left = this.#view.getUint32(this.#start + 2);
        this.#start += PDU_HEADER_LENGTH;
      }
      const { control, length } = await this.#pdvHeader();
      for (let rest = length; rest > 0;) {
        if (this.#start === this.#end) await this.#must(1);
        const count = Math.min(rest, this.#end - this.#start);
        this.#start += count;
        rest -= count;
      }
      sum += length;
      if ((control & LAST) !== 0) return sum;
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch {
      // It is closed.
    }
  }

  async #pdvHeader(): Promise<{ contextId: number; control: number; length: number }> {
    await this.#must(PDV_HEADER_LENGTH);
    const length = this.#view.getUint32(this.#start) - 2;
    const contextId = this.#buffer[this.#start + 4] ?? 0;
    const control = this.#buffer[this.#start + 5] ?? 0;
    this.#start += PDV_HEADER_LENGTH;
    this.#left -= PDV_HEADER_LENGTH + length;
    return { contextId, control, length };
  }

  /** A copy of what is there. */
  #take(length: number): Uint8Array {
    const bytes = this.#buffer.slice(this.#start, this.#start + length);
    this.#start += length;
    return bytes;
  }

  async #must(count: number): Promise<void> {
    if (!(await this.#fill(count))) throw new Error("The peer closed the connection");
  }

  /** Reads until so many bytes are there. */
  async #fill(count: number): Promise<boolean> {
    if (this.#start === this.#end) this.#start = this.#end = 0;
    if (this.#start + count > BUFFER_LENGTH) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
      if (count > BUFFER_LENGTH) throw new Error(`The peer sent ${count} bytes in one piece`);
    }
    while (this.#end - this.#start < count) {
      const read = await this.#connection.read(this.#buffer.subarray(this.#end));
      if (read === null) return false;
      this.#end += read;
    }
    return true;
  }
}

/** A SOP class that is proposed. */
export interface Proposal {
  readonly abstractSyntax: string;
  readonly transferSyntax: string;
  /** Whether the peer shall send its instances: C-GET. */
  readonly isScp?: boolean;
}

/** An association that was requested. */
export interface Associated {
  readonly wire: Wire;
  /** The presentation context of a SOP class. */
  contextOf(abstractSyntax: string): number;
  /** The longest fragment that the peer takes. */
  readonly fragment: number;
  release(): Promise<void>;
}

/**
 * Requests an association.
 *
 * @param connection The connection.
 * @param proposals What is proposed; all of it must be accepted.
 * @param calledAeTitle The peer.
 * @param callingAeTitle Who we say that we are.
 * @returns The association.
 */
export async function associate(
  connection: Deno.Conn,
  proposals: readonly Proposal[],
  calledAeTitle: string,
  callingAeTitle = "BENCH",
): Promise<Associated> {
  const wire = new Wire(connection);
  const request = associationRequest({
    calledAeTitle,
    callingAeTitle,
    presentationContexts: proposals.map(({ abstractSyntax, transferSyntax }) => ({
      abstractSyntax,
      transferSyntaxes: [transferSyntax],
    })),
    maximumLength: OFFERED_LENGTH,
    roleSelections: proposals.filter(({ isScp }) => isScp === true)
      .map(({ abstractSyntax }) => ({ sopClassUid: abstractSyntax, scu: false, scp: true })),
  });
  await wire.write(encodePdu(request));
  const answer = await wire.next();
  if (answer?.kind !== "pdu") throw new Error("The peer did not answer the association request");
  const decoder = new PduDecoder({ maximumLength: 0 });
  decoder.receive(answer.bytes);
  const accept = decoder.next();
  if (accept?.type !== "A-ASSOCIATE-AC") {
    throw new Error(`The peer answered the association request with ${accept?.type}`);
  }
  for (const { id, result } of accept.presentationContexts) {
    const { abstractSyntax } = proposals[(id - 1) / 2] ?? {};
    if (result !== 0) throw new Error(`The peer does not accept ${abstractSyntax}`);
  }
  const { maximumLength = 16384 } = accept.userInformation;
  const longest = (maximumLength === 0 ? FRAGMENT_CAP : maximumLength) - PDV_HEADER_LENGTH;
  return {
    wire,
    contextOf(abstractSyntax: string): number {
      const index = proposals.findIndex((each) => each.abstractSyntax === abstractSyntax);
      return 2 * index + 1;
    },
    fragment: Math.min(longest, FRAGMENT_CAP),
    async release(): Promise<void> {
      await wire.write(encodePdu({ type: "A-RELEASE-RQ" }));
      const seen = await wire.next();
      wire[Symbol.dispose]();
      if (seen?.kind !== "pdu" || seen.type !== PDU_TYPE["A-RELEASE-RP"]) {
        throw new Error("The peer did not answer the release request");
      }
    },
  };
}

/** The headers of a P-DATA-TF with one PDV. */
export function writeHeaders(
  view: DataView,
  at: number,
  contextId: number,
  control: number,
  length: number,
): void {
  view.setUint8(at, PDU_TYPE["P-DATA-TF"]);
  view.setUint8(at + 1, 0);
  view.setUint32(at + 2, length + PDV_HEADER_LENGTH);
  view.setUint32(at + 6, length + 2);
  view.setUint8(at + 10, contextId);
  view.setUint8(at + 11, control);
}

/** The length of those headers. */
export const HEADERS_LENGTH: number = PDU_HEADER_LENGTH + PDV_HEADER_LENGTH;

/** A P-DATA-TF of one PDV. */
export function pData(contextId: number, control: number, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(HEADERS_LENGTH + bytes.length);
  writeHeaders(new DataView(whole.buffer), 0, contextId, control, bytes.length);
  whole.set(bytes, HEADERS_LENGTH);
  return whole;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
