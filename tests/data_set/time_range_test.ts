import assert from "node:assert/strict";
import { isInTimeRange } from "../../lib/data_set/time_range.ts";

type TimeVr = "DA" | "TM" | "DT";

const CASES: readonly (readonly [TimeVr, key: string, value: string, expected: boolean])[] = [
  ["DA", "20260228", "2026.02.28", true],
  ["DA", "2026.02.01-2026.02.28", "20260228", true],
  ["DA", "20260101 - 20260131", "20260115", true],
  ["DA", "-", "20260115", false],
  ["DA", "2026*", "20260115", false],
  ["DA", "garbage", "garbage", true],
  ["DA", "20261301-", "20270101", false],
  ["TM", "10:30", "103059", true],
  ["TM", "1030-1031", "103159.999999", true],
  ["TM", "235960", "235960", true],
  ["TM", "2400", "0000", false],
  ["TM", "103000.5", "103000.54", true],
  ["TM", "103000.5", "103000.6", false],
  ["TM", "-0000", "0000", true],
  ["DT", "2026", "20261231235959.999999", true],
  ["DT", "2026", "2027", false],
  ["DT", "202602", "20260228", true],
  ["DT", "2019-2020", "2020", true],
  ["DT", "2020-0500", "2020-0500", true],
  ["DT", "20200101-0500", "20200101050000+0000", true],
  ["DT", "-2020-0500", "2019", true],
  ["DT", "20200101+1400-", "20191231095959+0000", false],
  ["DT", "20200101+1400-", "20191231100000+0000", true],
  ["DT", "20200101000000-20200102", "20200102235959", true],
];

for (const [vr, key, value, expected] of CASES) {
  Deno.test({
    name: `${vr} "${value}" is ${expected ? "" : "not "}in "${key}"`,
    permissions: "none",
    fn: () => assert.equal(isInTimeRange(vr, key, value), expected),
  });
}
