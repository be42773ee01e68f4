import assert from "node:assert/strict";
import { main } from "../../cli/storescu.ts";
import { DEFAULT_STORAGE_CLASSES } from "../../cli/default_storage_classes.ts";
import { readEvents, summaryOf } from "../support/event_schema.ts";
import {
  BIG,
  CT,
  ct,
  DEFLATED,
  EXPLICIT,
  type Files,
  IMPLICIT,
  JPEG,
  MR,
  sending,
  withFiles,
} from "./sending.ts";
import { refuses, ToolBench } from "./tool_bench.ts";

const FILES: Files = {
  "a.dcm": ct("1.1"),
  "b.dcm": ct("1.2", { transferSyntaxUid: JPEG, sopClassUid: MR }),
  "sub/c.dcm": ct("1.3"),
};
const OWN = [
  [CT, EXPLICIT],
  [CT, [IMPLICIT, DEFLATED, BIG].join()],
  [MR, JPEG],
];

/** What shows of a command line. */
interface Effect {
  readonly calling?: string;
  readonly called?: string;
  readonly maximumLength?: number;
  /** SOP classes and transfer syntaxes that are proposed. */
  readonly contexts?: readonly (readonly string[])[];
  /** The instances that arrive, in order. */
  readonly uids?: readonly string[];
  readonly code?: number;
  readonly associations?: number;
  readonly lines?: readonly string[];
}

const CASES: readonly { readonly args: readonly string[]; readonly effect: Effect }[] = [
  {
    args: ["h", "104", "DIR"],
    effect: {
      calling: "STORESCU",
      called: "ANY-SCP",
      maximumLength: 131_072,
      contexts: OWN,
      uids: ["1.1", "1.2"],
      lines: [],
    },
  },
  { args: ["h", "104", "DIR", "-r"], effect: { uids: ["1.1", "1.2", "1.3"] } },
  { args: ["--recurse", "h:104", "DIR"], effect: { uids: ["1.1", "1.2", "1.3"] } },
  { args: ["ME@h:104", "DIR/sub", "DIR/a.dcm"], effect: { called: "ME", uids: ["1.1", "1.3"] } },
  {
    args: ["-aet", "ME", "-aec", "YOU", "-pdu", "0", "h", "104", "DIR"],
    effect: { calling: "ME", called: "YOU", maximumLength: 0 },
  },
  { args: ["-xi", "h", "104", "DIR/a.dcm"], effect: { contexts: [[CT, IMPLICIT]], uids: ["1.1"] } },
  {
    args: ["--request-big", "h", "104", "DIR/a.dcm"],
    effect: { contexts: [[CT, BIG]], uids: ["1.1"] },
  },
  {
    args: ["-xe", "h", "104", "DIR"],
    effect: {
      contexts: [[CT, EXPLICIT], [MR, EXPLICIT]],
      uids: ["1.1"],
      code: 6,
      lines: [
        "E: Store failed: DIR/b.dcm",
        "E: Cannot send MR Image Storage in JPEG Lossless, Non-Hierarchical, First-Order Prediction " +
        "(Process 14 [Selection Value 1]): the peer accepted only Explicit VR Little Endian",
      ],
    },
  },
  { args: ["-cx", "h", "104", "DIR"], effect: { contexts: [[CT, EXPLICIT], [MR, JPEG]] } },
  {
    args: ["--required-contexts", "-xb", "-ll", "warn", "h", "104", "DIR"],
    effect: {
      contexts: [[CT, EXPLICIT], [MR, JPEG]],
      lines: ["W: -xe, -xb and -xi have no effect with -cx: the files decide"],
    },
  },
  {
    args: ["--all-contexts", "h", "104", "DIR/a.dcm"],
    effect: {
      contexts: DEFAULT_STORAGE_CLASSES.map((uid) => [
        uid,
        [EXPLICIT, IMPLICIT, DEFLATED, BIG].join(),
      ]),
      uids: ["1.1"],
    },
  },
  { args: ["--repeat", "2", "h", "104", "DIR"], effect: { uids: ["1.1", "1.2", "1.1", "1.2"] } },
  { args: ["--jobs", "2", "h", "104", "DIR"], effect: { associations: 2 } },
  { args: ["--jobs", "9", "h", "104", "DIR/a.dcm"], effect: { associations: 1 } },
  {
    args: ["-v", "h", "104", "DIR/a.dcm"],
    effect: {
      lines: [
        "I: Requesting Association",
        "I: Association Accepted",
        "I: Sending file: DIR/a.dcm",
        "I: Sending Store Request: MsgID 1, (CT)",
        "I: Received Store Response (Status: 0x0000 - Success)",
        "I: Releasing Association",
        "I: Sent 1 instance (352 B) in T; 0 failed",
      ],
    },
  },
  {
    args: ["h", "104", "DIR/nope"],
    effect: {
      code: 2,
      associations: 0,
      lines: ["E: Cannot access path: DIR/nope", "W: No suitable DICOM files found"],
    },
  },
  { args: ["-q", "h", "104", "DIR/nope"], effect: { code: 2, associations: 0, lines: [] } },
  {
    args: ["-ll", "warning", "h", "104", "DIR/nope", "DIR/a.dcm"],
    effect: { code: 6, uids: ["1.1"], lines: ["E: Cannot access path: DIR/nope"] },
  },
  {
    args: ["--fail-first", "h", "104", "DIR/nope", "DIR/a.dcm"],
    effect: {
      code: 2,
      uids: [],
      lines: ["E: Cannot access path: DIR/nope", "W: No suitable DICOM files found"],
    },
  },
];

