import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import { directoryPath, filePath } from "../../cli/path_parser.ts";

for (
  const [path, metavar, type] of [[filePath, "FILE", "file"], [
    directoryPath,
    "DIRECTORY",
    "directory",
  ]] as const
) {
  Deno.test({
    name: `${path.name}() takes any path, and refuses none at all`,
    permissions: "none",
    fn: () => {
      const parser = path();
      assert.equal(parser.metavar, metavar);
      assert.deepEqual(parser.parse("a/b c"), { success: true, value: "a/b c" });
      assert.equal(parser.format("a/b c"), "a/b c");
      for (const empty of ["", " "]) {
        const result = parser.parse(empty);
        assert.ok(!result.success);
        assert.equal(formatMessage(result.error), "the path is empty");
      }
    },
  });

  for (
    const [prefix, includeHidden] of [
      ["", false],
      ["a", false],
      [".", true],
      [".a", true],
      ["..", false],
      ["a/.b", true],
      ["a/..", false],
      [".a/b", false],
      ["a.b", false],
      ["C:\\.a", true],
    ] as const
  ) {
    Deno.test({
      name:
        `${path.name}() has the shell complete "${prefix}" by ${type}, hidden ones: ${includeHidden}`,
      permissions: "none",
      fn: () => {
        const suggestions = [...path().suggest?.(prefix) ?? []];
        assert.deepEqual(suggestions, [{ kind: "file", pattern: prefix, type, includeHidden }]);
      },
    });
  }
}
