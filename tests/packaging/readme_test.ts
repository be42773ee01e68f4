/**
 * The command lines of the README grant each tool what it needs, and nothing else.
 *
 * @module
 */

import assert from "node:assert/strict";
import { leastFlags, permissionFlags, TOOLS } from "../../cli/tools.ts";

const README = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

/** The flags by program. */
const FLAGS: ReadonlyMap<string, readonly string[]> = new Map([
  ...TOOLS.map((tool) => [tool.name, leastFlags(tool)] as const),
  [
    "dimse",
    permissionFlags(TOOLS.flatMap(({ needs }) => needs.filter((need) => !need.isOptional))),
  ],
]);

for (const tool of TOOLS) {
  const { name } = tool;
  const flags = leastFlags(tool);
  Deno.test(`README installs ${name} with ${flags.join(" ")}`, () => {
    const line = `deno install -g ${flags.join(" ")} -n ${name} jsr:@dicom/dimse/${name}`;
    assert.ok(README.split("\n").includes(line), `it lacks the line: ${line}`);
  });
}

Deno.test("README runs no tool with other permissions", () => {
  const commands = [...README.matchAll(
    /deno (?:run|install|compile) [^`\n]*?(?:jsr:@dicom\/dimse|cli)\/([a-z]+)(?:\.ts)?\b[^`\n]*/g,
  )];
  assert.ok(commands.length > TOOLS.length);
  for (const [command, name = ""] of commands) {
    const given = command.split(" ").filter((word) => word.startsWith("--allow-"));
    // What is narrower, or there for an option, says so itself.
    const whole = given.filter((flag) => !flag.includes("="));
    const surplus = whole.filter((flag) => !FLAGS.get(name)?.includes(flag));
    assert.deepEqual(surplus, [], command);
  }
});
