/**
 * The cells of C-STORE: receiving to disk, and sending.
 *
 * @module
 */

import { Authority } from "./authority.ts";
import { bareLoop } from "./bare.ts";
import type { Cell, Contestant, Standing, Work } from "./cell.ts";
import type { BenchContext } from "./context.ts";
import type { BenchData, DataName } from "./data.ts";
import { Drain } from "./drain.ts";
import { feed } from "./feed.ts";
import { connector } from "./net.ts";
import { hasOption, oursDurable, oursWorkers } from "./ours.ts";
import { measure, Server } from "./process.ts";
import type { Target } from "./statistics.ts";
import { checkArrived, checkStored } from "./stored.ts";
import type { Toolkit } from "./toolkit.ts";

const RECEIVE_TARGETS: Readonly<Record<DataName, Target>> = {
  ct: { tuned: 1, peer: 0.7 },
  large: { tuned: 1, peer: 0.7, megabytes: 100, bareShare: 0.85 },
  small: { tuned: 1.2, peer: 0.5 },
};

const SEND_TARGETS: Readonly<Record<DataName, Target>> = {
  ct: { tuned: 1, peer: 0.7 },
  large: { tuned: 1, peer: 0.7, megabytes: 100 },
  small: { tuned: 1.2, peer: 0.7 },
};

/** The words for the data. */
export const DATA_TITLES: Readonly<Record<DataName, string>> = {
  ct: "CT images",
  large: "one large object",
  small: "small objects",
};

/** The data sets, in the order of the table. */
export const DATA_NAMES: readonly DataName[] = ["ct", "large", "small"];

/**
 * The cells of receiving: by one association, and the images by several at once.
 *
 * @param context What they are made from.
 * @returns The cells.
 */
export function receiveCells(context: BenchContext): Cell[] {
  const { oursOptions, toolkits } = context;
  const variants = [oursDurable(oursOptions)];
  if (hasOption("storescp", "--workers", oursOptions)) variants.push(oursWorkers(oursOptions));
  return [
    ...DATA_NAMES.map((name) =>
      receiveCell(context, [...toolkits, ...variants.slice(0, 1)], name, 1, RECEIVE_TARGETS[name])
    ),
    ...[4, 16].map((associations) =>
      receiveCell(context, [...toolkits, ...variants], "ct", associations)
    ),
  ];
}

/**
 * The cells of TLS: receiving and sending, with a certificate of the server alone.
 *
 * @param context What they are made from.
 * @returns The cells; each skipped where something for it is not there.
 */
export function tlsCells(context: BenchContext): Cell[] {
  const authority = new Authority(() => context.makeDirectory());
  // Who else knows TLS wants other options: the reference is enough.
  const toolkits = context.toolkits.filter(({ kind }) => kind !== "peer");
  const skip = (tool: string): string | undefined =>
    hasOption(tool, "--tls", context.oursOptions) ? authority.whyMissing : `${tool} has no --tls`;
  const [noReceiving, noSending] = [skip("storescp"), skip("storescu")];
  return DATA_NAMES.flatMap((name): Cell[] => [
    {
      name: `receive-${name}-tls`,
      title: `storescp receives ${DATA_TITLES[name]} by TLS`,
      skipped: noReceiving,
      plan: () => ({
        work: workOf(context.data(name)),
        contestants: toolkits.flatMap((toolkit) => receiver(context, toolkit, name, 1, authority)),
      }),
    },
    {
      name: `send-${name}-tls`,
      title: `storescu sends ${DATA_TITLES[name]} by TLS`,
      skipped: noSending,
      plan: () => ({
        work: workOf(context.data(name)),
        contestants: toolkits.flatMap((toolkit) => sender(context, toolkit, name, authority)),
      }),
    },
  ]);
}

function receiveCell(
  context: BenchContext,
  toolkits: readonly Toolkit[],
  name: DataName,
  associations: number,
  target?: Target,
): Cell {
  const suffix = associations === 1 ? "" : `-${associations}`;
  const by = associations === 1 ? "" : `, ${associations} associations at once`;
  return {
    name: `receive-${name}${suffix}`,
    title: `storescp receives ${DATA_TITLES[name]}${by}`,
    target,
    plan: () => ({
      work: workOf(context.data(name)),
      contestants: [
        ...toolkits.flatMap((toolkit) => receiver(context, toolkit, name, associations)),
        ...(name === "large" ? [bareLoop(context, name)] : []),
      ],
    }),
  };
}

function receiver(
  context: BenchContext,
  toolkit: Toolkit,
  name: DataName,
  associations: number,
  authority?: Authority,
): Contestant[] {
  const { storescp } = toolkit;
  if (storescp === undefined) return [];
  const open = async (): Promise<Standing> => {
    const data = context.data(name);
    const directory = context.makeDirectory();
    const port = context.freePort();
    const tls = authority?.credentials();
    const ca = tls === undefined ? undefined : await Deno.readTextFile(tls.ca);
    const server = await Server.start(storescp({ port, directory, associations, tls }), port);
    const options = { calledAeTitle: "STORESCP", files: data.files, associations };
    return {
      async round() {
        const sample = await server.meter(
          () => feed({ ...options, connect: connector(port, ca) }),
          context.limit,
        );
        checkStored(directory, data);
        return sample;
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  };
  return [{ name: toolkit.name, kind: toolkit.kind, open }];
}

/**
 * The cells of sending.
 *
 * @param context What they are made from.
 * @returns The cells.
 */
export function sendCells(context: BenchContext): Cell[] {
  return DATA_NAMES.map((name) => ({
    name: `send-${name}`,
    title: `storescu sends ${DATA_TITLES[name]}`,
    target: SEND_TARGETS[name],
    plan: () => ({
      work: workOf(context.data(name)),
      contestants: context.toolkits.flatMap((toolkit) => sender(context, toolkit, name)),
    }),
  }));
}

function sender(
  context: BenchContext,
  toolkit: Toolkit,
  name: DataName,
  authority?: Authority,
): Contestant[] {
  const { storescu } = toolkit;
  if (storescu === undefined) return [];
  const open = async (): Promise<Standing> => {
    const data = context.data(name);
    const tls = authority?.credentials();
    const drain = new Drain(
      tls && { cert: await Deno.readTextFile(tls.cert), key: await Deno.readTextFile(tls.key) },
    );
    const ca = tls?.ca;
    return {
      async round() {
        const sample = await measure(storescu({ port: drain.port, data, ca }), context.limit);
        checkArrived(await drain.collect(), data);
        return sample;
      },
      [Symbol.asyncDispose]: () => drain[Symbol.asyncDispose](),
    };
  };
  return [{ name: toolkit.name, kind: toolkit.kind, open }];
}

/**
 * What a rate of data is of.
 *
 * @param data The data.
 * @returns Its megabytes.
 */
export function workOf(data: BenchData): Work {
  return { amount: data.bytes / 1e6, unit: "MB" };
}
