/**
 * What storescp takes: one large object and many small ones, written without waiting for the
 * medium (`--no-durable`) and with, and how much memory.
 *
 * Run it with `deno run --allow-all tests/bench/storescp_bench.ts [megabytes] [instances] [directory]`.
 * It needs GNU time; the directory, where the files go, decides what waiting costs. Our storescu sends,
 * by one association and by four.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/transfer_syntax.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { runTool } from "../support/our_tools.ts";
import { instanceFile } from "../support/synthetic_instances.ts";
import { writeMultiFrame } from "./receive_large.ts";

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
const TOOL = fileURLToPath(new URL("../../cli/storescp.ts", import.meta.url));
/** A CT image of 512 × 512. */
const SMALL = 512 * 512 * 2;

interface Round {
  readonly bytes: number;
  readonly seconds: number;
  /** In MB. */
  readonly peak: number;
}

interface Event {
  readonly event: string;
  readonly port?: number;
  readonly bytes?: number;
}

/** Sends files to a storescp of its own. */
async function round(
  directory: string,
  files: string,
  args: readonly string[],
  jobs: number,
): Promise<Round> {
  const received = `${directory}/received`;
  const child = new Deno.Command("/usr/bin/time", {
    args: [
      ...["-f", "peak %M", Deno.execPath(), "run", "--quiet", "--config", CONFIG, "--allow-all"],
      ...[TOOL, "0", "-ba", "127.0.0.1", "-od", received, "--json", ...args],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const port = Promise.withResolvers<number>();
  const reading = readEvents(child.stdout, port.resolve);
  const to = ["127.0.0.1", `${await port.promise}`];
  const started = performance.now();
  const sent = await runTool("storescu", [...to, "-r", files, "--jobs", `${jobs}`, "-td", "120"], {
    timeout: 300_000,
  });
  if (sent.code !== 0) throw new TypeError(`storescu ended with ${sent.code}\n${sent.stderr}`);
  const seconds = (performance.now() - started) / 1000;
  // The program itself is the only child of GNU time.
  const [pid] = (await Deno.readTextFile(`/proc/${child.pid}/task/${child.pid}/children`))
    .trim().split(" ");
  Deno.kill(Number(pid), "SIGTERM");
  const bytes = await reading;
  const { code } = await child.status;
  const told = await errors;
  if (code !== 0) throw new TypeError(`storescp ended with ${code}\n${told}`);
  await Deno.remove(received, { recursive: true });
  return { bytes, seconds, peak: Number(/peak (\d+)/.exec(told)?.[1]) / 1024 };
}

/** Reads all events, since nobody is served while they wait; gives the bytes that were stored. */
async function readEvents(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onListening: (port: number) => void,
): Promise<number> {
  let pending = "";
  let stored = 0;
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (pending + text).split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) {
      const { event, port = 0, bytes = 0 }: Event = JSON.parse(line);
      if (event === "listening") onListening(port);
      if (event === "summary") stored = bytes;
    }
  }
  return stored;
}

function write(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  const [megabytes = 1000, count = 1000] = Deno.args.slice(0, 2).map(Number);
  const parent = Deno.args[2];
  const directory = await Deno.makeTempDir({
    prefix: "dimse_bench_",
    ...(parent === undefined ? {} : { dir: parent }),
  });
  try {
    await Deno.mkdir(`${directory}/large`);
    await writeMultiFrame(`${directory}/large/large.dcm`, megabytes);
    await Deno.mkdir(`${directory}/small`);
    const header = Uint8Array.of(0xe0, 0x7f, 0x10, 0, 0x4f, 0x57, 0, 0, 0, 0, 8, 0);
    for (let index = 1; index <= count; index++) {
      const head = instanceFile({
        sopClassUid: CT_IMAGE_STORAGE,
        sopInstanceUid: `1.2.3.${index}`,
        transferSyntaxUid: EXPLICIT_VR_LITTLE_ENDIAN,
      });
      await Deno.writeFile(
        `${directory}/small/${index}.dcm`,
        concatBytes([head, header, new Uint8Array(SMALL)]),
      );
    }
    for (const [files, jobs] of [["large", 1], ["small", 1], ["small", 4]] as const) {
      for (const args of [["--no-durable"], []]) {
        for (let number = 1; number <= 3; number++) {
          const { bytes, seconds, peak } = await round(
            directory,
            `${directory}/${files}`,
            args,
            jobs,
          );
          write(
            `${files} by ${jobs} ${args.join(" ")}: ${(bytes / 1e6).toFixed(0)} MB in ` +
              `${seconds.toFixed(1)} s, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s, ` +
              `peak memory of storescp ${peak.toFixed(0)} MB`,
          );
        }
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
