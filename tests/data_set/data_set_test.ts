import assert from "node:assert/strict";
import fc from "fast-check";
import { type DataElement, DataSet } from "../../lib/data_set/data_set.ts";
import type { Vr } from "../../lib/data_set/vr.ts";
import { DataSetError } from "../../lib/errors.ts";

function text(tag: number, vr: Vr, value: string): DataElement {
  return { tag, vr, value: new TextEncoder().encode(value) };
}

Deno.test("`DataSet` has the elements it was given, in the order of their tags", () => {
  const dataSet = new DataSet()
    .set(text(0x7fe00010, "OW", "zz"))
    .set(text(0xfffcfffc, "OB", ""))
    .set(text(0x00080018, "UI", "1.2"))
    .set(text(0x00100010, "PN", "A"));
  const tags = (): number[] => [...dataSet].map(({ tag }) => tag);
  assert.deepEqual(tags(), [0x00080018, 0x00100010, 0x7fe00010, 0xfffcfffc]);
  dataSet.set(text(0x00080016, "UI", "1.3"));
  assert.deepEqual(tags(), [0x00080016, 0x00080018, 0x00100010, 0x7fe00010, 0xfffcfffc]);
  assert.equal(dataSet.size, 5);
});

Deno.test("`DataSet` iterates in order whatever the order of setting", () => {
  const tag = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(fc.property(fc.array(tag), fc.array(tag), (first, second) => {
    const dataSet = new DataSet();
    for (const each of first) dataSet.set(text(each, "LO", ""));
    const found = [...dataSet].map((element) => element.tag);
    assert.deepEqual(found, [...new Set(first)].sort((a, b) => a - b));
    for (const each of second) dataSet.delete(each);
    const left = new Set(first).difference(new Set(second));
    assert.equal(dataSet.size, left.size);
    assert.deepEqual([...dataSet].map((element) => element.tag), [...left].sort((a, b) => a - b));
  }));
});

Deno.test("`DataSet.set()` replaces, `get()` and `has()` find, `delete()` takes out", () => {
  const dataSet = new DataSet().set(text(0x00100020, "LO", "1"));
  const element = text(0x00100020, "LO", "2 ");
  assert.equal(dataSet.set(element), dataSet);
  assert.equal(dataSet.size, 1);
  assert.equal(dataSet.get(0x00100020), element);
  assert.ok(dataSet.has(0x00100020));
  assert.equal(dataSet.getString(0x00100020), "2");
  assert.equal(dataSet.delete(0x00100020), true);
  assert.equal(dataSet.delete(0x00100020), false);
  assert.ok(!dataSet.has(0x00100020));
  assert.equal(dataSet.get(0x00100020), undefined);
  assert.equal(dataSet.size, 0);
});

Deno.test("`DataSet` reads text without its padding", () => {
  const dataSet = new DataSet()
    .set(text(0x00080018, "UI", "1.2.3\0"))
    .set(text(0x00080060, "CS", "CT\\MR "))
    .set(text(0x00100020, "LO", ""));
  assert.deepEqual(dataSet.getStrings(0x00080018), ["1.2.3"]);
  assert.deepEqual(dataSet.getStrings(0x00080060), ["CT", "MR"]);
  assert.equal(dataSet.getString(0x00080060), "CT");
  for (const tag of [0x00100020, 0x00100021]) {
    assert.equal(dataSet.getString(tag), undefined);
    assert.deepEqual(dataSet.getStrings(tag), []);
  }
});

Deno.test("`DataSet.getNumbers()` reads binary numbers, IS and DS", () => {
  const dataSet = new DataSet()
    .set({ tag: 0x00280010, vr: "US", value: Uint8Array.of(0, 2, 1, 0) })
    .set({ tag: 0x00189999, vr: "SV", value: new Uint8Array(8).fill(0xff) })
    .set(text(0x00200013, "IS", "-7"))
    .set(text(0x00280030, "DS", "0.5\\1e3 "))
    .set(text(0x00100020, "LO", "12"));
  assert.deepEqual(dataSet.getNumbers(0x00280010), [512, 1]);
  assert.deepEqual(dataSet.getNumbers(0x00189999), [-1n]);
  assert.deepEqual(dataSet.getNumbers(0x00200013), [-7]);
  assert.deepEqual(dataSet.getNumbers(0x00280030), [0.5, 1000]);
  assert.deepEqual(dataSet.getNumbers(0x00280011), []);
  assert.throws(
    () => dataSet.getNumbers(0x00100020),
    (error) =>
      error instanceof DataSetError && error.tag === 0x00100020 &&
      error.message === "Cannot read (0010,0020) as numbers: its VR is LO",
  );
});

Deno.test("`DataSet.getItems()` has the items of a sequence, and of nothing else", () => {
  const item = new DataSet();
  const dataSet = new DataSet()
    .set({ tag: 0x00081140, vr: "SQ", value: [item] })
    .set({ tag: 0x7fe00010, vr: "OB", value: { fragments: [new Uint8Array(0)] } })
    .set(text(0x00100020, "LO", "1"));
  assert.deepEqual(dataSet.getItems(0x00081140), [item]);
  for (const tag of [0x7fe00010, 0x00100020, 0x00081115]) {
    assert.deepEqual(dataSet.getItems(tag), []);
  }
  assert.deepEqual(dataSet.getStrings(0x00081140), []);
  assert.deepEqual(dataSet.getNumbers(0x7fe00010), []);
});

Deno.test("`DataSet.characterSets` is the item's own or that of what it is nested in", () => {
  const root = new DataSet();
  const item = new DataSet(root);
  const inner = new DataSet(item);
  assert.deepEqual(inner.characterSets, []);
  root.set(text(0x00080005, "CS", "ISO_IR 100"));
  assert.deepEqual(inner.characterSets, ["ISO_IR 100"]);
  item.set(text(0x00080005, "CS", "\\ISO 2022 IR 87"));
  assert.deepEqual(inner.characterSets, ["", "ISO 2022 IR 87"]);
  assert.deepEqual(root.characterSets, ["ISO_IR 100"]);
  assert.equal(inner.parent, item);
  // Ü in Latin 1 is read by the set of the root.
  const latin = new DataSet(root).set({ tag: 0x00100010, vr: "PN", value: Uint8Array.of(0xdc) });
  assert.equal(latin.getString(0x00100010), "Ü");
});
