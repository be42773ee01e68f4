import assert from "node:assert/strict";
import { sameInstance } from "../../plugins/same_instance.ts";
import { openDataSet, someBytes, storeRequest } from "../conformance/store_request.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const data = someBytes(600_000);

function head(transferSyntaxUid: string, callingAeTitle: string): Bytes {
  const dataSet = openDataSet({}).stream;
  return storeRequest({ dataSet, transferSyntaxUid, callingAeTitle }).fileMetaInformation();
}

function fileOf(head: Bytes, body: Bytes): Bytes {
  const bytes = new Uint8Array(head.byteLength + body.byteLength);
  bytes.set(head);
  bytes.set(body, head.byteLength);
  return bytes;
}

const EXPLICIT = "1.2.840.10008.1.2.1";
const base = head(EXPLICIT, "A");

/** A head whose group length says something else. */
function withGroupLength(length: number): Bytes {
  const bytes = base.slice();
  new DataView(bytes.buffer).setUint32(140, length, true);
  return bytes;
}

const CASES: readonly {
  readonly what: string;
  readonly left: Bytes;
  readonly right: Bytes;
  readonly same: boolean;
}[] = [
  { what: "all bytes are equal", left: fileOf(base, data), right: fileOf(base, data), same: true },
  {
    what: "only the sender differs",
    left: fileOf(base, data),
    right: fileOf(head(EXPLICIT, "ANOTHER_AE_TITLE"), data),
    same: true,
  },
  {
    what: "the transfer syntax differs",
    left: fileOf(base, data),
    right: fileOf(head("1.2.840.10008.1.2.4.70", "A"), data),
    same: false,
  },
  {
    what: "the last byte differs",
    left: fileOf(base, data),
    right: fileOf(base, data.with(599_999, data[599_999]! ^ 1)),
    same: false,
  },
  {
    what: "one is shorter",
    left: fileOf(base, data),
    right: fileOf(base, data.subarray(0, -2)),
    same: false,
  },
  { what: "both data sets are empty", left: base, right: base, same: true },
  { what: "both are empty files", left: new Uint8Array(), right: new Uint8Array(), same: true },
  { what: "neither is DICOM and both are equal", left: data, right: data, same: true },
  { what: "one has no head", left: fileOf(base, data), right: data, same: false },
  {
    what: "one has a group length beyond its end",
    left: base,
    right: withGroupLength(60_000),
    same: false,
  },
  {
    what: "one has a group length of 4 GiB",
    left: fileOf(base, data),
    right: fileOf(withGroupLength(0xffffffff), data),
    same: false,
  },
];

for (const { what, left, right, same } of CASES) {
  Deno.test(`\`sameInstance()\` is ${same} when ${what}`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      await Deno.writeFile(`${directory}/left`, left);
      await Deno.writeFile(`${directory}/right`, right);
      assert.equal(await sameInstance(`${directory}/left`, `${directory}/right`), same);
      assert.equal(await sameInstance(`${directory}/right`, `${directory}/left`), same);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("`sameInstance()` is false when one is a link or a directory", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${directory}/left`, base);
    await Deno.symlink("left", `${directory}/link`);
    await Deno.mkdir(`${directory}/folder`);
    assert.equal(await sameInstance(`${directory}/left`, `${directory}/link`), false);
    assert.equal(await sameInstance(`${directory}/folder`, `${directory}/left`), false);
    await assert.rejects(sameInstance(`${directory}/left`, `${directory}/gone`), {
      name: "NotFound",
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
