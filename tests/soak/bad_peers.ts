/**
 * Peers that do what no peer should, to servers.
 *
 * @module
 */

import { concatBytes } from "../../lib/bytes.ts";
import type { Random } from "../fuzz/random.ts";
import { BEFORE_ASSOCIATION, REQUEST_FIELDS } from "../hostile/association_cases.ts";
import { ASSOCIATED, ECHO_COMMAND, storeCommand } from "../hostile/exchange.ts";
import { FOREIGN } from "../hostile/foreign_bytes.ts";
import { abort, pData, pdv, request, zeros } from "../hostile/raw_bytes.ts";
import { RawConnection } from "../hostile/raw_connection.ts";

/** One thing that a bad peer does to a server; it ends when the connection does. */
export interface Attack {
  readonly name: string;
  run(port: number, random: Random): Promise<void>;
}

const COMMAND = pData(pdv(3, 3, storeCommand()));
/** The beginning of a data set, and never its end. */
const FRAGMENT = pData(pdv(3, 0, zeros(4000)));
const CASES = [...BEFORE_ASSOCIATION, ...REQUEST_FIELDS];
/** Ends of what was sent, to a socket that goes. */
const PAUSE = 100;

/** All that bad peers do. */
export const ATTACKS: readonly Attack[] = [
  { name: "garbage", run: (port, random) => talk(port, noise(random, 1 + random.below(5000))) },
  {
    name: "garbage in an association",
    run: (port, random) => talk(port, joined(ASSOCIATED), noise(random, 1 + random.below(100_000))),
  },
  { name: "another protocol", run: (port, random) => talk(port, random.pick(FOREIGN).bytes) },
  { name: "a malformed request", run: (port, random) => talk(port, joined(random.pick(CASES)[1])) },
  { name: "a half-open connection", run: (port) => hold(port, "") },
  { name: "half a request", run: (port) => hold(port, request().slice(0, 140)) },
  { name: "half a PDU", run: (port) => hold(port, `${ASSOCIATED}${COMMAND}040000003e80`) },
  {
    name: "a slow request",
    run: (port, random) => drip(port, "", request(), 50 + random.below(400)),
  },
  {
    name: "a slow data set",
    run: (port, random) => drip(port, ASSOCIATED + COMMAND, FRAGMENT, 50 + random.below(400)),
  },
  {
    name: "an abort in the middle of a data set",
    run: (port, random) =>
      talk(port, joined(ASSOCIATED + COMMAND + FRAGMENT.repeat(random.below(100)) + abort(0, 0))),
  },
  {
    name: "an end in the middle of a data set",
    run: (port, random) => leave(port, random, FRAGMENT.repeat(random.below(100)), false),
  },
  {
    name: "a reset in the middle of a data set",
    run: (port, random) => leave(port, random, FRAGMENT.repeat(random.below(100)), true),
  },
  { name: "a PDU of 4 GiB", run: (port) => talk(port, joined(`${ASSOCIATED}0400ffffffff`)) },
  {
    name: "a PDV of 4 GiB",
    run: (port) => talk(port, joined(`${ASSOCIATED}${COMMAND}040000001000ffffffff0300`)),
  },
  {
    name: "a data set without an end",
    run: (port, random) => flood(port, FRAGMENT, 200 + random.below(3000)),
  },
  { name: "requests whose answers nobody reads", run: (port) => deaf(port) },
];

/** Sends, and waits for the end; then ends too. */
async function talk(port: number, ...parts: readonly Uint8Array[]): Promise<void> {
  using connection = await RawConnection.to(port);
  await connection.send(concatBytes(parts));
  await connection.end("");
}

/** Sends something, and nothing any more. */
async function hold(port: number, once: string): Promise<void> {
  using connection = await RawConnection.to(port);
  await connection.send(once);
  await connection.until(() => false);
}

/** Sends something at once, and then the rest slowly. */
async function drip(port: number, once: string, rest: string, interval: number): Promise<void> {
  using connection = await RawConnection.to(port);
  await connection.send(once);
  let at = 0;
  const timer = setInterval(() => {
    void connection.send(rest.slice(at, at + 20));
    at = (at + 20) % rest.length;
  }, interval);
  try {
    await connection.until(() => false);
  } finally {
    clearInterval(timer);
  }
}

/** Goes away in the middle. What has been sent and not read makes of the end a reset. */
async function leave(
  port: number,
  random: Random,
  fragments: string,
  isReset: boolean,
): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await write(connection, joined(ASSOCIATED));
  if (!isReset) await connection.read(new Uint8Array(64 * 1024));
  await write(connection, joined(COMMAND + fragments));
  await pause(random.below(PAUSE));
}

/** Sends the same over and over, and then goes away. */
async function flood(port: number, fragment: string, times: number): Promise<void> {
  using connection = await RawConnection.to(port);
  await connection.send(ASSOCIATED + COMMAND);
  const bytes = joined(fragment);
  for (let time = 0; time < times && !connection.isClosed; time++) await connection.send(bytes);
}

/** Asks and asks, and reads nothing, until the server has had enough. */
async function deaf(port: number): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await write(connection, joined(ASSOCIATED));
  const echoes = joined(pData(pdv(1, 3, ECHO_COMMAND)).repeat(1000));
  const patience = setTimeout(() => connection.close(), PATIENCE);
  try {
    while (await write(connection, echoes));
  } finally {
    clearTimeout(patience);
  }
}

/** Writes all; tells whether the other side took it. */
async function write(connection: Deno.TcpConn, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await connection.write(rest));
    return true;
  } catch {
    return false;
  }
}

function joined(hexadecimal: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(hexadecimal);
}

/** Bytes of no meaning. */
export function noise(random: Random, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, () => random.below(256));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const PATIENCE = 20_000;
