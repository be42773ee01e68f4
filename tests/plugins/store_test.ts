import assert from "node:assert/strict";
import type { HandlerContext } from "../../lib/handler/handler.ts";
import store, { storeHandler, type StoreOptions } from "../../plugins/store.ts";
import { handlerConformance, HOSTILE_UIDS } from "../conformance/handler_conformance.ts";
import { openDataSet, someBytes } from "../conformance/store_request.ts";
import { safeFileName } from "../../plugins/file_name.ts";
import { requestOf, StorageArea } from "./storage_area.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };

const CONFORMANT: Readonly<Record<string, StoreOptions>> = {
  "store": {},
  "store, durable": { durable: true },
  "store, overwriting, as uid.dcm": { onExist: "overwrite", naming: "uid.dcm" },
};

for (const [name, options] of Object.entries(CONFORMANT)) {
  handlerConformance({
    name,
    async create() {
      const directory = await Deno.makeTempDir({ prefix: "store-" });
      return {
        handlers: storeHandler({ ...options, directory }),
        async stored(sopInstanceUid) {
          const dcm = options.naming === "uid.dcm";
          const name = safeFileName(dcm ? "" : "CT", sopInstanceUid) + (dcm ? ".dcm" : "");
          const kept: Uint8Array[] = [];
          for await (const entry of Deno.readDir(directory)) {
            assert(!entry.name.startsWith("."), `${entry.name} remains`);
            const mine = entry.name === name || entry.name.startsWith(`${name}-`);
            if (mine) kept.push(await Deno.readFile(`${directory}/${entry.name}`));
          }
          return kept;
        },
        dispose: () => Deno.remove(directory, { recursive: true }),
      };
    },
  });
}

const bytes = someBytes(1000, 1);
const others = someBytes(1000, 2);

Deno.test("`storeHandler()` writes the file meta information and the bytes as they came", async () => {
  await using area = await StorageArea.make();
  const dataSet = someBytes(3_000_000);
  assert.equal(await area.send({ bytes: dataSet, portions: [16_372, 5] }), 0x0000);
  assert.deepEqual(await area.names(), ["CT.1.2.3"]);
  const head = requestOf({}).fileMetaInformation();
  const file = await Deno.readFile(`${area.directory}/CT.1.2.3`);
  assert.deepEqual(file.subarray(0, head.byteLength), head);
  assert.deepEqual(file.subarray(head.byteLength), dataSet);
  assert.deepEqual(area.files, [{
    path: `${area.directory}/CT.1.2.3`,
    sopInstanceUid: "1.2.3",
    bytes: head.byteLength + 3_000_000,
    replaced: false,
  }]);
  assert.deepEqual(area.logged, []);
});

Deno.test("`storeHandler()` writes a stream that is no byte stream", async () => {
  await using area = await StorageArea.make();
  const dataSet = ReadableStream.from([bytes, others]);
  assert.equal(await area.send({ dataSet }), 0x0000);
  const stored = await area.dataSetOf("CT.1.2.3");
  assert.deepEqual(stored.subarray(0, 1000), bytes);
  assert.deepEqual(stored.subarray(1000), others);
});

const PREFIXES: Readonly<Record<string, string>> = {
  "1.2.840.10008.5.1.4.1.1.2": "CT",
  "1.2.840.10008.5.1.4.1.1.2.1": "CTE",
  "1.2.840.10008.5.1.4.1.1.4": "MR",
  "1.2.840.10008.5.1.4.1.1.4.1": "MRE",
  "1.2.840.10008.5.1.4.1.1.128": "PT",
  "1.2.840.10008.5.1.4.1.1.130": "PTE",
  "1.2.840.10008.5.1.4.1.1.481.1": "RI",
  "1.2.840.10008.5.1.4.1.1.481.2": "RD",
  "1.2.840.10008.5.1.4.1.1.481.5": "RP",
  "1.2.840.10008.5.1.4.1.1.481.3": "RS",
  "1.2.840.10008.5.1.4.1.1.1": "CR",
  "1.2.840.10008.5.1.4.1.1.6.1": "US",
  "1.2.840.10008.5.1.4.1.1.6.2": "USE",
  "1.2.840.10008.5.1.4.1.1.12.1": "XA",
  "1.2.840.10008.5.1.4.1.1.12.1.1": "XAE",
  "1.2.840.10008.5.1.4.1.1.20": "NM",
  "1.2.840.10008.5.1.4.1.1.7": "SC",
  "1.2.840.10008.5.1.4.1.1.66": "UN",
  "../x": "UN",
};

Deno.test("`storeHandler()` puts the prefix of the SOP class in front of the UID", async () => {
  await using area = await StorageArea.make();
  for (const [sopClassUid, prefix] of Object.entries(PREFIXES)) {
    area.events.length = 0;
    const sopInstanceUid = `1.2.${area.files.length}`;
    assert.equal(await area.send({ bytes, sopClassUid, sopInstanceUid }), 0x0000);
    assert.deepEqual(area.events, [`stored ${prefix}.${sopInstanceUid}`]);
  }
});

