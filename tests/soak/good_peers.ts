/**
 * Peers that do what they should, our tools and those of DCMTK: whatever others do at the same time, they
 * are served.
 *
 * @module
 */

import type { Random } from "../fuzz/random.ts";
import { freePort, run } from "../support/command.ts";
import type { Books } from "./books.ts";
import { assertComplete } from "./kill_round.ts";
import { type PooledInstance, STUDY_UID, writePool } from "./instances.ts";
import { acknowledged, runHere, type ToolOutcome } from "./tool_run.ts";

/** A server that takes instances. */
export interface Receiver {
  readonly name: string;
  readonly port: number;
}

/** What good peers work with. */
export interface GoodWork {
  /** For what they need on the way. */
  readonly directory: string;
  readonly receivers: readonly Receiver[];
  /** An archive that has a series, and knows us as the destinations `ME1`, `ME2` … */
  readonly archive: Receiver;
  readonly series: readonly PooledInstance[];
  /** The ports of these destinations. */
  readonly storePorts: readonly number[];
  readonly hasDcmtk: boolean;
  /** The number of a series that nobody has yet. */
  readonly nextSeries: () => number;
  readonly books: Books;
}

/** Instances that a sender takes along. */
const BATCH = 20;
const LARGEST = 300_000;
/** The series of the archive is the first. */
const SERIES = ["-k", `StudyInstanceUID=${STUDY_UID}`, "-k", `SeriesInstanceUID=${STUDY_UID}.1`];

/** One that works without a pause. */
export class GoodPeer {
  readonly #number: number;
  readonly #work: GoodWork;
  readonly #random: Random;

  /**
   * Makes one.
   *
   * @param number Of the peer, from 1.
   * @param work What it works with.
   * @param random Decides on what it does.
   */
  constructor(number: number, work: GoodWork, random: Random) {
    this.#number = number;
    this.#work = work;
    this.#random = random;
  }

