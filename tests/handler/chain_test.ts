import assert from "node:assert/strict";
import { HandlerError } from "../../lib/errors.ts";
import { chainHandlers } from "../../lib/handler/chain.ts";
import type {
  Acceptance,
  AssociationRequest,
  Awaitable,
  Handlers,
  Log,
  QueryOptions,
  Status,
  StatusReply,
  StoreRequest,
} from "../../lib/handler/handler.ts";
import { storeOutcome } from "../../lib/service/store_outcome.ts";
import { safeFileName } from "../../plugins/file_name.ts";
import ignore from "../../plugins/ignore.ts";
import { storeHandler } from "../../plugins/store.ts";
import { handlerConformance } from "../../plugins/conformance.ts";
import {
  type DataSetSource,
  openDataSet,
  someBytes,
  storeRequest,
} from "../conformance/store_request.ts";
import { settle } from "../support/fake_clock.ts";
import { failure, pure } from "../support/requesting.ts";
import { instanceBytes, served, storeRequest as storeCommand } from "../support/served.ts";

const MIB = 1024 * 1024;

/** Takes what is logged. */
function recorder(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (message: string): void => void lines.push(`${level}: ${message}`);
  return {
    lines,
    log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
  };
}

type Store = (request: StoreRequest) => Awaitable<Status | StatusReply>;

/** A chain of handlers that only store, called a, b, c. */
function chainOf(stores: readonly Store[], log = recorder().log): Handlers {
  return chainHandlers(
    stores.map((store, index) => ({ name: "abc".charAt(index), handlers: { store } })),
    log,
  );
}

interface Taken {
  readonly reply: StatusReply;
  readonly error: unknown;
  readonly progress: ReturnType<typeof openDataSet>["progress"];
}

async function take(handlers: Handlers, source: DataSetSource): Promise<Taken> {
  const { stream, progress } = openDataSet(source);
  const { reply, error } = await storeOutcome(() =>
    handlers.store?.(storeRequest({ dataSet: stream })) ?? 0x0122
  );
  assert.equal(stream.locked && progress.ended === undefined, false);
  return { reply, error, progress };
}

/** Reads all, then replies. */
function after(reply: () => Awaitable<Status | StatusReply>): Store {
  return async ({ dataSet }) => {
    await dataSet.pipeTo(new WritableStream());
    return await reply();
  };
}

function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

pure("`chainHandlers()` of one handler is that handler, and of none an error", () => {
  const handlers = { store: () => 0 };
  assert.equal(chainHandlers([{ name: "a", handlers }], recorder().log), handlers);
  assert.throws(() => chainHandlers([], recorder().log), /^TypeError: Cannot chain handlers/);
});

pure(
  "the status of a chain is the first failure, else the first warning, else success",
  async () => {
    const ok = (): Status => 0x0000;
    const warning = (): Status => 0xb000;
    const other = (): StatusReply => ({ status: 0xb007, errorComment: "odd" });
    const full = (): StatusReply => ({ status: 0xa700, errorComment: "full" });
    const thrown = throwing(Object.assign(new Error("not mine"), { status: 0xa900 }));
    const bug = throwing(new TypeError("bug"));
    const cases: [name: string, (() => Awaitable<Status | StatusReply>)[], number, string?][] = [
      ["all succeed", [ok, ok, ok], 0x0000],
      ["a warning beats success", [ok, warning, ok], 0xb000],
      ["the first warning counts", [ok, other, warning], 0xb007, "odd"],
      ["a failure beats a warning", [warning, ok, full], 0xa700, "full"],
      ["the first failure counts", [full, thrown, ok], 0xa700, "full"],
      ["a thrown status is a failure", [ok, thrown, full], 0xa900, "not mine"],
      ["any other throw is one", [ok, bug, full], 0x0110],
      ["an illegal status is one", [ok, () => 0x1234, warning], 0x0110],
      ["a pending status is one", [ok, () => 0xff00, warning], 0x0110],
    ];
    for (const [name, replies, status, comment] of cases) {
      const chain = chainOf(replies.map(after));
      const { reply } = await take(chain, { bytes: someBytes(1000) });
      assert.equal(reply.status, status, name);
      assert.equal(reply.errorComment, comment, name);
    }
  },
);

