import assert from "node:assert/strict";
import { codeBlocks, commandsOf } from "./documents.ts";

Deno.test({
  name: "commandsOf() finds the commands and what they write",
  permissions: "none",
  fn() {
    const text = [
      "Text, `inline` too.",
      "",
      "```sh",
      "# A remark.",
      "one",
      "two \\",
      "  --more",
      "while read -r uid; do",
      '  three "$uid"',
      "done < uids.txt",
      "find . |",
      "  four -",
      "```",
      "",
      "```ts ignore",
      "five();",
      "```",
      "",
      "```console",
      "$ six \\",
      "    --more",
      "W: written",
      "…",
      "$ seven",
      "```",
    ].join("\n");
    assert.deepEqual(commandsOf(text), [
      { line: 5, text: "one", shown: undefined },
      { line: 6, text: "two \\\n  --more", shown: undefined },
      { line: 8, text: 'while read -r uid; do\n  three "$uid"\ndone < uids.txt', shown: undefined },
      { line: 11, text: "find . |\n  four -", shown: undefined },
      { line: 20, text: "six \\\n    --more", shown: ["W: written", "…"] },
      { line: 24, text: "seven", shown: [] },
    ]);
    assert.deepEqual(codeBlocks(text).map(({ language }) => language), [
      "sh",
      "ts ignore",
      "console",
    ]);
  },
});

Deno.test({
  name: "codeBlocks() does not read a block without an end",
  permissions: "none",
  fn: () => assert.throws(() => codeBlocks("```sh\none\n"), /line 1/),
});
