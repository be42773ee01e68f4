/**
 * Slow loris: peers that take their time on purpose, or never read. Time is the test's.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { FindRequest } from "../../lib/handler/handler.ts";
import { associationRequest } from "../../lib/association/negotiation.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import { fragmentMessage } from "../../lib/dimse/fragmenter.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import { encodePdu } from "../../lib/pdu/encoder.ts";
import { IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import type { MemoryTransport } from "../support/memory_transport.ts";
import { pure } from "../support/requesting.ts";
import { instanceBytes, type Served, served } from "../support/served.ts";
import { Answers } from "./answers.ts";
import { assertServes, ASSOCIATED, send, store, storeCommand } from "./exchange.ts";
import { pData, pdv, request } from "./raw_bytes.ts";

const ABORTED = "ABT(0,0)";
const STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1";

/** A peer that sends something each second. */
interface Dripping {
  readonly name: string;
  /** What is sent at once. */
  readonly prologue: string;
  /** What is sent in a second. */
  drop(second: number): Uint8Array;
  /** After how many seconds it is given up. */
  readonly seconds: number;
  readonly output: string;
}

const REQUEST = Uint8Array.fromHex(request());
const COMMAND = pData(pdv(3, 3, storeCommand()));

const DRIPPING: readonly Dripping[] = [
  {
    name: "silence after the connection",
    prologue: "",
    drop: () => new Uint8Array(0),
    seconds: 30,
    output: "",
  },
  {
    name: "an association request, an octet a second",
    prologue: "",
    drop: (second) => REQUEST.subarray(second, second + 1),
    seconds: 30,
    output: "",
  },
  {
    name: "a command set, an octet a second",
    prologue: `${ASSOCIATED}040000000100000000fc0301`,
    drop: () => Uint8Array.of(0),
    seconds: 60,
    output: ABORTED,
  },
  {
    name: "a command set, an octet a PDU and a PDU a second",
    prologue: ASSOCIATED,
    drop: () => Uint8Array.fromHex(pData(pdv(3, 1, "00"))),
    seconds: 60,
    output: ABORTED,
  },
  {
    name: "a data set in one PDU, an octet a second",
    prologue: `${ASSOCIATED}${COMMAND}040000003e8000003e7c0300`,
    drop: () => Uint8Array.of(0),
    seconds: 60,
    output: ABORTED,
  },
  {
    name: "a data set, an octet a PDU and a PDU a second",
    prologue: ASSOCIATED + COMMAND,
    drop: () => Uint8Array.fromHex(pData(pdv(3, 0, "00"))),
    seconds: 60,
    output: ABORTED,
  },
  {
    name: "a data set, a KiB a second and nothing more",
    prologue: ASSOCIATED + COMMAND,
    drop: () => Uint8Array.fromHex(pData(pdv(3, 0, "00".repeat(1024)))),
    // 64 KiB take longer than that.
    seconds: 60,
    output: ABORTED,
  },
  {
    name: "a data set that stops",
    prologue: ASSOCIATED + COMMAND + pData(pdv(3, 0, "0800")),
    drop: () => new Uint8Array(0),
    seconds: 60,
    output: ABORTED,
  },
];

