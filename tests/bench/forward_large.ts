/**
 * One object of 1 GB forwarded: how long it takes, and how much memory the forwarding process.
 *
 * Run it with `deno run --allow-all tests/bench/forward_large.ts [megabytes]`. It needs DCMTK, whose
 * storescu and dcmqrscp send and whose storescp takes, and GNU time. The object is synthetic and
 * incompressible.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import forward from "../../plugins/forward.ts";
import { serve } from "../../lib/service/serve.ts";
import { storageAssociation } from "../../lib/service/storage_association.ts";
import { type Daemon, freePort, run, startDaemon } from "../support/command.ts";
import { type RealFile, startDcmqrscp } from "../support/peers.ts";
import { residentMemory } from "../support/process_facts.ts";
import { writeMultiFrame } from "./receive_large.ts";

/** The most that the forwarding process may take, in MB. */
const MEMORY_LIMIT = 150;

const WAYS: readonly (readonly [way: string, peer: readonly string[]])[] = [
  ["as it is", ["+xa"]],
  ["converted to implicit VR", ["+xi"]],
];

/** The process that is measured: forwards from one port to another. */
function forwardFrom(port: number, to: number): void {
  const { signal } = new AbortController();
  const write = (text: string): void => void Deno.stderr.writeSync(new TextEncoder().encode(text));
  const tell = (message: string): void => write(`${message}\n`);
  const log = { debug: tell, info: tell, warn: tell, error: tell };
  const options = { to: [`STORESCP@127.0.0.1:${to}`] };
  const associate = storageAssociation;
  const handlers = forward({ options, log, signal, associate });
  void Promise.resolve(handlers).then((handlers) =>
    serve({ hostname: "127.0.0.1", port, handlers })
  );
}

async function bench(megabytes: number): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_bench_" });
  try {
    const file = await writeMultiFrame(`${directory}/large.dcm`, megabytes);
    for (const [way, peer] of WAYS) await benchServer(directory, file.path, way, peer);
    await benchMovescu(directory, file);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** DCMTK's storescu sends to a server with the handler. */
async function benchServer(
  directory: string,
  path: string,
  way: string,
  peer: readonly string[],
): Promise<void> {
  const [from, to] = [freePort(), freePort()];
  await using _storescp = await startStorescp(directory, to, peer);
  const here = fileURLToPath(import.meta.url);
  const args = ["run", "--allow-net", "--allow-read", here, "--from", String(from), String(to)];
  await using forwarder = await startDaemon(Deno.execPath(), args, [from], directory);
  for (let round = 1; round <= 3; round++) {
    const start = performance.now();
    const options = ["--max-pdu", "131072", "127.0.0.1", String(from), path];
    const { code, stderr } = await run("storescu", options, { timeout: 300_000 });
    const seconds = (performance.now() - start) / 1000;
    if (code !== 0) throw new TypeError(`storescu ended with ${code}\n${stderr}${forwarder.log()}`);
    const peak = residentMemory(forwarder.pid, "peak") / 1024 / 1024;
    report(`storescu to serve(), ${way}, round ${round}`, seconds, peak);
    await checkArrival(directory, path, peer.includes("+xa"));
  }
}

/** The whole way: `movescu --handler forward` has an archive send to it. */
async function benchMovescu(directory: string, file: RealFile): Promise<void> {
  const to = freePort();
  await using _storescp = await startStorescp(directory, to, ["+xa"]);
  const destination = { aeTitle: "STORESCP", port: freePort() };
  await using archive = await startDcmqrscp({
    moveDestinations: [destination],
    args: ["--max-pdu", "131072"],
  });
  const { refused } = await archive.load([file]);
  if (refused.length > 0) throw new TypeError(`dcmqrscp refused it: ${refused[0]?.reason}`);
  const tool = fileURLToPath(new URL("../../cli/movescu.ts", import.meta.url));
  for (let round = 1; round <= 3; round++) {
    const start = performance.now();
    const { code, stderr } = await run("/usr/bin/time", [
      ...["-v", Deno.execPath(), "run", "--allow-all", tool, "-v"],
      ...["127.0.0.1", String(archive.port), "-aec", archive.aeTitle, "-S", "-td", "120"],
      ...["--store", "--store-port", String(destination.port)],
      ...["--handler", "forward", "--handler-option", `to=STORESCP@127.0.0.1:${to}`],
      ...["-k", `StudyInstanceUID=${file.studyUid}`],
    ], { timeout: 300_000 });
    const seconds = (performance.now() - start) / 1000;
    if (code !== 0) throw new TypeError(`movescu ended with ${code}\n${stderr}`);
    const peak = Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(stderr)?.[1]) / 1024;
    report(`dcmqrscp to movescu --handler forward, round ${round}`, seconds, peak);
    await checkArrival(directory, file.path, false);
  }
}

function startStorescp(
  directory: string,
  port: number,
  options: readonly string[],
): Promise<Daemon> {
  const args = ["--max-pdu", "131072", ...options, "+B", "-od", directory, String(port)];
  return startDaemon("storescp", args, [port], directory);
}

function report(what: string, seconds: number, peak: number): void {
  const line = `${what}: ${seconds.toFixed(2)} s, peak memory ${peak.toFixed(0)} MB\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(line));
  if (!(peak <= MEMORY_LIMIT)) throw new TypeError(`That is more than ${MEMORY_LIMIT} MB`);
}

/** What arrived must be what was sent, where it was not converted; then it is removed. */
async function checkArrival(directory: string, path: string, isSame: boolean): Promise<void> {
  const name = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) =>
    `${directory}/${name}`
  )
    .find((each) => each !== path);
  if (name === undefined) throw new TypeError("Nothing arrived");
  const sent = (await Deno.stat(path)).size;
  if (isSame) {
    // Group 0002 differs, and is less than 1 KB.
    const tail = String(sent - 1000);
    const { stdout } = await run("sh", [
      "-c",
      'tail -c "$3" "$1" | cmp - "$2" -i 0:$(($(stat -c %s "$2") - $3)) && echo same',
      ...["sh", path, name, tail],
    ], { timeout: 60_000 });
    if (!stdout.includes("same")) throw new TypeError("What arrived is not what was sent");
  }
  await Deno.remove(name);
}

const [first, ...ports] = Deno.args;
if (first === "--from") forwardFrom(Number(ports[0]), Number(ports[1]));
else await bench(Number(first ?? 1000));
