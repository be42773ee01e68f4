import assert from "node:assert/strict";
import { type FileKind, FIRST_READ, readFileHead, UnsendableError } from "../../cli/file_head.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../../lib/transfer_syntax.ts";
import { instanceDataSet, instanceFile } from "../support/synthetic_instances.ts";
import { BIG, CT, ct, DEFLATED, EXPLICIT, IMPLICIT, JPEG, MR, withFiles } from "./sending.ts";

const PRIVATE = "1.2.3.4.5";
const FACTS = { sopClassUid: CT, sopInstanceUid: "1.2.3", transferSyntaxUid: EXPLICIT };

function read(bytes: Uint8Array<ArrayBuffer>): Promise<FileKind> {
  return withFiles({ file: bytes }, (directory) => {
    let file: FileKind;
    try {
      file = readFileHead(`${directory}/file`);
    } catch (error) {
      assert.ok(error instanceof UnsendableError, String(error));
      throw new UnsendableError(error.message.replaceAll(directory, "DIR"));
    }
    return file.kind === "instance"
      ? { ...file, head: { ...file.head, path: file.head.path.replace(directory, "DIR") } }
      : file;
  });
}

/** A head, and a data set that is another's. */
function mixed(meta: string, dataSet: string): Uint8Array<ArrayBuffer> {
  return concatBytes([
    encodeFileMeta({ ...FACTS, transferSyntaxUid: meta, implementationClassUid: "1.2.3" }),
    instanceDataSet({ ...FACTS, transferSyntaxUid: dataSet }),
  ]);
}

for (const syntax of [...UNCOMPRESSED_TRANSFER_SYNTAXES, JPEG]) {
  Deno.test(`readFileHead() reads an instance in ${syntax}`, async () => {
    const bytes = ct("1.2.3", { transferSyntaxUid: syntax });
    const dataSet = instanceDataSet({ ...FACTS, transferSyntaxUid: syntax });
    assert.deepEqual(await read(bytes), {
      kind: "instance",
      head: {
        path: "DIR/file",
        size: bytes.length,
        dataSetOffset: bytes.length - dataSet.length,
        sopClassUid: CT,
        sopInstanceUid: "1.2.3",
        transferSyntaxUid: syntax,
        writtenAs: syntax,
        warnings: [],
      },
    });
  });
}

interface Case {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly expected: {
    readonly sopClassUid?: string;
    readonly sopInstanceUid?: string;
    readonly dataSetOffset?: number;
    readonly transferSyntaxUid?: string;
    readonly writtenAs?: string | undefined;
    readonly warnings?: readonly string[];
  };
}

const CASES: readonly Case[] = [
  ...[IMPLICIT, EXPLICIT, BIG].map((syntax): Case => ({
    name: `a data set alone, in ${syntax}`,
    bytes: instanceDataSet({ ...FACTS, transferSyntaxUid: syntax }),
    expected: { dataSetOffset: 0, transferSyntaxUid: syntax, sopInstanceUid: "1.2.3" },
  })),
  {
    name: "file meta information without a preamble",
    bytes: ct("1.2.3").slice(132),
    expected: { transferSyntaxUid: EXPLICIT, sopClassUid: CT },
  },
  {
    name: "UIDs of the data set, where the file meta information has others",
    bytes: ct("1.2.3", { meta: { sopClassUid: MR, sopInstanceUid: "1.9" } }),
    expected: {
      sopClassUid: CT,
      sopInstanceUid: "1.2.3",
      warnings: [
        `its SOP Class UID is ${CT}, its file meta information says ${MR}`,
        "its SOP Instance UID is 1.2.3, its file meta information says 1.9",
      ],
    },
  },
  {
    name: "UIDs of the file meta information, where the data set has none",
    bytes: concatBytes([
      encodeFileMeta({ ...FACTS, implementationClassUid: "1.2.3" }),
      Uint8Array.fromHex("10002000" + "4c4f0200" + "3120"),
    ]),
    expected: { sopClassUid: CT, sopInstanceUid: "1.2.3", warnings: [] },
  },
  {
    name: "UIDs behind 100 kB of another element",
    bytes: concatBytes([
      encodeFileMeta({ ...FACTS, sopInstanceUid: "", implementationClassUid: "1.2.3" }),
      Uint8Array.fromHex("08000100" + "554e0000" + "a0860100"),
      new Uint8Array(100_000),
      instanceDataSet(FACTS),
    ]),
    expected: { sopInstanceUid: "1.2.3" },
  },
  {
    name: "UIDs across the end of what is looked at first",
    bytes: concatBytes([
      encodeFileMeta({ ...FACTS, sopInstanceUid: "1.9", implementationClassUid: "1.2.3" }),
      Uint8Array.fromHex("08000500" + "4353e000" + "20".repeat(0xe0)),
      instanceDataSet(FACTS),
    ]),
    expected: { sopClassUid: CT, sopInstanceUid: "1.2.3" },
  },
  {
    name: "a SOP Class UID that comes against the order, behind greater tags",
    bytes: concatBytes([
      encodeFileMeta({ ...FACTS, sopClassUid: MR, implementationClassUid: "1.2.3" }),
      Uint8Array.fromHex("08001800" + "55490600" + "312e322e3300"),
      Uint8Array.fromHex("10002000" + "4c4f0004" + "31".repeat(0x400)),
      Uint8Array.fromHex("08001600" + "55490400" + "312e3700"),
    ]),
    expected: { sopClassUid: "1.7", sopInstanceUid: "1.2.3" },
  },
  {
    name: "a SOP Instance UID that is none, as it stands there",
    bytes: ct("1.2.x\\y", { meta: { sopInstanceUid: "" } }),
    expected: { sopInstanceUid: "1.2.x" },
  },
  {
    name: "the transfer syntax of the data set, where that of the meta is plainly wrong",
    bytes: mixed(IMPLICIT, EXPLICIT),
    expected: {
      transferSyntaxUid: EXPLICIT,
      writtenAs: EXPLICIT,
      warnings: [
        "its data set is in Explicit VR Little Endian, its file meta information says Implicit VR " +
        "Little Endian",
      ],
    },
  },
  {
    name: "a data set that is said to be deflated and is not",
    bytes: mixed(DEFLATED, BIG),
    expected: { transferSyntaxUid: BIG, writtenAs: BIG },
  },
  {
    name: "a private transfer syntax, with how its elements look",
    bytes: mixed(PRIVATE, IMPLICIT),
    expected: { transferSyntaxUid: PRIVATE, writtenAs: IMPLICIT, warnings: [] },
  },
  {
    name: "a private transfer syntax of which nothing can be read",
    bytes: mixed(PRIVATE, DEFLATED),
    expected: { transferSyntaxUid: PRIVATE, writtenAs: undefined, sopInstanceUid: "1.2.3" },
  },
  {
    name: "an instance that is cut behind its UIDs",
    bytes: ct("1.2.3").slice(0, -30),
    expected: { sopInstanceUid: "1.2.3", warnings: [] },
  },
];

