/**
 * The receiver that every sender is measured with: it confirms what comes, and forgets it. It answers
 * C-ECHO too.
 *
 * It runs in the process of the benchmark, on a port of its own.
 *
 * @module
 */

import { associationAccept } from "../../../lib/association/negotiation.ts";
import type { Message } from "../../../lib/dimse/message.ts";
import { PduDecoder } from "../../../lib/pdu/decoder.ts";
import { encodePdu } from "../../../lib/pdu/encoder.ts";
import { PDU_TYPE } from "../../../lib/pdu/pdu.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/transfer_syntax.ts";
import { OFFERED_LENGTH, Wire } from "./wire.ts";

/** What has come. */
export interface Arrived {
  readonly instances: number;
  /** Of their data sets. */
  readonly bytes: number;
}

/** A receiver on a port. */
export class Drain implements AsyncDisposable {
  readonly #listener: Deno.TcpListener | Deno.TlsListener;
  readonly #connections = new Set<Wire>();
  readonly #served = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;
  #arrived: Arrived = { instances: 0, bytes: 0 };
  #failure: unknown;

  /** Listens, for TLS with a certificate and its key as PEM. */
  constructor(tls?: { readonly cert: string; readonly key: string }) {
    const address = { hostname: "127.0.0.1", port: 0 };
    this.#listener = tls === undefined ? Deno.listen(address) : Deno.listenTls({
      ...address,
      ...tls,
    });
    this.#accepting = this.#accept();
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** What has come since it was asked last, when all associations have ended. */
  async collect(): Promise<Arrived> {
    await Promise.all(this.#served);
    return this.take();
  }

  /** The same where the sender keeps its association. */
  take(): Arrived {
    if (this.#failure !== undefined) throw this.#failure;
    const arrived = this.#arrived;
    this.#arrived = { instances: 0, bytes: 0 };
    return arrived;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const wire of this.#connections) wire[Symbol.dispose]();
    await this.#accepting;
    await Promise.all(this.#served);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      if ("setNoDelay" in connection) connection.setNoDelay(true);
      const served = this.#serve(connection).catch((error) => void (this.#failure ??= error))
        .finally(() => this.#served.delete(served));
      this.#served.add(served);
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    using wire = new Wire(connection);
    this.#connections.add(wire);
    try {
      for (let seen = await wire.next(); seen !== undefined; seen = await wire.next()) {
        if (seen.kind === "message") {
          const { instances, bytes } = await answer(wire, seen.contextId, seen.message);
          this.#arrived = {
            instances: this.#arrived.instances + instances,
            bytes: this.#arrived.bytes + bytes,
          };
        } else if (seen.type === PDU_TYPE["A-ASSOCIATE-RQ"]) {
          await wire.write(accept(seen.bytes));
        } else if (seen.type === PDU_TYPE["A-RELEASE-RQ"]) {
          await wire.write(encodePdu({ type: "A-RELEASE-RP" }));
        } else return;
      }
    } catch (error) {
      // The end of the benchmark closes what still stands.
      if (this.#connections.has(wire) && !isConnectionEnd(error)) throw error;
    } finally {
      this.#connections.delete(wire);
    }
  }
}

/**
 * Answers a C-STORE or C-ECHO as it should be.
 *
 * @param wire The connection.
 * @param contextId The presentation context that it came by.
 * @param message The request.
 * @returns What came with it.
 */
export async function answer(wire: Wire, contextId: number, message: Message): Promise<Arrived> {
  if (message.type === "C-STORE-RQ") {
    const bytes = await wire.skipDataSet();
    await wire.send(contextId, {
      type: "C-STORE-RSP",
      messageIdBeingRespondedTo: message.messageId,
      affectedSopClassUid: message.affectedSopClassUid,
      affectedSopInstanceUid: message.affectedSopInstanceUid,
      status: 0,
      hasDataSet: false,
    });
    return { instances: 1, bytes };
  }
  if (message.type !== "C-ECHO-RQ") throw new Error(`${message.type} came, which nobody serves`);
  await wire.send(contextId, {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: message.messageId,
    affectedSopClassUid: message.affectedSopClassUid,
    status: 0,
    hasDataSet: false,
  });
  return { instances: 0, bytes: 0 };
}

function accept(request: Uint8Array): Uint8Array {
  const decoder = new PduDecoder({ maximumLength: 0 });
  decoder.receive(request);
  const pdu = decoder.next();
  if (pdu?.type !== "A-ASSOCIATE-RQ") throw new Error("That is no association request");
  return encodePdu(associationAccept(pdu, {
    select: (_uid, syntaxes) =>
      syntaxes.includes(EXPLICIT_VR_LITTLE_ENDIAN) ? EXPLICIT_VR_LITTLE_ENDIAN : syntaxes[0] ?? 4,
    maximumLength: OFFERED_LENGTH,
  }));
}

function isConnectionEnd(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.BrokenPipe;
}
