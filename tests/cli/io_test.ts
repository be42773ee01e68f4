import assert from "node:assert/strict";
import { denoIo, reasonOf } from "../../cli/io.ts";

const REASONS: readonly (readonly [error: unknown, reason: string])[] = [
  [new Deno.errors.NotFound("x"), "there is no such file"],
  [new Deno.errors.IsADirectory("x"), "it is a directory"],
  [new Deno.errors.NotADirectory("x"), "a part of the path is no directory"],
  [new Deno.errors.AlreadyExists("x"), "there is a file of that name"],
  [new Deno.errors.PermissionDenied("x"), "permission denied"],
  [new Error("x"), "x"],
  ["x", "x"],
];

for (const [error, reason] of REASONS) {
  Deno.test({
    name: `reasonOf() says "${reason}"`,
    permissions: "none",
    fn: () => assert.equal(reasonOf(error), reason),
  });
}

Deno.test({
  name: "denoIo.onSignal() lets a real Ctrl-C end a real tool with 130",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const tool = new URL("../../cli/echoscu.ts", import.meta.url).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-net", tool, "127.0.0.1", `${listener.addr.port}`],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const connection = await listener.accept();
    // It has asked for an association, and waits: nobody answers.
    await connection.read(new Uint8Array(1024));
    child.kill("SIGINT");
    // It aborts; the end of the connection is the answer.
    await connection.read(new Uint8Array(1024));
    connection.close();
    listener.close();
    const { code, stderr, stdout } = await child.output();
    assert.equal(new TextDecoder().decode(stderr), "E: Cancelled\n");
    assert.equal(stdout.byteLength, 0);
    assert.equal(code, 130);
  },
});

Deno.test("denoIo.readFile() reads the bytes", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, Uint8Array.of(1, 2, 3));
  assert.deepEqual(await denoIo.readFile(path), Uint8Array.of(1, 2, 3));
  await Deno.remove(path);
  await assert.rejects(denoIo.readFile(path), Deno.errors.NotFound);
});

Deno.test({
  name: "denoIo.environment() reads a variable",
  permissions: { env: ["DIMSE_TEST_VARIABLE", "DIMSE_TEST_UNSET"] },
  fn: () => {
    Deno.env.set("DIMSE_TEST_VARIABLE", "value");
    assert.equal(denoIo.environment?.("DIMSE_TEST_VARIABLE"), "value");
    Deno.env.delete("DIMSE_TEST_VARIABLE");
    assert.equal(denoIo.environment?.("DIMSE_TEST_UNSET"), undefined);
  },
});

Deno.test({
  name: "denoIo.environment() asks nobody for a permission that is not there",
  permissions: { env: ["DIMSE_TEST_VARIABLE"] },
  fn: () => assert.equal(denoIo.environment?.("DIMSE_TEST_OTHER"), null),
});
