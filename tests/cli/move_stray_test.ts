import assert from "node:assert/strict";
import { main } from "../../cli/movescu.ts";
import { eventsOf, readEvents, summaryOf } from "../support/event_schema.ts";
import { settle } from "../support/fake_clock.ts";
import { counters, moveResponse, ToolBench } from "./tool_bench.ts";

const ARGS = [
  ...["h", "104", "-aet", "ME", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1"],
  ...["--store", "--ignore", "--json", "-ll", "info"],
];
const OURS = { aeTitle: "ME", messageId: 1 };
const OTHERS = { aeTitle: "OTHER", messageId: 1 };

Deno.test({
  name: "movescu misses what was promised, though somebody else's instance came",
  permissions: "none",
  fn: async () => {
    const bench = new ToolBench();
    const code = main([...ARGS, "--linger", "0"], bench.io);
    const { peer } = await bench.acceptMove();
    const storage = await bench.callStorage();
    assert.equal(await storage.store("1.1", OURS), 0x0000);
    assert.equal(await storage.store("9.9", OTHERS), 0x0000);
    await storage.release();
    await peer.sendMessage(1, moveResponse(0x0000, counters(0, 2)));
    await peer.acceptRelease();
    assert.equal(await code, 6);
    assert.ok(
      bench.lines.includes(
        "W: 1 instance that came was sent for a C-MOVE of OTHER, and not for this one: not " +
          "counted; with --verify those count that the archive names, whoever sends them",
      ),
      bench.stderr,
    );
    const events = readEvents(bench.stdout);
    assert.deepEqual(
      eventsOf(events, "stray").map(({ association: _id, peer: _peer, ...event }) => event),
      [{
        event: "stray",
        atMs: 0,
        sopInstanceUid: "9.9",
        moveOriginatorAeTitle: "OTHER",
        moveOriginatorMessageId: 1,
      }],
    );
    const { received, promised, missing } = summaryOf(events);
    assert.deepEqual({ received, promised, missing }, { received: 1, promised: 2, missing: 1 });
  },
});

Deno.test({
  name: "movescu waits for what was promised no longer because somebody else's instances come",
  permissions: "none",
  fn: async () => {
    const bench = new ToolBench();
    const code = main([...ARGS, "--linger", "10"], bench.io);
    const { peer } = await bench.acceptMove();
    const stranger = await bench.callStorage();
    assert.equal(await stranger.store("9.1", OTHERS), 0x0000);
    await peer.sendMessage(1, moveResponse(0x0000, counters(0, 1)));
    await peer.acceptRelease();
    await settle();
    await bench.clock.advance(6000);
    assert.equal(await stranger.store("9.2", OTHERS), 0x0000);
    // Ten seconds after the final response, and one for who is about to release.
    await bench.clock.advance(6000);
    assert.equal((await stranger.expect("A-ABORT")).type, "A-ABORT");
    stranger.transport.close();
    assert.equal(await code, 6);
  },
});
