/**
 * What must not be read by whoever reads a log: patients, at the usual level; secrets, at any.
 *
 * The tools run as processes, with instances, keys and secrets that can be found again; and whatever
 * they write is looked through.
 *
 * @module
 */

import assert from "node:assert/strict";
import { freePort } from "../support/command.ts";
import { CT, IMPLICIT } from "../support/core_pair.ts";
import { OurServer } from "../support/our_server.ts";
import { runTool } from "../support/our_tools.ts";
import { instanceFile } from "../support/synthetic_instances.ts";

/** What identifies a patient, each such that it is found in whatever it is written into. */
const PATIENT = {
  PatientName: "ZZNAME^QUITE^SECRET",
  PatientID: "ZZPATIENTID4711",
  PatientBirthDate: "19010203",
  AccessionNumber: "ZZACCESSION815",
  StudyDescription: "ZZDESCRIPTION OF A STUDY",
  ReferringPhysicianName: "ZZREFERRER",
  StudyDate: "19870605",
} as const;

const IDENTIFYING =
  /ZZ(NAME|PATIENTID|ACCESSION|DESCRIPTION|REFERRER)|QUITE|SECRET|19010203|19870605/;

const STUDY = "1.2.826.0.1.3680043.10.511.9";

/** An instance of the patient. */
function patientFile(number: number, more: readonly string[] = []): Uint8Array<ArrayBuffer> {
  return instanceFile({
    sopClassUid: CT,
    sopInstanceUid: `${STUDY}.1.${number}`,
    transferSyntaxUid: IMPLICIT,
    keys: [
      ...Object.entries(PATIENT).map(([keyword, value]) => `${keyword}=${value}`),
      `StudyInstanceUID=${STUDY}`,
      `SeriesInstanceUID=${STUDY}.1`,
      ...more,
    ],
  });
}

/** Neither in the log, nor among the events. */
function assertDiscreet(what: string, ...written: readonly string[]): void {
  for (const text of written) {
    const found = text.split("\n").filter((line) => IDENTIFYING.test(line));
    assert.deepEqual(found, [], what);
  }
}

interface Bench extends AsyncDisposable {
  /** Where files are that are sent: good ones, one that is broken, another version of one. */
  readonly files: string;
  readonly in: string;
  readonly area: string;
}

async function bench(): Promise<Bench> {
  const area = await Deno.makeTempDir({ prefix: "privacy_" });
  const files = `${area}/files`;
  for (const directory of ["files", "archive", "in", "got", "moved"]) {
    await Deno.mkdir(`${area}/${directory}`);
  }
  for (let number = 1; number <= 3; number++) {
    await Deno.writeFile(`${files}/${number}.dcm`, patientFile(number));
    await Deno.writeFile(`${area}/archive/${number}.dcm`, patientFile(number));
  }
  await Deno.writeFile(`${files}/other.dcm`, patientFile(1, ["ImageComments=other"]));
  // It ends within the name of the patient.
  const whole = patientFile(4);
  const name = new TextDecoder("latin1").decode(whole).indexOf(PATIENT.PatientName);
  await Deno.writeFile(`${files}/broken.dcm`, whole.subarray(0, name + 8));
  return {
    area,
    files,
    in: `${area}/in`,
    [Symbol.asyncDispose]: () => Deno.remove(area, { recursive: true }),
  };
}

