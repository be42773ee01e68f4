import assert from "node:assert/strict";
import { DEFAULT_STORAGE_CLASSES } from "../../cli/default_storage_classes.ts";
import type { InstanceHead } from "../../cli/file_head.ts";
import { planQueues, SendQueue } from "../../cli/send_queue.ts";
import { BIG, CT, DEFLATED, EXPLICIT, IMPLICIT, JPEG, MR } from "./sending.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

function head(path: string, sopClassUid: string, transferSyntaxUid: string): InstanceHead {
  const writtenAs = transferSyntaxUid;
  const where = { path, size: 1000, dataSetOffset: 300, warnings: [] };
  return { ...where, sopClassUid, sopInstanceUid: "1.2", transferSyntaxUid, writtenAs };
}

const A = head("a", CT, JPEG);
const B = head("b", MR, EXPLICIT);
const EMPTY_PLAN = { presentationContexts: [], needs: [] };

/** All that is left in a queue. */
function rest(queue: SendQueue | undefined): string[] {
  const paths: string[] = [];
  for (let next = queue?.take(); next !== undefined; next = queue?.take()) paths.push(next.path);
  return paths;
}

pure("SendQueue gives everything in order, as many times as it is to be sent", () => {
  const queue = new SendQueue(EMPTY_PLAN, [A, B], 3);
  assert.equal(queue.length, 6);
  assert.deepEqual(rest(queue), ["a", "b", "a", "b", "a", "b"]);
  assert.equal(queue.length, 0);
  assert.deepEqual(rest(new SendQueue(EMPTY_PLAN, [], 3)), []);
});

pure("SendQueue takes an instance back once, and gives it next", () => {
  const queue = new SendQueue(EMPTY_PLAN, [A, B], 1);
  assert.equal(queue.take(), A);
  assert.equal(queue.giveBack(A), true);
  assert.equal(queue.length, 2);
  assert.equal(queue.take(), A);
  assert.equal(queue.giveBack(A), false);
  assert.deepEqual(rest(queue), ["b"]);
});

pure(
  "SendQueue puts off more instances than a call takes arguments, and gives them in order",
  () => {
    const many = Array.from({ length: 200_000 }, (_, index) => head(`${index}`, CT, JPEG));
    const queue = new SendQueue(EMPTY_PLAN, many, 1);
    for (let next = queue.take(); next !== undefined; next = queue.take()) queue.putOff(next);
    assert.deepEqual([queue.length, queue.putOffCount], [0, many.length]);
    queue.nextRound();
    assert.deepEqual([queue.length, queue.putOffCount], [many.length, 0]);
    assert.equal(queue.take(), many[0]);
    queue.putBack(A);
    assert.equal(queue.length, many.length);
    assert.deepEqual(rest(queue), [...many.slice(1).map(({ path }) => path), "a"]);
    assert.equal(queue.length, 0);
  },
);

const PROPOSALS: readonly {
  readonly options: Parameters<typeof planQueues>[1];
  readonly expected: readonly (readonly [string, readonly string[]])[];
}[] = [
  {
    options: { contexts: "fitting", only: undefined },
    expected: [[CT, [JPEG]], [MR, [EXPLICIT]], [MR, [IMPLICIT, DEFLATED, BIG]]],
  },
  { options: { contexts: "fitting", only: BIG }, expected: [[CT, [BIG]], [MR, [BIG]]] },
  {
    options: { contexts: "required", only: undefined },
    expected: [[CT, [JPEG]], [MR, [EXPLICIT]]],
  },
  { options: { contexts: "required", only: BIG }, expected: [[CT, [JPEG]], [MR, [EXPLICIT]]] },
  {
    options: { contexts: "all", only: undefined },
    expected: DEFAULT_STORAGE_CLASSES.map((uid) => [uid, [EXPLICIT, IMPLICIT, DEFLATED, BIG]]),
  },
  {
    options: { contexts: "all", only: IMPLICIT },
    expected: DEFAULT_STORAGE_CLASSES.map((uid) => [uid, [IMPLICIT]]),
  },
];

for (const { options, expected } of PROPOSALS) {
  pure(`planQueues() with ${options.contexts} contexts, only ${options.only}`, () => {
    const [queue, ...others] = planQueues([A, B], options, 1);
    assert.deepEqual(
      queue?.plan.presentationContexts.map((context) => [
        context.abstractSyntax,
        context.transferSyntaxes,
      ]),
      expected,
    );
    assert.deepEqual(others, []);
    assert.deepEqual(rest(queue), ["a", "b"]);
  });
}

pure("planQueues() puts each instance into the queue whose association carries it", () => {
  const heads = Array.from({ length: 300 }, (_, index) => {
    const number = index % 150;
    return head(`${index}`, `1.2.${number}`, JPEG);
  });
  const queues = planQueues(heads, { contexts: "fitting", only: undefined }, 1);
  assert.equal(queues.length, 2);
  for (const queue of queues) {
    const classes = queue.plan.presentationContexts.map((context) => context.abstractSyntax);
    assert.ok(queue.instances.every((each) => classes.includes(each.sopClassUid)));
    const order = queue.instances.map((each) => Number(each.path));
    assert.deepEqual(order, order.toSorted((a, b) => a - b));
  }
  assert.equal(queues.flatMap((queue) => queue.instances).length, 300);
});

pure(
  "SendQueue gives what was put off in the next round, where it may be put back once more",
  () => {
    const [queue] = planQueues([A, B], { contexts: "fitting", only: undefined }, 1);
    assert.ok(queue);
    const taken = [queue.take(), queue.take()];
    assert.deepEqual(taken, [A, B]);
    assert.ok(queue.giveBack(A));
    assert.equal(queue.take(), A);
    assert.equal(queue.giveBack(A), false);
    queue.putOff(A);
    assert.deepEqual([queue.length, queue.putOffCount, queue.take()], [0, 1, undefined]);
    queue.nextRound();
    assert.deepEqual([queue.length, queue.putOffCount, queue.take()], [1, 0, A]);
    assert.ok(queue.giveBack(A));
  },
);

pure("SendQueue remembers whom it suspects, and not whom it only takes back", () => {
  const queue = new SendQueue(EMPTY_PLAN, [A, B], 1);
  assert.deepEqual([queue.take(), queue.take()], [A, B]);
  queue.suspect(B);
  queue.putBack(A);
  assert.equal(queue.length, 2);
  assert.deepEqual([queue.isSuspect(A), queue.isSuspect(B)], [false, true]);
  assert.deepEqual(rest(queue), ["b", "a"]);
  // That is no second chance used up.
  assert.ok(queue.giveBack(B));
});
