/**
 * A command line that is more than the tool's work: `--help`, `--version`, `--completion`, and one
 * that cannot be parsed. It takes all options of the tool, and much of the parser's library: it is
 * loaded when it comes to that.
 *
 * @module
 */

import { bash, fish, zsh } from "@optique/core/completion";
import { runParser } from "@optique/core/facade";
import { formatMessage, type Message } from "@optique/core/message";
import { UsageError } from "./exit_code.ts";
import { formatHelpPage, type HelpText } from "./help_page.ts";
import type { OptionParser } from "./option_parser.ts";
import { VERSION } from "./version.ts";

/** A tool, as far as it can be told about. */
export interface DescribedTool<T> {
  /** The tool's name. */
  readonly program: string;
  /** What the arguments are. */
  readonly parser: OptionParser<T>;
  /** What `--help` says beside the options. */
  readonly help: HelpText;
}

/** The command line asked for an answer, which is complete. */
class Answered extends Error {
  override name = "Answered";
}

/**
 * Parses a command line by all options of the tool, and by those that every tool has.
 *
 * @param tool The tool.
 * @param args The arguments.
 * @param columns The width of the terminal, when it is one.
 * @returns What the arguments say; or the text that they ask for.
 * @throws {UsageError} When they cannot be parsed.
 */
export function parseWholeCommandLine<T>(
  tool: DescribedTool<T>,
  args: readonly string[],
  columns: number | undefined,
): { readonly parsed: T } | { readonly answer: string } {
  const { program, parser, help } = tool;
  let answer = "";
  const finish = (): never => {
    throw new Answered();
  };
  try {
    const parsed = runParser(parser.whole(), program, args, {
      aboveError: "none",
      stdout: (text) => {
        answer += `${text}\n`;
      },
      stderr: () => {},
      onError: (_code, error) => {
        throw new UsageError(sentenceOf(error));
      },
      help: {
        option: { names: ["-h", "--help"], group: "General Options" },
        onShow: (_code, page) => {
          answer = formatHelpPage(program, page, help, columns);
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
    return { parsed };
  } catch (error) {
    if (error instanceof Answered) return { answer };
    throw error;
  }
}

/** The parser's message as one sentence in one line. */
function sentenceOf(message: Message): string {
  const text = formatMessage(message, { colors: false, quotes: true });
  return text.replaceAll(/\s+/g, " ").replaceAll("`", "").trim().replace(/\.$/, "");
}
