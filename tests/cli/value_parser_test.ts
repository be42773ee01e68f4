import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import type { ValueParser } from "@optique/core/valueparser";
import { aeTitle, integer, maximumLength, port, seconds } from "../../cli/value_parser.ts";

const GOOD: readonly (readonly [
  name: string,
  parser: ValueParser<"sync", unknown>,
  input: string,
  value: unknown,
])[] = [
  ["aeTitle", aeTitle(), "STORESCP", "STORESCP"],
  ["aeTitle", aeTitle(), " SIXTEEN-LETTERS ", "SIXTEEN-LETTERS"],
  ["aeTitle", aeTitle(), "A B", "A B"],
  ["seconds", seconds(), "30", 30],
  ["seconds", seconds(), "0.5", 0.5],
  ["seconds", seconds(), ".5", 0.5],
  ["seconds", seconds(), "1e3", 1000],
  ["seconds", seconds(), "0", 0],
  ["port", port(), "1", 1],
  ["port", port(), "65535", 65535],
  ["maximumLength", maximumLength(), "0", 0],
  ["maximumLength", maximumLength(), "8", 8],
  ["maximumLength", maximumLength(), "4294967295", 4294967295],
  ["integer", integer("N", 1, 3, "a number"), "3", 3],
];

for (const [name, parser, input, value] of GOOD) {
  Deno.test({
    name: `${name}() reads "${input}"`,
    permissions: "none",
    fn: () => assert.deepEqual(parser.parse(input), { success: true, value }),
  });
}

const BAD: readonly (readonly [
  name: string,
  parser: ValueParser<"sync", unknown>,
  input: string,
  sentence: string,
])[] = [
  ["aeTitle", aeTitle(), "", 'Cannot use AE title "": it is empty'],
  ["aeTitle", aeTitle(), "   ", 'Cannot use AE title "   ": it is empty'],
  [
    "aeTitle",
    aeTitle(),
    "SEVENTEEN-LETTERS",
    'Cannot use AE title "SEVENTEEN-LETTERS": 17 characters exceed the 16 allowed',
  ],
  ["seconds", seconds(), "", 'Cannot use "" as a number of seconds'],
  ["seconds", seconds(), "-1", 'Cannot use "-1" as a number of seconds'],
  ["seconds", seconds(), "1s", 'Cannot use "1s" as a number of seconds'],
  ["seconds", seconds(), "Infinity", 'Cannot use "Infinity" as a number of seconds'],
  ["seconds", seconds(), "1e999", 'Cannot use "1e999" as a number of seconds'],
  ["port", port(), "0", 'Cannot use "0" as a port: it must be 1 to 65535'],
  ["port", port(), "65536", 'Cannot use "65536" as a port: it must be 1 to 65535'],
  ["port", port(), "0x50", 'Cannot use "0x50" as a port: it must be 1 to 65535'],
  ["port", port(), "", 'Cannot use "" as a port: it must be 1 to 65535'],
  [
    "maximumLength",
    maximumLength(),
    "7",
    'Cannot use "7" as a PDU length: it must be 0 (unlimited) or 8 to 4294967295',
  ],
  [
    "maximumLength",
    maximumLength(),
    "4294967296",
    'Cannot use "4294967296" as a PDU length: it must be 0 (unlimited) or 8 to 4294967295',
  ],
  [
    "integer",
    integer("N", 1, 3, "a number"),
    "4",
    'Cannot use "4" as a number: it must be 1 to 3',
  ],
];

for (const [name, parser, input, sentence] of BAD) {
  Deno.test({
    name: `${name}() refuses "${input}"`,
    permissions: "none",
    fn: () => {
      const result = parser.parse(input);
      assert.ok(!result.success);
      assert.equal(formatMessage(result.error, { colors: false }), sentence);
    },
  });
}
