/**
 * Data sets that are broken, odd, or name their instance in a hostile way.
 *
 * @module
 */

import { deflateRawSync } from "node:zlib";
import { CT } from "../support/core_pair.ts";
import { INSTANCE } from "../support/served.ts";
import { CONTEXT, type HostileCase, storeCommand } from "./exchange.ts";
import { ascii, pData, pdv, ui, zeros } from "./raw_bytes.ts";

const REFUSED = "C-STORE-RSP#8 C000";
const DOES_NOT_MATCH = "C-STORE-RSP#8 A900";
const INVALID_INSTANCE = "C-STORE-RSP#8 0117";
const STORED = "C-STORE-RSP#8 0000";

/** Hexadecimal digits of what a small PDU has room for. */
const FRAGMENT = 2 * 16_000;

const LONG = new Set(["OB", "OW", "SQ", "UN", "UT", "UC"]);

/** Sends a data set on one of the contexts for CT images, in fragments that a PDU has room for. */
export function storing(
  dataSet: string,
  context: number = CONTEXT.explicit,
  command: string = storeCommand(),
): string {
  return fragmented(command, context, 1) + fragmented(dataSet, context, 0);
}

function fragmented(bytes: string, context: number, kind: 0 | 1): string {
  const fragments: string[] = [];
  for (let at = 0; at < bytes.length; at += FRAGMENT) {
    fragments.push(bytes.slice(at, at + FRAGMENT));
  }
  if (fragments.length === 0) fragments.push("");
  const last = fragments.length - 1;
  return fragments.map((fragment, i) => pData(pdv(context, i === last ? kind | 2 : kind, fragment)))
    .join("");
}

/** A tag, in little endian. */
function tag(number: number): string {
  const bytes = new Uint8Array(4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, number >>> 16, true);
  view.setUint16(2, number & 0xffff, true);
  return bytes.toHex();
}

function littleEndian(value: number, octets: 2 | 4): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes.subarray(0, octets).toHex();
}

/** An element in explicit VR little endian. */
export function explicit(
  number: number,
  vr: string,
  value: string,
  length: number = value.length / 2,
): string {
  const head = tag(number) + ascii(vr);
  if (!LONG.has(vr)) return head + littleEndian(length, 2) + value;
  return `${head}0000${littleEndian(length, 4)}${value}`;
}

/** An element in implicit VR little endian. */
export function implicit(number: number, value: string, length = value.length / 2): string {
  return tag(number) + littleEndian(length, 4) + value;
}

function uid(value: string): string {
  return ascii(value.length % 2 === 0 ? value : `${value}\0`);
}

/** What every instance begins with. */
export function head(instance = INSTANCE, sopClass = CT): string {
  return explicit(SOP_CLASS, "UI", uid(sopClass)) + explicit(SOP_INSTANCE, "UI", uid(instance));
}

function implicitHead(): string {
  return implicit(SOP_CLASS, uid(CT)) + implicit(SOP_INSTANCE, uid(INSTANCE));
}

/** Sequences in each other, all of undefined length, the innermost empty. */
export function nested(depth: number, isClosed = true): string {
  const open = explicit(PROCEDURE_CODES, "SQ", ITEM, UNDEFINED);
  return open.repeat(depth) + (isClosed ? (ITEM_END + SEQUENCE_END).repeat(depth) : "");
}

/** Deflated, as the data set of a deflated transfer syntax is. */
export function deflated(dataSet: string): string {
  return deflateRawSync(Uint8Array.fromHex(dataSet)).toHex();
}

const SOP_CLASS = 0x00080016;
const SOP_INSTANCE = 0x00080018;
const PATIENT_ID = 0x00100020;
const PROCEDURE_CODES = 0x00081032;
const CHARACTER_SET = 0x00080005;
const PATIENT_NAME = 0x00100010;
/** Where an archive files an instance. */
const STUDY = explicit(0x0020000d, "UI", uid("1.2.3")) + explicit(0x0020000e, "UI", uid("1.2.3.4"));
const UNDEFINED = 0xffffffff;
const ITEM = `${tag(0xfffee000)}ffffffff`;
const ITEM_END = `${tag(0xfffee00d)}00000000`;
const SEQUENCE_END = `${tag(0xfffee0dd)}00000000`;

