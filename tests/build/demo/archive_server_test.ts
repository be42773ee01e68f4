import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startArchive } from "../../../build/demo/archive_server.ts";
import { ArchiveCommands, serveCommand } from "../../../build/demo/commands.ts";
import { DemoError } from "../../../build/demo/failure.ts";
import { Processes } from "../../../build/demo/processes.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

async function withProcesses(
  use: (processes: Processes, directory: string, stop: () => void) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_archive_server_" });
  const [cancel, abort] = [new AbortController(), new AbortController()];
  const signals = { cancel: cancel.signal, abort: abort.signal };
  try {
    await using processes = new Processes({ directory: ROOT, ...signals });
    await use(processes, directory, () => cancel.abort());
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("startArchive() starts an archive that answers, until it is stopped", () =>
  withProcesses(async (processes, directory, stop) => {
    const command = serveCommand(`${directory}/archive`, 1);
    const archive = await startArchive(command, processes, "piped");
    assert.match(archive.event, /"event":"listening"/);
    const { code } = await processes.run(new ArchiveCommands(archive.port, 1).echo());
    assert.equal(code, 0);
    stop();
    await archive.ended;
  }));

Deno.test("startArchive() tells why the archive has ended instead", () =>
  withProcesses(async (processes, directory) => {
    await Deno.writeTextFile(`${directory}/file`, "");
    await assert.rejects(
      startArchive(serveCommand(`${directory}/file/archive`, 1), processes, "piped"),
      (error) =>
        error instanceof DemoError &&
        /^Cannot start qrscp: it ended with 2\n.*Cannot/.test(error.message),
    );
  }));
