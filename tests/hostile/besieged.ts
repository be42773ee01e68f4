/**
 * A server of ours, run as a process, while peers attack it: that it lives, serves a well-behaved peer
 * beside them, and keeps nothing of what they sent.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fragmentMessage } from "../../lib/dimse/fragmenter.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import { connectTcp } from "../../lib/net/deno_transport.ts";
import type { Connect } from "../../lib/net/transport.ts";
import type { CommandOutput } from "../support/command.ts";
import { CT, ECHO, IMPLICIT } from "../support/core_pair.ts";
import { OurServer } from "../support/our_server.ts";
import { dataSetBytes } from "../support/part10.ts";
import { descriptors, residentMemory } from "../support/process_facts.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { storageRequest, storeRequest } from "../support/served.ts";
import { instanceDataSet } from "../support/synthetic_instances.ts";
import type { HostileCase } from "./exchange.ts";
import { RawConnection } from "./raw_connection.ts";

/** The AE title that peers must call. */
const AE_TITLE = "STORE";

/** The context for CT images in implicit VR of {@linkcode storageRequest}. */
const CT_CONTEXT = 3;

/** So often is asked, with a C-ECHO in between, whether descriptors were given back. */
const ECHOES = 5000;

/** A server under attack. */
export class Besieged implements AsyncDisposable {
  readonly server: OurServer;
  /** All that it may write to; it is told to use the directory `in` alone. */
  readonly area: string;
  readonly #witness: Witness;
  /** Its descriptors while only the witness's association stands. */
  readonly #descriptors: number;
  /** The files that may be there, by path below the area. */
  readonly #files = new Set<string>();
  readonly #stored = new Map<string, string>();
  #count = 0;

  private constructor(server: OurServer, area: string, witness: Witness) {
    this.server = server;
    this.area = area;
    this.#witness = witness;
    this.#descriptors = descriptors(server.pid);
    for (const path of filesBelow(area)) this.#files.add(path);
  }

  /**
   * Starts one, and associates with it as a good peer does.
   *
   * @param tool Which.
   * @param args Further arguments.
   * @param prepare Is given the directory before.
   * @param connect How the good peer connects.
   */
  static async start(
    tool: "storescp" | "qrscp",
    args: readonly string[] = [],
    prepare: (directory: string) => Promise<void> = () => Promise.resolve(),
    connect: Connect = connectTcp,
  ): Promise<Besieged> {
    const area = await Deno.makeTempDir({ prefix: "besieged_" });
    const directory = `${area}/in`;
    try {
      await Deno.mkdir(directory);
      await prepare(directory);
      const where = tool === "storescp" ? ["0", "-od", directory] : ["-p", "0", directory];
      const server = await OurServer.start({
        tool,
        args: [...where, "-aet", AE_TITLE, "--allow-called", AE_TITLE, ...args],
        directory: area,
      });
      try {
        return new Besieged(server, area, await Witness.associate(server.port, connect));
      } catch (error) {
        await server[Symbol.asyncDispose]();
        throw error;
      }
    } catch (error) {
      await Deno.remove(area, { recursive: true });
      throw error;
    }
  }

  /** Where it is told to store. */
  get directory(): string {
    return `${this.area}/in`;
  }

  /** How many attacks there were. */
  get attacks(): number {
    return this.#count;
  }

