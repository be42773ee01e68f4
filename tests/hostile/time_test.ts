/**
 * Peers that are slow, silent or gone.
 *
 * @module
 */

import assert from "node:assert/strict";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";
import { served } from "../support/served.ts";
import { Answers } from "./answers.ts";
import {
  assertServes,
  ASSOCIATED,
  DATA,
  ECHO_COMMAND,
  send,
  store,
  storeCommand,
  stored,
} from "./exchange.ts";
import { pData, pdv, RELEASE, request } from "./raw_bytes.ts";

const ABORTED = "ABT(0,0)";

pure(
  "silence and half-open connections end in time, and leave nothing (T1 to T6, T15, T18)",
  async () => {
    const cases: [name: string, input: string, after: number, output: string][] = [
      ["T1 nothing", "", 30_000, ""],
      ["T3 half a request", request().slice(0, 100), 30_000, ""],
      ["T5 half a PDU", ASSOCIATED + "040000003e80", 60_000, ABORTED],
      ["T15 idle", ASSOCIATED, 60_000, ABORTED],
      [
        "a data set that stops",
        ASSOCIATED + pData(pdv(3, 3, storeCommand()), pdv(3, 0, DATA)),
        60_000,
        ABORTED,
      ],
      ["T18 an abort that is not taken note of", "ff0000000000", 30_000, ABORTED],
      [
        "a rejection that is not taken note of",
        request({ called: "OTHER" }),
        30_000,
        "RJ(1,1,7)",
      ],
      ["a release that is not taken note of", ASSOCIATED + RELEASE, 30_000, "RELRP"],
    ];
    for (const [name, input, after, expected] of cases) {
      await using bench = served({ store }, { aeTitle: "STORE" });
      const { transport } = bench.dial();
      const answers = new Answers(transport);
      await send(transport, Uint8Array.fromHex(input), input.length);
      await settle();
      await bench.clock.advance(after - 1);
      await settle();
      assert.equal(answers.isEnded, false, name);
      await bench.clock.advance(1);
      // After an A-ABORT of ours the peer has a moment to read it.
      await bench.clock.advance(2000);
      await answers.ended;
      assert.equal(answers.text.replace(/^AC\[\S*\] /, ""), expected, name);
      transport.close();
      await settle();
      assert.equal(bench.server.activeAssociations, 0, name);
      assert.equal(bench.clock.pending, 0, name);
    }
  },
);

pure("T4: one octet a second does not lengthen the time for a request", async () => {
  await using bench = served({ store });
  const { transport } = bench.dial();
  const answers = new Answers(transport);
  const bytes = Uint8Array.fromHex(request());
  for (let second = 0; second < 30; second++) {
    await transport.write(bytes.subarray(second, second + 1));
    await bench.clock.advance(1000);
  }
  await answers.ended;
  assert.equal(answers.bytes.byteLength, 0);
  transport.close();
  await settle();
  assert.equal(bench.clock.pending, 0);
});

pure("T6: one octet a second does not keep an association", async () => {
  await using bench = served({ store });
  const { transport } = bench.dial();
  const answers = new Answers(transport);
  await send(
    transport,
    Uint8Array.fromHex(ASSOCIATED + pData(pdv(3, 3, storeCommand())) + "040000003e8000003e7c0300"),
    4096,
  );
  await settle();
  answers.forget();
  for (let second = 0; second < 62; second++) {
    await transport.write(Uint8Array.of(0)).catch(() => {});
    await bench.clock.advance(1000);
  }
  await bench.clock.advance(2000);
  await answers.ended;
  assert.equal(answers.text, ABORTED);
  transport.close();
  await settle();
  assert.equal(bench.clock.pending, 0);
});

pure("T18: a flood after our abort is thrown away, and does not keep the connection", async () => {
  await using bench = served({ store }, {}, 10_000);
  const { transport } = bench.dial();
  const answers = new Answers(transport);
  await send(transport, Uint8Array.of(0xff, 0, 0, 0, 0, 0), 6);
  for (let second = 0; second < 30; second++) {
    await send(transport, new Uint8Array(50_000), 50_000);
    await bench.clock.advance(1000);
  }
  await answers.ended;
  assert.equal(answers.text, ABORTED);
  transport.close();
  await settle();
  assert.equal(bench.clock.pending, 0);
});

pure("T7, T8, T13: the loss of the connection at any octet leaves nothing", async () => {
  await using bench = served({ store });
  const session = Uint8Array.fromHex(
    ASSOCIATED + stored() + pData(pdv(1, 3, ECHO_COMMAND)) + RELEASE,
  );
  for (let length = 0; length <= session.byteLength; length++) {
    const { transport } = bench.dial();
    const answers = new Answers(transport);
    await send(transport, session.subarray(0, length), session.byteLength);
    if (length % 2 === 0) transport.close();
    else transport.reset();
    await answers.ended;
  }
  await settle();
  assert.equal(bench.server.activeAssociations, 0);
  assert.equal(bench.clock.pending, 0);
  await assertServes(bench, "afterwards");
});
