/**
 * Programs that speak another protocol: those that call our port, and those whose port we call.
 *
 * @module
 */

import assert from "node:assert/strict";
import { main as echoscu } from "../../cli/echoscu.ts";
import { main as findscu } from "../../cli/findscu.ts";
import { main as getscu } from "../../cli/getscu.ts";
import { main as movescu } from "../../cli/movescu.ts";
import { main as storescp } from "../../cli/storescp.ts";
import { main as storescu } from "../../cli/storescu.ts";
import { ForeignProtocolError } from "../../lib/errors.ts";
import { type Main, ToolBench } from "../cli/tool_bench.ts";
import { CT, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";
import { served } from "../support/served.ts";
import { instanceFile } from "../support/synthetic_instances.ts";
import { Answers } from "./answers.ts";
import { assertServes, send, store } from "./exchange.ts";
import { FOREIGN } from "./foreign_bytes.ts";

for (const { name, bytes, protocol } of FOREIGN) {
  pure(`P2: an acceptor answers ${name} with one A-ABORT, and says what it is`, async () => {
    for (const size of [bytes.byteLength, 1]) {
      await using bench = served({ store });
      const { transport } = bench.dial();
      const answers = new Answers(transport);
      await send(transport, bytes, size);
      await settle();
      // AA-1: source 0, reason 0, whatever it was; and what still comes is not answered.
      assert.equal(answers.text, "ABT(0,0)");
      const aborted = bench.events.find(({ type }) => type === "association-aborted");
      assert.ok(aborted?.type === "association-aborted");
      const { error } = aborted;
      assert.equal(error instanceof ForeignProtocolError ? error.protocol : undefined, protocol);
      transport.close();
      await answers.ended;
      await assertServes(bench, name);
      await settle();
      assert.equal(bench.clock.pending, 0);
    }
  });
}

/** The tools that call a peer, each with a command line that does. */
const SCUS: readonly (readonly [name: string, main: Main, args: readonly string[]])[] = [
  ["echoscu", echoscu, []],
  ["findscu", findscu, ["-k", "PatientID"]],
  ["movescu", movescu, ["-aem", "THERE", "-k", "StudyInstanceUID=1.2"]],
  ["getscu", getscu, ["-k", "StudyInstanceUID=1.2", "--ignore", "--no-find"]],
];

/** What calls a tool by its table: the tool, and what the server at the port sends. */
async function call(main: Main, args: readonly string[], bytes: Uint8Array): Promise<{
  readonly code: number;
  readonly bench: ToolBench;
  readonly answer: string;
}> {
  const bench = new ToolBench();
  const running = main(["10.0.0.5", "22", ...args], bench.io);
  const { transport } = await bench.accept();
  const answers = new Answers(transport);
  for (let rest = bytes; rest.byteLength > 0;) {
    rest = rest.subarray(await transport.write(rest));
  }
  await settle();
  transport.close();
  await answers.ended;
  const code = await running;
  return { code, bench, answer: answers.text };
}

for (const { name, bytes, protocol } of FOREIGN) {
  pure(`U18: the SCUs say what a port speaks that answers with ${name}`, async () => {
    for (const [tool, main, args] of SCUS) {
      const { code, bench, answer } = await call(main, args, bytes);
      // AA-8: the provider aborts, for a PDU that is none.
      assert.equal(answer, "RQ ABT(2,1)", tool);
      assert.equal(code, 4, `${tool}: ${bench.stderr}`);
      const errors = bench.lines.filter((line) => line.startsWith("E: "));
      if (protocol === undefined) {
        assert.deepEqual(errors.map((line) => line.replace(/ [0-9A-F]{2}H /, " xxH ")), [
          "E: Cannot decode PDU: type xxH is not known",
        ], tool);
        continue;
      }
      assert.equal(errors.length, 2, bench.stderr);
      assert.match(errors[0] ?? "", /^E: Cannot talk DICOM with the peer: it speaks /, tool);
      assert.match(errors[1] ?? "", protocol === "TLS" ? /--tls/ : /give the DICOM port/, tool);
    }
  });
}

Deno.test("U18: storescu says what a port speaks that answers with HTTP", async () => {
  const directory = await Deno.makeTempDir({ prefix: "foreign_" });
  try {
    const path = `${directory}/a.dcm`;
    await Deno.writeFile(
      path,
      instanceFile({ sopClassUid: CT, sopInstanceUid: "1.2.3.4.5", transferSyntaxUid: IMPLICIT }),
    );
    const http = new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n");
    const { code, bench, answer } = await call(storescu, [path], http);
    assert.equal(answer, "RQ ABT(2,1)");
    assert.equal(code, 4, bench.stderr);
    assert.match(bench.stderr, /^E: .*it speaks HTTP$/m);
    assert.match(bench.stderr, /The port is that of a web server: give the DICOM port/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

pure("storescp tells of a foreign caller in one line, and in one event", async () => {
  const bench = new ToolBench();
  const running = storescp(["--ignore", "--json"], bench.io);
  await bench.listened();
  const calls = FOREIGN.filter(({ protocol }) => protocol !== undefined);
  const before = bench.lines.length;
  for (const { bytes } of calls) {
    const transport = bench.storeNetwork.dial();
    const answers = new Answers(transport);
    await send(transport, bytes, bytes.byteLength);
    await settle();
    transport.close();
    await answers.ended;
  }
  await settle();
  const warnings = bench.lines.slice(before);
  assert.equal(warnings.length, calls.length, bench.stderr);
  for (const line of warnings) {
    assert.match(line, /^W: Connection from left:104 is no DICOM: the peer (speaks|is|sends) /);
  }
  const events = bench.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const foreign = events.filter(({ event }) => event === "foreign");
  assert.deepEqual(
    foreign.map(({ role, peer, protocol }) => [role, peer, protocol]),
    calls.map(({ protocol }) => ["acceptor", "left:104", protocol]),
  );
  await bench.signal("SIGTERM");
  // Nothing of ours has failed.
  assert.equal(await running, 0);
});