  /** Does one thing, and enters it. */
  async step(): Promise<void> {
    const { hasDcmtk } = this.#work;
    const own = [
      ...Array(6).fill(() => this.send()),
      () => this.#echo(),
      () => this.#find(),
      () => this.#get(),
      () => this.#move(),
    ];
    const foreign = [
      ...Array(3).fill(() => this.#sendByDcmtk()),
      () => this.#echoByDcmtk(),
      () => this.#findByDcmtk(),
      () => this.#getByDcmtk(),
    ];
    await this.#random.pick(hasDcmtk ? [...own, ...foreign] : own)();
  }

  /** Sends a batch by our storescu. */
  async send(receiver = this.#random.pick(this.#work.receivers)): Promise<void> {
    this.#enter(`storescu to ${receiver.name}`, await this.#sendBatch(receiver, () => {}));
  }

  /**
   * Sends a batch to a server that is told to stop meanwhile: not all of it need be taken.
   *
   * @param receiver The server.
   * @param stop Tells it, when the first instance is confirmed.
   */
  async sendWhileStopping(receiver: Receiver, stop: () => void): Promise<void> {
    await this.#sendBatch(receiver, stop);
  }

  async #sendBatch(receiver: Receiver, onConfirmed: () => void): Promise<ToolOutcome> {
    return await this.#withBatch((folder, hashes) => {
      const jobs = `${1 + this.#random.below(3)}`;
      const window = `${1 + this.#random.below(8)}`;
      const how = ["-q", "--jobs", jobs, "--window", window];
      const args = ["127.0.0.1", `${receiver.port}`, folder, ...how];
      return runHere("storescu", args, (event) => {
        const uid = acknowledged(event);
        const hash = hashes.get(uid ?? "");
        if (uid === undefined || hash === undefined) return;
        this.#work.books.confirm(receiver.name, uid, hash);
        onConfirmed();
      });
    });
  }

  async #sendByDcmtk(): Promise<void> {
    const receiver = this.#random.pick(this.#work.receivers);
    await this.#withBatch(async (folder, hashes) => {
      const args = ["-xe", "+sd", "127.0.0.1", `${receiver.port}`, folder];
      const outcome = await run("storescu", args);
      this.#enter(`DCMTK's storescu to ${receiver.name}`, outcome);
      if (outcome.code !== 0) return;
      for (const [uid, hash] of hashes) this.#work.books.confirm(receiver.name, uid, hash);
    });
  }

  async #withBatch<T>(
    use: (folder: string, hashes: ReadonlyMap<string, string>) => Promise<T>,
  ): Promise<T> {
    const number = this.#work.nextSeries();
    const folder = `${this.#work.directory}/batch${number}`;
    const pool = await writePool(folder, BATCH, this.#random, number, LARGEST);
    const result = await use(folder, new Map(pool.map(({ uid, hash }) => [uid, hash])));
    await Deno.remove(folder, { recursive: true });
    return result;
  }

  async #echo(): Promise<void> {
    const { name, port } = this.#anyServer();
    this.#enter(`echoscu to ${name}`, await runHere("echoscu", ["-q", "127.0.0.1", `${port}`]));
  }

  async #echoByDcmtk(): Promise<void> {
    const { name, port } = this.#anyServer();
    this.#enter(`DCMTK's echoscu to ${name}`, await run("echoscu", ["127.0.0.1", `${port}`]));
  }

  async #find(): Promise<void> {
    const { archive, series, books } = this.#work;
    const keys = ["-k", "QueryRetrieveLevel=IMAGE", ...SERIES, "-k", "SOPInstanceUID"];
    const outcome = await runHere("findscu", ["-q", "127.0.0.1", `${archive.port}`, "-S", ...keys]);
    this.#enter("findscu", outcome);
    const matches = outcome.stdout.split("\n").length - 1;
    if (matches !== series.length) books.violation(`findscu: ${matches} of ${series.length}`);
  }

  async #findByDcmtk(): Promise<void> {
    const { archive } = this.#work;
    const keys = ["-k", "QueryRetrieveLevel=IMAGE", ...SERIES, "-k", "SOPInstanceUID"];
    const args = ["-S", "127.0.0.1", `${archive.port}`, ...keys];
    this.#enter("DCMTK's findscu", await run("findscu", args));
  }

  async #get(): Promise<void> {
    await this.#retrieve("getscu", (folder) =>
      runHere("getscu", [
        ...["-q", "127.0.0.1", `${this.#work.archive.port}`, "-aec", "QRSCP", "-od", folder],
        ...["--verify", "-k", "QueryRetrieveLevel=SERIES", ...SERIES],
      ]));
  }

  async #getByDcmtk(): Promise<void> {
    await this.#retrieve("DCMTK's getscu", (folder) =>
      run("getscu", [
        ...["-S", "+xe", "+B", "-od", folder, "127.0.0.1", `${this.#work.archive.port}`],
        ...["-k", "QueryRetrieveLevel=SERIES", ...SERIES],
      ]));
  }

  async #move(): Promise<void> {
    const storePort = this.#work.storePorts[this.#number - 1] ?? freePort();
    await this.#retrieve("movescu", (folder) =>
      runHere("movescu", [
        ...["-q", "127.0.0.1", `${this.#work.archive.port}`, "-aec", "QRSCP", "-od", folder],
        ...["--verify", "-k", "QueryRetrieveLevel=SERIES", ...SERIES, "--store"],
        ...["--store-aet", `ME${this.#number}`, "--store-host", "127.0.0.1"],
        ...["--store-port", `${storePort}`, "-ta", "5", "-td", "20", "-tn", "5"],
      ]));
  }

  async #retrieve(name: string, into: (folder: string) => Promise<ToolOutcome>): Promise<void> {
    const folder = await Deno.makeTempDir({ dir: this.#work.directory, prefix: "retrieved_" });
    const outcome = await into(folder);
    this.#enter(name, outcome);
    if (outcome.code === 0) {
      try {
        assertComplete(folder, this.#work.series);
      } catch (error) {
        this.#work.books.violation(`${name}: ${error instanceof Error ? error.message : error}`);
      }
    }
    await Deno.remove(folder, { recursive: true });
  }

  #anyServer(): Receiver {
    return this.#random.pick([...this.#work.receivers, this.#work.archive]);
  }

  #enter(name: string, { code, stderr }: ToolOutcome): void {
    const { books } = this.#work;
    books.did(`good: ${name}`);
    if (code !== 0) books.violation(`${name} ended with exit code ${code}: ${stderr.trim()}`);
  }
}
