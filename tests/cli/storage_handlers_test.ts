import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import { ToolLog } from "../../cli/log.ts";
import { storageHandlers, type StorageHandlersOptions } from "../../cli/storage_handlers.ts";
import type { StoreRequest } from "../../lib/handler/handler.ts";
import { openDataSet, storeRequest } from "../conformance/store_request.ts";
import { instance } from "./tool_bench.ts";

interface Books {
  readonly options: Omit<StorageHandlersOptions, "directory">;
  readonly bytes: number[];
  failures: number;
  lines: string;
}

function books(): Books {
  const kept: Books = {
    bytes: [],
    failures: 0,
    lines: "",
    options: {
      ledger: {
        stored: (bytes) => void kept.bytes.push(bytes),
        storageFailed: () => void (kept.failures += 1),
      },
      log: new ToolLog("info", (text) => void (kept.lines += text)),
    },
  };
  return kept;
}

function request(sopInstanceUid: string): StoreRequest {
  const { stream } = openDataSet({ bytes: instance(sopInstanceUid) });
  return storeRequest({ sopInstanceUid, dataSet: stream });
}

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("storageHandlers() make the directory, store, and enter it in the books", () =>
  withDirectory(async (directory) => {
    const kept = books();
    const into = `${directory}/a/b`;
    const handlers = await storageHandlers({ ...kept.options, directory: into });
    assert.equal(await handlers.store?.(request("1.2.3")), 0x0000);
    assert.equal(await handlers.store?.(request("1.2.3")), 0x0000);
    const { size } = await Deno.stat(`${into}/CT.1.2.3`);
    assert.deepEqual(kept.bytes, [size, size]);
    assert.equal(
      kept.lines,
      "I: Storing DICOM file: CT.1.2.3\nI: DICOM file already exists: CT.1.2.3\n",
    );
    assert.equal(kept.failures, 0);
  }));

Deno.test("storageHandlers() enter what the file system refuses", () =>
  withDirectory(async (directory) => {
    const kept = books();
    const into = `${directory}/in`;
    const handlers = await storageHandlers({ ...kept.options, directory: into });
    await Deno.remove(into);
    await Deno.writeTextFile(into, "");
    const reply = await handlers.store?.(request("1.2.3"));
    assert.equal(typeof reply === "object" ? reply.status : reply, 0xa700);
    assert.equal(kept.failures, 1);
    await assert.rejects(storageHandlers({ ...kept.options, directory: `${into}/x` }), UsageError);
  }));

Deno.test("storageHandlers() drop the data when there is no directory", async () => {
  const kept = books();
  const handlers = await storageHandlers({ ...kept.options, directory: undefined });
  assert.equal(await handlers.store?.(request("1.2.3")), 0x0000);
  assert.deepEqual([kept.bytes, kept.lines], [[], ""]);
});
