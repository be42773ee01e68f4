/**
 * Servers that answer as no server should, to our requestors: each run ends, in time and with an exit code
 * that says so.
 *
 * @module
 */

import type { Random } from "../fuzz/random.ts";
import { FOREIGN } from "../hostile/foreign_bytes.ts";
import {
  abort,
  accept,
  contextResult,
  maximumLength,
  reject,
  userInformation,
} from "../hostile/raw_bytes.ts";
import type { Books } from "./books.ts";
import { noise } from "./bad_peers.ts";
import { STUDY_UID } from "./instances.ts";
import { runHere } from "./tool_run.ts";

const ACCEPTED = accept(
  ...[1, 3, 5, 7].map((id) => contextResult(id, 0, "1.2.840.10008.1.2")),
  userInformation(maximumLength(16384)),
);

/** What is answered to what comes first, and whether the connection stays. */
const ANSWERS: readonly {
  readonly name: string;
  readonly bytes: (random: Random) => Uint8Array;
  readonly stays?: boolean;
}[] = [
  { name: "nothing", bytes: () => new Uint8Array() },
  { name: "silence", bytes: () => new Uint8Array(), stays: true },
  { name: "garbage", bytes: (random) => noise(random, 1 + random.below(3000)) },
  { name: "another protocol", bytes: (random) => random.pick(FOREIGN).bytes, stays: true },
  { name: "a rejection", bytes: () => Uint8Array.fromHex(reject(1, 1, 7)) },
  { name: "an abort", bytes: () => Uint8Array.fromHex(abort(2, 0)) },
  { name: "an acceptance, and silence", bytes: () => Uint8Array.fromHex(ACCEPTED), stays: true },
  { name: "an acceptance, and the end", bytes: () => Uint8Array.fromHex(ACCEPTED) },
  {
    name: "an acceptance, and garbage",
    bytes: (random) =>
      Uint8Array.from([...Uint8Array.fromHex(ACCEPTED), ...noise(random, random.below(3000))]),
    stays: true,
  },
  {
    name: "an acceptance, and a PDU of 4 GiB",
    bytes: () => Uint8Array.fromHex(`${ACCEPTED}0400ffffffff`),
    stays: true,
  },
];

/**
 * Has one of our requestors call a bad server.
 *
 * @param directory Where it may write to.
 * @param file An instance that it may send.
 * @param random Decides on who calls and what it is answered.
 * @param books Where its end is entered.
 */
export async function callBadServer(
  directory: string,
  file: string,
  random: Random,
  books: Books,
): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answer = random.pick(ANSWERS);
  const serving = serve(listener, answer.bytes(random), answer.stays ?? false);
  const peer = ["-q", "127.0.0.1", `${listener.addr.port}`, "-ta", "1", "-td", "1", "-tn", "1"];
  const keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${STUDY_UID}`];
  const [tool, args] = random.pick(
    [
      ["echoscu", []],
      ["findscu", keys],
      ["storescu", [file]],
      ["getscu", [...keys, "-od", directory]],
      ["movescu", [...keys, "-aem", "OTHER"]],
    ] as const,
  );
  const { code, stderr } = await runHere(tool, [...peer, ...args]);
  listener.close();
  await serving;
  books.did(`bad server: ${answer.name}`);
  if (code === 0 || code === 1 || /^ +at /m.test(stderr)) {
    books.violation(`${tool} was answered ${answer.name}, exit code ${code}: ${stderr}`);
  }
}

/** Answers every connection the same, until nobody listens any more. */
async function serve(listener: Deno.Listener, bytes: Uint8Array, stays: boolean): Promise<void> {
  const underway: Promise<void>[] = [];
  try {
    for await (const connection of listener) underway.push(answer(connection, bytes, stays));
  } catch {
    // Nobody listens any more.
  }
  await Promise.all(underway);
}

async function answer(connection: Deno.Conn, bytes: Uint8Array, stays: boolean): Promise<void> {
  using _connection = connection;
  const buffer = new Uint8Array(64 * 1024);
  try {
    await connection.read(buffer);
    for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await connection.write(rest));
    while (stays && await connection.read(buffer) !== null);
  } catch {
    // It has had enough.
  }
}
