/**
 * The modules that a handler is made of, read before any of them runs.
 *
 * @module
 */

/** The modules that a handler is made of. */
export interface ModuleGraph {
  /** The URL of the module that the handler is the default export of. */
  readonly entry: string;
  /** JavaScript by absolute URL: types are stripped. */
  readonly modules: ReadonlyMap<string, string>;
  /** What they import and is left to the runtime, such as `node:fs` and `npm:` packages. */
  readonly external: ReadonlySet<string>;
  /**
   * Says which module an import means.
   *
   * @param specifier What the import names.
   * @param parent The URL of the module that imports it.
   * @returns An absolute URL of {@linkcode ModuleGraph.modules}; `undefined` for what is left to the
   * runtime, such as `node:fs`.
   */
  resolve(specifier: string, parent: string): string | undefined;
  /** The graph as plain data, to be posted to a worker and made a graph there by {@linkcode moduleGraph}. */
  toMessage(): ModuleGraphMessage;
}

/** A {@linkcode ModuleGraph} as data that can be cloned. */
export interface ModuleGraphMessage {
  /** See {@linkcode ModuleGraph.entry}. */
  readonly entry: string;
  /** See {@linkcode ModuleGraph.modules}. */
  readonly modules: ReadonlyMap<string, string>;
  /** See {@linkcode ModuleGraph.external}. */
  readonly external: ReadonlySet<string>;
  /** What is known by another URL than its own: a redirect, or a `jsr:` specifier. */
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * Makes a graph of plain data.
 *
 * @param message The modules, and what else they are known by.
 * @returns The graph.
 */
export function moduleGraph(message: ModuleGraphMessage): ModuleGraph {
  const { entry, modules, external, aliases } = message;
  return {
    entry,
    modules,
    external,
    resolve(specifier, parent) {
      const url = resolveUrl(specifier, parent);
      if (url === undefined) return undefined;
      const target = aliases.get(url.href) ?? url.href;
      return modules.has(target) ? target : undefined;
    },
    toMessage: () => message,
  };
}

/**
 * Says what URL an import names.
 *
 * @param specifier What the import names.
 * @param parent The URL of the module that imports it.
 * @returns The URL; `undefined` for a bare specifier, such as `lodash`, which means what an import map
 * says.
 */
export function resolveUrl(specifier: string, parent: string): URL | undefined {
  const url = /^\.{0,2}\//.test(specifier) ? URL.parse(specifier, parent) : URL.parse(specifier);
  return url ?? undefined;
}

/**
 * The packages of npm that a graph imports.
 *
 * @param graph The modules.
 * @returns Their specifiers.
 */
export function npmPackages(graph: ModuleGraph): readonly string[] {
  return [...graph.external].filter((each) => each.startsWith("npm:"));
}

/** Before the URL of a module that our hooks serve: see `module_hooks`. */
export const SCHEME = "handler+";

/**
 * Takes our scheme out of what the runtime says.
 *
 * @param message Such as the message of an error.
 * @returns The same, with the URLs that users know.
 */
export function withoutScheme(message: string): string {
  return message.replaceAll(SCHEME, "");
}
