/**
 * The cells of both ends: the storescu of a toolkit sends to its storescp, and ours forwards.
 *
 * @module
 */

import type { Cell, Contestant, Standing } from "./cell.ts";
import type { BenchContext } from "./context.ts";
import type { DataName } from "./data.ts";
import { Drain } from "./drain.ts";
import { feed } from "./feed.ts";
import { connector } from "./net.ts";
import { ourTool } from "./ours.ts";
import { measure, Server } from "./process.ts";
import type { Sample, Target } from "./statistics.ts";
import { DATA_NAMES, DATA_TITLES, workOf } from "./storage_cells.ts";
import { checkArrived, checkStored } from "./stored.ts";
import type { Toolkit } from "./toolkit.ts";

const TARGETS: Partial<Record<DataName, Target>> = {
  ct: { tuned: 0.8 },
  large: { tuned: 0.8 },
};

/**
 * The cells of both ends.
 *
 * @param context What they are made from.
 * @returns The cells.
 */
export function endToEndCells(context: BenchContext): Cell[] {
  return DATA_NAMES.map((name) => ({
    name: `both-ends-${name}`,
    title: `storescu sends ${DATA_TITLES[name]} to the same maker's storescp, which stores`,
    target: TARGETS[name],
    plan: () => ({
      work: workOf(context.data(name)),
      contestants: context.toolkits.flatMap((toolkit) => bothEnds(context, toolkit, name)),
    }),
  }));
}

function bothEnds(context: BenchContext, toolkit: Toolkit, name: DataName): Contestant[] {
  const { storescp, storescu } = toolkit;
  if (storescp === undefined || storescu === undefined) return [];
  const open = async (): Promise<Standing> => {
    const data = context.data(name);
    const directory = context.makeDirectory();
    const port = context.freePort();
    const server = await Server.start(storescp({ port, directory, associations: 1 }), port);
    return {
      async round() {
        const sent: Sample[] = [];
        const received = await server.meter(async () => {
          const sample = await measure(storescu({ port, data }), context.limit);
          sent.push(sample);
          return sample.seconds;
        }, context.limit);
        checkStored(directory, data);
        const [client] = sent;
        return {
          seconds: received.seconds,
          cpu: (received.cpu ?? 0) + (client?.cpu ?? 0),
          peak: Math.max(received.peak ?? 0, client?.peak ?? 0),
        };
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  };
  return [{ name: toolkit.name, kind: toolkit.kind, open }];
}

/**
 * The cells of forwarding, which nobody else has a tool for.
 *
 * @param context What they are made from.
 * @returns The cells.
 */
export function forwardCells(context: BenchContext): Cell[] {
  return DATA_NAMES.map((name) => ({
    name: `forward-${name}`,
    title: `storescp --handler forward passes ${DATA_TITLES[name]} on`,
    plan: () => ({
      work: workOf(context.data(name)),
      contestants: [{ name: "ours", kind: "ours", open: () => openForwarder(context, name) }],
    }),
  }));
}

async function openForwarder(context: BenchContext, name: DataName): Promise<Standing> {
  const data = context.data(name);
  const drain = new Drain();
  const port = context.freePort();
  const program = ourTool("storescp", [
    ...[String(port), "-ba", "127.0.0.1", "--handler", "forward"],
    ...["--handler-option", `to=DRAIN@127.0.0.1:${drain.port}`],
  ], context.oursOptions);
  const server = await Server.start(program, port);
  const { files } = data;
  return {
    async round() {
      const sample = await server.meter(
        () => feed({ connect: connector(port), calledAeTitle: "STORESCP", files, associations: 1 }),
        context.limit,
      );
      checkArrived(drain.take(), data);
      return sample;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await drain[Symbol.asyncDispose]();
    },
  };
}
