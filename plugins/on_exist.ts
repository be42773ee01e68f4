/**
 * What becomes of a file whose name is taken.
 *
 * @module
 */

/**
 * What becomes of a file whose name is taken.
 *
 * `if-different`: the same data set in the same transfer syntax is not written again; another one is
 * kept beside the first, with a warning. `skip`: what is there stays, whatever is in it, and the new
 * one is not written; it counts as stored. `overwrite`: the new file replaces the old one, with a
 * warning. `rename`: the new file is kept beside the old one, even when both are the same. `fail`: the
 * new one is refused, with 0x0111 (duplicate SOP instance).
 */
export type OnExist = "if-different" | "skip" | "overwrite" | "rename" | "fail";

/** The policies, the usual one first. */
export const ON_EXIST: readonly OnExist[] = ["if-different", "skip", "overwrite", "rename", "fail"];
