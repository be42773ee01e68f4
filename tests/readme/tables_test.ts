/**
 * The tables of the documents are those of the code: exit codes, events, messages, permissions.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EXIT_CODE, EXIT_CODE_HELP } from "../../cli/exit_code.ts";
import { SCHEMA } from "../support/event_schema.ts";
import { readDocument, ROOT } from "./documents.ts";

const README = readDocument("README.md").text;

/** The cells of the rows of a table below a heading, without its head. */
function tableBelow(text: string, heading: string): string[][] {
  const [, part = ""] = text.split(`\n${heading}\n`);
  const rows = part.split(/\n#+ /)[0]?.split("\n").filter((line) => line.startsWith("|")) ?? [];
  return rows.slice(2).map((line) =>
    line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim())
  );
}

Deno.test("README has the exit codes that there are, in the words of the help", () => {
  const told = tableBelow(README, "### Exit codes");
  assert.deepEqual(told.map(([code]) => Number(code)), Object.values(EXIT_CODE));
  for (const [index, [code = "", meaning = ""]] of told.entries()) {
    const [, words = ""] = /^ +\d+ +(.*)$/.exec(EXIT_CODE_HELP[index] ?? "") ?? [];
    const plain = (text: string): string => text.replaceAll(/\ba /g, "");
    assert.ok(plain(meaning).startsWith(plain(words)), `${code}: ${meaning}; help: ${words}`);
  }
});

Deno.test("docs/events.md has the events and the fields that there are", () => {
  const { text } = readDocument("docs/events.md");
  const headings = [...text.matchAll(/^## ([a-z]+)$/gm)].map(([, name = ""]) => name);
  assert.deepEqual(headings.toSorted(), Object.keys(SCHEMA).toSorted());
  for (const [event, fields] of Object.entries(SCHEMA)) {
    const told = tableBelow(text, `## ${event}`).map(([field = ""]) => field.replaceAll("`", ""));
    assert.deepEqual(told.toSorted(), Object.keys(fields).toSorted(), event);
  }
});

Deno.test("README explains messages that are written", () => {
  const sources = ["cli", "plugins", "lib/dimse", "lib/net"].flatMap((folder) =>
    [...Deno.readDirSync(`${ROOT}${folder}`)].filter(({ isFile }) => isFile)
      .map(({ name }) => Deno.readTextFileSync(`${ROOT}${folder}/${name}`))
  );
  const code = sources.join("\n");
  const messages = tableBelow(README, "## When it does not work")
    .flatMap(([cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text));
  assert.ok(messages.length > 7);
  for (const message of messages) {
    // Numbers are put in when it is written.
    const parts = message.split(/ ?\(0x[0-9A-F]{4}\)| ?\b\d+\b/).filter((part) => part !== "");
    for (const part of parts) assert.ok(code.includes(part), `nothing writes "${part}"`);
  }
});
