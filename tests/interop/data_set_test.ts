/**
 * The data set codecs against pydicom, on the files that it ships for its own tests.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { decodeFile, type DicomFile } from "../../lib/data_set/file.ts";
import { decodeFileMeta, encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { DataSetScanner } from "../../lib/data_set/scanner.ts";
import { elementOf, isPrivateTag } from "../../lib/data_set/tag.ts";
import { VR_TRAITS } from "../../lib/data_set/vr.ts";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../../lib/transfer_syntax.ts";
import { peerTest, run } from "../support/peers.ts";
import { SYSTEM_PYTHON } from "../support/peer_programs.ts";
import { pydicomFiles } from "../support/pydicom_files.ts";

/** An element as pydicom_dump.py prints it. */
type Row = [path: string, vr: string, value: string | number | string[]];

/** The files that are broken, and what is said of them. pydicom reads all but the last with warnings. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  "test_files/MR_truncated.dcm": /^Cannot decode \(7FE0,0010\) at byte 1488: length 8192 exceeds/,
  "test_files/rtplan_truncated.dcm":
    /^Cannot decode \(300A,00B0\) at byte 1410: length 976 exceeds/,
  // It ends 24 bytes before the end of its sequence.
  "test_files/dicomdirtests/DICOMDIR-nooffset":
    /^Cannot decode \(0004,1220\) at byte 10860: length 248 exceeds/,
  // A stray byte stands before the data set.
  "test_files/no_meta.dcm": /^Cannot read as DICOM: there is no file meta information/,
};

/** Where the bytes show another transfer syntax than the file says, if it says one. */
const RECOGNIZED: Readonly<Record<string, string>> = {
  "test_files/ExplVR_BigEndNoMeta.dcm": "1.2.840.10008.1.2.2",
  "test_files/ExplVR_LitEndNoMeta.dcm": "1.2.840.10008.1.2.1",
  "test_files/SC_rgb_jpeg.dcm": "1.2.840.10008.1.2",
  "test_files/meta_missing_tsyntax.dcm": "1.2.840.10008.1.2",
  "test_files/rtstruct.dcm": "1.2.840.10008.1.2",
};

const TRANSFER_SYNTAX_UID = 0x00020010;

peerTest({
  name: "`decodeFile()` finds what pydicom finds in each of its test files",
  needs: ["pydicom"],
  fn: async () => {
    const files = await pydicomFiles();
    assert.ok(files.length > 150, `${files.length} files`);
    const dumps = await dump(files.map(({ path }) => path));
    const refused: string[] = [];
    for (const [index, { name, path }] of files.entries()) {
      const bytes = await Deno.readFile(path);
      const message = REFUSED[name];
      if (message !== undefined) {
        assert.throws(() => decodeFile(bytes), { name: "DataSetError", message });
        refused.push(name);
        continue;
      }
      const file = decodeFile(bytes);
      const declared = file.meta.getString(TRANSFER_SYNTAX_UID);
      assert.equal(file.transferSyntaxUid, RECOGNIZED[name] ?? declared, name);
      const explicit = file.transferSyntaxUid !== "1.2.840.10008.1.2";
      compare(rowsOf(file.dataSet), rowsIn(dumps[index]), explicit, name);
    }
    assert.deepEqual(refused.sort(), Object.keys(REFUSED).sort());
  },
});

