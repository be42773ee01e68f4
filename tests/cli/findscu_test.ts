import assert from "node:assert/strict";
import { main } from "../../cli/findscu.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { settle } from "../support/fake_clock.ts";
import { refuses, ToolBench } from "./tool_bench.ts";

const PATIENT_ROOT = "1.2.840.10008.5.1.4.1.2.1.1";
const STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.2.1";
const PATIENT_STUDY_ONLY = "1.2.840.10008.5.1.4.1.2.3.1";
const WORKLIST = "1.2.840.10008.5.1.4.31";
const UPS_PULL = "1.2.840.10008.5.1.4.34.6.3";
const IMPLICIT = "1.2.840.10008.1.2";
const STUDY = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID"];

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

function query(...keys: string[]): DataSet {
  const dataSet = new DataSet();
  for (const key of keys) applyKeywordPath(dataSet, key);
  return dataSet;
}

/** What shows of a command line on the network. */
interface Effect {
  readonly calls?: readonly string[];
  readonly calling?: string;
  readonly called?: string;
  readonly model?: string;
  readonly extended?: readonly number[];
  readonly maximumLength?: number;
  readonly identity?: string;
  /** The identifier as `keyword path` arguments. */
  readonly keys?: readonly string[];
  /** The bytes of PatientName (0010,0010), printed as PS3.5 does. */
  readonly name?: string;
  /** Lines that must be there. */
  readonly lines?: readonly string[];
}

