/**
 * DCMTK's dcmqrscp as a test archive.
 *
 * In a sub-association dcmqrscp asks for one presentation context per SOP class and sends every file of that class
 * in the first one accepted, converting between uncompressed syntaxes and failing on compressed ones it has no
 * codec for. So an archive that shall serve files as they are stored serves one transfer syntax: start one for
 * each syntax ({@link DcmqrscpOptions.sendSyntax}).
 *
 * @module
 */
import type { Archive, LoadReport, MoveDestination } from "./archive.ts";
import { freePort, runOk, startDaemon } from "./command.ts";
import { startPeer } from "./peer_daemon.ts";
import type { RealFile } from "./real_files.ts";

/** Settings of {@link startDcmqrscp}. */
export interface DcmqrscpOptions {
  /** Application entities it may send to. */
  readonly moveDestinations: readonly MoveDestination[];
  /** Its AE title; `DCMQRSCP` unless told. */
  readonly aeTitle?: string;
  /**
   * The one transfer syntax it proposes when it sends. Files in other syntaxes are refused by `load`. Without it,
   * dcmqrscp proposes the uncompressed syntaxes (and converts to the one accepted).
   */
  readonly sendSyntax?: string;
  /** More command line options, for example `["--no-parallel-store"]`. */
  readonly args?: readonly string[];
}

/** Storage SOP classes an archive with a {@link DcmqrscpOptions.sendSyntax} can send. */
export const DCMQRSCP_STORAGE_CLASSES: readonly string[] = [
  "1.2.840.10008.5.1.4.1.1.1", // Computed Radiography Image Storage
  "1.2.840.10008.5.1.4.1.1.2", // CT Image Storage
  "1.2.840.10008.5.1.4.1.1.4", // MR Image Storage
  "1.2.840.10008.5.1.4.1.1.6.1", // Ultrasound Image Storage
  "1.2.840.10008.5.1.4.1.1.7", // Secondary Capture Image Storage
  "1.2.840.10008.5.1.4.1.1.9.1.1", // 12-lead ECG Waveform Storage
  "1.2.840.10008.5.1.4.1.1.66", // Raw Data Storage
  "1.2.840.10008.5.1.4.1.1.66.4", // Segmentation Storage
  "1.2.840.10008.5.1.4.1.1.88.11", // Basic Text SR Storage
  "1.2.840.10008.5.1.4.1.1.88.33", // Comprehensive SR Storage
  "1.2.840.10008.5.1.4.1.1.481.2", // RT Dose Storage
  "1.2.840.10008.5.1.4.1.1.481.3", // RT Structure Set Storage
  "1.2.840.10008.5.1.4.1.1.481.5", // RT Plan Storage
  "1.2.840.10008.5.1.4.1.1.481.8", // RT Ion Plan Storage
];

/** Verification, then FIND, MOVE and GET of the Patient Root, Study Root and Patient/Study Only models. */
const INCOMING_CLASSES: readonly string[] = [
  "1.2.840.10008.1.1",
  ...["1", "2", "3"].flatMap((model) =>
    ["1", "2", "3"].map((operation) => `1.2.840.10008.5.1.4.1.2.${model}.${operation}`)
  ),
];

/**
 * Start a dcmqrscp with an empty storage area of its own.
 *
 * @param options Move destinations, AE title and the transfer syntax to serve.
 * @returns The running archive. `load` registers copies with dcmqridx, so what it holds is what it was given.
 */
export async function startDcmqrscp(options: DcmqrscpOptions): Promise<Archive> {
  const aeTitle = options.aeTitle ?? "DCMQRSCP";
  const port = freePort();
  const peer = await startPeer("dcmqrscp", async (directory) => {
    await Deno.mkdir(`${directory}/area`);
    await Deno.writeTextFile(
      `${directory}/dcmqrscp.cfg`,
      dcmqrscpConfiguration({
        ...{ port, aeTitle, area: `${directory}/area`, maximumLength: 16384 },
        moveDestinations: options.moveDestinations,
      }),
    );
    const args = ["-v", "-dhl", "-c", `${directory}/dcmqrscp.cfg`, ...(options.args ?? [])];
    if (options.sendSyntax !== undefined) {
      const profile = `${directory}/negotiation.cfg`;
      await Deno.writeTextFile(profile, negotiationProfile(options.sendSyntax));
      args.push("-xf", profile, "Incoming", "Outgoing");
    }
    return await startDaemon("dcmqrscp", args, [port], directory);
  });
  const area = `${peer.directory}/area`;
  return {
    ...peer,
    kind: "dcmqrscp",
    aeTitle,
    port,
    load: (files) => load(area, files, options.sendSyntax),
    held: (sopInstanceUid) => Promise.resolve(`${area}/${sopInstanceUid}.dcm`),
  };
}

