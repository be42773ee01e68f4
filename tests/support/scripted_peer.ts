/**
 * A peer that follows the test's script: it sends and expects PDUs by hand.
 *
 * @module
 */

import assert from "node:assert/strict";
import { associationAccept } from "../../lib/association/negotiation.ts";
import { fragmentMessage } from "../../lib/dimse/fragmenter.ts";
import { MessageAssembler } from "../../lib/dimse/assembler.ts";
import type { Message } from "../../lib/dimse/message.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import { PduDecoder } from "../../lib/pdu/decoder.ts";
import { encodePdu } from "../../lib/pdu/encoder.ts";
import type { AssociateAcceptPdu, AssociateRequestPdu, Pdu, PduEvent } from "../../lib/pdu/pdu.ts";
import type { Transport } from "../../lib/net/transport.ts";

/** What the script sees: PDUs other than P-DATA-TF, and whole commands. */
export type Seen = Pdu | {
  readonly type: "message";
  readonly message: Message;
  readonly contextId: number;
} | {
  readonly type: "data";
  readonly data: Uint8Array;
} | { readonly type: "closed" };

/** The scripted end of a connection. */
export class ScriptedPeer {
  readonly transport: Transport;
  readonly #decoder = new PduDecoder({ maximumLength: 0 });
  readonly #assembler = new MessageAssembler();
  #data: number[] = [];
  #rest = new Uint8Array(0);

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** Sends bytes as they are. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      rest = rest.subarray(await this.transport.write(rest));
    }
  }

  /** Sends a PDU. */
  async send(pdu: Pdu): Promise<void> {
    await this.sendBytes(encodePdu(pdu));
  }

  /** Sends a message, with its data set if it has one. */
  async sendMessage(contextId: number, message: Message, dataSet?: Uint8Array): Promise<void> {
    await this.sendBytes(fragmentMessage(contextId, encodeMessage(message), dataSet, 16384));
  }

  /** Sends a message but for its last bytes: the peer of one that stops in the middle. */
  async sendTruncated(contextId: number, message: Message, dataSet: Uint8Array): Promise<void> {
    const bytes = fragmentMessage(contextId, encodeMessage(message), dataSet, 16384);
    await this.sendBytes(bytes.subarray(0, -20));
    this.#rest = bytes.subarray(-20);
  }

  /** Sends what {@linkcode ScriptedPeer.sendTruncated} kept back. */
  async sendRest(): Promise<void> {
    await this.sendBytes(this.#rest);
    this.#rest = new Uint8Array(0);
  }

  /** The next that comes. */
  async receive(): Promise<Seen> {
    while (true) {
      const event = this.#decoder.next();
      if (event === undefined) {
        const buffer = new Uint8Array(4096);
        const count = await this.transport.read(buffer).catch(() => null);
        if (count === null) return { type: "closed" };
        this.#decoder.receive(buffer.slice(0, count));
        continue;
      }
      const seen = this.#seen(event);
      if (seen !== undefined) return seen;
    }
  }

  /** The next that comes, which must be of a type. */
  async expect<T extends Seen["type"]>(type: T): Promise<Extract<Seen, { type: T }>> {
    const seen = await this.receive();
    assert.equal(seen.type, type, `expected ${type}, saw ${JSON.stringify(seen)}`);
    return seen as Extract<Seen, { type: T }>;
  }

  /** The next message, which must be of a type. */
  async expectMessage<T extends Message["type"]>(type: T): Promise<Extract<Message, { type: T }>> {
    const { message } = await this.expect("message");
    assert.equal(message.type, type);
    return message as Extract<Message, { type: T }>;
  }

  /**
   * Takes the association request and accepts the first transfer syntax of every context.
   *
   * @param change Makes another answer of that.
   * @returns The request.
   */
  async acceptAssociation(
    change?: (accept: AssociateAcceptPdu, request: AssociateRequestPdu) => AssociateAcceptPdu,
  ): Promise<AssociateRequestPdu> {
    const request = await this.expect("A-ASSOCIATE-RQ");
    const accept = associationAccept(request, {
      select: (_uid, [first]) => first ?? 4,
      maximumLength: 16384,
    });
    await this.send(change?.(accept, request) ?? accept);
    return request;
  }

  /** Takes the release request, answers it and closes. */
  async acceptRelease(): Promise<void> {
    await this.expect("A-RELEASE-RQ");
    await this.send({ type: "A-RELEASE-RP" });
    await this.expect("closed");
    this.transport.close();
  }

  #seen(event: PduEvent): Seen | undefined {
    if (event.type === "P-DATA-TF") return undefined;
    if (event.type !== "PDV") return event;
    const message = this.#assembler.push(event);
    if (message === undefined) return undefined;
    if (message.type === "message") {
      return { type: "message", message: message.message, contextId: message.contextId };
    }
    this.#data.push(...message.data);
    if (!message.isLast) return undefined;
    const data = Uint8Array.from(this.#data);
    this.#data = [];
    return { type: "data", data };
  }
}