for (const { name, prologue, drop, seconds, output: expected } of DRIPPING) {
  pure(`slow loris: ${name} ends after ${seconds} s, and others are served meanwhile`, async () => {
    await using bench = served({ store }, { aeTitle: "STORE" });
    const { transport } = bench.dial("10.0.0.66");
    const answers = new Answers(transport);
    await send(transport, Uint8Array.fromHex(prologue), 4096);
    await settle();
    if (prologue !== "") {
      assert.match(answers.text, /^AC\[0,/);
      answers.forget();
    }
    for (let second = 0; second < seconds; second++) {
      assert.equal(answers.isEnded, false, `${name} after ${second} s`);
      await send(transport, drop(second), 4096);
      if (second % 10 === 0) await assertServes(bench, name);
      await bench.clock.advance(1000);
    }
    // Who was aborted has a moment to read it.
    await bench.clock.advance(2000);
    await answers.ended;
    assert.equal(answers.text, expected);
    transport.close();
    await settle();
    assert.equal(bench.server.activeAssociations, 0);
    assert.equal(bench.clock.pending, 0);
    assert.equal(bench.events.filter(({ type }) => type === "handler-failed").length, 0);
  });
}

pure("who is slow, but not without end, is served: 64 KiB a minute are enough", async () => {
  await using bench = served({ store });
  const { peer, transport } = await bench.associated();
  const data = instanceBytes(200_000);
  const step = 66_000;
  await peer.sendBytes(Uint8Array.fromHex(COMMAND));
  for (let at = 0; at < data.byteLength; at += step) {
    await bench.clock.advance(59_000);
    const control = at + step >= data.byteLength ? 2 : 0;
    const piece = data.subarray(at, at + step).toHex();
    await peer.sendBytes(Uint8Array.fromHex(pData(pdv(3, control, piece))));
    await settle();
  }
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  transport.close();
});

pure("a thousand slow lorises at once leave room for who asks", async () => {
  await using bench = served({ store }, { aeTitle: "STORE" });
  const lorises: MemoryTransport[] = [];
  for (let i = 0; i < 1000; i++) {
    const { transport } = bench.dial(`10.6.${i % 3}.6`);
    lorises.push(transport);
    await send(transport, REQUEST.subarray(0, i % REQUEST.byteLength), 4096);
    if (i % 100 === 99) await assertServes(bench, `${i} lorises`);
  }
  await bench.clock.advance(30_000);
  await settle();
  assert.equal(bench.server.activeAssociations, 0);
  assert.equal(bench.clock.pending, 0);
  for (const transport of lorises) transport.close();
});

pure("a peer with many associations leaves half of them to others", async () => {
  await using bench = served({ store }, { maximumAssociations: 4 });
  const hoard = await Promise.all([bench.associated("10.6.6.6"), bench.associated("10.6.6.6")]);
  const { peer } = bench.dial("10.6.6.6");
  await peer.send(associationRequest({
    callingAeTitle: "HOARD",
    calledAeTitle: "STORE",
    presentationContexts: [{ abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: [IMPLICIT] }],
    maximumLength: 16384,
  }));
  const { result, source, reason } = await peer.expect("A-ASSOCIATE-RJ");
  assert.deepEqual([result, source, reason], [2, 3, 2]);
  await assertServes(bench, "beside the hoard");
  for (const { transport } of hoard) transport.close();
});

/** Matches without end. */
async function* endless(_request: FindRequest): AsyncGenerator<DataSet> {
  for (let i = 0;; i++) {
    await Promise.resolve();
    yield new DataSet().set({
      tag: 0x00100020,
      vr: "LO",
      value: encodeStrings("LO", [`${i}`.padStart(60, "0")], []),
    });
  }
}

/** A query, from a peer whose window is closed: nothing of what comes back is ever read. */
async function askWithoutReading(bench: Served): Promise<MemoryTransport> {
  const { transport } = bench.dial("10.6.6.6");
  const ask = encodePdu(associationRequest({
    callingAeTitle: "DEAF",
    calledAeTitle: "STORE",
    presentationContexts: [{ abstractSyntax: STUDY_ROOT_FIND, transferSyntaxes: [IMPLICIT] }],
    maximumLength: 16384,
  }));
  await send(transport, ask, 4096);
  await settle();
  const identifier = encodeDataSet(
    new DataSet().set({
      tag: 0x00080052,
      vr: "CS",
      value: encodeStrings("CS", ["STUDY"], []),
    }),
    IMPLICIT,
  );
  const command = encodeMessage({
    type: "C-FIND-RQ",
    messageId: 1,
    affectedSopClassUid: STUDY_ROOT_FIND,
    priority: 0,
    hasDataSet: true,
  });
  await send(transport, fragmentMessage(1, command, identifier, 16384), 4096);
  await settle();
  return transport;
}

pure("T10: a peer that never reads is given up when it has taken nothing for 60 s", async () => {
  let yielded = 0;
  await using bench = served(
    {
      async *find(request) {
        for await (const match of endless(request)) {
          yielded += 1;
          yield match;
        }
      },
    },
    {},
    10_000,
  );
  const transport = await askWithoutReading(bench);
  assert.equal(bench.server.activeAssociations, 1);
  const atOnce = yielded;
  assert.ok(atOnce > 0);
  await bench.clock.advance(59_000);
  assert.equal(bench.server.activeAssociations, 1);
  // What is not taken is not made.
  assert.equal(yielded, atOnce);
  await assertServes(bench, "meanwhile");
  await bench.clock.advance(3_000);
  await settle();
  assert.equal(bench.server.activeAssociations, 0);
  assert.equal(bench.clock.pending, 0);
  const aborted = bench.events.find(({ type }) => type === "association-aborted");
  assert.ok(aborted?.type === "association-aborted");
  assert.match(aborted.error?.message ?? "", /^Gave up after 60 s: the peer takes no data$/);
  transport.close();
});
