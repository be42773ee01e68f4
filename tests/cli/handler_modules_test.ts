import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import { type HandlerHost, makeHandler } from "../../cli/handler_modules.ts";
import { denoIo } from "../../cli/io.ts";
import { ToolLog } from "../../cli/log.ts";
import { registerModuleHooks } from "../../lib/handler/module_hooks.ts";
import { jsrRegistry } from "../support/jsr_registry.ts";
import { served } from "../support/served.ts";

registerModuleHooks();

interface Bench {
  readonly host: HandlerHost;
  /** What the tool, and what the handler has told. */
  tool: string;
  handler: string;
}

function bench(
  change: Partial<HandlerHost> = {},
  environment: Readonly<Record<string, string>> = {},
): Bench {
  const made: Bench = {
    tool: "",
    handler: "",
    host: {
      sandbox: false,
      hosts: [],
      toolLog: new ToolLog("verbose", (text) => void (made.tool += text)),
      log: new ToolLog("debug", (text) => void (made.handler += text)),
      io: { ...denoIo, environment: (name) => environment[name] },
      timeouts: {},
      signal: new AbortController().signal,
      makeStore: () => Promise.resolve({ store: () => 0xb000 }),
      ...change,
    },
  };
  return made;
}

function data(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

Deno.test("makeHandler() gives the tool's own handler the name store, and says so", async () => {
  const made = bench();
  const { name, handlers } = await makeHandler({ specifier: "store", options: {} }, made.host);
  assert.equal(name, "store");
  assert.equal(await handlers.store?.(Object.create(null)), 0xb000);
  assert.equal(made.tool, "I: Handler store (built-in): store 1.0.0, offers store\n");
});

Deno.test("makeHandler() puts the handler's name before what it says", async () => {
  const made = bench();
  const specifier = data(`
    export const name = "talker";
    export default ({ log }) => {
      for (const level of ["debug", "info", "warn", "error"]) log[level](level);
      return { store() {} };
    };
  `);
  await makeHandler({ specifier, options: {} }, made.host);
  assert.equal(
    made.handler,
    "D: talker: debug\nI: talker: info\nW: talker: warn\nE: talker: error\n",
  );
});

Deno.test("makeHandler() lets a handler associate by the tool's network", async () => {
  await using far = served({ store: () => 0 });
  const calls: string[] = [];
  const made = bench({
    io: {
      ...denoIo,
      clock: far.clock,
      connect({ hostname, port }) {
        calls.push(`${hostname} ${port}`);
        return Promise.resolve(far.dial().transport);
      },
    },
  });
  const specifier = data(`
    export default ({ associate }) => ({
      async store() {
        const association = await associate({
          hostname: "far", port: 104, calledAeTitle: "FAR", callingAeTitle: "HERE",
          contexts: [{
            sopClassUid: "1.2.840.10008.5.1.4.1.1.2", transferSyntaxUid: "1.2.840.10008.1.2",
          }],
        });
        const count = association.contexts.length;
        await association[Symbol.asyncDispose]();
        return count === 1 ? 0xb000 : 0xc000;
      },
    });
  `);
  const { handlers } = await makeHandler({ specifier, options: {} }, made.host);
  assert.equal(await handlers.store?.(Object.create(null)), 0xb000);
  assert.deepEqual(calls, ["far 104"]);
});

Deno.test("makeHandler() asks the registry of JSR_URL, and keeps what it got in the user's cache", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const source = `export default (): object => ({ store: () => 0xb000 });`;
    await using registry = jsrRegistry({
      "@a/handler": { "1.0.0": { files: { "/mod.ts": source } } },
    });
    const environment = {
      HOME: directory,
      LOCALAPPDATA: directory,
      XDG_CACHE_HOME: directory,
      JSR_URL: registry.url,
    };
    const { handlers } = await makeHandler(
      { specifier: "jsr:@a/handler@1", options: {} },
      bench({}, environment).host,
    );
    assert.equal(await handlers.store?.(Object.create(null)), 0xb000);
    const kept = await Array.fromAsync(Deno.readDir(`${directory}/dimse/handlers`));
    assert(kept.length > 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("makeHandler() does not hide a bug of its own as wrong usage", async () => {
  const bug = new ReferenceError("a bug");
  const made = bench({ makeStore: () => Promise.reject(bug) });
  await assert.rejects(
    makeHandler({ specifier: "store", options: {} }, made.host),
    (error) => error === bug && !(error instanceof UsageError),
  );
});
