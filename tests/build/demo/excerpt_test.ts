import assert from "node:assert/strict";
import { excerpt } from "../../../build/demo/excerpt.ts";

const numbers = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join("");

Deno.test("excerpt() leaves short output as it is", { permissions: "none" }, () => {
  assert.equal(excerpt(""), "");
  assert.equal(excerpt(numbers(7)), numbers(7));
  assert.equal(excerpt("a\r\nb"), "a\nb\n");
});

Deno.test("excerpt() counts what it leaves out", { permissions: "none" }, () => {
  assert.deepEqual(excerpt(numbers(40)).split("\n"), [
    ...["line 1", "line 2", "   … 34 more lines …"],
    ...["line 37", "line 38", "line 39", "line 40", ""],
  ]);
});

Deno.test("excerpt() does not show empty lines of a log", { permissions: "none" }, () => {
  assert.equal(excerpt("I: one\nI: \n\nI: two\nE:\n"), "I: one\nI: two\n");
});
