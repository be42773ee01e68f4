/**
 * Rounds of killing: a tool of ours is killed while instances go to or from it, is started again, and the
 * work goes on where it was.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Random } from "../fuzz/random.ts";
import { freePort } from "../support/command.ts";
import { type PooledInstance, STUDY_UID, writePool } from "./instances.ts";
import {
  assertComplete,
  assertDone,
  assertNoParts,
  assertNothingLost,
  Executioner,
  found,
  journalled,
  type RoundContext,
  type RoundReport,
} from "./kill_round.ts";
import { ToolProcess } from "./tool_process.ts";
import { acknowledged, runHere } from "./tool_run.ts";

/** A kind of round. */
export interface KillRound {
  readonly name: string;
  run(context: RoundContext): Promise<RoundReport>;
}

/** All kinds of rounds, to be run in turn. */
export const KILL_ROUNDS: readonly KillRound[] = [
  { name: "storescp receives", run: (context) => receiverKilled(context, "storescp", []) },
  {
    name: "storescp --workers 2 receives",
    run: (context) => receiverKilled(context, "storescp", ["--workers", "2"]),
  },
  { name: "qrscp receives", run: (context) => receiverKilled(context, "qrscp", []) },
  {
    name: "qrscp --workers 2 receives",
    run: (context) => receiverKilled(context, "qrscp", ["--workers", "2"]),
  },
  { name: "storescu --resume sends", run: senderKilled },
  { name: "getscu --resume retrieves", run: (context) => retrieverKilled(context, "getscu") },
  { name: "movescu --resume retrieves", run: (context) => retrieverKilled(context, "movescu") },
  { name: "qrscp answers getscu", run: (context) => archiveKilled(context, "getscu") },
  { name: "qrscp answers movescu", run: (context) => archiveKilled(context, "movescu") },
];

/** Series of instances: a sender each has one. */
const SENDERS = [1, 2, 3];
const INSTANCES = 12;

/** Some senders try again by themselves until the receiver is back, the others are started again. */
function retrying(random: Random): readonly string[] {
  return random.oneIn(2) ? ["--retry", "9", "--retry-delay", "0.05"] : [];
}

/** A receiver is killed while three senders send to it. */
async function receiverKilled(
  { directory, random }: RoundContext,
  tool: "storescp" | "qrscp",
  options: readonly string[],
): Promise<RoundReport> {
  const pools: PooledInstance[][] = [];
  for (const series of SENDERS) {
    pools.push(await writePool(`${directory}/out/${series}`, INSTANCES, random, series));
  }
  const pool = pools.flat();
  const into = `${directory}/in`;
  const port = freePort();
  const start = async (): Promise<ToolProcess> => {
    const where = tool === "storescp" ? [`${port}`, "-od", into] : ["-p", `${port}`, into];
    const server = new ToolProcess(tool, [...where, "-ba", "127.0.0.1", "-q", ...options]);
    await server.port;
    return server;
  };
  const retries = retrying(random);
  const jobs = 1 + random.below(2);
  const executioner = new Executioner(random, pool.length);
  const send = () =>
    Promise.all(SENDERS.map((series) =>
      runHere("storescu", [
        ...["127.0.0.1", `${port}`, `${directory}/out/${series}`, "-q", "--jobs", `${jobs}`],
        ...["--resume", `${directory}/journal${series}`, ...retries],
      ], executioner.onEvent)
    ));

  await using victim = await start();
  const sending = send();
  executioner.aim(victim);
  await executioner.done();
  if (retries.length === 0) await sending;
  const confirmed = executioner.acknowledged;
  const parts = assertNothingLost(into, pool, confirmed);

  await using next = await start();
  if (retries.length === 0) assertNoParts(into);
  if (tool === "qrscp") {
    const known = await found(port, SENDERS);
    assert.deepEqual(confirmed.filter((uid) => !known.has(uid)), [], "lost from the index");
  }
  const outcomes = await sending;
  for (const outcome of retries.length === 0 ? await send() : outcomes) assertDone(outcome);
  if (tool === "qrscp") assert.equal((await found(port, SENDERS)).size, pool.length);
  assert.equal(await next.stop(), 0, next.stderr);
  assertComplete(into, pool);
  for (const [index, series] of SENDERS.entries()) {
    assertJournal(`${directory}/journal${series}`, pools[index] ?? []);
  }
  return { acknowledged: confirmed.length, instances: pool.length, parts };
}

