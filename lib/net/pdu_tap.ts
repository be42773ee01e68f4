/**
 * The PDUs that pass on a connection, told to whoever asks: their headers are read on the way, and
 * nothing else.
 *
 * @module
 */

import type { AssociationInfo } from "../handler/handler.ts";
import { PDU_HEADER_LENGTH, PDU_TYPE } from "../pdu/pdu.ts";
import type { Transport } from "./transport.ts";
import { wrapTransport } from "./wrapped_transport.ts";

/** A PDU that was sent or received; told when its header has passed. */
export interface PduPassage {
  /** The association, as far as it is known by then. */
  readonly association: AssociationInfo;
  /** Which way it goes. */
  readonly direction: "sent" | "received";
  /** What it is; `undefined` when PS3.8 has no such PDU-type. */
  readonly type: keyof typeof PDU_TYPE | undefined;
  /** The PDU-length field: without the header. */
  readonly length: number;
}

/** Is told of PDUs, and should not take long. What it throws is dropped. */
export type PduObserver = (pdu: PduPassage) => void;

/**
 * Listens to a connection.
 *
 * @param transport The connection.
 * @param observer Who is told; without one nothing is listened to.
 * @param association Says what is known of the association.
 * @returns A connection that is the same otherwise.
 */
export function tapped(
  transport: Transport,
  observer: PduObserver | undefined,
  association: () => AssociationInfo,
): Transport {
  if (observer === undefined) return transport;
  const teller = (direction: PduPassage["direction"]): HeaderReader =>
    new HeaderReader((type, length) => {
      try {
        observer({ association: association(), direction, type, length });
      } catch {
        // Whoever observes has to report its own failures.
      }
    });
  const [sent, received] = [teller("sent"), teller("received")];
  return wrapTransport(transport, {
    async read(buffer) {
      const count = await transport.read(buffer);
      if (count !== null) received.push(buffer.subarray(0, count));
      return count;
    },
    async write(bytes) {
      const count = await transport.write(bytes);
      sent.push(bytes.subarray(0, count));
      return count;
    },
  });
}

const TYPES: ReadonlyMap<number, keyof typeof PDU_TYPE> = new Map(
  (Object.keys(PDU_TYPE) as (keyof typeof PDU_TYPE)[]).map((name) => [PDU_TYPE[name], name]),
);

/** Finds the headers in a stream of PDUs. */
class HeaderReader {
  readonly #tell: (type: PduPassage["type"], length: number) => void;
  readonly #header = new Uint8Array(PDU_HEADER_LENGTH);
  readonly #view = new DataView(this.#header.buffer);
  #headerLength = 0;
  /** How much of the PDU is still to come. */
  #rest = 0;

  constructor(tell: (type: PduPassage["type"], length: number) => void) {
    this.#tell = tell;
  }

  push(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length;) {
      const passing = Math.min(this.#rest, bytes.length - offset);
      this.#rest -= passing;
      offset += passing;
      if (this.#rest > 0) return;
      const part = bytes.subarray(offset, offset + PDU_HEADER_LENGTH - this.#headerLength);
      this.#header.set(part, this.#headerLength);
      this.#headerLength += part.length;
      offset += part.length;
      if (this.#headerLength === PDU_HEADER_LENGTH) this.#begin();
    }
  }

  #begin(): void {
    const type = TYPES.get(this.#view.getUint8(0));
    this.#headerLength = 0;
    // After what is no PDU there is no telling where the next begins.
    this.#rest = type === undefined ? Infinity : this.#view.getUint32(2);
    this.#tell(type, this.#view.getUint32(2));
  }
}