/** Data sets that nothing may be stored of. */
export const BROKEN_DATA_SETS: readonly HostileCase[] = [
  ["X1 empty", storing(""), REFUSED],
  ["X1 empty, in implicit VR", storing("", CONTEXT.implicit), REFUSED],
  ["X1 empty, deflated", storing("", CONTEXT.deflated), REFUSED],
  ["X2 garbage", storing("ff".repeat(200)), REFUSED],
  ["X2 garbage, in implicit VR", storing("ff".repeat(200), CONTEXT.implicit), REFUSED],
  ["X2 text", storing(ascii("GET / HTTP/1.1\r\n\r\n")), REFUSED],
  ["X2 three octets", storing("080016"), REFUSED],
  ["X3 an element over the end", storing(head() + explicit(PATIENT_ID, "LO", "", 40)), REFUSED],
  ["X3 half a header", storing(head() + tag(PATIENT_ID)), REFUSED],
  [
    "X3 an instance cut off in its pixel data",
    storing(head() + explicit(0x7fe00010, "OW", zeros(5000), 500_000)),
    REFUSED,
  ],
  ["X4 a sequence never closed", storing(head() + nested(1, false)), REFUSED],
  [
    "X4 an item never closed",
    storing(head() + explicit(PROCEDURE_CODES, "SQ", ITEM + SEQUENCE_END, UNDEFINED)),
    REFUSED,
  ],
  ["X4 a delimiter alone", storing(head() + SEQUENCE_END), REFUSED],
  ["X4 an item alone", storing(head() + ITEM + ITEM_END), REFUSED],
  [
    "X4 an item over the end of its sequence",
    storing(head() + explicit(PROCEDURE_CODES, "SQ", tag(0xfffee000) + "ff000000", 8)),
    REFUSED,
  ],
  [
    "X4 pixel data in fragments never closed",
    storing(head() + explicit(0x7fe00010, "OB", tag(0xfffee000) + "00000000", UNDEFINED)),
    REFUSED,
  ],
  ...[65, 2000, 50_000].map((depth): HostileCase => [
    `X5 ${depth} nested sequences`,
    storing(head() + nested(depth)),
    REFUSED,
  ]),
  ["X5 2,000 nested sequences, never closed", storing(head() + nested(2000, false)), REFUSED],
  [
    "X6 corrupt deflate",
    storing(deflated(head()).slice(0, 40) + "ff".repeat(50), CONTEXT.deflated),
    REFUSED,
  ],
  ["X6 what is not deflated", storing(head(), CONTEXT.deflated), REFUSED],
  [
    "X6 deflate that ends early",
    storing(
      deflated(head() + explicit(PATIENT_ID, "LO", ascii("47"))).slice(0, -8),
      CONTEXT.deflated,
    ),
    REFUSED,
  ],
  [
    "X7 a preamble",
    storing(zeros(128) + ascii("DICM") + explicit(0x00020010, "UI", uid(CT)) + head()),
    REFUSED,
  ],
  ["X7 group 0002", storing(explicit(0x00020010, "UI", uid(CT)) + head()), REFUSED],
  [
    "X8 text of undefined length",
    storing(head() + explicit(0x00082111, "UT", "", UNDEFINED)),
    REFUSED,
  ],
  [
    "X8 text of undefined length, in implicit VR",
    storing(implicitHead() + implicit(PATIENT_ID, "", UNDEFINED), CONTEXT.implicit),
    REFUSED,
  ],
  ["X9 VR of control characters", storing(head() + tag(PATIENT_ID) + "01020200" + "3436"), REFUSED],
  ["X10 implicit VR as explicit", storing(implicitHead()), REFUSED],
  ["X10 explicit VR as implicit", storing(head(), CONTEXT.implicit), REFUSED],
  ["X10 little endian as big", storing(head(), CONTEXT.bigEndian), REFUSED],
  ["X12 no SOP Instance UID", storing(explicit(SOP_CLASS, "UI", uid(CT))), DOES_NOT_MATCH],
  ["X12 no SOP Class UID", storing(explicit(SOP_INSTANCE, "UI", uid(INSTANCE))), DOES_NOT_MATCH],
  ["X13 another SOP Instance UID", storing(head("1.2.3.4.6")), DOES_NOT_MATCH],
  [
    "X13 another SOP Class UID",
    storing(head(INSTANCE, "1.2.840.10008.5.1.4.1.1.4")),
    DOES_NOT_MATCH,
  ],
];

