/**
 * What the logs of queries and retrieves have in common.
 *
 * @module
 */

import type { DataSet } from "../lib/data_set/data_set.ts";
import { dumpDataSet } from "../lib/data_set/dump.ts";
import { formatTag } from "../lib/data_set/tag.ts";
import {
  describeStatus,
  type DimseService,
  formatStatus,
  statusCategory,
} from "../lib/dimse/status.ts";
import type { ToolLog } from "./log.ts";

/** What a response says of its status. */
export interface StatusDetails {
  readonly status: number;
  readonly errorComment?: string;
  readonly offendingElements?: readonly number[];
}

/**
 * Tells an identifier, element by element. A log may be kept, and read by many: at its usual level it has
 * of the values only what identifies nobody, unless the log is where the user wants them.
 *
 * @param log Where to.
 * @param title What it is.
 * @param identifier The identifier.
 * @param isWanted Whether the user wants the values here.
 */
export function logIdentifier(
  log: ToolLog,
  title: string,
  identifier: DataSet,
  isWanted = false,
): void {
  if (!log.writes("info")) return;
  const isWhole = isWanted || log.writes("verbose");
  log.info("");
  log.info(title);
  for (const line of dumpDataSet(identifier)) log.info(isWhole ? line : withoutValue(line));
  log.info("");
}

/** A line of a dump, its value left out unless it is a UID, a code or an AE title. */
function withoutValue(line: string): string {
  if (SHOWN.test(line)) return line;
  return line.replace(
    /\[.*\] *(?= # \d)/,
    (value) => "(not shown without -v)".padEnd(Math.min(value.length, VALUE_WIDTH)),
  );
}

const SHOWN = /^ *\([0-9A-F]{4},[0-9A-F]{4}\) (?:UI|CS|AE) /;
/** Where the values of a dump end. */
const VALUE_WIDTH = 40;

/**
 * Writes a status as pynetdicom's tools do: with its category, not its meaning.
 *
 * @param status The status.
 * @returns Such as `0xFF00 (Pending)`.
 */
export function statusWords(status: number): string {
  const category = statusCategory(status);
  const word = `${category.charAt(0).toUpperCase()}${category.slice(1)}`;
  return `${formatStatus(status)} (${word})`;
}

/**
 * Tells what a status that is no success means, and what the peer says of it: an error when it is a
 * failure, else a warning.
 *
 * @param log Where to.
 * @param service The service.
 * @param details The status, and what came with it.
 * @returns Tells more of it, at the same level.
 */
export function logStatusMeaning(
  log: ToolLog,
  service: DimseService,
  details: StatusDetails,
): (message: string) => void {
  const { status, errorComment, offendingElements = [] } = details;
  const tell = (message: string): void =>
    statusCategory(status) === "failure" ? log.error(message) : log.warn(message);
  tell(`The peer says: ${describeStatus(status, service)} (${formatStatus(status)})`);
  if (errorComment !== undefined && errorComment !== "") tell(`Error Comment: ${errorComment}`);
  for (const tag of offendingElements) tell(`Offending Element: ${formatTag(tag)}`);
  return tell;
}
