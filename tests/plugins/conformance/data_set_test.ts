import assert from "node:assert/strict";
import { DataSetScanner } from "../../../lib/data_set/scanner.ts";
import { lookupKeyword } from "../../../lib/data_set/dictionary.ts";
import {
  beginning,
  someBytes,
  SOP_CLASS,
  syntheticDataSet,
  TRANSFER_SYNTAX,
} from "../../../plugins/conformance/data_set.ts";
import { HOSTILE_UIDS } from "../../../plugins/conformance/hostile_uids.ts";
import { pure } from "../../support/requesting.ts";

for (const length of [0, 1000, 100_001]) {
  pure(
    `\`syntheticDataSet()\` makes a data set that scans when it is to have ${length} bytes`,
    () => {
      const { bytes, attributes, headLength } = syntheticDataSet(length);
      if (length > 500) assert.equal(bytes.byteLength, length + length % 2);
      const tags = Object.keys(attributes).map((keyword) => lookupKeyword(keyword)!.tag);
      const scanner = new DataSetScanner(TRANSFER_SYNTAX, { collect: tags });
      scanner.push(bytes.subarray(0, headLength));
      scanner.push(bytes.subarray(headLength));
      scanner.finish();
      for (const [keyword, values] of Object.entries(attributes)) {
        const { tag } = lookupKeyword(keyword)!;
        assert.deepEqual(scanner.attributes.getStrings(tag), values, keyword);
      }
      assert.deepEqual(attributes.SOPClassUID, [SOP_CLASS]);
    },
  );
}

pure("`syntheticDataSet()` makes a data set that scans when its UID is none", () => {
  for (const sopInstanceUid of HOSTILE_UIDS) {
    const scanner = new DataSetScanner(TRANSFER_SYNTAX, { collect: [] });
    scanner.push(syntheticDataSet(1000, { sopInstanceUid }).bytes);
    scanner.finish();
  }
});

pure("`syntheticDataSet()` leaves the pixels away when only the head is asked for", () => {
  const whole = syntheticDataSet(50_000);
  const head = syntheticDataSet(50_000, { isHeadOnly: true });
  assert.equal(head.length, whole.bytes.byteLength);
  assert.deepEqual(head.bytes, whole.bytes.subarray(0, head.headLength + 12));
});

pure("`syntheticDataSet()` makes other pixels for another seed", () => {
  const [one, other] = [1, 2].map((seed) => syntheticDataSet(2000, { seed }));
  assert.equal(one!.bytes.byteLength, other!.bytes.byteLength);
  assert.notDeepEqual(one!.bytes, other!.bytes);
});

pure("`beginning()` cuts the bytes off and leaves the rest", () => {
  const dataSet = syntheticDataSet(1000);
  const { bytes, ...rest } = beginning(dataSet, 10);
  assert.deepEqual(bytes, dataSet.bytes.subarray(0, 10));
  const { bytes: _bytes, ...others } = dataSet;
  assert.deepEqual(rest, others);
});

pure("`someBytes()` makes no runs of one value", () => {
  const bytes = someBytes(10_000);
  assert.ok(new Set(bytes).size > 200);
  assert.deepEqual(someBytes(10), bytes.subarray(0, 10));
});
