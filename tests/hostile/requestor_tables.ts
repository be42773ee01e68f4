/**
 * All that a hostile requestor sends, by families: for every server that stores, whether it stands in
 * memory, in a tool that retrieves, or as a process.
 *
 * @module
 */

import {
  BEFORE_ASSOCIATION,
  OUT_OF_PLACE,
  PRESENTATION_CONTEXTS,
  REQUEST_FIELDS,
  USER_INFORMATION,
} from "./association_cases.ts";
import { BROKEN_DATA_SETS, HOSTILE_NAMES, ODD_DATA_SETS } from "./data_set_cases.ts";
import { ASSOCIATED, type HostileCase } from "./exchange.ts";
import { COMMAND_SETS, PDVS } from "./message_cases.ts";

/**
 * A family of cases: its name, its name with where in an association it belongs, the cases, and what the
 * requestor sends before each of them (an A-ASSOCIATE-RQ, or nothing).
 */
export type HostileFamily = readonly [
  name: string,
  title: string,
  cases: readonly HostileCase[],
  prologue: string,
];

const REQUEST = "the association request";
const WITHIN = "in the association";

/** The families, from the connection to what is stored. */
export const REQUESTOR_TABLES: readonly HostileFamily[] = [
  [
    "before the association",
    "before the association: what is no association request",
    BEFORE_ASSOCIATION,
    "",
  ],
  ["fields of the request", `${REQUEST}: its own fields and items`, REQUEST_FIELDS, ""],
  ["presentation contexts", `${REQUEST}: presentation contexts`, PRESENTATION_CONTEXTS, ""],
  ["user information", `${REQUEST}: user information`, USER_INFORMATION, ""],
  ["PDUs out of place", `${WITHIN}: PDUs out of place or malformed`, OUT_OF_PLACE, ASSOCIATED],
  ["PDVs", `${WITHIN}: PDVs`, PDVS, ASSOCIATED],
  ["command sets", `${WITHIN}: command sets`, COMMAND_SETS, ASSOCIATED],
  ["broken data sets", "stored: broken data sets", BROKEN_DATA_SETS, ASSOCIATED],
  ["odd data sets", "stored: odd data sets", ODD_DATA_SETS, ASSOCIATED],
  ["hostile names", "stored: UIDs that are to be file names", HOSTILE_NAMES, ASSOCIATED],
];
