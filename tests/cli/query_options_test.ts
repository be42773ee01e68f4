import assert from "node:assert/strict";
import { modelOptions, queryOptions, separateQuery } from "../../cli/query_options.ts";

const CASES: readonly (readonly [args: string, separated: string])[] = [
  ["-q", "-q"],
  ["-q PatientID=1", "-k PatientID=1"],
  ["-q PatientID=", "-k PatientID="],
  ["-q PatientID", "-q PatientID"],
  ["-q pacs 104", "-q pacs 104"],
  ["-q AE@pacs:104", "-q AE@pacs:104"],
  ["-q (0010,0020)=1", "-k (0010,0020)=1"],
  ["-q 00100020=1", "-k 00100020=1"],
  ["-q 0010,0020=1", "-k 0010,0020=1"],
  ["-q BeamSequence[0].PatientName=a=b", "-k BeamSequence[0].PatientName=a=b"],
  ["-q A=1 -q B=2 -q", "-k A=1 -k B=2 -q"],
  ["-q -k A=1", "-q -k A=1"],
  ["-q --linger=3", "-q --linger=3"],
  ["-q -pdu=0", "-q -pdu=0"],
  ["--quiet A=1", "--quiet A=1"],
  ["-- -q A=1 -kA=1", "-- -q A=1 -kA=1"],
  ["-kA=1 -k=B=2 -fx -f=y", "-k A=1 -k B=2 -f x -f y"],
  ["-k A=1 -f x --file=y -ll", "-k A=1 -f x --file=y -ll"],
];

for (const [args, separated] of CASES) {
  Deno.test({
    name: `separateQuery() makes "${separated}" of "${args}"`,
    permissions: "none",
    fn: () => assert.deepEqual(separateQuery(args.split(" ")), separated.split(" ")),
  });
}

Deno.test({
  name: "queryOptions() keeps the keys in the order of the command line",
  permissions: "none",
  fn: () => {
    const args = [
      "-k",
      "B=2",
      "--keyword=A=1",
      "--query",
      "-C=3",
      "-k",
      "D=4",
      "--query-file",
      "q",
    ];
    const result = queryOptions().parse(args);
    assert.ok(result.success);
    assert.deepEqual(result.value, {
      keys: ["B=2", "A=1", "-C=3", "D=4"],
      file: undefined,
      queryFile: "q",
    });
  },
});

Deno.test({
  name: "modelOptions() tells which were given",
  permissions: "none",
  fn: () => {
    const result = modelOptions().parse(["-S"]);
    assert.ok(result.success);
    assert.deepEqual(result.value, {
      patientRoot: false,
      studyRoot: true,
      patientStudyOnly: false,
    });
  },
});
