/**
 * The commands of the demo: what is run is what is shown.
 *
 * @module
 */

import { leastFlags, TOOLS } from "../../cli/tools.ts";

/** A tool with its arguments. */
export interface ToolCommand {
  /** Its name. */
  readonly tool: string;
  readonly args: readonly string[];
}

/**
 * The arguments of `deno` that run a tool of a checkout, in its directory.
 *
 * @param command The tool.
 * @returns The arguments.
 */
export function denoArguments({ tool, args }: ToolCommand): string[] {
  const own = TOOLS.find(({ name }) => name === tool);
  return ["run", ...own === undefined ? [] : leastFlags(own), `cli/${tool}.ts`, ...args];
}

/**
 * A command as it is typed.
 *
 * @param command The command.
 * @param columns How long a line may be, if that can be.
 * @returns One line or more.
 */
export function typed(command: ToolCommand, columns: number): string {
  const lines = [""];
  for (const group of groupsOf(["deno", ...denoArguments(command)].map(quoted))) {
    const last = lines.at(-1) ?? "";
    const longer = last === "" ? group : `${last} ${group}`;
    // Room for what says that the line goes on.
    if (last === "" || longer.length + CONTINUED.length <= columns) {
      lines[lines.length - 1] = longer;
    } else lines.push(INDENT + group);
  }
  return lines.join(`${CONTINUED}\n`);
}

const CONTINUED = " \\";
const INDENT = "    ";

/** Puts options and their values together. */
function groupsOf(words: readonly string[]): string[] {
  const groups: string[] = [];
  for (const [index, word] of words.entries()) {
    const before = words[index - 1] ?? "";
    const isValue = WITH_NEXT.test(before) && !word.startsWith("-");
    if (isValue) groups[groups.length - 1] += ` ${word}`;
    else groups.push(word);
  }
  return groups;
}

/** The options of the demo's commands that are not parted from what follows. */
const WITH_NEXT = /^(-k|-p|-r|-ba|-od|--csv|--destination|--store-(aet|port|host))$/;

/** Quotes mean the same to the shells of Unix and to PowerShell, but for one inside of the word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) && (Deno.build.os === "windows" || !word.includes("\\"))
    ? word
    : `'${word.replaceAll("'", Deno.build.os === "windows" ? "''" : "'\\''")}'`;
}
