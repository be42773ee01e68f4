/**
 * What `jsr:` specifiers mean, by what their registry says.
 *
 * A registry has `meta.json` with the versions of a package, and for each version `<version>_meta.json` with
 * its exports and the checksums of its files. Every file is held against its checksum.
 *
 * @module
 */

import { ModuleFault, reasonOf } from "./module_fault.ts";
import type { Expectation, RemoteModules } from "./remote_modules.ts";
import { highestVersion, parseVersionRange } from "./version_range.ts";

/** A `jsr:` specifier, taken apart. */
interface JsrSpecifier {
  readonly text: string;
  /** `@scope/name`. */
  readonly name: string;
  /** `*` unless given. */
  readonly range: string;
  /** `.`, or `./` and what it is called. */
  readonly export: string;
}

/** A version's exports and the checksums of its files. */
interface VersionMeta {
  readonly exports: ReadonlyMap<string, string>;
  /** Digests by path. */
  readonly checksums: ReadonlyMap<string, string>;
}

const SPECIFIER = /^jsr:\/?(@[\w-]+\/[\w-]+)(?:@([^/]+))?(?:\/(.*))?$/;
const FILE = /^(@[\w-]+\/[\w-]+)\/(\d[^/]*)(\/.+)$/;

/** A registry of packages, as one handler sees it. */
export class JsrRegistry {
  readonly #modules: RemoteModules;
  readonly #base: URL;
  /** What has been asked for once holds for all modules of the handler. */
  readonly #metas = new Map<string, Promise<unknown>>();

  /**
   * Makes the view of a registry.
   *
   * @param modules Reads its files.
   * @param base Where it is.
   */
  constructor(modules: RemoteModules, base: URL) {
    this.#modules = modules;
    this.#base = base;
  }

  /**
   * Says which file is meant.
   *
   * @param text A specifier, such as `jsr:@scope/name@^1/export`.
   * @returns The URL of the file.
   * @throws {ModuleFault} When there is no such package, version or export.
   */
  async resolve(text: string): Promise<string> {
    const specifier = parse(text);
    const version = await this.#version(specifier);
    const { exports } = await this.#versionMeta(specifier.name, version, text);
    const path = exports.get(specifier.export);
    if (path === undefined) {
      const known = [...exports.keys()].join(", ");
      throw new ModuleFault(`${version} has no export ${specifier.export} (it has ${known})`, text);
    }
    const root = this.#url(`${specifier.name}/${version}/`);
    const file = new URL(path.replace(/^\.?\//, ""), root).href;
    if (!file.startsWith(root.href)) throw unreadable(text);
    return file;
  }

  /**
   * Says which bytes a file must have.
   *
   * @param url Its URL.
   * @returns What its checksum says; `undefined` when it is no file of a package.
   * @throws {ModuleFault} When the package does not have it.
   */
  async expectation(url: string): Promise<Expectation | undefined> {
    if (!url.startsWith(this.#base.href)) return undefined;
    const [, name, version, path] = FILE.exec(url.slice(this.#base.href.length)) ?? [];
    if (name === undefined || version === undefined || path === undefined) return undefined;
    const { checksums } = await this.#versionMeta(name, version, url);
    const digest = checksums.get(decoded(path));
    if (digest === undefined) throw new ModuleFault("its package has no such file", url);
    return { digest, by: "is what the registry's manifest says" };
  }

  async #version({ text, name, range: wanted }: JsrSpecifier): Promise<string> {
    const range = parseVersionRange(wanted);
    if (range === undefined) throw new ModuleFault(`${wanted} is no range of versions`, text);
    const versions = versionsOf(await this.#meta(`${name}/meta.json`, text));
    if (versions === undefined) throw unreadable(text);
    // A version that was taken back is for those who name it alone.
    const offered = versions.filter(({ number, yanked }) => !yanked || number === wanted);
    const version = highestVersion(offered.map(({ number }) => number), range);
    if (version !== undefined) return version;
    const known = offered.map(({ number }) => number).join(", ");
    throw new ModuleFault(`it has no version ${wanted} (there are: ${known || "none"})`, text);
  }

  async #versionMeta(name: string, version: string, asked: string): Promise<VersionMeta> {
    const meta = versionMetaOf(await this.#meta(`${name}/${version}_meta.json`, asked));
    if (meta === undefined) throw unreadable(asked);
    return meta;
  }

  #meta(path: string, asked: string): Promise<unknown> {
    const known = this.#metas.get(path) ?? this.#readMeta(path, asked);
    this.#metas.set(path, known);
    return known;
  }

  async #readMeta(path: string, asked: string): Promise<unknown> {
    const url = this.#url(path).href;
    try {
      const { bytes } = await this.#modules.read(url);
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch (error) {
      throw new ModuleFault(`the registry's ${url}: ${reasonOf(error)}`, asked, { cause: error });
    }
  }

  #url(path: string): URL {
    return new URL(path, this.#base);
  }
}

function parse(text: string): JsrSpecifier {
  const [, name, range = "*", path = ""] = SPECIFIER.exec(text) ?? [];
  if (name === undefined) {
    throw new ModuleFault(
      "a package is jsr:@scope/name, with @version and /export if wanted",
      text,
    );
  }
  return { text, name, range: decoded(range), export: path === "" ? "." : `./${path}` };
}

/** A URL has no room for the spaces and signs of `>=1 <2` but as escapes. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unreadable(asked: string): ModuleFault {
  return new ModuleFault("what the registry says of it cannot be understood", asked);
}

interface JsrVersion {
  readonly number: string;
  readonly yanked: boolean;
}

function versionsOf(meta: unknown): readonly JsrVersion[] | undefined {
  const versions = recordOf(meta)?.["versions"];
  return recordOf(versions) && Object.entries(recordOf(versions) ?? {})
    .map(([number, info]) => ({ number, yanked: recordOf(info)?.["yanked"] === true }));
}

function versionMetaOf(meta: unknown): VersionMeta | undefined {
  const exports = recordOf(recordOf(meta)?.["exports"]);
  const manifest = recordOf(recordOf(meta)?.["manifest"]);
  if (exports === undefined || manifest === undefined) return undefined;
  const checksums = Object.entries(manifest).map(([path, file]) => {
    const checksum = String(recordOf(file)?.["checksum"]);
    return [path, checksum.replace(/^sha256-/, "")] as const;
  });
  const paths = Object.entries(exports).map(([name, path]) => [name, String(path)] as const);
  return { exports: new Map(paths), checksums: new Map(checksums) };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
