import assert from "node:assert/strict";
import { dirname } from "node:path";
import type { OnExist } from "../../plugins/on_exist.ts";
import type { StoreOptions } from "../../plugins/store.ts";
import { someBytes } from "../conformance/store_request.ts";
import { FileJournal } from "./file_journal.ts";
import { requestOf, StorageArea } from "./storage_area.ts";

const bytes = someBytes(1000, 1);
const others = someBytes(1000, 2);
const DUPLICATE = 0x0111;

/** What a policy makes of an instance, its copy, and another one of the same name. */
interface Expectation {
  readonly statuses: readonly number[];
  readonly names: readonly string[];
  readonly events: readonly string[];
  readonly logged: readonly string[];
  /** Whose bytes the first name has in the end. */
  readonly first: Uint8Array;
}

const POLICIES: Readonly<Record<OnExist, Expectation>> = {
  "if-different": {
    statuses: [0, 0, 0],
    names: ["CT.1.2.3", "CT.1.2.3-1"],
    events: ["stored CT.1.2.3", "existing CT.1.2.3", "stored CT.1.2.3-1"],
    logged: [
      "debug: DICOM file already exists with the same data: DIR/CT.1.2.3",
      "warn: DICOM file CT.1.2.3 already exists with other data, stored beside it: DIR/CT.1.2.3-1",
    ],
    first: bytes,
  },
  skip: {
    statuses: [0, 0, 0],
    names: ["CT.1.2.3"],
    events: ["stored CT.1.2.3", "existing CT.1.2.3", "existing CT.1.2.3"],
    logged: [
      "debug: DICOM file already exists, left as it is: DIR/CT.1.2.3",
      "debug: DICOM file already exists, left as it is: DIR/CT.1.2.3",
    ],
    first: bytes,
  },
  overwrite: {
    statuses: [0, 0, 0],
    names: ["CT.1.2.3"],
    events: ["stored CT.1.2.3", "stored CT.1.2.3", "stored CT.1.2.3"],
    logged: [
      "warn: DICOM file already exists, overwritten: DIR/CT.1.2.3",
      "warn: DICOM file already exists, overwritten: DIR/CT.1.2.3",
    ],
    first: others,
  },
  rename: {
    statuses: [0, 0, 0],
    names: ["CT.1.2.3", "CT.1.2.3-1", "CT.1.2.3-2"],
    events: ["stored CT.1.2.3", "stored CT.1.2.3-1", "stored CT.1.2.3-2"],
    logged: [
      "info: DICOM file CT.1.2.3 already exists, stored beside it: DIR/CT.1.2.3-1",
      "info: DICOM file CT.1.2.3 already exists, stored beside it: DIR/CT.1.2.3-2",
    ],
    first: bytes,
  },
  fail: {
    statuses: [0, DUPLICATE, DUPLICATE],
    names: ["CT.1.2.3"],
    events: ["stored CT.1.2.3", "failed 1.2.3", "failed 1.2.3"],
    logged: [
      "error: Cannot store CT.1.2.3 in DIR: name is taken (Duplicate)",
      "error: Cannot store CT.1.2.3 in DIR: name is taken (Duplicate)",
    ],
    first: bytes,
  },
};

/** The ways to come to a name: by the UID, and by a template that waits for the attributes. */
const NAMINGS: readonly (readonly [StoreOptions, directory: string])[] = [
  [{}, ""],
  [{ filename: "{PatientID}/{SOPClassPrefix}.{SOPInstanceUID}" }, "4711/"],
];

