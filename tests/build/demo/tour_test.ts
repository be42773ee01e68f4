import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { ArchiveServer } from "../../../build/demo/archive_server.ts";
import { DemoError } from "../../../build/demo/failure.ts";
import { reservePort } from "../../../build/demo/port.ts";
import { Processes } from "../../../build/demo/processes.ts";
import { invite, makeFiles, serveArchive, type Stage, tour } from "../../../build/demo/tour.ts";
import { makeWorkplace } from "../../../build/demo/workplace.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

async function withStage(use: (stage: Stage, written: () => string) => Promise<void>) {
  const never = new AbortController().signal;
  let text = "";
  await using workplace = await makeWorkplace(undefined);
  using movePort = reservePort();
  await using processes = new Processes({ directory: ROOT, cancel: never, abort: never });
  const io = { stdout: (more: string) => void (text += more), columns: undefined };
  await use({ io, directory: workplace.directory, processes, movePort }, () => text);
}

Deno.test("tour() finds out when something does not arrive", () =>
  withStage(async (stage) => {
    const expected = new Map([...await makeFiles(stage), ["1.2.3", "never was there"]]);
    const archive = await serveArchive(stage, "piped");
    await assert.rejects(
      tour(stage, archive, expected),
      new DemoError(
        "by C-MOVE came 68 of 69 instances as they are in the archive; 0 differ, 1 are missing, " +
          "0 were not asked for",
      ),
    );
  }));

Deno.test("tour() finds out when a tool fails", () =>
  withStage(async (stage, written) => {
    using nobody = reservePort();
    nobody.release();
    const archive: ArchiveServer = { port: nobody.port, event: "", ended: Promise.resolve() };
    await makeFiles(stage);
    await assert.rejects(
      tour(stage, archive, new Map()),
      new DemoError("storescu ended with exit code 3"),
    );
    assert.match(written(), /E: .*Cannot connect/);
  }));

Deno.test("invite() shows a command of each kind", () =>
  withStage((stage, written) => {
    invite(stage, { port: 11112, event: "", ended: Promise.resolve() });
    const tools = [...written().matchAll(/cli\/(\w+)\.ts QRSCP@127\.0\.0\.1:11112/g)]
      .map(([, tool]) => tool);
    assert.deepEqual(tools, ["echoscu", "storescu", "findscu", "findscu", "movescu", "getscu"]);
    return Promise.resolve();
  }));
