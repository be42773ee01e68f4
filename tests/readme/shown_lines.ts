/**
 * Whether a program writes what a document shows.
 *
 * @module
 */

/** What differs from run to run, and what is shown in its place in a comparison. */
const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/\b\d+\.\d s\b/g, "# s"],
  [/\b(?:10|127)(?:\.\d{1,3}){3}(:\d+)?\b(?!\.)/g, "<address>"],
  [/\b(port) \d+\b/g, "$1 #"],
  [/"(\w+Ms)":\d+/g, '"$1":#'],
  [/\s+$/g, ""],
];

/** Stands alone in a line for any number of lines that are left out. */
const LEFT_OUT = "…";

/**
 * Compares what is shown with what was written. Times, addresses and ports are not compared, and a line
 * `…` stands for any lines.
 *
 * @param shown The lines of the document.
 * @param written What the program wrote.
 * @returns The first lines that are shown and were not written there, or `undefined` when all is so.
 */
export function firstUntrue(shown: readonly string[], written: string): string | undefined {
  const lines = written.split("\n").map(constant);
  while (lines.at(-1) === "") lines.pop();
  const parts = partsOf(shown);
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const last = lines.length - part.length;
    // The first part begins with the output, the last one ends with it.
    const isFirst = index === 0;
    const isLast = index === parts.length - 1;
    const candidates = isFirst ? [0] : isLast ? [last] : range(from, last);
    const found = candidates.find((start) =>
      start >= from && part.every((line, offset) => lines[start + offset] === constant(line))
    );
    if (found === undefined || (isFirst && isLast && last !== 0)) {
      return part.length === 0 ? "(nothing)" : part.join("\n");
    }
    from = found + part.length;
  }
  return undefined;
}

function partsOf(shown: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const line of shown) {
    if (line === LEFT_OUT) parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

function constant(line: string): string {
  return CHANGING.reduce((text, [pattern, word]) => text.replace(pattern, word), line);
}