for (const { args, effect } of CASES) {
  Deno.test(`storescu ${args.join(" ")}`, async () => {
    const { code, lines, arrivals, requests } = await sending(args, FILES);
    const [request] = requests;
    const { code: expected = 0, ...rest } = effect;
    assert.equal(code, expected, lines.join("\n"));
    const seen: Required<Omit<Effect, "code">> = {
      calling: request?.callingAeTitle ?? "",
      called: request?.calledAeTitle ?? "",
      maximumLength: request?.userInformation.maximumLength ?? -1,
      contexts: (request?.presentationContexts ?? []).map((context) => [
        context.abstractSyntaxes.join(),
        context.transferSyntaxes.join(),
      ]),
      uids: arrivals.map((arrival) => arrival.sopInstanceUid),
      associations: requests.length,
      lines,
    };
    for (const [key, value] of Object.entries(rest)) {
      assert.deepEqual(seen[key as keyof typeof seen], value, key);
    }
  });
}

const NOTHING = "Missing what to send: give files, directories, or - for a list of them";
const USAGE: readonly (readonly [args: readonly string[], sentence: string])[] = [
  [[], "Missing the peer's address: give addr and port, or [AE@]host:port"],
  [["h", "104"], NOTHING],
  [["h:104"], NOTHING],
  [["h", "104", "f", "-xe", "-xb"], "Cannot combine -xe, -xb and -xi: give one of them"],
  [
    ["h", "104", "f", "-cx", "--all-contexts"],
    "Cannot combine -cx and --all-contexts: give one of them",
  ],
  [["h", "104", "f", "-q", "-v"], "Cannot combine -q, -v and -d: give one of them"],
  [
    ["h", "104", "f", "--jobs", "0"],
    '--jobs: Cannot use "0" as a number of associations: it must be 1 to 64',
  ],
  [
    ["h", "104", "f", "--repeat", "many"],
    '--repeat: Cannot use "many" as a number of repetitions: it must be 1 to 1000000',
  ],
  [
    ["h", "104", "f", "--resume", "journal", "--repeat", "2"],
    "Cannot combine --resume and --repeat: the journal has each instance once",
  ],
  [["h", "104", "f", "--resume", " "], "--resume: the path is empty"],
  [
    ["h", "104", "f", "--user", "a", "--jwt-file", "b"],
    "Cannot combine --user, --jwt-file, --saml-file and --kerberos-file: give one of them",
  ],
];

for (const [args, sentence] of USAGE) {
  Deno.test({
    name: `storescu refuses: ${args.join(" ")}`,
    permissions: "none",
    fn: () => refuses(main, args, `storescu: error: ${sentence}\n`),
  });
}

Deno.test("storescu --dry-run tells on the standard output what it would do, and calls nobody", () =>
  withFiles(FILES, async (directory) => {
    const bench = new ToolBench();
    assert.equal(await main(["--dry-run", "h", "104", directory], bench.io), 0);
    assert.deepEqual(bench.calls, []);
    const [first, second] = bench.stdout.split("\n");
    assert.equal(first, "Association 1: 3 presentation contexts, 2 instances");
    assert.equal(second, "  1: CT Image Storage: Explicit VR Little Endian");
    assert.equal(bench.stderr, "");
    const missing = ["--dry-run", "h", "104", directory, "/no/such/path"];
    assert.equal(await main(missing, bench.io), 6);
  }));

Deno.test("storescu --json writes what is promised, one event a line", async () => {
  const { code, stdout, lines } = await sending(["--json", "h", "104", "DIR", "DIR/nope"], FILES);
  const events = readEvents(stdout);
  assert.deepEqual(
    events.map(({ event, state, path }) => state ?? path ?? event),
    ["requested", "accepted", "DIR/a.dcm", "DIR/b.dcm", "released", "summary"],
  );
  const { sent, failed, missing, bytes, exitCode, received } = summaryOf(events);
  assert.deepEqual({ sent, failed, missing, bytes, exitCode, received }, {
    sent: 2,
    failed: 1,
    missing: 0,
    bytes: ["a.dcm", "b.dcm"].reduce((sum, name) => sum + (FILES[name]?.length ?? 0), 0),
    exitCode: 6,
    received: null,
  });
  assert.equal(code, 6);
  assert.deepEqual(lines, ["E: Cannot access path: DIR/nope"]);
});

Deno.test("storescu takes a list of paths from the standard input", async () => {
  const standardInput = "DIR/b.dcm\nDIR/sub\n";
  const { code, arrivals } = await sending(["h", "104", "-"], FILES, { standardInput });
  assert.equal(code, 0);
  assert.deepEqual(arrivals.map((arrival) => arrival.sopInstanceUid), ["1.2", "1.3"]);
});
