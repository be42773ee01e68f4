import assert from "node:assert/strict";
import { main } from "../../cli/getscu.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { settle } from "../support/fake_clock.ts";
import { dataSetOf } from "./get_archive.ts";
import { refuses, ToolBench } from "./tool_bench.ts";

const PATIENT_ROOT = "1.2.840.10008.5.1.4.1.2.1.3";
const STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.2.3";
const PATIENT_STUDY_ONLY = "1.2.840.10008.5.1.4.1.2.3.3";
const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const CT = "1.2.840.10008.5.1.4.1.1.2";
const STUDY = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2"];

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

/** What shows of a command line on the network. */
interface Effect {
  readonly calls?: readonly string[];
  readonly calling?: string;
  readonly called?: string;
  readonly model?: string;
  readonly extended?: readonly number[];
  readonly maximumLength?: number;
  /** The storage contexts, where they are few. */
  readonly contexts?: readonly (readonly [string, string])[];
  /** The identifier as `keyword path` arguments. */
  readonly keys?: readonly string[];
  /** Lines that must be there. */
  readonly lines?: readonly string[];
}

const CASES: readonly { readonly args: readonly string[]; readonly effect: Effect }[] = [
  // pynetdicom's example and defaults
  {
    args: ["127.0.0.1", "11112", "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientName="],
    effect: {
      calls: ["connect 127.0.0.1 11112"],
      calling: "GETSCU",
      called: "ANY-SCP",
      model: PATIENT_ROOT,
      extended: [],
      maximumLength: 131_072,
      keys: ["QueryRetrieveLevel=PATIENT", "PatientName="],
    },
  },
  {
    args: ["-aet", "ME", "-aec", "YOU", "-pdu", "0", "h", "104", ...STUDY],
    effect: { calling: "ME", called: "YOU", maximumLength: 0, model: STUDY_ROOT },
  },
  {
    args: [
      ...["--calling-aet", "ME", "--called-aet=YOU", "--max-pdu", "65536", "h", "104", ...STUDY],
      ...["-ta", "1", "-td", "2", "-tn", "3", "--acse-timeout", "1", "--dimse-timeout", "2"],
      ...["--network-timeout", "3"],
    ],
    effect: { calling: "ME", called: "YOU", maximumLength: 65536 },
  },
  { args: ["h", "104", ...STUDY, "-P"], effect: { model: PATIENT_ROOT } },
  { args: ["h", "104", ...STUDY, "--patient"], effect: { model: PATIENT_ROOT } },
  { args: ["h", "104", ...STUDY, "-S"], effect: { model: STUDY_ROOT } },
  { args: ["h", "104", ...STUDY, "--psonly"], effect: { model: PATIENT_STUDY_ONLY } },
  { args: ["h", "104", ...STUDY, "-k", "PatientID=4711"], effect: { model: PATIENT_ROOT } },
  { args: ["h", "104", ...STUDY, "--relational-retrieval"], effect: { extended: [1, 0] } },
  {
    args: ["h", "104", ...STUDY, "--relational-retrieval", "--enhanced-conversion"],
    effect: { extended: [1, 1] },
  },
  // addresses
  {
    args: ["PACS@pacs.example.com:1045", "query.dcm"],
    effect: {
      calls: ["connect pacs.example.com 1045"],
      called: "PACS",
      keys: ["QueryRetrieveLevel=SERIES", "SeriesInstanceUID=1.2.9"],
    },
  },
  {
    args: ["PACS@h:1", "-aec", "OTHER", ...STUDY],
    effect: {
      called: "OTHER",
      lines: ["W: Called AE title OTHER is used instead of PACS from the address"],
    },
  },
  { args: ["[::1]:104", ...STUDY], effect: { calls: ["connect ::1 104"] } },
  // keys
  {
    args: [
      "h",
      "104",
      "-f",
      "query.dcm",
      "--query-file",
      "query.txt",
      "-q",
      "StudyInstanceUID=1.4",
    ],
    effect: {
      keys: [
        "QueryRetrieveLevel=SERIES",
        "PatientName=",
        "StudyInstanceUID=1.4",
        "SeriesInstanceUID=1.2.9",
      ],
    },
  },
  {
    args: ["h", "104", "-k", "StudyInstanceUID=1.2"],
    effect: {
      model: STUDY_ROOT,
      keys: ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2"],
      lines: ["I: Query/Retrieve Level STUDY is assumed, since StudyInstanceUID is given"],
    },
  },
  // contexts
  {
    args: ["h", "104", ...STUDY, "--sop-class", "CTImageStorage", "--transfer-syntax", EXPLICIT],
    effect: { contexts: [[CT, EXPLICIT]] },
  },
  {
    args: [
      ...["h", "104", ...STUDY, "--sop-class", CT, "--sop-class", "1.2.3"],
      ...["--transfer-syntax", EXPLICIT, "--transfer-syntax", "1.2.4"],
    ],
    effect: {
      contexts: [[CT, EXPLICIT], [CT, "1.2.4"], ["1.2.3", EXPLICIT], ["1.2.3", "1.2.4"]],
    },
  },
];

function addFiles(bench: ToolBench): void {
  const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);
  const query = dataSetOf("QueryRetrieveLevel=SERIES", "SeriesInstanceUID=1.2.9");
  bench.files.set("query.dcm", Uint8Array.from(encodeDataSet(query, IMPLICIT)));
  bench.files.set(
    "query.txt",
    text("QueryRetrieveLevel=SERIES\nStudyInstanceUID=1.3\nPatientName\n"),
  );
}

