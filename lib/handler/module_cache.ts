/**
 * Remote modules, kept on disk for the next start.
 *
 * `content/<sha256>` holds the bytes of a module, `index/<sha256 of the URL>.json` says which bytes came
 * from a URL. What is read is hashed again, so a file that was damaged or tampered with is as good as
 * none. Files appear by a rename, so several programs can share a cache.
 *
 * @module
 */

import { join } from "node:path";
import type { FetchedModule } from "./module_fetch.ts";
import { digestOf } from "./digest.ts";
import type { Digest } from "./pin.ts";

/** What came from a URL. */
interface IndexEntry {
  /** What was asked for. */
  readonly requested: string;
  /** Where it came from, after all redirects. */
  readonly url: string;
  readonly contentType: string;
  readonly etag: string;
  readonly digest: Digest;
}

/** A cache of remote modules. */
export class ModuleCache {
  readonly #directory: string;

  /**
   * Makes the cache of a directory, which need not be there.
   *
   * @param directory Where the files are.
   */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Finds what came from a URL last time.
   *
   * @param requested The URL.
   * @returns The module; `undefined` when there is none, or none that is whole.
   */
  async get(requested: string): Promise<FetchedModule | undefined> {
    const entry = await this.#entry(requested);
    if (entry === undefined) return undefined;
    const bytes = await this.#content(entry.digest);
    return bytes && { url: entry.url, bytes, contentType: entry.contentType, etag: entry.etag };
  }

  /**
   * Finds the bytes of a digest, whatever came from the URL last.
   *
   * @param requested The URL.
   * @param digest What the bytes must hash to.
   * @returns The module; `undefined` when it is not there whole.
   */
  async find(requested: string, digest: Digest): Promise<FetchedModule | undefined> {
    const bytes = await this.#content(digest);
    if (bytes === undefined) return undefined;
    const entry = await this.#entry(requested);
    return entry?.digest === digest
      ? { url: entry.url, bytes, contentType: entry.contentType, etag: entry.etag }
      : { url: requested, bytes, contentType: "", etag: "" };
  }

  /**
   * Keeps a module.
   *
   * @param requested What was asked for.
   * @param module What came.
   * @throws When it cannot be written.
   */
  async put(requested: string, module: FetchedModule): Promise<void> {
    const { url, bytes, contentType, etag } = module;
    const digest = digestOf(bytes);
    const entry: IndexEntry = { requested, url, contentType, etag, digest };
    await this.#write("content", digest, bytes);
    await this.#write("index", indexName(requested), encode(JSON.stringify(entry)));
  }

  async #entry(requested: string): Promise<IndexEntry | undefined> {
    const bytes = await this.#read("index", indexName(requested));
    const entry = bytes && parseEntry(new TextDecoder().decode(bytes));
    return entry?.requested === requested ? entry : undefined;
  }

  async #content(digest: Digest): Promise<Uint8Array | undefined> {
    const bytes = await this.#read("content", digest);
    return bytes !== undefined && digestOf(bytes) === digest ? bytes : undefined;
  }

  async #read(folder: string, name: string): Promise<Uint8Array | undefined> {
    try {
      return await Deno.readFile(join(this.#directory, folder, name));
    } catch {
      // Whatever the reason, there is the network.
      return undefined;
    }
  }

  async #write(folder: string, name: string, bytes: Uint8Array): Promise<void> {
    const directory = join(this.#directory, folder);
    await Deno.mkdir(directory, { recursive: true });
    const part = join(directory, `${name}.${crypto.randomUUID()}.part`);
    try {
      await Deno.writeFile(part, bytes, { createNew: true });
      await Deno.rename(part, join(directory, name));
    } catch (error) {
      await Deno.remove(part).catch(() => {});
      throw error;
    }
  }
}

function indexName(requested: string): string {
  return `${digestOf(encode(requested))}.json`;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function parseEntry(text: string): IndexEntry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is IndexEntry {
  return typeof value === "object" && value !== null &&
    FIELDS.every((field) => typeof Reflect.get(value, field) === "string") &&
    /^[\da-f]{64}$/.test(String(Reflect.get(value, "digest"))) &&
    URL.canParse(String(Reflect.get(value, "url")));
}

const FIELDS = ["requested", "url", "contentType", "etag", "digest"];
