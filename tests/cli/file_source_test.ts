import assert from "node:assert/strict";
import { readFileHead } from "../../cli/file_head.ts";
import { FileSource, type FileSourceOptions } from "../../cli/file_source.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../../lib/transfer_syntax.ts";
import { FileCounters } from "../support/file_counters.ts";
import { instanceDataSet } from "../support/synthetic_instances.ts";
import { CT, ct, EXPLICIT, IMPLICIT, withFiles } from "./sending.ts";

const KEYS = [`PatientComments=${"x".repeat(5000)}`];

/** Reads a file's data set through buffers of a size. */
function readAll(
  bytes: Uint8Array<ArrayBuffer>,
  size: number,
  options: Partial<FileSourceOptions> = {},
): Promise<{ readonly dataSet: Uint8Array; readonly counted: number }> {
  return withFiles({ file: bytes }, async (directory) => {
    const file = readFileHead(`${directory}/file`);
    assert.ok(file.kind === "instance");
    using opened = await Deno.open(file.head.path);
    let counted = 0;
    const source = new FileSource(opened, {
      head: file.head,
      convertTo: undefined,
      checks: true,
      onRead: (count) => void (counted += count),
      ...options,
    });
    const pieces: Uint8Array[] = [];
    for (;;) {
      const into = new Uint8Array(size);
      const count = source.read(into);
      if (count === 0) break;
      pieces.push(into.subarray(0, count));
    }
    assert.equal(source.read(new Uint8Array(size)), 0, "the end stays the end");
    return { dataSet: concatBytes(pieces), counted };
  });
}

for (const from of UNCOMPRESSED_TRANSFER_SYNTAXES) {
  const facts = { sopClassUid: CT, sopInstanceUid: "1.2.3", keys: KEYS };
  const dataSet = instanceDataSet({ ...facts, transferSyntaxUid: from });
  const bytes = ct("1.2.3", { transferSyntaxUid: from, keys: KEYS });
  Deno.test(`FileSource reads what is in a file in ${from}, byte for byte`, async () => {
    for (const size of [1, 100, 100_000]) {
      const read = await readAll(bytes, size);
      assert.deepEqual(read, { dataSet, counted: dataSet.length });
    }
  });
  for (const to of UNCOMPRESSED_TRANSFER_SYNTAXES.filter((uid) => uid !== from)) {
    Deno.test(`FileSource converts from ${from} to ${to}`, async () => {
      for (const size of [7, 100_000]) {
        const read = await readAll(bytes, size, { convertTo: to });
        assert.equal(read.counted, dataSet.length);
        assert.deepEqual(
          [...decodeDataSet(read.dataSet, to)],
          [...decodeDataSet(dataSet, from)],
        );
      }
    });
  }
}

Deno.test("FileSource finds a data set that is cut at the element that is cut", async () => {
  const large = concatBytes([
    ct("1.2.3"),
    Uint8Array.fromHex("e07f1000" + "4f570000" + "00000001"),
    new Uint8Array(200_000),
  ]);
  const message =
    /^Cannot decode \(7FE0,0010\) at byte \d+: length 16777216 exceeds the 200000 bytes left$/;
  for (const convertTo of [undefined, IMPLICIT]) {
    const reading = readAll(large, 1000, { convertTo });
    await assert.rejects(reading, { name: "DataSetError", message });
  }
  const unchecked = await readAll(large, 1000, { checks: false });
  assert.equal(
    unchecked.counted,
    large.length - (ct("1.2.3").length - instanceDataSet({
      sopClassUid: CT,
      sopInstanceUid: "1.2.3",
      transferSyntaxUid: EXPLICIT,
    }).length),
  );
});

Deno.test("FileSource finds at the end that a sequence is not closed", async () => {
  const open = concatBytes([ct("1.2.3"), Uint8Array.fromHex("40007502" + "53510000" + "ffffffff")]);
  await assert.rejects(readAll(open, 10), {
    name: "DataSetError",
    message: /\(0040,0275\) .*no delimiter closes the sequence$/,
  });
});

/** Makes a source, changes its file, then reads it; gives how much came. */
function readChanged(
  change: (path: string) => void,
  options: { checks: boolean },
): Promise<number> {
  return withFiles({ file: ct("1.2.3", { keys: KEYS }) }, (directory) => {
    const path = `${directory}/file`;
    const file = readFileHead(path);
    assert.ok(file.kind === "instance");
    using opened = Deno.openSync(path);
    let counted = 0;
    const source = new FileSource(opened, {
      ...{ head: file.head, convertTo: undefined, ...options },
      onRead: (count) => void (counted += count),
    });
    change(path);
    const into = new Uint8Array(100_000);
    while (source.read(into) > 0);
    return counted;
  });
}

Deno.test("FileSource sends a file that grows as long as it is when its end is read", async () => {
  const untouched = await readChanged(() => {}, { checks: true });
  const more = Uint8Array.fromHex("fcfffcff" + "4f420000" + "02000000" + "0000");
  const grown = await readChanged((path) => Deno.writeFileSync(path, more, { append: true }), {
    checks: false,
  });
  assert.equal(grown, untouched + more.byteLength);
});

Deno.test("FileSource finds at its end that a file has become shorter", async () => {
  const cut = (path: string): void => Deno.truncateSync(path, Deno.statSync(path).size - 10);
  const untouched = await readChanged(() => {}, { checks: true });
  assert.equal(await readChanged(cut, { checks: false }), untouched - 10);
  await assert.rejects(readChanged(cut, { checks: true }), { name: "DataSetError" });
});

Deno.test("FileSource knows the end of a file when it has read all of it", async () => {
  for (const [size, reads] of [[100_000, 1], [5000, 2]]) {
    using files = new FileCounters();
    await readAll(ct("1.2.3", { keys: KEYS }), size ?? NaN);
    // The head was read too.
    assert.equal(files.calls["file.readSync"], 1 + (reads ?? NaN));
  }
});
