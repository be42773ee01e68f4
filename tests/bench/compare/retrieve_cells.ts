/**
 * The cells of retrieving: movescu and getscu from an archive of DCMTK, and archives that serve.
 *
 * @module
 */

import { get, move, type Retrieval } from "./ask.ts";
import { ARCHIVE, SharedArchive, startArchive } from "./archive.ts";
import type { Cell, Contestant, Standing } from "./cell.ts";
import type { BenchContext } from "./context.ts";
import type { DataName } from "./data.ts";
import { Drain } from "./drain.ts";
import { connector } from "./net.ts";
import { measure } from "./process.ts";
import type { Target } from "./statistics.ts";
import { DATA_NAMES, DATA_TITLES, workOf } from "./storage_cells.ts";
import { checkArrived, checkStored } from "./stored.ts";
import type { Toolkit } from "./toolkit.ts";

/** The two ways. */
type Way = "move" | "get";

const TARGETS: Readonly<Record<Way, Partial<Record<DataName, Target>>>> = {
  move: { ct: { tuned: 0.6, peer: 0.5 } },
  get: { ct: { tuned: 1, peer: 0.5 } },
};

const DRAIN = "DRAIN";

/**
 * The cells of retrieving to disk, from one archive for all: dcmqrscp tuned.
 *
 * @param context What they are made from.
 * @returns The cells.
 */
export function retrieveCells(context: BenchContext): Cell[] {
  const archivist = context.archivist;
  return (["move", "get"] as const).flatMap((way) =>
    DATA_NAMES.map((name) => ({
      name: `${way}-${name}`,
      title: `${way}scu retrieves ${DATA_TITLES[name]} from dcmqrscp, to disk`,
      target: TARGETS[way][name],
      skipped: archivist === undefined ? "there is no dcmqrscp" : undefined,
      plan: () => {
        const tools = context.toolkits.filter((toolkit) => toolkit[`${way}scu`] !== undefined);
        const destinations = tools.map((_, index) => ({
          aeTitle: `BENCH${index}`,
          port: context.freePort(),
        }));
        const data = context.data(name);
        const archive = new SharedArchive(() => {
          if (archivist === undefined) throw new TypeError("There is no dcmqrscp");
          return startArchive(context, archivist, data, destinations);
        });
        return {
          work: workOf(data),
          contestants: tools.flatMap((toolkit, index) =>
            retriever(context, archive, toolkit, way, name, destinations[index])
          ),
        };
      },
    }))
  );
}

function retriever(
  context: BenchContext,
  archive: SharedArchive,
  toolkit: Toolkit,
  way: Way,
  name: DataName,
  destination: { readonly aeTitle: string; readonly port: number } | undefined,
): Contestant[] {
  const tool = toolkit[`${way}scu`];
  if (tool === undefined || destination === undefined) return [];
  const open = async (): Promise<Standing> => {
    const data = context.data(name);
    const directory = context.makeDirectory();
    const address = await archive.enter();
    return {
      async round() {
        const program = tool({
          archive: address,
          aeTitle: destination.aeTitle,
          storePort: destination.port,
          patientId: data.patientId,
          directory,
        });
        const sample = await measure(program, context.limit);
        checkStored(directory, data);
        return sample;
      },
      [Symbol.asyncDispose]: () => archive.leave(),
    };
  };
  return [{ name: toolkit.name, kind: toolkit.kind, open }];
}

/**
 * The cells of serving: archives are asked by a requestor that stores nothing.
 *
 * @param context What they are made from.
 * @returns The cells.
 */
export function serveCells(context: BenchContext): Cell[] {
  return (["move", "get"] as const).flatMap((way) =>
    DATA_NAMES.map((name) => ({
      name: `serve-${way}-${name}`,
      title: `an archive serves ${DATA_TITLES[name]} by C-${way.toUpperCase()}`,
      plan: () => ({
        work: workOf(context.data(name)),
        contestants: context.toolkits
          .filter((toolkit) => toolkit.qrscp !== undefined)
          .filter((toolkit) => toolkit.isArchiveFed !== true || name === "ct")
          .map((toolkit) => server(context, toolkit, way, name)),
      }),
    }))
  );
}

function server(context: BenchContext, toolkit: Toolkit, way: Way, name: DataName): Contestant {
  const open = async (): Promise<Standing> => {
    const data = context.data(name);
    const drain = new Drain();
    const destinations = [{ aeTitle: DRAIN, port: drain.port }];
    const { server, address } = await startArchive(context, toolkit, data, destinations);
    const retrieval: Retrieval = {
      connect: connector(address.port),
      aeTitle: ARCHIVE,
      patientId: data.patientId,
    };
    const classes = [...new Set(data.files.map(({ sopClassUid }) => sopClassUid))];
    return {
      round: () =>
        way === "move"
          ? server.meter(async () => {
            const seconds = await move(retrieval, DRAIN);
            checkArrived(await drain.collect(), data);
            return seconds;
          }, context.limit)
          : server.meter(async () => {
            const { seconds, ...arrived } = await get(retrieval, classes);
            checkArrived(arrived, data);
            return seconds;
          }, context.limit),
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await drain[Symbol.asyncDispose]();
      },
    };
  };
  return { name: toolkit.name, kind: toolkit.kind, open };
}
