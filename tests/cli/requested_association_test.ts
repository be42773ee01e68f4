import assert from "node:assert/strict";
import { Interrupt } from "../../cli/interrupt.ts";
import { ToolLog } from "../../cli/log.ts";
import { withAssociation } from "../../cli/requested_association.ts";
import type { Association } from "../../lib/net/association.ts";
import { settle } from "../support/fake_clock.ts";
import { failure } from "../support/requesting.ts";
import { ToolBench } from "./tool_bench.ts";

const VERIFICATION = "1.2.840.10008.1.1";
const OPTIONS = {
  hostname: "h",
  port: 104,
  callingAeTitle: "ME",
  calledAeTitle: "YOU",
  presentationContexts: [
    { abstractSyntax: VERIFICATION, transferSyntaxes: ["1.2.840.10008.1.2"] },
  ],
};

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

/** Begins the work, and tells what comes of it. */
function begin<T>(
  work: (association: Association) => Promise<T>,
): { bench: ToolBench; result: Promise<T>; connected: () => boolean; interrupt: Interrupt } {
  const bench = new ToolBench();
  const interrupt = new Interrupt(bench.io);
  let isConnected = false;
  const result = withAssociation(OPTIONS, {
    interrupt,
    log: new ToolLog("info", bench.io.stderr),
    io: bench.io,
    onConnected: () => isConnected = true,
  }, work);
  return { bench, result, connected: () => isConnected, interrupt };
}

pure("withAssociation() associates, works and releases", async () => {
  const { bench, result, connected } = begin(({ isEstablished }) => Promise.resolve(isEstablished));
  const { peer, request } = await bench.acceptAssociation();
  assert.equal(request.calledAeTitle, "YOU");
  await peer.acceptRelease();
  assert.equal(await result, true);
  assert.equal(connected(), true);
  assert.deepEqual(bench.lines, [
    "I: Requesting Association",
    "I: Association Accepted",
    "I: Releasing Association",
  ]);
});

pure("withAssociation() gives the result though the release fails, and says so", async () => {
  const { bench, result } = begin(() => Promise.resolve(7));
  const { peer } = await bench.acceptAssociation();
  await peer.expect("A-RELEASE-RQ");
  peer.transport.close();
  assert.equal(await result, 7);
  assert.match(bench.lines.at(-1) ?? "", /^W: The association was not released: /);
});

pure("withAssociation() releases when the work fails, and fails with the same", async () => {
  const fault = new TypeError("no");
  const { bench, result } = begin(() => Promise.reject(fault));
  const failed = failure(result);
  const { peer } = await bench.acceptAssociation();
  await peer.acceptRelease();
  assert.equal(await failed, fault);
});

pure("withAssociation() gives up at the first Ctrl-C while it associates", async () => {
  const { bench, result } = begin(() => Promise.resolve());
  const failed = failure(result);
  const peer = await bench.accept();
  await peer.expect("A-ASSOCIATE-RQ");
  await bench.signal("SIGINT");
  peer.transport.close();
  assert.equal((await failed).message, "Cancelled");
});

pure(
  "withAssociation() leaves the first Ctrl-C to the work, and aborts at the second",
  async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { bench, result, interrupt } = begin(async (association) => {
      association.signal.addEventListener("abort", () => resolve());
      await promise;
    });
    const { peer } = await bench.acceptAssociation();
    await settle();
    await bench.signal("SIGINT");
    await bench.signal("SIGINT");
    await peer.expect("A-ABORT");
    peer.transport.close();
    await result;
    assert.ok(interrupt.abort.aborted);
  },
);
