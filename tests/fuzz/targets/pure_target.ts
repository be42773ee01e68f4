/**
 * Targets that are functions: nothing is made ready for them, and they wait for nothing.
 *
 * @module
 */

import type { Behaviour, FuzzCase, Target } from "../target.ts";

/** A target that can be run without waiting. */
export interface PureTarget extends Target {
  /** Gives it one input. */
  run(input: FuzzCase): Behaviour;
}

/**
 * Makes a target of a function.
 *
 * @param target Its properties and the function.
 * @returns The target.
 */
export function pureTarget(target: Omit<PureTarget, "open">): PureTarget {
  return { ...target, open: () => ({ run: (input) => target.run(input) }) };
}
