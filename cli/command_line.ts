/**
 * Reads a tool's command line: parsing, `--help`, `--version` and `--completion`.
 *
 * @module
 */

import { EXIT_CODE, type ExitCode, UsageError } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { escapeControls } from "./log.ts";
import type { DescribedTool } from "./whole_command_line.ts";

/** A tool, as far as its command line goes: `T` as it is parsed, `R` resolved. */
export interface CommandLine<T, R> extends DescribedTool<T> {
  /**
   * Makes what the tool works with of what was parsed.
   *
   * @param parsed The options and arguments.
   * @param args What they were parsed from, where the order of options matters.
   * @throws {UsageError} When arguments are missing or contradict each other.
   */
  resolve(parsed: T, args: readonly string[]): R;
}

/**
 * Parses arguments. What is wrong with them is told in one sentence, however quiet the tool is to be.
 *
 * @param commandLine The tool's.
 * @param args The arguments.
 * @param io Where help, completions and errors go.
 * @returns What the tool is to do; or the exit code when there is nothing more to do.
 */
export async function readCommandLine<T, R>(
  commandLine: CommandLine<T, R>,
  args: readonly string[],
  io: Io,
): Promise<{ readonly options: R } | { readonly exitCode: ExitCode }> {
  try {
    refuseSecrets(args);
    const read = await parse(commandLine, args, io);
    if ("parsed" in read) return { options: commandLine.resolve(read.parsed, args) };
    io.stdout(read.answer);
    return { exitCode: EXIT_CODE.success };
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const message = error instanceof Error ? error.message : String(error);
    const sentence = isUsage ? message : `Internal error, please report it: ${message}`;
    io.stderr(`${commandLine.program}: error: ${escapeControls(sentence)}\n`);
    return { exitCode: isUsage ? EXIT_CODE.usage : EXIT_CODE.internal };
  }
}

/** Other tools take passwords here. Whoever tries that with ours must not find it in the message. */
function refuseSecrets(args: readonly string[]): void {
  const name = /^(--?(?:password|passcode|pwd))(?:=|$)/;
  const [, option] = args.map((each) => name.exec(each)).find((match) => match !== null) ?? [];
  if (option === undefined) return;
  throw new UsageError(
    `Cannot take a password by ${option}: others can see the command line; use --password-file`,
  );
}

async function parse<T, R>(
  commandLine: CommandLine<T, R>,
  args: readonly string[],
  io: Io,
): Promise<{ readonly parsed: T } | { readonly answer: string }> {
  if (!args.some((arg) => STANDARD.some((name) => arg.startsWith(name)))) {
    const result = commandLine.parser.parse(args);
    if (result.success) return { parsed: result.value };
  }
  const { parseWholeCommandLine } = await import("./whole_command_line.ts");
  return parseWholeCommandLine(commandLine, args, io.columns);
}

/** The beginnings of the options that every tool has. */
const STANDARD: readonly string[] = ["-h", "--help", "--version", "--completion"];
