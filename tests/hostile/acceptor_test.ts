/**
 * What a broken or hostile peer may send, and exactly what it gets back: every table against a server in
 * memory, whole and cut into pieces.
 *
 * @module
 */

import assert from "node:assert/strict";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";
import { served } from "../support/served.ts";
import { Answers } from "./answers.ts";
import { assertServes, ASSOCIATED, type HostileCase, send, store, stored } from "./exchange.ts";
import { pData, pdv } from "./raw_bytes.ts";
import { REQUESTOR_TABLES } from "./requestor_tables.ts";

/** Splitting by one octet is the hardest; long inputs are split less finely. */
function sizes(length: number): readonly number[] {
  return length > 20_000 ? [length, 4093] : [length, 1, 7];
}

/** Runs every case against one server, whole and split (T20); then nothing may be left. */
async function run(cases: readonly HostileCase[], prologue: string): Promise<void> {
  const bench = served({ store }, { aeTitle: "STORE" });
  const before = Uint8Array.fromHex(prologue);
  for (const [name, input, expected] of cases) {
    const bytes = Uint8Array.fromHex(input);
    for (const size of sizes(bytes.byteLength)) {
      const label = `${name}, ${size} at a time`;
      const { transport } = bench.dial();
      const answers = new Answers(transport);
      if (before.byteLength > 0) {
        await send(transport, before, before.byteLength);
        await settle();
        assert.equal(answers.bytes[0], 2, label);
        answers.forget();
      }
      await send(transport, bytes, size);
      await settle();
      assert.equal(answers.text, expected, label);
      transport.close();
      await answers.ended;
      await settle();
      assert.equal(bench.server.activeAssociations, 0, label);
    }
    await assertServes(bench, name);
  }
  await settle();
  assert.equal(bench.server.activeAssociations, 0);
  assert.equal(bench.clock.pending, 0);
  assert.ok(!bench.events.some((event) => event.type === "handler-failed"));
  await bench[Symbol.asyncDispose]();
}

for (const [, title, cases, prologue] of REQUESTOR_TABLES) {
  pure(title, () => run(cases, prologue));
}

pure("D15: data after the last fragment, whether or not the answer is under way", async () => {
  await using bench = served({ store });
  const { transport } = bench.dial();
  const answers = new Answers(transport);
  await send(transport, Uint8Array.fromHex(ASSOCIATED), 4096);
  await settle();
  answers.forget();
  await send(transport, Uint8Array.fromHex(stored() + pData(pdv(3, 2, "0000"))), 4096);
  await settle();
  const { text } = answers;
  assert.ok(["ABT(2,5)", "C-STORE-RSP#8 0000 ABT(2,5)"].includes(text), text);
  transport.close();
  await answers.ended;
});
