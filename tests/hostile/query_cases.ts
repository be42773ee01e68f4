/**
 * Queries and retrieves of a hostile requestor, to an archive that holds
 * `tests/support/query_archive.ts`.
 *
 * @module
 */

import { ROOT } from "../support/query_archive.ts";
import { implicit, nested } from "./data_set_cases.ts";
import { CONTEXT, type HostileCase, STUDY_ROOT } from "./exchange.ts";
import { ascii, element, pData, pdv, ui, us } from "./raw_bytes.ts";

/** A study with two series of three and one instances. */
const STUDY = `${ROOT}.1.1`;

const FRAGMENT = 2 * 16_000;

const LEVEL = 0x00080052;
const STUDY_DATE = 0x00080020;
const PATIENT_NAME = 0x00100010;
const PATIENT_ID = 0x00100020;
const STUDY_UID = 0x0020000d;
const SERIES_UID = 0x0020000e;
const INSTANCE_UID = 0x00080018;

function key(tag: number, value: string): string {
  const isUid = tag === STUDY_UID || tag === SERIES_UID || tag === INSTANCE_UID;
  return implicit(tag, ascii(value.length % 2 === 0 ? value : `${value}${isUid ? "\0" : " "}`));
}

/** The command set of a query or retrieve with message ID 8. */
function command(service: keyof typeof STUDY_ROOT, more = "", type = 0): string {
  const field = { find: 0x0020, move: 0x0021, get: 0x0010 }[service];
  return ui(0x0002, STUDY_ROOT[service]) + us(0x0100, field) + us(0x0110, 8) + us(0x0700, 0) +
    us(0x0800, type) + more;
}

/** A request with its identifier, in fragments that a PDU has room for. */
function asking(service: keyof typeof STUDY_ROOT, identifier: string, more = ""): string {
  const context = CONTEXT[service];
  const fragments: string[] = [];
  for (let at = 0; at < identifier.length; at += FRAGMENT) {
    fragments.push(identifier.slice(at, at + FRAGMENT));
  }
  const last = fragments.length - 1;
  return pData(pdv(context, 3, command(service, more))) +
    (last < 0
      ? pData(pdv(context, 2, ""))
      : fragments.map((part, i) => pData(pdv(context, i === last ? 2 : 0, part))).join(""));
}

function find(...keys: string[]): string {
  return asking("find", keys.join(""));
}

function moveTo(destination: string | undefined, ...keys: string[]): string {
  const padded = destination?.padEnd(destination.length + destination.length % 2);
  const to = padded === undefined ? "" : element(0x0600, ascii(padded));
  return asking("move", keys.join(""), to);
}

const AT_STUDY = key(LEVEL, "STUDY");
const ONE_STUDY = AT_STUDY + key(STUDY_UID, STUDY);

const NOTHING = "C-FIND-RSP#8 0000";
const DOES_NOT_MATCH = "C-FIND-RSP#8 A900";
const UNKNOWN_DESTINATION = "C-MOVE-RSP#8 A801";

/** Queries. */
export const QUERIES: readonly HostileCase[] = [
  ["Q1 no level", find(key(STUDY_UID, STUDY)), DOES_NOT_MATCH],
  ["Q1 a level that there is not", find(key(LEVEL, "FOLDER")), DOES_NOT_MATCH],
  ["Q1 a level of another model", find(key(LEVEL, "PATIENT")), DOES_NOT_MATCH],
  ["Q1 a level twice", find(key(LEVEL, "STUDY\\SERIES")), DOES_NOT_MATCH],
  ["Q1 no unique key of the level above", find(key(LEVEL, "SERIES")), DOES_NOT_MATCH],
  ["Q1 an empty identifier", find(), DOES_NOT_MATCH],
  ["X2 an identifier of garbage", find("ff".repeat(100)), "C-FIND-RSP#8 C000"],
  [
    "X3 an identifier that is cut off",
    find(AT_STUDY, implicit(PATIENT_ID, "", 90)),
    "C-FIND-RSP#8 C000",
  ],
  [
    "C8 no identifier",
    // Not A900, which says that there is one: it cannot be processed for want of it.
    pData(pdv(CONTEXT.find, 3, command("find", "", 0x0101))),
    "C-FIND-RSP#8 C000",
  ],
  ["C9 the SOP class of another model", wrongClass(), "C-FIND-RSP#8 0122"],
  ["Q2 a date range in reverse", find(AT_STUDY, key(STUDY_DATE, "20301231-20000101")), NOTHING],
  ["Q2 a date that is none", find(AT_STUDY, key(STUDY_DATE, "yesterday")), NOTHING],
  [
    "Q2 10,000 asterisks and a letter",
    find(AT_STUDY, key(PATIENT_NAME, "*".repeat(10_000) + "#")),
    NOTHING,
  ],
  ["Q2 5,000 times ?*", find(AT_STUDY, key(PATIENT_NAME, "?*".repeat(5000))), NOTHING],
  ["Q2 5,000 times *a", find(AT_STUDY, key(PATIENT_NAME, "*a".repeat(5000))), NOTHING],
  [
    "Q2 the characters of a regular expression",
    find(AT_STUDY, key(PATIENT_NAME, "(a+)+$[^")),
    NOTHING,
  ],
  ["Q3 a quote", find(AT_STUDY, key(PATIENT_ID, "' OR 1=1 --")), NOTHING],
  ["Q3 a statement", find(AT_STUDY, key(PATIENT_ID, "x'; DROP TABLE instance; --")), NOTHING],
  ["Q3 the wildcards of SQL", find(AT_STUDY, key(PATIENT_ID, "%_%")), NOTHING],
  ["Q3 NUL", find(AT_STUDY, key(PATIENT_ID, "ADA\0-1")), NOTHING],
  ["Q3 the wildcards of GLOB", find(AT_STUDY, key(PATIENT_ID, "[A-Z]*")), NOTHING],
  [
    "Q4 100,000 UIDs",
    find(AT_STUDY, key(STUDY_UID, Array(100_000).fill("9.9.9").join("\\"))),
    NOTHING,
  ],
  ["Q4 a name of 1 MB", find(AT_STUDY, key(PATIENT_NAME, "x".repeat(1_000_000))), NOTHING],
  [
    "Q4 an identifier of 18 MB",
    find(AT_STUDY, implicit(0x00204000, "20".repeat(18_000_000))),
    // Its end may never come.
    "ABT(0,0)",
  ],
  ["Q4 2,000 nested sequences", find(AT_STUDY, implicitNested(2000)), "C-FIND-RSP#8 C000"],
  ["Q4 20,000 nested sequences", find(AT_STUDY, implicitNested(20_000)), "C-FIND-RSP#8 C000"],
];

