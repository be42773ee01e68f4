/**
 * TLS that stops in the middle: of its handshake, and of what goes by it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fragmentMessage } from "../../lib/dimse/fragmenter.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import { CT, IMPLICIT } from "../support/core_pair.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { storageRequest, storeRequest } from "../support/served.ts";
import { instanceDataSet } from "../support/synthetic_instances.ts";
import { askEcho, assertServes, besiegedByTls, Wire } from "./tls_bench.ts";

const ignore = Deno.build.os !== "linux";

/** So many connections stall at once: with some more, the oldest would have to go for the newest. */
const AT_ONCE = 200;

/** How many octets a client sends in its handshake. */
async function handshakeLength(port: number): Promise<number> {
  using wire = await Wire.to(port);
  await wire.secure();
  return wire.written;
}

Deno.test({
  name: "L5: a handshake that stalls at whichever octet ends by ARTIM, and holds up nobody",
  ignore,
  async fn() {
    await using besieged = await besiegedByTls(["-ta", "1"]);
    const { port } = besieged.server;
    const length = await handshakeLength(port);
    assert.ok(length > 200, `${length}`);
    let secured = 0;
    const stall = async (limit: number): Promise<void> => {
      using wire = await Wire.to(port);
      wire.limit = limit;
      // A client of TLS 1.3 is done when it has sent its last, even if that does not arrive.
      if (await wire.secure().catch(() => undefined) !== undefined) secured++;
      await wire.closed();
    };
    for (let first = 0; first <= length; first += AT_ONCE) {
      const limits = Array.from({ length: AT_ONCE }, (_, i) => first + i);
      await besieged.beside(`L5 from ${first}`, async () => {
        const stalled = limits.filter((limit) => limit <= length).map(stall);
        await Promise.all([...stalled, assertServes(port)]);
        return 0;
      });
    }
    // In the first flight of the client, and in its second.
    assert.ok(secured > 50 && length - secured > 150, `${secured} of ${length}`);
    await besieged.stop();
  },
});

const UID = "1.2.3.4.5";

/** A C-STORE, as a sequence of P-DATA-TF. */
const STORE = fragmentMessage(
  3,
  encodeMessage(storeRequest({ affectedSopInstanceUid: UID })),
  instanceDataSet({
    sopClassUid: CT,
    sopInstanceUid: UID,
    transferSyntaxUid: IMPLICIT,
    keys: [`TextValue=${"cut ".repeat(10_000)}`],
  }),
  16384,
);

/** Where each of its PDUs ends. */
function pduEnds(): number[] {
  const view = new DataView(STORE.buffer, STORE.byteOffset, STORE.byteLength);
  const ends: number[] = [];
  for (let end = 0; end < STORE.byteLength;) {
    end += 6 + view.getUint32(end + 2);
    ends.push(end);
  }
  return ends;
}

const [COMMAND_END = 0, FIRST_END = 0, SECOND_END = 0] = pduEnds();

/** How much goes out of the message, and of that as octets of TLS after the command. */
const CUTS: readonly (readonly [where: string, sent: number, encrypted?: number])[] = [
  ["after the command", COMMAND_END],
  ["in the header of a PDU", FIRST_END + 3],
  ["between two PDUs of the data set", FIRST_END],
  ["in a PDU of the data set", FIRST_END + 5000],
  ["before the last PDU", SECOND_END],
  ["before the last octet", STORE.byteLength - 1],
  ["in a record of TLS", STORE.byteLength, 100],
  // The largest, with its header, the octet of its type and its tag.
  ["between records of TLS", STORE.byteLength, 5 + 16384 + 1 + 16],
  ["nowhere", STORE.byteLength],
];

const WAYS = ["end without close_notify", "end with close_notify", "reset"] as const;

Deno.test({
  name: "L6: what is cut off in the middle of a data set is never taken as complete",
  ignore,
  async fn() {
    await using besieged = await besiegedByTls(["-v"]);
    const { port } = besieged.server;
    for (const [where, sent, encrypted = Infinity] of CUTS) {
      const isWhole = where === "nowhere";
      for (const way of WAYS) {
        await besieged.beside(`L6 ${way} ${where}`, async () => {
          using wire = await Wire.to(port);
          const peer = new ScriptedPeer(await wire.secure());
          await peer.send(storageRequest());
          await peer.expect("A-ASSOCIATE-AC");
          // Its answer stays unread, for the reset.
          if (!isWhole) await askEcho(peer);
          await peer.sendBytes(STORE.subarray(0, COMMAND_END));
          wire.limit = wire.written + encrypted;
          await peer.sendBytes(STORE.subarray(COMMAND_END, sent));
          if (way === "reset") await wire.reset();
          else if (way === "end without close_notify") await wire.end();
          else peer.transport.close();
          return isWhole ? 1 : 0;
        });
      }
    }
    const { stderr } = await besieged.stop();
    const told = (pattern: RegExp): number => stderr.match(pattern)?.length ?? 0;
    assert.equal(told(/^W: 1\.2\.3\.4\.5 from .* broke off$/gm), (CUTS.length - 1) * WAYS.length);
    assert.equal(told(/^I: Received 1\.2\.3\.4\.5 \(/gm), WAYS.length);
  },
});
