/**
 * A handler of one module, as it is posted to a sandbox.
 *
 * @module
 */
import type { ModuleGraphMessage } from "../../lib/handler/module_graph.ts";

const ENTRY = "https://a.example/x.js";

/** The graph of a module that imports nothing. */
export function graphOf(code: string): ModuleGraphMessage {
  const nothing = { external: new Set<string>(), aliases: new Map<string, string>() };
  return { entry: ENTRY, modules: new Map([[ENTRY, code]]), ...nothing };
}