/** Retrieves. */
export const RETRIEVES: readonly HostileCase[] = [
  ["Q5 C22 a destination that nobody knows", moveTo("NOBODY", ONE_STUDY), UNKNOWN_DESTINATION],
  ["Q7 ourselves", moveTo("STORE", ONE_STUDY), UNKNOWN_DESTINATION],
  ["C22 no destination", moveTo(undefined, ONE_STUDY), UNKNOWN_DESTINATION],
  ["C22 an empty destination", moveTo("", ONE_STUDY), UNKNOWN_DESTINATION],
  ["C22 a destination of 300 characters", moveTo("X".repeat(300), ONE_STUDY), UNKNOWN_DESTINATION],
  ["C22 a path as a destination", moveTo("../../etc/hosts ", ONE_STUDY), UNKNOWN_DESTINATION],
  ["C22 a destination with an escape", moveTo("\x1b[2J\n\0  ", ONE_STUDY), UNKNOWN_DESTINATION],
  [
    "Q6 a destination where nobody listens",
    moveTo("DEAD", ONE_STUDY),
    "C-MOVE-RSP#8 A702 -/0/4/0 +",
  ],
  ["Q6 a destination that hangs up", moveTo("HANGUP", ONE_STUDY), "C-MOVE-RSP#8 A702 -/0/4/0 +"],
  ["Q6 a destination that speaks HTTP", moveTo("HTTP", ONE_STUDY), "C-MOVE-RSP#8 A702 -/0/4/0 +"],
  ["Q6 a destination that rejects", moveTo("REJECT", ONE_STUDY), "C-MOVE-RSP#8 A702 -/0/4/0 +"],
  ["Q1 a C-MOVE without a level", moveTo("DEAD", key(STUDY_UID, STUDY)), "C-MOVE-RSP#8 A900"],
  ["Q1 a C-GET without a unique key", asking("get", AT_STUDY), "C-GET-RSP#8 A900"],
  [
    "Q1 a C-GET with a wildcard",
    asking("get", AT_STUDY + key(STUDY_UID, "1.2.*")),
    "C-GET-RSP#8 A900",
  ],
  [
    "Q2 a C-GET of nothing",
    asking("get", AT_STUDY + key(STUDY_UID, "9.9.9")),
    "C-GET-RSP#8 0000 -/0/0/0",
  ],
  ["X2 a C-GET of garbage", asking("get", "ff".repeat(64)), "C-GET-RSP#8 C000"],
  [
    "Q4 a C-GET with 2,000 nested sequences",
    asking("get", ONE_STUDY + implicitNested(2000)),
    "C-GET-RSP#8 C000",
  ],
];

/** A C-GET of four instances; the C-STORE requests have to be answered. */
export const GET_STUDY: string = asking("get", ONE_STUDY);

function wrongClass(): string {
  const wrong = command("find").replace(ui(0x0002, STUDY_ROOT.find), ui(0x0002, STUDY_ROOT.get));
  return pData(pdv(CONTEXT.find, 3, wrong), pdv(CONTEXT.find, 2, AT_STUDY));
}

/** Sequences in each other in implicit VR. */
function implicitNested(depth: number): string {
  // Without the VR that explicit VR has between tag and length.
  return nested(depth).replaceAll(ascii("SQ") + "0000", "");
}
