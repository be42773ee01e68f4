/**
 * The tables of what is run how have no row that no document needs.
 *
 * @module
 */

import assert from "node:assert/strict";
import { allDocuments, commandsOf } from "./documents.ts";
import { EXIT_CODES, LEAVES, NOT_RUN, PROGRAMS, substitutions } from "./table.ts";

const COMMANDS = allDocuments().flatMap(({ path, text }) =>
  commandsOf(text).map((command) => ({ path, text: command.text }))
);

const PLACES = substitutions({
  archivePort: 1,
  worklistPort: 2,
  workstationPort: 3,
  storePort: 4,
  directory: "/",
});

interface Row {
  readonly what: string;
  readonly part: string | RegExp;
  /** The only document that it is for. */
  readonly path?: string | undefined;
}

const ROWS: readonly Row[] = [
  ...PLACES.map(([part, , what]) => ({ what: `what stands for ${what}`, part })),
  ...EXIT_CODES.map(([part, code]) => ({ what: `what ends with ${code}`, part })),
  ...NOT_RUN.map(([part, why, path]) => ({ what: `what is not run, since ${why}`, part, path })),
  ...PROGRAMS.map(([part, program]) => ({ what: `what needs ${program}`, part })),
  ...LEAVES.map(([part, path]) => ({ what: `what leaves ${path}`, part })),
];

for (const { what, part, path } of ROWS) {
  Deno.test(`${what} (${part}), is in a document`, () => {
    const has = (text: string): boolean =>
      typeof part === "string" ? text.includes(part) : text.search(part) !== -1;
    const isFor = (command: { readonly path: string }): boolean =>
      path === undefined || path === command.path;
    assert.ok(COMMANDS.some((command) => isFor(command) && has(command.text)));
  });
}
