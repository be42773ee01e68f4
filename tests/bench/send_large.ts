/**
 * One object of 1 GB by C-STORE: how long `storescu` takes and how much memory, as it is and converted.
 *
 * Run it with `deno run --allow-all tests/bench/send_large.ts [megabytes]`. It needs DCMTK (the peer is
 * storescp) and GNU time. The object is synthetic and incompressible.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { freePort, run, startDaemon } from "../support/command.ts";
import { writeMultiFrame } from "./receive_large.ts";

/** The most that storescu may take, in MB. */
const MEMORY_LIMIT = 120;

/** How it goes, and what storescu and storescp are told for that. */
const WAYS: readonly (readonly [way: string, args: readonly string[], peer: readonly string[]])[] =
  [
    ["as it is", [], ["+xa"]],
    ["as it is, unchecked", ["--no-check"], ["+xa"]],
    ["converted to implicit VR", ["-xi"], ["+xa"]],
    ["converted to big endian", ["-xb"], ["+xa"]],
    ["converted to deflated", [], ["-xf", "negotiation.cfg", "Deflated"]],
  ];

/** Makes storescp take the class of the object in deflated explicit VR alone. */
const NEGOTIATION = `[[TransferSyntaxes]]
[Deflated]
TransferSyntax1 = 1.2.840.10008.1.2.1.99
[[PresentationContexts]]
[Deflated]
PresentationContext1 = 1.2.840.10008.5.1.4.1.1.7.3\\Deflated
[[Profiles]]
[Deflated]
PresentationContexts = Deflated
`;

const megabytes = Number(Deno.args[0] ?? 1000);
const directory = await Deno.makeTempDir({ prefix: "dimse_bench_" });
try {
  const { path } = await writeMultiFrame(`${directory}/large.dcm`, megabytes);
  await Deno.writeTextFile(`${directory}/negotiation.cfg`, NEGOTIATION);
  const tool = fileURLToPath(new URL("../../cli/storescu.ts", import.meta.url));
  for (const [way, args, peer] of WAYS) {
    const port = freePort();
    const options = [...peer, "+B", "--ignore", "--max-pdu", "131072", String(port)];
    await using _storescp = await startDaemon("storescp", options, [port], directory);
    const { code, stderr } = await run("/usr/bin/time", [
      ...["-v", Deno.execPath(), "run", "--allow-all", tool],
      ...["-v", ...args, "127.0.0.1", String(port), path],
    ], { timeout: 300_000 });
    if (code !== 0) throw new TypeError(`storescu ended with ${code}\n${stderr}`);
    const peak = Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(stderr)?.[1]) / 1024;
    const summary = /Sent 1 instance \((.*)\) in (.*);/.exec(stderr);
    const line = `${way}: ${summary?.[1]} in ${summary?.[2]}, peak memory of storescu ` +
      `${peak.toFixed(0)} MB\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(line));
    if (!(peak <= MEMORY_LIMIT)) throw new TypeError(`That is more than ${MEMORY_LIMIT} MB`);
  }
} finally {
  await Deno.remove(directory, { recursive: true });
}