pure("a chain says which handler threw, and logs what is not the reply", async () => {
  const { log, lines } = recorder();
  const bug = new TypeError("bug");
  const gate = Promise.withResolvers<void>();
  const chain = chainOf([
    after(() => 0xb000),
    after(async () => {
      await gate.promise;
      throw bug;
    }),
    after(() => {
      gate.resolve();
      return { status: 0xa700, errorComment: "full" };
    }),
  ], log);
  const { error } = await take(chain, { bytes: someBytes(1000) });
  assert.ok(error instanceof HandlerError);
  assert.equal(error.message, "Cannot take the instance: handler b: bug");
  assert.equal(error.url, "b");
  assert.equal(error.cause, bug);
  assert.deepEqual(lines, [
    "error: c: 1.2.3: status 0xA700, full",
    "warn: a: 1.2.3: status 0xB000",
  ]);
  const nothing = await take(chainOf([throwing(undefined), after(() => 0)]), {});
  assert.match(String(nothing.error), /handler a: undefined$/);
});

pure("when one handler fails, the streams of the others fail, and that is no news", async () => {
  const failing: [name: string, Store, number][] = [
    ["throws at once", throwing(new Error("bug")), 0x0110],
    ["refuses at once", () => 0xa700, 0xa700],
    ["refuses after a part", async ({ dataSet }) => {
      for await (const chunk of dataSet) if (chunk.byteLength > 0) return 0xa900;
      return 0x0000;
    }, 0xa900],
  ];
  for (const [name, store, status] of failing) {
    for (const position of [0, 1, 2]) {
      const seen: string[] = [];
      const { log, lines } = recorder();
      const keeping: Store = async ({ dataSet }) => {
        const error = await failure(dataSet.pipeTo(new WritableStream()));
        seen.push(error.message);
        // However it puts it.
        if (seen.length === 1) throw error;
        return 0xa700;
      };
      const stores = [keeping, keeping].toSpliced(position, 0, store);
      const { reply, progress } = await take(chainOf(stores, log), { length: 10 * MIB });
      assert.equal(reply.status, status, `${name}, ${position}`);
      const said = `Cannot go on: handler ${"abc".charAt(position)} has failed`;
      assert.deepEqual(seen, [said, said]);
      assert.deepEqual(lines, []);
      assert.equal(progress.ended, "cancelled");
    }
  }
});

pure("a handler that has the whole data set is not stopped by another's failure", async () => {
  const { log } = recorder();
  const kept: number[] = [];
  const chain = chainOf([
    async ({ dataSet }) => {
      kept.push((await new Response(dataSet).bytes()).byteLength);
      await settle();
      return 0x0000;
    },
    after(() => 0xc000),
  ], log);
  const { reply } = await take(chain, { length: 1000 });
  assert.equal(reply.status, 0xc000);
  assert.deepEqual(kept, [1000]);
});

pure("a data set that breaks off fails the chain with its own error, once", async () => {
  const end = new RangeError("lost");
  const { log, lines } = recorder();
  const { error } = await take(
    chainOf([after(() => 0), after(() => 0), after(() => 0)], log),
    { length: 300_000, end },
  );
  assert.equal(error, end);
  assert.deepEqual(lines, []);
});

pure("handlers of a chain that reply early do not hold the others", async () => {
  const bytes = someBytes(3 * MIB);
  let got = new Uint8Array(0);
  const chain = chainOf([
    () => 0x0000,
    async ({ dataSet }) => {
      await dataSet.getReader().read();
      return 0x0000;
    },
    async ({ dataSet }) => {
      got = await new Response(dataSet).bytes();
      return 0xb000;
    },
  ]);
  const { reply } = await take(chain, { bytes, portions: [16_372, 131_066] });
  assert.equal(reply.status, 0xb000);
  assert.ok(got.every((byte, index) => byte === bytes[index]));
  assert.equal(got.byteLength, bytes.byteLength);
});

