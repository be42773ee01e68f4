import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import { requireSpaceKnown, requireWritable } from "../../cli/output_directory.ts";

Deno.test("requireWritable() leaves nothing behind", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await requireWritable(directory);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(directory)), []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("requireWritable() tells what is the matter of a directory", async () => {
  const parent = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${parent}/file`, "");
    const cases: [directory: string, reason: RegExp][] = [
      [`${parent}/missing`, /: there is no such directory$/],
      [`${parent}/file`, /: a part of the path is no directory$/],
    ];
    // Nobody may write there, root neither.
    if (Deno.build.os === "linux") cases.push(["/sys", /: permission denied$/]);
    for (const [directory, reason] of cases) {
      await assert.rejects(
        requireWritable(directory),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.ok(error.message.startsWith(`Cannot write to output directory ${directory}: `));
          assert.match(error.message, reason);
          return true;
        },
      );
    }
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("requireSpaceKnown() is content with a directory, and tells what is missing", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await requireSpaceKnown(directory);
    await assert.rejects(requireSpaceKnown(`${directory}/missing`), {
      name: "UsageError",
      message: /^Cannot keep space free in .*\/missing: /,
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test({
  name: "requireSpaceKnown() tells which permission is missing",
  permissions: { read: true, sys: false },
  fn: async () => {
    await assert.rejects(requireSpaceKnown("."), {
      name: "UsageError",
      message: "Cannot keep space free in .: run this program with --allow-sys=statfs",
    });
  },
});
