import assert from "node:assert/strict";
import { codeOf, PathError, StorageError, storageError } from "../../plugins/storage_error.ts";
import { pure } from "../support/pure.ts";

const place = { file: "4711/CT.1.2.3", directory: "received" };

function systemError(code: string): Error {
  return Object.assign(new Error(`${code} (os error)`), { code });
}

/** What was thrown, what is said, and what is answered. */
const CASES: readonly (readonly [error: unknown, reason: string, code: string, status: number])[] =
  [
    [systemError("ENOSPC"), "no space left", "ENOSPC", 0xa700],
    [systemError("EXDEV"), "directory is on another file system", "EXDEV", 0xa700],
    [systemError("EDEADLK"), "file system error", "EDEADLK", 0xa700],
    [new Deno.errors.NotCapable("no"), "permission denied", "NotCapable", 0xa700],
    [
      new Deno.errors.AlreadyExists("x"),
      "too many versions of one instance",
      "AlreadyExists",
      0xa700,
    ],
    [new PathError("SymbolicLink", "a/b"), "directory is a symbolic link", "SymbolicLink", 0xa700],
    [new PathError("NotADirectory", "a/b"), "not a directory", "NotADirectory", 0xa700],
    [
      new PathError("NotAFile", "a"),
      "name is taken by what is no instance",
      "NotAFile",
      0xa700,
    ],
    [new PathError("Duplicate", "a/b"), "name is taken", "Duplicate", 0x0111],
    [new TypeError("bug"), "file system error", "TypeError", 0xa700],
    ["no error", "file system error", "unknown", 0xa700],
  ];

for (const [error, reason, code, status] of CASES) {
  pure(`\`storageError()\` says ${reason} when it is ${code}`, () => {
    const told = storageError(place, error);
    assert(told instanceof StorageError);
    assert.equal(told.message, `Cannot store 4711/CT.1.2.3 in received: ${reason} (${code})`);
    assert.deepEqual([told.reason, told.status, told.cause], [reason, status, error]);
    assert.equal(codeOf(error), code);
    // The Error Comment has room for 64 characters.
    assert(`Out of resources: ${reason}`.length <= 64, reason);
  });
}

pure("`PathError` tells the path", () => {
  assert.equal(
    new PathError("SymbolicLink", "a/b").message,
    "Cannot use a/b: directory is a symbolic link",
  );
});
