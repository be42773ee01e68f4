import assert from "node:assert/strict";
import { join } from "node:path";
import { conformanceRules, type Subject } from "../../../plugins/conformance.ts";
import type { Bench } from "../../../plugins/conformance/trial.ts";
import { smallDisk, whyNoSmallDisk } from "../../support/small_disk.ts";

/** Writes straight to the file of the UID, with a fault for each test. */
function writer(
  { directory }: Bench,
  { onFailure, status }: { onFailure(path: string): Promise<void>; readonly status: number },
): Subject {
  return {
    handlers: {
      async store({ dataSet, sopInstanceUid }) {
        const path = join(directory, sopInstanceUid);
        try {
          await Deno.writeFile(path, dataSet);
          return 0x0000;
        } catch {
          await onFailure(path);
          return status;
        }
      },
    },
    async stored(sopInstanceUid) {
      try {
        return [await Deno.readFile(join(directory, sopInstanceUid))];
      } catch {
        return [];
      }
    },
  };
}

const HANDLERS = [
  ["removes what it could not write", Deno.remove, 0xa700, undefined],
  ["answers another failure", Deno.remove, 0xc000, /answered 0xc000, not 0xa7xx/],
  ["answers success", Deno.remove, 0x0000, /answered 0x0, not 0xa7xx/],
  ["leaves what it could write", () => Promise.resolve(), 0xa700, /Not as many instances/],
  [
    "hides what it could write",
    (path: string) => Deno.rename(path, `${path}.bad`),
    0xa700,
    /There is room for 262144 bytes, and the handler refused them/,
  ],
] as const;

for (const [what, onFailure, status, found] of HANDLERS) {
  Deno.test({
    name: `\`fullDiskRule()\` ${found ? "finds" : "passes"} a handler that ${what}` +
      (whyNoSmallDisk === undefined ? "" : ` [skipped: ${whyNoSmallDisk}]`),
    ignore: whyNoSmallDisk !== undefined,
    async fn() {
      await using disk = await smallDisk(8);
      const rule = conformanceRules({
        name: "writer",
        create: (_context, bench) => writer(bench, { onFailure, status }),
        smallDirectory: disk.directory,
      }).at(-1);
      const check = async (): Promise<void> => await rule?.check();
      if (found === undefined) await check();
      else await assert.rejects(check, { name: "AssertionError", message: found });
      assert.deepEqual(await Array.fromAsync(Deno.readDir(disk.directory)), []);
    },
  });
}

Deno.test("`fullDiskRule()` does not fill a disk that is not small", async () => {
  const directory = await Deno.makeTempDir({ prefix: "large_" });
  try {
    const rule = conformanceRules({
      name: "any",
      create: () => ({ store: () => 0xa700 }),
      smallDirectory: directory,
    }).at(-1);
    await assert.rejects(async () => await rule?.check(), /bytes of room: take a smaller one/);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(directory)), []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
