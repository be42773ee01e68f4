/**
 * The cells of what is small: echoes, associations, and the start of each tool.
 *
 * @module
 */

import { associateOften, echo } from "./ask.ts";
import type { Cell, Contestant, Standing } from "./cell.ts";
import type { BenchContext } from "./context.ts";
import { Drain } from "./drain.ts";
import { type Connect, connector } from "./net.ts";
import { begin, measure, type Program, Server } from "./process.ts";
import type { Sample } from "./statistics.ts";
import type { Toolkit } from "./toolkit.ts";

const ECHOES = 2000;
const ASSOCIATIONS = 500;

/** The commands whose first byte is waited for. */
const CLIENTS = ["echoscu", "storescu", "movescu", "getscu"] as const;

/**
 * The cells of what is small.
 *
 * @param context What they are made from.
 * @returns The cells.
 */
export function smallCells(context: BenchContext): Cell[] {
  return [
    verificationCell(context, "echo", "C-ECHO round trips over one association", ECHOES, echo),
    verificationCell(
      context,
      "associations",
      "associations, each for one C-ECHO",
      ASSOCIATIONS,
      associateOften,
    ),
    {
      name: "start-echoscu",
      title: "echoscu from its start to its end",
      target: { milliseconds: 150, pynetdicom: 0.3 },
      plan: () => ({
        contestants: context.toolkits.flatMap((toolkit) => echoer(context, toolkit)),
      }),
    },
    ...CLIENTS.map((tool): Cell => ({
      name: `first-byte-${tool}`,
      title: `${tool} from its start to its first byte`,
      plan: () => ({
        contestants: context.toolkits.flatMap((toolkit) => {
          const program = programOf(context, toolkit, tool);
          if (program === undefined) return [];
          return [{ name: toolkit.name, kind: toolkit.kind, open: () => openStandIn(program) }];
        }),
      }),
    })),
    ...(["storescp", "qrscp"] as const).map((tool): Cell => ({
      name: `listen-${tool}`,
      title: `${tool} from its start to its first connection`,
      plan: () => ({
        contestants: context.toolkits.flatMap((toolkit) => listener(context, toolkit, tool)),
      }),
    })),
  ];
}

function verificationCell(
  context: BenchContext,
  name: string,
  title: string,
  full: number,
  work: (connect: Connect, count: number) => Promise<number>,
): Cell {
  const count = Math.ceil(full * context.share);
  return {
    name,
    title,
    plan: () => ({
      work: { amount: count, unit: "" },
      contestants: context.toolkits.flatMap(({ storescp, name, kind }): Contestant[] => {
        if (storescp === undefined) return [];
        const open = async (): Promise<Standing> => {
          const port = context.freePort();
          const directory = context.makeDirectory();
          const program = storescp({ port, directory, associations: 1 });
          const server = await Server.start(program, port);
          return {
            round: () => server.meter(() => work(connector(port), count), context.limit),
            [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
          };
        };
        return [{ name, kind, open }];
      }),
    }),
  };
}

function echoer(context: BenchContext, { echoscu, name, kind }: Toolkit): Contestant[] {
  if (echoscu === undefined) return [];
  const open = (): Promise<Standing> => {
    const drain = new Drain();
    return Promise.resolve({
      round: () => measure(echoscu(drain.port), context.limit),
      [Symbol.asyncDispose]: () => drain[Symbol.asyncDispose](),
    });
  };
  return [{ name, kind, open }];
}

/** Makes the command for a port. */
type ProgramFor = (port: number) => Program;

function programOf(
  context: BenchContext,
  toolkit: Toolkit,
  tool: typeof CLIENTS[number],
): ProgramFor | undefined {
  const { echoscu, storescu } = toolkit;
  if (tool === "echoscu") return echoscu && ((port) => echoscu(port));
  if (tool === "storescu") {
    const data = context.data("large");
    return storescu && ((port) => storescu({ port, data }));
  }
  const retrieve = toolkit[tool];
  return retrieve && ((port) =>
    retrieve({
      archive: { port, aeTitle: "ARCHIVE" },
      aeTitle: "BENCH",
      storePort: context.freePort(),
      patientId: "NOBODY",
      directory: context.makeDirectory(),
    }));
}

/** Listens, takes the first byte, and closes: the command may fail then. */
function openStandIn(program: ProgramFor): Promise<Standing> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return Promise.resolve({
    async round(): Promise<Sample> {
      const accepted = listener.accept();
      const start = performance.now();
      const child = begin(program(listener.addr.port));
      using connection = await accepted;
      await connection.read(new Uint8Array(1));
      const seconds = (performance.now() - start) / 1000;
      await child.stop();
      return { seconds };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(listener.close()),
  });
}

function listener(
  context: BenchContext,
  toolkit: Toolkit,
  tool: "storescp" | "qrscp",
): Contestant[] {
  const { storescp, qrscp, name, kind } = toolkit;
  if (toolkit[tool] === undefined) return [];
  const round = async (): Promise<Sample> => {
    const port = context.freePort();
    const directory = context.makeDirectory();
    const data = { ...context.data("large"), files: [], directory };
    const program = tool === "storescp"
      ? storescp?.({ port, directory, associations: 1 })
      : await qrscp?.({ port, directory, data, aeTitle: "ARCHIVE", destinations: [] });
    if (program === undefined) throw new TypeError(`There is no ${tool} of ${name}`);
    const start = performance.now();
    await using _server = await Server.start(program, port);
    return { seconds: (performance.now() - start) / 1000 };
  };
  const open = (): Promise<Standing> =>
    Promise.resolve({ round, [Symbol.asyncDispose]: () => Promise.resolve() });
  return [{ name, kind, open }];
}
