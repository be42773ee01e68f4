import assert from "node:assert/strict";
import type { HandlerModule } from "../../lib/handler/handler.ts";
import ignore from "../../plugins/ignore.ts";
import { handlerConformance } from "../../plugins/conformance.ts";
import { openDataSet, someBytes, storeRequest } from "../conformance/store_request.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
const context = {
  options: {},
  log,
  signal: new AbortController().signal,
  associate: () => Promise.reject(new Error("There is no network here")),
};

handlerConformance({
  name: "ignore",
  create: async (context) => ({ handlers: await ignore(context) }),
});

Deno.test({
  name: "`ignore()` reads the whole data set and answers success",
  permissions: "none",
  async fn() {
    const { store } = await ignore(context);
    const { stream, progress } = openDataSet({ bytes: someBytes(100_000) });
    assert.equal(await store?.(storeRequest({ dataSet: stream })), 0x0000);
    assert.equal(progress.delivered, 100_000);
    assert.equal(progress.ended, "closed");
  },
});

Deno.test({
  name: "`ignore()` throws the data set's error on when it breaks",
  permissions: "none",
  async fn() {
    const { store } = await ignore(context);
    const end = new Error("Data set is broken");
    const { stream } = openDataSet({ bytes: someBytes(10), end });
    await assert.rejects(async () => await store?.(storeRequest({ dataSet: stream })), end);
  },
});

Deno.test({
  name: "`ignore()` stops when the association is lost while the data set stands still",
  permissions: "none",
  async fn() {
    const { store } = await ignore(context);
    const { stream, progress } = openDataSet({ bytes: someBytes(10), end: "stall" });
    const association = new AbortController();
    const reply = store?.(storeRequest({ dataSet: stream, signal: association.signal }));
    await progress.stalled;
    association.abort(new Error("Association lost"));
    await assert.rejects(async () => await reply, /^Error: Association lost$/);
    assert.equal(progress.ended, "cancelled");
  },
});

Deno.test({
  name: "`ignore` says what it is, and needs no permission",
  permissions: "none",
  async fn() {
    const module: HandlerModule = await import("../../plugins/ignore.ts");
    assert.equal(module.name, "ignore");
    assert.match(module.version ?? "", /^\d+\.\d+\.\d+$/);
    assert.equal(module.permissions, undefined);
  },
});
