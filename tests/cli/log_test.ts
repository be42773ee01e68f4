import assert from "node:assert/strict";
import { escapeControls, type LogLevel, ToolLog } from "../../cli/log.ts";

const LEVELS: readonly (readonly [level: LogLevel, written: string])[] = [
  ["debug", "D: d\nI: v\nI: i\nW: w\nE: e\n"],
  ["verbose", "I: v\nI: i\nW: w\nE: e\n"],
  ["info", "I: i\nW: w\nE: e\n"],
  ["warning", "W: w\nE: e\n"],
  ["error", "E: e\n"],
  ["critical", ""],
  ["quiet", ""],
];

for (const [level, expected] of LEVELS) {
  Deno.test({
    name: `ToolLog of level ${level} writes that level and above`,
    permissions: "none",
    fn: () => {
      let written = "";
      const log = new ToolLog(level, (text) => void (written += text));
      log.debug("d");
      log.verbose("v");
      log.info("i");
      log.warn("w");
      log.error("e");
      assert.equal(written, expected);
      assert.equal(log.writes("debug"), level === "debug");
    },
  });
}

Deno.test({
  name: "ToolLog cuts what is longer than anybody reads, but not for who looks for a fault",
  permissions: "none",
  fn: () => {
    const lines: string[] = [];
    const log = new ToolLog("debug", (line) => void lines.push(line));
    for (const length of [8000, 8001, 60_000]) log.error("\x1b".padEnd(length, "x"));
    log.debug("x".repeat(60_000));
    const cut = `E: \\x1b${"x".repeat(7999)}`;
    assert.deepEqual(lines, [
      `${cut}\n`,
      `${cut}... (1 more character)\n`,
      `${cut}... (52000 more characters)\n`,
      `D: ${"x".repeat(60_000)}\n`,
    ]);
  },
});

const TEXTS: readonly (readonly [text: string, shown: string])[] = [
  ["plain 123 äöü 漢字 \u{1f600}", "plain 123 äöü 漢字 \u{1f600}"],
  ["a\nI: forged", "a\\x0aI: forged"],
  ["\x1b]0;title\x07", "\\x1b]0;title\\x07"],
  ["\x7f\x80\x9b", "\\x7f\\x80\\x9b"],
  ["\u2028\u2029", "\\u2028\\u2029"],
  ["\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"],
  ["tab\tCR\r", "tab\\x09CR\\x0d"],
];

for (const [text, shown] of TEXTS) {
  Deno.test({
    name: `escapeControls() shows ${JSON.stringify(text)} harmlessly`,
    permissions: "none",
    fn: () => assert.equal(escapeControls(text), shown),
  });
}

Deno.test({
  name: "ToolLog.stack() writes stack and causes, line by line, for debug only",
  permissions: "none",
  fn: () => {
    const cause = new TypeError("inner");
    const error = new Error("outer", { cause });
    let written = "";
    new ToolLog("debug", (text) => void (written += text)).stack(error);
    const lines = written.split("\n");
    assert.equal(lines[0], "D: Error: outer");
    assert.ok(lines.includes("D: TypeError: inner"));
    assert.ok(lines.slice(0, -1).every((line) => line.startsWith("D: ")));
    written = "";
    new ToolLog("verbose", (text) => void (written += text)).stack(error);
    assert.equal(written, "");
  },
});