/** Data sets that are strange, and stored as they are. */
export const ODD_DATA_SETS: readonly HostileCase[] = ([
  ["X5 60 nested sequences", head() + nested(60) + STUDY],
  [
    "X9 a VR that nobody knows",
    head() + tag(PATIENT_ID) + ascii("ZZ") + "0000" + "02000000" + "3437" + STUDY,
  ],
  ["X11 a value of odd length", head() + explicit(PATIENT_ID, "LO", ascii("471")) + STUDY],
  [
    "X11 a UID padded with a space",
    explicit(SOP_CLASS, "UI", ascii(`${CT} `)) +
    explicit(SOP_INSTANCE, "UI", ascii(`${INSTANCE} `)) + STUDY,
  ],
  ["X16 tags that go down", head() + STUDY + explicit(PATIENT_ID, "LO", "3437")],
  ["X16 an element twice", head() + explicit(PATIENT_ID, "LO", "3437").repeat(2) + STUDY],
  ["X16 a group length", explicit(0x00080000, "UL", "ffffffff") + head() + STUDY],
  [
    "X17 a character set that nobody knows",
    explicit(CHARACTER_SET, "CS", ascii("ISO_IR 9")) + head() +
    explicit(PATIENT_NAME, "PN", "fffefdfc") + STUDY,
  ],
  [
    "X17 UTF-8 that is none",
    explicit(CHARACTER_SET, "CS", ascii("ISO_IR 192")) + head() +
    explicit(PATIENT_NAME, "PN", "c328a0ff") + STUDY,
  ],
  [
    "X17 escapes to nowhere",
    explicit(CHARACTER_SET, "CS", ascii("ISO 2022 IR 87")) + head() +
    explicit(PATIENT_NAME, "PN", "1b24421b1b2828") + STUDY,
  ],
  ["X17 an escape of a terminal", head() + explicit(PATIENT_NAME, "PN", "1b5b324a0a07") + STUDY],
  [
    "X18 rows times columns times frames over 2^32",
    head() + STUDY + explicit(0x00280008, "IS", ascii("2147483646")) +
    explicit(0x00280010, "US", "ffff") + explicit(0x00280011, "US", "ffff") +
    explicit(0x7fe00010, "OW", "0000"),
  ],
] as const).map(([name, dataSet]): HostileCase => [name, storing(dataSet), STORED]).concat([
  [
    "X6 deflated, and something after it",
    storing(`${deflated(head() + STUDY)}ffff`, CONTEXT.deflated),
    STORED,
  ],
]);

/** A C-STORE of an instance whose UID is this text, in the command and in the data set. */
function named(name: string): string {
  const command = storeCommand({ 0x1000: ui(0x1000, name) });
  return storing(head(name) + STUDY, CONTEXT.explicit, command);
}

/** Where a UID is no UID, and would be harmful as a name; the file has another. */
export const HARMLESS_ONCE_ENCODED: readonly string[] = [
  ...["../../../x", "..", ".", "/etc/cron.d/x", "-rf", "~root"],
  ...[
    ";touch${IFS}x",
    "$(touch)",
    "`id`",
    "|id",
    "CON",
    "NUL",
    "a:b",
    "1.2.3.",
    "x.part",
    "%2e%2e",
  ],
];

/** UIDs that are to be file names. */
export const HOSTILE_NAMES: readonly HostileCase[] = [
  ...HARMLESS_ONCE_ENCODED.map((
    name,
  ): HostileCase => [`F1 F2 F3 F6 F7 ${name}`, named(name), STORED]),
  // Two values in the data set, so not that of the command.
  ["F2 C:\\x", named("C:\\x"), DOES_NOT_MATCH],
  ["F2 \\\\host\\share", named("\\\\host\\share"), DOES_NOT_MATCH],
  ["F3 empty", named(""), INVALID_INSTANCE],
  ["F3 spaces", named("    "), INVALID_INSTANCE],
  ["F3 a space within", named("1.2 3"), INVALID_INSTANCE],
  ...[65, 300, 4000, 60_000].map((length): HostileCase => [
    `F4 ${length} characters`,
    storing(head(), CONTEXT.explicit, storeCommand({ 0x1000: ui(0x1000, "1".repeat(length)) })),
    INVALID_INSTANCE,
  ]),
  ["F5 NUL in the middle", named("1.2\0.3"), INVALID_INSTANCE],
  ["F6 a newline", named("1.2\n3"), INVALID_INSTANCE],
  ["F6 an escape", named("\x1b[2J"), INVALID_INSTANCE],
  ["F6 beyond ASCII", named("1.2.\u202e3"), INVALID_INSTANCE],
];