pure(
  "a chain passes pieces on to one that takes instances alone, and streams to several",
  async () => {
    const bytes = someBytes(100_000);
    const got: number[] = [];
    const isPassed: boolean[] = [];
    const store: Store = async (request) => {
      isPassed.push(request.passDataSet !== undefined);
      if (request.passDataSet === undefined) await request.dataSet.pipeTo(new WritableStream());
      else await request.passDataSet((piece) => void got.push(...piece));
      return 0;
    };
    const alone = chainHandlers([
      { name: "a", handlers: { acceptAssociation: () => ({ accept: true }) } },
      { name: "b", handlers: { store } },
    ], recorder().log);
    assert.equal((await take(alone, { bytes })).reply.status, 0);
    assert.deepEqual(Uint8Array.from(got), bytes);
    // A host that has no more than a stream.
    const { passDataSet: _none, ...request } = storeRequest({ dataSet: openDataSet({}).stream });
    assert.equal(await alone.store?.(request), 0);
    assert.equal((await take(chainOf([store, store]), { bytes })).reply.status, 0);
    assert.deepEqual(isPassed, [true, false, false, false]);
  },
);

pure("a handler of a chain that does not read slows the peer, until it replies", async () => {
  const gate = Promise.withResolvers<void>();
  let length = 0;
  const handlers = chainOf([
    async () => {
      await gate.promise;
      return 0x0000;
    },
    async ({ dataSet }) => {
      for await (const chunk of dataSet) length += chunk.byteLength;
      return 0x0000;
    },
  ]);
  await using bench = served(handlers, {}, 10_000);
  const { peer, transport } = await bench.associated();
  const bytes = instanceBytes(2_000_000);
  let isSent = false;
  const sending = peer.sendMessage(3, storeCommand(), bytes).then(() => isSent = true);
  await settle();
  assert.equal(isSent, false);
  // One shared buffer is taken, and one read of the socket; the rest waits at the peer's.
  assert.equal(transport.unread, 10_000);
  assert.ok(length <= 256 * 1024);
  gate.resolve();
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  await sending;
  assert.equal(length, bytes.byteLength);
  transport.close();
});

pure("each handler of a chain is told the attributes that it names", async () => {
  const seen: unknown[] = [];
  const telling = (...attributes: string[]): Handlers => ({
    attributes,
    async store(request) {
      seen.push([attributes, await request.attributes()]);
      return 0x0000;
    },
  });
  const chain = chainHandlers([
    { name: "a", handlers: telling("PatientID", "Modality") },
    { name: "b", handlers: { store: telling().store ?? (() => 0) } },
    { name: "c", handlers: telling("SOPClassUID", "PatientID") },
  ], recorder().log);
  assert.deepEqual(chain.attributes, ["PatientID", "Modality", "SOPClassUID"]);
  await using bench = served(chain);
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeCommand(), instanceBytes());
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  assert.deepEqual(
    seen.toSorted(),
    [
      [["PatientID", "Modality"], { PatientID: ["4711"] }],
      [["SOPClassUID", "PatientID"], {
        SOPClassUID: ["1.2.840.10008.5.1.4.1.1.2"],
        PatientID: ["4711"],
      }],
      [[], {}],
    ].toSorted(),
  );
  transport.close();
});

pure("an association is accepted by a chain when all accept it", async () => {
  const request: AssociationRequest = {
    callingAeTitle: "A",
    calledAeTitle: "B",
    peerAddress: "127.0.0.1:1",
  };
  const yes = { accept: true } as const;
  const first = { accept: true, userIdentityResponse: Uint8Array.of(1) } as const;
  const second = { accept: true, userIdentityResponse: Uint8Array.of(2) } as const;
  const no = { accept: false, result: 1, source: 1, reason: 3 } as const;
  const never = { accept: false, result: 1, source: 1, reason: 7 } as const;
  const cases: [(Acceptance | undefined)[], Acceptance][] = [
    [[yes, undefined, yes], yes],
    [[yes, first, second], first],
    [[undefined, no, never], no],
    [[first, second, never], never],
  ];
  for (const [answers, expected] of cases) {
    const members = answers.map((answer, index) => ({
      name: "abc".charAt(index),
      handlers: answer === undefined ? {} : { acceptAssociation: () => answer },
    }));
    const chain = chainHandlers(members, recorder().log);
    assert.deepEqual(await chain.acceptAssociation?.(request), expected);
  }
  const broken = { acceptAssociation: throwing(new Error("directory down")) };
  const chain = chainHandlers([
    { name: "a", handlers: { acceptAssociation: () => first } },
    { name: "b", handlers: broken },
  ], recorder().log);
  const error = await failure(Promise.resolve(chain.acceptAssociation?.(request)));
  assert.ok(error instanceof HandlerError);
  assert.equal(
    error.message,
    "Cannot decide on the association: handler b: directory down",
  );
});

