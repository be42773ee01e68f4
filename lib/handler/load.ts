/**
 * Loads handler modules: by built-in name, path, or URL.
 *
 * Local modules, `data:` and `npm:` are the runtime's to import. Remote ones are read by our own loader and
 * by the same rules everywhere: an executable's runtime fetches nothing, and `deno run` goes by
 * rules of its own. What is pinned is read once, and evaluated from the very bytes that were
 * hashed.
 *
 * @module
 */

import { HandlerError } from "../errors.ts";
import { systemClock } from "../net/clock.ts";
import type {
  Awaitable,
  HandlerContext,
  HandlerModule,
  HandlerPermissions,
  Handlers,
} from "./handler.ts";
import { checkHandlerModule, checkHandlers, permissionsOf, servicesOf } from "./handler_module.ts";
import type { LoadPolicy } from "./load_policy.ts";
import { reasonOf } from "./module_fault.ts";
import { type ModuleGraph, npmPackages, withoutScheme } from "./module_graph.ts";
import { type HandlerKind, type HandlerReference, parseHandlerSpecifier } from "./specifier.ts";

export type { BuiltInHandler, LoadPolicy } from "./load_policy.ts";
export type { HandlerKind } from "./specifier.ts";

/** A handler that is loaded, and can be made. */
export interface LoadedHandler {
  /** What the user named it by, without the pin. */
  readonly specifier: string;
  /** Where its module is. */
  readonly url: string;
  /** How it was named. */
  readonly kind: HandlerKind;
  /** What it calls itself, or else the file's base name. */
  readonly name: string;
  /** Its version, where it has one. */
  readonly version: string | undefined;
  /**
   * Says what it needs.
   *
   * @param options Its options.
   * @returns What it declares; nothing unless it declares something. In a sandbox a promise of it.
   * @throws {HandlerError} When what it declares is of the wrong shape.
   */
  permissions(options: HandlerContext["options"]): Awaitable<HandlerPermissions>;
  /**
   * Makes the handlers.
   *
   * @param context What the host gives them.
   * @returns The services that they offer.
   * @throws {HandlerError} When that fails, or what it makes is of the wrong shape.
   */
  create(context: HandlerContext): Promise<Handlers>;
}

/**
 * Loads a handler.
 *
 * @param specifier A built-in name; a path; a `file:`, `https:`, `jsr:`, `npm:` or `data:` URL; all but
 * the first and `npm:` with `#sha256-<base64>` behind it when only these bytes will do.
 * @param policy What is allowed, and what it works with.
 * @returns The handler, its module evaluated.
 * @throws {HandlerError} When it cannot be had, or is no handler.
 *
 * @example
 * ```ts
 * import { describeHandler, loadHandler } from "./load.ts";
 * import assert from "node:assert/strict";
 *
 * const code = "export default () => ({ store: () => 0 });";
 * const loaded = await loadHandler(`data:text/javascript,${code}`, { builtIns: {} });
 * const handlers = await loaded.create({
 *   options: {},
 *   log: { debug() {}, info() {}, warn() {}, error() {} },
 *   signal: new AbortController().signal,
 *   associate: () => Promise.reject(new Error("This host has no network")),
 * });
 * assert.match(describeHandler(loaded, handlers), /: data, offers store$/);
 * ```
 */
export async function loadHandler(specifier: string, policy: LoadPolicy): Promise<LoadedHandler> {
  const reference = parseHandlerSpecifier(specifier, policy);
  const { url, namespace } = await evaluate(reference, policy);
  const module = checkHandlerModule(namespace, reference.label);
  return loadedHandler(reference, url, module, policy);
}

/** For the module to be evaluated, which may fetch a package of npm first, and for its factory. */
const START_TIMEOUT = 60_000;

/**
 * Says what a handler is, in one line.
 *
 * @param loaded The handler.
 * @param handlers What it made.
 * @returns What it was named by, its kind, its own name and version, and the services that it offers.
 */
