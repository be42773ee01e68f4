/**
 * The documents that users read: their text, their blocks of code, and the commands in them.
 *
 * Commands stand in blocks of `sh`, or of `console` behind `$`, there with what they write.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** The checkout, with a slash at its end. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** A document. */
export interface Document {
  /** Its path in the checkout. */
  readonly path: string;
  readonly text: string;
}

/** A block of code. */
export interface CodeBlock {
  /** What stands behind the fence, such as `ts ignore`. */
  readonly language: string;
  /** The lines between the fences. */
  readonly lines: readonly string[];
  /** The line of the document that the first of them is, from 1. */
  readonly line: number;
}

/** A command. */
export interface Command {
  /** Where it stands, from 1. */
  readonly line: number;
  /** As it is typed, of several lines perhaps. */
  readonly text: string;
  /** What it writes, line by line; `undefined` where that is not shown. */
  readonly shown: readonly string[] | undefined;
}

/**
 * Reads a document.
 *
 * @param path Its path in the checkout.
 * @returns The document.
 */
export function readDocument(path: string): Document {
  return { path, text: Deno.readTextFileSync(`${ROOT}${path}`) };
}

/** README.md, and what is in docs. */
export function allDocuments(): Document[] {
  const guides = [...Deno.readDirSync(`${ROOT}docs`)].map(({ name }) => `docs/${name}`);
  return ["README.md", ...guides.filter((path) => path.endsWith(".md")).sort()].map(readDocument);
}

/**
 * The blocks of code of a document.
 *
 * @param text Its text.
 * @returns The blocks, in order.
 */
export function codeBlocks(text: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const language = /^```(.+)$/.exec(lines[index] ?? "")?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf("```", index);
    if (end === -1) throw new Error(`Cannot read the block in line ${index + 1}: it has no end`);
    blocks.push({ language, lines: lines.slice(index + 1, end), line: index + 2 });
    index = end;
  }
  return blocks;
}

/**
 * The commands of a document.
 *
 * @param text Its text.
 * @returns The commands, in order.
 */
export function commandsOf(text: string): Command[] {
  return codeBlocks(text).flatMap((block) =>
    block.language === "sh"
      ? shellCommands(block)
      : block.language === "console"
      ? session(block)
      : []
  );
}

function shellCommands({ lines, line }: CodeBlock): Command[] {
  const commands: Command[] = [];
  for (let index = 0; index < lines.length; index++) {
    if (/^(#.*)?$/.test(lines[index] ?? "")) continue;
    const end = endOfCommand(lines, index);
    commands.push({
      line: line + index,
      text: lines.slice(index, end + 1).join("\n"),
      shown: undefined,
    });
    index = end;
  }
  return commands;
}

function session({ lines, line }: CodeBlock): Command[] {
  const starts = lines.flatMap((text, index) => text.startsWith("$ ") ? [index] : []);
  return starts.map((start, number) => {
    const typed = lines.map((text) => text.replace(/^\$ /, ""));
    const end = endOfCommand(typed, start);
    return {
      line: line + start,
      text: typed.slice(start, end + 1).join("\n"),
      shown: lines.slice(end + 1, starts[number + 1] ?? lines.length),
    };
  });
}

/** The last line of a command: what ends in a backslash or a pipe goes on, and a loop until `done`. */
function endOfCommand(lines: readonly string[], start: number): number {
  let end = start;
  if (/^(while|for) /.test(lines[start] ?? "")) {
    end = lines.findIndex((line, index) => index >= start && line.startsWith("done"));
    if (end === -1) throw new Error(`Cannot find the end of "${lines[start]}"`);
  }
  while (/[\\|]$/.test(lines[end] ?? "")) end += 1;
  return end;
}
