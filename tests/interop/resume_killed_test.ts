/**
 * Our storescu, movescu and getscu, killed time and again in the middle of their work: with `--resume`
 * nothing is lost, and next to nothing is done twice.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { OurStorescp } from "../support/our_storescp.ts";
import { QRSCP, startQrscp } from "../support/our_qrscp.ts";
import { storedFiles } from "../support/our_tools.ts";
import { dataSetBytes, freePort, peerTest } from "../support/peers.ts";
import { withDirectory } from "../support/retrieval.ts";
import { instanceFile } from "../support/synthetic_instances.ts";

const COUNT = 400;
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
const KEYS = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3"];

/** How many instances are let through by each run, before it is killed: seeded, so that it repeats. */
function* kills(seed: number): Generator<number> {
  let state = seed;
  while (true) {
    state = (state * 1103515245 + 12345) % 0x8000_0000;
    yield state % 37;
  }
}

interface Run {
  readonly code: number;
  /** What it told as `--json`, as far as lines are whole. */
  readonly acknowledged: readonly string[];
}

/** Runs a tool, and kills it when so many instances have been told. */
async function runKilled(
  tool: string,
  args: readonly string[],
  killAfter: number,
): Promise<Run> {
  const script = fileURLToPath(new URL(`../../cli/${tool}.ts`, import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--config", CONFIG, script, "-q", "--json", ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const acknowledged: string[] = [];
  let rest = "";
  let isKilled = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const event: Record<string, unknown> = JSON.parse(line);
      if (event["event"] === "instance" && event["status"] === 0) {
        acknowledged.push(String(event["sopInstanceUid"]));
      }
      if (acknowledged.length > killAfter && !isKilled) {
        isKilled = true;
        child.kill("SIGKILL");
      }
    }
  }
  return { code: (await child.status).code, acknowledged };
}

async function writeInstances(directory: string): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  await Deno.mkdir(directory);
  for (let index = 1; index <= COUNT; index++) {
    const sopInstanceUid = `1.2.3.${4 + index % 3}.${1000 + index}`;
    const path = `${directory}/${sopInstanceUid}.dcm`;
    const transferSyntaxUid = "1.2.840.10008.1.2.1";
    const facts = { sopClassUid: CT_IMAGE_STORAGE, sopInstanceUid, transferSyntaxUid };
    const keys = [`SeriesInstanceUID=1.2.3.${4 + index % 3}`, `TextValue=${"x".repeat(9000)}`];
    await Deno.writeFile(path, instanceFile({ ...facts, keys }));
    paths.set(sopInstanceUid, path);
  }
  return paths;
}

/** What a journal says. */
async function journalled(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.split("\n").slice(1, -1).map((line) => line.split(" ")[1] ?? "");
}

interface Tally {
  readonly rounds: number;
  readonly repeated: number;
}

/**
 * Runs a tool until it comes to its end, killing it each time before; tells how often instances were
 * acknowledged that had been before.
 */
async function untilDone(
  tool: string,
  args: readonly string[],
  journal: string,
  check: (known: readonly string[]) => Promise<void>,
): Promise<Tally> {
  const before = new Set<string>();
  let repeated = 0;
  let rounds = 0;
  for (const killAfter of kills(4711)) {
    rounds += 1;
    const known = new Set(await journalled(journal));
    const { code, acknowledged } = await runKilled(tool, args, killAfter);
    for (const uid of acknowledged) {
      assert.ok(!known.has(uid), `round ${rounds}: ${uid} is in the journal and went again`);
      if (before.has(uid)) repeated += 1;
      before.add(uid);
    }
    await check(await journalled(journal));
    if (code === 0) return { rounds, repeated };
    assert.equal(code, 137, `round ${rounds}`);
    assert.ok(rounds < 200, "it does not come to its end");
  }
  throw new TypeError("There is no end to the kills");
}

peerTest({
  name: "storescu --resume, killed time and again, sends all; what the journal has is there",
  needs: [],
  fn: () =>
    withDirectory(async (directory) => {
      const files = await writeInstances(`${directory}/study`);
      await using server = await OurStorescp.start(["-od", `${directory}/in`], directory);
      const journal = `${directory}/journal`;
      const args = ["127.0.0.1", `${server.port}`, `${directory}/study`, "--resume", journal];
      const { rounds, repeated } = await untilDone("storescu", args, journal, (known) => {
        const stored = storedFiles(`${directory}/in`);
        const absent = known.filter((uid) => !stored.has(uid));
        assert.deepEqual(absent, [], "in the journal, and not stored");
        return Promise.resolve();
      });
      assert.ok(rounds > 5, `${rounds}`);
      assert.ok(repeated <= rounds, `${repeated} of ${COUNT} were sent again in ${rounds} rounds`);
      const stored = storedFiles(`${directory}/in`);
      assert.deepEqual([...stored.keys()].sort(), [...files.keys()].sort());
      assert.deepEqual((await journalled(journal)).sort(), [...files.keys()].sort());
    }),
});

for (const tool of ["getscu", "movescu"]) {
  peerTest({
    name: `${tool} --resume, killed time and again, stores all; what the journal has is whole`,
    needs: [],
    fn: () =>
      withDirectory(async (directory) => {
        const files = await writeInstances(`${directory}/study`);
        const port = freePort();
        const moveDestinations = [{ aeTitle: "ME", port }];
        await using server = await startQrscp({ directory, args: ["study"], moveDestinations });
        const journal = `${directory}/journal`;
        const args = [
          ...["127.0.0.1", `${server.port}`, "-aec", QRSCP, ...KEYS, "--resume", journal],
          ...["-od", `${directory}/in`, "--verify"],
          ...(tool === "movescu"
            ? ["--store", "--store-aet", "ME", "--store-port", `${port}`, "--linger", "2"]
            : []),
        ];
        const { rounds, repeated } = await untilDone(tool, args, journal, (known) => {
          const stored = storedFiles(`${directory}/in`);
          for (const uid of known) {
            const path = stored.get(uid);
            assert.ok(path !== undefined, `${uid} is in the journal, and not stored`);
            assert.deepEqual(dataSetBytes(path), dataSetBytes(files.get(uid) ?? ""));
          }
          return Promise.resolve();
        });
        assert.ok(rounds > 5, `${rounds}`);
        assert.ok(repeated <= rounds, `${repeated} of ${COUNT} came again in ${rounds} rounds`);
        const stored = storedFiles(`${directory}/in`);
        assert.deepEqual([...stored.keys()].sort(), [...files.keys()].sort());
      }),
  });
}