for (const [onExist, expected] of Object.entries(POLICIES)) {
  for (const [naming, below] of NAMINGS) {
    const title = below === "" ? onExist : `${onExist}, with directories`;
    Deno.test(`\`publish()\` does as it is to when the name is taken: ${title}`, async () => {
      await using area = await StorageArea.make({ onExist: onExist as OnExist, ...naming });
      const statuses: number[] = [];
      for (const dataSet of [bytes, bytes, others]) {
        statuses.push(await area.send({ bytes: dataSet, attributes: { PatientID: ["4711"] } }));
      }
      assert.deepEqual(statuses, expected.statuses);
      const named = (line: string): string => line.replaceAll("CT.", `${below}CT.`);
      assert.deepEqual(await area.names(below), expected.names);
      assert.deepEqual(area.events, expected.events.map(named));
      assert.deepEqual(area.logged, expected.logged.map(named));
      assert.deepEqual(await area.dataSetOf(`${below}CT.1.2.3`), expected.first);
    });

    Deno.test(`\`publish()\` claims a name once when 20 come at once: ${title}`, async () => {
      await using area = await StorageArea.make({ onExist: onExist as OnExist, ...naming });
      const sent = Array.from({ length: 20 }, (_, i) => someBytes(300_000 + i, i));
      const statuses = await Promise.all(
        sent.map((dataSet, i) =>
          area.send({
            bytes: dataSet,
            portions: [1000 + 97 * i],
            attributes: { PatientID: ["4711"] },
          })
        ),
      );
      const succeeded = statuses.filter((status) => status === 0).length;
      const names = await area.names(below);
      const kept = onExist === "if-different" || onExist === "rename" ? 20 : 1;
      assert.equal(names.length, kept);
      assert.equal(succeeded, onExist === "fail" ? 1 : 20);
      const stored = area.events.filter((event) => event.startsWith("stored")).length;
      assert.equal(stored, onExist === "overwrite" ? 20 : kept);
      for (const name of names) {
        const dataSet = await area.dataSetOf(`${below}${name}`);
        assert.deepEqual(dataSet, sent[dataSet.byteLength - 300_000]);
      }
    });
  }
}

for (const onExist of ["skip", "fail"] as const) {
  for (const [naming, below] of NAMINGS) {
    const title = below === "" ? onExist : `${onExist}, with directories`;
    Deno.test(`\`findExisting()\` spares the writing when policy is ${title}`, async () => {
      await using area = await StorageArea.make({ onExist, ...naming });
      const attributes = { PatientID: ["4711"] };
      await area.send({ bytes, attributes });
      using journal = new FileJournal(area.directory);
      const second = requestOf({ length: 10_000_000, attributes });
      const { status } = await area.store(second);
      assert.equal(status, onExist === "skip" ? 0 : DUPLICATE);
      assert.deepEqual(journal.take(), []);
      assert.equal(second.dataSet.locked, false);
      await second.dataSet.cancel();
    });
  }

  Deno.test(`\`publish()\` leaves no part when attributes come late and policy is ${onExist}`, async () => {
    await using area = await StorageArea.make({ onExist, filename: "{PatientID}" });
    const attributes = { PatientID: ["4711"] };
    await area.send({ bytes, attributes });
    const { promise, resolve } = Promise.withResolvers<typeof attributes>();
    const request = requestOf({ length: 3_000_000 });
    const late = { ...request, attributes: () => promise };
    const reply = area.store(late);
    while ((await area.names()).length < 2) await null;
    resolve(attributes);
    assert.equal((await reply).status, onExist === "skip" ? 0 : DUPLICATE);
    assert.deepEqual(await area.names(), ["4711"]);
    if (!late.dataSet.locked) await late.dataSet.cancel();
  });
}

for (
  const [what, make] of Object.entries({
    "a directory": (path: string) => Deno.mkdir(path),
    "a link": (path: string) => Deno.symlink("nowhere", path),
    "an empty file": (path: string) => Deno.writeTextFile(path, ""),
  })
) {
  Deno.test(`\`findExisting()\` does not take ${what} for an instance`, async () => {
    await using area = await StorageArea.make({ onExist: "skip" });
    await make(`${area.directory}/CT.1.2.3`);
    assert.deepEqual(await area.store(requestOf({ bytes })), {
      status: 0xa700,
      errorComment: "Out of resources: name is taken by what is no instance",
    });
    assert.deepEqual(await area.names(), ["CT.1.2.3"]);
  });
}

Deno.test("`publish()` does not wait for the medium when it need not", async () => {
  await using area = await StorageArea.make({ filename: "{Modality}/{SOPInstanceUID}" });
  using journal = new FileJournal(area.directory);
  await area.send({ bytes, attributes: { Modality: ["CT"] } });
  assert.deepEqual(journal.take(), ["mkdir CT", "link CT/1.2.3", "remove PART"]);
});

