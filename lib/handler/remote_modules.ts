/**
 * Remote modules, from the network or as they were kept.
 *
 * - A module whose bytes are known beforehand, by a pin or by the checksum of a registry, comes from
 *   the cache without a question to the network.
 * - Any other is asked for at each start, by its ETag when it has one. When there is no answer at all,
 *   what came last time is used, with a warning; an answer that refuses is final.
 *
 * @module
 */

import { type Clock, systemClock } from "../net/clock.ts";
import { type ImportPolicy, refusalOf } from "./import_policy.ts";
import {
  DEFAULT_GRAPH_SIZE_LIMIT,
  DEFAULT_MODULE_SIZE_LIMIT,
  DEFAULT_MODULE_TIMEOUT,
  DEFAULT_REDIRECT_LIMIT,
  type LoadPolicy,
} from "./load_policy.ts";
import { ModuleCache } from "./module_cache.ts";
import { ModuleFault, reasonOf } from "./module_fault.ts";
import { type FetchedModule, fetchModule, NoAnswer } from "./module_fetch.ts";
import { digestOf } from "./digest.ts";
import { type Digest, pinText } from "./pin.ts";

/** Which bytes a module must have, and who says so. */
export interface Expectation {
  /** What they must hash to. */
  readonly digest: Digest;
  /** How the sentence about others ends, such as `is pinned`. */
  readonly by: string;
}

/** Reads the remote modules of one handler. */
export class RemoteModules {
  readonly #policy: LoadPolicy;
  readonly #imports: ImportPolicy;
  readonly #cache: ModuleCache | undefined;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Bytes that may still come. */
  #budget: number;
  #hasWarnedOfCache = false;

  /**
   * Makes the reader of one handler.
   *
   * @param policy What is allowed, and what the network is asked by.
   * @param imports Where modules may come from.
   * @param signal Ends the reading.
   */
  constructor(policy: LoadPolicy, imports: ImportPolicy, signal: AbortSignal) {
    this.#policy = policy;
    this.#imports = imports;
    this.#cache = policy.cacheDirectory === undefined
      ? undefined
      : new ModuleCache(policy.cacheDirectory);
    this.#clock = policy.clock ?? systemClock;
    this.#signal = signal;
    this.#budget = policy.graphSizeLimit ?? DEFAULT_GRAPH_SIZE_LIMIT;
  }

  /**
   * Reads a module.
   *
   * @param url Its URL.
   * @param expected Which bytes it must have, where that is known.
   * @returns The module.
   * @throws {ModuleFault} When it cannot be had, or has other bytes.
   */
  async read(url: string, expected?: Expectation): Promise<FetchedModule> {
    const kept = await this.#kept(url, expected);
    if (kept !== undefined && expected !== undefined) return this.#charge(url, kept);
    const module = this.#charge(url, await this.#fetch(url, kept));
    if (expected !== undefined) check(url, digestOf(module.bytes), expected);
    if (module !== kept) await this.#keep(url, module);
    return module;
  }

  /** What was kept may come from where nothing may come from any more. */
  async #kept(url: string, expected?: Expectation): Promise<FetchedModule | undefined> {
    const kept = expected === undefined
      ? await this.#cache?.get(url)
      : await this.#cache?.find(url, expected.digest);
    if (kept === undefined) return undefined;
    const isAllowed = [url, kept.url].every((each) => this.#refusalOf(new URL(each)) === undefined);
    return isAllowed ? kept : undefined;
  }

  async #fetch(url: string, kept: FetchedModule | undefined): Promise<FetchedModule> {
    try {
      const fetched = await fetchModule(url, {
        fetch: this.#policy.fetch ?? fetch,
        refusalOf: (each) => this.#refusalOf(each),
        redirectLimit: this.#policy.redirectLimit ?? DEFAULT_REDIRECT_LIMIT,
        sizeLimit: this.#policy.moduleSizeLimit ?? DEFAULT_MODULE_SIZE_LIMIT,
        timeout: this.#policy.timeout ?? DEFAULT_MODULE_TIMEOUT,
        clock: this.#clock,
        signal: this.#signal,
        known: kept,
      });
      if (fetched !== undefined) return fetched;
      if (kept !== undefined) return kept;
      throw new ModuleFault("the server says it is not modified, which was not asked", url);
    } catch (error) {
      if (!(error instanceof NoAnswer) || kept === undefined) throw error;
      this.#policy.log?.warn(`Using the copy of ${url} that was kept: ${error.message}`);
      return kept;
    }
  }

  #charge(url: string, module: FetchedModule): FetchedModule {
    this.#budget -= module.bytes.byteLength;
    if (this.#budget >= 0) return module;
    const limit = this.#policy.graphSizeLimit ?? DEFAULT_GRAPH_SIZE_LIMIT;
    throw new ModuleFault(`with it the handler has more than the ${limit} bytes allowed`, url);
  }

  /** A cache that cannot be written costs time, and nothing else. */
  async #keep(url: string, module: FetchedModule): Promise<void> {
    try {
      await this.#cache?.put(url, module);
    } catch (error) {
      if (this.#hasWarnedOfCache) return;
      this.#hasWarnedOfCache = true;
      this.#policy.log?.warn(
        `Cannot keep remote modules in ${this.#policy.cacheDirectory}: ${reasonOf(error)}`,
      );
    }
  }

  #refusalOf(url: URL): string | undefined {
    return refusalOf(url, this.#imports);
  }
}

/**
 * Sees to it that a module has the bytes that it must have.
 *
 * @param url The module's.
 * @param digest Of what it has.
 * @param expected What it must have.
 * @throws {ModuleFault} When it has others.
 */
export function check(url: string, digest: Digest, expected: Expectation): void {
  if (digest === expected.digest) return;
  const wanted = pinText(expected.digest);
  throw new ModuleFault(`its content is ${pinText(digest)}, but ${wanted} ${expected.by}`, url);
}
