import assert from "node:assert/strict";
import { CHECKSUMS, enterChecksums } from "../../build/checksums.ts";

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

async function withDirectory(fn: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_checksums_" });
  try {
    await fn(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("enterChecksums() writes what sha256sum --check reads", () =>
  withDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/linux-x64`);
    await Deno.writeTextFile(`${directory}/linux-x64/movescu`, "abc");
    await Deno.writeTextFile(`${directory}/echoscu`, "");
    await enterChecksums(directory, ["linux-x64/movescu", "echoscu"]);
    const text = await Deno.readTextFile(`${directory}/${CHECKSUMS}`);
    assert.equal(text, `${EMPTY}  echoscu\n${ABC}  linux-x64/movescu\n`);
    if (Deno.build.os !== "linux") return;
    const command = new Deno.Command("sha256sum", {
      args: ["--check", "--strict", CHECKSUMS],
      cwd: directory,
    });
    const { success, stderr } = await command.output();
    assert.ok(success, new TextDecoder().decode(stderr));
  }));

Deno.test("enterChecksums() keeps the files of earlier runs that are still there", () =>
  withDirectory(async (directory) => {
    for (const name of ["kept", "changed", "gone"]) {
      await Deno.writeTextFile(`${directory}/${name}`, "");
    }
    await enterChecksums(directory, ["kept", "changed", "gone"]);
    await Deno.remove(`${directory}/gone`);
    await Deno.writeTextFile(`${directory}/changed`, "abc");
    await enterChecksums(directory, ["changed"]);
    const text = await Deno.readTextFile(`${directory}/${CHECKSUMS}`);
    assert.equal(text, `${ABC}  changed\n${EMPTY}  kept\n`);
  }));

Deno.test("enterChecksums() sums files that are larger than what is read at once", () =>
  withDirectory(async (directory) => {
    const bytes = new Uint8Array(3_000_001).fill(7);
    await Deno.writeFile(`${directory}/large`, bytes);
    await enterChecksums(directory, ["large"]);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    assert.equal(await Deno.readTextFile(`${directory}/${CHECKSUMS}`), `${digest}  large\n`);
  }));
