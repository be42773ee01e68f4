/**
 * What becomes of instances when the storage fails under a server that runs: the right status, the
 * association lives on, nothing is left, and the next is stored when it is mended.
 *
 * @module
 */

import assert from "node:assert/strict";
import { run } from "../support/command.ts";
import { CT, IMPLICIT } from "../support/core_pair.ts";
import { connectTcp } from "../../lib/net/deno_transport.ts";
import { OurServer } from "../support/our_server.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { storageRequest, storeRequest } from "../support/served.ts";
import { smallDisk, whyNoSmallDisk } from "../support/small_disk.ts";
import { instanceDataSet } from "../support/synthetic_instances.ts";
import { filesBelow } from "./besieged.ts";

const MIB = 1024 * 1024;
const OUT_OF_RESOURCES = 0xa700;

/** Sends instances by one association, each under a UID of its own. */
class Sender implements Disposable {
  readonly #peer: ScriptedPeer;
  #count = 0;

  private constructor(peer: ScriptedPeer) {
    this.#peer = peer;
  }

  static async associate(port: number): Promise<Sender> {
    const { signal } = new AbortController();
    const peer = new ScriptedPeer(await connectTcp({ hostname: "127.0.0.1", port, signal }));
    await peer.send(storageRequest());
    await peer.expect("A-ASSOCIATE-AC");
    return new Sender(peer);
  }

  /** Sends one with so much text in it, and tells the status of the answer. */
  async store(size = 1000): Promise<number> {
    const uid = `1.2.826.0.1.3680043.10.511.8.${++this.#count}`;
    const data = instanceDataSet({
      ...{ sopClassUid: CT, sopInstanceUid: uid, transferSyntaxUid: IMPLICIT },
      keys: [`TextValue=${"text ".repeat(Math.ceil(size / 10) * 2)}`],
    });
    const messageId = this.#count;
    await this.#peer.sendMessage(3, storeRequest({ messageId, affectedSopInstanceUid: uid }), data);
    return (await this.#peer.expectMessage("C-STORE-RSP")).status;
  }

  async release(): Promise<void> {
    await this.#peer.send({ type: "A-RELEASE-RQ" });
    await this.#peer.expect("A-RELEASE-RP");
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#peer.transport.close();
  }
}

/** A server that stores to a disk with little room. */
interface Bench {
  /** The root of the disk. */
  readonly disk: string;
  /** Where instances go. */
  readonly directory: string;
  readonly server: OurServer;
  readonly sender: Sender;
}

/** What fails, and what the server answers while it does. */
interface Fault {
  readonly name: string;
  /** Further arguments of the server. */
  readonly args?: readonly string[];
  /** The size of the instance that is sent meanwhile. */
  readonly size?: number;
  readonly status?: number;
  begin?(bench: Bench): Promise<unknown>;
  end?(bench: Bench): Promise<unknown>;
}

async function remount({ disk }: Bench, mode: "ro" | "rw"): Promise<void> {
  const { code, stderr } = await run("mount", ["-o", `remount,${mode}`, disk]);
  assert.equal(code, 0, stderr);
}

function fill({ disk }: Bench, mebibytes: number): Promise<void> {
  return Deno.writeFile(`${disk}/filler`, new Uint8Array(mebibytes * MIB));
}

const FAULTS: readonly Fault[] = [
  { name: "an instance is larger than the disk", size: 9 * MIB },
  {
    name: "the disk is full",
    size: 2 * MIB,
    begin: (bench) => fill(bench, 7),
    end: ({ disk }) => Deno.remove(`${disk}/filler`),
  },
  {
    name: "space is kept free",
    args: ["--min-free", "50%"],
    begin: (bench) => fill(bench, 5),
    end: ({ disk }) => Deno.remove(`${disk}/filler`),
  },
  {
    name: "the file system is read-only",
    begin: (bench) => remount(bench, "ro"),
    end: (bench) => remount(bench, "rw"),
  },
  {
    name: "the directory is a file",
    begin: async ({ directory }) => {
      await Deno.rename(directory, `${directory}.away`);
      await Deno.writeTextFile(directory, "");
    },
    end: async ({ directory }) => {
      await Deno.remove(directory);
      await Deno.rename(`${directory}.away`, directory);
    },
  },
  {
    name: "the directory was removed: it is made anew",
    status: 0x0000,
    begin: ({ directory }) => Deno.rename(directory, `${directory}.away`),
  },
];

for (const tool of ["storescp", "qrscp"] as const) {
  for (const { name, args = [], size, status = OUT_OF_RESOURCES, begin, end } of FAULTS) {
    Deno.test({
      name: `${tool}: ${name}` +
        (whyNoSmallDisk === undefined ? "" : ` [skipped: ${whyNoSmallDisk}]`),
      ignore: whyNoSmallDisk !== undefined,
      async fn() {
        await using disk = await smallDisk(8);
        const directory = `${disk.directory}/in`;
        // The index has a disk of its own: what fails is where the instances go.
        const index = await Deno.makeTempDir({ prefix: "index_" });
        try {
          await Deno.mkdir(directory);
          const where = tool === "storescp"
            ? ["0", "-od", directory]
            : ["-p", "0", directory, "--index", `${index}/index.sqlite`];
          await using server = await OurServer.start({
            tool,
            args: [...where, ...args],
            directory: disk.directory,
            writes: [index],
            permissions: ["--allow-sys=statfs"],
          });
          using sender = await Sender.associate(server.port);
          const bench = { disk: disk.directory, directory, server, sender };
          assert.equal(await sender.store(), 0x0000, "before");
          const before = filesBelow(disk.directory);
          await begin?.(bench);
          for (let again = 0; again < 2; again++) {
            assert.equal(await sender.store(size), status, server.stderr);
          }
          await end?.(bench);
          if (status !== 0) {
            assert.deepEqual(filesBelow(disk.directory), before, "something is left");
          }
          // The same association.
          assert.equal(await sender.store(), 0x0000, "afterwards");
          await sender.release();
          const { code, stderr } = await server.stop();
          assert.equal(code, status === 0 ? 0 : 8, stderr);
          if (args.length > 0) {
            assert.equal(stderr.match(/^W: No room in /gm)?.length, 1, stderr);
            assert.equal(stderr.match(/^W: There is room again in /gm)?.length, 1, stderr);
          }
        } finally {
          await Deno.remove(index, { recursive: true });
        }
      },
    });
  }
}
