import assert from "node:assert/strict";
import { FileAhead } from "../../cli/file_ahead.ts";
import type { InstanceHead } from "../../cli/file_head.ts";
import { SendQueue } from "../../cli/send_queue.ts";

interface Opened extends Disposable {
  readonly path: string;
}

/** A queue of instances, and what is done to their files. */
class Bench {
  readonly done: string[] = [];
  readonly queue: SendQueue;
  readonly ahead: FileAhead<Opened>;
  fails = false;

  constructor(...paths: string[]) {
    const heads = paths.map((path): InstanceHead => ({
      ...{ path, size: 10, dataSetOffset: 0, sopClassUid: "1.2", sopInstanceUid: "1.2.3" },
      ...{ transferSyntaxUid: "1.2.840.10008.1.2", writtenAs: undefined, warnings: [] },
    }));
    this.queue = new SendQueue({ presentationContexts: [], needs: [] }, heads, 1);
    this.ahead = new FileAhead(this.queue, ({ path }) => {
      this.done.push(`open ${path}`);
      if (this.fails) throw new Deno.errors.NotFound(path);
      return { path, [Symbol.dispose]: () => void this.done.push(`close ${path}`) };
    });
  }
}

Deno.test("`FileAhead` gives the files in order, opened at their turn or before", () => {
  const { ahead, done } = new Bench("a", "b", "c");
  assert.equal(ahead.peek()?.path, "a");
  assert.equal(ahead.peek()?.path, "a");
  assert.deepEqual(done, []);
  assert.equal(ahead.take().path, "a");
  ahead.prepare();
  ahead.prepare();
  assert.deepEqual(done, ["open a", "open b"]);
  assert.equal(ahead.peek()?.path, "b");
  assert.equal(ahead.take().path, "b");
  assert.equal(ahead.peek()?.path, "c");
  assert.equal(ahead.take().path, "c");
  ahead.prepare();
  assert.equal(ahead.peek(), undefined);
  assert.throws(() => ahead.take(), TypeError);
  assert.deepEqual(done, ["open a", "open b", "open c"]);
});

Deno.test("`FileAhead` tries again at its turn what could not be opened before", () => {
  const bench = new Bench("a");
  bench.fails = true;
  bench.ahead.prepare();
  assert.equal(bench.ahead.peek()?.path, "a");
  assert.throws(() => bench.ahead.take(), Deno.errors.NotFound);
  assert.equal(bench.ahead.peek(), undefined);
  assert.deepEqual(bench.done, ["open a", "open a"]);
});

Deno.test("`FileAhead` closes what was not sent, and puts it back, before what was not taken", () => {
  const { ahead, done, queue } = new Bench("a", "b", "c");
  ahead.peek();
  ahead.take();
  ahead.prepare();
  assert.equal(queue.length, 1);
  ahead[Symbol.dispose]();
  assert.deepEqual(done, ["open a", "open b", "close b"]);
  assert.equal(queue.length, 2);
  assert.equal(queue.take()?.path, "b");
  assert.equal(queue.take()?.path, "c");
  ahead[Symbol.dispose]();
  assert.equal(queue.length, 0);
});
