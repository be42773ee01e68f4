/**
 * Shows the tools at work, on this computer alone: `deno task demo`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { readCommandLine } from "../cli/command_line.ts";
import { EXIT_CODE, UsageError } from "../cli/exit_code.ts";
import { Interrupt } from "../cli/interrupt.ts";
import { denoIo, type Io } from "../cli/io.ts";
import { demoCommandLine, type DemoOptions } from "./demo/demo_options.ts";
import { DemoError } from "./demo/failure.ts";
import { reservePort } from "./demo/port.ts";
import { Processes } from "./demo/processes.ts";
import { invite, makeFiles, serveArchive, type Stage, tour } from "./demo/tour.ts";
import { makeWorkplace } from "./demo/workplace.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs the demo.
 *
 * @param args The command line.
 * @param io The surroundings.
 * @returns The exit code.
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const command = await readCommandLine(demoCommandLine(), args, io);
  if ("exitCode" in command) return command.exitCode;
  using interrupt = new Interrupt(io, "cancel");
  try {
    io.stdout(`\n${await perform(command.options, interrupt, io)}\n`);
    return EXIT_CODE.success;
  } catch (error) {
    if (interrupt.cancel.aborted) {
      io.stdout("\nCancelled. Nothing is left running.\n");
      return EXIT_CODE.cancelled;
    }
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof UsageError) {
      io.stderr(`demo: error: ${message}\n`);
      return EXIT_CODE.usage;
    }
    io.stdout(`\nThe demo failed: ${message}\n`);
    return EXIT_CODE.internal;
  }
}

/**
 * Does what the demo is to do, and ends what it has begun, however it ends.
 *
 * @returns The verdict, when all is ended.
 */
async function perform(
  { serve, keep }: DemoOptions,
  interrupt: Interrupt,
  io: Io,
): Promise<string> {
  const start = io.clock.now();
  await using workplace = await makeWorkplace(keep);
  using movePort = reservePort();
  await using processes = new Processes({
    directory: ROOT,
    cancel: interrupt.cancel,
    abort: interrupt.abort,
  });
  const stage: Stage = { io, directory: workplace.directory, processes, movePort };

  io.stdout(`Here, deno is ${Deno.execPath()}, version ${Deno.version.deno}.\n`);
  const dataSets = await makeFiles(stage);
  const archive = await serveArchive(stage, serve ? "inherit" : "piped");
  if (serve) {
    invite(stage, archive);
    await archive.ended;
    if (!interrupt.cancel.aborted) throw new DemoError("qrscp has ended");
    return "The archive has ended.";
  }
  const verdict = await tour(stage, archive, dataSets);
  return `The demo worked, in ${((io.clock.now() - start) / 1000).toFixed(1)} s: ${verdict}.`;
}

if (import.meta.main) Deno.exit(await main(Deno.args, denoIo));
