/**
 * The executables, made for tests as `deno task compile` makes them.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { hostTarget } from "../../build/targets.ts";
import { type CommandOutput, run } from "./command.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The runtime that goes into the executables. */
export interface Runtime {
  /** The environment that `deno compile` finds it by. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Why the executables cannot run: the runtime is Deno itself, which starts its prompt instead of
   * what is inside. What is inside is the same.
   */
  readonly whyNotRunning: string | undefined;
}

/**
 * The runtime that is there: a real one, or else Deno as a stand-in.
 *
 * @returns The runtime.
 */
export async function availableRuntime(): Promise<Runtime> {
  const named = Deno.env.get("DENORT_BIN");
  if (named !== undefined && !await isSameFile(named, Deno.execPath())) {
    return { env: { DENORT_BIN: named }, whyNotRunning: undefined };
  }
  const { stdout } = await run(Deno.execPath(), ["info", "--json"]);
  const { denoDir }: { readonly denoDir: string } = JSON.parse(stdout);
  const file = `denort-${hostTarget()?.triple}.zip`;
  const path = `${denoDir}/dl/release/v${Deno.version.deno}/${file}`;
  if (named === undefined && await isThere(path)) return { env: {}, whyNotRunning: undefined };
  return {
    env: { DENORT_BIN: Deno.execPath() },
    whyNotRunning: `no denort: neither DENORT_BIN nor ${file} in the cache`,
  };
}

/**
 * Runs `deno task compile`.
 *
 * @param args Its arguments.
 * @param env The environment, beside the test's own; DENORT_BIN is only what is given here.
 * @returns What it said.
 */
export async function compileTask(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandOutput> {
  const config = `${ROOT}deno.json`;
  const variables = Object.entries({ NO_COLOR: "1", ...env }).map(([name, value]) =>
    `${name}=${value}`
  );
  const task = [Deno.execPath(), "task", "--quiet", "--config", config, "compile", ...args];
  return await run("env", ["-u", "DENORT_BIN", ...variables, ...task], { timeout: 300_000 });
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function isSameFile(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([Deno.realPath(left), Deno.realPath(right)]);
  return a === b;
}