const CASES: readonly { readonly args: readonly string[]; readonly effect: Effect }[] = [
  // pynetdicom's examples and defaults
  {
    args: ["127.0.0.1", "11112", "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientName="],
    effect: {
      calls: ["connect 127.0.0.1 11112"],
      calling: "FINDSCU",
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
  { args: ["PACS@h:104", ...STUDY], effect: { calls: ["connect h 104"], called: "PACS" } },
  { args: ["h", "104", ...STUDY, "-P"], effect: { model: PATIENT_ROOT } },
  { args: ["h", "104", ...STUDY, "--study"], effect: { model: STUDY_ROOT } },
  { args: ["h", "104", ...STUDY, "--psonly"], effect: { model: PATIENT_STUDY_ONLY } },
  { args: ["h", "104", ...STUDY, "-k", "PatientID=4711"], effect: { model: PATIENT_ROOT } },
  { args: ["h", "104", ...STUDY, "-k", "PatientID"], effect: { model: STUDY_ROOT } },
  {
    args: ["h", "104", "-W", "-k", "ScheduledProcedureStepSequence[0].Modality=CT"],
    effect: { model: WORKLIST, keys: ["ScheduledProcedureStepSequence[0].Modality=CT"] },
  },
  { args: ["h", "104", "-U", "-k", "PatientID"], effect: { model: UPS_PULL, keys: ["PatientID"] } },
  // extended negotiation
  { args: ["h", "104", ...STUDY, "--relational-query"], effect: { extended: [1, 0, 0, 0, 0] } },
  { args: ["h", "104", ...STUDY, "--dt-matching"], effect: { extended: [0, 1, 0, 0, 0] } },
  { args: ["h", "104", ...STUDY, "--fuzzy-names"], effect: { extended: [0, 0, 1, 0, 0] } },
  { args: ["h", "104", ...STUDY, "--timezone-adj"], effect: { extended: [0, 0, 0, 1, 0] } },
  { args: ["h", "104", ...STUDY, "--enhanced-conversion"], effect: { extended: [0, 0, 0, 0, 1] } },
  {
    args: ["h", "104", "-W", "-k", "PatientID", "--fuzzy-names"],
    effect: { extended: [1, 1, 1, 0] },
  },
  {
    args: ["h", "104", "-W", "-k", "PatientID", "--timezone-adj", "--relational-query"],
    effect: { extended: [1, 1, 0, 1] },
  },
  { args: ["h", "104", "-W", "-k", "PatientID", "--relational-query"], effect: { extended: [] } },
  // dicom-rs's forms
  {
    args: ["h:104", "-q", "QueryRetrieveLevel=STUDY", "--query-file", "query.txt"],
    effect: { keys: ["QueryRetrieveLevel=STUDY", "StudyDate=20200101", "PatientName"] },
  },
  // the level follows from the keys, with or without values
  {
    args: ["h", "104", "-k", "StudyInstanceUID=1.2", "-k", "SeriesInstanceUID"],
    effect: {
      keys: ["QueryRetrieveLevel=SERIES", "StudyInstanceUID=1.2", "SeriesInstanceUID"],
      lines: ["I: Query/Retrieve Level SERIES is assumed, since SeriesInstanceUID is given"],
    },
  },
  // character sets
  {
    args: ["h", "104", ...STUDY, "-k", "PatientName=Äneas"],
    effect: {
      keys: ["SpecificCharacterSet=ISO_IR 192", "PatientName=Äneas"],
      name: "\xc3\x84neas",
    },
  },
  {
    args: ["h", "104", ...STUDY, "-k", "PatientName=Äneas", "--charset", "iso_ir 100"],
    effect: { keys: ["SpecificCharacterSet=ISO_IR 100", "PatientName=Äneas"], name: "\xc4neas " },
  },
  {
    args: ["h", "104", ...STUDY, "-k", "PatientName=*山田*", "--charset", "\\ISO 2022 IR 87"],
    effect: {
      keys: ["SpecificCharacterSet=\\ISO 2022 IR 87", "PatientName=*山田*"],
      name: "*\x1b$B;3ED\x1b(B*",
    },
  },
  {
    args: ["h", "104", ...STUDY, "-k", "PatientName=A", "--charset", "GB18030"],
    effect: { keys: ["SpecificCharacterSet=GB18030", "PatientName=A"] },
  },
  { args: ["h", "104", ...STUDY, "--user", "alice"], effect: { identity: "alice" } },
  {
    args: ["h", "104", ...STUDY, "-od", "out"],
    effect: { lines: ["W: -od has no effect without -w: no files are written"] },
  },
];

for (const { args, effect } of CASES) {
  pure(`findscu ${args.join(" ")}`, async () => {
    const bench = new ToolBench();
    const text = "# a comment\nStudyDate=20200101\nPatientName\n";
    bench.files.set("query.txt", new TextEncoder().encode(text));
    const code = main(args, bench.io);
    const { peer, request } = await bench.acceptAssociation();
    const { affectedSopClassUid } = await peer.expectMessage("C-FIND-RQ");
    const { data } = await peer.expect("data");
    await peer.sendMessage(1, {
      type: "C-FIND-RSP",
      messageIdBeingRespondedTo: 1,
      status: 0xc000,
      hasDataSet: false,
    });
    await peer.acceptRelease();
    await settle();
    assert.equal(await code, 7);
    const { userInformation } = request;
    const identifier = decodeDataSet(data, IMPLICIT);
    const name = identifier.get(0x00100010)?.value;
    const seen: Required<Effect> = {
      calls: bench.calls,
      calling: request.callingAeTitle,
      called: request.calledAeTitle,
      model: affectedSopClassUid,
      extended: userInformation.extendedNegotiations.flatMap(({ information }) => [...information]),
      maximumLength: userInformation.maximumLength ?? -1,
      identity: new TextDecoder().decode(userInformation.userIdentity?.primaryField),
      keys: [],
      name: name instanceof Uint8Array ? String.fromCharCode(...name) : "",
      lines: effect.lines?.filter((line) => bench.lines.includes(line)) ?? [],
    };
    const { keys, ...rest } = effect;
    for (const [key, value] of Object.entries(rest)) {
      assert.deepEqual(seen[key as keyof Effect], value, `${key}\n${bench.stderr}`);
    }
    if (keys !== undefined) {
      const bytes = encodeDataSet(query(...args.includes("STUDY") ? STUDY : [], ...keys), IMPLICIT);
      for (const element of decodeDataSet(bytes, IMPLICIT)) {
        assert.deepEqual(identifier.get(element.tag), element);
      }
    }
  });
}

const USAGE: readonly (readonly [args: readonly string[], sentence: string])[] = [
  [[], "Missing the peer's address: give addr and port, or [AE@]host:port"],
  [["h", "104"], "-f and/or -k must be specified, or --query-file"],
  [["h:104", "a", ...STUDY], 'Cannot use argument "a": nothing may follow the port'],
  [["h", "104", ...STUDY, "-P", "-W"], "Cannot combine -P, -S, -O, -W and -U: give one of them"],
  [["h", "104", ...STUDY, "-W", "-U"], "Cannot combine -P, -S, -O, -W and -U: give one of them"],
  [["h", "104", ...STUDY, "-P", "-S"], "Cannot combine -P, -S and -O: give one of them"],
  [
    ["h", "104", ...STUDY, "--max", "0"],
    '--max: Cannot use "0" as a number of matches: it must be 1 to 2147483647',
  ],
  [
    ["h", "104", ...STUDY, "--json", "--csv", "PatientID"],
    "Cannot combine --json and --csv: both write to the standard output",
  ],
  [
    ["h", "104", ...STUDY, "--csv", "PatientNmae"],
    'Cannot use --csv PatientNmae: Cannot use "PatientNmae": component "PatientNmae" is not in ' +
    "the data dictionary: did you mean PatientName?",
  ],
  [
    ["h", "104", ...STUDY, "--charset", "latin1"],
    'Cannot use character set "latin1": it is none of the defined terms, such as ISO_IR 100, ' +
    "ISO_IR 192 or \\ISO 2022 IR 87",
  ],
  [
    ["h", "104", ...STUDY, "--assume-charset", "ISO_IR 192\\GBK"],
    'Cannot use character sets "ISO_IR 192\\GBK": ISO_IR 192 cannot be combined with others',
  ],
  [
    ["h", "104", ...STUDY, "--user", "a", "--jwt-file", "b"],
    "Cannot combine --user, --jwt-file, --saml-file and --kerberos-file: give one of them",
  ],
];

for (const [args, sentence] of USAGE) {
  pure(`findscu ${args.join(" ")} is refused in one sentence`, async () => {
    await refuses(main, args, `findscu: error: ${sentence}\n`);
  });
}

const INPUT: readonly (readonly [args: readonly string[], sentence: string])[] = [
  [["-f", "missing.dcm"], "Cannot read query file missing.dcm: there is no such file"],
  [
    ["-k", "PatientName=A"],
    "Cannot tell the Query/Retrieve level: give -k QueryRetrieveLevel=PATIENT, STUDY, SERIES or " +
    "IMAGE, or a unique key such as -k StudyInstanceUID=1.2.3",
  ],
  [
    [...STUDY, "-k", "PatientName=Yamada=山田", "--charset", "ISO_IR 100"],
    'Cannot send the identifier: Cannot encode "Yamada=山田": the character set "ISO_IR 100" ' +
    'does not have "山" (U+5C71)',
  ],
];

for (const [args, sentence] of INPUT) {
  pure(`findscu h 104 ${args.join(" ")} is refused in one sentence`, async () => {
    await refuses(main, ["h", "104", ...args], `E: ${sentence}\n`);
    await refuses(main, ["h", "104", "--quiet", ...args], "");
  });
}

Deno.test("findscu returns 2 when its output directory cannot be made, and calls nobody", async () => {
  const file = await Deno.makeTempFile();
  try {
    const expected =
      `E: Cannot make output directory ${file}/in: a part of the path is no directory\n`;
    await refuses(main, ["h", "104", ...STUDY, "-w", "-od", `${file}/in`], expected);
  } finally {
    await Deno.remove(file);
  }
});

pure("findscu --help fits into 80 columns and names every option", async () => {
  const bench = new ToolBench();
  assert.equal(await main(["--help"], bench.io), 0);
  for (const line of bench.stdout.split("\n")) assert.ok(line.length <= 80, line);
  for (
    const option of [
      ...["-aet", "-aec", "-ta", "-td", "-tn", "-pdu", "-P", "-S", "-O", "-W", "-U", "-k", "-f"],
      ...["--query-file", "--charset", "--max", "-w", "--write", "-od", "--json", "--csv"],
      ...["--assume-charset", "--retry", "--relational-query", "--dt-matching", "--fuzzy-names"],
      ...["--timezone-adj", "--enhanced-conversion", "--user", "-q", "-v", "-d", "-ll"],
      ...["--version", "--completion", "130"],
    ]
  ) {
    assert.ok(bench.stdout.split(/[\s,]+/).includes(option), option);
  }
  assert.equal(bench.stderr, "");
});
