import assert from "node:assert/strict";
import type { Awaitable, HandlerContext, HandlerModule } from "../../lib/handler/handler.ts";
import store, { type StoredFile, storeHandler, type StoreOptions } from "../../plugins/store.ts";
import * as module from "../../plugins/store.ts";
import { handlerConformance } from "../../plugins/conformance.ts";
import { HOSTILE_UIDS } from "../../plugins/conformance/hostile_uids.ts";
import { safeFileName } from "../../plugins/file_name.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import type { Vr } from "../../lib/data_set/vr.ts";
import { DataSetStream } from "../../lib/service/data_set_stream.ts";
import { openDataSet, someBytes } from "../conformance/store_request.ts";
import { CT, EXPLICIT } from "../support/core_pair.ts";
import { INSTANCE, served, storeRequest } from "../support/served.ts";
import { requestOf, StorageArea } from "./storage_area.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Ways to store, and how the file of an instance is called, but for a number. */
const CONFORMANT: Readonly<Record<string, readonly [StoreOptions, name: string]>> = {
  "store": [{}, "CT.UID"],
  "store, durable": [{ durable: true }, "CT.UID"],
  "store, overwriting, as uid.dcm": [{ onExist: "overwrite", naming: "uid.dcm" }, "UID.dcm"],
  "store, skipping": [{ onExist: "skip" }, "CT.UID"],
  "store, renaming": [{ onExist: "rename" }, "CT.UID"],
  "store, refusing others": [{ onExist: "fail" }, "CT.UID"],
  "store, by attributes": [{ filename: "{PatientID}/{SOPInstanceUID}.dcm" }, "UID.dcm"],
  "store, by attributes, skipping, durable": [
    { filename: "{PatientID}/{SOPInstanceUID}.dcm", onExist: "skip", durable: true },
    "UID.dcm",
  ],
};

async function* filesIn(directory: string): AsyncGenerator<{ path: string; name: string }> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) yield* filesIn(path);
    else yield { path, name };
  }
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && left.every((byte, i) => byte === right[i]);
}

