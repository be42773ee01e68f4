/**
 * The bare read-and-write loop as a contestant: the same bytes, without DICOM.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Contestant, Standing } from "./cell.ts";
import type { BenchContext } from "./context.ts";
import type { DataName } from "./data.ts";
import { connector } from "./net.ts";
import { Server } from "./process.ts";
import { checkStored } from "./stored.ts";

const READ_LENGTH = 256 * 1024;

/**
 * The bare loop.
 *
 * @param context Directories and ports.
 * @param name What it receives.
 * @returns The contestant.
 */
export function bareLoop(context: BenchContext, name: DataName): Contestant {
  const open = async (): Promise<Standing> => {
    const data = context.data(name);
    const port = context.freePort();
    const directory = context.makeDirectory();
    const script = fileURLToPath(new URL("./bare_loop.ts", import.meta.url));
    const server = await Server.start({
      command: Deno.execPath(),
      args: [
        ...["run", "--quiet", "--no-check", "--no-config", "--allow-net", "--allow-write"],
        ...[script, String(port), `${directory}/received`],
      ],
    }, port);
    const paths = data.files.map(({ path }) => path);
    return {
      async round() {
        const sample = await server.meter(() => send(port, paths), context.limit);
        checkStored(directory, { ...data, files: data.files.slice(0, 1) });
        return sample;
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  };
  return { name: "bare loop", kind: "bare", open };
}

async function send(port: number, paths: readonly string[]): Promise<number> {
  const buffer = new Uint8Array(READ_LENGTH);
  const start = performance.now();
  using connection = await connector(port)();
  for (const path of paths) {
    using file = await Deno.open(path);
    for (let count = read(file, buffer); count !== null; count = read(file, buffer)) {
      for (let rest = buffer.subarray(0, count); rest.length > 0;) {
        rest = rest.subarray(await connection.write(rest));
      }
    }
  }
  // The loop closes when it has written all.
  await connection.closeWrite();
  await connection.read(buffer);
  return (performance.now() - start) / 1000;
}

function read(file: Deno.FsFile, buffer: Uint8Array): number | null {
  return file.readSync(buffer);
}
