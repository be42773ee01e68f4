/**
 * `docs/limits.md` says what the code does.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEFAULT_TIMEOUTS } from "../../lib/association/timers.ts";
import { DEFAULT_INFLATE_BUDGET } from "../../lib/data_set/inflate.ts";
import { NESTING_LIMIT } from "../../lib/data_set/walker.ts";
import { COMMAND_SET_LIMIT } from "../../lib/dimse/assembler.ts";
import { HALF_OPEN_LIMIT } from "../../lib/net/acceptor.ts";
import { IDENTIFIER_LIMIT } from "../../lib/net/data_consumer.ts";
import { DEFAULT_MAXIMUM_LENGTH } from "../../lib/net/requestor.ts";
import { resolveTimeouts } from "../../lib/net/timeouts.ts";
import { LONG_OPERATIONS } from "../../lib/net/unanswered.ts";
import { ASSOCIATE_PDU_LIMIT, MAXIMUM_PRESENTATION_CONTEXTS } from "../../lib/pdu/pdu.ts";
import { SUB_ITEMS_KEPT } from "../../lib/pdu/user_information.ts";
import { DEFAULT_HANDLER_TIMEOUT } from "../../lib/service/dispatcher.ts";
import { DEFAULT_MAXIMUM_ASSOCIATIONS, defaultPerAddress } from "../../lib/service/serve.ts";
import { MAXIMUM_UID_LENGTH } from "../../lib/uid.ts";
import { readDocument, ROOT } from "./documents.ts";

const { text } = readDocument("docs/limits.md");

/** The rows of all tables but their heads: limit, default, option, library, what exceeds it. */
const ROWS = text.split("\n").filter((line) => /^\| [^-]/.test(line))
  .map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()))
  .filter(([name]) => name !== "limit");

const KIB = 1024;
const MIB = 1024 * KIB;

/** The defaults of the code, as the rows have them that name what is first. */
const DEFAULTS: readonly (readonly [what: string, told: string])[] = [
  ["DEFAULT_MAXIMUM_ASSOCIATIONS", `${DEFAULT_MAXIMUM_ASSOCIATIONS}`],
  ["defaultPerAddress", defaultPerAddress(100) === 50 ? "half" : "another"],
  ["HALF_OPEN_LIMIT", `${HALF_OPEN_LIMIT}`],
  ["LONG_OPERATIONS", `${LONG_OPERATIONS}`],
  ["timeouts.artim", `${DEFAULT_TIMEOUTS.artim / 1000} s`],
  ["timeouts.pdu", `${DEFAULT_TIMEOUTS.pdu / 1000} s`],
  ["timeouts.network", `${DEFAULT_TIMEOUTS.network / 1000} s`],
  ["timeouts.write", `${resolveTimeouts().write / 1000} s`],
  ["DEFAULT_HANDLER_TIMEOUT", `${DEFAULT_HANDLER_TIMEOUT / 60_000} min`],
  ["ASSOCIATE_PDU_LIMIT", `${ASSOCIATE_PDU_LIMIT / MIB} MiB`],
  ["MAXIMUM_PRESENTATION_CONTEXTS", `${MAXIMUM_PRESENTATION_CONTEXTS}`],
  ["SUB_ITEMS_KEPT", `${SUB_ITEMS_KEPT}`],
  ["DEFAULT_MAXIMUM_LENGTH", `${DEFAULT_MAXIMUM_LENGTH / KIB} KiB`],
  ["COMMAND_SET_LIMIT", `${COMMAND_SET_LIMIT / KIB} KiB`],
  ["IDENTIFIER_LIMIT", `${IDENTIFIER_LIMIT / MIB} MiB`],
  ["MAXIMUM_UID_LENGTH", `${MAXIMUM_UID_LENGTH}`],
  ["DEFAULT_INFLATE_BUDGET", `${DEFAULT_INFLATE_BUDGET / MIB} MiB`],
  ["NESTING_LIMIT", `${NESTING_LIMIT}`],
];

Deno.test({
  name: "docs/limits.md has the defaults of the code",
  permissions: "none",
  fn() {
    for (const [what, told] of DEFAULTS) {
      const rows = ROWS.filter(([, , , library = ""]) => library.includes(`\`${what}\``));
      assert.ok(rows.length > 0, what);
      for (const [, byDefault] of rows) assert.equal(byDefault, told, what);
    }
  },
});

Deno.test({
  name: "docs/limits.md names constants and options that there are",
  permissions: { read: true },
  async fn() {
    const sources = await Promise.all(
      ["lib", "cli", "plugins"].flatMap((directory) => [...walk(`${ROOT}${directory}`)])
        .map((path) => Deno.readTextFile(path)),
    );
    const code = sources.join("\n");
    assert.ok(ROWS.length > 20);
    for (const [limit, , option = "", library = "", exceeded = ""] of ROWS) {
      for (const [, constant] of library.matchAll(/`([A-Z_]+)`/g)) {
        assert.match(code, new RegExp(`const ${constant}\\b`), limit);
      }
      for (const [, name] of option.matchAll(/`(--?[a-z-]+)`/g)) {
        assert.ok(code.includes(`"${name}"`), `${limit}: there is no option ${name}`);
      }
      assert.notEqual(exceeded, "", limit);
    }
  },
});

function* walk(directory: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    if (isDirectory) yield* walk(`${directory}/${name}`);
    else if (name.endsWith(".ts")) yield `${directory}/${name}`;
  }
}
