/**
 * A fence around what the modules in a sandbox may import: each other, and what the runtime has in itself.
 *
 * Files are kept from them by the missing permission. But the runtime asks no permission for a package
 * of npm, and so would ask its registry for any name that a handler makes up.
 *
 * @module
 */

import { registerHooks } from "node:module";
import { HandlerError } from "../errors.ts";
import { withoutScheme } from "./module_graph.ts";
import { registerModuleHooks } from "./module_hooks.ts";

/** Whose imports are free: they were there before any handler. */
const LIBRARY = new URL("../", import.meta.url).href;

/** What the runtime fetches by itself; and modules made up by the handler, for what they import. */
const FENCED = /^(npm|jsr|https?|data|blob):/;

/** Builds the fence, before anything of a handler is evaluated. */
export function fenceImports(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const { parentURL = "" } = context;
      if (parentURL.startsWith(LIBRARY) || !FENCED.test(specifier)) {
        return nextResolve(specifier, context);
      }
      const parent = withoutScheme(parentURL);
      throw new HandlerError(
        `Cannot import ${specifier} in ${parent}: a sandbox has no modules but those that it was ` +
          "started with",
        parent,
      );
    },
  });
  // The latest hooks are asked first: the fence sees what is not one of the handler's modules.
  registerModuleHooks();
}