for (const { name, bytes, expected } of CASES) {
  Deno.test(`readFileHead() gives ${name}`, async () => {
    const file = await read(bytes);
    assert.ok(file.kind === "instance", JSON.stringify(file));
    const { head } = file;
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual(head[key as keyof typeof head], value, key);
    }
  });
}

const NOT_DICOM:
  readonly (readonly [what: string, bytes: Uint8Array<ArrayBuffer>, reason: RegExp])[] = [
    ["text", new TextEncoder().encode("This is no DICOM file."), /no file meta information/],
    ["an empty file", new Uint8Array(), /no file meta information/],
    ["zeros", new Uint8Array(2000), /begins no data set/],
    ["a meta that is cut", ct("1.2.3").slice(0, 150), /ends inside|bytes left/],
  ];

for (const [what, bytes, reason] of NOT_DICOM) {
  Deno.test(`readFileHead() takes ${what} for no DICOM`, async () => {
    const file = await read(bytes);
    assert.ok(file.kind === "not DICOM", JSON.stringify(file));
    assert.match(file.reason, reason);
  });
}

const UNSENDABLE:
  readonly (readonly [what: string, bytes: Uint8Array<ArrayBuffer>, reason: string])[] = [
    [
      "a SOP Instance UID of 65 characters",
      ct(`1.${"2".repeat(63)}`),
      "its SOP Instance UID has 65 characters, more than the 64 of a UID",
    ],
    [
      "a SOP Class UID of 70 characters",
      ct("1.2", { sopClassUid: `1.${"2".repeat(68)}` }),
      "its SOP Class UID has 70 characters, more than the 64 of a UID",
    ],
    [
      "a Transfer Syntax UID of 66 characters",
      ct("1.2", { meta: { transferSyntaxUid: `1.${"2".repeat(64)}` } }),
      "its Transfer Syntax UID has 66 characters, more than the 64 of a UID",
    ],
    [
      "no UIDs",
      Uint8Array.fromHex("10002000" + "4c4f0200" + "3120"),
      "it has no SOP Class UID",
    ],
    [
      "no data set",
      ct("1.2.3").slice(0, ct("1.2.3").length - instanceDataSet(FACTS).length),
      "it has no data set",
    ],
    [
      "compressed pixel data in elements of implicit VR",
      mixed(JPEG, IMPLICIT),
      "its data set is in Implicit VR Little Endian, its file meta information says JPEG Lossless, " +
      "Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
    ],
  ];

for (const [what, bytes, reason] of UNSENDABLE) {
  Deno.test(`readFileHead() refuses a file with ${what}`, async () => {
    await assert.rejects(read(bytes), {
      name: "UnsendableError",
      message: `Cannot send DIR/file: ${reason}`,
    });
  });
}

Deno.test("readFileHead() recognises a DICOMDIR, and what is no file", async () => {
  const bytes = instanceFile({ ...FACTS, meta: { sopClassUid: "1.2.840.10008.1.3.10" } });
  assert.deepEqual(await read(bytes), { kind: "DICOMDIR" });
  assert.deepEqual(readFileHead("/dev/null"), {
    kind: "not DICOM",
    reason: "it is no regular file",
  });
  assert.throws(() => readFileHead("/no/such/file"), Deno.errors.NotFound);
});

Deno.test("readFileHead() uses its room again, whatever the file before has left in it", async () => {
  const files = {
    long: concatBytes([mixed(EXPLICIT, EXPLICIT), new Uint8Array(10_000)]),
    none: new TextEncoder().encode("none"),
    short: ct("1.2.4", { sopClassUid: MR }),
  };
  await withFiles(files, (directory) => {
    const room = new Uint8Array(FIRST_READ);
    const kinds = ["long", "none", "short", "long"]
      .map((name) => readFileHead(`${directory}/${name}`, room))
      .map((file) => file.kind === "instance" ? file.head.sopInstanceUid : file.kind);
    assert.deepEqual(kinds, ["1.2.3", "not DICOM", "1.2.4", "1.2.3"]);
  });
});

Deno.test("readFileHead() reads no more of a large file than it needs", () =>
  withFiles({ file: ct("1.2.3") }, async (directory) => {
    const path = `${directory}/file`;
    await Deno.truncate(path, 4_000_000_000);
    const file = readFileHead(path);
    assert.ok(file.kind === "instance");
    assert.equal(file.head.size, 4_000_000_000);
  }));
