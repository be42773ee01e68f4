/**
 * An exchange of bytes with a server, as a hostile peer has it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Status, StoreRequest } from "../../lib/handler/handler.ts";
import { CT, ECHO, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import type { MemoryTransport } from "../support/memory_transport.ts";
import { INSTANCE, type Served } from "../support/served.ts";
import { instanceDataSet } from "../support/synthetic_instances.ts";
import {
  APPLICATION,
  ascii,
  item,
  maximumLength,
  pData,
  pdv,
  proposal,
  request,
  ui,
  us,
  userInformation,
} from "./raw_bytes.ts";

/**
 * What is sent, in hexadecimal, and what comes back, as `wireText()` has it. The name begins with the
 * cases of `catalogue.ts` that it belongs to.
 */
export type HostileCase = readonly [name: string, input: string, output: string];

/** Takes every instance, and drops it. */
export const store = async (request: StoreRequest): Promise<Status> => {
  for await (const _chunk of request.dataSet);
  return 0;
};

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

/** Presentation contexts that every association of these tests has, by what is sent on them. */
export const CONTEXT = {
  echo: 1,
  /** CT images in implicit VR, explicit VR, deflated, and explicit VR big endian. */
  implicit: 3,
  explicit: 5,
  deflated: 7,
  bigEndian: 9,
  /** Study Root. */
  find: 11,
  move: 13,
  get: 15,
  /** Nobody accepts this. */
  rejected: 17,
} as const;

/** Study Root FIND, MOVE and GET. */
export const STUDY_ROOT = {
  find: "1.2.840.10008.5.1.4.1.2.2.1",
  move: "1.2.840.10008.5.1.4.1.2.2.2",
  get: "1.2.840.10008.5.1.4.1.2.2.3",
} as const;

/** Deflated Explicit VR Little Endian. */
export const DEFLATED = "1.2.840.10008.1.2.1.99";
/** Explicit VR Big Endian. */
export const BIG_ENDIAN = "1.2.840.10008.1.2.2";

/** A good A-ASSOCIATE-RQ with the contexts of {@linkcode CONTEXT}. */
export const ASSOCIATED = request({
  items: [
    APPLICATION,
    proposal(CONTEXT.echo, [ECHO], [IMPLICIT]),
    proposal(CONTEXT.implicit, [CT], [IMPLICIT]),
    proposal(CONTEXT.explicit, [CT], [EXPLICIT]),
    proposal(CONTEXT.deflated, [CT], [DEFLATED]),
    proposal(CONTEXT.bigEndian, [CT], [BIG_ENDIAN]),
    proposal(CONTEXT.find, [STUDY_ROOT.find], [IMPLICIT]),
    proposal(CONTEXT.move, [STUDY_ROOT.move], [IMPLICIT]),
    proposal(CONTEXT.get, [STUDY_ROOT.get], [IMPLICIT]),
    proposal(CONTEXT.rejected, ["1.2.840.10008.9.9"], [IMPLICIT]),
    userInformation(
      maximumLength(16384),
      // Both roles of CT storage, as a C-GET needs them.
      item(0x54, `0019${ascii(CT)}0101`),
    ),
  ],
});

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
export const DATA = instanceDataSet({
  sopClassUid: CT,
  sopInstanceUid: INSTANCE,
  transferSyntaxUid: IMPLICIT,
}).toHex();

/** A C-STORE-RQ in one P-DATA-TF. */
export function stored(command = storeCommand(), data = DATA): string {
  return pData(pdv(3, 3, command), pdv(3, 2, data));
}
