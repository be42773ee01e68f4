/**
 * Reads the modules that a handler is made of, before any of them runs.
 *
 * Static imports and re-exports are followed, and `import()` of a literal, so that whatever is missing or
 * not allowed comes to light before anything listens. Imports of types have gone with the types.
 *
 * @module
 */

import { HandlerError } from "../errors.ts";
import {
  DEFAULT_JSR_URL,
  DEFAULT_MODULE_COUNT_LIMIT,
  DEFAULT_MODULE_SIZE_LIMIT,
  type LoadPolicy,
} from "./load_policy.ts";
import { JsrRegistry } from "./jsr_registry.ts";
import { handlerErrorOf, ModuleFault, reasonOf } from "./module_fault.ts";
import { type ModuleGraph, moduleGraph, npmPackages, resolveUrl } from "./module_graph.ts";
import { type ModuleBytes, readModuleSource } from "./module_source.ts";
import { digestOf } from "./digest.ts";
import { type Digest, PIN_FORM, splitPin } from "./pin.ts";
import { check, type Expectation, RemoteModules } from "./remote_modules.ts";
import { type HandlerReference, parseHandlerSpecifier } from "./specifier.ts";

/** Modules to read at once: a server close by answers faster than we ask, one far away does not mind. */
const PARALLEL_READS = 8;

/**
 * Reads the modules of a handler that is to run where nothing else can be read: in a sandbox.
 *
 * @param specifier A built-in name, a path, or a URL.
 * @param policy What is allowed.
 * @returns The modules; none when the runtime has them in itself, as an executable has its built-ins.
 * @throws {HandlerError} When they cannot be had, or need a package of npm.
 */
export async function readModuleGraph(
  specifier: string,
  policy: LoadPolicy,
): Promise<ModuleGraph> {
  const reference = parseHandlerSpecifier(specifier, policy);
  const graph = await readGraph(reference, policy);
  const npm = reference.kind === "npm" ? reference.url : npmPackages(graph)[0];
  if (npm === undefined) return graph;
  const why = "a package of npm needs more than a sandbox has; run the handler without one";
  throw handlerErrorOf(new ModuleFault(why, npm), reference);
}

/**
 * Reads the modules of a handler.
 *
 * @param reference Which.
 * @param policy What is allowed.
 * @returns The modules; none when the runtime has them.
 * @throws {HandlerError} When they cannot be had.
 */
export async function readGraph(
  reference: HandlerReference,
  policy: LoadPolicy,
): Promise<ModuleGraph> {
  const { kind, url } = reference;
  const standalone = policy.standalone ?? Deno.build.standalone;
  // What comes with the program is embedded in an executable, or known to the runtime that fetched it.
  const isKnown = kind === "built-in" && (standalone || !url.startsWith("file:"));
  if (kind === "npm" || isKnown) {
    const nothing = { modules: new Map(), external: new Set<string>(), aliases: new Map() };
    return moduleGraph({ entry: url, ...nothing });
  }
  const failed = new AbortController();
  const signal = policy.signal === undefined
    ? failed.signal
    : AbortSignal.any([failed.signal, policy.signal]);
  try {
    return await new GraphReader(reference, policy, signal).read(failed);
  } catch (error) {
    if (!(error instanceof ModuleFault)) throw error;
    throw handlerErrorOf(error, reference);
  }
}

/** A module to read. */
interface Request {
  /** What names it, made absolute; with its pin, if it has one. */
  readonly asked: string;
  /** The same without the pin. */
  readonly target: string;
  readonly pin: Digest | undefined;
}

class GraphReader {
  readonly #reference: HandlerReference;
  readonly #policy: LoadPolicy;
  readonly #remote: RemoteModules;
  readonly #registry: JsrRegistry;
  readonly #queue: Request[] = [];
  readonly #asked = new Set<string>();
  /** The URLs that are read, or being read. */
  readonly #read = new Set<string>();
  readonly #pins: Request[] = [];
  readonly #modules = new Map<string, string>();
  readonly #digests = new Map<string, Digest>();
  readonly #aliases = new Map<string, string>();
  readonly #external = new Set<string>();
  /** The `data:` modules that remote ones import: they may import no more than those. */
  readonly #madeFar = new Set<string>();

  constructor(reference: HandlerReference, policy: LoadPolicy, signal: AbortSignal) {
    this.#reference = reference;
    this.#policy = policy;
    const registry = registryUrl(policy.jsrUrl ?? DEFAULT_JSR_URL, reference.label);
    const hosts = new Set(policy.allowedHosts);
    // Who types a URL has consented to its host.
    if (reference.kind === "https") hosts.add(new URL(reference.url).host);
    if (reference.kind === "jsr") hosts.add(registry.host);
    this.#remote = new RemoteModules(policy, { hosts, registry }, signal);
    this.#registry = new JsrRegistry(this.#remote, registry);
  }

