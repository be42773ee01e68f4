/**
 * Makes executables of the tools: `deno task compile`.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readCommandLine } from "../cli/command_line.ts";
import { EXIT_CODE, type ExitCode, UsageError } from "../cli/exit_code.ts";
import { denoIo, type Io } from "../cli/io.ts";
import { examineHandler, handlerUrl, importFlags, importFrom } from "./baked_handler.ts";
import { CHECKSUMS, enterChecksums } from "./checksums.ts";
import { compileCommandLine, type CompileOptions } from "./compile_options.ts";
import { readExecutable } from "./executable.ts";
import {
  compileArguments,
  entrySource,
  type HandlerRights,
  type Job,
  type Program,
} from "./program.ts";
import { probeDownload, requireRuntimes, RuntimeMissingError } from "./runtime.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** Deno could not make the executable; its words are the message. */
class CompileError extends Error {
  override name = "CompileError";
}

/**
 * Makes executables.
 *
 * @param args The command line.
 * @param io The surroundings.
 * @returns The exit code.
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const command = await readCommandLine(compileCommandLine(), args, io);
  if ("exitCode" in command) return command.exitCode;
  try {
    await compileAll(command.options, io);
    return EXIT_CODE.success;
  } catch (error) {
    io.stderr(`compile: error: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT_CODE.usage;
  return error instanceof RuntimeMissingError ? EXIT_CODE.connection : EXIT_CODE.internal;
}

async function compileAll(options: CompileOptions, io: Io): Promise<void> {
  await requireRuntimes(options.targets, {
    denortBin: io.environment?.("DENORT_BIN") ?? undefined,
    denoDir: await denoDirectory(),
    version: Deno.version.deno,
    probe: probeDownload,
  });
  const output = resolve(options.output);
  await Deno.mkdir(output, { recursive: true });
  await using handler = await prepareHandler(options);
  const made: string[] = [];
  for (const target of options.targets) {
    for (const program of options.programs) {
      const path = [
        ...(options.hasTargetDirectories ? [target.name] : []),
        `${program.name}${target.suffix}`,
      ].join("/");
      await compile({
        program,
        target,
        root: ROOT,
        output: join(output, path),
        ...await handler.entryOf(program),
      });
      made.push(path);
      io.stdout(`${await describe(join(output, path), join(options.output, path))}\n`);
    }
  }
  await enterChecksums(output, made);
  io.stdout(`${join(options.output, CHECKSUMS)}\n`);
}

/** Where the handler is made ready; without one, there is nothing to do. */
interface PreparedHandler extends AsyncDisposable {
  /** The module that a program begins with, and what else it may do. */
  entryOf(program: Program): Promise<Pick<Job, "entry" | "handler" | "flags" | "lock">>;
}

async function prepareHandler(options: CompileOptions): Promise<PreparedHandler> {
  const choice = options.handler;
  if (choice === undefined) {
    return {
      entryOf: ({ name }) => Promise.resolve({ entry: join(ROOT, "cli", `${name}.ts`) }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const url = handlerUrl(choice.specifier, Deno.cwd());
  // In this package: what is embedded is named from the directory on that all of it has in common.
  await Deno.mkdir(join(ROOT, "dist"), { recursive: true });
  const workplace = await Deno.makeTempDir({ dir: join(ROOT, "dist"), prefix: "handler_" });
  const dispose = (): Promise<void> => Deno.remove(workplace, { recursive: true });
  let rights: HandlerRights;
  try {
    rights = await examineHandler(choice, url, workplace, ROOT);
  } catch (error) {
    await dispose();
    throw error;
  }
  // The packages of the handler are its own affair, not the package's lock file's.
  const lock = join(workplace, "deno.lock");
  await Deno.copyFile(join(ROOT, "deno.lock"), lock);
  const names = { specifier: choice.specifier, module: importFrom(workplace, url) };
  return {
    async entryOf(program) {
      const entry = join(workplace, `${program.name}.ts`);
      await Deno.writeTextFile(entry, entrySource(program, "../..", names));
      return { entry, handler: rights, flags: importFlags(url), lock };
    },
    [Symbol.asyncDispose]: dispose,
  };
}

async function compile(job: Job): Promise<void> {
  await Deno.mkdir(dirname(job.output), { recursive: true });
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: compileArguments(job),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
  }).output();
  if (success) return;
  // What follows is for those who gave these arguments themselves.
  const words = new TextDecoder().decode(stderr)
    .replace(/\n\s*(Stack backtrace:|error: Type checking failed)[\s\S]*/, "");
  throw new CompileError(
    `Cannot compile ${job.program.name} for ${job.target.name}: ${words.trim()}`,
  );
}

/** A line about an executable, by what is in the file. */
async function describe(path: string, shown: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  const { grants, size } = readExecutable(bytes);
  const rights = Object.entries(grants)
    // Nothing can be imported that is not embedded.
    .filter(([permission]) => permission !== "import")
    .map(([permission, what]) => what === "all" ? permission : `${permission}=${what.join(",")}`);
  const megabytes = (count: number): string => (count / 1e6).toFixed(1);
  return `${shown}: ${megabytes(bytes.byteLength)} MB, of these ${megabytes(size)} MB ` +
    `${basename(path)} itself; may ${rights.join(", ")}`;
}

/** Where Deno keeps what it downloads. */
async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
    stdin: "null",
    stderr: "null",
  }).output();
  const { denoDir }: { readonly denoDir: string } = JSON.parse(new TextDecoder().decode(stdout));
  return denoDir;
}

if (import.meta.main) Deno.exit(await main(Deno.args, denoIo));
