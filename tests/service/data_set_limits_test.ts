import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { associationRequest } from "../../lib/association/negotiation.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { DEFAULT_INFLATE_BUDGET } from "../../lib/data_set/inflate.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import type { Status, StoreRequest } from "../../lib/handler/handler.ts";
import {
  type DataSetLimits,
  resolveDataSetLimits,
  SizeLimit,
} from "../../lib/service/data_set_limits.ts";
import { DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/transfer_syntax.ts";
import { CT, EXPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";
import { INSTANCE, instanceBytes, served, storeRequest } from "../support/served.ts";

/** Reads all, and tells how it went. */
function reader(seen: string[]): { store(request: StoreRequest): Promise<Status> } {
  return {
    async store(request) {
      try {
        for await (const _ of request.dataSet);
        seen.push("whole");
      } catch (error) {
        seen.push(error instanceof Error ? error.message : "?");
        throw error;
      }
      return 0;
    },
  };
}

pure("resolveDataSetLimits() fills in the defaults, and takes 0 for no limit", () => {
  const inflateBudget = DEFAULT_INFLATE_BUDGET;
  const cases: [DataSetLimits | undefined, Required<DataSetLimits>][] = [
    [undefined, { maximumSize: Infinity, inflateBudget }],
    [{ maximumSize: 0, inflateBudget: 0 }, { maximumSize: Infinity, inflateBudget: 0 }],
    [{ maximumSize: 5, inflateBudget: 6 }, { maximumSize: 5, inflateBudget: 6 }],
  ];
  for (const [given, expected] of cases) assert.deepEqual(resolveDataSetLimits(given), expected);
  for (const wrong of [{ maximumSize: -1 }, { maximumSize: NaN }, { inflateBudget: -1 }]) {
    assert.throws(() => resolveDataSetLimits(wrong), RangeError);
  }
});

for (const keepBrokenDataSets of [false, true]) {
  const kept = keepBrokenDataSets ? ", broken ones kept" : "";
  pure(`a data set at the limit is taken, one over is answered 0xA700${kept}`, async () => {
    const exact = instanceBytes(200_000);
    const seen: string[] = [];
    await using bench = served(reader(seen), {
      keepBrokenDataSets,
      dataSetLimits: { maximumSize: exact.byteLength },
    });
    const { peer, transport } = await bench.associated();
    const over = instanceBytes(200_001);
    const statuses = [];
    for (const bytes of [exact, over, instanceBytes(2_000_000), exact]) {
      await peer.sendMessage(3, storeRequest(), bytes);
      const { status, errorComment } = await peer.expectMessage("C-STORE-RSP");
      statuses.push([status, errorComment]);
    }
    const excess = `Data set is longer than ${exact.byteLength} bytes`;
    assert.deepEqual(statuses, [[0, undefined], [0xa700, excess], [0xa700, excess], [
      ...[0, undefined],
    ]]);
    assert.deepEqual(seen, ["whole", excess, excess, "whole"]);
    // Nothing is wrong with the handler.
    assert.deepEqual(bench.events.filter(({ type }) => type === "handler-failed"), []);
    transport.close();
  });
}

pure("a data set without end passes by, and its peer is lost as any other is", async () => {
  const seen: string[] = [];
  await using bench = served(reader(seen), { dataSetLimits: { maximumSize: 1000 } });
  const { peer, transport } = await bench.associated();
  const store = peer.sendTruncated(3, storeRequest(), new Uint8Array(500_000));
  await store;
  await settle();
  assert.deepEqual(seen, ["Data set is longer than 1000 bytes"]);
  transport.reset();
  await settle();
  assert.equal(bench.server.activeAssociations, 0);
  assert.equal(bench.events.filter(({ type }) => type === "message-sent").length, 0);
});

pure("a handler that has answered already does not take what is too long", async () => {
  await using bench = served({
    async store(request): Promise<Status> {
      await request.dataSet.cancel();
      return 0;
    },
  }, { dataSetLimits: { maximumSize: 1000 } });
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest(), instanceBytes(1000));
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0xa700);
  transport.close();
});

pure("a deflated data set at the budget is taken, one over is answered 0xA700", async () => {
  const inflated = encodeDataSet(
    new DataSet()
      .set({ tag: 0x00080016, vr: "UI", value: encodeStrings("UI", [CT], []) })
      .set({ tag: 0x00080018, vr: "UI", value: encodeStrings("UI", [INSTANCE], []) })
      .set({ tag: 0x7fe00010, vr: "OB", value: new Uint8Array(1_000_000) }),
    EXPLICIT,
  );
  const raw = deflateRawSync(inflated);
  // Padded to an even length (PS3.5 section A.5).
  const deflated = new Uint8Array(raw.length + raw.length % 2);
  deflated.set(raw);
  for (const [inflateBudget, status] of [[0, 0], [-1, 0xa700]] as const) {
    const seen: string[] = [];
    await using bench = served(reader(seen), {
      dataSetLimits: { inflateBudget: inflated.byteLength + inflateBudget },
    });
    const { peer, transport } = bench.dial();
    await peer.send(associationRequest({
      callingAeTitle: "SENDER",
      calledAeTitle: "STORE",
      presentationContexts: [
        { abstractSyntax: CT, transferSyntaxes: [DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN] },
      ],
      maximumLength: 16384,
    }));
    await peer.expect("A-ASSOCIATE-AC");
    for (let messageId = 1; messageId <= 2; messageId++) {
      await peer.sendMessage(1, storeRequest({ messageId }), deflated);
      assert.equal((await peer.expectMessage("C-STORE-RSP")).status, status);
    }
    assert.equal(seen.filter((end) => end === "whole").length, status === 0 ? 2 : 0);
    transport.close();
  }
});

pure("SizeLimit passes on what fits, piece by piece, and what goes wrong", async () => {
  const seen: unknown[] = [];
  const consumer = {
    push: (data: Uint8Array, isLast: boolean) => void seen.push([data.byteLength, isLast]),
    fail: (error: Error) => void seen.push(error.message),
  };
  const whole = new SizeLimit(consumer, 10);
  whole.push(new Uint8Array(4), false);
  whole.push(new Uint8Array(6), true);
  assert.equal(whole.excess, undefined);
  const lost = new SizeLimit(consumer, 10);
  lost.fail(new Error("lost"));
  assert.equal(await lost.passed, false);
  const long = new SizeLimit(consumer, 10);
  for (const size of [4, 7, 9]) long.push(new Uint8Array(size), false);
  long.push(new Uint8Array(0), true);
  assert.equal(await long.passed, true);
  const excess = "Data set is longer than 10 bytes";
  assert.deepEqual(seen, [[4, false], [6, true], "lost", [4, false], excess]);
});
