/**
 * A `DENO_DIR` for a test: empty but for the packages from npm, which stay where they are.
 *
 * @module
 */

import { run } from "./command.ts";

/** A directory where Deno keeps what it downloads and compiles. */
export interface DenoDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes one.
 *
 * @returns The directory; dispose of it.
 */
export async function temporaryDenoDirectory(): Promise<DenoDirectory> {
  const { stdout } = await run(Deno.execPath(), ["info", "--json"]);
  const { npmCache }: { readonly npmCache: string } = JSON.parse(stdout);
  const path = await Deno.makeTempDir({ prefix: "dimse_deno_dir_" });
  await Deno.symlink(npmCache, `${path}/npm`);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
