import assert from "node:assert/strict";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { writeElements } from "../../lib/data_set/element_writer.ts";
import { EXPLICIT_LITTLE } from "../../lib/data_set/encoding.ts";

Deno.test({
  name: "`writeElements()` writes the groups that it is allowed, not deflated",
  permissions: "none",
  fn: () => {
    const dataSet = new DataSet().set({ tag: 0x00020010, vr: "UI", value: Uint8Array.of(0x31) });
    const bytes = writeElements(dataSet, EXPLICIT_LITTLE, (group) => group === 2);
    assert.equal(bytes.toHex(), "02001000554902003100");
  },
});

Deno.test({
  name: "`writeElements()` throws on a group that is not allowed, in an item too",
  permissions: "none",
  fn: () => {
    const item = new DataSet().set({ tag: 0x00100020, vr: "LO", value: Uint8Array.of(0x31) });
    const dataSet = new DataSet().set({ tag: 0x00081140, vr: "SQ", value: [item] });
    assert.throws(() => writeElements(dataSet, EXPLICIT_LITTLE, (group) => group === 8), {
      name: "DataSetError",
      message: "Cannot encode (0010,0020): its group does not belong in a data set",
    });
  },
});
