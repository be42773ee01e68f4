import assert from "node:assert/strict";
import { compareDataSets, dataSetOf, dataSetsIn } from "../../../build/demo/comparison.ts";
import { instanceFile } from "../../support/synthetic_instances.ts";

const FACTS = {
  sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  sopInstanceUid: "1.2.3.4.5",
  transferSyntaxUid: "1.2.840.10008.1.2.1",
} as const;

Deno.test("dataSetOf() tells data sets apart, and not file meta information", async () => {
  const [uid, dataSet] = await dataSetOf(instanceFile(FACTS));
  assert.equal(uid, "1.2.3.4.5");
  const others = [
    { ...FACTS, meta: { sourceAeTitle: "ELSEWHERE" } },
    { ...FACTS, keys: ["PatientComments=x"] },
    { ...FACTS, transferSyntaxUid: "1.2.840.10008.1.2" },
    // The same bytes, but another meaning.
    { ...FACTS, meta: { transferSyntaxUid: "1.2.840.10008.1.2.4.50" } },
  ];
  const same = await Promise.all(
    others.map(async (facts) => (await dataSetOf(instanceFile(facts)))[1] === dataSet),
  );
  assert.deepEqual(same, [true, false, false, false]);
});

Deno.test("dataSetsIn() reads the files of a directory", async () => {
  const directory = await Deno.makeTempDir({ prefix: "dimse_comparison_" });
  try {
    await Deno.writeFile(`${directory}/a`, instanceFile(FACTS));
    await Deno.writeFile(`${directory}/b`, instanceFile({ ...FACTS, sopInstanceUid: "1.2" }));
    assert.deepEqual([...(await dataSetsIn(directory)).keys()].sort(), ["1.2", "1.2.3.4.5"]);
    assert.equal((await dataSetsIn(`${directory}/none`)).size, 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("compareDataSets() finds what differs, is missing, or should not be there", {
  permissions: "none",
}, () => {
  const expected = new Map([["1", "a"], ["2", "b"], ["3", "c"]]);
  assert.deepEqual(compareDataSets(expected, expected), {
    same: 3,
    different: [],
    missing: [],
    unexpected: [],
  });
  assert.deepEqual(compareDataSets(expected, new Map([["1", "a"], ["2", "x"], ["4", "d"]])), {
    same: 1,
    different: ["2"],
    missing: ["3"],
    unexpected: ["4"],
  });
});