  /** Sends a case, and sees to it that it gets its answer and nothing else happens. */
  async face([name, input, expected]: HostileCase, prologue: string): Promise<void> {
    await this.beside(name, async () => {
      using connection = await RawConnection.to(this.server.port);
      if (prologue !== "") {
        await connection.send(prologue);
        await connection.until(() => connection.text.startsWith("AC"));
        assert.match(connection.text, /^AC\[[\d,]+\]$/, name);
        connection.forget();
      }
      await connection.send(input);
      const text = await connection.end(expected);
      assert.equal(text, expected, name);
      return text.match(/C-STORE-RSP#\d+ 0000/g)?.length ?? 0;
    });
  }

  /**
   * Does something while the witness is in the middle of an instance, which it then ends and finds
   * stored; and then nothing is left of what was done but the files it tells.
   *
   * @param name What is done.
   * @param attack Does it, and tells how many files there may be more.
   */
  async beside(name: string, attack: () => Promise<number>): Promise<void> {
    const uid = `1.2.826.0.1.3680043.10.511.7.${++this.#count}`;
    const hash = await this.#witness.begin(uid);
    const files = await attack();
    await this.#witness.finish(name);
    this.#stored.set(uid, hash);
    await this.#assertNothingLeft(name, files);
  }

  /** The largest resident set since {@linkcode Besieged.forgetPeak}, in bytes. */
  get peak(): number {
    return residentMemory(this.server.pid, "peak");
  }

  /** Begins to measure {@linkcode Besieged.peak} anew; tells the resident set now. */
  forgetPeak(): number {
    Deno.writeTextFileSync(`/proc/${this.server.pid}/clear_refs`, "5");
    return residentMemory(this.server.pid);
  }

  /** Tells the server to stop, when the witness has released; all that it confirmed must be there. */
  async stop(): Promise<CommandOutput> {
    await this.#witness.release();
    const output = await this.server.stop();
    const hashes = new Map<string, string>();
    for (const path of filesBelow(this.area).filter(isInstance)) {
      const bytes = dataSetBytes(`${this.area}/${path}`);
      hashes.set(sha256(bytes), path);
    }
    for (const [uid, hash] of this.#stored) assert.ok(hashes.has(hash), `${uid} is not stored`);
    assertDecent(output.stderr);
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#witness.close();
    await this.server[Symbol.asyncDispose]();
    await Deno.remove(this.area, { recursive: true });
  }

  async #assertNothingLeft(name: string, more: number): Promise<void> {
    for (let echo = 0; descriptors(this.server.pid) > this.#descriptors; echo++) {
      assert.ok(echo < ECHOES, `${name}: descriptors are left`);
      await this.#witness.echo();
    }
    const added = filesBelow(this.area).filter((path) => !this.#files.has(path));
    assert.ok(added.every(isInstance), `${name}: left ${added}`);
    // One is the witness's.
    assert.ok(added.length >= 1 && added.length <= 1 + more, `${name}: left ${added}`);
    for (const path of added) this.#files.add(path);
  }
}

/** A well-behaved peer: its association stands all the time. */
class Witness {
  readonly #peer: ScriptedPeer;
  #rest: Uint8Array = new Uint8Array(0);

  private constructor(peer: ScriptedPeer) {
    this.#peer = peer;
  }

  static async associate(port: number, connect: Connect): Promise<Witness> {
    const { signal } = new AbortController();
    const peer = new ScriptedPeer(await connect({ hostname: "127.0.0.1", port, signal }));
    await peer.send(storageRequest());
    await peer.expect("A-ASSOCIATE-AC");
    return new Witness(peer);
  }

  /** Sends half of an instance, and tells the hash of the whole. */
  async begin(uid: string): Promise<string> {
    const data = instanceDataSet({
      sopClassUid: CT,
      sopInstanceUid: uid,
      transferSyntaxUid: IMPLICIT,
      keys: [`ImageComments=${"beside ".repeat(1400)}`],
    });
    const command = encodeMessage(storeRequest({ affectedSopInstanceUid: uid }));
    const bytes = fragmentMessage(CT_CONTEXT, command, data, 16384);
    await this.#peer.sendBytes(bytes.subarray(0, HALF));
    this.#rest = bytes.subarray(HALF);
    return sha256(data);
  }

  /** Sends the other half; it must be taken. */
  async finish(name: string): Promise<void> {
    await this.#peer.sendBytes(this.#rest);
    assert.equal((await this.#peer.expectMessage("C-STORE-RSP")).status, 0, name);
  }

  async echo(): Promise<void> {
    await this.#peer.sendMessage(1, {
      type: "C-ECHO-RQ",
      messageId: 1,
      affectedSopClassUid: ECHO,
      hasDataSet: false,
    });
    await this.#peer.expectMessage("C-ECHO-RSP");
  }

  async release(): Promise<void> {
    await this.#peer.send({ type: "A-RELEASE-RQ" });
    await this.#peer.expect("A-RELEASE-RP");
    this.close();
  }

  close(): void {
    this.#peer.transport.close();
  }
}

const HALF = 9000;

/** Room for two paths, and for what a peer may say, each control character as four. */
const LINE_LENGTH = 20_000;

/** Text that a terminal may be given, without anything that only a developer can read. */
export function assertDecent(text: string): void {
  assert.ok(text.split("\n").every((line) => line.length < LINE_LENGTH), "a line is endless");
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/, "control characters are written");
  assert.doesNotMatch(
    text,
    /^ +at |[Uu]ncaught|internal error|\.ts:\d/m,
    "a stack trace is written",
  );
}

function isInstance(path: string): boolean {
  return /^in\/(?:[^/]+\/)*[^./][^/]*$/.test(path);
}

/** Paths of files below a directory, but for those of an index. */
export function filesBelow(directory: string, below = ""): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? filesBelow(`${directory}/${name}`, `${below}${name}/`)
      : name.startsWith(".dimse-index")
      ? []
      : [`${below}${name}`]
  );
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
