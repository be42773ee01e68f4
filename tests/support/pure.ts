/**
 * Tests that touch nothing outside.
 *
 * @module
 */

/** A test that may touch nothing outside. */
export function pure(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}
