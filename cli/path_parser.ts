/**
 * Paths as values of options: the shell completes them.
 *
 * @module
 */

import { message } from "@optique/core/message";
import type { NonEmptyString } from "@optique/core/nonempty";
import type { ValueParser } from "@optique/core/valueparser";

/**
 * A file's path, which the shell completes.
 *
 * @returns A parser of a path.
 */
export function filePath(): ValueParser<"sync", string> {
  return pathParser("FILE", "file");
}

/**
 * A directory's path, which the shell completes.
 *
 * @returns A parser of a path.
 */
export function directoryPath(): ValueParser<"sync", string> {
  return pathParser("DIRECTORY", "directory");
}

function pathParser(
  metavar: NonEmptyString,
  type: "file" | "directory",
): ValueParser<"sync", string> {
  return {
    mode: "sync",
    metavar,
    placeholder: ".",
    parse: (input) =>
      input.trim() === ""
        ? { success: false, error: message`the path is empty` }
        : { success: true, value: input },
    format: (value) => value,
    *suggest(prefix) {
      yield { kind: "file", pattern: prefix, type, includeHidden: HIDDEN.test(prefix) };
    },
  };
}

/** The last name of the path begins with a dot, and is not the directory above. */
const HIDDEN = /(?:^|[/\\])\.(?!\.$)[^/\\]*$/;
