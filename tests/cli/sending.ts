/**
 * Surroundings for storescu under test: files in a directory of their own, and a Storage SCP on a
 * network in memory.
 *
 * @module
 */

import { dirname } from "node:path";
import type { Io } from "../../cli/io.ts";
import { main } from "../../cli/storescu.ts";
import type { Handlers, StoreRequest } from "../../lib/handler/handler.ts";
import type { Clock } from "../../lib/net/clock.ts";
import type { Connect } from "../../lib/net/transport.ts";
import type { AssociateRequestPdu } from "../../lib/pdu/pdu.ts";
import { serve, type ServeOptions } from "../../lib/service/serve.ts";
import { memoryNetwork } from "../support/memory_transport.ts";
import { type InstanceFacts, instanceFile } from "../support/synthetic_instances.ts";
import { ToolBench } from "./tool_bench.ts";

/** The files of a directory, by their paths in it. */
export type Files = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/** An instance that came. */
export interface Arrival {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly dataSet: Uint8Array;
}

/** What came of a run; the directory is told as `DIR`. */
export interface Outcome {
  readonly code: number;
  /** The lines of the standard error; times as `T`. */
  readonly lines: readonly string[];
  readonly stdout: string;
  readonly arrivals: readonly Arrival[];
  readonly requests: readonly AssociateRequestPdu[];
}

/** How the SCP behaves. */
export interface SendingOptions {
  /** What it answers to each instance. */
  readonly answer?: (request: StoreRequest) => ReturnType<NonNullable<Handlers["store"]>>;
  /** How it accepts. */
  readonly serve?: Partial<ServeOptions>;
  readonly handlers?: Partial<Handlers>;
  /** What is on the standard input. */
  readonly standardInput?: string;
  /** The time of the tool; one that stands still by default. */
  readonly clock?: Clock;
  /** What the way to the SCP does; it has the number of the call, from 1. */
  readonly connect?: (call: number, connect: Connect) => Connect;
}

/** A small CT image. */
export function ct(
  sopInstanceUid: string,
  change: Partial<InstanceFacts> = {},
): Uint8Array<ArrayBuffer> {
  return instanceFile({ sopClassUid: CT, sopInstanceUid, transferSyntaxUid: EXPLICIT, ...change });
}

/** Writes files into a directory of their own, which is removed after use. */
export async function withFiles<T>(
  files: Files,
  use: (directory: string) => T | Promise<T>,
): Promise<T> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_sending_" });
  try {
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.mkdir(dirname(`${directory}/${name}`), { recursive: true });
      await Deno.writeFile(`${directory}/${name}`, bytes);
    }
    return await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/**
 * Runs storescu against an SCP that takes everything.
 *
 * @param args The command line, with `DIR` for the directory of the files.
 * @param files The files.
 * @param options How the SCP behaves.
 */
export function sending(
  args: readonly string[],
  files: Files,
  options: SendingOptions = {},
): Promise<Outcome> {
  return withFiles(files, async (directory) => {
    const bench = new ToolBench();
    const network = memoryNetwork();
    const arrivals: Arrival[] = [];
    const requests: AssociateRequestPdu[] = [];
    await using _server = serve({
      port: 104,
      clock: bench.clock,
      listen: network.listen,
      observer: (event) => {
        if (event.type === "association-requested") requests.push(event.request);
      },
      handlers: {
        ...options.handlers,
        async store(request) {
          const dataSet = await new Response(request.dataSet).bytes();
          const { sopClassUid, sopInstanceUid, transferSyntaxUid } = request;
          arrivals.push({ sopClassUid, sopInstanceUid, transferSyntaxUid, dataSet });
          return await options.answer?.(request) ?? 0;
        },
      },
      ...options.serve,
    });
    let calls = 0;
    const { clock = bench.clock, connect = (_call, way) => way } = options;
    const io: Io = {
      ...bench.io,
      clock,
      connect: (where) => connect(++calls, network.connect)(where),
    };
    const code = await main(
      args.map((arg) => arg.replace("DIR", directory)),
      io,
      () => new Blob([(options.standardInput ?? "").replaceAll("DIR", directory)]).stream(),
    );
    const plain = (text: string): string =>
      text.replaceAll(directory, "DIR").replace(/ in \d+\.\d s;/g, " in T;");
    return {
      code,
      lines: plain(bench.stderr).split("\n").slice(0, -1),
      stdout: plain(bench.stdout),
      arrivals,
      requests,
    };
  });
}

/** CT Image Storage. */
export const CT = "1.2.840.10008.5.1.4.1.1.2";
/** MR Image Storage. */
export const MR = "1.2.840.10008.5.1.4.1.1.4";
/** Implicit VR Little Endian. */
export const IMPLICIT = "1.2.840.10008.1.2";
/** Explicit VR Little Endian. */
export const EXPLICIT = "1.2.840.10008.1.2.1";
/** Deflated Explicit VR Little Endian. */
export const DEFLATED = "1.2.840.10008.1.2.1.99";
/** Explicit VR Big Endian. */
export const BIG = "1.2.840.10008.1.2.2";
/** JPEG Lossless. */
export const JPEG = "1.2.840.10008.1.2.4.70";