export function describeHandler(loaded: LoadedHandler, handlers: Handlers): string {
  const { specifier, kind, name, version, url } = loaded;
  const what = version === undefined ? name : `${name} ${version}`;
  const where = url === specifier || kind === "data" || kind === "built-in" ? "" : `, from ${url}`;
  return `Handler ${specifier} (${kind}): ${what}, offers ${
    servicesOf(handlers).join(", ")
  }${where}`;
}

function loadedHandler(
  { specifier, label, kind, name }: HandlerReference,
  url: string,
  module: HandlerModule,
  policy: LoadPolicy,
): LoadedHandler {
  return {
    specifier,
    url,
    kind,
    name: module.name ?? name,
    version: module.version,
    permissions: (options) => permissionsOf(module, options, label),
    async create(context) {
      let handlers: unknown;
      try {
        handlers = await inTime(async () => await module.default(context), policy);
      } catch (error) {
        throw new HandlerError(`Cannot start handler ${label}: ${reasonOf(error)}`, label, {
          cause: error,
        });
      }
      return checkHandlers(handlers, label);
    },
  };
}

interface Evaluated {
  readonly url: string;
  readonly namespace: unknown;
}

async function evaluate(reference: HandlerReference, policy: LoadPolicy): Promise<Evaluated> {
  const { kind, url, pin, specifier } = reference;
  const { signal } = policy;
  signal?.throwIfAborted();
  const builtIn = kind === "built-in" ? policy.builtIns[specifier] : undefined;
  const isNative = kind === "npm" || ((kind === "file" || kind === "data") && pin === undefined);
  if (builtIn !== undefined || isNative) {
    const load = builtIn === undefined ? () => import(url) : () => builtIn.load();
    return { url, namespace: await attempt(load, reference, policy) };
  }
  // Imported here: what most runs do not need costs them no time.
  const { readGraph } = await import("./graph_reader.ts");
  const graph = await readGraph(reference, policy);
  const { importModuleGraph } = await import("./module_hooks.ts");
  const load = (): Promise<unknown> => importModuleGraph(graph);
  return { url: graph.entry, namespace: await attempt(load, reference, policy, graph) };
}

/** Whatever an evaluation throws is the handler's fault, and told in one sentence. */
async function attempt(
  load: () => Promise<unknown>,
  { label, kind, url }: HandlerReference,
  policy: LoadPolicy,
  graph?: ModuleGraph,
): Promise<unknown> {
  const { standalone = Deno.build.standalone } = policy;
  try {
    return await inTime(load, policy);
  } catch (error) {
    if (error instanceof HandlerError) throw error;
    const packages = graph === undefined ? kind === "npm" : npmPackages(graph).length > 0;
    const hint = standalone && isNotFound(error)
      ? packages ? NPM_HINT : kind === "file" ? LOCAL_HINT : ""
      : "";
    const reason = reasonOfImport(error, url);
    throw new HandlerError(`Cannot load handler ${label}: ${reason}${hint}`, label, {
      cause: error,
    });
  }
}

/** One that waits for ever must not keep the user waiting for ever, and not knowing for what. */
async function inTime<T>(
  work: () => Promise<T>,
  { clock = systemClock }: LoadPolicy,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.schedule(START_TIMEOUT, () => {
    late.reject(new Error(`it is not ready after ${START_TIMEOUT / 1000} s`));
  });
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    cancel();
  }
}

function reasonOfImport(error: unknown, url: string): string {
  const reason = withoutScheme(reasonOf(error));
  const isItself = isNotFound(error) && reason === `Module not found "${url}".`;
  return isItself ? "there is no such file" : reason;
}

const NPM_HINT =
  "; an executable has the packages of npm that were compiled into it, and no others";
const LOCAL_HINT =
  "; in an executable a local handler imports local modules only: name it by its " +
  "https: URL, or compile it in";

function isNotFound(error: unknown): boolean {
  return error instanceof Error &&
    (Reflect.get(error, "code") === "ERR_MODULE_NOT_FOUND" || /not found/i.test(error.message));
}
