import assert from "node:assert/strict";
import { main } from "../../cli/movescu.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { settle } from "../support/fake_clock.ts";
import { moveResponse, refuses, ToolBench } from "./tool_bench.ts";

const PATIENT_ROOT = "1.2.840.10008.5.1.4.1.2.1.2";
const STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.2.2";
const PATIENT_STUDY_ONLY = "1.2.840.10008.5.1.4.1.2.3.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const IMPLICIT = "1.2.840.10008.1.2";
const STUDY = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2"];

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

function query(...keys: string[]): DataSet {
  const dataSet = new DataSet();
  for (const key of keys) applyKeywordPath(dataSet, key);
  return dataSet;
}

function queryFile(...keys: string[]): Uint8Array<ArrayBuffer> {
  const meta = encodeFileMeta({
    sopClassUid: "1.2.3",
    sopInstanceUid: "1.2.3.4",
    transferSyntaxUid: EXPLICIT,
    implementationClassUid: "1.2.3.5",
  });
  return Uint8Array.of(...meta, ...encodeDataSet(query(...keys), EXPLICIT));
}

function files(): Map<string, Uint8Array<ArrayBuffer>> {
  const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);
  return new Map([
    ["query.dcm", queryFile("QueryRetrieveLevel=SERIES", "SeriesInstanceUID=1.2.9")],
    [
      "query.txt",
      text(
        "# comments are supported\nQueryRetrieveLevel=SERIES\nStudyInstanceUID=1.3\nPatientName\n",
      ),
    ],
    ["wrong.txt", text("QueryRetrieveLevel=STUDY\n\nNoSuchKeyword=1\n")],
    ["latin1.txt", Uint8Array.of(0x50, 0xe4, 0x0a)],
    ["text.dcm", text("This is no DICOM file.")],
    ["empty.dcm", new Uint8Array()],
    ["image.dcm", queryFile("QueryRetrieveLevel=IMAGE", "SOPInstanceUID=1.9", "(7fe0,0010)=0102")],
  ]);
}

/** What shows of a command line on the network. */
interface Effect {
  readonly calls?: readonly string[];
  readonly calling?: string;
  readonly called?: string;
  readonly model?: string;
  readonly extended?: readonly number[];
  readonly maximumLength?: number;
  readonly destination?: string;
  /** The identifier as `keyword path` arguments. */
  readonly keys?: readonly string[];
  /** Lines that must be there. */
  readonly lines?: readonly string[];
}

