/**
 * Programs that query and retrieve, ours and others', as a test runs them.
 *
 * @module
 */
import { type CommandOutput, run } from "./command.ts";
import { runTool } from "./our_tools.ts";
import type { MoveDestination } from "./archive.ts";
import { type PeerName, pynetdicomPython } from "./peer_programs.ts";

/** An information model, as all programs call it: Patient Root, Study Root, Patient/Study Only. */
export type ModelFlag = "-P" | "-S" | "-O";

/** What a program is to do. */
export interface ClientRequest {
  /** The archive. */
  readonly from: { readonly aeTitle: string; readonly port: number };
  readonly model: ModelFlag;
  /** The keys, level included. */
  readonly keys: readonly string[];
  /** An existing directory for what arrives, and the current one. */
  readonly directory: string;
  /** Of a C-MOVE: where the program listens. */
  readonly to: MoveDestination;
}

/** A program. */
export interface Client {
  readonly name: string;
  readonly needs: readonly PeerName[];
  /** Whether it writes the bytes that it received. */
  readonly isExact: boolean;
  run(request: ClientRequest): Promise<CommandOutput>;
}

function keyArguments(keys: readonly string[]): string[] {
  return keys.flatMap((key) => ["-k", key]);
}

function pynetdicom(tool: string, args: readonly string[], cwd: string): Promise<CommandOutput> {
  return run(pynetdicomPython() ?? "", ["-m", "pynetdicom", tool, ...args], { cwd });
}

/** Retrieve by C-MOVE, to themselves. */
export const MOVERS: readonly Client[] = [
  {
    name: "our movescu",
    needs: [],
    isExact: true,
    run: ({ from, model, keys, directory, to }) =>
      runTool("movescu", [
        ...["127.0.0.1", `${from.port}`, "-aec", from.aeTitle, model],
        ...["--store", "--store-aet", to.aeTitle, "--store-port", `${to.port}`],
        ...["-od", directory, ...keyArguments(keys)],
      ]),
  },
  {
    name: "DCMTK's movescu",
    needs: ["dcmtk"],
    isExact: true,
    run: ({ from, model, keys, directory, to }) =>
      run("movescu", [
        ...["-v", "+B", "-dhl", model, "+xa", "-aet", to.aeTitle, "-aem", to.aeTitle],
        ...["-aec", from.aeTitle, "+P", `${to.port}`, "-to", "10", "-td", "60"],
        ...keyArguments(keys),
        ...["127.0.0.1", `${from.port}`],
        // movescu 3.6.7 ignores -od together with +B and writes to its working directory.
      ], { cwd: directory }),
  },
  {
    name: "pynetdicom's movescu",
    needs: ["pynetdicom"],
    isExact: false,
    run: ({ from, model, keys, directory, to }) =>
      pynetdicom("movescu", [
        ...["127.0.0.1", `${from.port}`, "-aec", from.aeTitle, model, "-aem", to.aeTitle],
        ...["--store", "--store-aet", to.aeTitle, "--store-port", `${to.port}`, "-od", directory],
        ...keyArguments(keys),
      ], directory),
  },
];

/** Retrieve by C-GET. */
export const GETTERS: readonly Client[] = [
  {
    name: "our getscu",
    needs: [],
    isExact: true,
    run: ({ from, model, keys, directory }) =>
      runTool("getscu", [
        ...["127.0.0.1", `${from.port}`, "-aec", from.aeTitle, model, "-od", directory],
        ...keyArguments(keys),
      ]),
  },
  {
    name: "DCMTK's getscu",
    needs: ["dcmtk"],
    isExact: true,
    run: ({ from, model, keys, directory }) =>
      run("getscu", [
        ...["-v", "+B", model, "-aec", from.aeTitle, "-od", directory, ...keyArguments(keys)],
        ...["127.0.0.1", `${from.port}`],
      ], { cwd: directory }),
  },
  {
    name: "pynetdicom's getscu",
    needs: ["pynetdicom"],
    isExact: false,
    run: ({ from, model, keys, directory }) =>
      pynetdicom("getscu", [
        ...["127.0.0.1", `${from.port}`, "-aec", from.aeTitle, model, "-od", directory],
        ...keyArguments(keys),
      ], directory),
  },
];

/** Query by C-FIND, and write what came as they do. */
export const FINDERS: readonly Client[] = [
  {
    name: "our findscu",
    needs: [],
    isExact: true,
    run: ({ from, model, keys }) =>
      runTool("findscu", [
        ...["127.0.0.1", `${from.port}`, "-aec", from.aeTitle, model, ...keyArguments(keys)],
      ]),
  },
  {
    name: "DCMTK's findscu",
    needs: ["dcmtk"],
    isExact: true,
    run: ({ from, model, keys, directory }) =>
      run("findscu", [
        ...[model, "-aec", from.aeTitle, ...keyArguments(keys), "127.0.0.1", `${from.port}`],
      ], { cwd: directory }),
  },
  {
    name: "pynetdicom's findscu",
    needs: ["pynetdicom"],
    isExact: true,
    run: ({ from, model, keys, directory }) =>
      pynetdicom("findscu", [
        ...["127.0.0.1", `${from.port}`, "-aec", from.aeTitle, model, ...keyArguments(keys)],
      ], directory),
  },
];
