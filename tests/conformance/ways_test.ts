/**
 * The suite finds what a handler does wrong in one of the ways that a host lets it have a data set,
 * and right in the other.
 *
 * @module
 */

import assert from "node:assert/strict";
import { conformanceRules } from "../../plugins/conformance.ts";
import misbehaving from "./misbehaving_handler.ts";

const PASSED = "Where the host offers passDataSet()";
const STREAMED = "Where the host has a stream alone, and no passDataSet()";

/** What the handler does, the rules that find it, in which way, and what they say. */
const FAULTS: readonly (readonly [does: string, rule: RegExp, way: string, found: RegExp])[] = [
  [
    "calls a broken stream a success, but not what is passed",
    /breaks after \d+ bytes/,
    STREAMED,
    /saw the data set break off, and answered success$/,
  ],
  [
    "calls a success what is passed and breaks, but not a broken stream",
    /breaks after \d+ bytes/,
    PASSED,
    /saw the data set break off, and answered success$/,
  ],
  [
    "gathers a stream in memory, but not what is passed",
    /in memory/,
    STREAMED,
    /\d+ MiB more memory for an instance of 256 MiB$/,
  ],
  [
    "gathers what is passed in memory, but no stream",
    /in memory/,
    PASSED,
    /\d+ MiB more memory for an instance of 256 MiB$/,
  ],
  [
    "holds a stream after its reply, but not what is passed",
    /of 3 MiB/,
    STREAMED,
    /replied and still holds the data set$/,
  ],
  [
    "holds what is passed after its reply, but no stream",
    /of 3 MiB/,
    PASSED,
    /replied and still holds the data set$/,
  ],
  [
    "does not await what is passed",
    /of 3 MiB|breaks after 300000 bytes/,
    PASSED,
    /replied and still holds the data set$/,
  ],
];

for (const [does, name, way, found] of FAULTS) {
  Deno.test(`the suite finds a handler that ${does}`, async () => {
    const rules = conformanceRules({
      name: "misbehaving",
      create: misbehaving,
      options: { does: [does], with: ["."] },
    }).filter((rule) => name.test(rule.name));
    assert.ok(rules.length > 0);
    for (const { check } of rules) {
      await assert.rejects(check, ({ name, message }: Error) => {
        assert.equal(name, "AssertionError");
        assert.ok(message.startsWith(`${way}: `), message);
        assert.match(message, found);
        return true;
      });
    }
  });
}
