/**
 * PDVs and command sets in an association that was accepted.
 *
 * @module
 */

import { ECHO } from "../support/core_pair.ts";
import {
  CONTEXT,
  DATA,
  ECHO_COMMAND,
  type HostileCase,
  storeCommand,
  stored,
  STUDY_ROOT,
} from "./exchange.ts";
import { accept, ascii, element, pData, pdv, reject, RELEASE, ui, us, zeros } from "./raw_bytes.ts";

const echo = (...elements: string[]): string => pData(pdv(1, 3, elements.join("")));
const group = (length: string): string => element(0x0000, length);

const MR = "1.2.840.10008.5.1.4.1.1.4";

/** PDVs. */
export const PDVS: readonly HostileCase[] = [
  ["D7 context rejected", pData(pdv(CONTEXT.rejected, 3, ECHO_COMMAND)), "ABT(2,5)"],
  [
    "D8 reserved bits, not the last",
    pData(pdv(1, 0xfd, ECHO_COMMAND), pdv(1, 0xfb, "")),
    "C-ECHO-RSP#7 0000",
  ],
  [
    "D9 fragments of odd length",
    pData(
      pdv(CONTEXT.implicit, 3, storeCommand()),
      pdv(CONTEXT.implicit, 0, DATA.slice(0, 26)),
      pdv(CONTEXT.implicit, 2, DATA.slice(26)),
    ),
    "C-STORE-RSP#8 0000",
  ],
  [
    "D13 data sets interleaved",
    pData(
      pdv(CONTEXT.implicit, 3, storeCommand()),
      pdv(CONTEXT.implicit, 0, DATA.slice(0, 20)),
      pdv(CONTEXT.explicit, 0, DATA.slice(0, 20)),
    ),
    "ABT(2,5)",
  ],
  [
    "D2 an empty last fragment of a data set",
    pData(
      pdv(CONTEXT.implicit, 3, storeCommand()),
      pdv(CONTEXT.implicit, 0, DATA),
      pdv(CONTEXT.implicit, 2, ""),
    ),
    "C-STORE-RSP#8 0000",
  ],
  [
    "P13 2,000 empty fragments of a data set",
    pData(
      pdv(CONTEXT.implicit, 3, storeCommand()),
      ...Array(2000).fill(pdv(CONTEXT.implicit, 0, "")),
      pdv(CONTEXT.implicit, 2, DATA),
    ),
    "C-STORE-RSP#8 0000",
  ],
  ["D10 an empty data fragment before a command", pData(pdv(CONTEXT.implicit, 0, "")), "ABT(2,5)"],
  [
    "S12 an A-ASSOCIATE-AC for the data set",
    pData(pdv(CONTEXT.implicit, 3, storeCommand())) + accept(),
    "ABT(2,2)",
  ],
  ["a C-ECHO", pData(pdv(1, 3, ECHO_COMMAND)) + RELEASE, "C-ECHO-RSP#7 0000 RELRP"],
  ["a C-STORE", stored(), "C-STORE-RSP#8 0000"],
  ["D1 PDV of length 0", pData("00000000" + "0103"), "ABT(2,6)"],
  ["D1 PDV of length 1", pData("00000001" + "0103"), "ABT(2,6)"],
  [
    "D2 an empty last fragment",
    pData(pdv(1, 1, ECHO_COMMAND), pdv(1, 3, "")),
    "C-ECHO-RSP#7 0000",
  ],
  ["D3 4 GiB", pData("ffffffff0103"), "ABT(2,6)"],
  ["D3 2 GiB", pData("7fffffff0103"), "ABT(2,6)"],
  ["D3 overflow of +4", pData("fffffffc0103"), "ABT(2,6)"],
  ["D4 longer than the PDU", pData(pdv(1, 3, "0000", 5)), "ABT(2,6)"],
  ["D5 stray octets", pData(pdv(1, 1, "0000"), "0000000000"), "ABT(2,6)"],
  ["D6 context 0", pData(pdv(0, 3, "0000")), "ABT(2,6)"],
  ["D6 context 2", pData(pdv(2, 3, "0000")), "ABT(2,6)"],
  ["D7 context not negotiated", pData(pdv(99, 3, ECHO_COMMAND)), "ABT(2,5)"],
  ["D8 reserved bits", pData(pdv(1, 0xff, ECHO_COMMAND)), "C-ECHO-RSP#7 0000"],
  [
    "D9 one octet a PDV",
    pData(
      ...(ECHO_COMMAND.match(/../g) ?? []).map((octet, i, all) =>
        pdv(1, i === all.length - 1 ? 3 : 1, octet)
      ),
    ),
    "C-ECHO-RSP#7 0000",
  ],
  [
    "D9 one octet a PDU",
    (ECHO_COMMAND.match(/../g) ?? []).map((octet, i, all) =>
      pData(pdv(1, i === all.length - 1 ? 3 : 1, octet))
    ).join(""),
    "C-ECHO-RSP#7 0000",
  ],
  [
    "P13 2,000 empty fragments",
    pData(...Array(2000).fill(pdv(1, 1, "")), pdv(1, 3, ECHO_COMMAND)),
    "C-ECHO-RSP#7 0000",
  ],
  ["D10 data before a command", pData(pdv(3, 2, DATA)), "ABT(2,5)"],
  [
    "D11 command in a data set",
    pData(pdv(3, 3, storeCommand()), pdv(3, 0, DATA), pdv(3, 3, ECHO_COMMAND)),
    "ABT(2,5)",
  ],
  ["D12 data on another context", pData(pdv(3, 3, storeCommand()), pdv(5, 2, DATA)), "ABT(2,5)"],
  ["D13 commands interleaved", pData(pdv(1, 1, "0000"), pdv(3, 1, "0000")), "ABT(2,5)"],
  [
    "D14 two messages in a PDU",
    pData(
      pdv(1, 3, ECHO_COMMAND),
      pdv(1, 3, ECHO_COMMAND.replace("1001020000000700", "1001020000000900")),
    ),
    "C-ECHO-RSP#7 0000 C-ECHO-RSP#9 0000",
  ],
  [
    "D16 the next command comes first",
    pData(pdv(3, 3, storeCommand())) + pData(pdv(1, 3, ECHO_COMMAND)),
    "ABT(2,5)",
  ],
  [
    "D17 data that was denied",
    pData(pdv(1, 3, ECHO_COMMAND), pdv(1, 2, "0000")),
    "C-ECHO-RSP#7 0000 ABT(2,5)",
  ],
  ["D18 a command without end", pData(pdv(1, 1, zeros(8000))).repeat(9), "ABT(0,0)"],
  [
    "S10 a release in a data set",
    pData(pdv(3, 3, storeCommand()), pdv(3, 0, DATA)) + RELEASE,
    "ABT(0,0)",
  ],
  ["S10 a release in a command", pData(pdv(1, 1, "0000")) + RELEASE, "ABT(0,0)"],
  [
    "S12 another PDU for the data set",
    pData(pdv(3, 3, storeCommand())) + reject(1, 1, 1),
    "ABT(2,2)",
  ],
];

