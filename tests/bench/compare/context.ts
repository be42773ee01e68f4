/**
 * What all cells are made from.
 *
 * @module
 */

import type { BenchData, DataName } from "./data.ts";
import type { OursOptions } from "./ours.ts";
import type { Toolkit } from "./toolkit.ts";

/** What all cells are made from. */
export interface BenchContext {
  /** Ours, compared with the others; the first of the list. */
  readonly toolkits: readonly Toolkit[];
  readonly oursOptions: OursOptions;
  /** Whose archive all retrieve from. */
  readonly archivist: Toolkit | undefined;
  /** Makes the data when it is asked for first. */
  data(name: DataName): BenchData;
  /** A new directory. */
  makeDirectory(): string;
  /** A port that nobody listens on. */
  freePort(): number;
  /** How long a round may take, in milliseconds. */
  readonly limit: number;
  /** How much is done in cells without data: 1, or less to try them. */
  readonly share: number;
}
