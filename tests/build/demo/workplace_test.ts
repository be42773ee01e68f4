import assert from "node:assert/strict";
import { makeInstance } from "../../../build/demo/instance.ts";
import { makeWorkplace, writeInstance } from "../../../build/demo/workplace.ts";
import { UsageError } from "../../../cli/exit_code.ts";

const exists = async (path: string): Promise<boolean> =>
  await Deno.stat(path).then(() => true, () => false);

Deno.test("makeWorkplace() makes a directory, and removes it with all that is in it", async () => {
  let directory = "";
  {
    await using workplace = await makeWorkplace(undefined);
    directory = workplace.directory;
    const parts = { sopClassUid: "1.2", sopInstanceUid: "1.2.3", keys: [] };
    await writeInstance(directory, makeInstance({ ...parts, path: "a/b/0001.dcm" }));
    assert.ok(await exists(`${directory}/a/b/0001.dcm`));
  }
  assert.ok(!await exists(directory));
});

Deno.test("makeWorkplace() keeps a directory that it was given, if it was empty", async () => {
  const directory = await Deno.makeTempDir({ prefix: "dimse_workplace_" });
  try {
    const keep = `${directory}/deep/inside`;
    for (let time = 0; time < 2; time++) {
      await using workplace = await makeWorkplace(keep);
      assert.equal(workplace.directory, keep);
    }
    assert.ok(await exists(keep));
    await Deno.writeTextFile(`${keep}/notes.txt`, "");
    await assert.rejects(
      makeWorkplace(keep),
      (error) => error instanceof UsageError && /there is notes\.txt in it/.test(error.message),
    );
    assert.ok(await exists(`${keep}/notes.txt`));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
