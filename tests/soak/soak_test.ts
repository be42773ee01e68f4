/**
 * A quarter of a minute of what `deno task soak` does for as long as wanted.
 *
 * @module
 */

import assert from "node:assert/strict";
import { soak, soakTask } from "./soak.ts";

const SECONDS = 15;

Deno.test({
  name: "good peers are served beside bad ones, and nothing that was confirmed is lost",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const directory = await Deno.makeTempDir({ prefix: "dimse_soak_" });
    try {
      const options = { directory, seconds: SECONDS, seed: 1, interval: 1, tell: () => {} };
      const { books, servers } = await soak(options);
      assert.deepEqual(books.violations, []);
      for (const { name, confirmed } of servers) assert.ok(confirmed > 0, name);
      assert.ok([...books.done.keys()].some((what) => what.startsWith("bad peer")));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("soakTask() refuses in a sentence what cannot be done", { permissions: "none" }, () => {
  for (
    const [args, message] of [
      [["--minutes", "x"], /^Cannot use --minutes x: /],
      [["--minutes", "-1"], /^Cannot use --minutes -1: |argument is ambiguous/],
      [["--interval", "0"], /^Cannot use --interval 0: /],
      [["--seed", "x"], /^Cannot use --seed x: /],
      [["--rounds", "1"], /^Unknown option '--rounds'/],
    ] as const
  ) assert.throws(() => soakTask([...args]), { name: "TypeError", message });
  assert.equal(soakTask(["--minutes", "0.5"]).minutes, 0.5);
});
