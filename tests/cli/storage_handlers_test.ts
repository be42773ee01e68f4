import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import type { HandlerChoice } from "../../cli/handler_options.ts";
import { denoIo } from "../../cli/io.ts";
import { ToolLog } from "../../cli/log.ts";
import { storageHandlers, type StorageHandlersOptions } from "../../cli/storage_handlers.ts";
import type { StorageChoice } from "../../cli/storage_options.ts";
import type { Handlers, StoreRequest } from "../../lib/handler/handler.ts";
import { openDataSet, storeRequest } from "../conformance/store_request.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { instance } from "./tool_bench.ts";

interface Books {
  readonly options: Omit<StorageHandlersOptions, "choice">;
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
      log: new ToolLog("verbose", (text) => void (kept.lines += text)),
      io: { ...denoIo, environment: () => undefined },
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

function chosen(change: Partial<StorageChoice> = {}): StorageChoice {
  return {
    handlers: [{ specifier: undefined, options: {} }],
    ignore: false,
    directory: undefined,
    files: { filename: undefined, onExist: undefined, durable: false, minimumFree: undefined },
    limits: {},
    sandbox: false,
    hosts: [],
    ...change,
  };
}

async function statusOf({ store }: Handlers, sopInstanceUid: string): Promise<number | undefined> {
  const reply = await store?.(request(sopInstanceUid));
  return typeof reply === "object" ? reply.status : reply;
}

Deno.test("storageHandlers() make the directory, store, and enter it in the books", () =>
  withDirectory(async (directory) => {
    const kept = books();
    const into = `${directory}/a/b`;
    await using storing = await storageHandlers({
      ...kept.options,
      choice: chosen({ directory: into }),
    });
    assert.deepEqual([storing.directory, storing.fate], [into, `go to ${into}`]);
    assert.equal(await statusOf(storing.handlers, "1.2.3"), 0x0000);
    assert.equal(await statusOf(storing.handlers, "1.2.3"), 0x0000);
    const { size } = await Deno.stat(`${into}/CT.1.2.3`);
    assert.deepEqual(kept.bytes, [size, size]);
    assert.equal(
      kept.lines,
      "I: Handler store (built-in): store 1.0.0, offers store\n" +
        "I: Storing DICOM file: CT.1.2.3\nI: DICOM file already exists: CT.1.2.3\n",
    );
    assert.equal(kept.failures, 0);
  }));

Deno.test("storageHandlers() remove what a killed process left, before anybody sends", () =>
  withDirectory(async (directory) => {
    const part = `${directory}/.CT.1.2.3.4711-${crypto.randomUUID()}.part`;
    await Deno.writeTextFile(part, "");
    await using _storing = await storageHandlers({
      ...books().options,
      choice: chosen({ directory }),
    });
    await assert.rejects(Deno.lstat(part), Deno.errors.NotFound);
  }));

Deno.test("storageHandlers() enter what the file system refuses", () =>
  withDirectory(async (directory) => {
    const kept = books();
    const into = `${directory}/in`;
    const choice = chosen({ directory: into });
    await using storing = await storageHandlers({ ...kept.options, choice });
    await Deno.remove(into);
    await Deno.writeTextFile(into, "");
    assert.equal(await statusOf(storing.handlers, "1.2.3"), 0xa700);
    assert.equal(kept.failures, 1);
    const below = chosen({ directory: `${into}/x` });
    await assert.rejects(storageHandlers({ ...kept.options, choice: below }), UsageError);
  }));

Deno.test("storageHandlers() drop the data when nothing is to be kept", async () => {
  const kept = books();
  await using storing = await storageHandlers({
    ...kept.options,
    choice: chosen({ ignore: true }),
  });
  assert.deepEqual([storing.directory, storing.fate], [undefined, "are not kept"]);
  assert.equal(await statusOf(storing.handlers, "1.2.3"), 0x0000);
  assert.deepEqual(kept.bytes, []);
});

Deno.test("storageHandlers() chain, each with its options, and store by the options of both", () =>
  withDirectory(async (directory) => {
    const kept = books();
    const module = `${directory}/count.ts`;
    await Deno.writeTextFile(module, COUNTING);
    const counted = `${directory}/counted`;
    {
      await using storing = await storageHandlers({
        ...kept.options,
        choice: chosen({
          directory: `${directory}/in`,
          files: {
            filename: "{PatientID}/{SOPInstanceUID}.dcm",
            onExist: undefined,
            durable: false,
            minimumFree: undefined,
          },
          handlers: [
            { specifier: "store", options: { "on-exist": ["fail"] } },
            { specifier: module, options: { into: [counted] } },
          ],
        }),
      });
      assert.equal(storing.fate, `go to handler store and counting, files to ${directory}/in`);
      assert.deepEqual(storing.handlers.attributes, ["PatientID"]);
      assert.equal(await statusOf(storing.handlers, "1.2.3"), 0x0000);
      assert.equal(await statusOf(storing.handlers, "1.2.3"), 0x0111);
    }
    assert.ok((await Deno.stat(`${directory}/in/unknown/1.2.3.dcm`)).isFile);
    // Written when it was disposed of, by a handler whose signal was aborted before.
    assert.equal(await Deno.readTextFile(counted), "2 true");
    assert.match(kept.lines, /I: Handler .*count\.ts \(file\): counting 1\.2, offers store/);
    assert.match(kept.lines, /W: counting: instance 1/);
  }));

/** It tells what it got by what it writes. */
const COUNTING = `
export const name = "counting";
export const version = "1.2";
let count = 0;
export default ({ options, log, signal }: { options: Record<string, string[]> }) => ({
  async store({ dataSet }: { dataSet: ReadableStream }): Promise<number> {
    log.warn("instance " + ++count);
    await dataSet.cancel();
    return 0;
  },
  async [Symbol.asyncDispose]() {
    await Deno.writeTextFile(options.into[0], count + " " + signal.aborted);
  },
});
`;

const UNUSABLE: readonly (readonly [string, Partial<StorageChoice>, RegExp])[] = [
  ["has another name", { handlers: [{ specifier: "stor", options: {} }] }, /stor.*store/],
  [
    "is not there",
    { handlers: [{ specifier: "./nowhere/handler.ts", options: {} }] },
    /nowhere\/handler\.ts/,
  ],
  [
    "takes no instances",
    { handlers: [{ specifier: data("export default () => ({ find() {} })"), options: {} }] },
    /Cannot use handler .*: it takes no instances, for it has no store\(\)/,
  ],
  [
    "does not take its options",
    { handlers: [{ specifier: "store", options: { colour: ["red"] } }] },
    /Cannot use handler option colour: the options of store are/,
  ],
  [
    "throws when it is made",
    {
      handlers: [{
        specifier: data("export default () => { throw Error('no luck') }"),
        options: {},
      }],
    },
    /Cannot start handler data:.*: no luck/,
  ],
  [
    "comes from a host that is not there",
    { handlers: [{ specifier: "https://127.0.0.1:1/handler.ts", options: {} }] },
    /https:\/\/127\.0\.0\.1:1\/handler\.ts/,
  ],
];

function data(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

for (const [what, change, message] of UNUSABLE) {
  Deno.test(`storageHandlers() refuse a handler that ${what}`, async () => {
    const { options } = books();
    await assert.rejects(storageHandlers({ ...options, choice: chosen(change) }), (error) => {
      assert(error instanceof UsageError, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}

Deno.test({
  name: "storageHandlers() refuse a handler that needs more than this program may do",
  permissions: { read: true, write: true, run: false, env: false },
  async fn() {
    const source =
      "export const permissions = { run: ['sh'] }; export default () => ({ store() {} })";
    const { options } = books();
    const choice = chosen({ handlers: [{ specifier: data(source), options: {} }] });
    await assert.rejects(storageHandlers({ ...options, choice }), (error) => {
      assert(error instanceof UsageError, String(error));
      assert.match(error.message, /it needs --allow-run=sh, which this program does not have/);
      return true;
    });
  },
});

Deno.test("storageHandlers() take the handler that was compiled in, unless another is named", async () => {
  const { options } = books();
  const store = (): number => 0xb000;
  const bakedHandler = { specifier: "./mine.ts", module: { default: () => ({ store }) } };
  const io = { ...options.io, bakedHandler };
  await using mine = await storageHandlers({ ...options, io, choice: chosen() });
  assert.equal(await statusOf(mine.handlers, "1.2.3"), 0xb000);
  await assert.rejects(
    storageHandlers({ ...options, io, choice: chosen({ directory: "in" }) }),
    /Cannot use -od in: handler \.\/mine\.ts was compiled in/,
  );
  const ignore = chosen({ handlers: [{ specifier: "ignore", options: {} }] });
  await using other = await storageHandlers({ ...options, io, choice: ignore });
  assert.equal(await statusOf(other.handlers, "1.2.3"), 0x0000);
});

/** Three of them: disposing of the one in the middle is what the case is about. */
async function disposeOf(
  middle: string,
): Promise<Pick<Books, "lines" | "failures"> & { readonly clock: FakeClock }> {
  const clock = new FakeClock();
  const kept = books();
  const io = { ...kept.options.io, clock };
  const member = (name: string, body: string): HandlerChoice => ({
    specifier: data(`
      export const name = "${name}";
      export default ({ log }) => ({ store: () => 0, [Symbol.asyncDispose]() { ${body} } });
    `),
    options: {},
  });
  const told = "log.info('disposed of');";
  const handlers = [member("first", told), member("middle", middle), member("last", told)];
  const storing = await storageHandlers({
    ...kept.options,
    io,
    choice: chosen({ handlers }),
  });
  kept.lines = "";
  const over = storing[Symbol.asyncDispose]();
  await clock.advance(30_000);
  await over;
  return { lines: kept.lines, failures: kept.failures, clock };
}

const BAD_ENDS: readonly (readonly [what: string, body: string, why: string])[] = [
  ["throws", "throw new Error('index is gone')", "index is gone"],
  ["rejects", "return Promise.reject(Error('index is gone'))", "index is gone"],
  ["hangs", "return new Promise(() => {})", "it is not done after 30 s"],
];

for (const [what, body, why] of BAD_ENDS) {
  Deno.test(`storageHandlers() dispose of the others when disposing of one ${what}`, async () => {
    const { lines, failures, clock } = await disposeOf(body);
    assert.equal(
      lines,
      `I: last: disposed of\nE: Cannot end handler middle: ${why}\nI: first: disposed of\n`,
    );
    assert.equal(failures, 1);
    assert.equal(clock.pending, 0);
  });
}
