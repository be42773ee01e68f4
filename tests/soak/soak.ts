/**
 * Runs our servers under a mixed load of good and bad peers, and our requestors against good and bad
 * servers: `deno task soak --minutes 10`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { EXIT_CODE } from "../../cli/exit_code.ts";
import { Random, seedFor } from "../fuzz/random.ts";
import { freePort } from "../support/command.ts";
import { whyMissing } from "../support/peer_programs.ts";
import { ATTACKS } from "./bad_peers.ts";
import { callBadServer } from "./bad_servers.ts";
import { Books } from "./books.ts";
import { GoodPeer, type GoodWork } from "./good_peers.ts";
import { fileHashes, writePool } from "./instances.ts";
import { runHere } from "./tool_run.ts";
import { ToolProcess } from "./tool_process.ts";
import { judgeMemory, memoryInThirds, type Thirds, Watched } from "./watched.ts";

const HELP = `Usage: deno task soak [options]

Runs storescp, storescp --workers 2 and qrscp while good peers send, ask and retrieve and bad ones do
what no peer should, and our requestors against bad servers. At the end every confirmed instance must
be there, whole; memory, descriptors and files in the making must be what they were. Exit code 1 if not.

  --minutes N   how long (default: 10)
  --seed S      what decides on who does what (default: from the time)
  --interval S  seconds between samples (default: 2)
  --directory D where data goes (default: the temporary directory)
`;

/** How a soak is run. */
export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Seconds between samples. */
  readonly interval: number;
  /** A directory of its own. */
  readonly directory: string;
  /** Told of what happens now and again. */
  readonly tell: (line: string) => void;
}

/** What became of a server. */
export interface ServerReport {
  readonly name: string;
  readonly memory: Thirds;
  readonly descriptors: { readonly start: number; readonly most: number; readonly end: number };
  readonly threads: { readonly start: number; readonly end: number };
  readonly mostParts: number;
  readonly exitCode: number;
  readonly confirmed: number;
}

/** What became of a soak. */
export interface SoakReport {
  readonly seconds: number;
  readonly servers: readonly ServerReport[];
  readonly books: Books;
}

const GOOD_PEERS = 3;
const BAD_PEERS = 6;
const BAD_SERVERS = 1;
/** Short, so that who is silent is gone soon. */
const TIMEOUTS = ["-ta", "4", "-td", "10", "-tn", "4"];
/** Memory is judged only when there was time for it to settle. */
const SHORTEST_JUDGED = 120;
/** What is timed out at the latest is gone after so many seconds. */
const SETTLED_AFTER = 30;

/** A server under load. */
interface Loaded {
  readonly process: ToolProcess;
  readonly watched: Watched;
  readonly directory: string;
  readonly receiver: { readonly name: string; readonly port: number };
}

