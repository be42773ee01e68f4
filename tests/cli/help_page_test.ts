import assert from "node:assert/strict";
import type { DocPage } from "@optique/core/doc";
import { message } from "@optique/core/message";
import { formatHelpPage } from "../../cli/help_page.ts";

const PAGE: DocPage = {
  sections: [
    { entries: [{ term: { type: "argument", metavar: "HIDDEN" } }] },
    {
      title: "General Options",
      entries: [
        { term: { type: "option", names: ["-s"] }, description: message`short` },
        { term: { type: "argument", metavar: "ARG" }, description: message`for the shell` },
        { term: { type: "option", names: ["-h", "--help"] }, description: message`Theirs.` },
      ],
    },
    {
      title: "Parameters",
      entries: [{
        term: { type: "argument", metavar: "addr" },
        description: message`whom to call`,
      }],
    },
    {
      title: "General Options",
      entries: [{
        term: { type: "option", names: ["-ln", "--long-name"], metavar: "VALUE" },
        description: message`this one has a name that leaves no room beside it, and much to tell`,
      }],
    },
  ],
};

const HELP = {
  usage: ["[options] addr", "[options] host:port"],
  description: ["One two three four five six seven eight nine ten eleven twelve thirteen."],
  notes: [{ title: "Notes", lines: ["  kept   as it is", "wrapped ".repeat(9).trim()] }],
};

const EXPECTED = `Usage: tool [options] addr
       tool [options] host:port

One two three four five six seven eight nine ten eleven
twelve thirteen.

Parameters:
  addr                    whom to call

General Options:
  -s                      short
  -h, --help              show this help and exit
  -ln, --long-name VALUE  this one has a name that leaves no
                          room beside it, and much to tell

Notes:
  kept   as it is
  wrapped wrapped wrapped wrapped wrapped wrapped wrapped
  wrapped wrapped
`;

Deno.test({
  name: "formatHelpPage() lays out a page of 60 columns, what is needed first",
  permissions: "none",
  fn: () => assert.equal(formatHelpPage("tool", PAGE, HELP, 60), EXPECTED),
});

Deno.test({
  name: "formatHelpPage() keeps within the width, 80 without a terminal, 60 to 100 with one",
  permissions: "none",
  fn: () => {
    for (const [columns, width] of [[undefined, 80], [20, 60], [72, 72], [300, 100]] as const) {
      const lines = formatHelpPage("tool", PAGE, HELP, columns).split("\n");
      assert.ok(lines.every((line) => line.length <= width), `${columns}`);
    }
    assert.equal(formatHelpPage("tool", PAGE, HELP, 20), EXPECTED);
  },
});
