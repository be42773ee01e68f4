import assert from "node:assert/strict";
import { explainGet, type GetShortfall } from "../../cli/get_explanation.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const JPEG = "1.2.840.10008.1.2.4.50";

function accepted(...pairs: readonly (readonly [string, string])[]): GetShortfall["accepted"] {
  return pairs.map(([abstractSyntax, transferSyntax], index) => ({
    id: 2 * index + 3,
    abstractSyntax,
    transferSyntax,
    requestorIsScu: false,
    requestorIsScp: true,
  }));
}

const NOTHING: GetShortfall = {
  open: 0,
  uids: [],
  refusedUids: [],
  classes: new Map(),
  accepted: [],
  hasGivenClasses: false,
  hasGivenSyntaxes: false,
};

const CASES: readonly [name: string, shortfall: Partial<GetShortfall>, lines: string[]][] = [
  ["nothing is open", {}, []],
  ["all that is open was refused here", { open: 1, uids: ["1"], refusedUids: ["1"] }, []],
  [
    "the class is accepted",
    {
      open: 2,
      uids: ["1", "2"],
      classes: new Map([["1", CT], ["2", CT]]),
      accepted: accepted([CT, JPEG]),
    },
    [
      "2 instances of CT Image Storage did not come: the archive accepted JPEG Baseline (Process 1) for it",
      "The archive's log may say what failed; a rare transfer syntax can be named with --transfer-syntax",
    ],
  ],
  [
    "the class is accepted in many transfer syntaxes",
    {
      open: 1,
      uids: ["1"],
      classes: new Map([["1", CT]]),
      accepted: accepted(...["1", "2", "3", "4"].map((each) => [CT, each] as const), [CT, JPEG]),
    },
    [
      "1 instance of CT Image Storage did not come: the archive accepted 5 transfer syntaxes for it",
      "The archive's log may say what failed; a rare transfer syntax can be named with --transfer-syntax",
    ],
  ],
  [
    "some are known",
    {
      open: 3,
      uids: ["1", "2", "1"],
      classes: new Map([["1", CT], ["2", ""]]),
      accepted: accepted(["1.2", JPEG]),
    },
    [
      "1 instance of CT Image Storage did not come: the archive accepted no presentation context for it",
      "2 other instances did not come, and the archive does not say of which SOP class",
      "The archive does not send this by C-GET: use movescu",
    ],
  ],
  [
    "nothing is known",
    { open: 1, accepted: accepted([CT, JPEG]) },
    [
      "1 instance did not come, and the archive does not say of which SOP class",
      "Name the SOP classes with --sop-class, and a rare transfer syntax with --transfer-syntax",
    ],
  ],
  [
    "nothing compressed was accepted",
    { open: 1, accepted: accepted([CT, EXPLICIT]) },
    [
      "1 instance did not come, and the archive does not say of which SOP class",
      "The archive accepted no compressed transfer syntax",
      "What it holds compressed it may send to movescu",
    ],
  ],
  [
    "the user has given classes",
    { open: 1, hasGivenClasses: true, accepted: accepted([CT, JPEG]) },
    [
      "1 instance did not come, and the archive does not say of which SOP class",
      "Nothing but what --sop-class names was proposed: give more, or leave it to getscu",
    ],
  ],
  [
    "the user has given transfer syntaxes",
    { open: 1, hasGivenSyntaxes: true, accepted: accepted([CT, EXPLICIT]) },
    [
      "1 instance did not come, and the archive does not say of which SOP class",
      "Nothing but what --transfer-syntax names was proposed: give more, or leave it to getscu",
    ],
  ],
];

for (const [name, shortfall, lines] of CASES) {
  Deno.test({
    name: `explainGet() when ${name}`,
    permissions: "none",
    fn: () => assert.deepEqual(explainGet({ ...NOTHING, ...shortfall }), lines),
  });
}
