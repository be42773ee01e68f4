/**
 * Makes a failing input smaller (Zeller's ddmin, then octet by octet to zero).
 *
 * @module
 */

/**
 * Takes parts of an input away for as long as it fails all the same.
 *
 * @param bytes An input that fails.
 * @param fails Whether an input fails in the same way.
 * @param deadline When to be content with what there is, by `performance.now()`.
 * @returns The smallest that was found.
 */
export async function minimize(
  bytes: Uint8Array,
  fails: (bytes: Uint8Array) => boolean | Promise<boolean>,
  deadline: number,
): Promise<Uint8Array> {
  let smallest = bytes;
  let parts = 2;
  while (smallest.length > 0 && parts <= 2 * smallest.length) {
    const length = Math.ceil(smallest.length / parts);
    let isSmaller = false;
    for (let at = 0; at < smallest.length && performance.now() < deadline; at += length) {
      const shorter = without(smallest, at, at + length);
      if (!await fails(shorter)) continue;
      smallest = shorter;
      isSmaller = true;
      break;
    }
    if (performance.now() >= deadline) return smallest;
    if (isSmaller) parts = Math.max(2, parts - 1);
    else if (length === 1) break;
    else parts *= 2;
  }
  for (let at = 0; at < smallest.length && performance.now() < deadline; at++) {
    if (smallest[at] === 0) continue;
    const plainer = smallest.slice();
    plainer[at] = 0;
    if (await fails(plainer)) smallest = plainer;
  }
  return smallest;
}

function without(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const rest = new Uint8Array(bytes.length - (Math.min(end, bytes.length) - start));
  rest.set(bytes.subarray(0, start));
  rest.set(bytes.subarray(end), start);
  return rest;
}
