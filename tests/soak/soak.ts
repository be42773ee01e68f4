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
import { judgeMemory, memoryInThirds, type Sample, type Thirds, Watched } from "./watched.ts";

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
  readonly lost: number;
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
  /** Starts another one of the kind, on what it has stored. */
  readonly restart: () => Promise<Loaded>;
}

/** A soak under way. */
class Soak {
  readonly #options: SoakOptions;
  readonly #since = performance.now();
  readonly #books = new Books();
  readonly #running = new AsyncDisposableStack();
  readonly #storePorts = Array.from({ length: GOOD_PEERS }, freePort);

  constructor(options: SoakOptions) {
    this.#options = options;
  }

  async run(): Promise<SoakReport> {
    await using _running = this.#running;
    const archive = await this.#start(
      "qrscp",
      "qrscp",
      this.#storePorts.flatMap((port, index) => [
        "--destination",
        `ME${index + 1}=127.0.0.1:${port}`,
      ]),
    );
    const servers = [
      await this.#start("storescp", "storescp", []),
      await this.#start("storescp", "storescp --workers 2", ["--workers", "2"]),
      archive,
    ];
    const work = await this.#makeWork(servers, archive);
    const goodPeers = Array.from(
      { length: GOOD_PEERS },
      (_, index) => new GoodPeer(index + 1, work, this.#random(`good ${index}`)),
    );
    const [first] = goodPeers;
    if (first === undefined) throw new RangeError("Cannot soak without good peers");
    // Each has been used before anything is measured.
    for (const { receiver } of servers) await first.send(receiver);
    for (const { watched } of servers) watched.sample(this.#now);

    await this.#load(work, goodPeers, servers);
    // Before the end changes anything.
    const memory = servers.map(({ watched }) => memoryInThirds(watched.samples));
    const reports: ServerReport[] = [];
    for (const [index, server] of servers.entries()) {
      const thirds = memory[index] ?? memoryInThirds([]);
      reports.push(await this.#end(server, thirds, first));
    }
    return { seconds: this.#now, servers: reports, books: this.#books };
  }

  /** Seconds since the start. */
  get #now(): number {
    return (performance.now() - this.#since) / 1000;
  }

  #random(use: string): Random {
    return new Random(seedFor(this.#options.seed, use));
  }

  async #start(tool: string, name: string, args: readonly string[]): Promise<Loaded> {
    const directory = `${this.#options.directory}/${name.replaceAll(" ", "")}`;
    await Deno.mkdir(directory, { recursive: true });
    const where = tool === "storescp" ? ["0", "-od", directory] : ["-p", "0", directory];
    const all = [...where, "-ba", "127.0.0.1", "-q", ...TIMEOUTS, ...args];
    const process = this.#running.use(new ToolProcess(tool, all));
    const receiver = { name, port: await process.port };
    const watched = new Watched(name, process.pid, directory);
    const restart = (): Promise<Loaded> => this.#start(tool, name, args);
    return { process, watched, directory, receiver, restart };
  }

  async #makeWork(servers: readonly Loaded[], archive: Loaded): Promise<GoodWork> {
    const { directory } = this.#options;
    const series = await writePool(`${directory}/series`, 30, this.#random("series"), 1, 1_000_000);
    const { port } = archive.receiver;
    await runHere("storescu", ["-q", "127.0.0.1", `${port}`, `${directory}/series`]);
    let lastSeries = 1;
    return {
      directory,
      receivers: servers.map(({ receiver }) => receiver),
      archive: archive.receiver,
      series,
      storePorts: this.#storePorts,
      hasDcmtk: whyMissing("dcmtk") === undefined,
      nextSeries: () => ++lastSeries,
      books: this.#books,
    };
  }

  /** Lets all peers loose until the time is up. */
  async #load(
    work: GoodWork,
    goodPeers: readonly GoodPeer[],
    servers: readonly Loaded[],
  ): Promise<void> {
    const { directory, seconds, interval, tell } = this.#options;
    const deadline = this.#now + seconds;
    const file = work.series[0]?.path ?? "";
    const ports = [...work.receivers.map(({ port }) => port), ...this.#storePorts];
    const loop = async (step: () => Promise<void>): Promise<void> => {
      while (this.#now < deadline) await this.#attempt(step);
    };
    const loops = (count: number, use: string, step: (random: Random) => Promise<void>) =>
      Array.from({ length: count }, (_, index) => {
        const random = this.#random(`${use} ${index}`);
        return loop(() => step(random));
      });
    const sampling = setInterval(() => this.#sample(servers), interval * 1000);
    const telling = setInterval(() => {
      tell(`${Math.round(this.#now)} s: ${this.#books.confirmations} instances confirmed`);
    }, 60_000);
    try {
      await Promise.all([
        ...goodPeers.map((peer) => loop(() => peer.step())),
        ...loops(BAD_PEERS, "bad", (random) => this.#attack(ports, random)),
        ...loops(
          BAD_SERVERS,
          "bad server",
          (random) => callBadServer(`${directory}/nothing`, file, random, this.#books),
        ),
      ]);
    } finally {
      clearInterval(sampling);
      clearInterval(telling);
    }
  }

  #sample(servers: readonly Loaded[]): void {
    for (const { watched, process } of servers) {
      try {
        watched.sample(this.#now);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        this.#books.violation(`${watched.name} has died: ${process.stderr}`);
      }
    }
  }

  /** One that cannot do its part is told of, and the others go on. */
  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      const what = error instanceof Error ? error.stack ?? error.message : String(error);
      this.#books.violation(`a peer failed: ${what}`);
      this.#options.tell(`A peer failed: ${what}`);
    }
  }

  async #attack(ports: readonly number[], random: Random): Promise<void> {
    const { name, run } = random.pick(ATTACKS);
    try {
      await run(random.pick(ports), random);
      this.#books.did(`bad peer: ${name}`);
    } catch (error) {
      if (!isOfConnection(error)) throw error;
      // That movescu does not run at the moment, or the server has had enough.
      this.#books.did(`bad peer, not let in: ${name}`);
    }
  }

  /** Ends a server, and sees to it that everything is as it should be. */
  async #end(server: Loaded, memory: Thirds, peer: GoodPeer): Promise<ServerReport> {
    const { process, watched, receiver, directory } = server;
    const { name } = watched;
    const books = this.#books;
    if (this.#options.seconds >= SHORTEST_JUDGED) judgeMemory(name, memory, books);
    const { first, last } = await this.#settle(watched);

    // It is told to stop in the middle of a batch. That bad peers sent broken instances, it tells at the end.
    await peer.sendWhileStopping(receiver, () => process.signal("SIGTERM"));
    const exitCode = await process.end();
    if (exitCode !== EXIT_CODE.success && exitCode !== EXIT_CODE.partial) {
      books.violation(`${name} ended with exit code ${exitCode}: ${process.stderr}`);
    }
    // Without bad peers it has nothing to tell.
    const next = await server.restart();
    await peer.send(next.receiver);
    const nextCode = await next.process.stop();
    if (nextCode !== EXIT_CODE.success) {
      books.violation(`${name}, restarted, ended with exit code ${nextCode}`);
    }
    return {
      name,
      memory,
      descriptors: {
        start: first.descriptors,
        most: Math.max(...watched.samples.map(({ descriptors }) => descriptors)),
        end: last.descriptors,
      },
      threads: { start: first.threads, end: last.threads },
      mostParts: Math.max(...watched.samples.map(({ parts }) => parts)),
      exitCode,
      confirmed: books.confirmed.get(name)?.size ?? 0,
      lost: this.#audit(name, directory),
    };
  }

  /** What was silent is timed out; then all is there that was there at first, and nothing else. */
  async #settle(watched: Watched): Promise<{ first: Sample; last: Sample }> {
    let last = watched.sample(this.#now);
    const first = watched.samples[0] ?? last;
    const until = this.#now + SETTLED_AFTER;
    while ((last.descriptors > first.descriptors || last.parts > 0) && this.#now < until) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      last = watched.sample(this.#now);
    }
    if (last.descriptors > first.descriptors) {
      const growth = `from ${first.descriptors} to ${last.descriptors}`;
      this.#books.violation(`${watched.name}: descriptors grew ${growth}`);
    }
    if (last.parts > 0) this.#books.violation(`${watched.name}: ${last.parts} parts are left`);
    return { first, last };
  }

  /** Every confirmed instance is there, whole; tells how many are not. */
  #audit(name: string, directory: string): number {
    const books = this.#books;
    const hashes = fileHashes(directory, (path) => books.violation(`${name}: ${path} is broken`));
    let lost = 0;
    for (const [uid, hash] of books.confirmed.get(name) ?? []) {
      if (hashes.get(uid) === hash) continue;
      lost += 1;
      books.violation(`${name}: ${uid} was confirmed and is lost`);
    }
    return lost;
  }
}

/** Whether a connection could not be made, or was ended: nobody's fault between such peers. */
function isOfConnection(error: unknown): boolean {
  const { ConnectionRefused, ConnectionReset, ConnectionAborted, BrokenPipe } = Deno.errors;
  return [ConnectionRefused, ConnectionReset, ConnectionAborted, BrokenPipe].some((kind) =>
    error instanceof kind
  );
}

/**
 * Runs a soak.
 *
 * @param options How.
 * @returns What became of it; it is well when the books have no violation.
 */
export function soak(options: SoakOptions): Promise<SoakReport> {
  return new Soak(options).run();
}

function reportText({ seconds, servers, books }: SoakReport): string {
  const lines = [
    "| server | confirmed | lost | memory, MB, in thirds | descriptors: start, most, end | threads | most parts | exit code |",
    "| --- | --: | --: | --: | --: | --: | --: | --: |",
  ];
  for (const server of servers) {
    const { name, confirmed, lost, memory, descriptors, threads, mostParts, exitCode } = server;
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

/** What is asked of the task. */
interface SoakTask {
  readonly minutes: number;
  readonly seed: number;
  readonly interval: number;
  readonly directory: string | undefined;
  readonly help: boolean;
}

/**
 * Reads the command line.
 *
 * @param args The arguments.
 * @returns What is asked.
 * @throws {TypeError} When that cannot be done.
 */
export function soakTask(args: string[]): SoakTask {
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
  const { directory, help } = values;
  const above0 = (name: "minutes" | "interval"): number => {
    const number = Number(values[name]);
    if (number > 0 && number < Infinity) return number;
    throw new TypeError(`Cannot use --${name} ${values[name]}: it is a number above 0`);
  };
  const seed = Number(values.seed);
  if (!Number.isInteger(seed)) {
    throw new TypeError(`Cannot use --seed ${values.seed}: it is a whole number`);
  }
  return { minutes: above0("minutes"), seed, interval: above0("interval"), directory, help };
}

/** A wrong command line is told in a sentence. */
function taskOrExit(args: string[]): SoakTask {
  try {
    return soakTask(args);
  } catch (error) {
    const sentence = `${error instanceof Error ? error.message : error}\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(sentence));
    Deno.exit(2);
  }
}

async function main({ minutes, seed, interval, help, ...given }: SoakTask): Promise<number> {
  const write = (text: string): void => void Deno.stdout.writeSync(new TextEncoder().encode(text));
  if (help) {
    write(HELP);
    return 0;
  }
  const directory = await Deno.makeTempDir({
    prefix: "dimse_soak_",
    ...(given.directory === undefined ? {} : { dir: given.directory }),
  });
  try {
    write(`${minutes} minutes, seed ${seed}\n`);
    const tell = (line: string): void => write(`${line}\n`);
    const report = await soak({ directory, seconds: minutes * 60, seed, interval, tell });
    write(reportText(report));
    return report.books.violations.length === 0 ? 0 : 1;
  } finally {
    await Deno.remove(directory, { recursive: true }).catch((error) => write(`${error}\n`));
  }
}

if (import.meta.main) Deno.exit(await main(taskOrExit(Deno.args)));
