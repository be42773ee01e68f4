/**
 * What a retrieve is tested with in memory: stored instances, and destinations for them.
 *
 * @module
 */

import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import type { Handlers, StoredInstance, StoreRequest } from "../../lib/handler/handler.ts";
import type { Connect } from "../../lib/net/transport.ts";
import { CT, EXPLICIT } from "./core_pair.ts";
import { memoryPair, type MemoryTransport } from "./memory_transport.ts";
import { ScriptedPeer } from "./scripted_peer.ts";

/** The bytes of a small instance. */
export function bytesOf(
  sopInstanceUid: string,
  { sopClassUid = CT, transferSyntaxUid = EXPLICIT, pixels = 50 } = {},
): Uint8Array<ArrayBuffer> {
  const dataSet = new DataSet()
    .set({ tag: 0x00080016, vr: "UI", value: encodeStrings("UI", [sopClassUid], []) })
    .set({ tag: 0x00080018, vr: "UI", value: encodeStrings("UI", [sopInstanceUid], []) })
    .set({ tag: 0x00100020, vr: "LO", value: encodeStrings("LO", ["4711"], []) })
    .set({ tag: 0x00420011, vr: "OB", value: new Uint8Array(2 * pixels).fill(7) });
  return encodeDataSet(dataSet, transferSyntaxUid);
}

/** An instance that is stored in memory. */
export function stored(
  sopInstanceUid: string,
  options: {
    sopClassUid?: string;
    transferSyntaxUid?: string;
    pixels?: number;
    open?: StoredInstance["open"];
  } = {},
): StoredInstance {
  const { sopClassUid = CT, transferSyntaxUid = EXPLICIT } = options;
  return {
    ...{ sopClassUid, sopInstanceUid, transferSyntaxUid },
    open: options.open ?? (() => new Blob([bytesOf(sopInstanceUid, options)]).stream()),
  };
}

/** Handlers that locate what they are given, and know one destination. */
export function archiveOf(
  instances: readonly StoredInstance[],
  change: Handlers = {},
): Handlers {
  return {
    async *locate() {
      yield* instances;
    },
    resolveMoveDestination: (aeTitle) =>
      aeTitle === "STORE" ? { hostname: "store", port: 104 } : undefined,
    ...change,
  };
}

/** What came to a storage SCP. */
export interface Received {
  readonly request: StoreRequest;
  readonly bytes: Uint8Array;
}

/** Handlers that keep what comes, and answer by a list of statuses; success after its end. */
export function storing(
  received: Received[],
  statuses: readonly number[] = [],
): Pick<Handlers, "store"> {
  return {
    async store(request) {
      const bytes = new Uint8Array(await new Response(request.dataSet).arrayBuffer());
      received.push({ request, bytes });
      return statuses[received.length - 1] ?? 0;
    },
  };
}

/** A destination that follows the test's script, connection by connection. */
export class ScriptedDestination {
  readonly #peers: ScriptedPeer[] = [];
  #waiting: ((peer: ScriptedPeer) => void) | undefined;
  readonly transports: MemoryTransport[] = [];
  readonly connect: Connect;

  constructor(capacity?: number) {
    this.connect = () => {
      const [near, far] = memoryPair(capacity);
      this.transports.push(far);
      const peer = new ScriptedPeer(far);
      if (this.#waiting === undefined) this.#peers.push(peer);
      else this.#waiting(peer);
      this.#waiting = undefined;
      return Promise.resolve(near);
    };
  }

  /** How often somebody has connected. */
  get connections(): number {
    return this.transports.length;
  }

  /** The next connection. */
  next(): Promise<ScriptedPeer> {
    const peer = this.#peers.shift();
    if (peer !== undefined) return Promise.resolve(peer);
    return new Promise((resolve) => this.#waiting = resolve);
  }

  /** The next connection, its association accepted. */
  async accepted(): Promise<ScriptedPeer> {
    const peer = await this.next();
    await peer.acceptAssociation();
    return peer;
  }
}

/** Takes one instance by hand, and answers. */
export async function takeInstance(peer: ScriptedPeer, status = 0): Promise<string> {
  const { message, contextId } = await peer.expect("message");
  if (message.type !== "C-STORE-RQ") throw new TypeError(`Saw ${message.type}`);
  await peer.expect("data");
  await peer.sendMessage(contextId, {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: message.messageId,
    affectedSopClassUid: message.affectedSopClassUid,
    affectedSopInstanceUid: message.affectedSopInstanceUid,
    status,
    hasDataSet: false,
  });
  return message.affectedSopInstanceUid;
}
