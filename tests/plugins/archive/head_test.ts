import assert from "node:assert/strict";
import { encodeFileMeta } from "../../../lib/data_set/file_meta.ts";
import { concatBytes } from "../../../lib/bytes.ts";
import { readHead, stampOf } from "../../../plugins/archive/head.ts";
import { instanceDataSet, instanceFile } from "../../support/synthetic_instances.ts";
import { CT, EXPLICIT, facts } from "../archive_area.ts";

const IMPLICIT = "1.2.840.10008.1.2";
const DEFLATED = "1.2.840.10008.1.2.1.99";
const BIG = "1.2.840.10008.1.2.2";
const JPEG = "1.2.840.10008.1.2.4.50";
const DICOMDIR = "1.2.840.10008.1.3.10";

const INSTANCE = facts("1.2.9", "Rows=512");

function file(transferSyntaxUid: string): Uint8Array<ArrayBuffer> {
  return instanceFile({ ...INSTANCE, transferSyntaxUid });
}

/** Files, and what they are: the transfer syntax of an instance, the kind, or why it is of no use. */
const FILES: readonly (readonly [name: string, bytes: () => Uint8Array, expected: string])[] = [
  ...[IMPLICIT, EXPLICIT, DEFLATED, BIG, JPEG].map((uid) =>
    [`in ${uid}`, () => file(uid), uid] as const
  ),
  ["of a private transfer syntax", () => file("1.2.3.4"), "1.2.3.4"],
  ["without preamble", () => file(EXPLICIT).subarray(128), EXPLICIT],
  ["without file meta information", () => instanceDataSet(INSTANCE), EXPLICIT],
  ["that is written in another transfer syntax than it says", () =>
    concatBytes([
      encodeFileMeta({
        sopClassUid: CT,
        sopInstanceUid: "1.2.9",
        transferSyntaxUid: IMPLICIT,
        implementationClassUid: "1.2.3",
      }),
      instanceDataSet(INSTANCE),
    ]), EXPLICIT],
  ["that breaks off in a late element", () => file(EXPLICIT).subarray(0, -1), EXPLICIT],
  [
    "that ends with a sequence",
    () => instanceFile(facts("1.2.9", "Rows=512", "ContentSequence[0].TextValue=x")),
    EXPLICIT,
  ],
  [
    "with a long element on the way",
    () => instanceFile(facts("1.2.9", "Rows=512", `ImageComments=${"x".repeat(60_000)}`)),
    EXPLICIT,
  ],
  ["that is empty", () => new Uint8Array(0), "other"],
  ["of text", () => new TextEncoder().encode("Hello, world. ".repeat(100)), "other"],
  ["of zeros", () => new Uint8Array(4096), "other"],
  ["that is a DICOMDIR", () => instanceFile({ ...INSTANCE, sopClassUid: DICOMDIR }), "other"],
  [
    "without data set",
    () => file(EXPLICIT).subarray(0, -instanceDataSet(INSTANCE).length),
    "no data set",
  ],
  ["without SOP Instance UID", () => instanceFile(facts("", "Rows=512")), "no SOP Instance UID"],
  [
    "without Study Instance UID",
    () => instanceFile(facts("1.2.9", "StudyInstanceUID=")),
    "no Study Instance UID",
  ],
  [
    "without Series Instance UID",
    () => instanceFile(facts("1.2.9", "SeriesInstanceUID=")),
    "no Series Instance UID",
  ],
];

for (const [name, bytes, expected] of FILES) {
  Deno.test(`readHead() of a file ${name}`, async () => {
    const path = await Deno.makeTempFile();
    try {
      await Deno.writeFile(path, bytes());
      const content = readHead(path);
      assert.deepEqual(content.stamp, stampOf(await Deno.stat(path)));
      if (content.kind === "unusable") return assert.equal(content.reason, `it has ${expected}`);
      if (content.kind === "other") return assert.equal(expected, "other");
      const { transferSyntaxUid, sopClassUid, sopInstanceUid, attributes, dataSetOffset } =
        content.head;
      assert.deepEqual([transferSyntaxUid, sopClassUid, sopInstanceUid], [expected, CT, "1.2.9"]);
      assert.equal(attributes.getString(0x00100020), "4711");
      if (!name.startsWith("that breaks")) assert.equal(attributes.getString(0x00280010), "512");
      assert.equal(attributes.has(0x0040a730), name.includes("ends with a sequence"));
      assert.ok(dataSetOffset < bytes().length);
    } finally {
      await Deno.remove(path);
    }
  });
}

Deno.test("readHead() fails when there is no file", () => {
  assert.throws(() => readHead("/nowhere/at/all"), Deno.errors.NotFound);
});
