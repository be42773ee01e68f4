/**
 * The programs that executables are made of: the tools, and `dimse`.
 *
 * @module
 */

import { type Need, permissionFlags, TOOLS, V8_FLAGS } from "../cli/tools.ts";
import type { Target } from "./targets.ts";

/** A program. */
export interface Program {
  /** Its name, and that of its file. */
  readonly name: string;
  /** The export of its module that is its surroundings, and that module. */
  readonly io: { readonly name: string; readonly module: string };
  /** Whether it takes instances. */
  readonly hasHandlers: boolean;
  /** Whether it serves, with workers if so told. */
  readonly serves: boolean;
  /** What it may do. */
  readonly needs: readonly Need[];
}

/** All programs. */
export const PROGRAMS: readonly Program[] = [
  ...TOOLS.map(({ name, hasHandlers, serves = false, needs }): Program => ({
    name,
    io: { name: "denoIo", module: "cli/io.ts" },
    hasHandlers,
    serves,
    needs,
  })),
  {
    name: "dimse",
    io: { name: "denoMultiCallIo", module: "cli/dimse.ts" },
    hasHandlers: true,
    serves: true,
    needs: TOOLS.flatMap(({ needs }) => needs),
  },
];

/** What is made of a program. */
export interface Job {
  readonly program: Program;
  readonly target: Target;
  /** The root of this package. */
  readonly root: string;
  /** The module that it begins with. */
  readonly entry: string;
  /** The file to make. */
  readonly output: string;
  /** What a handler that is compiled in may do beside. */
  readonly handler?: HandlerRights;
  /** More flags, for loading it. */
  readonly flags?: readonly string[];
  /** The lock file, where it is not the package's own. */
  readonly lock?: string;
}

/** What a handler that is compiled in may do, beside what the tool may. */
export interface HandlerRights {
  readonly env: readonly string[];
  readonly run: readonly string[];
}

/**
 * The modules of a program that no import names, beside those that `deno compile` finds itself: what a
 * Worker begins with.
 *
 * @param program The program.
 * @returns Their paths in this package.
 */
export function workerModules({ hasHandlers, serves }: Program): string[] {
  return [
    ...(hasHandlers ? ["lib/handler/sandbox_worker.ts"] : []),
    ...(serves ? ["cli/service_worker.ts"] : []),
  ];
}

/**
 * The arguments for Deno that make an executable.
 *
 * @param job What is to be made.
 * @returns The arguments.
 */
export function compileArguments(job: Job): string[] {
  const { program, target, root, entry, output, handler, flags = [], lock } = job;
  const handlerNeeds = (["env", "run"] as const)
    .map((permission): Need => ({ permission, only: handler?.[permission] ?? [], why: "handler" }))
    .filter(({ only = [] }) => only.length > 0);
  return [
    "compile",
    "--quiet",
    "--no-prompt",
    // The lock has the packages of the tests too.
    "--exclude-unused-npm",
    V8_FLAGS,
    ...["--config", `${root}/deno.json`],
    ...(lock === undefined ? [] : ["--lock", lock]),
    ...permissionFlags([...program.needs, ...handlerNeeds]),
    ...flags,
    // A sandbox is a Worker with fewer permissions.
    ...(program.hasHandlers ? ["--unstable-worker-options"] : []),
    // The workers of a server share a port.
    ...(program.serves ? ["--unstable-net"] : []),
    ...workerModules(program).flatMap((path) => ["--include", `${root}/${path}`]),
    ...["--target", target.triple, "--output", output, entry],
  ];
}

/**
 * The module that an executable with a handler begins with.
 *
 * @param program The program.
 * @param root The package, as a relative path from the module.
 * @param handler The handler: as the user named it, and as the module imports it.
 * @returns TypeScript.
 */
export function entrySource(
  program: Program,
  root: string,
  handler: { readonly specifier: string; readonly module: string },
): string {
  const { name, io } = program;
  return [
    `import { main } from ${JSON.stringify(`${root}/cli/${name}.ts`)};`,
    `import { ${io.name} as io } from ${JSON.stringify(`${root}/${io.module}`)};`,
    `import * as module from ${JSON.stringify(handler.module)};`,
    // For the workers of a server, which import it anew.
    `const url = import.meta.resolve(${JSON.stringify(handler.module)});`,
    `const bakedHandler = { specifier: ${JSON.stringify(handler.specifier)}, module, url };`,
    "Deno.exit(await main(Deno.args, { ...io, bakedHandler }));",
    "",
  ].join("\n");
}