Deno.test("at the usual level no tool writes what identifies a patient", async (t) => {
  await using area = await bench();
  await using storescp = await OurServer.start({
    tool: "storescp",
    args: ["0", "-od", area.in, "--json"],
    directory: area.area,
  });
  const movePort = freePort();
  await using qrscp = await OurServer.start({
    tool: "qrscp",
    args: [
      ...["-p", "0", `${area.area}/archive`, "--json"],
      ...["--destination", `THERE=127.0.0.1:${storescp.port}`],
      ...["--destination", `HERE=127.0.0.1:${movePort}`],
    ],
    directory: area.area,
  });
  const archive = ["127.0.0.1", `${qrscp.port}`];
  const keys = Object.entries(PATIENT).flatMap(([keyword, value]) => ["-k", `${keyword}=${value}`]);
  const study = ["-k", `StudyInstanceUID=${STUDY}`];

  /** Runs a tool with and without `--json`. */
  const run = async (
    tool: Parameters<typeof runTool>[0],
    args: readonly string[],
    codes: readonly number[],
  ): Promise<void> => {
    for (const json of [[], ["--json"]]) {
      await t.step(`${tool} ${[...args.slice(2, 4), ...json].join(" ")}`, async () => {
        const { code, stdout, stderr } = await runTool(tool, [...args, ...json]);
        assert.ok(codes.includes(code), `${code}: ${stderr}`);
        assertDiscreet(tool, stdout, stderr);
      });
    }
  };

  await run("storescu", ["127.0.0.1", `${storescp.port}`, area.files], [6]);
  await run("storescu", ["127.0.0.1", `${storescp.port}`, "--no-check", area.files], [6]);
  await run("storescu", [...archive, area.files], [6]);
  await run("getscu", [...archive, "-od", `${area.area}/got`, ...study, ...keys.slice(0, 4)], [0]);
  await run("movescu", [...archive, "-aem", "THERE", ...study], [0, 6]);
  await run("movescu", [...archive, "-aem", "NOBODY", ...study, ...keys.slice(2, 4)], [7]);
  await run("movescu", [
    ...archive,
    ...["--store", "--store-aet", "HERE", "--store-port", `${movePort}`],
    ...["-od", `${area.area}/moved`, ...study],
  ], [0, 6]);
  await t.step("findscu: in the matches, and nowhere else", async () => {
    const { code, stdout, stderr } = await runTool("findscu", [
      ...[...archive, "-S", "-k", "QueryRetrieveLevel=STUDY", ...study, ...keys.slice(0, 6)],
      "--json",
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, IDENTIFYING);
    assertDiscreet("findscu", stderr);
  });
  await t.step("a query that cannot be answered", async () => {
    const { stderr } = await runTool("findscu", [
      ...[...archive, "-S", "-k", "QueryRetrieveLevel=IMAGE", ...keys, "--csv", "PatientID"],
    ]);
    assertDiscreet("findscu", stderr);
  });
  for (const [name, server] of [["storescp", storescp], ["qrscp", qrscp]] as const) {
    await t.step(`${name}, which has served all that`, async () => {
      const { stdout, stderr } = await server.stop();
      assert.match(stderr, /Association from /);
      assert.match(stdout, /"event":"instance"/);
      assertDiscreet(name, stdout, stderr);
    });
  }
});

/** Secrets, each in a file or the environment, as the peer gets them. */
const SECRETS: readonly (readonly [args: readonly string[], secret: string])[] = [
  [["--user", "anna", "--password-file", "secret"], "zzPassword!"],
  [["--user", "anna"], "zzPassword!"],
  [["--jwt-file", "secret"], "zzHeader.zzClaims.zzSignature"],
  [["--saml-file", "secret"], "<zzAssertion/>"],
  [["--kerberos-file", "secret"], "zzTicket"],
];

/** A secret as it may be written: as it is, and in the encodings of a dump. */
function writings(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  return [
    secret,
    bytes.toHex(),
    bytes.toHex().toUpperCase(),
    bytes.toBase64().replace(/=+$/, ""),
    [...bytes].join(","),
    [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" "),
  ];
}

Deno.test("no tool writes a secret, with -d neither", async (t) => {
  await using area = await bench();
  await using qrscp = await OurServer.start({
    tool: "qrscp",
    args: ["-p", "0", `${area.area}/archive`, "-d"],
    directory: area.area,
  });
  const archive = ["127.0.0.1", `${qrscp.port}`];
  const tools: readonly (readonly [Parameters<typeof runTool>[0], readonly string[]])[] = [
    ["echoscu", []],
    ["findscu", ["-k", "PatientID"]],
    ["storescu", [`${area.files}/1.dcm`]],
    ["getscu", ["-k", `StudyInstanceUID=${STUDY}`, "--ignore"]],
    ["movescu", ["-aem", "NOBODY", "-k", `StudyInstanceUID=${STUDY}`]],
  ];
  for (const [index, [options, secret]] of SECRETS.entries()) {
    await Deno.writeTextFile(`${area.area}/secret`, secret);
    // What the tools have in common is tried on one of them.
    for (const [tool, args] of index < 2 ? tools : tools.slice(0, 1)) {
      await t.step(`${tool} ${options.join(" ")}`, async () => {
        const given = options.map((option) => option === "secret" ? `${area.area}/secret` : option);
        const { code, stdout, stderr } = await runTool(
          tool,
          [...archive, ...args, ...given, "-d"],
          {
            env: { DIMSE_PASSWORD: secret },
          },
        );
        assert.ok(code === 0 || code === 7, `${code}: ${stderr}`);
        // It has gone to the peer, and was left out.
        assert.match(stderr, /"userIdentity":"\(not shown\)"/);
        for (const writing of writings(secret)) {
          assert.ok(!`${stdout}${stderr}`.includes(writing), `${tool} writes ${writing}`);
        }
      });
    }
  }
  await t.step("qrscp, which has got them all", async () => {
    const { stdout, stderr } = await qrscp.stop();
    assert.match(stderr, /"userIdentity":"\(not shown\)"/);
    for (const [, secret] of SECRETS) {
      for (const writing of writings(secret)) {
        assert.ok(!`${stdout}${stderr}`.includes(writing), `qrscp writes ${writing}`);
      }
    }
  });
});
