import assert from "node:assert/strict";
import { ToolLog } from "../../cli/log.ts";
import type { PeerQuery, PeerQueryOutcome } from "../../cli/peer_queries.ts";
import {
  describePeerQuery,
  logBrokenQuery,
  logPeerQuery,
  requestEventOf,
} from "../../cli/peer_query_report.ts";
import { STUDY_ROOT_FIND } from "../../lib/sop_class.ts";

const QUERY: PeerQuery = {
  association: {
    id: "7",
    callingAeTitle: "WS1",
    calledAeTitle: "QRSCP",
    peerAddress: "10.0.0.5:4711",
  },
  service: "C-FIND",
  sopClassUid: STUDY_ROOT_FIND,
  level: "STUDY",
  destination: undefined,
};
const MOVE: PeerQuery = { ...QUERY, service: "C-MOVE", destination: "WS2" };
const GET: PeerQuery = { ...QUERY, service: "C-GET", level: undefined };
const OUTCOME: PeerQueryOutcome = {
  query: QUERY,
  status: 0x0000,
  errorComment: undefined,
  matches: 0,
  counters: {},
  duration: 1260,
};
const FROM = "from WS1 (10.0.0.5:4711) to QRSCP";

const LINES: readonly (readonly [outcome: Partial<PeerQueryOutcome>, line: string])[] = [
  [{}, `I: C-FIND at level STUDY ${FROM}: 0 matches in 1.3 s`],
  [{ matches: 1 }, `I: C-FIND at level STUDY ${FROM}: 1 match in 1.3 s`],
  [
    { matches: 3, status: 0xfe00 },
    `I: C-FIND at level STUDY ${FROM}: cancelled, 3 matches in 1.3 s`,
  ],
  [
    { status: 0xa900, errorComment: "Level is missing", query: { ...QUERY, level: undefined } },
    `W: C-FIND ${FROM}: 0xA900 (identifier does not match SOP class): Level is missing; ` +
    "0 matches in 1.3 s",
  ],
  [
    { query: MOVE, counters: { completed: 9, warning: 1, failed: 0 } },
    `I: C-MOVE at level STUDY ${FROM}, for WS2: 10 instances sent in 1.3 s`,
  ],
  [
    { query: MOVE, status: 0xa801 },
    `W: C-MOVE at level STUDY ${FROM}, for WS2: 0xA801 (refused: move destination unknown); ` +
    "0 instances sent in 1.3 s",
  ],
  [
    { query: GET, status: 0xb000, counters: { completed: 1, failed: 2 } },
    `W: C-GET ${FROM}: 0xB000 (sub-operations complete, one or more failures or warnings); ` +
    "1 instance sent, 2 failed in 1.3 s",
  ],
];

for (const [outcome, line] of LINES) {
  Deno.test({
    name: `logPeerQuery() writes ${line}`,
    permissions: "none",
    fn: () => {
      let written = "";
      const log = new ToolLog("verbose", (text) => written += text);
      logPeerQuery(log, { ...OUTCOME, ...outcome });
      assert.equal(written, `${line}\n`);
    },
  });
}

Deno.test({
  name: "logPeerQuery() tells at the usual level only what went wrong",
  permissions: "none",
  fn: () => {
    let written = "";
    const log = new ToolLog("info", (text) => written += text);
    for (const status of [0x0000, 0xfe00]) logPeerQuery(log, { ...OUTCOME, status });
    assert.equal(written, "");
    logPeerQuery(log, { ...OUTCOME, status: 0xc000 });
    assert.match(written, /^W: .*0xC000/);
  },
});

Deno.test({
  name: "logBrokenQuery() tells what has come until then",
  permissions: "none",
  fn: () => {
    let written = "";
    const log = new ToolLog("info", (text) => written += text);
    logBrokenQuery(log, { ...OUTCOME, query: MOVE, counters: { completed: 3, failed: 1 } });
    const line =
      `C-MOVE at level STUDY ${FROM}, for WS2 broke off: 3 instances sent, 1 failed in 1.3 s`;
    assert.equal(written, `W: ${line}\n`);
  },
});

Deno.test({
  name: "describePeerQuery() tells no level that is none: peers may write there what they like",
  permissions: "none",
  fn: () => {
    assert.equal(describePeerQuery({ ...QUERY, level: "DOE^JANE" }), `C-FIND ${FROM}`);
    assert.equal(
      requestEventOf({ ...OUTCOME, query: { ...QUERY, level: "DOE^JANE" } }).level,
      null,
    );
  },
});

Deno.test({
  name: "requestEventOf() has matches of a C-FIND, and counters of a C-MOVE",
  permissions: "none",
  fn: () => {
    assert.deepEqual(requestEventOf({ ...OUTCOME, matches: 3 }), {
      event: "request",
      association: "7",
      service: "C-FIND",
      sopClassUid: STUDY_ROOT_FIND,
      level: "STUDY",
      destination: null,
      matches: 3,
      status: 0,
      meaning: "matching is complete",
      remaining: null,
      completed: null,
      failed: null,
      warning: null,
      durationMs: 1260,
    });
    const counters = { completed: 2, failed: 1, warning: 0 };
    const { destination, matches, ...event } = requestEventOf({
      ...OUTCOME,
      query: MOVE,
      counters,
    });
    assert.deepEqual([destination, matches], ["WS2", null]);
    const { remaining, completed, failed, warning } = event;
    assert.deepEqual([remaining, completed, failed, warning], [null, 2, 1, 0]);
  },
});
