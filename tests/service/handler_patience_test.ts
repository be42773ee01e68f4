import assert from "node:assert/strict";
import { mock } from "node:test";
import type { StoreRequest } from "../../lib/handler/handler.ts";
import { pure } from "../support/requesting.ts";
import { instanceBytes, served, storeRequest } from "../support/served.ts";

pure("`handlerPatience()` has one timer, however many pieces wait for their reader", async () => {
  const request = Promise.withResolvers<StoreRequest>();
  await using bench = served({
    async store(given) {
      request.resolve(given);
      return await new Promise<number>((resolve) =>
        given.dataSet.pipeTo(
          new WritableStream({ close: () => resolve(0) }),
        )
      );
    },
  }, { handlerTimeout: 5000 });
  const { peer, transport } = await bench.associated();
  const schedule = mock.method(bench.clock, "schedule");
  await peer.sendMessage(3, storeRequest(), instanceBytes(4_000_000));
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  const { length } = schedule.mock.calls.filter(({ arguments: [delay] }) => delay === 5000);
  assert.equal(length, 1);
  schedule.mock.restore();
  transport.close();
});
