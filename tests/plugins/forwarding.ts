/**
 * The forwarding handler with a network in memory behind it, where destinations follow a script.
 *
 * @module
 */

import { associationAccept } from "../../lib/association/negotiation.ts";
import type { StatusReply, StoreRequest } from "../../lib/handler/handler.ts";
import type { Connect } from "../../lib/net/transport.ts";
import { storageAssociation } from "../../lib/service/storage_association.ts";
import { forwardHandler, type ForwardOptions } from "../../plugins/forward.ts";
import {
  openDataSet,
  type RequestParts,
  someBytes,
  storeRequest,
} from "../conformance/store_request.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { memoryPair, type MemoryTransport } from "../support/memory_transport.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";

/** One connection as the destination sees it. */
export interface Arriving {
  readonly peer: ScriptedPeer;
  readonly far: MemoryTransport;
}

/** Chooses the transfer syntax of a context, or the reason why there is none. */
export type Select = (
  abstractSyntax: string,
  transferSyntaxes: readonly string[],
) => string | 3 | 4;

/** Accepts the first transfer syntax of all. */
export function all(
  _abstractSyntax: string,
  [first]: readonly string[],
): ReturnType<Select> {
  return first ?? 4;
}

/** The handler, and its destination. */
export class Forwarding implements AsyncDisposable {
  readonly handlers: ReturnType<typeof forwardHandler>;
  readonly clock = new FakeClock();
  /** What the handler logged. */
  readonly lines: string[] = [];
  /** How many connections there were. */
  connections = 0;
  /** Instead of a connection. */
  refusal: Error | undefined;
  readonly #shutdown = new AbortController();
  readonly #arriving: Arriving[] = [];
  #waiting: ((arriving: Arriving) => void) | undefined;

  /**
   * Makes a handler that forwards to `PACS@destination:104`.
   *
   * @param options What else it is told.
   */
  constructor(options: Partial<ForwardOptions> = {}) {
    const line = (level: string) => (text: string) => void this.lines.push(`${level}: ${text}`);
    this.handlers = forwardHandler({ to: "PACS@destination:104", ...options }, {
      log: { debug: () => {}, info: line("info"), warn: line("warn"), error: line("error") },
      signal: this.#shutdown.signal,
      associate: (options) =>
        storageAssociation(options, { connect: this.#connect, clock: this.clock }),
      schedule: (delay, callback) => this.clock.schedule(delay, callback),
    });
  }

  readonly #connect: Connect = () => {
    this.connections += 1;
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    const [near, far] = memoryPair();
    const arriving = { peer: new ScriptedPeer(far), far };
    if (this.#waiting === undefined) this.#arriving.push(arriving);
    else this.#waiting(arriving);
    this.#waiting = undefined;
    return Promise.resolve(near);
  };

  /** The next connection of the handler. */
  next(): Promise<Arriving> {
    const arriving = this.#arriving.shift();
    if (arriving !== undefined) return Promise.resolve(arriving);
    return new Promise((resolve) => this.#waiting = resolve);
  }

  /** The next connection of the handler, associated. */
  async accepted(select: Select = all): Promise<Arriving> {
    const arriving = await this.next();
    const request = await arriving.peer.expect("A-ASSOCIATE-RQ");
    await arriving.peer.send(associationAccept(request, { select, maximumLength: 16_384 }));
    return arriving;
  }

  /** Gives the handler an instance, by default one of 100 bytes. */
  async store(parts: Partial<RequestParts> = {}): Promise<StatusReply> {
    const dataSet = openDataSet({ bytes: someBytes(100) }).stream;
    return await this.handle(storeRequest({ dataSet, ...parts }));
  }

  /** Gives the handler a request. */
  async handle(request: StoreRequest): Promise<StatusReply> {
    const reply = await this.handlers.store?.(request);
    return typeof reply === "object" ? reply : { status: reply ?? 0xffff };
  }

  /** Tells the handler that its host shuts down. */
  shutDown(): void {
    this.#shutdown.abort(new Error("The host shuts down"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handlers[Symbol.asyncDispose]();
  }
}

/** Takes an instance, and answers it. */
export async function answer(
  { peer }: Arriving,
  reply: Partial<StatusReply> = {},
): Promise<Uint8Array> {
  const seen = await peer.expect("message");
  if (seen.message.type !== "C-STORE-RQ") throw new TypeError(`Saw ${seen.message.type}`);
  const { data } = await peer.expect("data");
  await peer.sendMessage(seen.contextId, {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: seen.message.messageId,
    status: 0,
    hasDataSet: false,
    ...reply,
  });
  return data;
}
