import assert from "node:assert/strict";
import type { StoreRequestData, StoreWish } from "../../lib/handler/sandbox_protocol.ts";
import { ArrivingStore, storeReply } from "../../lib/handler/sandbox_request.ts";
import { storeRequestData } from "../../lib/handler/sandbox_transfer.ts";
import { openDataSet, storeRequest } from "../conformance/store_request.ts";

const DATA: StoreRequestData = storeRequestData(storeRequest({ dataSet: openDataSet({}).stream }));

function arriving(data = DATA): { readonly store: ArrivingStore; readonly wishes: StoreWish[] } {
  const wishes: StoreWish[] = [];
  return { store: new ArrivingStore(data, (wish) => void wishes.push(wish)), wishes };
}

Deno.test({
  name: "`ArrivingStore` makes the request again",
  permissions: "none",
  async fn() {
    const { store, wishes } = arriving();
    const { request } = store;
    const { fileMetaInformation, ...others } = DATA;
    assert.deepEqual({ ...request, ...others }, request);
    request.fileMetaInformation().fill(0);
    assert.deepEqual(request.fileMetaInformation(), fileMetaInformation);
    assert.equal(request.signal.aborted, false);
    assert.deepEqual(wishes, []);
    store.take({ type: "chunk", buffer: new Uint8Array([1, 2, 3]).buffer, length: 2 });
    store.take({ type: "end" });
    assert.deepEqual(await new Response(request.dataSet).bytes(), new Uint8Array([1, 2]));
  },
});

Deno.test({
  name: "`ArrivingStore` asks for the attributes once",
  permissions: "none",
  async fn() {
    const { store, wishes } = arriving();
    const asked = [store.request.attributes(), store.request.attributes()];
    assert.deepEqual(wishes, [{ type: "attributes" }]);
    const value = { Modality: ["CT"] };
    store.take({ type: "attributes", outcome: { type: "value", value } });
    assert.deepEqual(await Promise.all(asked), [value, value]);
    store.finish();
    assert.deepEqual(await asked[0], value);
    await assert.rejects(store.request.attributes(), { name: "TypeError" });
  },
});

Deno.test({
  name: "`ArrivingStore` knows the error of the data set again",
  permissions: "none",
  async fn() {
    const { store } = arriving();
    const error = { name: "Error", message: "broken", status: 0xc000 };
    const asked = store.request.attributes();
    store.take({ type: "attributes", outcome: { type: "error", error } });
    store.take({ type: "lost", error });
    const reading = new Response(store.request.dataSet).bytes();
    for (const failing of [asked, reading]) {
      await assert.rejects(failing, (thrown) => {
        assert.ok(store.hasFailedWith(thrown));
        assert.equal(Reflect.get(Object(thrown), "status"), 0xc000);
        return true;
      });
    }
    assert.ok(!store.hasFailedWith(new Error("broken")));
    assert.ok(!arriving().store.hasFailedWith(undefined));
  },
});

Deno.test({
  name: "`ArrivingStore` aborts the signal of the request",
  permissions: "none",
  fn() {
    const { store } = arriving();
    store.take({ type: "abort", error: { name: "LostError", message: "lost" } });
    assert.ok(store.request.signal.aborted);
    assert.deepEqual(String(store.request.signal.reason), "LostError: lost");
    const abortReason = { name: "Error", message: "gone" };
    assert.ok(arriving({ ...DATA, abortReason }).store.request.signal.aborted);
  },
});

Deno.test({
  name: "`ArrivingStore` gives nothing after the reply",
  permissions: "none",
  async fn() {
    const { store, wishes } = arriving();
    const asked = store.request.attributes();
    store.take({ type: "chunk", buffer: new ArrayBuffer(2), length: 2 });
    store.finish();
    await assert.rejects(asked, { message: /the handler has replied$/ });
    await assert.rejects(store.request.dataSet.getReader().read(), {
      message: "Cannot read the data set: the handler has replied",
    });
    assert.deepEqual(wishes.map(({ type }) => type), ["attributes", "spent"]);
  },
});

/** What a handler returns, and what is posted of it. */
const REPLIES: readonly (readonly [returned: unknown, reply: unknown])[] = [
  [0, { status: 0 }],
  [{ status: 0xb000 }, { status: 0xb000 }],
  [
    { status: 0xa900, errorComment: "no", offendingElements: [1], done: () => {} },
    { status: 0xa900, errorComment: "no", offendingElements: [1] },
  ],
  [{ status: 0, errorComment: 7, offendingElements: "x" }, { status: 0 }],
];

for (const [returned, reply] of REPLIES) {
  Deno.test({
    name: `\`storeReply()\` makes ${JSON.stringify(reply)} of ${JSON.stringify(returned)}`,
    permissions: "none",
    fn: () => assert.deepEqual(storeReply(returned), reply),
  });
}

for (const returned of [undefined, null, "0", {}, { status: "0" }]) {
  Deno.test({
    name: `\`storeReply()\` refuses ${Deno.inspect(returned)}`,
    permissions: "none",
    fn() {
      assert.throws(() => storeReply(returned), {
        name: "HandlerError",
        message: /^Cannot answer with what the handler returned: .* is no status$/,
      });
    },
  });
}