/** A request of a normalized operation, which nobody here serves. */
function normalized(field: number, ...dataSet: string[]): string {
  const type = us(0x0800, dataSet.length === 0 ? 0x0101 : 0);
  const command = ui(0x0003, ECHO) + us(0x0100, field) + us(0x0110, 7) + type + ui(0x1001, "1.2");
  return pData(pdv(CONTEXT.echo, 3, command), ...dataSet.map((data) => pdv(CONTEXT.echo, 2, data)));
}

/** A request of a query or retrieve on a context that is not for it. */
function misplaced(field: number, context: number): string {
  const command = ui(0x0002, STUDY_ROOT.find) + us(0x0100, field) + us(0x0110, 8) +
    us(0x0700, 0) + us(0x0800, 0) + (field === 0x0021 ? element(0x0600, ascii("STORE ")) : "");
  return pData(pdv(context, 3, command), pdv(context, 2, KEYS));
}

/** An identifier of the level STUDY. */
const KEYS = "08005200" + "06000000" + ascii("STUDY ");

/** Command sets. */
export const COMMAND_SETS: readonly HostileCase[] = [
  ["C2 N-EVENT-REPORT", normalized(0x0100, "0000"), "N-EVENT-REPORT-RSP#7 0211"],
  ["C2 N-GET", normalized(0x0110), "N-GET-RSP#7 0211"],
  ["C2 N-SET", normalized(0x0120, "0000"), "N-SET-RSP#7 0211"],
  ["C2 N-ACTION", normalized(0x0130, "0000"), "N-ACTION-RSP#7 0211"],
  ["C2 N-CREATE", normalized(0x0140, "0000"), "N-CREATE-RSP#7 0211"],
  ["C2 N-DELETE", normalized(0x0150), "N-DELETE-RSP#7 0211"],
  ["C2 C-FIND on storage", misplaced(0x0020, CONTEXT.implicit), "C-FIND-RSP#8 0211"],
  ["C2 C-MOVE on storage", misplaced(0x0021, CONTEXT.implicit), "C-MOVE-RSP#8 0211"],
  ["C2 C-GET on storage", misplaced(0x0010, CONTEXT.implicit), "C-GET-RSP#8 0211"],
  ["C2 C-ECHO on storage", pData(pdv(CONTEXT.implicit, 3, ECHO_COMMAND)), "C-ECHO-RSP#7 0211"],
  ["C11 C-FIND on Verification", misplaced(0x0020, CONTEXT.echo), "C-FIND-RSP#8 0211"],
  [
    "C6 no Affected SOP Instance UID",
    stored(storeCommand({ 0x1000: "" })),
    "C-STORE-RSP#8 0117",
  ],
  [
    "C6 an empty Affected SOP Instance UID",
    stored(storeCommand({ 0x1000: ui(0x1000, "") })),
    "C-STORE-RSP#8 0117",
  ],
  [
    "C8 C-STORE without a data set",
    pData(pdv(CONTEXT.implicit, 3, storeCommand({ 0x0800: us(0x0800, 0x0101) }))),
    "C-STORE-RSP#8 C000",
  ],
  [
    "C9 another SOP class than the context's",
    stored(storeCommand({ 0x0002: ui(0x0002, MR) })),
    "C-STORE-RSP#8 0122",
  ],
  [
    "C18 a SOP class UID of 300 characters",
    stored(storeCommand({ 0x0002: ui(0x0002, "1".repeat(300)) })),
    "C-STORE-RSP#8 0122",
  ],
  [
    "C10 C-STORE on Verification",
    pData(pdv(CONTEXT.echo, 3, storeCommand()), pdv(CONTEXT.echo, 2, DATA)),
    "C-STORE-RSP#8 0122",
  ],
  [
    "C16 elements out of order",
    echo(us(0x0800, 0x0101), us(0x0110, 7), us(0x0100, 0x0030), ui(0x0002, ECHO)),
    "C-ECHO-RSP#7 0000",
  ],
  [
    "C16 an element of another group",
    echo(ECHO_COMMAND, "08001600" + "02000000" + "3100"),
    "C-ECHO-RSP#7 0000",
  ],
  ["C16 an element that nobody knows", echo(ECHO_COMMAND, us(0x5555, 1)), "C-ECHO-RSP#7 0000"],
  ["C15 an odd length", echo(ECHO_COMMAND, element(0x0010, "41")), "ABT(0,0)"],
  [
    "C17 US of length 1",
    echo(ui(0x0002, ECHO), us(0x0100, 0x0030), element(0x0110, "07"), us(0x0800, 0x0101)),
    "ABT(0,0)",
  ],
  [
    "C13 1,000 C-CANCEL for nothing",
    echo(us(0x0100, 0xfff), us(0x0120, 9), us(0x0800, 0x0101)).repeat(1000) + RELEASE,
    "RELRP",
  ],
  [
    "C21 big endian",
    pData(pdv(CONTEXT.echo, 3, "00000002000000110000" + ascii(ECHO) + "0000")),
    "ABT(0,0)",
  ],
  ["C1 empty", pData(pdv(1, 3, "")), "ABT(0,0)"],
  ["C1 garbage", pData(pdv(1, 3, "ff".repeat(33))), "ABT(0,0)"],
  ["C1 no Command Field", echo(ui(2, ECHO), us(0x110, 7), us(0x800, 0x101)), "ABT(0,0)"],
  [
    "C3 unknown command",
    echo(ui(2, ECHO), us(0x100, 0x7fff), us(0x110, 7), us(0x800, 0x101)),
    "ABT(0,0)",
  ],
  ["C3 0005H", echo(ui(2, ECHO), us(0x100, 5), us(0x110, 7), us(0x800, 0x101)), "ABT(0,0)"],
  ["C4 no Message ID", echo(ui(2, ECHO), us(0x100, 0x30), us(0x800, 0x101)), "ABT(0,0)"],
  ["C5 no Data Set Type", echo(ui(2, ECHO), us(0x100, 0x30), us(0x110, 7)), "ABT(0,0)"],
  ["C5 no SOP class", echo(us(0x100, 0x30), us(0x110, 7), us(0x800, 0x101)), "ABT(0,0)"],
  ["C7 no Priority", stored(storeCommand({ 0x0700: "" })), "C-STORE-RSP#8 0000"],
  ["C7 Priority 65535", stored(storeCommand({ 0x0700: us(0x0700, 65535) })), "C-STORE-RSP#8 0000"],
  [
    "C12 a response nobody awaits",
    echo(ui(2, ECHO), us(0x100, 0x8030), us(0x120, 7), us(0x800, 0x101), us(0x900, 0)),
    "ABT(0,0)",
  ],
  [
    "C13 C-CANCEL for nothing",
    echo(us(0x100, 0xfff), us(0x120, 9), us(0x800, 0x101)) + RELEASE,
    "RELRP",
  ],
  ["C14 group length 0", echo(group("00000000"), ECHO_COMMAND), "C-ECHO-RSP#7 0000"],
  ["C14 group length FFFFFFFF", echo(group("ffffffff"), ECHO_COMMAND), "C-ECHO-RSP#7 0000"],
  ["C15 element beyond the end", echo(element(2, ascii("1.2"), 400)), "ABT(0,0)"],
  ["C15 length FFFFFFFF", echo(element(2, "", 0xffffffff)), "ABT(0,0)"],
  ["C16 an element twice", echo(ECHO_COMMAND, us(0x110, 99)), "C-ECHO-RSP#7 0000"],
  [
    "C17 US of length 0",
    echo(ui(2, ECHO), us(0x100, 0x30), element(0x110, ""), us(0x800, 0x101)),
    "ABT(0,0)",
  ],
  [
    "C17 US of length 4",
    echo(ui(2, ECHO), us(0x100, 0x30), element(0x110, "07000000"), us(0x800, 0x101)),
    "ABT(0,0)",
  ],
  [
    "C20 Message ID 0",
    echo(ui(2, ECHO), us(0x100, 0x30), us(0x110, 0), us(0x800, 0x101)),
    "C-ECHO-RSP#0 0000",
  ],
  [
    "C20 Message ID 65535",
    echo(ui(2, ECHO), us(0x100, 0x30), us(0x110, 65535), us(0x800, 0x101)),
    "C-ECHO-RSP#65535 0000",
  ],
  [
    "C21 explicit VR",
    pData(pdv(1, 3, `0000020055491200${ascii(ECHO)}0000000155530200300000001001555302000700`)),
    "ABT(0,0)",
  ],
];
