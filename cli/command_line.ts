/**
 * Reads a tool's command line: parsing, `--help`, `--version` and `--completion`.
 *
 * @module
 */

import { bash, fish, zsh } from "@optique/core/completion";
import { runParser } from "@optique/core/facade";
import { formatMessage, type Message } from "@optique/core/message";
import type { Parser } from "@optique/core/parser";
import { EXIT_CODE, type ExitCode, UsageError } from "./exit_code.ts";
import { formatHelpPage, type HelpText } from "./help_page.ts";
import type { Io } from "./io.ts";
import { escapeControls } from "./log.ts";
import { VERSION } from "./version.ts";

/** A tool, as far as its command line goes: `T` as it is parsed, `R` resolved. */
export interface CommandLine<T, R> {
  /** The tool's name. */
  readonly program: string;
  /** What the arguments are. */
  readonly parser: Parser<"sync", T, unknown>;
  /**
   * Makes what the tool works with of what was parsed.
   *
   * @param parsed The options and arguments.
   * @param args What they were parsed from, where the order of options matters.
   * @throws {UsageError} When arguments are missing or contradict each other.
   */
  resolve(parsed: T, args: readonly string[]): R;
  /** What `--help` says beside the options. */
  readonly help: HelpText;
}

/** The command line asked for something else than the tool's work, which is done. */
class Finished extends Error {
  override name = "Finished";
}

/**
 * Parses arguments. What is wrong with them is told in one sentence, however quiet the tool is to be.
 *
 * @param commandLine The tool's.
 * @param args The arguments.
 * @param io Where help, completions and errors go.
 * @returns What the tool is to do; or the exit code when there is nothing more to do.
 */
export function readCommandLine<T, R>(
  commandLine: CommandLine<T, R>,
  args: readonly string[],
  io: Io,
): { readonly options: R } | { readonly exitCode: ExitCode } {
  try {
    refuseSecrets(args);
    return { options: commandLine.resolve(parse(commandLine, args, io), args) };
  } catch (error) {
    if (error instanceof Finished) return { exitCode: EXIT_CODE.success };
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

function parse<T, R>(commandLine: CommandLine<T, R>, args: readonly string[], io: Io): T {
  const { program, parser, help } = commandLine;
  let output = "";
  const finish = (): never => {
    throw new Finished();
  };
  try {
    return runParser(parser, program, args, {
      aboveError: "none",
      stdout: (text) => {
        output += `${text}\n`;
      },
      stderr: () => {},
      onError: (_code, error) => {
        throw new UsageError(sentenceOf(error));
      },
      help: {
        option: { names: ["-h", "--help"], group: "General Options" },
        onShow: (_code, page) => {
          output = formatHelpPage(program, page, help, io.columns);
          return finish();
        },
      },
      version: {
        value: `${program} ${VERSION}`,
        option: { names: ["--version"], group: "General Options" },
        onShow: finish,
      },
      completion: {
        option: { names: ["--completion"], group: "General Options" },
        shells: { bash, zsh, fish },
        onShow: finish,
      },
    });
  } catch (error) {
    if (error instanceof Finished) io.stdout(output);
    throw error;
  }
}

/** The parser's message as one sentence in one line. */
function sentenceOf(message: Message): string {
  const text = formatMessage(message, { colors: false, quotes: true });
  return text.replaceAll(/\s+/g, " ").replaceAll("`", "").trim().replace(/\.$/, "");
}
