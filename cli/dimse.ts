/**
 * dimse: all tools in one executable. It acts by its first argument, `dimse movescu …`, or by the
 * name it is called by, as a link or a copy of the name `movescu`.
 *
 * @module
 */

import "./late_segmenter.ts";
import { findSimilar } from "@optique/core/suggestion";
import { argv0 } from "node:process";
import { EXIT_CODE } from "./exit_code.ts";
import { denoIo, type Io } from "./io.ts";
import { escapeControls } from "./log.ts";
import { PERMISSION_NAMES, type PermissionName, type Tool, TOOLS } from "./tools.ts";
import { VERSION } from "./version.ts";

export type { BakedHandler, Io, StopSignal } from "./io.ts";
export type { PermissionName } from "./tools.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The surroundings of `dimse`. */
export interface MultiCallIo extends Io {
  /** What the program was called as: its path, or the name that the shell found it by. */
  readonly calledAs?: string;
  /**
   * Gives up a permission for good.
   *
   * @param name Which.
   */
  revoke?(name: PermissionName): void;
}

/** The process's own surroundings. */
export const denoMultiCallIo: MultiCallIo = {
  ...denoIo,
  // Under `deno run` this is the runtime's name, as which no tool is known.
  calledAs: argv0,
  revoke: (name) => void Deno.permissions.revokeSync({ name }),
};

/**
 * Runs the tool that is asked for. What that tool does not need, it may not do: echoscu does not
 * write files, though the executable may.
 *
 * @param args The command line: the tool's name first, unless the program is called by that.
 * @param io The surroundings.
 * @returns The exit code.
 *
 * @example
 * ```ts
 * import { main, type MultiCallIo } from "@dicom/dimse/dimse";
 * import assert from "node:assert/strict";
 *
 * let written = "";
 * const io: MultiCallIo = {
 *   stdout: (text) => void (written += text),
 *   stderr: () => {},
 *   columns: 80,
 *   clock: { now: () => 0, schedule: () => () => {} },
 *   onSignal: () => () => {},
 *   readFile: (path) => Deno.readFile(path),
 * };
 * assert.equal(await main(["echoscu", "--version"], io), 0);
 * assert.match(written, /^echoscu \d/);
 * assert.equal(await main(["--version"], { ...io, calledAs: "/usr/bin/movescu" }), 0);
 * assert.match(written, /\nmovescu \d/);
 * ```
 */
export async function main(args: readonly string[], io: MultiCallIo): Promise<number> {
  const called = toolCalled(nameOf(io.calledAs ?? ""));
  if (called !== undefined) return await run(called, args, io);
  const [first, ...rest] = args;
  if (first === undefined || first === "--help" || first === "-h") {
    const write = first === undefined ? io.stderr : io.stdout;
    write(help());
    return first === undefined ? EXIT_CODE.usage : EXIT_CODE.success;
  }
  if (first === "--version") {
    io.stdout(`dimse ${VERSION}\n`);
    return EXIT_CODE.success;
  }
  const tool = toolCalled(first);
  if (tool !== undefined) return await run(tool, rest, io);
  const [similar] = findSimilar(first, TOOLS.map(({ name }) => name));
  const advice = similar === undefined
    ? `it is one of ${TOOLS.map(({ name }) => name).join(", ")}`
    : `did you mean ${similar}?`;
  io.stderr(
    `dimse: error: Cannot run "${escapeControls(first)}": there is no such tool; ${advice}\n`,
  );
  return EXIT_CODE.usage;
}

async function run(tool: Tool, args: readonly string[], io: MultiCallIo): Promise<number> {
  // A handler of the user's may need what the tool itself does not.
  const kept = tool.hasHandlers ? PERMISSION_NAMES : tool.needs.map(({ permission }) => permission);
  for (const name of PERMISSION_NAMES) {
    if (!kept.includes(name)) io.revoke?.(name);
  }
  const { main } = await tool.load();
  return await main(args, io);
}

function toolCalled(name: string): Tool | undefined {
  return TOOLS.find((tool) => tool.name === name);
}

/** The name in a path; on Windows, whose names are not told apart by case, without its ending. */
function nameOf(path: string): string {
  const name = path.replace(/^.*[/\\]/s, "");
  return /\.exe$/i.test(name) ? name.slice(0, -4).toLowerCase() : name;
}

function help(): string {
  const width = Math.max(...TOOLS.map(({ name }) => name.length));
  return [
    "Usage: dimse TOOL [arguments]",
    "       TOOL [arguments], where TOOL is a link to this program, or a copy of it",
    "",
    "Tools:",
    ...TOOLS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "`dimse TOOL --help` tells more. Options: -h, --help; --version.",
    "",
  ].join("\n");
}

if (import.meta.main) Deno.exit(await main(Deno.args, denoMultiCallIo));
