/**
 * The word that was probably meant, for error messages.
 *
 * @module
 */

/** Longer input is no misspelt word: the longest keyword of the standard has 63 letters. */
const INPUT_LIMIT = 80;
/** How many letters may be wrong: more would suggest words that are not alike. */
const DISTANCE_LIMIT = 3;

/**
 * Finds the word that was probably meant.
 *
 * @param wrong What was written.
 * @param words What can be meant.
 * @returns The nearest word: equal but for case, or else with at most three letters (in short words
 * fewer) added, left out, changed or swapped. `undefined` when none is near.
 */
export function nearestWord(wrong: string, words: Iterable<string>): string | undefined {
  if (wrong.length > INPUT_LIMIT) return undefined;
  const lowered = wrong.toLowerCase();
  let best: string | undefined;
  let limit = Math.min(DISTANCE_LIMIT, Math.floor(lowered.length / 3));
  for (const word of words) {
    const candidate = word.toLowerCase();
    if (candidate === lowered) return word;
    if (limit < 1) continue;
    const distance = editDistance(lowered, candidate, limit);
    if (distance <= limit) {
      best = word;
      limit = distance - 1;
    }
  }
  return best;
}

/**
 * Levenshtein's distance, two letters in the wrong order being one mistake; or any number above the
 * limit once it is clear that it is above.
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let at = 1; at <= a.length; at++) {
    const next = [at];
    for (let column = 1; column <= b.length; column++) {
      const change = (row[column - 1] ?? 0) + (a[at - 1] === b[column - 1] ? 0 : 1);
      const isSwapped = a[at - 1] === b[column - 2] && a[at - 2] === b[column - 1];
      const swap = isSwapped ? (before[column - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(change, swap, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    if (Math.min(...next) > limit && Math.min(...row) > limit) return limit + 1;
    before = row;
    row = next;
  }
  return row[b.length] ?? limit + 1;
}
