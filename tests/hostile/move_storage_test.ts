/**
 * The Storage SCP inside movescu, before the same peers as storescp, while a C-MOVE is under way.
 *
 * @module
 */

import assert from "node:assert/strict";
import { main } from "../../cli/movescu.ts";
import { moveResponse, ToolBench } from "../cli/tool_bench.ts";
import { settle } from "../support/fake_clock.ts";
import { Answers } from "./answers.ts";
import { assertDecent } from "./besieged.ts";
import { ODD_DATA_SETS } from "./data_set_cases.ts";
import { ASSOCIATED, type HostileCase, send } from "./exchange.ts";
import { REQUESTOR_TABLES } from "./requestor_tables.ts";
import { ScuArea } from "./scu_bench.ts";

const ARGS = [
  ...["peer", "104", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3"],
  ...["--store", "--store-aet", "STORE", "--linger", "0"],
];

/** The archive may know us by any AE title: who is called is not looked at. */
const ANY_CALLED = new Set(["A28 called", "A28 case counts", "A31 path as the called AE title"]);

/** A movescu that waits for the end of its C-MOVE. */
interface Moving {
  readonly bench: ToolBench;
  /** Ends the C-MOVE with this status; tells the exit code. */
  end(status: number, completed: number): Promise<number>;
}

async function moving(area: ScuArea): Promise<Moving> {
  const bench = new ToolBench();
  const running = main([...ARGS, "-od", `${area.directory}/out/in`], bench.io);
  const { peer } = await bench.acceptMove();
  return {
    bench,
    async end(status, completed) {
      const counters = { remaining: 0, completed, failed: 0, warning: 0 };
      await peer.sendMessage(1, moveResponse(status, counters));
      await peer.acceptRelease();
      return await running;
    },
  };
}

/** Sends a case to the Storage SCP. */
async function face(
  { bench }: Moving,
  [name, input, expected]: HostileCase,
  prologue: string,
): Promise<void> {
  const transport = bench.storeNetwork.dial();
  const answers = new Answers(transport);
  if (prologue !== "") {
    await send(transport, Uint8Array.fromHex(prologue), prologue.length);
    await answers.until(() => answers.text.startsWith("AC"));
    assert.match(answers.text, /^AC\[[\d,]+\]$/, name);
    answers.forget();
  }
  const sending = send(transport, Uint8Array.fromHex(input), input.length);
  await answers.until(() => answers.text.length >= expected.length);
  await settle();
  assert.equal(answers.text, expected, name);
  transport.close();
  await Promise.all([sending, answers.ended]);
  await settle();
}

for (const [family, , cases, prologue] of REQUESTOR_TABLES) {
  Deno.test(`movescu --store faces ${family}, and its C-MOVE goes on`, async () => {
    await using area = await ScuArea.make();
    const move = await moving(area);
    for (const [name, input, output] of cases) {
      await face(move, [name, input, ANY_CALLED.has(name) ? "AC[0]" : output], prologue);
    }
    const isStored = cases.some(([, , output]) => output.includes("C-STORE-RSP#8 0000"));
    const code = await move.end(0, isStored ? 1 : 0);
    const { bench } = move;
    assert.ok([0, 6].includes(code), bench.stderr);
    assertDecent(bench.stderr);
    assert.equal(bench.clock.pending, 0);
    const files = await area.takeFiles();
    assert.ok(files.every((path) => /^in\/[^./][^/]*$/.test(path)), files.join());
  });
}

Deno.test("U16: movescu says how many instances came that were not promised", async () => {
  await using area = await ScuArea.make();
  const move = await moving(area);
  for (const hostile of ODD_DATA_SETS.slice(0, 1)) await face(move, hostile, ASSOCIATED);
  assert.equal(await move.end(0, 0), 0);
  assert.match(
    move.bench.stderr,
    /^I: Received 1 instance \(.*; 0 promised, 0 failed, 0 missing$/m,
  );
  await area.takeFiles();
});
