/**
 * Tools that request associations, and what stands against them when their peer is hostile.
 *
 * @module
 */

import assert from "node:assert/strict";
import { main as echoscu } from "../../cli/echoscu.ts";
import { main as findscu } from "../../cli/findscu.ts";
import { main as getscu } from "../../cli/getscu.ts";
import { main as movescu } from "../../cli/movescu.ts";
import { main as storescu } from "../../cli/storescu.ts";
import { type Main, ToolBench } from "../cli/tool_bench.ts";
import { settle } from "../support/fake_clock.ts";
import { CT, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { instanceFile } from "../support/synthetic_instances.ts";
import { Answers } from "./answers.ts";
import { assertDecent, filesBelow } from "./besieged.ts";
import { BIG_ENDIAN, DEFLATED } from "./exchange.ts";
import { reject, RELEASED } from "./raw_bytes.ts";

/** A tool, and how it is called. */
export interface Scu {
  readonly tool: "echoscu" | "findscu" | "getscu" | "movescu" | "storescu";
  readonly main: Main;
  /** Its arguments after the address; `IN` is a file to send, `OUT` a directory to write to. */
  readonly args: readonly string[];
  /** The command that it sends first. */
  readonly command: "C-ECHO-RQ" | "C-FIND-RQ" | "C-GET-RQ" | "C-MOVE-RQ" | "C-STORE-RQ";
  /** Whether a data set follows that. */
  readonly hasDataSet: boolean;
}

const STUDY = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3"];

/** The tools. */
export const ECHOSCU: Scu = {
  tool: "echoscu",
  main: echoscu,
  args: [],
  command: "C-ECHO-RQ",
  hasDataSet: false,
};
export const FINDSCU: Scu = {
  tool: "findscu",
  main: findscu,
  args: STUDY,
  command: "C-FIND-RQ",
  hasDataSet: true,
};
export const GETSCU: Scu = {
  tool: "getscu",
  main: getscu,
  args: [
    ...[...STUDY, "--no-find", "--sop-class", CT],
    // So that the contexts have the IDs of CONTEXT.
    ...[IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN].flatMap((uid) => ["--transfer-syntax", uid]),
    ...["-od", "OUT/in"],
  ],
  command: "C-GET-RQ",
  hasDataSet: true,
};
export const MOVESCU: Scu = {
  tool: "movescu",
  main: movescu,
  args: [...STUDY, "-aem", "ELSEWHERE"],
  command: "C-MOVE-RQ",
  hasDataSet: true,
};
export const STORESCU: Scu = {
  tool: "storescu",
  main: storescu,
  args: ["-xe", "IN"],
  command: "C-STORE-RQ",
  hasDataSet: true,
};
export const SCUS: readonly Scu[] = [ECHOSCU, FINDSCU, GETSCU, MOVESCU, STORESCU];

/** A hostile server, and what becomes of the tool. */
export interface HostileServer {
  readonly name: string;
  /** Plays it, up to the last bytes that it sends. */
  play(peer: ScriptedPeer, scu: Scu): Promise<void>;
  /** What the tool sends from then on, as `wireText()` has it. */
  readonly output: string;
  readonly code: number;
  /** What it must say. */
  readonly says: RegExp;
  /**
   * How long it then takes, in milliseconds, before the tool gives up; "a while" where that begins only
   * when a file has taken what came.
   */
  readonly after?: number | "a while";
  /** How many files the tool leaves, in its directory. */
  readonly files?: number;
  /** Further arguments. */
  readonly args?: readonly string[];
}

/** Takes the association, and the tool's first request; tells the request's context. */
export async function takeRequest(peer: ScriptedPeer, scu: Scu): Promise<number> {
  await peer.acceptAssociation();
  const { message, contextId } = await peer.expect("message");
  assert.equal(message.type, scu.command);
  if (scu.hasDataSet) await peer.expect("data");
  return contextId;
}

/** Sends bytes in hexadecimal; a tool that has closed gets none. */
export async function sendHex(peer: ScriptedPeer, hex: string): Promise<void> {
  await peer.sendBytes(Uint8Array.fromHex(hex)).catch(() => {});
}

/** The files that a tool works with, removed at the end. */
export class ScuArea implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<ScuArea> {
    const area = new ScuArea(await Deno.makeTempDir({ prefix: "hostile_server_" }));
    await Deno.writeFile(
      `${area.directory}/send.dcm`,
      instanceFile({
        sopClassUid: CT,
        sopInstanceUid: "1.2.3.4.5",
        transferSyntaxUid: EXPLICIT,
      }),
    );
    await Deno.mkdir(`${area.directory}/out`);
    return area;
  }

  /** A tool's arguments with the area's paths. */
  args(scu: Scu, more: readonly string[] = []): string[] {
    return [...scu.args, ...more].map((arg) =>
      arg.replace(/^OUT/, `${this.directory}/out`).replace(/^IN$/, `${this.directory}/send.dcm`)
    );
  }

  /** Tells the files that were written, and removes them. */
  async takeFiles(): Promise<string[]> {
    const files = filesBelow(`${this.directory}/out`);
    await Deno.remove(`${this.directory}/out`, { recursive: true });
    await Deno.mkdir(`${this.directory}/out`);
    assert.deepEqual(filesBelow(this.directory), ["send.dcm"]);
    return files.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** A peer whose bytes come one by one, or, where they are many, in pieces that fit nothing. */
class DrippingPeer extends ScriptedPeer {
  override async sendBytes(bytes: Uint8Array): Promise<void> {
    const size = bytes.byteLength > 2000 ? 997 : 1;
    for (let at = 0; at < bytes.byteLength; at += size) {
      await super.sendBytes(bytes.subarray(at, at + size));
    }
  }
}

/**
 * Lets a tool, in this process, meet a hostile server on a network in memory.
 *
 * @param scu The tool.
 * @param server The server.
 * @param area The files.
 * @param isSplit Whether the server's bytes come one by one.
 */
export async function meet(
  scu: Scu,
  server: HostileServer,
  area: ScuArea,
  isSplit = false,
): Promise<void> {
  const label = `${scu.tool}: ${server.name}${isSplit ? ", split" : ""}`;
  const bench = new ToolBench();
  const running = scu.main(["peer", "104", ...area.args(scu, server.args)], bench.io);
  const { transport } = await bench.accept();
  const peer = isSplit ? new DrippingPeer(transport) : new ScriptedPeer(transport);
  await server.play(peer, scu);
  const answers = new Answers(peer.transport);
  await settle();
  if (server.after === "a while") {
    for (let turn = 0; turn < 300 && answers.text === ""; turn++) await bench.clock.advance(1000);
  } else if (server.after !== undefined) {
    await bench.clock.advance(server.after - 1);
    assert.equal(answers.text, "", `${label}: too early`);
    await bench.clock.advance(1);
  }
  const { text } = answers;
  if (text.endsWith("RELRQ")) await sendHex(peer, RELEASED);
  if (!answers.isEnded) peer.transport.close();
  await answers.ended;
  void playOn(bench, server, scu).catch(() => {});
  // What the tool waits for now is time.
  let hasEnded = false;
  void running.then(() => hasEnded = true);
  for (let turn = 0; turn < 50 && !hasEnded; turn++) await bench.clock.advance(1000);
  const code = await running;
  const told = `${label}\n${bench.stderr}${bench.stdout}`;
  assert.equal(text, server.output, told);
  assert.equal(code, server.code, told);
  assert.match(bench.stderr, server.says, label);
  assertDecent(bench.stderr);
  assert.equal(bench.clock.pending, 0, label);
  assert.equal(bench.signalListeners, 0, label);
  const files = await area.takeFiles();
  assert.ok(files.every((path) => /^in\/[^./][^/]*$/.test(path)), `${label} left ${files}`);
  assert.equal(files.length, server.files ?? 0, `${label} left ${files}`);
}

/** Plays the same to storescu, which calls again for what was under way; who else calls is rejected. */
async function playOn(bench: ToolBench, server: HostileServer, scu: Scu): Promise<void> {
  while (true) {
    const peer = await bench.accept();
    if (scu === STORESCU) {
      await server.play(peer, scu);
    } else {
      await peer.expect("A-ASSOCIATE-RQ");
      await sendHex(peer, reject(1, 1, 1));
    }
    await settle();
    peer.transport.close();
  }
}