pure("a chain offers what its handlers do, each service by the first that has it", async () => {
  const offers = (name: string): Handlers => ({
    async *find() {},
    async *locate() {},
    resolveMoveDestination: () => ({ hostname: name, port: 104 }),
  });
  const none = chainHandlers([
    { name: "a", handlers: {} },
    { name: "b", handlers: { attributes: ["Modality"] } },
  ], recorder().log);
  for (const key of ["store", "find", "locate", "resolveMoveDestination", "acceptAssociation"]) {
    assert.equal(key in none, false, key);
  }
  /** Methods that need their object. */
  class Archive implements Handlers {
    readonly #name = "second";
    resolveMoveDestination(): { hostname: string; port: number } {
      return { hostname: this.#name, port: 104 };
    }
    store(): Status {
      return this.#name === "second" ? 0xb000 : 0x0000;
    }
  }
  const chain = chainHandlers([
    { name: "a", handlers: {} },
    { name: "b", handlers: new Archive() },
    { name: "c", handlers: offers("third") },
  ], recorder().log);
  assert.equal((await chain.resolveMoveDestination?.("X"))?.hostname, "second");
  assert.ok(chain.find && chain.locate);
  // The only one that stores has the stream for itself.
  assert.equal((await take(chain, { length: 10 })).reply.status, 0xb000);
});

pure("a chain serves the query options that all do who find and locate", () => {
  async function* nothing(): AsyncGenerator<never> {}
  const all = { relational: true, combineDateTime: true, foldPersonNames: true };
  const none = { relational: false, combineDateTime: false, foldPersonNames: false };
  const cases: [Handlers, Handlers, QueryOptions][] = [
    [{ find: nothing, locate: nothing, queryOptions: all }, {}, all],
    [{ find: nothing, queryOptions: all }, { locate: nothing, queryOptions: all }, all],
    [{ find: nothing, queryOptions: all }, { locate: nothing }, none],
    [{ find: nothing, queryOptions: all }, {
      locate: nothing,
      queryOptions: { relational: true },
    }, { ...none, relational: true }],
    [{ find: nothing }, { queryOptions: all }, none],
    [{}, {}, none],
  ];
  for (const [one, two, expected] of cases) {
    const members = [{ name: "a", handlers: one }, { name: "b", handlers: two }];
    assert.deepEqual(chainHandlers(members, recorder().log).queryOptions, expected);
  }
});

pure("a chain finds in the worklist if its first that finds does", () => {
  async function* find(): AsyncGenerator<never> {}
  const cases: [Handlers, Handlers, boolean | undefined][] = [
    [{ find, worklist: true }, { find }, true],
    [{ find }, { find, worklist: true }, undefined],
    [{ worklist: true }, { find }, undefined],
    [{}, { find, worklist: true }, true],
  ];
  for (const [one, two, expected] of cases) {
    const members = [{ name: "a", handlers: one }, { name: "b", handlers: two }];
    assert.equal(chainHandlers(members, recorder().log).worklist, expected);
  }
});

pure("disposing of a chain disposes of all, from the last to the first", async () => {
  const order: string[] = [];
  const member = (name: string, error?: Error): { name: string; handlers: Handlers } => ({
    name,
    handlers: {
      [Symbol.asyncDispose]() {
        order.push(name);
        return error ? Promise.reject(error) : Promise.resolve();
      },
    },
  });
  const { log } = recorder();
  const [one, two] = [new Error("one"), new Error("two")];
  const plain = { name: "-", handlers: {} };
  await chainHandlers([member("a"), plain, member("b")], log)[Symbol.asyncDispose]?.();
  assert.deepEqual(order, ["b", "a"]);
  const single = chainHandlers([member("a"), member("b", one), member("c")], log);
  assert.equal(await failure(Promise.resolve(single[Symbol.asyncDispose]?.())), one);
  assert.deepEqual(order, ["b", "a", "c", "b", "a"]);
  const both = chainHandlers([member("a", two), member("b", one)], log);
  const error = await failure(Promise.resolve(both[Symbol.asyncDispose]?.()));
  assert.ok(error instanceof AggregateError);
  assert.deepEqual(error.errors, [one, two]);
});

/** That of this thread: in the process, other tests go on. */
function ownMemory(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

Deno.test("a chain carries 100 MB in bounded memory, at three paces", async () => {
  const lengths = [0, 0, 0];
  const reading = (index: number, size: number, pause: number): Store => async ({ dataSet }) => {
    const reader = dataSet.getReader({ mode: "byob" });
    let buffer = new ArrayBuffer(size);
    for (let turn = 0;; turn++) {
      const { value, done } = await reader.read(new Uint8Array(buffer), { min: size });
      if (value !== undefined) {
        lengths[index] = (lengths[index] ?? 0) + value.byteLength;
        buffer = value.buffer;
      }
      if (done) return 0x0000;
      if (pause > 0 && turn % pause === 0) await settle();
    }
  };
  const chain = chainOf([reading(0, 65_536, 0), reading(1, MIB, 1), reading(2, 100_003, 30)]);
  const before = ownMemory();
  let peak = before;
  const { stream } = openDataSet(
    { length: 100e6, portions: [256 * 1024] },
    () => void (peak = Math.max(peak, ownMemory())),
  );
  assert.deepEqual(await chain.store?.(storeRequest({ dataSet: stream })), { status: 0 });
  assert.deepEqual(lengths, [100e6, 100e6, 100e6]);
  assert.ok(peak - before < 50e6, `${Math.round((peak - before) / 1e6)} MB more memory`);
});

Deno.test("a chain with store keeps an instance whole, or nothing when another fails", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const store = storeHandler({ directory, naming: "uid.dcm" });
    const bytes = someBytes(600_000);
    for (const status of [0x0000, 0xa700]) {
      const chain = chainHandlers([
        { name: "store", handlers: store },
        {
          name: "judge",
          handlers: {
            async store({ dataSet }): Promise<Status> {
              for await (const chunk of dataSet) if (chunk.byteLength > 0) break;
              return status;
            },
          },
        },
      ], recorder().log);
      const { reply } = await take(chain, { bytes, portions: [4096] });
      assert.equal(reply.status, status);
      const names = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
      assert.deepEqual(names, status === 0 ? ["1.2.3.dcm"] : []);
      for (const name of names) {
        const file = await Deno.readFile(`${directory}/${name}`);
        assert.deepEqual(file.subarray(-bytes.byteLength), bytes);
        await Deno.remove(`${directory}/${name}`);
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

handlerConformance({
  name: "chain of ignore and ignore",
  create: async (context) => ({
    handlers: chainHandlers([
      { name: "one", handlers: await ignore(context) },
      { name: "two", handlers: await ignore(context) },
    ], context.log),
  }),
});

handlerConformance({
  name: "chain of ignore and store",
  create: async (context) => {
    const directory = await Deno.makeTempDir();
    const handlers = chainHandlers([
      { name: "ignore", handlers: await ignore(context) },
      { name: "store", handlers: storeHandler({ directory }) },
    ], context.log);
    return {
      handlers,
      async stored(sopInstanceUid) {
        const name = safeFileName("CT", sopInstanceUid);
        const kept: Uint8Array[] = [];
        for await (const entry of Deno.readDir(directory)) {
          assert.ok(!entry.name.startsWith("."), `${entry.name} remains`);
          const isMine = entry.name === name || entry.name.startsWith(`${name}-`);
          if (isMine) kept.push(await Deno.readFile(`${directory}/${entry.name}`));
        }
        return kept;
      },
      dispose: () => Deno.remove(directory, { recursive: true }),
    };
  },
});