Deno.test("`storeHandler()` names files by UID when naming is uid.dcm", async () => {
  await using area = await StorageArea.make({ naming: "uid.dcm" });
  await area.send({ bytes });
  await area.send({ bytes: others });
  assert.deepEqual(await area.names(), ["1.2.3-1.dcm", "1.2.3.dcm"]);
});

Deno.test("`storeHandler()` stores under its directory whatever the UID says", async () => {
  await using area = await StorageArea.make({ directory: "a/b/c" });
  for (const sopInstanceUid of HOSTILE_UIDS) {
    assert.equal(await area.send({ bytes, sopInstanceUid }), 0x0000);
  }
  const names = await area.names();
  assert.equal(names.length, HOSTILE_UIDS.length);
  assert.equal(new Set(names.map((name) => name.toLowerCase())).size, HOSTILE_UIDS.length);
  for (const name of names) assert.match(name, /^CT\.[A-Za-z0-9_-]+-[0-9a-f]{32}$/);
  const { files } = area;
  assert(files.every(({ path }) => path.startsWith(`${area.directory}/CT.`)));
  assert.deepEqual(files.map(({ sopInstanceUid }) => sopInstanceUid), HOSTILE_UIDS);
});

Deno.test("`storeHandler()` does not write an instance again when the same data is there", async () => {
  await using area = await StorageArea.make();
  await area.send({ bytes });
  const before = await Deno.stat(`${area.directory}/CT.1.2.3`);
  assert.equal(await area.send({ bytes, callingAeTitle: "ANOTHER" }), 0x0000);
  const after = await Deno.stat(`${area.directory}/CT.1.2.3`);
  assert.equal(after.ino, before.ino);
  assert.deepEqual(after.mtime, before.mtime);
  assert.deepEqual(area.events, ["stored CT.1.2.3", "existing CT.1.2.3"]);
  assert.deepEqual(area.logged, [
    "debug: DICOM file already exists with the same data: DIR/CT.1.2.3",
  ]);
  assert.deepEqual(await area.names(), ["CT.1.2.3"]);
});

Deno.test("`storeHandler()` keeps different data beside the first, and warns", async () => {
  await using area = await StorageArea.make();
  const third = someBytes(999, 3);
  for (const dataSet of [bytes, others, third, others, bytes]) {
    assert.equal(await area.send({ bytes: dataSet }), 0x0000);
  }
  assert.deepEqual(area.events, [
    "stored CT.1.2.3",
    "stored CT.1.2.3-1",
    "stored CT.1.2.3-2",
    "existing CT.1.2.3-1",
    "existing CT.1.2.3",
  ]);
  const beside = "warn: DICOM file CT.1.2.3 already exists with other data, stored beside it: DIR/";
  assert.deepEqual(area.logged.filter((line) => line.startsWith("warn")), [
    `${beside}CT.1.2.3-1`,
    `${beside}CT.1.2.3-2`,
  ]);
  assert.deepEqual(await area.dataSetOf("CT.1.2.3"), bytes);
  assert.deepEqual(await area.dataSetOf("CT.1.2.3-1"), others);
  assert.deepEqual(await area.dataSetOf("CT.1.2.3-2"), third);
});

Deno.test("`storeHandler()` keeps the same data beside when its transfer syntax is another", async () => {
  await using area = await StorageArea.make();
  await area.send({ bytes });
  await area.send({ bytes, transferSyntaxUid: "1.2.840.10008.1.2.4.70" });
  assert.deepEqual(await area.names(), ["CT.1.2.3", "CT.1.2.3-1"]);
});

Deno.test("`storeHandler()` replaces the file and warns when it is to overwrite", async () => {
  await using area = await StorageArea.make({ onExist: "overwrite" });
  assert.equal(await area.send({ bytes }), 0x0000);
  assert.equal(await area.send({ bytes: others }), 0x0000);
  assert.deepEqual(await area.names(), ["CT.1.2.3"]);
  assert.deepEqual(await area.dataSetOf("CT.1.2.3"), others);
  assert.deepEqual(area.files.map(({ replaced }) => replaced), [false, true]);
  assert.deepEqual(area.logged, [
    "warn: DICOM file already exists, overwritten: DIR/CT.1.2.3",
  ]);
});