/**
 * Runs a soak.
 *
 * @param options How.
 * @returns What became of it; it is well when the books have no violation.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { directory, seconds, seed, interval, tell } = options;
  const since = performance.now();
  const now = (): number => (performance.now() - since) / 1000;
  const books = new Books();
  const random = (use: string): Random => new Random(seedFor(seed, use));
  const storePorts = Array.from({ length: GOOD_PEERS }, freePort);

  await using running = new AsyncDisposableStack();
  const start = async (tool: string, name: string, args: readonly string[]): Promise<Loaded> => {
    const into = `${directory}/${name.replaceAll(" ", "")}`;
    await Deno.mkdir(into);
    const where = tool === "storescp" ? ["0", "-od", into] : ["-p", "0", into];
    const all = [...where, "-ba", "127.0.0.1", "-q", ...TIMEOUTS, ...args];
    const process = running.use(new ToolProcess(tool, all));
    const receiver = { name, port: await process.port };
    return { process, watched: new Watched(name, process.pid, into), directory: into, receiver };
  };
  const archive = await start(
    "qrscp",
    "qrscp",
    storePorts.flatMap((port, index) => ["--destination", `ME${index + 1}=127.0.0.1:${port}`]),
  );
  const servers = [
    await start("storescp", "storescp", []),
    await start("storescp", "storescp --workers 2", ["--workers", "2"]),
    archive,
  ];
  const series = await writePool(`${directory}/series`, 30, random("series"), 1, 1_000_000);
  await runHere("storescu", ["-q", "127.0.0.1", `${archive.receiver.port}`, `${directory}/series`]);

  let lastSeries = 1;
  const work: GoodWork = {
    directory,
    receivers: servers.map(({ receiver }) => receiver),
    archive: archive.receiver,
    series,
    storePorts,
    hasDcmtk: whyMissing("dcmtk") === undefined,
    nextSeries: () => ++lastSeries,
    books,
  };
  const goodPeers = Array.from(
    { length: GOOD_PEERS },
    (_, index) => new GoodPeer(index + 1, work, random(`good ${index}`)),
  );
  // Each has been used once in each way before anything is measured.
  for (const { receiver } of servers) await goodPeers[0]?.send(receiver);
  const before = new Map(servers.map(({ watched }) => [watched.name, watched.sample(now())]));

  const deadline = now() + seconds;
  const whileTime = async (step: () => Promise<void>): Promise<void> => {
    while (now() < deadline) await step();
  };
  const attack = async (chance: Random): Promise<void> => {
    const { name, run } = chance.pick(ATTACKS);
    const ports = [...work.receivers.map(({ port }) => port), ...storePorts];
    try {
      await run(chance.pick(ports), chance);
    } catch (error) {
      // Nobody listens there at the moment.
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
    books.did(`bad peer: ${name}`);
  };
  const timer = setInterval(() => {
    for (const { watched } of servers) watched.sample(now());
  }, interval * 1000);
  const telling = setInterval(() => {
    tell(`${Math.round(now())} s: ${books.confirmations} instances confirmed`);
  }, 60_000);
  try {
    await Promise.all([
      ...goodPeers.map((peer) => whileTime(() => peer.step())),
      ...Array.from({ length: BAD_PEERS }, (_, index) => {
        const chance = random(`bad ${index}`);
        return whileTime(() => attack(chance));
      }),
      ...Array.from({ length: BAD_SERVERS }, (_, index) => {
        const chance = random(`bad server ${index}`);
        const file = series[0]?.path ?? "";
        return whileTime(() => callBadServer(`${directory}/nothing`, file, chance, books));
      }),
    ]);
  } finally {
    clearInterval(timer);
    clearInterval(telling);
  }
  const memory = new Map(servers.map(({ watched }) => [
    watched.name,
    memoryInThirds(watched.samples),
  ]));

  // What was silent is timed out, and then all that was there before is there, and nothing else.
  const reports: ServerReport[] = [];
  for (const { process, watched, directory, receiver } of servers) {
    const first = before.get(watched.name)?.descriptors ?? 0;
    const settled = now() + SETTLED_AFTER;
    let last = watched.sample(now());
    while ((last.descriptors > first || last.parts > 0) && now() < settled) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      last = watched.sample(now());
    }
    if (last.descriptors > first) {
      books.violation(`${watched.name}: descriptors grew from ${first} to ${last.descriptors}`);
    }
    if (last.parts > 0) books.violation(`${watched.name}: ${last.parts} parts are left`);
    const thirds = memory.get(watched.name) ?? { first: NaN, second: NaN, last: NaN };
    if (seconds >= SHORTEST_JUDGED) judgeMemory(watched.name, thirds, books);

    // It is told to stop in the middle of a batch. That bad peers sent broken instances, it tells at the end.
    await goodPeers[0]?.sendWhileStopping(receiver, () => process.signal("SIGTERM"));
    const exitCode = await process.end();
    if (exitCode !== EXIT_CODE.success && exitCode !== EXIT_CODE.partial) {
      books.violation(`${watched.name} ended with exit code ${exitCode}: ${process.stderr}`);
    }
    audit(receiver.name, directory, books);
    const samples = watched.samples;
    reports.push({
      name: watched.name,
      memory: thirds,
      descriptors: {
        start: first,
        most: Math.max(...samples.map(({ descriptors }) => descriptors)),
        end: last.descriptors,
      },
      threads: { start: before.get(watched.name)?.threads ?? 0, end: last.threads },
      mostParts: Math.max(...samples.map(({ parts }) => parts)),
      exitCode,
      confirmed: books.confirmed.get(receiver.name)?.size ?? 0,
    });
  }
  return { seconds: now(), servers: reports, books };
}

/** Every confirmed instance is there, whole, and no part. */
function audit(receiver: string, directory: string, books: Books): void {
  const hashes = fileHashes(directory, (path) => books.violation(`${receiver}: ${path} is broken`));
  for (const [uid, hash] of books.confirmed.get(receiver) ?? []) {
    if (hashes.get(uid) !== hash) books.violation(`${receiver}: ${uid} was confirmed and is lost`);
  }
}

function reportText({ seconds, servers, books }: SoakReport): string {
  const lines = [
    "| server | confirmed | lost | memory, MB, in thirds | descriptors: start, most, end | threads | most parts | exit code |",
    "| --- | --: | --: | --: | --: | --: | --: | --: |",
  ];
  for (const { name, confirmed, memory, descriptors, threads, mostParts, exitCode } of servers) {
    const lost = books.violations.filter((line) =>
      line.startsWith(`${name}: `) && line.endsWith("lost")
    ).length;
    const thirds = [memory.first, memory.second, memory.last].map((value) => value.toFixed());
    lines.push(
      `| ${name} | ${confirmed} | ${lost} | ${thirds.join(", ")} | ${descriptors.start}, ` +
        `${descriptors.most}, ${descriptors.end} | ${threads.start}, ${threads.end} | ${mostParts} | ` +
        `${exitCode} |`,
    );
  }
  lines.push("", "| what | times |", "| --- | --: |");
  for (const [what, times] of books.done) lines.push(`| ${what} | ${times} |`);
  lines.push("", ...books.violations.map((violation) => `VIOLATION ${violation}`));
  lines.push(
    `${(seconds / 60).toFixed(1)} minutes, ${books.confirmations} instances confirmed, ` +
      `${books.violations.length} violations`,
  );
  return `${lines.join("\n")}\n`;
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: "string", default: "10" },
      seed: { type: "string", default: `${Date.now() % 1_000_000}` },
      interval: { type: "string", default: "2" },
      directory: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const write = (text: string): void => void Deno.stdout.writeSync(new TextEncoder().encode(text));
  if (values.help) {
    write(HELP);
    return 0;
  }
  const [minutes, seed, interval] = [values.minutes, values.seed, values.interval].map(Number);
  if (!minutes || seed === undefined || Number.isNaN(seed) || !interval) {
    throw new TypeError(`Cannot soak for ${values.minutes} minutes with seed ${values.seed}`);
  }
  const directory = await Deno.makeTempDir({
    prefix: "dimse_soak_",
    ...(values.directory === undefined ? {} : { dir: values.directory }),
  });
  try {
    write(`${minutes} minutes, seed ${seed}\n`);
    const tell = (line: string): void => write(`${line}\n`);
    const report = await soak({ directory, seconds: minutes * 60, seed, interval, tell });
    write(reportText(report));
    return report.books.violations.length === 0 ? 0 : 1;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
