import assert from "node:assert/strict";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import { InstanceInspector } from "../../lib/service/instance_inspector.ts";
import { CT, EXPLICIT } from "../support/core_pair.ts";
import { pure } from "../support/requesting.ts";
import { storeRequest } from "../support/served.ts";

const DEFLATED = "1.2.840.10008.1.2.1.99";

const MESSAGE = storeRequest({ affectedSopInstanceUid: "1.2.3" });

/** A UI element with these very bytes. */
function uid(tag: number, text: string): [tag: number, value: Uint8Array] {
  return [tag, new TextEncoder().encode(text)];
}

function encoded(
  elements: readonly (readonly [tag: number, value: Uint8Array])[],
  transferSyntaxUid = EXPLICIT,
): Uint8Array {
  const dataSet = new DataSet();
  for (const [tag, value] of elements) dataSet.set({ tag, vr: "UI", value });
  dataSet.set({ tag: 0x00100020, vr: "LO", value: encodeStrings("LO", ["4711"], []) });
  dataSet.set({ tag: 0x7fe00010, vr: "OW", value: new Uint8Array(5000) });
  return encodeDataSet(dataSet, transferSyntaxUid);
}

function inspector(options: { tags?: number[]; syntax?: string; budget?: number } = {}) {
  const { tags = [], syntax = EXPLICIT, budget = Infinity } = options;
  return new InstanceInspector(MESSAGE, {
    transferSyntaxUid: syntax,
    tags,
    inflateBudget: budget,
  });
}

const CLASS = 0x00080016;
const INSTANCE = 0x00080018;

const IDENTITIES: readonly (readonly [
  sopClass: string | undefined,
  sopInstance: string | undefined,
  refusal: string | undefined,
])[] = [
  [`${CT}\0`, "1.2.3\0", undefined],
  // Padded against the rule, and read all the same.
  [`${CT} `, "1.2.3 ", undefined],
  [`${CT}\0`, "1.2.3\0\0\0", undefined],
  [`${CT}\0`, "1.2.30", "SOP Instance UID is not the command's"],
  [`${CT}\0`, "1.2\0", "SOP Instance UID is not the command's"],
  [`${CT}\0`, "1.2.4\0", "SOP Instance UID is not the command's"],
  [`${CT}\0`, "", "SOP Instance UID is missing"],
  [`${CT}\0`, undefined, "SOP Instance UID is missing"],
  [`${CT}1`, "1.2.3\0", "SOP Class UID is not the command's"],
  [undefined, "1.2.3\0", "SOP Class UID is missing"],
];

for (const [sopClass, sopInstance, refusal] of IDENTITIES) {
  const title = `${JSON.stringify(sopClass)}, ${JSON.stringify(sopInstance)}`;
  pure(`InstanceInspector says ${refusal ?? "nothing"} of ${title}`, () => {
    const bytes = encoded([
      ...(sopClass === undefined ? [] : [uid(CLASS, sopClass)]),
      ...(sopInstance === undefined ? [] : [uid(INSTANCE, sopInstance)]),
    ]);
    for (const piece of [1, 7, bytes.byteLength]) {
      const inspected = inspector();
      for (let at = 0; at < bytes.byteLength; at += piece) {
        inspected.push(bytes.subarray(at, at + piece));
      }
      assert.equal(inspected.isSatisfied, true);
      if (refusal === undefined) inspected.finish();
      else assert.throws(() => inspected.finish(), { message: refusal, status: 0xa900 });
    }
  });
}

pure("InstanceInspector takes two values for no UID, though the command has the same", () => {
  const inspected = new InstanceInspector(
    { ...MESSAGE, affectedSopInstanceUid: "1.2\\3" },
    { transferSyntaxUid: EXPLICIT, tags: [], inflateBudget: Infinity },
  );
  inspected.push(encoded([uid(CLASS, `${CT}\0`), uid(INSTANCE, "1.2\\3\0")]));
  assert.throws(() => inspected.finish(), { status: 0xa900 });
});

pure("InstanceInspector finds what is asked for, and says when it has passed", () => {
  const bytes = encoded([uid(CLASS, `${CT}\0`), uid(INSTANCE, "1.2.3\0")]);
  const inspected = inspector({ tags: [0x00100020] });
  // As far as the header of the element behind it.
  const end = bytes.byteLength - 5000 - 12;
  inspected.push(bytes.subarray(0, end));
  assert.equal(inspected.isSatisfied, false);
  inspected.push(bytes.subarray(end));
  assert.equal(inspected.isSatisfied, true);
  inspected.finish();
  assert.equal(inspected.found.getString(0x00100020), "4711");
  assert.equal(inspector().found.has(0x00100020), false);
});

pure("InstanceInspector refuses what inflates too far, and passes on what is broken", () => {
  const bytes = encoded([uid(CLASS, `${CT}\0`), uid(INSTANCE, "1.2.3\0")], DEFLATED);
  const whole = inspector({ syntax: DEFLATED, budget: 10_000 });
  whole.push(bytes);
  whole.finish();
  const bomb = inspector({ syntax: DEFLATED, budget: 1000 });
  const refused = { name: "RefusedError", status: 0xa700, message: /1000 bytes/ };
  assert.throws(() => {
    bomb.push(bytes);
    bomb.finish();
  }, refused);
  const broken = inspector();
  assert.throws(() => broken.push(Uint8Array.of(8, 0, 0x16, 0, 0x3f, 0x3f, 0, 0)), {
    name: "DataSetError",
  });
  const cut = inspector();
  cut.push(encoded([]).subarray(0, 10));
  assert.throws(() => cut.finish(), { name: "DataSetError" });
});
