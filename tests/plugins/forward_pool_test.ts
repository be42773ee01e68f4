import assert from "node:assert/strict";
import type { StorageAssociation } from "../../lib/handler/handler.ts";
import { type AssociationNeed, AssociationPool, type Loan } from "../../plugins/forward_pool.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { failure, pure } from "../support/requesting.ts";

const never = new AbortController().signal;

function need(callingAeTitle: string): AssociationNeed {
  return { callingAeTitle, contexts: [] };
}

/** A pool, and the book of what its associations go through. */
class Trial {
  readonly clock = new FakeClock();
  readonly book: string[] = [];
  readonly pool: AssociationPool;
  /** What opening waits for, or fails with. */
  opening: () => Promise<void> = () => Promise.resolve();
  /** Ends an association, as its peer may. */
  readonly end: (() => void)[] = [];
  readonly #names = new Map<StorageAssociation, string>();

  constructor(maximum: number) {
    this.pool = new AssociationPool({
      open: ({ callingAeTitle }, signal) => this.#open(callingAeTitle, signal),
      maximum,
      idleTime: 1000,
      schedule: (delay, callback) => this.clock.schedule(delay, callback),
    });
  }

  async #open(title: string, signal: AbortSignal): Promise<StorageAssociation> {
    const name = `${title}${this.#names.size + 1}`;
    this.book.push(`open ${name}`);
    await this.opening();
    const ended = new AbortController();
    signal.addEventListener("abort", () => {
      this.book.push(`abort ${name}`);
      ended.abort();
    });
    const association: StorageAssociation = {
      contexts: [],
      signal: ended.signal,
      store: () => Promise.resolve({ status: 0x0000 }),
      [Symbol.asyncDispose]: () => {
        this.book.push(`close ${name}`);
        ended.abort();
        return Promise.resolve();
      },
    };
    this.#names.set(association, name);
    this.end.push(() => ended.abort());
    return association;
  }

  /** Takes one, with its name. */
  async take(title: string, fresh = false): Promise<Loan & { readonly name: string | undefined }> {
    const loan = await this.pool.take(need(title), { signal: never, fresh });
    return { ...loan, name: this.#names.get(loan.association) };
  }

  /** What happened since the last time. */
  happened(): string[] {
    return this.book.splice(0);
  }
}

pure("AssociationPool lends the one used last, of those that are alike", async () => {
  const trial = new Trial(10);
  const loans = [await trial.take("A"), await trial.take("A"), await trial.take("B")];
  assert.deepEqual(trial.happened(), ["open A1", "open A2", "open B3"]);
  assert.deepEqual(loans.map(({ isReused }) => isReused), [false, false, false]);
  for (const loan of loans) loan.giveBack();
  for (const [title, name] of [["A", "A2"], ["B", "B3"], ["A", "A1"]] as const) {
    const again = await trial.take(title);
    assert.deepEqual([again.name, again.isReused], [name, true]);
  }
  const fresh = await trial.take("A");
  assert.deepEqual([fresh.name, fresh.isReused], ["A4", false]);
  await trial.pool[Symbol.asyncDispose]();
});

pure("AssociationPool tells associations apart by who calls and by what is proposed", async () => {
  const opened: AssociationNeed[] = [];
  const trial = new Trial(10);
  const [a, b] = ["1.2", "1.3"].map((sopClassUid) => ({ sopClassUid, transferSyntaxUid: "1.4" }));
  assert.ok(a && b);
  for (const contexts of [[a, b], [b, a], [a, b, a], [a], []]) {
    const before = trial.book.length;
    const loan = await trial.pool.take({ callingAeTitle: "A", contexts }, { signal: never });
    if (trial.book.length > before) opened.push({ callingAeTitle: "A", contexts });
    loan.giveBack();
  }
  assert.deepEqual(opened.map(({ contexts }) => contexts), [[a, b], [a], []]);
  await trial.pool[Symbol.asyncDispose]();
});

pure("AssociationPool takes a new one where only that will do", async () => {
  const trial = new Trial(1);
  (await trial.take("A")).giveBack();
  const fresh = await trial.take("A", true);
  assert.deepEqual([fresh.name, fresh.isReused], ["A2", false]);
  assert.deepEqual(trial.happened(), ["open A1", "close A1", "open A2"]);
  // Who waits for a new one does not get what is given back.
  const waiting = trial.take("A", true);
  fresh.giveBack();
  assert.equal((await waiting).name, "A3");
  assert.deepEqual(trial.happened(), ["close A2", "open A3"]);
  await trial.pool[Symbol.asyncDispose]();
});

pure("AssociationPool closes what has nothing to do for long, or has ended", async () => {
  const trial = new Trial(10);
  const first = await trial.take("A");
  const second = await trial.take("A");
  first.giveBack();
  first.giveBack();
  await trial.clock.advance(999);
  assert.deepEqual(trial.happened(), ["open A1", "open A2"]);
  await trial.clock.advance(1);
  assert.deepEqual(trial.happened(), ["close A1"]);
  second.giveBack();
  trial.end[1]?.();
  assert.deepEqual(trial.happened(), ["close A2"]);
  assert.equal(trial.clock.pending, 0);
  const third = await trial.take("A");
  trial.end[2]?.();
  third.giveBack();
  assert.deepEqual(trial.happened(), ["open A3", "close A3"]);
  assert.equal((await trial.take("A")).name, "A4");
  await trial.pool[Symbol.asyncDispose]();
});