for (const onExist of ["if-different", "overwrite"] as const) {
  Deno.test(`\`storeHandler()\` does not write through a link when policy is ${onExist}`, async () => {
    await using area = await StorageArea.make({ onExist });
    const victim = `${area.directory}/victim`;
    await Deno.writeTextFile(victim, "untouched");
    await Deno.symlink("victim", `${area.directory}/CT.1.2.3`);
    await Deno.symlink("nowhere", `${area.directory}/CT.1.2.4`);
    assert.equal(await area.send({ bytes }), 0x0000);
    assert.equal(await area.send({ bytes, sopInstanceUid: "1.2.4" }), 0x0000);
    assert.equal(await Deno.readTextFile(victim), "untouched");
    const suffix = onExist === "overwrite" ? "" : "-1";
    assert.deepEqual(await area.dataSetOf(`CT.1.2.3${suffix}`), bytes);
    assert.deepEqual(await area.dataSetOf(`CT.1.2.4${suffix}`), bytes);
    assert.equal((await area.names()).includes("nowhere"), false);
  });

  Deno.test(`\`storeHandler()\` completes one UID sent 20 times at once when policy is ${onExist}`, async () => {
    await using area = await StorageArea.make({ onExist });
    const sent = Array.from({ length: 20 }, (_, i) => someBytes(300_000 + i, i));
    const replies = await Promise.all(
      sent.map((dataSet, i) => area.send({ bytes: dataSet, portions: [1000 + 97 * i] })),
    );
    assert.deepEqual(replies, sent.map(() => 0x0000));
    const names = await area.names();
    assert.equal(names.length, onExist === "overwrite" ? 1 : 20);
    for (const name of names) {
      const stored = await area.dataSetOf(name);
      assert.deepEqual(stored, sent[stored.byteLength - 300_000]);
    }
  });
}

Deno.test("`storeHandler()` keeps one file when the same instance comes 20 times at once", async () => {
  await using area = await StorageArea.make();
  const replies = await Promise.all(Array.from({ length: 20 }, () => area.send({ bytes })));
  assert.deepEqual(new Set(replies), new Set([0x0000]));
  assert.deepEqual(await area.names(), ["CT.1.2.3"]);
  assert.equal(area.events.filter((event) => event.startsWith("stored")).length, 1);
});

Deno.test("`storeHandler()` throws the data set's error on, and leaves no part", async () => {
  await using area = await StorageArea.make();
  const end = new Error("Data set is broken");
  for (const length of [0, 1, 262_144, 1_000_000]) {
    await assert.rejects(area.send({ bytes: someBytes(length), end }), end);
    assert.deepEqual(await area.names(), []);
  }
  assert.deepEqual([...area.events, ...area.logged], []);
});

Deno.test("`storeHandler()` leaves no part when the signal aborts a data set that stands still", async () => {
  await using area = await StorageArea.make();
  const association = new AbortController();
  const { stream, progress } = openDataSet({ bytes: someBytes(500_000), end: "stall" });
  const reply = area.send({ dataSet: stream, signal: association.signal });
  await progress.stalled;
  assert.match((await area.names()).join(), /^\.CT\.1\.2\.3\.\d+-[0-9a-f-]{36}\.part$/);
  association.abort(new Error("Association lost"));
  await assert.rejects(reply, /^Error: Association lost$/);
  assert.deepEqual(await area.names(), []);
  assert.equal(progress.ended, "cancelled");
});

Deno.test("`storeHandler()` makes its directory again when it was removed between instances", async () => {
  await using area = await StorageArea.make({ directory: "a/b" });
  await area.send({ bytes });
  await Deno.remove(area.directory, { recursive: true });
  assert.equal(await area.send({ bytes }), 0x0000);
  assert.deepEqual(await area.dataSetOf("CT.1.2.3"), bytes);
});

Deno.test("`store()` reads the options of the command line", async () => {
  const directory = await Deno.makeTempDir({ prefix: "store-" });
  try {
    const options = {
      directory: [`${directory}/in`],
      naming: ["uid.dcm"],
      "on-exist": ["overwrite"],
      durable: ["true"],
    };
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    const { signal } = new AbortController();
    const handlers = await store({ options, signal, associate, log: { ...log, warn } });
    assert.equal(await handlers.store?.(requestOf({ bytes })), 0x0000);
    assert.equal(await handlers.store?.(requestOf({ bytes: others })), 0x0000);
    const names: string[] = [];
    for await (const { name } of Deno.readDir(`${directory}/in`)) names.push(name);
    assert.deepEqual(names, ["1.2.3.dcm"]);
    assert.equal(warnings.length, 1);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

const associate = () => Promise.reject(new Error("There is no network here"));

const BAD_OPTIONS: readonly (readonly [HandlerContext["options"], string])[] = [
  [{ dir: ["x"] }, "dir: the options of store are directory, naming, filename, on-exist, durable"],
  [{ directory: ["x", "y"] }, "directory: it is given 2 times"],
  [{ directory: [""] }, "directory: it is empty"],
  [{ naming: ["uid"] }, 'naming: "uid" is none of sop-class-prefix, uid.dcm'],
  [
    { "on-exist": ["keep"] },
    'on-exist: "keep" is none of if-different, skip, overwrite, rename, fail',
  ],
  [{ durable: ["yes"] }, 'durable: "yes" is none of true, false'],
];

for (const [options, message] of BAD_OPTIONS) {
  Deno.test({
    name: `\`store()\` throws when an option is ${JSON.stringify(options)}`,
    permissions: "none",
    fn() {
      const { signal } = new AbortController();
      assert.throws(() => store({ options, log, signal, associate }), {
        name: "TypeError",
        message: `Cannot use handler option ${message}`,
      });
    },
  });
}