for (const [name, [options, pattern]] of Object.entries(CONFORMANT)) {
  handlerConformance({
    name,
    create: (_context, { directory }) => ({
      handlers: storeHandler({ ...options, directory }),
      async stored(sopInstanceUid) {
        const expected = pattern.replace("UID", safeFileName("", sopInstanceUid));
        const kept: Uint8Array[] = [];
        for await (const { path, name } of filesIn(directory)) {
          assert(!name.startsWith("."), `${name} remains`);
          const mine = name === expected || name.replace(/-\d{1,4}(?=\.dcm$|$)/, "") === expected;
          if (!mine) continue;
          const file = await Deno.readFile(path);
          // To rename is to keep an instance as often as it comes.
          const again = options.onExist === "rename" && kept.some((other) => isSame(other, file));
          if (!again) kept.push(file);
        }
        return kept;
      },
    }),
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
  const request = requestOf({ dataSet, isStreamAlone: true });
  assert.equal((await area.store(request)).status, 0x0000);
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

const HOSTILE_VALUES = [...HOSTILE_UIDS, "a/../../x", "COM1", "\ud800", "x\u202ey", ".part"];

Deno.test("`storeHandler()` leaves no part of an instance that is lost while it asks for its name", async () => {
  await using area = await StorageArea.make({ onExist: "skip" });
  const data = new DataSetStream({ push() {}, finish() {}, isSatisfied: true }, false);
  const error = new Error("lost");
  let taking: Awaitable<void> | undefined;
  const storing = area.store({
    ...requestOf({}),
    passDataSet: (take) =>
      data.passTo((piece) => {
        const taken = taking = take(piece);
        queueMicrotask(() => data.fail(error));
        return taken;
      }),
  });
  const pushing = data.push(someBytes(100_000), false);
  await assert.rejects(storing, error);
  await pushing;
  assert(taking instanceof Promise);
  await taking.catch(() => {});
  assert.deepEqual(await area.names(), []);
});

Deno.test("`storeHandler()` stores under its directory whatever the attributes say", async () => {
  await using area = await StorageArea.make({
    directory: "a/b/c",
    filename: "{PatientID}/{PatientName}/{Modality}.{SOPInstanceUID}.dcm",
  });
  for (const [i, value] of HOSTILE_VALUES.entries()) {
    const attributes = { PatientID: [value], PatientName: [value], Modality: [value] };
    assert.equal(await area.send({ bytes, sopInstanceUid: `1.2.${i}`, attributes }), 0x0000);
  }
  const found: string[] = [];
  for await (const { path } of filesIn(area.directory)) found.push(path);
  assert.deepEqual(found.sort(), area.files.map(({ path }) => path).sort());
  assert.equal(found.length, HOSTILE_VALUES.length);
  for (const path of found) {
    const levels = path.slice(area.directory.length + 1).split("/");
    assert.equal(levels.length, 3);
    for (const level of levels) {
      assert.match(level, /^[\p{L}\p{N}_^=+,@'()][\p{L}\p{M}\p{N} ._^=+,@'()-]*$/u);
      assert.doesNotMatch(level, /[ .]$/);
    }
  }
  // Nothing was stored elsewhere either: `a` has `b` alone, and `b` has `c`.
  const parent = area.directory.replace(/\/a\/b\/c$/, "");
  const all: string[] = [];
  for await (const { path } of filesIn(parent)) all.push(path);
  assert.equal(all.length, found.length);
});

Deno.test("`storeHandler()` follows no link below its directory", async () => {
  await using outside = await StorageArea.make();
  for (const onExist of ["if-different", "skip", "overwrite", "rename", "fail"] as const) {
    await using area = await StorageArea.make({
      onExist,
      filename: "{PatientID}/{SOPInstanceUID}",
    });
    await Deno.symlink(outside.directory, `${area.directory}/4711`);
    const reply = await area.store(requestOf({ bytes, attributes: { PatientID: ["4711"] } }));
    assert.deepEqual(reply, {
      status: 0xa700,
      errorComment: "Out of resources: directory is a symbolic link",
    });
    assert.deepEqual(area.logged, [
      "error: Cannot store 4711/1.2.3 in DIR: directory is a symbolic link (SymbolicLink)",
    ]);
    assert.deepEqual(await area.names(), ["4711"]);
    assert.deepEqual(await outside.names(), []);
  }
});

Deno.test("`storeHandler()` makes no directory for an instance that does not arrive", async () => {
  await using area = await StorageArea.make({ filename: "{PatientID}/{SOPInstanceUID}" });
  const end = new Error("Data set is broken");
  const attributes = { PatientID: ["4711"] };
  await assert.rejects(area.send({ bytes: someBytes(600_000), end, attributes }), end);
  assert.deepEqual(await area.names(), []);
  const failing = { ...requestOf({ bytes, end }), attributes: () => Promise.reject(end) };
  await assert.rejects(area.store(failing), end);
  assert.deepEqual(await area.names(), []);
});

Deno.test("`storeHandler()` has its parts in its directory, where the sweep finds them", async () => {
  await using area = await StorageArea.make({ filename: "{PatientID}/{SOPInstanceUID}" });
  const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
  const left = ".1.2.3.4711-6d5c1b1e-6f0c-4c0e-9a55-0d6a2f0f8f11.part";
  await Deno.writeTextFile(`${area.directory}/${left}`, "");
  await Deno.utime(`${area.directory}/${left}`, old, old);
  const association = new AbortController();
  const { stream, progress } = openDataSet({ bytes: someBytes(500_000), end: "stall" });
  const reply = area.send({
    dataSet: stream,
    signal: association.signal,
    attributes: { PatientID: ["4711"] },
  });
  await progress.stalled;
  assert.match((await area.names()).join(), /^\.1\.2\.3\.\d+-[0-9a-f-]{36}\.part$/);
  association.abort(new Error("Association lost"));
  await assert.rejects(reply, /^Error: Association lost$/);
  assert.deepEqual(await area.names(), []);
});

/** A data set of Explicit VR Little Endian, with as much in front of Patient ID as is asked for. */
function instance(patientId: string, before: number): Uint8Array<ArrayBuffer> {
  const dataSet = new DataSet();
  const texts: readonly (readonly [number, Vr, string])[] = [
    [0x00080005, "CS", "ISO_IR 192"],
    [0x00080016, "UI", CT],
    [0x00080018, "UI", INSTANCE],
    [0x00080060, "CS", "CT"],
    [0x00100020, "LO", patientId],
  ];
  for (const [tag, vr, text] of texts) {
    dataSet.set({ tag, vr, value: encodeStrings(vr, [text], ["ISO_IR 192"]) });
  }
  dataSet.set({ tag: 0x00090010, vr: "LO", value: encodeStrings("LO", ["TEST"], []) });
  dataSet.set({ tag: 0x00091000, vr: "OB", value: new Uint8Array(before) });
  dataSet.set({ tag: 0x7fe00010, vr: "OW", value: someBytes(50_000) });
  return Uint8Array.from(encodeDataSet(dataSet, EXPLICIT));
}

/** Patient ID, how many bytes come before it, and the file. */
const SERVED: readonly (readonly [patientId: string, before: number, path: RegExp])[] = [
  ["4711", 0, /^4711\/CT\.1\.2\.3\.4\.5\.dcm$/],
  ["Köln", 200_000, /^Köln-[0-9a-f]{8}\/CT\.1\.2\.3\.4\.5\.dcm$/],
  ["4711", 700_000, /^4711\/CT\.1\.2\.3\.4\.5\.dcm$/],
  ["4711", 2_000_000, /^unknown\/CT\.1\.2\.3\.4\.5\.dcm$/],
];

for (const onExist of ["if-different", "skip"] as const) {
  for (const [patientId, before, path] of SERVED) {
    Deno.test(`\`storeHandler()\` is told ${patientId} after ${before} bytes: ${onExist}`, async () => {
      const directory = await Deno.makeTempDir({ prefix: "store-" });
      try {
        const files: string[] = [];
        const filename = "{PatientID}/{Modality}.{SOPInstanceUID}.dcm";
        const note = ({ path }: StoredFile): void => void files.push(path);
        const options = { directory, filename, onExist, onStored: note, onExisting: note };
        await using bench = served(storeHandler(options));
        const { peer, transport } = await bench.associated();
        const dataSet = instance(patientId, before);
        for (let round = 1; round <= 2; round++) {
          await peer.sendMessage(5, storeRequest(), dataSet);
          assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
          assert.equal(files.length, round);
          assert.match(files[0]?.slice(directory.length + 1) ?? "", path);
          assert.equal(files.at(-1), files[0]);
          const kept = await Deno.readFile(files[0] ?? "");
          assert.deepEqual(kept.subarray(-dataSet.byteLength), dataSet);
        }
        transport.close();
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    });
  }
}

Deno.test("`storeHandler()` lets a broken instance be refused that it would have skipped", async () => {
  const directory = await Deno.makeTempDir({ prefix: "store-" });
  try {
    await using bench = served(storeHandler({ directory, onExist: "skip" }));
    const { peer, transport } = await bench.associated();
    const dataSet = instance("4711", 600_000);
    for (const [sent, status] of [[dataSet, 0], [dataSet.subarray(0, -1000), 0xc000]] as const) {
      await peer.sendMessage(5, storeRequest(), sent);
      assert.equal((await peer.expectMessage("C-STORE-RSP")).status, status);
    }
    transport.close();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("`storeHandler()` warns when instances of one name get lost", async () => {
  for (
    const [filename, onExist, lost] of [
      ["{SeriesInstanceUID}.dcm", "skip", "first"],
      ["{SeriesInstanceUID}.dcm", "overwrite", "last"],
      ["{SeriesInstanceUID}.dcm", "if-different", undefined],
      ["{SeriesInstanceUID}/{SOPInstanceUID}.dcm", "skip", undefined],
    ] as const
  ) {
    await using area = await StorageArea.make({ filename, onExist });
    assert.deepEqual(
      area.logged,
      lost === undefined ? [] : [
        `warn: Only the ${lost} instance of each name is kept: ${filename} is without ` +
        `{SOPInstanceUID}, and on-exist is ${onExist}`,
      ],
    );
  }
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

Deno.test("`store()` takes a template from the command line", async () => {
  const directory = await Deno.makeTempDir({ prefix: "store-" });
  try {
    const options = { directory: [directory], filename: ["{CallingAET}/{Modality}.dcm"] };
    const { signal } = new AbortController();
    const handlers = await store({ options, signal, associate, log });
    assert.deepEqual(handlers.attributes, ["Modality"]);
    const request = requestOf({ bytes, attributes: { Modality: ["CT"] } });
    assert.equal(await handlers.store?.(request), 0x0000);
    assert.equal((await Deno.stat(`${directory}/TESTER/CT.dcm`)).isFile, true);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test({
  name: "`store` says what it is, and what it needs",
  permissions: "none",
  fn() {
    const { name, version, permissions }: HandlerModule = module;
    assert.equal(name, "store");
    assert.match(version ?? "", /^\d+\.\d+\.\d+$/);
    assert(typeof permissions === "function");
    assert.deepEqual(permissions({ directory: ["/in"] }), { read: ["/in"], write: ["/in"] });
    assert.deepEqual(permissions({}), { read: ["."], write: ["."] });
    assert.throws(() => permissions({ directory: ["a", "b"] }), TypeError);
  },
});

Deno.test({
  name: "`storeHandler()` throws when files are to be named in two ways, or by no template",
  permissions: "none",
  fn() {
    assert.throws(() => storeHandler({ naming: "uid.dcm", filename: "{SOPInstanceUID}" }), {
      name: "TypeError",
      message: "Cannot name files in two ways: give naming or filename",
    });
    assert.throws(() => storeHandler({ filename: "../{SOPInstanceUID}" }), {
      name: "TypeError",
      message: 'Cannot use "../{SOPInstanceUID}" as a file name template: a name starts with "."',
    });
  },
});

const associate = () => Promise.reject(new Error("There is no network here"));

const BAD_OPTIONS: readonly (readonly [HandlerContext["options"], string])[] = [
  [
    { dir: ["x"] },
    "dir: the options of store are directory, naming, filename, on-exist, durable, min-free",
  ],
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
