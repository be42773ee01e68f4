/**
 * Orthanc as a test archive.
 *
 * @module
 */
import type { Archive, LoadReport, MoveDestination } from "./archive.ts";
import { freePort, startDaemon } from "./command.ts";
import { startPeer } from "./peer_daemon.ts";
import { orthancProgram } from "./peer_programs.ts";
import type { RealFile } from "./real_files.ts";

/** Settings of {@link startOrthanc}. */
export interface OrthancOptions {
  /** Application entities it may send to. */
  readonly moveDestinations: readonly MoveDestination[];
  /** Its AE title; `ORTHANC` unless told. */
  readonly aeTitle?: string;
  /** More members of its configuration, for example `{ TranscodeDicomProtocol: true }`. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** An Orthanc, which can be told what to do. */
export interface Orthanc extends Archive {
  /** The address of its REST interface, without a slash at the end. */
  readonly rest: string;
}

/**
 * Start an Orthanc with an empty database of its own.
 *
 * @param options Move destinations, AE title, more configuration.
 * @returns The running archive. `load` uploads through its REST interface, so what it holds is what it was given.
 * @throws {Error} If Orthanc is not installed or does not start.
 */
export async function startOrthanc(options: OrthancOptions): Promise<Orthanc> {
  const program = orthancProgram();
  if (program === undefined) throw new Error("Cannot start Orthanc: it is not installed");
  const aeTitle = options.aeTitle ?? "ORTHANC";
  const port = freePort();
  const httpPort = freePort();
  const modalities = options.moveDestinations.map((to) =>
    [to.aeTitle, {
      AET: to.aeTitle,
      Host: "127.0.0.1",
      Port: to.port,
      AllowEcho: true,
      AllowFind: true,
      AllowGet: true,
      AllowMove: true,
      AllowStore: true,
    }] as const
  );
  const peer = await startPeer("orthanc", async (directory) => {
    await Deno.mkdir(`${directory}/held`);
    await Deno.writeTextFile(
      `${directory}/orthanc.json`,
      JSON.stringify({
        Name: "dimse-test",
        StorageDirectory: `${directory}/storage`,
        IndexDirectory: `${directory}/storage`,
        DicomServerEnabled: true,
        DicomAet: aeTitle,
        DicomPort: port,
        DicomCheckCalledAet: false,
        DicomAlwaysAllowEcho: true,
        DicomAlwaysAllowStore: true,
        DicomAlwaysAllowFind: true,
        DicomAlwaysAllowGet: true,
        DicomAlwaysAllowMove: true,
        DicomModalities: Object.fromEntries(modalities),
        HttpServerEnabled: true,
        HttpPort: httpPort,
        RemoteAccessAllowed: false,
        AuthenticationEnabled: false,
        TranscodeDicomProtocol: false, // send files in the transfer syntax they are held in
        UnknownSopClassAccepted: true,
        OverwriteInstances: true,
        SynchronousCMove: true,
        ConcurrentJobs: 2,
        SaveJobs: false,
        Plugins: [],
        ...options.configuration,
      }),
    );
    const args = ["--verbose", `${directory}/orthanc.json`];
    return await startDaemon(program, args, [port, httpPort], directory);
  });
  const base = `http://127.0.0.1:${httpPort}`;
  return {
    ...peer,
    kind: "orthanc",
    rest: base,
    aeTitle,
    port,
    load: (files) => load(base, files),
    held: (sopInstanceUid) => download(base, sopInstanceUid, `${peer.directory}/held`),
  };
}

async function load(base: string, files: readonly RealFile[]): Promise<LoadReport> {
  const taken: RealFile[] = [];
  const refused: { file: RealFile; reason: string }[] = [];
  for (const file of files) {
    const body = await Deno.readFile(file.path);
    const response = await fetch(`${base}/instances`, { method: "POST", body });
    const text = await response.text();
    if (response.ok) taken.push(file);
    else refused.push({ file, reason: `HTTP ${response.status} ${text.trim()}` });
  }
  return { taken, refused };
}

async function download(base: string, sopInstanceUid: string, folder: string): Promise<string> {
  const path = `${folder}/${sopInstanceUid}.dcm`;
  const lookup = await fetch(`${base}/tools/lookup`, { method: "POST", body: sopInstanceUid });
  const matches: { Type: string; ID: string }[] = await lookup.json();
  const instance = matches.find((match) => match.Type === "Instance");
  if (instance === undefined) throw new Error(`Cannot find ${sopInstanceUid} in Orthanc`);
  const response = await fetch(`${base}/instances/${instance.ID}/file`);
  await Deno.writeFile(path, await response.bytes());
  return path;
}
