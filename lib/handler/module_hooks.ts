/**
 * Evaluates modules that were read beforehand, by hooks into the runtime's own loader.
 *
 * Each module has the URL that it came from behind a scheme of our own. By the plain URL the runtime would
 * fetch an `import()` itself before it asks the hooks, by its rules instead of ours, and it would not
 * know our modules from its own. `blob:` URLs would need every import rewritten, and know no cycles.
 *
 * The hooks stay, for `import()` comes at any time. They serve from one map: what two handlers
 * share is one module.
 *
 * @module
 */

import { registerHooks } from "node:module";
import { HandlerError } from "../errors.ts";
import { type ModuleGraph, resolveUrl, SCHEME } from "./module_graph.ts";

const graphs: ModuleGraph[] = [];
let isRegistered = false;

/**
 * Evaluates a graph.
 *
 * @param graph The modules; when the entry is not among them, the runtime has it.
 * @returns The namespace of the entry.
 * @throws {HandlerError} When one of the modules was loaded before, and was another one then.
 * @throws What the evaluation throws.
 */
export async function importModuleGraph(graph: ModuleGraph): Promise<unknown> {
  if (!graph.modules.has(graph.entry)) return await import(graph.entry);
  for (const [url, code] of graph.modules) {
    const served = codeOf(url);
    if (served === undefined || served === code) continue;
    throw new HandlerError(
      `Cannot load handler ${graph.entry}: ${url} was loaded before, and had another content then`,
      graph.entry,
    );
  }
  // From a module of ours the runtime takes nothing but what it has imported in its own way before.
  for (const specifier of graph.external) {
    if (!specifier.startsWith("node:")) await import(specifier);
  }
  graphs.push(graph);
  registerModuleHooks();
  return await import(`${SCHEME}${graph.entry}`);
}

/** Registers the hooks, unless they are: the first evaluation does it, and whoever wants it earlier. */
export function registerModuleHooks(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({ resolve, load });
}

function codeOf(url: string): string | undefined {
  return graphs.find(({ modules }) => modules.has(url))?.modules.get(url);
}

type Hooks = Parameters<typeof registerHooks>[0];

const resolve: NonNullable<Hooks["resolve"]> = (specifier, context, nextResolve) => {
  const { parentURL } = context;
  if (specifier.startsWith(SCHEME)) {
    return { url: specifier, format: "module", shortCircuit: true };
  }
  if (!parentURL?.startsWith(SCHEME)) return nextResolve(specifier, context);
  const parent = parentURL.slice(SCHEME.length);
  for (const graph of graphs.filter(({ modules }) => modules.has(parent))) {
    const url = graph.resolve(specifier, parent);
    if (url !== undefined) return { url: SCHEME + url, format: "module", shortCircuit: true };
  }
  const url = resolveUrl(specifier, parent);
  if (url !== undefined && /^(https?|jsr):/.test(url.protocol)) {
    throw new HandlerError(
      `Cannot import ${specifier} in ${parent}: only what is imported by a literal was loaded`,
      parent,
    );
  }
  return nextResolve(url?.href ?? specifier, context);
};

const load: NonNullable<Hooks["load"]> = (url, context, nextLoad) => {
  const source = url.startsWith(SCHEME) ? codeOf(url.slice(SCHEME.length)) : undefined;
  if (source === undefined) return nextLoad(url, context);
  return { format: "module", source, shortCircuit: true };
};