for (const { args, effect } of CASES) {
  pure(`getscu ${args.join(" ")}`, async () => {
    const bench = new ToolBench();
    addFiles(bench);
    const code = main([...args, "--ignore", "--no-find"], bench.io);
    const { peer, request } = await bench.acceptAssociation();
    const { affectedSopClassUid } = await peer.expectMessage("C-GET-RQ");
    const { data } = await peer.expect("data");
    await peer.sendMessage(1, {
      type: "C-GET-RSP",
      messageIdBeingRespondedTo: 1,
      status: 0xc000,
      hasDataSet: false,
    });
    await peer.acceptRelease();
    await settle();
    assert.equal(await code, 7);
    const { userInformation, presentationContexts } = request;
    const seen: Required<Effect> = {
      calls: bench.calls,
      calling: request.callingAeTitle,
      called: request.calledAeTitle,
      model: affectedSopClassUid,
      extended: userInformation.extendedNegotiations.flatMap(({ information }) => [...information]),
      maximumLength: userInformation.maximumLength ?? -1,
      contexts: presentationContexts.slice(1).map(({ abstractSyntaxes, transferSyntaxes }) =>
        [abstractSyntaxes.join(), transferSyntaxes.join()] as const
      ),
      keys: [],
      lines: effect.lines?.filter((line) => bench.lines.includes(line)) ?? [],
    };
    const { keys, ...rest } = effect;
    for (const [key, value] of Object.entries(rest)) {
      assert.deepEqual(seen[key as keyof Effect], value, `${key}\n${bench.stderr}`);
    }
    if (keys !== undefined) {
      assert.deepEqual([...decodeDataSet(data, IMPLICIT)], [
        ...decodeDataSet(encodeDataSet(dataSetOf(...keys), IMPLICIT), IMPLICIT),
      ]);
    }
  });
}

const USAGE: readonly (readonly [args: readonly string[], sentence: string])[] = [
  [[], "Missing the peer's address: give addr and port, or [AE@]host:port"],
  [
    ["h", "104"],
    "-f and/or -k must be specified, or --query-file, or a query file as the last argument",
  ],
  [["h:104", "a", "b", ...STUDY], 'Cannot use argument "b": nothing may follow the query file'],
  [["h", "104", "a", "-f", "b"], "Cannot use both -f b and a: give one query file"],
  [
    ["h", "104", ...STUDY, "--ca", "a"],
    "Cannot use --ca, --cert, --key and the like without --tls: nothing would go by TLS",
  ],
  [["h", "104", ...STUDY, "-P", "-S"], "Cannot combine -P, -S and -O: give one of them"],
  [
    ["h", "104", ...STUDY, "--sop-class", "CT"],
    '--sop-class: Cannot use "CT" as a SOP class: give its UID, or its keyword such as CTImageStorage',
  ],
  [
    ["h", "104", ...STUDY, "--transfer-syntax", "jpeg"],
    '--transfer-syntax: Cannot use "jpeg" as a transfer syntax: give its UID, or its keyword such as JPEG2000Lossless',
  ],
  [["h", "104", ...STUDY, "-od", " "], "-od/--output-directory: the path is empty"],
  [
    ["h", "104", ...STUDY, "--verify", "--no-find"],
    "Cannot combine --verify and --no-find: it is by C-FIND that it verifies",
  ],
  [
    ["h", "104", ...STUDY, "--resume", "journal", "--ignore"],
    "Cannot combine --resume and --ignore: nothing is stored",
  ],
];

for (const [args, sentence] of USAGE) {
  pure(`getscu ${args.join(" ")} is refused in one sentence`, async () => {
    await refuses(main, args, `getscu: error: ${sentence}\n`);
  });
}

Deno.test("getscu refuses an output directory that cannot be made, before it calls", async () => {
  const file = await Deno.makeTempFile();
  try {
    const expected =
      `E: Cannot make output directory ${file}/in: a part of the path is no directory\n`;
    const bench = new ToolBench();
    const code = await main(["h", "104", ...STUDY, "-od", `${file}/in`], bench.io);
    assert.deepEqual([code, bench.stderr, bench.calls], [2, expected, []]);
  } finally {
    await Deno.remove(file);
  }
});

pure("getscu --help names every option of pynetdicom's, and the exit codes", async () => {
  const bench = new ToolBench();
  assert.equal(await main(["--help"], bench.io), 0);
  const options = [
    ...["-q, --quiet", "-v, --verbose", "-d, --debug", "-ll, --log-level", "-aet, --calling-aet"],
    ...["-aec, --called-aet", "-ta, --acse-timeout", "-td, --dimse-timeout"],
    ...["-tn, --network-timeout", "-pdu, --max-pdu", "-P, --patient", "-S, --study"],
    ...["-O, --psonly", "-k, --keyword", "-f, --file", "--relational-retrieval"],
    ...["--enhanced-conversion", "-od, --output-directory", "--ignore", "--no-find"],
    ...["--sop-class", "--transfer-syntax", "--retry", "--resume", "--verify", "130  cancelled"],
  ];
  assert.deepEqual(options.filter((option) => !bench.stdout.includes(option)), []);
});