  async read(failed: AbortController): Promise<ModuleGraph> {
    const { url, pin } = this.#reference;
    this.#enqueue({ asked: url, target: url, pin });
    while (this.#queue.length > 0) {
      const wave = this.#queue.splice(0, PARALLEL_READS).map((request) =>
        this.#readModule(request).catch((error) => failed.abort(error))
      );
      await Promise.all(wave);
      // The first failure: those that it caused come later.
      failed.signal.throwIfAborted();
    }
    const aliases = new Map([...this.#aliases.keys()].map((each) => [each, this.#final(each)]));
    this.#checkPins();
    return moduleGraph({
      entry: this.#final(url),
      modules: this.#modules,
      external: this.#external,
      aliases,
    });
  }

  #enqueue(request: Request): void {
    if (this.#asked.has(request.asked)) return;
    this.#asked.add(request.asked);
    if (request.pin !== undefined) this.#pins.push(request);
    this.#queue.push(request);
  }

  async #readModule({ asked, target, pin }: Request): Promise<void> {
    const url = target.startsWith("jsr:") ? await this.#registry.resolve(target) : target;
    this.#alias(asked, url);
    if (this.#read.has(url)) return;
    this.#read.add(url);
    const limit = this.#policy.moduleCountLimit ?? DEFAULT_MODULE_COUNT_LIMIT;
    if (this.#read.size > limit) {
      throw new ModuleFault(`with it the handler has more than the ${limit} modules allowed`, url);
    }
    const module = await this.#readBytes(url, pin);
    this.#alias(url, module.url);
    const digest = digestOf(module.bytes);
    if (pin !== undefined) check(url, digest, { digest: pin, by: PINNED });
    this.#digests.set(module.url, digest);
    if (this.#modules.has(module.url)) return;
    const { code, imports } = await readModuleSource(module);
    this.#modules.set(module.url, code);
    for (const specifier of imports) this.#import(specifier, module.url);
  }

  #alias(from: string, to: string): void {
    if (from !== to) this.#aliases.set(from, to);
  }

  #final(url: string): string {
    const next = this.#aliases.get(url);
    return next === undefined ? url : this.#final(next);
  }

  async #readBytes(url: string, pin: Digest | undefined): Promise<ModuleBytes> {
    const { protocol } = new URL(url);
    if (protocol === "file:") return await this.#readFile(url);
    if (protocol === "data:") return await readData(url);
    const expected: Expectation | undefined = pin === undefined
      ? await this.#registry.expectation(url)
      : { digest: pin, by: PINNED };
    return await this.#remote.read(url, expected);
  }

  async #readFile(url: string): Promise<ModuleBytes> {
    try {
      const bytes = await Deno.readFile(new URL(url));
      const limit = this.#policy.moduleSizeLimit ?? DEFAULT_MODULE_SIZE_LIMIT;
      if (bytes.byteLength <= limit) return { url, bytes, contentType: "" };
      throw new ModuleFault(`it has more than the ${limit} bytes allowed`, url);
    } catch (error) {
      if (error instanceof ModuleFault) throw error;
      throw new ModuleFault(fileReason(error), url, { cause: error });
    }
  }

  #import(specifier: string, parent: string): void {
    const pinned = splitPin(specifier);
    if (pinned === undefined) {
      throw new ModuleFault(`the pin of its import ${specifier} is ${PIN_FORM}`, parent);
    }
    const url = resolveUrl(pinned.target, parent);
    if (url === undefined || RUNTIME_SCHEMES.has(url.protocol)) {
      this.#external.add(specifier);
      return;
    }
    const isFromFar = /^https?:/.test(parent) || this.#madeFar.has(parent);
    if (url.protocol === "data:" && isFromFar) this.#madeFar.add(url.href);
    if (url.protocol === "file:" && isFromFar) {
      throw new ModuleFault(`it is a file of this machine, imported by ${parent}`, url.href);
    }
    const asked = resolveUrl(specifier, parent) ?? url;
    this.#enqueue({ asked: asked.href, target: url.href, pin: pinned.pin });
  }

  /** All of them: a module may be imported with a pin here and without one there. */
  #checkPins(): void {
    for (const { target, pin } of this.#pins) {
      const digest = this.#digests.get(this.#final(target));
      if (pin !== undefined && digest !== undefined) {
        check(target, digest, { digest: pin, by: PINNED });
      }
    }
  }
}

const PINNED = "is pinned";

function registryUrl(text: string, handler: string): URL {
  const url = URL.parse(text.endsWith("/") ? text : `${text}/`);
  if (url !== null) return url;
  throw new HandlerError(
    `Cannot load handler ${handler}: the registry ${text} is no URL`,
    handler,
  );
}

const RUNTIME_SCHEMES: ReadonlySet<string> = new Set(["node:", "npm:", "blob:"]);

async function readData(url: string): Promise<ModuleBytes> {
  try {
    const response = await fetch(url);
    const contentType = response.headers.get("content-type") ?? "";
    return { url, bytes: await response.bytes(), contentType };
  } catch (error) {
    throw new ModuleFault(reasonOf(error), url, { cause: error });
  }
}

/**
 * Why a file cannot be read.
 *
 * @param error What was thrown.
 * @returns The reason.
 */
export function fileReason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return reasonOf(error);
}
