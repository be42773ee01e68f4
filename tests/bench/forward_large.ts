/**
 * One object of 1 GB forwarded: how long it takes, and how much memory the forwarding process.
 *
 * Run it with `deno run --allow-all tests/bench/forward_large.ts [megabytes]`. It needs DCMTK, whose
 * storescu sends and whose storescp takes. The object is synthetic and incompressible.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import forward from "../../plugins/forward.ts";
import { serve } from "../../lib/service/serve.ts";
import { storageAssociation } from "../../lib/service/storage_association.ts";
import { freePort, run, startDaemon } from "../support/command.ts";
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
    const { path } = await writeMultiFrame(`${directory}/large.dcm`, megabytes);
    const size = Deno.statSync(path).size;
    for (const [way, peer] of WAYS) {
      const [from, to] = [freePort(), freePort()];
      const options = ["--max-pdu", "131072", ...peer, "+B", "-od", directory, String(to)];
      await using _storescp = await startDaemon("storescp", options, [to], directory);
      const here = fileURLToPath(import.meta.url);
      const args = ["run", "--allow-net", "--allow-read", here, "--from", String(from), String(to)];
      await using forwarder = await startDaemon(Deno.execPath(), args, [from], directory);
      for (let round = 1; round <= 3; round++) {
        const start = performance.now();
        const sent = await run("storescu", ["-v", "--max-pdu", "131072", "127.0.0.1", String(from), path], {
          timeout: 300_000,
        });
        if (sent.code !== 0) {
          throw new TypeError(`storescu ended with ${sent.code}\n${sent.stderr}${forwarder.log()}`);
        }
        const seconds = (performance.now() - start) / 1000;
        const peak = peakMemory(forwarder.pid);
        const line = `${way}, round ${round}: ${(size / 1e6).toFixed(0)} MB in ` +
          `${seconds.toFixed(2)} s, peak memory of the forwarding process ${peak.toFixed(0)} MB\n`;
        Deno.stdout.writeSync(new TextEncoder().encode(line));
        if (!(peak <= MEMORY_LIMIT)) throw new TypeError(`That is more than ${MEMORY_LIMIT} MB`);
        await checkArrival(directory, path, peer.includes("+xa"));
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** What arrived must be what was sent, where it was not converted; then it is removed. */
async function checkArrival(directory: string, path: string, isSame: boolean): Promise<void> {
  const name = [...Deno.readDirSync(directory)].map(({ name }) => `${directory}/${name}`)
    .find((each) => each !== path);
  if (name === undefined) throw new TypeError("Nothing arrived");
  const sent = Deno.statSync(path).size;
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

/** In MB. */
function peakMemory(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

const [first, ...ports] = Deno.args;
if (first === "--from") forwardFrom(Number(ports[0]), Number(ports[1]));
else await bench(Number(first ?? 1000));
