import assert from "node:assert/strict";
import type { StoreRequest } from "../../../lib/handler/handler.ts";
import { openDataSet, storeRequest } from "../../../plugins/conformance/store_request.ts";
import { watched, wrongBy } from "../../../plugins/conformance/way.ts";
import { pure } from "../../support/requesting.ts";

const LOOKS: Readonly<Record<string, (request: StoreRequest) => unknown>> = {
  "reads it": (request) => request.passDataSet,
  "takes it apart": ({ passDataSet }) => passDataSet,
  "takes the rest of it": ({ dataSet: _dataSet, ...rest }) => rest,
  "spreads it": (request) => ({ ...request }),
  "asks whether it is in it": (request) => "passDataSet" in request,
  "asks whether it has its own": (request) => Object.hasOwn(request, "passDataSet"),
  "lists it": (request) => Object.keys(request),
};

for (const isStreamAlone of [false, true]) {
  const where = isStreamAlone ? "is none" : "is one";
  for (const [how, look] of Object.entries(LOOKS)) {
    pure(`\`watched()\` tells of a handler that ${how}, where there ${where}`, () => {
      let looks = 0;
      const dataSet = openDataSet({}).stream;
      look(watched(storeRequest({ dataSet, isStreamAlone }), () => looks++));
      assert.ok(looks > 0);
    });
  }
}

pure("`watched()` says nothing of any other look, and changes nothing", async () => {
  const request = storeRequest({ dataSet: openDataSet({}).stream, sopInstanceUid: "1.2" });
  const same = watched(request, () => assert.fail("nobody looked"));
  const { dataSet, sopInstanceUid, signal, attributes, fileMetaInformation } = same;
  assert.equal(dataSet, request.dataSet);
  assert.equal(signal, request.signal);
  assert.equal(sopInstanceUid, "1.2");
  assert.deepEqual(await attributes(), {});
  assert.deepEqual(fileMetaInformation(), request.fileMetaInformation());
  assert.ok("dataSet" in same && Object.hasOwn(same, "signal"));
});

pure("`watched()` passes the data set where the request does", async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const request = watched(storeRequest({ dataSet: openDataSet({ bytes }).stream }), () => {});
  const got: number[] = [];
  await request.passDataSet?.((piece) => void got.push(...piece));
  assert.deepEqual(got, [1, 2, 3]);
});

pure("`wrongBy()` puts the way in front of a broken rule, and nothing in front of all else", () => {
  const wrong = wrongBy("stream alone", new assert.AssertionError({ message: "Not there" }));
  assert.ok(wrong instanceof assert.AssertionError);
  assert.equal(
    wrong.message,
    "Where the host has a stream alone, and no passDataSet(): Not there",
  );
  const passed = wrongBy("passDataSet", new assert.AssertionError({ message: "Not there" }));
  assert.ok(passed instanceof assert.AssertionError);
  assert.equal(passed.message, "Where the host offers passDataSet(): Not there");
  for (const other of [new TypeError("Out of luck"), "text", undefined]) {
    assert.equal(wrongBy("passDataSet", other), other);
  }
});
