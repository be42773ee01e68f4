/**
 * A connection that counts reads and writes, to a peer that is there at once: what it does is done
 * within our own calls, and left out of what is counted.
 *
 * @module
 */

import { AssociationCore } from "../../lib/association/core.ts";
import { associationAccept } from "../../lib/association/negotiation.ts";
import { DEFAULT_TIMEOUTS } from "../../lib/association/timers.ts";
import { MessageAssembler } from "../../lib/dimse/assembler.ts";
import type { Message } from "../../lib/dimse/message.ts";
import { ConnectionError } from "../../lib/errors.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { PduDecoder } from "../../lib/pdu/decoder.ts";
import type { ByteCounters } from "./byte_counters.ts";

/** The other end. */
export interface InstantPeer {
  /** Takes what we write. */
  take(bytes: Uint8Array): void;
  /** Gives what it sends now: how many bytes, 0 for none yet, `null` when it closes the connection. */
  give(buffer: Uint8Array): number | null;
}

/** What went over the connection. */
export interface TransportCounts {
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
}

/** Our end of the connection. */
export class MeasuredTransport implements Transport {
  readonly peerAddress = "peer:104";
  readonly localAddress = "here:104";
  readonly #peer: InstantPeer;
  readonly #counters: ByteCounters;
  readonly #counts = { reads: 0, readBytes: 0, writes: 0, writtenBytes: 0 };
  /** The read that waits for the peer. */
  #pending: { readonly buffer: Uint8Array; readonly read: Pending } | undefined;
  #isClosed = false;

  constructor(peer: InstantPeer, counters: ByteCounters) {
    this.#peer = peer;
    this.#counters = counters;
  }

  /** What went over it so far. */
  get counts(): TransportCounts {
    return { ...this.#counts };
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#counters.uncounted(() => {
      const read: Pending = Promise.withResolvers();
      this.#pending = { buffer, read };
      this.#give();
      return read.promise;
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#counters.uncounted(() => {
      if (this.#isClosed) return Promise.reject(new ConnectionError("Cannot write: closed"));
      this.#counts.writes += 1;
      this.#counts.writtenBytes += bytes.byteLength;
      this.#peer.take(bytes);
      this.#give();
      return Promise.resolve(bytes.byteLength);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#give();
  }

  #give(): void {
    if (this.#pending === undefined) return;
    const { buffer, read } = this.#pending;
    if (this.#isClosed) return read.reject(new ConnectionError("Cannot read: closed"));
    const count = this.#peer.give(buffer);
    if (count === 0) return;
    this.#pending = undefined;
    if (count !== null) {
      this.#counts.reads += 1;
      this.#counts.readBytes += count;
    }
    read.resolve(count);
  }
}

type Pending = PromiseWithResolvers<number | null>;

/** A requestor that plays a tape: each part after the first when the one before is answered. */
export class TapePeer implements InstantPeer {
  readonly #parts: Uint8Array[];
  /** The part that is being sent. */
  #rest: Uint8Array;
  readonly #decoder = new PduDecoder({ maximumLength: 0 });
  readonly #assembler = new MessageAssembler();
  /** What it was answered, such as `A-ASSOCIATE-AC` and `C-STORE-RSP 0`. */
  readonly answers: string[] = [];

  constructor(parts: readonly Uint8Array[]) {
    const [first = new Uint8Array(0), ...others] = parts;
    this.#rest = first;
    this.#parts = others;
  }

  take(bytes: Uint8Array): void {
    this.#decoder.receive(bytes);
    for (let event = this.#decoder.next(); event !== undefined; event = this.#decoder.next()) {
      if (event.type === "P-DATA-TF") continue;
      if (event.type !== "PDV") {
        this.#answered(event.type);
        continue;
      }
      const message = this.#assembler.push(event);
      if (message?.type !== "message") continue;
      const { type } = message.message;
      this.#answered("status" in message.message ? `${type} ${message.message.status}` : type);
    }
  }

  give(buffer: Uint8Array): number | null {
    if (this.#rest.byteLength === 0) return this.answers.at(-1) === "A-RELEASE-RP" ? null : 0;
    const piece = this.#rest.subarray(0, buffer.byteLength);
    buffer.set(piece);
    this.#rest = this.#rest.subarray(piece.byteLength);
    return piece.byteLength;
  }

  #answered(what: string): void {
    this.answers.push(what);
    this.#rest = this.#parts.shift() ?? this.#rest;
  }
}

/** An acceptor that takes the first transfer syntax of each context and answers every request Success. */
export class AnsweringPeer implements InstantPeer {
  readonly #core: AssociationCore;
  readonly #maximumLength: number;
  #request: { readonly contextId: number; readonly message: Message } | undefined;
  #output: Uint8Array[] = [];
  /** The bytes of data sets that have come. */
  dataBytes = 0;

  /**
   * Makes an acceptor.
   *
   * @param maximumLength The largest P-DATA-TF that it takes.
   */
  constructor(maximumLength: number) {
    this.#maximumLength = maximumLength;
    this.#core = AssociationCore.acceptor({ maximumLength, timeouts: DEFAULT_TIMEOUTS }, 0);
  }

  take(bytes: Uint8Array): void {
    const core = this.#core;
    core.receive(bytes, 0);
    for (let event = core.nextEvent(0); event !== undefined; event = core.nextEvent(0)) {
      if (event.type === "association-requested") {
        const select = (_uid: string, [first]: readonly string[]): string | 4 => first ?? 4;
        const maximumLength = this.#maximumLength;
        core.accept(associationAccept(event.request, { select, maximumLength }), 0);
      } else if (event.type === "message") {
        this.#request = event;
        if (!event.message.hasDataSet) this.#answer();
      } else if (event.type === "data") {
        this.dataBytes += event.data.byteLength;
        if (event.isLast) this.#answer();
      } else if (event.type === "release-requested") {
        core.acceptRelease(0);
      }
    }
    // What is to be sent is in buffers of its own.
    this.#output.push(...core.takeOutput());
  }

  give(buffer: Uint8Array): number | null {
    const [first] = this.#output;
    if (first === undefined) return this.#core.isEnding || this.#core.isOver ? null : 0;
    const piece = first.subarray(0, buffer.byteLength);
    buffer.set(piece);
    if (piece.byteLength === first.byteLength) this.#output = this.#output.slice(1);
    else this.#output[0] = first.subarray(piece.byteLength);
    return piece.byteLength;
  }

  #answer(): void {
    const request = this.#request;
    if (request?.message.type !== "C-STORE-RQ") return;
    this.#core.send(
      request.contextId,
      {
        type: "C-STORE-RSP",
        messageIdBeingRespondedTo: request.message.messageId,
        affectedSopClassUid: request.message.affectedSopClassUid,
        affectedSopInstanceUid: request.message.affectedSopInstanceUid,
        status: 0,
        hasDataSet: false,
      },
      undefined,
      0,
    );
  }
}
