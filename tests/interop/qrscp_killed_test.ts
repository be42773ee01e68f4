/**
 * Our qrscp, killed while it receives, time and again: what it had answered with Success is there when it
 * comes back, whole and in the index.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import type { OurServer } from "../support/our_server.ts";
import { QRSCP, startQrscp } from "../support/our_qrscp.ts";
import { dataSetBytes, type PeerName, peerTest } from "../support/peers.ts";
import { withDirectory } from "../support/retrieval.ts";
import { instanceFile } from "../support/synthetic_instances.ts";
import { ask } from "./query_answers.ts";
import type { QueryCase } from "./query_cases.ts";

/** All instances of the one series that is sent. */
const ALL: QueryCase = {
  name: "all",
  model: "S",
  level: "IMAGE",
  keys: ["StudyInstanceUID=1.2.3", "SeriesInstanceUID=1.2.3.4"],
  matches: [],
};

/** More than are sent before the kill, most of the time. */
const FILES_IN_A_ROUND = 40;

/** After how many confirmed instances it is killed, round by round. */
const ROUNDS = [1, 2, 3, 5, 8, 13, 21, 30, 4, 17, 9, 38];

/** Who sends files in the order of their names, and tells of each. */
interface Sender {
  readonly name: string;
  readonly needs: readonly PeerName[];
  command(port: number, paths: readonly string[]): { program: string; args: string[] };
  /** Whether a line tells of the next instance that was confirmed. */
  confirmed(line: string): boolean;
}

const STORESCU = fileURLToPath(new URL("../../cli/storescu.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

const SENDERS: readonly Sender[] = [
  {
    name: "our storescu",
    needs: [],
    command: (port, paths) => ({
      program: Deno.execPath(),
      args: [
        ...["run", "--quiet", "--config", CONFIG, "--allow-net", "--allow-read", STORESCU],
        ...["--json", "-q", "127.0.0.1", `${port}`, ...paths],
      ],
    }),
    confirmed: (line) => /^\{"event":"instance",.*"status":0,/.test(line),
  },
  {
    name: "DCMTK's storescu",
    needs: ["dcmtk"],
    command: (port, paths) => ({
      program: "storescu",
      args: ["-v", "-xe", "127.0.0.1", `${port}`, ...paths],
    }),
    confirmed: (line) => line.includes("Received Store Response (Success)"),
  },
];

/** Sends files in their order, and says how many were confirmed; tells of each. */
async function send(
  { command, confirmed }: Sender,
  port: number,
  paths: readonly string[],
  onConfirmed: (count: number) => void,
): Promise<number> {
  const { program, args } = command(port, paths);
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let count = 0;
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> => {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (confirmed(line)) onConfirmed(++count);
    }
  };
  await Promise.all([read(child.stdout), read(child.stderr), child.status]);
  return count;
}

async function writeInstances(directory: string, round: number): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (let index = 1; index <= FILES_IN_A_ROUND; index++) {
    // As many digits each: a sender may go by the order of names.
    const sopInstanceUid = `1.2.3.4.${round + 1}.${100 + index}`;
    const path = `${directory}/${sopInstanceUid}.dcm`;
    const transferSyntaxUid = "1.2.840.10008.1.2.1";
    const facts = { sopClassUid: CT_IMAGE_STORAGE, sopInstanceUid, transferSyntaxUid };
    await Deno.writeFile(path, instanceFile(facts));
    paths.set(sopInstanceUid, path);
  }
  return paths;
}

/** What the archive answers that it has. */
async function held({ port }: OurServer): Promise<Set<string>> {
  const [answer] = await ask({ aeTitle: QRSCP, port }, [ALL]);
  assert.equal(answer?.status, 0);
  assert.deepEqual(answer.repeated, []);
  return new Set(answer.matches.keys());
}

for (const sender of SENDERS) {
  peerTest({
    name:
      `qrscp has all that it confirmed to ${sender.name} when it was killed ${ROUNDS.length} times`,
    needs: sender.needs,
    fn: () =>
      withDirectory(async (directory) => {
        await Deno.mkdir(`${directory}/out`);
        const start = (...args: string[]): Promise<OurServer> =>
          startQrscp({ directory, args: ["archive", ...args] });
        const confirmed = new Map<string, string>();
        for (const [round, killAfter] of ROUNDS.entries()) {
          const files = await writeInstances(`${directory}/out`, round);
          await using qrscp = await start();
          const count = await send(sender, qrscp.port, [...files.values()], (count) => {
            if (count === killAfter) qrscp.signal("SIGKILL");
          });
          assert.equal((await qrscp.end()).code, 137);
          assert.ok(count >= killAfter, `round ${round}: ${count} confirmed`);
          for (const [uid, path] of [...files].slice(0, count)) confirmed.set(uid, path);
          await using next = await start();
          const found = await held(next);
          const lost = [...confirmed.keys()].filter((uid) => !found.has(uid));
          assert.deepEqual(lost, [], `round ${round}`);
          const { code, stderr } = await next.stop();
          assert.equal(code, 0, stderr);
          assert.doesNotMatch(stderr, /^[WE]: /m);
        }
        const place = `${directory}/archive/1.2.3/1.2.3.4`;
        for (const [uid, path] of confirmed) {
          assert.deepEqual(dataSetBytes(`${place}/${uid}.dcm`), dataSetBytes(path), uid);
        }
        // What is there beside was stored and not confirmed any more; no part is left.
        await using anew = await start("--reindex");
        const names = (await Array.fromAsync(Deno.readDir(place))).map(({ name }) => name);
        const found = await held(anew);
        assert.deepEqual(
          names.filter((name) => !name.startsWith(".")).sort(),
          [...found].map((uid) => `${uid}.dcm`).sort(),
        );
      }),
  });
}
