/**
 * Real conversations, recorded: our tools with our archive, and where DCMTK is found its tools with our
 * archive and ours with its.
 *
 * @module
 */

import { CT, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { run } from "../support/command.ts";
import { startDcmqrscp } from "../support/dcmqrscp.ts";
import { startQrscp } from "../support/our_qrscp.ts";
import { runTool } from "../support/our_tools.ts";
import { whyMissing } from "../support/peer_programs.ts";
import { instanceFile } from "../support/synthetic_instances.ts";
import { trafficSeeds } from "./corpus.ts";
import { RecordingProxy } from "./recording_proxy.ts";
import type { Seed } from "./target.ts";

const HOST = "127.0.0.1";
const STUDY = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3"];

/** Where the tools connect to, and where they may write. */
interface Stage {
  readonly port: string;
  readonly title: string;
  readonly directory: string;
  readonly files: readonly string[];
}

/** Our tools, one after the other. */
async function ours({ port, title, directory, files }: Stage): Promise<void> {
  const peer = [HOST, port, "-aec", title];
  await runTool("echoscu", peer);
  await runTool("storescu", [...peer, ...files]);
  await runTool("findscu", [...peer, ...STUDY, "-k", "PatientName"]);
  await runTool("findscu", [...peer, "-k", "QueryRetrieveLevel=NOTHING"]);
  await runTool("getscu", [...peer, ...STUDY, "-od", directory]);
  await runTool("movescu", [...peer, ...STUDY, "-aem", title]);
  await runTool("movescu", [...peer, ...STUDY, "-aem", "NOBODY"]);
}

/** DCMTK's. */
async function dcmtks({ port, title, directory, files }: Stage): Promise<void> {
  const peer = ["-aec", title, HOST, port];
  await run("echoscu", peer);
  await run("storescu", [...peer, ...files]);
  await run("findscu", ["-S", ...STUDY, "-k", "PatientName", ...peer]);
  await run("getscu", ["-S", ...STUDY, "-od", directory, ...peer]);
  await run("movescu", ["-S", ...STUDY, "-aem", title, ...peer]);
}

/**
 * Records conversations.
 *
 * @returns The seeds that are in them.
 */
export async function recordTraffic(): Promise<Seed[]> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_traffic_" });
  try {
    const files = await writeInstances(directory);
    await Deno.mkdir(`${directory}/archive`);
    await Deno.mkdir(`${directory}/received`);
    const hasDcmtk = whyMissing("dcmtk") === undefined;
    const seeds: Seed[] = [];
    const record = async (
      name: string,
      to: { readonly port: number; readonly title: string },
      tools: (stage: Stage) => Promise<void>,
    ): Promise<void> => {
      await using proxy = new RecordingProxy(to.port);
      const received = `${directory}/received`;
      await tools({ port: `${proxy.port}`, title: to.title, directory: received, files });
      for (const { fromRequestor, fromAcceptor } of proxy.recordings) {
        seeds.push(...trafficSeeds("from-requestor", name, fromRequestor));
        seeds.push(...trafficSeeds("from-acceptor", name, fromAcceptor));
      }
    };
    {
      await using archive = await startQrscp({ directory, args: ["archive"] });
      const to = { port: archive.port, title: "QRSCP" };
      await record("our tools, our archive", to, ours);
      if (hasDcmtk) await record("DCMTK's tools, our archive", to, dcmtks);
    }
    if (hasDcmtk) {
      await using archive = await startDcmqrscp({ moveDestinations: [] });
      const to = { port: archive.port, title: archive.aeTitle };
      await record("our tools, DCMTK's archive", to, ours);
    }
    return seeds;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function writeInstances(directory: string): Promise<string[]> {
  const paths: string[] = [];
  for (const [at, transferSyntaxUid] of [IMPLICIT, EXPLICIT].entries()) {
    const path = `${directory}/${at}.dcm`;
    const sopInstanceUid = `1.2.3.4.${at + 1}`;
    await Deno.writeFile(
      path,
      instanceFile({ sopClassUid: CT, sopInstanceUid, transferSyntaxUid }),
    );
    paths.push(path);
  }
  return paths;
}
