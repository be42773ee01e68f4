/**
 * The world that the documents speak of: an archive, a worklist and a workstation, the tools in the
 * search path with the permissions that they are installed with, and a directory to work in.
 *
 * @module
 */

import { join } from "node:path";
import { concatBytes } from "../../lib/bytes.ts";
import { leastFlags, TOOLS } from "../../cli/tools.ts";
import { type CommandOutput, freePort, run } from "../support/command.ts";
import { type RealFile, startDcmqrscp } from "../support/peers.ts";
import { startStorescp } from "../support/storage_acceptor.ts";
import { instanceFile } from "../support/synthetic_instances.ts";
import { startWlmscpfs } from "../support/wlmscpfs.ts";
import { codeBlocks, type Document, ROOT } from "./documents.ts";
import type { Places } from "./table.ts";

/** The world of one document. */
export interface Stage extends AsyncDisposable {
  readonly places: Places;
  /** An instance, for servers to receive. */
  readonly instance: string;
  /** Runs a command line, both outputs as one, as on a terminal. */
  run(command: string): Promise<CommandOutput>;
  /** Starts a command line that serves. */
  spawn(command: string): Deno.ChildProcess;
}

const EXPLICIT_VR = "1.2.840.10008.1.2.1";
const CT = "1.2.840.10008.5.1.4.1.1.2";
const MR = "1.2.840.10008.5.1.4.1.1.4";

interface Series {
  readonly uid: string;
  readonly count: number;
  readonly sopClassUid: string;
  readonly keys: readonly string[];
}

const JANE = [
  "PatientName=DOE^JANE",
  "PatientID=4711",
  "PatientBirthDate=19700101",
  "PatientSex=F",
];
const JOHN = [
  "PatientName=DOE^JOHN",
  "PatientID=4712",
  "PatientBirthDate=19691231",
  "PatientSex=M",
];

/** What the archive holds: two studies of two patients. */
const SERIES: readonly Series[] = [
  { uid: "1.2.840.1.1", count: 4, sopClassUid: CT, keys: [...JANE, ...study(1, "CT", "20240311")] },
  { uid: "1.2.840.1.2", count: 2, sopClassUid: CT, keys: [...JANE, ...study(1, "CT", "20240311")] },
  { uid: "1.2.840.2.1", count: 3, sopClassUid: MR, keys: [...JOHN, ...study(2, "MR", "20240312")] },
];

function study(number: number, modality: string, date: string): string[] {
  return [
    `StudyInstanceUID=1.2.840.${number}`,
    `StudyID=${number}`,
    `AccessionNumber=A${number}`,
    `StudyDate=${date}`,
    "StudyTime=101500",
    `StudyDescription=${modality} EXAM`,
    `Modality=${modality}`,
  ];
}

/** Pixel Data of 512 by 512 pixels of 16 bits, in Explicit VR Little Endian. */
const PIXELS = new Uint8Array(12 + 512 * 512 * 2);
new DataView(PIXELS.buffer).setUint32(0, 0xe07f1000);
PIXELS.set(new TextEncoder().encode("OW"), 4);
new DataView(PIXELS.buffer).setUint32(8, PIXELS.length - 12, true);

/**
 * Sets the stage.
 *
 * @param document Whose commands are to be run.
 * @returns The stage.
 */