const CASES: readonly { readonly args: readonly string[]; readonly effect: Effect }[] = [
  // pynetdicom's examples and defaults
  {
    args: ["127.0.0.1", "11112", "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientName="],
    effect: {
      calls: ["connect 127.0.0.1 11112"],
      calling: "MOVESCU",
      called: "ANY-SCP",
      model: PATIENT_ROOT,
      extended: [],
      maximumLength: 131_072,
      destination: "STORESCP",
      keys: ["QueryRetrieveLevel=PATIENT", "PatientName="],
    },
  },
  {
    args: ["127.0.0.1", "11112", ...STUDY, "--store"],
    effect: {
      calls: ["listen * 11113", "connect 127.0.0.1 11112"],
      model: STUDY_ROOT,
      destination: "STORESCP",
    },
  },
  {
    args: ["-aet", "ME", "-aec", "YOU", "-aem", "THERE", "-pdu", "0", "h", "104", ...STUDY],
    effect: { calling: "ME", called: "YOU", destination: "THERE", maximumLength: 0 },
  },
  {
    args: [
      ...["--calling-aet", "ME", "--called-aet=YOU", "--move-aet", "THERE", "--max-pdu", "65536"],
      ...["h", "104", ...STUDY],
    ],
    effect: { calling: "ME", called: "YOU", destination: "THERE", maximumLength: 65536 },
  },
  {
    args: ["h", "104", ...STUDY, "--store", "--store-port", "104", "--store-host", "127.0.0.1"],
    effect: { calls: ["listen 127.0.0.1 104", "connect h 104"] },
  },
  { args: ["h", "104", ...STUDY, "-P"], effect: { model: PATIENT_ROOT } },
  { args: ["h", "104", ...STUDY, "--study"], effect: { model: STUDY_ROOT } },
  { args: ["h", "104", ...STUDY, "-O"], effect: { model: PATIENT_STUDY_ONLY } },
  { args: ["h", "104", ...STUDY, "-k", "PatientID=4711"], effect: { model: PATIENT_ROOT } },
  { args: ["h", "104", ...STUDY, "-k", "PatientID="], effect: { model: STUDY_ROOT } },
  { args: ["h", "104", ...STUDY, "--relational-retrieval"], effect: { extended: [1, 0] } },
  { args: ["h", "104", ...STUDY, "--enhanced-conversion"], effect: { extended: [0, 1] } },
  // --store-aet without -aem, and the other way round
  {
    args: ["h", "104", ...STUDY, "--store", "--store-aet", "HERE"],
    effect: { destination: "HERE" },
  },
  { args: ["h", "104", ...STUDY, "--store", "-aem", "HERE"], effect: { destination: "HERE" } },
  {
    args: ["h", "104", ...STUDY, "--store", "-aem", "HERE", "--store-aet", "THERE"],
    effect: {
      destination: "HERE",
      lines: ["W: The instances go to HERE, the AE title THERE of --store-aet is not used"],
    },
  },
  {
    args: ["h", "104", ...STUDY, "--ignore"],
    effect: {
      calls: ["connect h 104"],
      lines: [
        "W: -od, --ignore, --handler and the like have no effect without --store: the instances do not come here",
      ],
    },
  },
  // the last one counts
  { args: ["-aet", "A", "h", "104", ...STUDY, "-aet", "B"], effect: { calling: "B" } },
  // dicom-rs's examples
  {
    args: ["PACS@pacs.example.com:1045", "--study", "query.dcm"],
    effect: {
      calls: ["connect pacs.example.com 1045"],
      called: "PACS",
      model: STUDY_ROOT,
      keys: ["QueryRetrieveLevel=SERIES", "SeriesInstanceUID=1.2.9"],
    },
  },
  {
    args: ["PACS@pacs.example.com:1045", "-S", "--query-file", "query.txt"],
    effect: { keys: ["QueryRetrieveLevel=SERIES", "StudyInstanceUID=1.3", "PatientName="] },
  },
  {
    args: [
      ...["PACS@h:1045", "-q", "QueryRetrieveLevel=STUDY", "-q", "StudyInstanceUID=1.2"],
      "--move-destination=STORE-SCP",
    ],
    effect: {
      destination: "STORE-SCP",
      keys: ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2"],
    },
  },
  {
    args: ["h:1", "--calling-ae-title", "ME", "--move-destination", "ME", "--ignore", ...STUDY],
    effect: { calls: ["listen * 11113", "connect h 1"], destination: "ME" },
  },
  {
    args: ["PACS@h:1", "--called-ae-title", "OTHER", ...STUDY],
    effect: {
      called: "OTHER",
      lines: ["W: Called AE title OTHER is used instead of PACS from the address"],
    },
  },
  { args: ["[::1]:104", ...STUDY], effect: { calls: ["connect ::1 104"] } },
  { args: ["::1", "104", ...STUDY], effect: { calls: ["connect ::1 104"] } },
  { args: ["AE@h", "104", ...STUDY], effect: { calls: ["connect h 104"], called: "AE" } },
  // both at once
  {
    args: ["h", "104", "query.dcm"],
    effect: { keys: ["QueryRetrieveLevel=SERIES", "SeriesInstanceUID=1.2.9"] },
  },
  {
    args: [
      "h",
      "104",
      "-f",
      "query.dcm",
      "--query-file",
      "query.txt",
      "--query",
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
  // the level follows from the keys
  {
    args: ["h", "104", "-k", "StudyInstanceUID=1.2", "-k", "SeriesInstanceUID=1.2.1"],
    effect: {
      model: STUDY_ROOT,
      keys: ["QueryRetrieveLevel=SERIES", "StudyInstanceUID=1.2", "SeriesInstanceUID=1.2.1"],
      lines: ["I: Query/Retrieve Level SERIES is assumed, since SeriesInstanceUID is given"],
    },
  },
  {
    args: ["h", "104", "image.dcm"],
    effect: {
      model: STUDY_ROOT,
      keys: ["SOPInstanceUID=1.9", "QueryRetrieveLevel=IMAGE"],
      lines: ["W: (7FE0,0010) is left out of the identifier: only keys belong there"],
    },
  },
];

for (const { args, effect } of CASES) {
  pure(`movescu ${args.join(" ")}`, async () => {
    const bench = new ToolBench();
    for (const [path, bytes] of files()) bench.files.set(path, bytes);
    const needsDirectory = args.includes("--store") || effect.calls?.length === 2;
    const code = main(
      needsDirectory && !args.includes("--ignore") ? [...args, "--ignore"] : args,
      bench.io,
    );
    const { peer, request } = await bench.acceptAssociation();
    const { moveDestination, affectedSopClassUid } = await peer.expectMessage("C-MOVE-RQ");
    const { data } = await peer.expect("data");
    await peer.sendMessage(1, moveResponse(0xc000));
    await peer.acceptRelease();
    await settle();
    assert.equal(await code, 7);
    const seen: Required<Effect> = {
      calls: bench.calls,
      calling: request.callingAeTitle,
      called: request.calledAeTitle,
      model: affectedSopClassUid,
      extended: request.userInformation.extendedNegotiations.flatMap(({ information }) => [
        ...information,
      ]),
      maximumLength: request.userInformation.maximumLength ?? -1,
      destination: moveDestination,
      keys: [],
      lines: effect.lines?.filter((line) => bench.lines.includes(line)) ?? [],
    };
    const { keys, ...rest } = effect;
    for (const [key, value] of Object.entries(rest)) {
      assert.deepEqual(seen[key as keyof Effect], value, `${key}\n${bench.stderr}`);
    }
    if (keys !== undefined) {
      assert.deepEqual([...decodeDataSet(data, IMPLICIT)], [
        ...decodeDataSet(encodeDataSet(query(...keys), IMPLICIT), IMPLICIT),
      ]);
    }
  });
}

const USAGE: readonly (readonly [args: readonly string[], sentence: string])[] = [
  [[], "Missing the peer's address: give addr and port, or [AE@]host:port"],
  [["h", ...STUDY], 'Missing the peer\'s port after "h": give addr and port, or [AE@]host:port'],
  [
    ["h", "65536", ...STUDY],
    'Cannot read address "h:65536" as [AE@]host:port: port "65536" is not a number from 1 to 65535',
  ],
  [
    ["h:0", ...STUDY],
    'Cannot read address "h:0" as [AE@]host:port: port "0" is not a number from 1 to 65535',
  ],
  [
    ["h", "dicom", ...STUDY],
    'Cannot read address "h:dicom" as [AE@]host:port: port "dicom" is not a number from 1 to 65535',
  ],
  [
    ["h", "104"],
    "-f and/or -k must be specified, or --query-file, or a query file as the last argument",
  ],
  [["h:104", "a", "b", ...STUDY], 'Cannot use argument "b": nothing may follow the query file'],
  [["h", "104", "a", "b", ...STUDY], 'Unexpected option or argument: "b"'],
  [
    ["h", "104", ...STUDY, "--store", "--cert", "c", "--key", "k"],
    "Cannot use --ca, --cert, --key and the like without --tls: nothing would go by TLS",
  ],
  [["h", "104", "a", "-f", "b"], "Cannot use both -f b and a: give one query file"],
  [
    ["h", "104", ...STUDY, "-aet", "SEVENTEEN-LETTERS"],
    '-aet/--calling-aet/--calling-ae-title: Cannot use AE title "SEVENTEEN-LETTERS": ' +
    "17 characters exceed the 16 allowed",
  ],
  [
    ["h", "104", ...STUDY, "-aem", ""],
    '-aem/--move-aet/--move-destination: Cannot use AE title "": it is empty',
  ],
  [
    ["SEVENTEEN-LETTERS@h:104", ...STUDY],
    'Cannot use AE title "SEVENTEEN-LETTERS": 17 characters exceed the 16 allowed',
  ],
  [
    ["h", "104", ...STUDY, "--store-port", "70000"],
    '--store-port: Cannot use "70000" as a port: it must be 1 to 65535',
  ],
  [
    ["h", "104", ...STUDY, "-pdu", "7"],
    '-pdu/--max-pdu: Cannot use "7" as a PDU length: it must be 0 (unlimited) or 8 to 4294967295',
  ],
  [
    ["h", "104", ...STUDY, "-td", "soon"],
    '-td/--dimse-timeout: Cannot use "soon" as a number of seconds',
  ],
  [["h", "104", ...STUDY, "-P", "-S"], "Cannot combine -P, -S and -O: give one of them"],
  [["h", "104", ...STUDY, "-q", "-d"], "Cannot combine -q, -v and -d: give one of them"],
  [
    ["h", "104", ...STUDY, "-ll", "loud"],
    '-ll/--log-level: Expected one of "critical", "error", "warn", "warning", "info", and ' +
    '"debug", but got "loud"',
  ],
  [
    ["h", "104", ...STUDY, "--stroe"],
    'Unexpected option or argument: "--stroe". Did you mean one of these? --store --study',
  ],
  [["h", "104", "-k"], "-k requires KEY=VALUE"],
  [
    ["h", "104", ...STUDY, "--resume", "journal"],
    "Cannot use --resume without --store: what goes to somebody else cannot be known here",
  ],
  [
    ["h", "104", ...STUDY, "--store", "--ignore", "--resume", "journal"],
    "Cannot combine --resume and --ignore: nothing is stored",
  ],
  [
    ["h", "104", ...STUDY, "--retry", "often"],
    '--retry: Cannot use "often" as a number of tries: it must be 0 to 1000000',
  ],
  [["h", "104", ...STUDY, "-od", " "], "-od/--output-directory: the path is empty"],
];

for (const [args, sentence] of USAGE) {
  pure(`movescu ${args.join(" ")} is refused in one sentence`, async () => {
    await refuses(main, args, `movescu: error: ${sentence}\n`);
  });
}

const INPUT: readonly (readonly [args: readonly string[], sentence: string])[] = [
  [["-f", "missing.dcm"], "Cannot read query file missing.dcm: there is no such file"],
  [
    ["-f", "text.dcm"],
    "Cannot use query file text.dcm: Cannot read as DICOM: there is no file meta information, " +
    "and byte 0 begins no data set",
  ],
  [
    ["empty.dcm"],
    "Cannot use query file empty.dcm: Cannot read as DICOM: there is no file meta information, " +
    "and byte 0 begins no data set",
  ],
  [["--query-file", "missing.txt"], "Cannot read query file missing.txt: there is no such file"],
  [
    ["--query-file", "wrong.txt"],
    'Cannot use "NoSuchKeyword=1": component "NoSuchKeyword" is not in the data dictionary ' +
    "(wrong.txt, line 3)",
  ],
  [["--query-file", "latin1.txt"], "Cannot use query file latin1.txt: it is no text in UTF-8"],
  [
    ["-k", "BeamSequence[x].PatientName=1"],
    'Cannot use "BeamSequence[x].PatientName=1": component "BeamSequence[x]" has the item index ' +
    '"x": it must be a number from 0 to 9999',
  ],
  [
    ["-k", "Rows=many"],
    'Cannot use "Rows=many": component "Rows" cannot have this value: ' +
    'Cannot encode "many" as US: it is not an integer',
  ],
  [
    ["-k", "PatientName=A"],
    "Cannot tell the Query/Retrieve level: give -k QueryRetrieveLevel=PATIENT, STUDY, SERIES or " +
    "IMAGE, or a unique key such as -k StudyInstanceUID=1.2.3",
  ],
];

for (const [args, sentence] of INPUT) {
  pure(`movescu h 104 ${args.join(" ")} is refused in one sentence`, async () => {
    const bench = new ToolBench();
    for (const [path, bytes] of files()) bench.files.set(path, bytes);
    await refuses(main, ["h", "104", "--store", ...args], `E: ${sentence}\n`, bench);
    await refuses(main, ["h", "104", "--store", "--quiet", ...args], "");
  });
}

Deno.test("movescu returns 2 when the port of its Storage SCP is in use, and calls nobody", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  try {
    const bench = new ToolBench();
    const { listen: _listen, ...io } = bench.io;
    const args = ["h", "104", ...STUDY, "--store", "--ignore", "--store-host", "127.0.0.1"];
    assert.equal(await main([...args, "--store-port", `${port}`], io), 2);
    assert.equal(
      bench.stderr.replace(/: [^:]*\n$/, "\n"),
      `E: Cannot listen on port ${port} of 127.0.0.1\n`,
    );
    assert.deepEqual(bench.calls, []);
  } finally {
    listener.close();
  }
});

Deno.test("movescu returns 2 when its output directory cannot be made", async () => {
  const file = await Deno.makeTempFile();
  try {
    const expected =
      `E: Cannot make output directory ${file}/in: a part of the path is no directory\n`;
    await refuses(main, ["h", "104", ...STUDY, "--store", "-od", `${file}/in`], expected);
  } finally {
    await Deno.remove(file);
  }
});

pure("movescu --help fits into 80 columns and names every option", async () => {
  const bench = new ToolBench();
  assert.equal(await main(["--help"], bench.io), 0);
  for (const line of bench.stdout.split("\n")) assert.ok(line.length <= 80, line);
  for (
    const option of [
      ...["-aet", "-aec", "-aem", "-ta", "-td", "-tn", "-pdu", "--store", "--store-port"],
      ...[
        "--store-aet",
        "--store-host",
        "--linger",
        "--retry",
        "--retry-delay",
        "--resume",
        "--verify",
        "-P",
        "-S",
        "-O",
        "-k",
        "-f",
        "--query-file",
      ],
      ...["--relational-retrieval", "--enhanced-conversion", "-od", "--ignore", "-q", "-v", "-d"],
      ...["-ll", "--query", "--move-destination", "--calling-ae-title", "--called-ae-title"],
      ...["--version", "--completion", "130"],
    ]
  ) {
    assert.ok(bench.stdout.split(/[\s,]+/).includes(option), option);
  }
  assert.equal(bench.stderr, "");
});

for (const shell of ["bash", "zsh", "fish"]) {
  pure(`movescu --completion ${shell} prints a script`, async () => {
    const bench = new ToolBench();
    assert.equal(await main(["--completion", shell], bench.io), 0);
    assert.ok(bench.stdout.length > 500);
    assert.match(bench.stdout, /movescu/);
  });
}
