/**
 * Long output made short.
 *
 * @module
 */

/**
 * The beginning and the end of an output.
 *
 * @param text The output.
 * @returns Its lines; where there are many, those in the middle are counted only.
 */
export function excerpt(text: string): string {
  const lines = text.split("\n").map((line) => line.trimEnd()).filter(hasContent);
  if (lines.length <= HEAD + TAIL + 1) return lines.map((line) => `${line}\n`).join("");
  const left = lines.length - HEAD - TAIL;
  return [...lines.slice(0, HEAD), `   … ${left} more lines …`, ...lines.slice(-TAIL), ""].join(
    "\n",
  );
}

const HEAD = 2;
const TAIL = 4;

/** The tools set parts of their log apart by lines of a level alone. */
function hasContent(line: string): boolean {
  return !/^([DIWE]:)?$/.test(line);
}
