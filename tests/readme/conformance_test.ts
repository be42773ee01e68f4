/**
 * The conformance statement says what the code does.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TOOLS } from "../../cli/tools.ts";
import {
  ASSOCIATE_PDU_LIMIT,
  COMMAND_SET_LIMIT,
  DEFAULT_MAXIMUM_ASSOCIATIONS,
  DEFAULT_MAXIMUM_LENGTH,
  IDENTIFIER_LIMIT,
  IMPLEMENTATION_CLASS_UID,
  IMPLEMENTATION_VERSION_NAME,
  parseCharacterSets,
  SOP_CLASSES,
  TRANSFER_SYNTAXES,
} from "../../mod.ts";
import { DEFAULT_INFLATE_BUDGET } from "../../lib/data_set/inflate.ts";
import { readDocument } from "./documents.ts";

const { text: STATEMENT } = readDocument("docs/conformance.md");
const NONE = { permissions: "none" } as const;

/** The rows of the table below a heading, without its head. */
function tableBelow(heading: string): string[][] {
  const part = STATEMENT.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = part.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
  return rows.slice(2);
}

Deno.test({
  name: "the statement has the storage SOP classes of the code",
  ...NONE,
  fn() {
    const expected = SOP_CLASSES.filter(({ serviceClass }) => serviceClass === "storage")
      .map(({ uid, name, retired }) => [uid, name, retired ? "yes" : ""]);
    const told = tableBelow("A Storage SOP classes");
    assert.deepEqual(told, expected, `the table is:\n${lines(expected)}`);
  },
});

Deno.test({
  name: "the statement has the transfer syntaxes of the code",
  ...NONE,
  fn() {
    const expected = TRANSFER_SYNTAXES.map(({ uid, name, encapsulated, retired }) => [
      uid,
      name,
      encapsulated ? "yes" : "",
      retired ? "yes" : "",
    ]);
    const told = tableBelow("B Transfer syntaxes");
    assert.deepEqual(told, expected, `the table is:\n${lines(expected)}`);
  },
});

const FACTS: readonly (readonly [what: string, value: string | number])[] = [
  ["Implementation Class UID", IMPLEMENTATION_CLASS_UID],
  ["Implementation Version Name", IMPLEMENTATION_VERSION_NAME],
  ["maximum length received, acceptor", DEFAULT_MAXIMUM_LENGTH],
  ["associations at once", DEFAULT_MAXIMUM_ASSOCIATIONS],
  ["A-ASSOCIATE PDU", `${ASSOCIATE_PDU_LIMIT / 1024 ** 2} MiB`],
  ["command set", `${COMMAND_SET_LIMIT / 1024} KiB`],
  ["identifier", `${IDENTIFIER_LIMIT / 1024 ** 2} MiB`],
  ["what a deflated data set may inflate to", `${DEFAULT_INFLATE_BUDGET / 1024 ** 2} MiB`],
];

for (const [what, value] of FACTS) {
  Deno.test({
    name: `the statement has the ${what} of the code`,
    ...NONE,
    fn() {
      const row = STATEMENT.split("\n").find((line) =>
        line.startsWith(`| ${what} `) && line.includes(` ${value}`)
      );
      assert.ok(row, `no row "${what}" with ${value}`);
    },
  });
}

Deno.test({
  name: "the statement names character sets that there are, in both tables",
  ...NONE,
  fn() {
    const [, part = ""] = STATEMENT.split("\n## 7 Character sets\n");
    const [, list = ""] = part.replaceAll("\n", " ").split("code extensions:");
    const terms = list.split(". ")[0]?.match(/ISO_IR \d+|ISO 2022 IR \d+|GB\w+/g) ?? [];
    assert.equal(terms.length, 20);
    for (const term of terms) parseCharacterSets(term);
  },
});

Deno.test({
  name: "the statement tells of every tool",
  ...NONE,
  fn() {
    const model = STATEMENT.split("\n## 3 ")[1]?.split("\n## 4 ")[0] ?? "";
    const untold = TOOLS.filter(({ name }) => !model.includes(`\`${name}\``));
    assert.deepEqual(untold.map(({ name }) => name), []);
  },
});

function lines(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}