Deno.test("`publish()` waits for file, name and directories when it is durable", async () => {
  await using area = await StorageArea.make({
    durable: true,
    filename: "{Modality}/{PatientID}/{SOPInstanceUID}",
  });
  using journal = new FileJournal(area.directory);
  const attributes = { Modality: ["CT"], PatientID: ["4711"] };
  const above: string[] = [];
  for (let path = area.directory; dirname(path) !== path; path = dirname(path)) {
    above.push(`sync ${dirname(path)}`);
  }
  await area.send({ bytes, attributes });
  assert.deepEqual(journal.take(), [
    "sync PART",
    "mkdir CT",
    "mkdir CT/4711",
    "link CT/4711/1.2.3",
    "remove PART",
    "sync CT/4711",
    "sync CT",
    "sync .",
    ...above,
  ]);
  await area.send({ bytes: others, attributes });
  const again = ["link CT/4711/1.2.3-1", "remove PART", "sync CT/4711"];
  assert.deepEqual(journal.take(), ["sync PART", ...again]);
  // Whoever wrote what is there already need not have waited: its file is synced as well.
  await area.send({ bytes, attributes });
  assert.deepEqual(journal.take(), [
    "sync PART",
    "sync CT/4711/1.2.3",
    "sync CT/4711",
    "remove PART",
  ]);
  await area.send({ bytes, attributes: { Modality: ["MR"], PatientID: ["4711"] } });
  assert.deepEqual(journal.take(), [
    "sync PART",
    "mkdir MR",
    "mkdir MR/4711",
    "link MR/4711/1.2.3",
    "remove PART",
    "sync MR/4711",
    "sync MR",
    "sync .",
  ]);
});

Deno.test("`publish()` waits for a directory that another instance made when it is durable", async () => {
  await using area = await StorageArea.make({
    durable: true,
    filename: "{Modality}/{SOPInstanceUID}",
  });
  await Deno.mkdir(`${area.directory}/CT`);
  using journal = new FileJournal(area.directory);
  await area.send({ bytes, attributes: { Modality: ["CT"] } });
  assert.deepEqual(journal.take().slice(0, 5), [
    "sync PART",
    "link CT/1.2.3",
    "remove PART",
    "sync CT",
    "sync .",
  ]);
});

Deno.test("`publish()` waits for what is there when it is durable and to skip", async () => {
  await using area = await StorageArea.make({ durable: true, onExist: "skip" });
  await area.send({ bytes });
  using journal = new FileJournal(area.directory);
  assert.equal(await area.send({ bytes }), 0);
  assert.deepEqual(journal.take(), ["sync CT.1.2.3", "sync ."]);
});

Deno.test("`publish()` waits for a file elsewhere that holds the instance when it is durable", async () => {
  await using elsewhere = await StorageArea.make({ naming: "uid.dcm" });
  await elsewhere.send({ bytes });
  const holder = `${elsewhere.directory}/1.2.3.dcm`;
  for (const durable of [true, false]) {
    await using area = await StorageArea.make({ durable, holderOf: () => holder });
    using journal = new FileJournal(elsewhere.directory);
    assert.equal(await area.send({ bytes }), 0);
    const waits = journal.take().filter((entry) =>
      entry.startsWith("sync") && !entry.endsWith(".part")
    );
    assert.deepEqual(waits, durable ? ["sync 1.2.3.dcm", "sync ."] : []);
    assert.deepEqual(await area.names(), []);
  }
});

for (const onExist of ["skip", "overwrite", "rename", "fail"] as const) {
  Deno.test(`\`publish()\` looks at names alone when policy is ${onExist}`, async () => {
    await using elsewhere = await StorageArea.make({ naming: "uid.dcm" });
    await elsewhere.send({ bytes });
    const holderOf = (): string => `${elsewhere.directory}/1.2.3.dcm`;
    await using area = await StorageArea.make({ onExist, holderOf });
    assert.equal(await area.send({ bytes }), 0);
    assert.deepEqual(await area.names(), ["CT.1.2.3"]);
  });
}
