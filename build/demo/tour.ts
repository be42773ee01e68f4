/**
 * The demo itself: what is done with the archive, and what is said about it.
 *
 * @module
 */

import { join } from "node:path";
import type { Io } from "../../cli/io.ts";
import { demoArchive } from "./archive.ts";
import { type ArchiveServer, startArchive } from "./archive_server.ts";
import { ArchiveCommands, serveCommand } from "./commands.ts";
import { compareDataSets, dataSetOf, type DataSets, dataSetsIn } from "./comparison.ts";
import { excerpt } from "./excerpt.ts";
import { DemoError } from "./failure.ts";
import type { ReservedPort } from "./port.ts";
import type { Processes } from "./processes.ts";
import { CHEST_CT } from "./study.ts";
import { type ToolCommand, typed } from "./tool_command.ts";
import { writeInstance } from "./workplace.ts";

/** What the demo works with. */
export interface Stage {
  readonly io: Pick<Io, "stdout" | "columns">;
  /** Where its files go. */
  readonly directory: string;
  readonly processes: Processes;
  /** Where the destination of C-MOVE listens. */
  readonly movePort: ReservedPort;
}

/** Where the archive is, relative to the directory of the demo. */
const ARCHIVE = "archive";

/** Where the study is that is sent to it. */
const NEW = "new";

/**
 * Makes the files of the archive, and of a study that is yet to come.
 *
 * @param stage What the demo works with.
 * @returns The data sets of all.
 */
export async function makeFiles(stage: Stage): Promise<DataSets> {
  const dataSets = new Map<string, string>();
  let bytes = 0;
  for (const instance of demoArchive()) {
    const isNew = instance.path.startsWith(`${CHEST_CT.folder}/`);
    await writeInstance(join(stage.directory, isNew ? NEW : ARCHIVE), instance);
    dataSets.set(...await dataSetOf(instance.bytes));
    bytes += instance.bytes.length;
  }
  stage.io.stdout(
    `Three patients, all of them phantoms: ${dataSets.size} instances, ` +
      `${(bytes / 1e6).toFixed(1)} MB, in ${stage.directory}\n`,
  );
  return dataSets;
}

/**
 * Serves the archive.
 *
 * @param stage What the demo works with.
 * @param log What becomes of its log.
 * @returns The archive, listening.
 */
export async function serveArchive(
  stage: Stage,
  log: "piped" | "inherit",
): Promise<ArchiveServer> {
  const command = serveCommand(join(stage.directory, ARCHIVE), stage.movePort.port);
  say(stage, command);
  const server = await startArchive(command, stage.processes, log);
  stage.io.stdout(`${server.event}\n`);
  return server;
}

/**
 * Sends the archive a study, queries it, and retrieves all of it twice.
 *
 * @param stage What the demo works with.
 * @param archive Where it listens.
 * @param expected All data sets.
 * @returns The verdict.
 * @throws {DemoError} When something is not as it should be.
 */
export async function tour(
  stage: Stage,
  archive: ArchiveServer,
  expected: DataSets,
): Promise<string> {
  const commands = new ArchiveCommands(archive.port, stage.movePort.port);
  await perform(stage, commands.store(join(stage.directory, NEW)));
  const patients = await perform(stage, commands.find(PATIENTS.keys, PATIENTS.columns));
  const studies = await perform(stage, commands.find(STUDIES.keys, STUDIES.columns));

  const moved = join(stage.directory, "moved");
  stage.movePort.release();
  for (const id of firstColumn(patients)) {
    await perform(stage, commands.move(`PatientID=${id}`, moved));
  }
  const got = join(stage.directory, "got");
  for (const uid of firstColumn(studies)) {
    await perform(stage, commands.get(`StudyInstanceUID=${uid}`, got));
  }

  check("C-MOVE", expected, await dataSetsIn(moved));
  check("C-GET", expected, await dataSetsIn(got));
  return `all ${expected.size} instances came by C-MOVE, and again by C-GET, byte for byte as they ` +
    "were made";
}

const PATIENTS = {
  keys: ["QueryRetrieveLevel=PATIENT", "PatientID=DEMO-*", "PatientName", "PatientBirthDate"],
  columns: ["PatientID", "PatientName", "PatientBirthDate"],
} as const;

const STUDIES = {
  keys: [
    "QueryRetrieveLevel=STUDY",
    "StudyInstanceUID",
    "StudyDate=20260101-20261231",
    "ModalitiesInStudy",
    "NumberOfStudyRelatedInstances",
  ],
  columns: [
    "StudyInstanceUID",
    "StudyDate",
    "ModalitiesInStudy",
    "NumberOfStudyRelatedInstances",
  ],
} as const;

/**
 * Says what can be done with an archive that stays.
 *
 * @param stage What the demo works with.
 * @param archive Where it listens.
 */
export function invite(stage: Stage, archive: ArchiveServer): void {
  const { port } = stage.movePort;
  const commands = new ArchiveCommands(archive.port, port);
  stage.movePort.release();
  stage.io.stdout("\nTry, in another terminal, in the directory of this checkout:\n");
  for (
    const command of [
      commands.echo(),
      commands.store(join(stage.directory, NEW)),
      commands.find(PATIENTS.keys, PATIENTS.columns),
      commands.find(STUDIES.keys, STUDIES.columns),
      commands.move("PatientID=DEMO-1", "in"),
      commands.get("PatientID=DEMO-3", "in"),
    ]
  ) say(stage, command);
  stage.io.stdout("\nCtrl-C ends it.\n");
}

/** Shows a command. */
function say({ io }: Stage, command: ToolCommand): void {
  io.stdout(`\n$ ${typed(command, lineLength(io))}\n`);
}

/** In columns; the shells of Windows do not agree on what says that a line goes on. */
function lineLength({ columns = LINE }: Stage["io"]): number {
  return Deno.build.os === "windows" ? Infinity : Math.min(columns, LINE);
}

const LINE = 100;

/** Shows a command, runs it, and shows what it said. */
async function perform(stage: Stage, command: ToolCommand): Promise<string> {
  say(stage, command);
  const { code, stdout, stderr } = await stage.processes.run(command);
  stage.io.stdout(excerpt(stdout + stderr));
  if (code !== 0) throw new DemoError(`${command.tool} ended with exit code ${code}`);
  return stdout;
}

/** The first value of each row of a CSV; UIDs and the demo's patient IDs need no quotes. */
function firstColumn(csv: string): string[] {
  return csv.trim().split(/\r?\n/).slice(1).map((row) => row.split(",", 1)[0] ?? "");
}

function check(service: string, expected: DataSets, actual: DataSets): void {
  const { same, different, missing, unexpected } = compareDataSets(expected, actual);
  if (same === expected.size && unexpected.length === 0) return;
  throw new DemoError(
    `by ${service} came ${same} of ${expected.size} instances as they are in the archive; ` +
      `${different.length} differ, ${missing.length} are missing, ${unexpected.length} were not ` +
      "asked for",
  );
}
