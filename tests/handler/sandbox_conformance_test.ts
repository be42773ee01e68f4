/**
 * The suite of all handlers, run on the built-in ones in a sandbox.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { HandlerContext, Handlers } from "../../lib/handler/handler.ts";
import { sandboxHandler } from "../../lib/handler/sandbox.ts";
import { serve, type Server } from "../../lib/service/serve.ts";
import { type Bench, handlerConformance, type Subject } from "../../plugins/conformance.ts";
import { safeFileName } from "../../plugins/file_name.ts";

async function make(plugin: string, context: HandlerContext): Promise<Handlers> {
  const path = fileURLToPath(new URL(`../../plugins/${plugin}.ts`, import.meta.url));
  const loaded = await sandboxHandler(path, { builtIns: {} });
  return await loaded.create(context);
}

handlerConformance({
  name: "ignore in a sandbox",
  create: (context) => make("ignore", context),
});

handlerConformance({
  name: "store in a sandbox",
  options: ({ directory }) => ({ directory: [directory], naming: ["uid.dcm"] }),
  create: async (context, { directory }) => ({
    handlers: await make("store", context),
    stored: (uid) => filesOf(directory, uid),
  }),
});

async function filesOf(directory: string, uid: string): Promise<readonly Uint8Array[]> {
  const name = safeFileName("", uid);
  const files: Uint8Array[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (entry.name.startsWith(".")) throw new TypeError(`A part is left behind: ${entry.name}`);
    if (entry.name.replace(/-\d+(?=\.dcm$)/, "") !== `${name}.dcm`) continue;
    files.push(await Deno.readFile(`${directory}/${entry.name}`));
  }
  return files;
}

/** A destination that the sandbox connects to by itself. */
class Destination {
  readonly #kept = new Map<string, Uint8Array[]>();
  readonly server: Server = serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    handlers: {
      store: async ({ sopInstanceUid, dataSet }) => {
        const parts: Uint8Array<ArrayBuffer>[] = [];
        let length = 0;
        for await (const part of dataSet) {
          length += part.byteLength;
          if (length < SMALL) parts.push(part);
        }
        const others = this.#kept.get(sopInstanceUid) ?? [];
        this.#kept.set(sopInstanceUid, [...others, await new Blob(parts).bytes()]);
        return 0x0000;
      },
    },
  });

  /** What is the same twice is the same instance, sent twice. On the way UIDs lose their padding. */
  stored(uid: string): readonly Uint8Array[] {
    const all = this.#kept.get(uid.trimEnd()) ?? [];
    return all.filter((one, i) => all.findIndex((other) => equal(one, other)) === i);
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}

/** What is larger is counted, not kept. */
const SMALL = 10_000_000;

const destinations = new WeakMap<Bench, Destination>();

handlerConformance({
  name: "forward in a sandbox",
  options(bench) {
    const destination = new Destination();
    destinations.set(bench, destination);
    return { to: [`ARCHIVE@127.0.0.1:${destination.server.addr.port}`] };
  },
  async create(context, bench): Promise<Subject> {
    const destination = destinations.get(bench);
    return {
      handlers: await make("forward", context),
      stored: (uid) => destination?.stored(uid) ?? [],
      dispose: async () => await destination?.server[Symbol.asyncDispose](),
    };
  },
});