for (const transferSyntaxUid of UNCOMPRESSED_TRANSFER_SYNTAXES) {
  peerTest({
    name:
      `\`encodeDataSet()\` writes ${transferSyntaxUid} so that pydicom reads back every element`,
    needs: ["pydicom"],
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "dimse_data_set_" });
      try {
        const paths: string[] = [];
        const expected: Row[][] = [];
        for (const { name, file } of await readableFiles()) {
          const rows = rowsOf(file.dataSet);
          if (rows.some(([, , value]) => Array.isArray(value))) {
            assert.throws(() => encodeDataSet(file.dataSet, transferSyntaxUid), {
              message: "Cannot encode (7FE0,0010): " +
                "encapsulated pixel data needs a compressed transfer syntax",
            }, name);
            continue;
          }
          const path = `${folder}/${paths.length}.dcm`;
          await Deno.writeFile(path, writeFile(file, transferSyntaxUid));
          paths.push(path);
          expected.push(asWritten(rows));
        }
        assert.ok(paths.length > 120, `${paths.length} files`);
        const explicit = transferSyntaxUid !== "1.2.840.10008.1.2";
        for (const [index, dumped] of (await dump(paths)).entries()) {
          compare(expected[index] ?? [], rowsIn(dumped), explicit, paths[index] ?? "");
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

peerTest({
  name: "`encodeDataSet()` writes compressed instances so that pydicom reads back every element",
  needs: ["pydicom"],
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "dimse_data_set_" });
    try {
      const paths: string[] = [];
      const expected: Row[][] = [];
      for (const { file } of await readableFiles()) {
        const declared = file.meta.getString(TRANSFER_SYNTAX_UID) ?? "";
        const rows = rowsOf(file.dataSet);
        if (!rows.some(([, , value]) => Array.isArray(value))) continue;
        const path = `${folder}/${paths.length}.dcm`;
        await Deno.writeFile(path, writeFile(file, declared));
        paths.push(path);
        expected.push(asWritten(rows));
      }
      assert.ok(paths.length > 25, `${paths.length} files`);
      for (const [index, dumped] of (await dump(paths)).entries()) {
        compare(expected[index] ?? [], rowsIn(dumped), true, paths[index] ?? "");
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

peerTest({
  name: "`DataSetScanner` accepts what `decodeFile()` accepts of pydicom's files, split anywhere",
  needs: ["pydicom"],
  fn: async () => {
    const collect = [0x00080005, 0x00080016, 0x00080018, 0x0020000d, 0x00280103];
    for (const { name, bytes, file } of await readableFiles()) {
      const offset = decodeFileMeta(bytes, true)?.dataSetOffset ?? 0;
      const dataSet = bytes.subarray(offset);
      const decoded = decodeDataSet(dataSet, file.transferSyntaxUid);
      for (const size of [1, 7]) {
        const scanner = new DataSetScanner(file.transferSyntaxUid, { collect });
        for (let at = 0; at < dataSet.length; at += size) {
          scanner.push(dataSet.subarray(at, at + size));
        }
        if (dataSet.length === 0) {
          assert.throws(() => scanner.finish(), { message: /it is empty$/ }, name);
          continue;
        }
        scanner.finish();
        const expected = collect.flatMap((tag) => decoded.get(tag) ?? []);
        assert.deepEqual([...scanner.attributes], expected, `${name} in pieces of ${size}`);
      }
    }
  },
});

async function readableFiles(): Promise<
  { readonly name: string; readonly bytes: Uint8Array; readonly file: DicomFile }[]
> {
  const files = (await pydicomFiles()).filter(({ name }) => REFUSED[name] === undefined);
  return files.map(({ name, path }) => {
    const bytes = Deno.readFileSync(path);
    return { name, bytes, file: decodeFile(bytes) };
  });
}

async function dump(paths: readonly string[]): Promise<unknown[]> {
  const list = await Deno.makeTempFile({ prefix: "dimse_dump_", suffix: ".json" });
  try {
    await Deno.writeTextFile(list, JSON.stringify(paths));
    const script = new URL("./pydicom_dump.py", import.meta.url).pathname;
    const { code, stdout, stderr } = await run(SYSTEM_PYTHON, [script, list]);
    assert.equal(code, 0, stderr);
    return stdout.trim().split("\n").map((line) => JSON.parse(line));
  } finally {
    await Deno.remove(list);
  }
}

function rowsIn(answer: unknown): Row[] {
  const { elements, error } = answer as { readonly elements?: Row[]; readonly error?: string };
  assert.equal(error, undefined);
  return elements ?? [];
}

/** The elements in the form of pydicom_dump.py. */
function rowsOf(dataSet: DataSet, path = ""): Row[] {
  const rows: Row[] = [];
  for (const { tag, vr, value } of dataSet) {
    const here = path + tag.toString(16).padStart(8, "0");
    if (value instanceof Uint8Array) {
      rows.push([here, vr, value.toHex()]);
    } else if ("fragments" in value) {
      rows.push([here, vr, value.fragments.map((fragment) => fragment.toHex())]);
    } else {
      rows.push([here, vr, value.length]);
      value.forEach((item, number) => rows.push(...rowsOf(item, `${here}/${number}/`)));
    }
  }
  return rows;
}

/** What the encoder is to make of it: even lengths, no group lengths. */
function asWritten(rows: readonly Row[]): Row[] {
  const written: Row[] = [];
  for (const [path, vr, value] of rows) {
    if (elementOf(Number.parseInt(path.slice(-8), 16)) === 0) continue;
    const { padding } = VR_TRAITS[vr as keyof typeof VR_TRAITS];
    const even = (hex: string, padding: number): string =>
      hex.length % 4 === 0 ? hex : hex + padding.toString(16).padStart(2, "0");
    if (typeof value === "string") written.push([path, vr, even(value, padding)]);
    else if (Array.isArray(value)) written.push([path, vr, value.map((hex) => even(hex, 0))]);
    else written.push([path, vr, value]);
  }
  return written;
}

function writeFile(file: DicomFile, transferSyntaxUid: string): Uint8Array {
  const head = encodeFileMeta({
    sopClassUid: file.dataSet.getString(0x00080016) ?? "1.2.3",
    sopInstanceUid: file.dataSet.getString(0x00080018) ?? "1.2.3",
    transferSyntaxUid,
    implementationClassUid: "1.2.3.4",
  });
  const dataSet = encodeDataSet(file.dataSet, transferSyntaxUid);
  const bytes = new Uint8Array(head.length + dataSet.length);
  bytes.set(head);
  bytes.set(dataSet, head.length);
  return bytes;
}

/** In implicit VR pydicom may leave several VRs open, and that of a private element is lost. */
function compare(
  actual: readonly Row[],
  expected: readonly Row[],
  explicit: boolean,
  name: string,
) {
  const plain = (rows: readonly Row[]): unknown[] => rows.map(([path, , value]) => [path, value]);
  assert.deepEqual(plain(actual), plain(expected), name);
  actual.forEach(([path, vr], index) => {
    const pydicomVr = expected[index]?.[1] ?? "";
    if (explicit) assert.equal(vr, pydicomVr, `${name} ${path}`);
    else if (!isPrivateTag(Number.parseInt(path.slice(-8), 16)) || vr === "SQ") {
      assert.ok(pydicomVr.split(" or ").includes(vr), `${name} ${path}: ${vr}, ${pydicomVr}`);
    }
  });
}
