/**
 * An exchange of bytes with a server, as a hostile peer has it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Status, StoreRequest } from "../../lib/handler/handler.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { PduDecoder } from "../../lib/pdu/decoder.ts";
import { encodePdu } from "../../lib/pdu/encoder.ts";
import { CT, ECHO } from "../support/core_pair.ts";
import type { MemoryTransport } from "../support/memory_transport.ts";
import { INSTANCE, instanceBytes, type Served, storageRequest } from "../support/served.ts";
import { pData, pdv, ui, us } from "./raw_bytes.ts";

/** Takes every instance, and drops it. */
export const store = async (request: StoreRequest): Promise<Status> => {
  for await (const _chunk of request.dataSet);
  return 0;
};

/** Collects what comes until the end of the connection. */
export async function collect(transport: Transport, into: number[]): Promise<void> {
  const buffer = new Uint8Array(4096);
  while (true) {
    const count = await transport.read(buffer).catch(() => null);
    if (count === null) return;
    for (const byte of buffer.subarray(0, count)) into.push(byte);
  }
}

/** Sends bytes, `size` at a time, each taken by the server before the next goes out. */
export async function send(
  transport: MemoryTransport,
  bytes: Uint8Array,
  size: number,
): Promise<void> {
  for (let at = 0; at < bytes.byteLength; at += size) {
    try {
      let rest = bytes.subarray(at, at + size);
      while (rest.byteLength > 0) rest = rest.subarray(await transport.write(rest));
    } catch {
      // The server has closed.
      return;
    }
    for (let turn = 0; turn < 20 && transport.unread > 0; turn++) await Promise.resolve();
  }
}

/** Output in hexadecimal, an A-ASSOCIATE-AC as its results. */
export function readable(output: number[]): string {
  if (output[0] !== 2) return Uint8Array.from(output).toHex();
  const length = 6 + new DataView(Uint8Array.from(output).buffer).getUint32(2);
  const decoder = new PduDecoder({ maximumLength: 0 });
  decoder.receive(Uint8Array.from(output.slice(0, length)));
  const accept = decoder.next();
  assert.ok(accept?.type === "A-ASSOCIATE-AC");
  const results = accept.presentationContexts.map(({ result }) => result);
  return `AC ${results} ${Uint8Array.from(output.slice(length)).toHex()}`;
}

/** A good client is served. */
export async function assertServes(bench: Served, name: string): Promise<void> {
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(1, {
    type: "C-ECHO-RQ",
    messageId: 1,
    affectedSopClassUid: ECHO,
    hasDataSet: false,
  });
  assert.equal((await peer.expectMessage("C-ECHO-RSP")).status, 0, name);
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expect("A-RELEASE-RP");
  transport.close();
}

/** A good A-ASSOCIATE-RQ: context 1 Verification, 3 and 5 CT. */
export const ASSOCIATED = encodePdu(storageRequest()).toHex();

/** The command set of a C-ECHO-RQ with message ID 7. */
export const ECHO_COMMAND = ui(0x0002, ECHO) + us(0x0100, 0x0030) + us(0x0110, 7) +
  us(0x0800, 0x0101);

/** The command set of a C-STORE-RQ with message ID 8, some elements changed. */
export function storeCommand(change: Partial<Record<number, string>> = {}): string {
  const elements: Record<number, string | undefined> = {
    0x0002: ui(0x0002, CT),
    0x0100: us(0x0100, 0x0001),
    0x0110: us(0x0110, 8),
    0x0700: us(0x0700, 0),
    0x0800: us(0x0800, 0),
    0x1000: ui(0x1000, INSTANCE),
    ...change,
  };
  return Object.values(elements).join("");
}

/** A small instance. */
export const DATA = instanceBytes(20).toHex();

/** A C-STORE-RQ in one P-DATA-TF. */
export function stored(command = storeCommand(), data = DATA): string {
  return pData(pdv(3, 3, command), pdv(3, 2, data));
}
