/**
 * Lays out `--help` for a terminal of 80 columns.
 *
 * @module
 */

import type { DocEntry, DocPage } from "@optique/core/doc";
import { formatMessage, type Message } from "@optique/core/message";
import { formatUsageTerm } from "@optique/core/usage";

/** What `--help` says beside the options. */
export interface HelpText {
  /** The lines after `Usage:`, without the program's name. */
  readonly usage: readonly string[];
  /** What the tool does; paragraphs. */
  readonly description: readonly string[];
  /** Titled paragraphs and lists after the options. Lines that begin with a blank are kept as they are. */
  readonly notes: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

/**
 * Writes the help page.
 *
 * @param program The tool's name.
 * @param page The options, from the parser.
 * @param help What else there is to say.
 * @param columns The width of the terminal, when it is one.
 * @returns The text.
 */
export function formatHelpPage(
  program: string,
  page: DocPage,
  help: HelpText,
  columns: number | undefined,
): string {
  const width = Math.min(Math.max(columns ?? DEFAULT_WIDTH, 60), 100);
  const blocks = [
    help.usage.map((line, index) => `${index === 0 ? "Usage:" : "      "} ${program} ${line}`),
    ...help.description.map((paragraph) => wrap(paragraph, width)),
    ...sections(page).map(({ title, entries }) => [
      `${title}:`,
      ...entries.flatMap((entry) => formatEntry(entry, width)),
    ]),
    ...help.notes.map(({ title, lines }) => [
      `${title}:`,
      ...lines.flatMap((line) => line.startsWith(" ") ? [line] : indent(wrap(line, width - 2), 2)),
    ]),
  ];
  return blocks.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

/**
 * The parser's sections: what has to be given first, then the options; those of one title joined, in
 * the order of their first.
 */
function sections(page: DocPage): { title: string; entries: DocEntry[] }[] {
  const joined = new Map<string, DocEntry[]>([[PARAMETERS, []]]);
  for (const { title, entries } of page.sections) {
    // Without a title, and as arguments elsewhere, come only what the shell gives to `--completion`.
    if (title === undefined) continue;
    const shown = entries.filter(({ term }) => title === PARAMETERS || term.type !== "argument");
    joined.set(title, [...joined.get(title) ?? [], ...shown]);
  }
  return [...joined].map(([title, entries]) => ({ title, entries }));
}

function formatEntry(entry: DocEntry, width: number): string[] {
  const term = `  ${formatUsageTerm(entry.term, { optionsSeparator: ", ", context: "doc" })}`;
  const standard = STANDARD.find(([name]) => term.split(/[ ,]+/).includes(name));
  const text = standard?.[1] ?? plain(entry.description ?? []);
  const description = indent(wrap(text, width - TERM_WIDTH), TERM_WIDTH);
  const [first, ...rest] = description;
  if (first === undefined) return [term];
  return term.length < TERM_WIDTH
    ? [term.padEnd(TERM_WIDTH) + first.trimStart(), ...rest]
    : [term, ...description];
}

function plain(message: Message): string {
  return formatMessage(message, { colors: false, quotes: false }).replaceAll(/\s+/g, " ").trim();
}

function indent(lines: readonly string[], by: number): string[] {
  return lines.map((line) => " ".repeat(by) + line);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").filter((each) => each !== "")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, line];
}

/** What the parser's own options do, in the words of the others. */
const STANDARD: readonly (readonly [name: string, description: string])[] = [
  ["--help", "show this help and exit"],
  ["--version", "show the version and exit"],
  ["--completion", "print a completion script for bash, zsh, fish, pwsh or nu, and exit"],
];
/** The section of the positional arguments. */
const PARAMETERS = "Parameters";
const DEFAULT_WIDTH = 80;
/** Where the descriptions start. */
const TERM_WIDTH = 26;