export async function setStage(document: Document): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  const home = await Deno.makeTempDir({ prefix: "dimse_readme_" });
  resources.defer(() => Deno.remove(home, { recursive: true }));
  const directory = join(home, "work");
  const bin = join(home, "bin");
  await Promise.all([directory, bin].map((path) => Deno.mkdir(path)));
  await writeTools(bin);
  const instances = await writeInstances(home);
  await writeFiles(directory, instances, document);
  const workstation = resources.use(await startStorescp());
  const storePort = freePort();
  const archive = resources.use(
    await startDcmqrscp({
      aeTitle: "PACS",
      moveDestinations: [
        { aeTitle: "ME", port: storePort },
        { aeTitle: "WORKSTATION", port: workstation.port },
      ],
    }),
  );
  const { refused } = await archive.load(instances);
  if (refused.length > 0) throw new Error(`Cannot set the stage: ${refused[0]?.reason}`);
  const worklist = resources.use(await startWlmscpfs([worklistEntry()]));
  const env = {
    PATH: `${bin}:${Deno.env.get("PATH")}`,
    NO_COLOR: "1",
  };
  const kept = resources.move();
  return {
    places: {
      archivePort: archive.port,
      worklistPort: worklist.port,
      workstationPort: workstation.port,
      storePort,
      directory,
    },
    instance: instances[0]?.path ?? "",
    run: (command) => run("bash", ["-c", `{ ${command}\n} 2>&1`], { cwd: directory, env }),
    spawn: (command) =>
      new Deno.Command("bash", {
        args: ["-c", `exec ${command} 2>&1`],
        cwd: directory,
        env,
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      }).spawn(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** As `deno install` makes them, but of the checkout; and Deno itself. */
async function writeTools(bin: string): Promise<void> {
  await Deno.symlink(Deno.execPath(), join(bin, "deno"));
  for (const tool of TOOLS) {
    const flags = ["--quiet", "--no-prompt", "--config", `${ROOT}deno.json`, ...leastFlags(tool)];
    const lines = [
      "#!/bin/sh",
      `exec '${Deno.execPath()}' run ${flags.join(" ")} '${ROOT}cli/${tool.name}.ts' "$@"`,
      "",
    ];
    await Deno.writeTextFile(join(bin, tool.name), lines.join("\n"), { mode: 0o755 });
  }
}

async function writeInstances(home: string): Promise<RealFile[]> {
  const files: RealFile[] = [];
  await Deno.mkdir(join(home, "held"));
  for (const { uid, count, sopClassUid, keys } of SERIES) {
    for (let number = 1; number <= count; number++) {
      const sopInstanceUid = `${uid}.${number}`;
      const path = join(home, "held", `${sopInstanceUid}.dcm`);
      const own = [`SeriesInstanceUID=${uid}`, "SeriesNumber=1", `InstanceNumber=${number}`];
      const head = instanceFile({
        sopClassUid,
        sopInstanceUid,
        transferSyntaxUid: EXPLICIT_VR,
        keys: [...keys, ...own],
      });
      await Deno.writeFile(path, concatBytes([head, PIXELS]));
      files.push({
        name: sopInstanceUid,
        path,
        origin: "original",
        edits: [],
        sopClassUid,
        sopInstanceUid,
        studyUid: uid.replace(/\.\d+$/, ""),
        seriesUid: uid,
        patientId: sopClassUid === CT ? "4711" : "4712",
        transferSyntaxUid: EXPLICIT_VR,
      });
    }
  }
  return files;
}

/** The files that the documents name, and the package by its name as if it came from a registry. */
async function writeFiles(
  directory: string,
  instances: readonly RealFile[],
  document: Document,
): Promise<void> {
  for (const folder of ["study", "archive"]) {
    await Deno.mkdir(join(directory, folder));
    for (const { path, studyUid, name } of instances) {
      if (studyUid !== "1.2.840.1") continue;
      await Deno.copyFile(path, join(directory, folder, `${name}.dcm`));
    }
  }
  await Deno.writeTextFile(join(directory, "stations.txt"), "# Of the ward.\nWS2=10.0.0.6:104\n");
  await Deno.writeTextFile(
    join(directory, "query.txt"),
    "# All of a study.\nQueryRetrieveLevel=STUDY\nStudyInstanceUID=1.2.840.1\n",
  );
  await Deno.writeTextFile(join(directory, "password.txt"), "secret\n");
  const count = codeBlocks(document.text).find(({ language, lines }) =>
    language === "ts" && lines.includes("export default count;")
  );
  if (count !== undefined) {
    await Deno.writeTextFile(join(directory, "count.ts"), `${count.lines.join("\n")}\n`);
  }
  const { exports }: { exports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(`${ROOT}deno.json`),
  );
  const imports = Object.fromEntries(
    Object.entries(exports).map(([name, path]) => [
      join("@dicom/dimse", name),
      `file://${join(ROOT, path)}`,
    ]),
  );
  await Deno.writeTextFile(join(directory, "deno.json"), JSON.stringify({ imports }));
}

function worklistEntry(): Uint8Array {
  const lines = [
    "(0008,0050) SH [A3]",
    "(0010,0010) PN [DOE^JACK]",
    "(0010,0020) LO [4713]",
    "(0010,0030) DA [19700101]",
    "(0010,0040) CS [M]",
    "(0020,000d) UI [1.2.840.3]",
    "(0032,1032) PN [SMITH]",
    "(0032,1060) LO [CT HEAD]",
    "(0040,0100) SQ",
    "(fffe,e000) -",
    "(0008,0060) CS [CT]",
    "(0040,0001) AE [CT1]",
    "(0040,0002) DA [20240313]",
    "(0040,0003) TM [090000]",
    "(0040,0006) PN [JONES]",
    "(0040,0007) LO [CT HEAD]",
    "(0040,0009) SH [S3]",
    "(0040,0010) SH [STATION1]",
    "(0040,0011) SH [ROOM1]",
    "(fffe,e00d) -",
    "(fffe,e0dd) -",
    "(0040,1001) SH [R3]",
    "(0040,1003) SH [LOW]",
    "",
  ];
  return new TextEncoder().encode(lines.join("\n"));
}
