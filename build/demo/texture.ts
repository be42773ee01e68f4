/**
 * Numbers that look random and are the same on every machine: the grain of an image, and where small
 * structures of a phantom lie.
 *
 * @module
 */

/**
 * A number that depends on three integers and nothing else.
 *
 * @returns It, from -1 up to but not including 1.
 */
export function grain(a: number, b: number, c: number): number {
  let hash = Math.imul(a, 0x27d4eb2f) ^ Math.imul(b, 0x165667b1) ^ Math.imul(c, 0x3c6ef372);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) / 0x8000_0000;
}