pure("AssociationPool lets wait, and serves in order", async () => {
  const trial = new Trial(2);
  const [first, second] = [await trial.take("A"), await trial.take("A")];
  const served: (string | undefined)[] = [];
  const waiting = ["A", "B", "A"].map(async (title) => {
    const loan = await trial.take(title);
    served.push(loan.name);
    return loan;
  });
  await settle();
  assert.deepEqual(served, []);
  first.giveBack();
  await settle();
  assert.deepEqual(served, ["A1"], "It is handed on as it is");
  second.giveBack();
  await settle();
  assert.deepEqual(served, ["A1", "B3"], "Another makes room");
  assert.deepEqual(trial.happened(), ["open A1", "open A2", "close A2", "open B3"]);
  (await waiting[1])?.giveBack();
  await settle();
  assert.deepEqual(served, ["A1", "B3", "A4"]);
  assert.deepEqual(trial.happened(), ["close B3", "open A4"]);
  await trial.pool[Symbol.asyncDispose]();
});

pure("AssociationPool makes room by closing what has nothing to do", async () => {
  const trial = new Trial(1);
  (await trial.take("A")).giveBack();
  const { name, isReused } = await trial.take("B");
  assert.deepEqual([name, isReused], ["B2", false]);
  assert.deepEqual(trial.happened(), ["open A1", "close A1", "open B2"]);
  await trial.pool[Symbol.asyncDispose]();
});

pure("AssociationPool has room again when one cannot be opened", async () => {
  const trial = new Trial(1);
  const refused = new TypeError("refused");
  trial.opening = () => Promise.reject(refused);
  const attempts = [failure(trial.take("A")), failure(trial.take("A")), failure(trial.take("A"))];
  assert.deepEqual(await Promise.all(attempts), [refused, refused, refused]);
  trial.opening = () => Promise.resolve();
  (await trial.take("A")).giveBack();
  await trial.pool[Symbol.asyncDispose]();
});

pure("AssociationPool closes the others where one is slow to come", async () => {
  const trial = new Trial(10);
  const busy = await trial.take("A");
  (await trial.take("B")).giveBack();
  const opened = Promise.withResolvers<void>();
  trial.opening = () => opened.promise;
  const coming = trial.take("C");
  await trial.clock.advance(499);
  assert.deepEqual(trial.happened(), ["open A1", "open B2", "open C3"]);
  await trial.clock.advance(1);
  assert.deepEqual(trial.happened(), ["close B2"]);
  busy.giveBack();
  assert.deepEqual(trial.happened(), ["close A1"], "What is given back meanwhile is not kept");
  opened.resolve();
  (await coming).giveBack();
  assert.equal((await trial.take("C")).name, "C3");
  assert.equal(trial.clock.pending, 0);
  await trial.pool[Symbol.asyncDispose]();
});

pure("AssociationPool closes the others where one is rejected, and asks once more", async () => {
  const trial = new Trial(10);
  (await trial.take("A")).giveBack();
  const rejected = new TypeError("local limit exceeded");
  const answers = [Promise.reject(rejected), Promise.resolve()];
  trial.opening = () => answers.shift() ?? Promise.reject(rejected);
  const loan = await trial.take("B");
  assert.deepEqual(trial.happened(), ["open A1", "open B2", "close A1", "open B2"]);
  // With nothing to close, there is no hope.
  assert.equal(await failure(trial.take("C")), rejected);
  assert.deepEqual(trial.happened(), ["open C3"]);
  loan.giveBack();
  assert.equal(await failure(trial.take("C")), rejected);
  assert.deepEqual(trial.happened(), ["open C3", "close B2", "open C3"]);
  await trial.pool[Symbol.asyncDispose]();
});

pure("AssociationPool gives up waiting when it is told", async () => {
  const trial = new Trial(1);
  const enough = new TypeError("enough");
  const loan = await trial.take("A");
  const controller = new AbortController();
  const waiting = failure(trial.pool.take(need("A"), controller));
  const next = trial.take("A");
  controller.abort(enough);
  assert.equal(await waiting, enough);
  assert.equal(await failure(trial.pool.take(need("A"), controller)), enough);
  loan.giveBack();
  assert.equal((await next).name, "A1", "Who waits after it is served");
  await trial.pool[Symbol.asyncDispose]();
});

pure("AssociationPool closes all that it has when it is disposed of", async () => {
  const trial = new Trial(2);
  const idle = await trial.take("A");
  const busy = await trial.take("B");
  idle.giveBack();
  const opened = Promise.withResolvers<void>();
  trial.opening = () => opened.promise;
  const opening = failure(trial.take("C"));
  const waiting = failure(trial.take("C"));
  await settle();
  assert.deepEqual(trial.happened(), ["open A1", "open B2", "close A1", "open C3"]);
  const disposed = trial.pool[Symbol.asyncDispose]();
  let isDisposed = false;
  void disposed.then(() => isDisposed = true);
  await settle();
  assert.equal(isDisposed, false, "An association is being opened");
  opened.resolve();
  await disposed;
  busy.giveBack();
  assert.deepEqual(trial.happened().sort(), ["abort B2", "close B2", "close C3"]);
  for (const error of [await opening, await waiting, await failure(trial.take("A"))]) {
    assert.equal(error.message, "Cannot forward: the handler is shut down");
  }
  assert.equal(trial.clock.pending, 0);
});
