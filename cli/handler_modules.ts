/**
 * The handlers of `--handler`: finds their modules, tells the user of them, and makes them.
 *
 * @module
 */

import { join } from "node:path";
import type {
  HandlerContext,
  HandlerModule,
  HandlerPermissions,
  Handlers,
  Log,
} from "../lib/handler/handler.ts";
import { describeHandler, type LoadedHandler, loadHandler } from "../lib/handler/load.ts";
import type { BuiltInHandler, LoadPolicy } from "../lib/handler/load_policy.ts";
import { HandlerError } from "../lib/errors.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import { UsageError } from "./exit_code.ts";
import type { HandlerChoice } from "./handler_options.ts";
import type { Io } from "./io.ts";
import type { ToolLog } from "./log.ts";

/** How handlers are found, and what they get. */
export interface HandlerHost {
  /** Whether those that are not built in run in a sandbox. */
  readonly sandbox: boolean;
  /** Hosts that modules may come from, beside those that the specifiers name. */
  readonly hosts: readonly string[];
  /** Where the tool speaks. */
  readonly toolLog: ToolLog;
  /** Where handlers speak. */
  readonly log: Log;
  readonly io: Io;
  /** For the associations that handlers request. */
  readonly timeouts: Partial<Timeouts>;
  /** Aborted when the tool ends. */
  readonly signal: AbortSignal;
  /** Makes the built-in `store`, which the tool has its own ties to. */
  makeStore(options: HandlerContext["options"]): Promise<Handlers>;
}

/** A handler that is made. */
export interface MadeHandler {
  /** What the log calls it. */
  readonly name: string;
  readonly handlers: Handlers;
  /** Whether it is the user's, and runs in this program. */
  readonly isForeign: boolean;
}

/**
 * Loads the module of a handler, tells the user what it is and what it may do, and makes it.
 *
 * @param choice The handler, and its options.
 * @param host How it is found, and what it gets.
 * @returns The handler.
 * @throws {UsageError} When the module does not load, is no handler's, needs what this program may not
 * do, or does not take its options.
 */
