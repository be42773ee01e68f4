/**
 * One object of 1 GB retrieved by C-MOVE and forwarded on its way: `movescu --handler forward` between
 * dcmqrscp and DCMTK's storescp; how long it takes, and how much memory.
 *
 * Run it with `deno run --allow-all tests/bench/forward_retrieved.ts [megabytes]`. It needs DCMTK and
 * GNU time.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { freePort, run, startDaemon } from "../support/command.ts";
import { startDcmqrscp } from "../support/peers.ts";
import { writeMultiFrame } from "./receive_large.ts";

const megabytes = Number(Deno.args[0] ?? 1000);
const directory = await Deno.makeTempDir({ prefix: "dimse_bench_" });
try {
  const file = await writeMultiFrame(`${directory}/large.dcm`, megabytes);
  const [to, far] = [{ aeTitle: "STORESCP", port: freePort() }, freePort()];
  await using archive = await startDcmqrscp({
    moveDestinations: [to],
    args: ["--max-pdu", "131072"],
  });
  const { refused } = await archive.load([file]);
  if (refused.length > 0) throw new TypeError(`dcmqrscp refused it: ${refused[0]?.reason}`);
  const received = `${directory}/received`;
  await Deno.mkdir(received);
  const options = ["--max-pdu", "131072", "+xa", "+B", "-od", received, String(far)];
  await using _storescp = await startDaemon("storescp", options, [far], directory);
  const tool = fileURLToPath(new URL("../../cli/movescu.ts", import.meta.url));
  for (let round = 1; round <= 3; round++) {
    const { code, stderr } = await run("/usr/bin/time", [
      ...["-v", Deno.execPath(), "run", "--allow-net", "--allow-read", "--allow-write", tool],
      ...["127.0.0.1", String(archive.port), "-aec", archive.aeTitle, "-S", "-td", "120"],
      ...["--store", "--store-port", String(to.port), "-k", `StudyInstanceUID=${file.studyUid}`],
      ...["--handler", "forward", "--handler-option", `to=FAR@127.0.0.1:${far}`],
    ], { timeout: 300_000 });
    if (code !== 0) throw new TypeError(`movescu ended with ${code}\n${stderr}`);
    const [stored] = [...Deno.readDirSync(received)];
    if (stored === undefined) throw new TypeError(`Nothing was forwarded\n${stderr}`);
    const { size } = Deno.statSync(`${received}/${stored.name}`);
    const peak = Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(stderr)?.[1]) / 1024;
    const wall = /Elapsed \(wall clock\) time .*: (\S+)/.exec(stderr)?.[1];
    const line = `round ${round}: ${(size / 1e6).toFixed(0)} MB in ${wall}, ` +
      `peak memory of movescu ${peak.toFixed(0)} MB\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(line));
    await Deno.remove(`${received}/${stored.name}`);
  }
} finally {
  await Deno.remove(directory, { recursive: true });
}
