/**
 * A server on a network in memory, and a scripted requestor in front of it.
 *
 * @module
 */

import { associationRequest } from "../../lib/association/negotiation.ts";
import type { Handlers } from "../../lib/handler/handler.ts";
import type { AssociationEvent } from "../../lib/net/observer.ts";
import { serve, type ServeOptions, type Server } from "../../lib/service/serve.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import type { StoreRequestMessage } from "../../lib/dimse/message.ts";
import { CT, ECHO, EXPLICIT, IMPLICIT } from "./core_pair.ts";
import { FakeClock } from "./fake_clock.ts";
import { memoryNetwork, type MemoryTransport } from "./memory_transport.ts";
import { ScriptedPeer } from "./scripted_peer.ts";

/** An instance UID for tests. */
export const INSTANCE = "1.2.3.4.5";

/** A server in memory. */
export interface Served extends AsyncDisposable {
  readonly server: Server;
  readonly clock: FakeClock;
  readonly events: AssociationEvent[];
  /** Connects, from an address. */
  dial(host?: string): { peer: ScriptedPeer; transport: MemoryTransport };
  /** Connects and associates: context 1 Verification, 3 CT in implicit, 5 CT in explicit VR. */
  associated(host?: string): Promise<{ peer: ScriptedPeer; transport: MemoryTransport }>;
}

/** Starts a server in memory. */
export function served(
  handlers: Handlers,
  options: Partial<ServeOptions> = {},
  capacity?: number,
): Served {
  const network = memoryNetwork(capacity);
  const clock = new FakeClock();
  const events: AssociationEvent[] = [];
  const server = serve({
    port: 104,
    handlers,
    clock,
    listen: network.listen,
    observer: (event) => void events.push(event),
    ...options,
  });
  const transports: MemoryTransport[] = [];
  const dial = (host?: string): { peer: ScriptedPeer; transport: MemoryTransport } => {
    const transport = network.dial(host);
    transports.push(transport);
    return { transport, peer: new ScriptedPeer(transport) };
  };
  return {
    server,
    clock,
    events,
    dial,
    async associated(host) {
      const { peer, transport } = dial(host);
      await peer.send(storageRequest());
      await peer.expect("A-ASSOCIATE-AC");
      return { peer, transport };
    },
    async [Symbol.asyncDispose]() {
      for (const transport of transports) transport.close();
      await server.shutdown();
    },
  };
}

/** The errors of handlers that a server has reported, in their order. */
export function handlerErrors(bench: Served): unknown[] {
  return bench.events.flatMap((event) => event.type === "handler-failed" ? [event.error] : []);
}

/** The association request of {@linkcode Served.associated}. */
export function storageRequest(): ReturnType<typeof associationRequest> {
  return associationRequest({
    callingAeTitle: "SENDER",
    calledAeTitle: "STORE",
    presentationContexts: [
      { abstractSyntax: ECHO, transferSyntaxes: [IMPLICIT] },
      { abstractSyntax: CT, transferSyntaxes: [IMPLICIT] },
      { abstractSyntax: CT, transferSyntaxes: [EXPLICIT] },
    ],
    maximumLength: 16384,
  });
}

/** A C-STORE-RQ for the instance of {@linkcode instanceBytes}. */
export function storeRequest(change: Partial<StoreRequestMessage> = {}): StoreRequestMessage {
  return {
    type: "C-STORE-RQ",
    messageId: 1,
    affectedSopClassUid: CT,
    affectedSopInstanceUid: INSTANCE,
    priority: 0,
    hasDataSet: true,
    ...change,
  };
}

/** A small CT instance in implicit VR, with as much pixel data as asked for. */
export function instanceBytes(pixels = 100, uid = INSTANCE): Uint8Array<ArrayBuffer> {
  const dataSet = new DataSet()
    .set({ tag: 0x00080016, vr: "UI", value: encodeStrings("UI", [CT], []) })
    .set({ tag: 0x00080018, vr: "UI", value: encodeStrings("UI", [uid], []) })
    .set({ tag: 0x00100020, vr: "LO", value: encodeStrings("LO", ["4711"], []) })
    .set({
      tag: 0x7fe00010,
      vr: "OW",
      value: Uint8Array.from({ length: 2 * pixels }, (_, i) => i % 253),
    });
  return encodeDataSet(dataSet, IMPLICIT);
}
