/**
 * That the demo failed.
 *
 * @module
 */

/** Something is not as the demo promises; the message says what. */
export class DemoError extends Error {
  override name = "DemoError";
}
