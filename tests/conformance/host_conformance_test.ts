import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { HandlerContext, Handlers, StorageAssociation } from "../../lib/handler/handler.ts";
import type { LoadedHandler } from "../../lib/handler/load.ts";
import { sandboxHandler } from "../../lib/handler/sandbox.ts";
import type { AssociationEvent } from "../../lib/net/observer.ts";
import { type Clock, systemClock } from "../../lib/net/clock.ts";
import { serve, type ServeOptions, type Server } from "../../lib/service/serve.ts";
import { storageAssociation } from "../../lib/service/storage_association.ts";
import { openDataSet, syntheticDataSet } from "../../plugins/conformance.ts";
import misbehaving from "./misbehaving_handler.ts";

/** Where handlers run. */
interface Host {
  readonly name: string;
  create(context: HandlerContext): Promise<Handlers>;
}

/** Loaded once, and made for each test. */
let loading: Promise<LoadedHandler> | undefined;

function sandboxed(): Promise<LoadedHandler> {
  const path = fileURLToPath(import.meta.resolve("./misbehaving_handler.ts"));
  return loading ??= sandboxHandler(path, { builtIns: {}, clock: hurriedClock });
}

/** Whether time limits are short: those for the end of a handler that does not end by itself. */
let isHurried = false;

const hurriedClock: Clock = {
  now: () => systemClock.now(),
  schedule: (delay, callback) => systemClock.schedule(isHurried ? delay / 100 : delay, callback),
};

/** This one alone passes the pieces of data sets. */
const IN_PROCESS: Host = {
  name: "in process",
  create: async (context) => await misbehaving(context),
};

const HOSTS: readonly Host[] = [
  IN_PROCESS,
  {
    name: "sandboxed",
    create: async (context) => await (await sandboxed()).create(context),
  },
];

const SOP_CLASS = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const CONTEXTS = [{ sopClassUid: SOP_CLASS, transferSyntaxUid: EXPLICIT }];

/** What a handler says, for whoever waits for it. */
class Said {
  readonly texts: string[] = [];
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();

  add(text: string): void {
    this.texts.push(text);
    this.#of(text).resolve();
  }

  waitFor(text: string): Promise<void> {
    return this.#of(text).promise;
  }

  #of(text: string): PromiseWithResolvers<void> {
    const waiting = this.#waiting.get(text) ?? Promise.withResolvers<void>();
    this.#waiting.set(text, waiting);
    return waiting;
  }
}

/** A server with the handler, and what it told. */
class Bench implements AsyncDisposable {
  readonly #handlers: Handlers;
  readonly server: Server;
  readonly events: AssociationEvent[] = [];
  /** Resolves when the first connection is closed. */
  readonly closed: Promise<void>;
  readonly #said: Said;
  readonly #shutdown: AbortController;
  readonly #hangs: boolean;
  readonly #patience = { isOver: false, waiting: new Set<() => void>() };