export async function makeHandler(
  choice: HandlerChoice & { readonly specifier: string },
  host: HandlerHost,
): Promise<MadeHandler> {
  const { specifier, options } = choice;
  try {
    const loaded = await load(specifier, options, host);
    const { name } = loaded;
    const handlers = specifier === "store"
      ? await host.makeStore(options)
      : await loaded.create(contextOf(name, options, host));
    host.toolLog.verbose(describeHandler(loaded, handlers));
    const isSandboxed = host.sandbox && loaded.kind !== "built-in";
    const isForeign = !Object.hasOwn(BUILT_INS, specifier) && !isSandboxed;
    return { name, handlers, isForeign };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (!(error instanceof HandlerError || error instanceof TypeError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

async function load(
  specifier: string,
  options: HandlerContext["options"],
  host: HandlerHost,
): Promise<LoadedHandler> {
  const policy = policyOf(host);
  const isBuiltIn = Object.hasOwn(policy.builtIns, specifier);
  if (host.sandbox && !isBuiltIn) {
    // Loaded only when it is asked for: it starts workers.
    const { describeGrants, sandboxHandler } = await import("../lib/handler/sandbox.ts");
    const loaded = await sandboxHandler(specifier, { ...policy, timeouts: host.timeouts });
    const grants = describeGrants(await loaded.permissions(options));
    host.toolLog.info(`Handler ${loaded.name} runs in a sandbox: it ${grants}`);
    return loaded;
  }
  const loaded = await loadHandler(specifier, policy);
  // Where the tool's own store goes is for the tool to tell: what it declares by itself is another
  // directory.
  if (specifier !== "store") refuseWithoutPermission(loaded, await loaded.permissions(options));
  return loaded;
}

function policyOf({ hosts, toolLog, io, signal }: HandlerHost): LoadPolicy {
  return {
    builtIns: { ...BUILT_INS, ...baked(io) },
    allowedHosts: hosts,
    cacheDirectory: cacheDirectory(io),
    ...jsrRegistry(io),
    log: toolLog,
    clock: io.clock,
    signal,
  };
}

/** Literal imports, so that an executable has them embedded. */
const BUILT_INS: Readonly<Record<string, BuiltInHandler>> = {
  store: {
    url: import.meta.resolve("../plugins/store.ts"),
    load: () => import("../plugins/store.ts"),
  },
  ignore: {
    url: import.meta.resolve("../plugins/ignore.ts"),
    load: () => import("../plugins/ignore.ts"),
  },
  forward: {
    url: import.meta.resolve("../plugins/forward.ts"),
    load: () => import("../plugins/forward.ts"),
  },
};

/** What was compiled in is known by the specifier that it was compiled from. */
function baked({ bakedHandler }: Io): Readonly<Record<string, BuiltInHandler>> {
  if (bakedHandler === undefined) return {};
  const { specifier, module } = bakedHandler;
  const load = (): Promise<HandlerModule> => Promise.resolve(module);
  return { [specifier]: { url: specifier, load } };
}

/** The registry that Deno itself would ask. */
function jsrRegistry({ environment }: Io): Pick<LoadPolicy, "jsrUrl"> {
  const jsrUrl = environment?.("JSR_URL");
  return jsrUrl ? { jsrUrl } : {};
}

/** Where the system keeps what can be had again; `undefined` when it is not to be found out. */
function cacheDirectory({ environment }: Io): string | undefined {
  const [base, ...below] = Deno.build.os === "windows"
    ? [environment?.("LOCALAPPDATA")]
    : environment?.("XDG_CACHE_HOME")
    ? [environment("XDG_CACHE_HOME")]
    : Deno.build.os === "darwin"
    ? [environment?.("HOME"), "Library", "Caches"]
    : [environment?.("HOME"), ".cache"];
  return base ? join(base, ...below, "dimse", "handlers") : undefined;
}

function contextOf(
  name: string,
  options: HandlerContext["options"],
  { log, io, signal, timeouts }: HandlerHost,
): HandlerContext {
  return {
    options,
    log: namedLog(name, log),
    signal,
    associate: async (request) => {
      // Most handlers request none.
      const { storageAssociation } = await import("../lib/service/storage_association.ts");
      return await storageAssociation(request, {
        timeouts,
        clock: io.clock,
        ...(io.connect ? { connect: io.connect } : {}),
        ...(io.connectTls ? { connectTls: io.connectTls } : {}),
      });
    },
  };
}

/** In a chain, and beside the tool's own words, it must be clear who speaks. */
function namedLog(name: string, log: Log): Log {
  return {
    debug: (message) => log.debug(`${name}: ${message}`),
    info: (message) => log.info(`${name}: ${message}`),
    warn: (message) => log.warn(`${name}: ${message}`),
    error: (message) => log.error(`${name}: ${message}`),
  };
}

/** Better told before anything listens than at the first instance. */
function refuseWithoutPermission({ name }: LoadedHandler, permissions: HandlerPermissions): void {
  const needed: readonly Deno.PermissionDescriptor[] = [
    ...permissions.net?.map((host) => ({ name: "net", host }) as const) ?? [],
    ...permissions.read?.map((path) => ({ name: "read", path }) as const) ?? [],
    ...permissions.write?.map((path) => ({ name: "write", path }) as const) ?? [],
    ...permissions.env?.map((variable) => ({ name: "env", variable }) as const) ?? [],
    ...permissions.run?.map((command) => ({ name: "run", command }) as const) ?? [],
  ];
  const missing = needed.filter((each) => Deno.permissions.querySync(each).state !== "granted");
  if (missing.length === 0) return;
  const flags = missing.map((each) => `--allow-${each.name}=${subjectOf(each)}`).join(" ");
  throw new UsageError(
    `Cannot use handler ${name}: it needs ${flags}, which this program does not have; ` +
      "run it by deno run with that, or compile the handler in",
  );
}

function subjectOf(permission: Deno.PermissionDescriptor): string {
  switch (permission.name) {
    case "net":
      return permission.host ?? "";
    case "read":
    case "write":
      return String(permission.path ?? "");
    case "env":
      return permission.variable ?? "";
    case "run":
      return String(permission.command ?? "");
    default:
      return "";
  }
}
