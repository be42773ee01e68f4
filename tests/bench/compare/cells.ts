/**
 * All cells of the benchmark, in the order of the table.
 *
 * @module
 */

import type { Cell } from "./cell.ts";
import type { BenchContext } from "./context.ts";
import { endToEndCells, forwardCells } from "./end_to_end_cells.ts";
import { retrieveCells, serveCells } from "./retrieve_cells.ts";
import { smallCells } from "./small_cells.ts";
import { receiveCells, sendCells, tlsCells } from "./storage_cells.ts";

/**
 * The cells.
 *
 * @param context What they are made from.
 * @param hasTls Whether those of TLS are wanted.
 * @returns The cells, nothing of which has been started.
 */
export function allCells(context: BenchContext, hasTls: boolean): Cell[] {
  return [
    ...receiveCells(context),
    ...sendCells(context),
    ...retrieveCells(context),
    ...serveCells(context),
    ...endToEndCells(context),
    ...forwardCells(context),
    ...smallCells(context),
    ...(hasTls ? tlsCells(context) : []),
  ];
}