  private constructor(
    handlers: Handlers,
    said: Said,
    shutdown: AbortController,
    options: Partial<ServeOptions>,
  ) {
    this.#handlers = handlers;
    this.#said = said;
    this.#shutdown = shutdown;
    this.#hangs = options.handlerTimeout !== undefined;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.closed = closed;
    this.server = serve({
      hostname: "127.0.0.1",
      port: 0,
      handlers,
      observer: (event) => {
        this.events.push(event);
        if (event.type !== "connection-closed") return;
        this.#patience.isOver = false;
        resolve();
      },
      clock: {
        now: () => systemClock.now() + (this.#patience.isOver ? PATIENCE : 0),
        schedule: (delay, callback) => this.#schedule(delay, callback),
      },
      ...options,
    });
  }

  static async make(
    host: Host,
    does: string,
    options: Partial<ServeOptions> = {},
  ): Promise<Bench> {
    const said = new Said();
    const shutdown = new AbortController();
    const info = (text: string): void => said.add(text);
    const handlers = await host.create({
      options: { does: [does] },
      log: { debug() {}, info, warn() {}, error() {} },
      signal: shutdown.signal,
      associate: () => Promise.reject(new Error("There is no network here")),
    });
    return new Bench(handlers, said, shutdown, options);
  }

  /** What the handler said. */
  get said(): readonly string[] {
    return this.#said.texts;
  }

  /** Waits until the handler has said something. */
  hears(text: string): Promise<void> {
    return this.#said.waitFor(text);
  }

  associate(signal?: AbortSignal): Promise<StorageAssociation> {
    return storageAssociation({
      hostname: "127.0.0.1",
      port: this.server.addr.port,
      calledAeTitle: "HOST",
      callingAeTitle: "PEER",
      contexts: CONTEXTS,
      ...(signal && { signal }),
    });
  }

  /** Lets the time-out of the handler pass, until a connection is closed. */
  losePatience(): void {
    this.#patience.isOver = true;
    for (const callback of this.#patience.waiting) callback();
  }

  /** What failed in handlers, as the host tells it. */
  get failures(): string[] {
    return this.events.flatMap((event) =>
      event.type === "handler-failed" ? [`${event.error}`] : []
    );
  }

  /** Of the system's clock, but for the time-out of the handler, which passes when it is told to. */
  #schedule(delay: number, callback: () => void): () => void {
    // The rest of it, when a moment has passed already.
    if (delay <= PATIENCE / 2) return systemClock.schedule(delay, callback);
    const { isOver, waiting } = this.#patience;
    if (isOver) return systemClock.schedule(0, callback);
    waiting.add(callback);
    return () => void waiting.delete(callback);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown();
    this.#shutdown.abort();
    isHurried = this.#hangs;
    try {
      await this.#handlers[Symbol.asyncDispose]?.();
    } finally {
      isHurried = false;
    }
  }
}

/** Sends an instance, and gives what was answered. */
async function store(
  association: StorageAssociation,
  sopInstanceUid: string,
  length = 300_000,
): Promise<readonly [status: number, errorComment?: string]> {
  const { bytes } = syntheticDataSet(length, { sopInstanceUid });
  const { status, errorComment } = await association.store({
    ...{ sopClassUid: SOP_CLASS, transferSyntaxUid: EXPLICIT, sopInstanceUid },
    dataSet: openDataSet({ bytes }).stream,
  });
  return errorComment === undefined ? [status] : [status, errorComment];
}

type Reply = readonly [status: number, errorComment?: string];

/** What the handler does, what goes over the wire, and what the host is told of it. */
const FAULTS: readonly (readonly [does: string, reply: Reply, failure?: RegExp])[] = [
  ["throws", [0x0110], /: Out of luck$/],
  ["rejects after it has read", [0x0110], /: Out of luck$/],
  ["throws text", [0x0110], /Out of luck$/],
  ["throws nothing", [0x0110], /undefined$/],
  ["throws a status", [0xa701]],
  ["throws an error with a status", [0xa702, "Disk full"]],
  ["throws a pending status", [0x0110], /./],
  ["throws a status that is none", [0x0110], /./],
  ["returns nothing", [0x0110], /./],
  ["returns null", [0x0110], /./],
  ["returns text", [0x0110], /./],
  ["returns an empty object", [0x0110], /is no (final )?status$/],
  ["returns a function", [0x0110], /./],
  ["returns a status of text", [0x0110], /is no (final )?status$/],
  ["returns a number that is none", [0x0110], /NaN is no final status/],
  ["returns a fraction", [0x0110], /0.5 is no final status/],
  ["returns a negative number", [0x0110], /-1 is no final status/],
  ["returns a number too large", [0x0110], /65536 is no final status/],
  ["returns a pending status", [0x0110], /65280 is no final status/],
  ["returns a warning", [0xb007, "Odd"]],
  ["returns a long comment", [0xa700, "x".repeat(64)]],
  ["returns a comment with control characters", [0xa700, "A?[2JB??C?D"]],
  ["returns elements that are none", [0xc000]],
  ["returns a status that throws", [0x0110], /Out of luck/],
  ["answers without reading", [0x0000]],
  ["refuses without reading", [0xa700]],
  ["cancels the data set", [0x0000]],
  ["reads one byte", [0x0000]],
  ["locks the data set", [0x0000]],
  ["reads in twos what is odd", [0x0000]],
  ["tees the data set and reads one half", [0x0000]],
  ["reads on after its reply", [0x0000]],
  ["calls a broken stream a success, but not what is passed", [0x0000]],
  ["calls a success what is passed and breaks, but not a broken stream", [0x0000]],
  ["gathers a stream in memory, but not what is passed", [0x0000]],
  ["gathers what is passed in memory, but no stream", [0x0000]],
  ["does not await what is passed", [0x0000]],
];

/** The time-out of handlers that hang. */
const PATIENCE = 123_456;

/** How a handler hangs, and by how large an instance. */
const HANGS = [
  ["waits until the association is lost", 1000],
  ["waits until the association is lost", 3_000_000],
  ["never replies", 1000],
  ["never replies", 3_000_000],
  ["reads, and never replies", 1000],
  ["reads, and never replies", 3_000_000],
] as const;

for (const host of HOSTS) {
  for (const [does, reply, failure] of FAULTS) {
    Deno.test(`a host, ${host.name}, survives a handler that ${does}`, async () => {
      await using bench = await Bench.make(host, does);
      await using beside = await bench.associate();
      await using association = await bench.associate();
      const slow = slowly(beside, "1.2.3");
      for (const length of [300_000, 1000, 3_000_000]) {
        assert.deepEqual(await store(association, "1.2.666", length), reply);
        // The association goes on.
        assert.deepEqual(await store(association, "1.2.1"), [0x0000]);
      }
      // What came at the same time by another one was not disturbed.
      slow.goOn();
      assert.deepEqual(await slow.reply, 0x0000);
      assert.equal(bench.failures.length, failure === undefined ? 0 : 3);
      for (const told of bench.failures) assert.match(told, failure ?? /^$/);
    });
  }

  for (const [does, length] of HANGS) {
    Deno.test(`a host, ${host.name}, is rid of an association whose peer left a handler that ${does}, with ${length} bytes`, async () => {
      await using bench = await Bench.make(host, does, { handlerTimeout: PATIENCE });
      const peer = new AbortController();
      const association = await bench.associate(peer.signal);
      const lost = assert.rejects(store(association, "1.2.666", length), /^Error: Enough$/);
      await bench.hears("waiting");
      peer.abort(new Error("Enough"));
      await lost;
      bench.losePatience();
      await bench.closed;
      // The connection is closed first, and then left out of the count.
      await new Promise((resolve) => setTimeout(resolve));
      assert.equal(bench.server.activeAssociations, 0);
      if (does.startsWith("waits")) await bench.hears("lost");
      await using another = await bench.associate();
      assert.deepEqual(await store(another, "1.2.1"), [0x0000]);
    });
  }

  Deno.test(`a host, ${host.name}, shuts down while a handler never replies`, async () => {
    const bench = await Bench.make(host, "never replies", { handlerTimeout: PATIENCE });
    const association = await bench.associate();
    const lost = assert.rejects(store(association, "1.2.666"));
    await bench.hears("waiting");
    await bench[Symbol.asyncDispose]();
    await lost;
    assert.equal(bench.server.activeAssociations, 0);
  });
}

Deno.test("a host survives a peer that breaks off what a handler does not await", async () => {
  const does = "does not await what is passed, and waits until the association is lost";
  await using bench = await Bench.make(IN_PROCESS, does);
  await using beside = await bench.associate();
  await using association = await bench.associate();
  const { bytes } = syntheticDataSet(1_000_000, { sopInstanceUid: "1.2.666" });
  const end = new Error("Enough");
  const sending = association.store({
    ...{ sopClassUid: SOP_CLASS, transferSyntaxUid: EXPLICIT, sopInstanceUid: "1.2.666" },
    dataSet: openDataSet({ bytes: bytes.subarray(0, 600_000), end }).stream,
  });
  await assert.rejects(sending, end);
  await bench.hears("lost");
  assert.deepEqual(await store(beside, "1.2.1"), [0x0000]);
  assert.deepEqual(bench.failures, []);
});

/** Sends the first half of an instance; the second comes when it is told to. */
function slowly(
  association: StorageAssociation,
  sopInstanceUid: string,
): { readonly reply: Promise<number>; goOn(): void } {
  const { bytes } = syntheticDataSet(300_000, { sopInstanceUid });
  const { promise, resolve } = Promise.withResolvers<void>();
  const halves = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield bytes.slice(0, 150_000);
    await promise;
    yield bytes.slice(150_000);
  };
  const reply = association.store({
    ...{ sopClassUid: SOP_CLASS, transferSyntaxUid: EXPLICIT, sopInstanceUid },
    dataSet: ReadableStream.from(halves()),
  }).then(({ status }) => status);
  // A test that fails before the end of this must not fail by it.
  reply.catch(() => {});
  return { reply, goOn: resolve };
}
