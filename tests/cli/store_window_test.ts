import assert from "node:assert/strict";
import { StoreWindow } from "../../cli/store_window.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";

/** An instance as the test has it: what tells that it is sent, and that it is answered. */
interface Sending {
  onSent(): void;
  answered(): void;
}

/** Begins one as soon as there is room, over and over; tells those that were begun. */
function beginAll(
  window: StoreWindow,
  limit: number,
  count: number,
): { begun: Sending[]; done: Promise<void> } {
  const begun: Sending[] = [];
  const run = async (): Promise<void> => {
    for (let index = 0; index < count; index++) {
      await window.begin(limit, (onSent) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        begun.push({ onSent, answered: resolve });
        return promise;
      });
    }
  };
  return { begun, done: run() };
}

/** What happens to which, and how many are begun then. */
type Step = readonly [what: "sent" | "answered", index: number, begun: number];

const ROWS: readonly (readonly [limit: number, steps: readonly Step[]])[] = [
  [1, [["sent", 0, 1], ["answered", 0, 2], ["sent", 1, 2], ["answered", 1, 3]]],
  [2, [["sent", 0, 2], ["answered", 0, 2], ["sent", 1, 3], ["sent", 2, 3], ["answered", 2, 4]]],
  [3, [["sent", 0, 2], ["sent", 1, 3], ["sent", 2, 3], ["answered", 1, 4], ["sent", 3, 4]]],
  // One that fails before it is sent makes room, too.
  [2, [["answered", 0, 2], ["sent", 1, 3]]],
  // That another is answered does not mean that the last is sent.
  [4, [["sent", 0, 2], ["sent", 1, 3], ["answered", 0, 3], ["answered", 1, 3], ["sent", 2, 4]]],
];

for (const [limit, steps] of ROWS) {
  pure(`StoreWindow of ${limit}: ${steps.map((step) => step.join(" ")).join(", ")}`, async () => {
    const { begun } = beginAll(new StoreWindow(), limit, 10);
    assert.equal(begun.length, 1);
    for (const [what, index, expected] of steps) {
      if (what === "sent") begun[index]?.onSent();
      else begun[index]?.answered();
      await settle();
      assert.equal(begun.length, expected, `after ${what} ${index}`);
    }
  });
}

pure("StoreWindow is empty when all are answered", async () => {
  const window = new StoreWindow();
  await window.empty();
  const { begun, done } = beginAll(window, 3, 3);
  for (let index = 0; index < 3; index++) {
    begun[index]?.onSent();
    await settle();
  }
  let isEmpty = false;
  const empty = window.empty().then(() => isEmpty = true);
  for (const index of [2, 0]) begun[index]?.answered();
  await settle();
  assert.equal(isEmpty, false);
  begun[1]?.answered();
  await Promise.all([empty, done]);
});

pure("StoreWindow tells each that is lost how many there were", async () => {
  for (const count of [1, 2]) {
    const window = new StoreWindow();
    assert.equal(window.lost, 0);
    const { begun } = beginAll(window, 5, count);
    begun[0]?.onSent();
    await settle();
    assert.equal(window.hadSeveral, count > 1);
    assert.equal(window.lost, 0);
    assert.equal(window.lose(), count);
    begun[0]?.answered();
    await settle();
    assert.equal(window.lose(), count, "it stays so");
    assert.equal(window.lost, count);
  }
});

pure("StoreWindow has another limit for each, and none when it is 0", async () => {
  const window = new StoreWindow();
  const limits = [0, 0, 0, 2, 1, 3];
  const begun: Sending[] = [];
  void (async () => {
    for (const limit of limits) {
      await window.begin(limit, (onSent) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        begun.push({ onSent, answered: resolve });
        onSent();
        return promise;
      });
    }
  })();
  await settle();
  // Of those without a limit the fourth is under way too, and three is more than it may have beside it.
  assert.equal(begun.length, 4);
  for (const [answered, count] of [[0, 4], [1, 4], [2, 5], [3, 5], [4, 6]] as const) {
    begun[answered]?.answered();
    await settle();
    assert.equal(begun.length, count, `after ${answered}`);
  }
});