/** What a dcmqrscp is told of itself and of others. */
export interface DcmqrscpFacts {
  readonly port: number;
  readonly aeTitle: string;
  /** The directory of its instances. */
  readonly area: string;
  readonly moveDestinations: readonly MoveDestination[];
  /** The longest PDU that it takes. */
  readonly maximumLength: number;
}

/** The text of a dcmqrscp's configuration file. */
export function dcmqrscpConfiguration(facts: DcmqrscpFacts): string {
  const hosts = facts.moveDestinations.map((to, index) =>
    `destination${index} = (${to.aeTitle}, 127.0.0.1, ${to.port})`
  );
  return [
    `NetworkTCPPort = ${facts.port}`,
    `MaxPDUSize = ${facts.maximumLength}`,
    "MaxAssociations = 32",
    "HostTable BEGIN",
    ...hosts,
    "HostTable END",
    "VendorTable BEGIN",
    "VendorTable END",
    "AETable BEGIN",
    `${facts.aeTitle} ${facts.area} RW (1000, 4096mb) ANY`,
    "AETable END",
    "",
  ].join("\n");
}

function negotiationProfile(sendSyntax: string): string {
  const contexts = (classes: readonly string[], syntaxes: string): string[] =>
    classes.map((uid, index) => `PresentationContext${index + 1} = ${uid}\\${syntaxes}`);
  return [
    "[[TransferSyntaxes]]",
    "[Stored]",
    `TransferSyntax1 = ${sendSyntax}`,
    "[Plain]",
    "TransferSyntax1 = 1.2.840.10008.1.2.1",
    "TransferSyntax2 = 1.2.840.10008.1.2",
    "[[PresentationContexts]]",
    "[Queries]",
    ...contexts(INCOMING_CLASSES, "Plain"),
    "[Stores]",
    ...contexts(DCMQRSCP_STORAGE_CLASSES, "Stored"),
    "[[Profiles]]",
    "[Incoming]",
    "PresentationContexts = Queries",
    "[Outgoing]",
    "PresentationContexts = Stores",
    "",
  ].join("\n");
}

async function load(
  area: string,
  files: readonly RealFile[],
  sendSyntax: string | undefined,
): Promise<LoadReport> {
  const refused: { file: RealFile; reason: string }[] = [];
  const copies = new Map<string, RealFile>();
  for (const file of files) {
    if (sendSyntax !== undefined && file.transferSyntaxUid !== sendSyntax) {
      refused.push({ file, reason: `this archive serves ${sendSyntax} only` });
    } else if (sendSyntax !== undefined && !DCMQRSCP_STORAGE_CLASSES.includes(file.sopClassUid)) {
      refused.push({ file, reason: `${file.sopClassUid} is not among the classes it proposes` });
    } else {
      const path = `${area}/${file.sopInstanceUid}.dcm`;
      await Deno.copyFile(file.path, path);
      copies.set(path, file);
    }
  }
  if (copies.size > 0) {
    // dcmqridx goes on after a file it cannot read, and exits with 0.
    const output = await runOk("dcmqridx", [area, ...copies.keys()]);
    for (const [, path] of output.stderr.matchAll(/^E: cannot load dicom file: (.*)$/gm)) {
      const file = path === undefined ? undefined : copies.get(path);
      if (path === undefined || file === undefined) continue;
      copies.delete(path);
      refused.push({ file, reason: "dcmqridx cannot load it" });
      await Deno.remove(path);
    }
  }
  return { taken: [...copies.values()], refused };
}
