import assert from "node:assert/strict";
import { DataSet } from "../../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../../lib/data_set/encoder.ts";
import { encodingOf } from "../../../lib/data_set/encoding.ts";
import { Walker } from "../../../lib/data_set/walker.ts";
import { FIRST_BULK_TAG, HeadCollector } from "../../../plugins/archive/head_collector.ts";
import { EXPLICIT, identifierOf, shown } from "../archive_area.ts";

const pure = { permissions: "none" } as const;

/** What is kept of a data set. */
function kept(dataSet: DataSet): DataSet {
  const collector = new HeadCollector();
  const walker = new Walker(encodingOf(EXPLICIT), collector, { stopBefore: FIRST_BULK_TAG });
  const bytes = encodeDataSet(dataSet, EXPLICIT);
  for (let at = 0; at < bytes.length; at += 100) walker.push(bytes.subarray(at, at + 100));
  return collector.head;
}

function bytes(length: number): Uint8Array {
  return new Uint8Array(length).fill(0x41);
}

Deno.test("HeadCollector keeps elements and sequences up to the pixel data", pure, () => {
  const dataSet = identifierOf(
    "PatientID=4711",
    "RequestAttributesSequence[0].ScheduledProcedureStepID=S1",
    "RequestAttributesSequence[0].ScheduledProtocolCodeSequence[0].CodeValue=C1",
    "RequestAttributesSequence[1].ScheduledProcedureStepID=S2",
    "Rows=512",
  );
  const expected = shown(dataSet);
  dataSet.set({ tag: 0x7fe00010, vr: "OB", value: bytes(10) });
  assert.deepEqual(shown(kept(dataSet)), expected);
});

Deno.test("HeadCollector leaves out long values and large sequences", pure, () => {
  const dataSet = identifierOf("PatientID=4711", "Rows=512");
  dataSet.set({ tag: 0x00104000, vr: "LT", value: bytes(4096) });
  dataSet.set({ tag: 0x00204000, vr: "LT", value: bytes(4098) });
  const items = Array.from({ length: 5 }, () => {
    const item = new DataSet(dataSet);
    return item.set({ tag: 0x00080100, vr: "SH", value: bytes(2000) });
  });
  dataSet.set({ tag: 0x00081140, vr: "SQ", value: items });
  dataSet.set({ tag: 0x00081032, vr: "SQ", value: items.slice(0, 3) });
  assert.deepEqual([...kept(dataSet)].map(({ tag }) => tag), [
    0x00081032,
    0x00100020,
    0x00104000,
    0x00280010,
  ]);
});

Deno.test("HeadCollector bounds private elements, and all", pure, () => {
  const dataSet = identifierOf("PatientID=4711", "SliceLocation=1");
  for (let tag = 0x00091000; tag < 0x00091010; tag++) {
    dataSet.set({ tag, vr: "LO", value: bytes(500) });
  }
  for (let tag = 0x00189000; tag < 0x00189020; tag++) {
    dataSet.set({ tag, vr: "LT", value: bytes(4000) });
  }
  const tags = [...kept(dataSet)].map(({ tag }) => tag);
  assert.equal(tags.filter((tag) => tag < 0x00100000).length, 4);
  assert.equal(tags.filter((tag) => tag >>> 16 === 0x0018).length, 15);
  assert.ok(tags.includes(0x00100020));
});

Deno.test("HeadCollector passes over the fragments of an icon", pure, () => {
  const dataSet = identifierOf("PatientID=4711", "Rows=512");
  const icon = new DataSet(dataSet);
  icon.set({ tag: 0x00280010, vr: "US", value: Uint8Array.of(8, 0) });
  icon.set({ tag: 0x7fe00010, vr: "OB", value: { fragments: [bytes(0), bytes(20)] } });
  dataSet.set({ tag: 0x00880200, vr: "SQ", value: [icon] });
  const collector = new HeadCollector();
  const compressed = "1.2.840.10008.1.2.4.50";
  const walker = new Walker(encodingOf(compressed), collector);
  walker.push(encodeDataSet(dataSet, compressed));
  walker.finish();
  assert.deepEqual(shown(collector.head.getItems(0x00880200)[0] ?? new DataSet()), ["Rows=8"]);
});
