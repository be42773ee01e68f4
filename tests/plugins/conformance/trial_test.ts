import assert from "node:assert/strict";
import type { Handlers, StoreRequest } from "../../../lib/handler/handler.ts";
import { beginning, syntheticDataSet } from "../../../plugins/conformance/data_set.ts";
import { MemoryDestination } from "../../../plugins/conformance/destination.ts";
import { type Subject, Trial } from "../../../plugins/conformance/trial.ts";
import type { Way } from "../../../plugins/conformance/way.ts";
import { failure, pure } from "../../support/requesting.ts";

function trialOf(
  store: Handlers["store"],
  more: Partial<Subject & Handlers> = {},
  way: Way = "passDataSet",
): Trial {
  const { stored, dispose: _dispose, ...others } = more;
  return new Trial({
    subject: { handlers: { ...(store && { store }), ...others }, ...(stored && { stored }) },
    bench: { directory: "unused", destination: new MemoryDestination() },
    shutdown: () => {},
    ...{ patience: 100, way },
  });
}

async function read({ dataSet }: StoreRequest): Promise<number> {
  await dataSet.pipeTo(new WritableStream());
  return 0x0000;
}

const dataSet = syntheticDataSet(10_000);

pure("`Trial` delivers an instance, and tells what the handler did", async () => {
  const requests: StoreRequest[] = [];
  const { status, progress } = await trialOf((request) => {
    requests.push(request);
    return read(request);
  }).deliver(dataSet);
  assert.deepEqual([status, progress.ended], [0x0000, "closed"]);
  assert.equal(requests[0]?.sopInstanceUid, "1.2.3");
  // As every association, this one is over some time after the reply.
  assert.ok(requests[0]?.signal.aborted);
});

pure("`Trial` calls the handler as a method of its handlers", async () => {
  const handlers: Handlers & { readonly answer: number } = {
    answer: 0xa700,
    store() {
      return this.answer;
    },
  };
  const trial = trialOf(handlers.store, handlers);
  assert.equal((await trial.deliver(dataSet)).status, 0xa700);
});

pure("`Trial` offers passDataSet, or a stream alone, and tells who looks for it", async () => {
  for (const way of ["passDataSet", "stream alone"] as const) {
    const offered: boolean[] = [];
    const looking = trialOf(
      (request) => {
        offered.push(request.passDataSet !== undefined);
        return read(request);
      },
      {},
      way,
    );
    assert.equal(looking.hasLooked, false);
    await looking.deliver(dataSet);
    assert.equal(looking.hasLooked, true);
    assert.deepEqual(offered, [way === "passDataSet"]);
    const blind = trialOf(read, {}, way);
    await blind.deliver(dataSet);
    assert.equal(blind.hasLooked, false);
  }
});

const LOSSES = ["before", "stalled", 5000] as const;

for (const lost of LOSSES) {
  pure(`\`Trial\` lets stream, attributes and signal tell of a loss: ${lost}`, async () => {
    const heard: string[] = [];
    const end = lost === "stalled" ? "stall" : "close";
    const short = lost === "stalled" ? beginning(dataSet, 10) : dataSet;
    const { status, progress } = await trialOf(async (request) => {
      request.signal.addEventListener("abort", () => heard.push("signal"));
      if (request.signal.aborted) heard.push("signal");
      const error = await failure(read(request));
      heard.push(error.message);
      heard.push((await failure(request.attributes())).message);
      throw error;
    }).deliver(short, { lost, end, portions: [1000] });
    assert.deepEqual([status, progress.ended], [undefined, "failed"]);
    assert.deepEqual(heard.sort(), ["Association lost", "Association lost", "signal"]);
  });
}

pure("`Trial` loses the association with the last byte, when it is to", async () => {
  const heard: boolean[] = [];
  await trialOf(async (request) => {
    const status = await read(request);
    heard.push(request.signal.aborted);
    return status;
  }).deliver(dataSet, { lost: "at the end" });
  assert.deepEqual(heard, [true]);
});

pure("`Trial` tells the attributes that the handler names, before it reads", async () => {
  const told: unknown[] = [];
  const attributes = ["Modality", "StudyID", "AccessionNumber"];
  const store = async (request: StoreRequest): Promise<number> => {
    told.push(await request.attributes());
    return await read(request);
  };
  await trialOf(store, { attributes }).deliver(dataSet);
  await trialOf(store, { attributes }).deliver(beginning(dataSet, 0));
  assert.deepEqual(told, [{ AccessionNumber: [], Modality: ["CT"] }, {}]);
});

for (
  const [how, delivery] of [
    ["broken", { end: new Error("Data set is broken") }],
    ["lost", { end: "stall", lost: "stalled" }],
    ["lost in mid-stream", { lost: 50 }],
  ] as const
) {
  pure(`\`Trial\` ends the wait for attributes when the head is ${how}`, async () => {
    const trial = trialOf(async ({ attributes }) => {
      await attributes();
      return 0x0000;
    }, { attributes: ["Modality"] });
    const { status } = await trial.deliver(beginning(dataSet, 100), delivery);
    assert.equal(status, undefined);
  });
}

const FAULTS: readonly (readonly [fault: string, store: Handlers["store"], message: RegExp])[] = [
  ["is none", undefined, /has no store/],
  ["never replies", () => new Promise(() => {}), /does not reply: 0 bytes delivered, not ended/],
  [
    "holds the data set",
    ({ dataSet }) => dataSet.getReader() && 0xa700,
    /still holds the data set/,
  ],
  [
    "overlooks a broken data set",
    (request) => read(request).catch(() => 0x0000),
    /saw the data set break off, and answered success/,
  ],
];

for (const [fault, store, message] of FAULTS) {
  pure(`\`Trial\` finds a handler that ${fault}`, async () => {
    const end = new Error("Data set is broken");
    await assert.rejects(trialOf(store).deliver(dataSet, { end }), {
      name: "AssertionError",
      message,
    });
  });
}

pure("`Trial` finds that disposing does not end, and disposes once", async () => {
  let count = 0;
  const trial = trialOf(read, {
    [Symbol.asyncDispose]: () => {
      count++;
      return new Promise(() => {});
    },
  });
  await assert.rejects(trial.dispose(), /cannot be disposed of: that does not end/);
  await trial.dispose();
  assert.equal(count, 1);
});

pure("`Trial` compares what is kept with what was to be", async () => {
  const { bytes, sopInstanceUid } = dataSet;
  const withHead = new Uint8Array([1, 2, 3, ...bytes]);
  const trialWith = (...kept: Uint8Array[]): Trial => trialOf(read, { stored: () => kept });
  await trialWith(withHead).kept(sopInstanceUid, [bytes]);
  await trialWith().kept(sopInstanceUid, []);
  await trialWith(withHead).wholeOrNothing(dataSet);
  await trialWith().wholeOrNothing(dataSet);
  await trialOf(read).kept(sopInstanceUid, [bytes]);
  const wrong = /Not as many instances are kept as were to be/;
  await assert.rejects(trialWith().kept(sopInstanceUid, [bytes]), wrong);
  await assert.rejects(trialWith(bytes, bytes).kept(sopInstanceUid, [bytes]), wrong);
  const part = trialWith(bytes.subarray(1));
  await assert.rejects(part.kept(sopInstanceUid, [bytes]), /No instance with the 10000 bytes/);
  await assert.rejects(part.wholeOrNothing(dataSet), /a part is kept/);
});
