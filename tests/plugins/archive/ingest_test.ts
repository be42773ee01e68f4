import assert from "node:assert/strict";
import type { Status, StatusReply } from "../../../lib/handler/handler.ts";
import { ingestHandler } from "../../../plugins/archive/ingest.ts";
import { openDataSet, storeRequest } from "../../conformance/store_request.ts";
import { instanceDataSet } from "../../support/synthetic_instances.ts";
import { facts, keptLog } from "../archive_area.ts";

const IDENTITY = { StudyInstanceUID: ["1.2.3"], SeriesInstanceUID: ["1.2.3.4"] };

/** Stores one instance by a handler, whose index does what is told. */
async function store(
  directory: string,
  index: (path: string) => void,
  attributes: Readonly<Record<string, readonly string[]>> = IDENTITY,
  holderOf: (uid: string) => string | undefined = () => undefined,
): Promise<Status | StatusReply> {
  const filename = "{StudyInstanceUID}/{SOPInstanceUID}.dcm";
  const { log } = keptLog();
  const handler = ingestHandler({
    directory,
    filename,
    onExist: "if-different",
    durable: false,
    log,
    index,
    holderOf,
  });
  assert.deepEqual(handler.attributes, ["StudyInstanceUID", "SeriesInstanceUID"]);
  const { stream } = openDataSet({ bytes: instanceDataSet(facts("1.1")) });
  return await handler.store(storeRequest({ ...facts("1.1"), dataSet: stream, attributes }));
}

async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "archive-" });
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("ingestHandler() enters the file before it answers, also when it is there already", () =>
  inDirectory(async (directory) => {
    const paths: string[] = [];
    const index = (path: string): void => {
      assert.ok(Deno.statSync(path).size > 0);
      paths.push(path);
    };
    assert.equal(await store(directory, index), 0x0000);
    assert.equal(await store(directory, index), 0x0000);
    assert.deepEqual(paths, Array(2).fill(`${directory}/1.2.3/1.1.dcm`));
  }));

Deno.test("ingestHandler() keeps the file when the index refuses, and answers 0xA700", () =>
  inDirectory(async (directory) => {
    const index = (): never => {
      throw new Error("database or disk is full");
    };
    await assert.rejects(store(directory, index), {
      status: 0xa700,
      errorComment: "Stored, but not in the index: send it again",
    });
    assert.ok((await Deno.stat(`${directory}/1.2.3/1.1.dcm`)).size > 0);
    assert.equal(await store(directory, () => {}), 0x0000);
  }));

Deno.test("ingestHandler() stores when the index cannot say where an instance is", () =>
  inDirectory(async (directory) => {
    const fail = (): never => {
      throw new Error("disk I/O error");
    };
    assert.equal(await store(directory, () => {}, IDENTITY, fail), 0x0000);
    assert.ok((await Deno.stat(`${directory}/1.2.3/1.1.dcm`)).size > 0);
  }));

for (const keyword of Object.keys(IDENTITY)) {
  Deno.test(`ingestHandler() refuses an instance without ${keyword}`, () =>
    inDirectory(async (directory) => {
      const attributes = { ...IDENTITY, [keyword]: [] };
      const reply = await store(directory, () => {}, attributes);
      assert.deepEqual(reply, { status: 0xa900, errorComment: `${keyword} is missing` });
      assert.deepEqual(await Array.fromAsync(Deno.readDir(directory)), []);
    }));
}