/** A sender is killed, once or twice. */
async function senderKilled({ directory, random }: RoundContext): Promise<RoundReport> {
  const pool = await writePool(`${directory}/out`, 2 * INSTANCES, random);
  const into = `${directory}/in`;
  const journal = `${directory}/journal`;
  await using server = new ToolProcess("storescp", ["0", "-od", into, "-ba", "127.0.0.1", "-q"]);
  const jobs = 1 + random.below(3);
  const args = [
    ...["127.0.0.1", `${await server.port}`, `${directory}/out`, "-q"],
    ...["--resume", journal, "--jobs", `${jobs}`],
  ];
  let confirmed = 0;
  for (let kills = 1 + random.below(2); kills > 0; kills--) {
    const executioner = new Executioner(random, pool.length - journalled(journal).length);
    await using victim = new ToolProcess("storescu", args, executioner.onEvent);
    executioner.aim(victim);
    await executioner.done();
    assertNothingLost(into, pool, [...executioner.acknowledged, ...journalled(journal)]);
    confirmed += executioner.acknowledged.length;
    if (journalled(journal).length === pool.length) break;
  }
  const again: string[] = [];
  const before = new Set(journalled(journal));
  assertDone(
    await runHere("storescu", args, (event) => {
      const uid = acknowledged(event);
      if (uid !== undefined && before.has(uid)) again.push(uid);
    }),
  );
  assert.deepEqual(again, [], "in the journal, and sent again");
  // Of a sender that broke off there may be a failure to tell.
  await server.stop();
  assertComplete(into, pool);
  assertJournal(journal, pool);
  return { acknowledged: confirmed, instances: pool.length, parts: 0 };
}

/** Where and how a retrieving tool works. */
function retrieval(
  tool: "getscu" | "movescu",
  directory: string,
  port: number,
  storePort: number,
): string[] {
  return [
    ...["127.0.0.1", `${port}`, "-aec", "QRSCP", "-q", "-od", `${directory}/in`, "--verify"],
    ...["-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${STUDY_UID}`],
    ...["--resume", `${directory}/journal`],
    ...(tool === "getscu" ? [] : [
      ...["--store", "--store-aet", "ME", "--store-host", "127.0.0.1"],
      ...["--store-port", `${storePort}`, "--linger", "2"],
    ]),
  ];
}

/** The associations of a server that stand. */
class Standing {
  readonly #standing = new Set<string>();
  #waiting: (() => void)[] = [];

  readonly onEvent = (event: { readonly event: string; readonly [key: string]: unknown }): void => {
    if (event.event !== "association") return;
    const id = String(event["association"]);
    if (event["state"] === "requested" || event["state"] === "accepted") this.#standing.add(id);
    else this.#standing.delete(id);
    if (this.#standing.size > 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  };

  /** Waits until none stands. */
  async none(): Promise<void> {
    if (this.#standing.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** Who retrieves is killed, and with it who receives. */
async function retrieverKilled(
  { directory, random }: RoundContext,
  tool: "getscu" | "movescu",
): Promise<RoundReport> {
  const pool = await writePool(`${directory}/out`, 2 * INSTANCES, random);
  const into = `${directory}/in`;
  const storePort = freePort();
  const executioner = new Executioner(random, pool.length);
  const standing = new Standing();
  await using archive = startArchive(`${directory}/out`, 0, storePort, (event) => {
    standing.onEvent(event);
    executioner.onEvent(event);
  });
  const args = retrieval(tool, directory, await archive.port, storePort);
  await using victim = new ToolProcess(tool, args);
  executioner.aim(victim);
  await executioner.done();
  // The last answers that the archive got before the end count.
  await standing.none();
  const confirmed = executioner.acknowledged;
  const parts = assertNothingLost(into, pool, [
    ...confirmed,
    ...journalled(`${directory}/journal`),
  ]);
  assertDone(await runHere(tool, args));
  assertComplete(into, pool);
  assertJournal(`${directory}/journal`, pool);
  return { acknowledged: confirmed.length, instances: pool.length, parts };
}

/** The archive is killed while it sends what was asked for. */
async function archiveKilled(
  { directory, random }: RoundContext,
  tool: "getscu" | "movescu",
): Promise<RoundReport> {
  const pool = await writePool(`${directory}/out`, 2 * INSTANCES, random);
  const into = `${directory}/in`;
  const [port, storePort] = [freePort(), freePort()];
  const executioner = new Executioner(random, pool.length);
  const retries = retrying(random);
  const args = [...retrieval(tool, directory, port, storePort), ...retries];
  await using victim = startArchive(`${directory}/out`, port, storePort);
  await victim.port;
  const retrieving = runHere(tool, args, executioner.onEvent);
  executioner.aim(victim);
  await executioner.done();
  if (retries.length === 0) await retrieving;
  const confirmed = executioner.acknowledged;
  assertNothingLost(into, pool, [...confirmed, ...journalled(`${directory}/journal`)]);

  await using next = startArchive(`${directory}/out`, port, storePort);
  await next.port;
  const outcome = await retrieving;
  assertDone(retries.length === 0 ? await runHere(tool, args) : outcome);
  assert.equal(await next.stop(), 0, next.stderr);
  assertComplete(into, pool);
  assertJournal(`${directory}/journal`, pool);
  return { acknowledged: confirmed.length, instances: pool.length, parts: 0 };
}

function startArchive(
  folder: string,
  port: number,
  storePort: number,
  onEvent: ConstructorParameters<typeof ToolProcess>[2] = () => {},
): ToolProcess {
  return new ToolProcess("qrscp", [
    ...["-p", `${port}`, folder, "--no-store", "-ba", "127.0.0.1", "-q"],
    ...["--destination", `ME=127.0.0.1:${storePort}`],
  ], onEvent);
}

function assertJournal(path: string, pool: readonly PooledInstance[]): void {
  assert.deepEqual(journalled(path).sort(), pool.map(({ uid }) => uid).sort(), "the journal");
}
