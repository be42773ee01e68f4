/**
 * What is sent before and instead of an association request, in it, and what is out of place in an
 * association.
 *
 * @module
 */

import { CT, ECHO, IMPLICIT } from "../support/core_pair.ts";
import { ASSOCIATED, type HostileCase } from "./exchange.ts";
import {
  abort,
  accept,
  APPLICATION,
  ascii,
  item,
  maximumLength,
  pData,
  pdu,
  pdv,
  proposal,
  reject,
  RELEASE,
  RELEASED,
  request,
  userInformation,
  zeros,
} from "./raw_bytes.ts";

const CONTEXT = proposal(1, [ECHO], [IMPLICIT]);
const USER = userInformation(maximumLength(16384));

/** A request with its presentation contexts changed. */
function withContexts(...contexts: string[]): string {
  return request({ items: [APPLICATION, ...contexts, USER] });
}

/** A request with its user information changed. */
function withUser(...subItems: string[]): string {
  return request({ items: [APPLICATION, CONTEXT, userInformation(...subItems)] });
}

const IDENTITY = (type: number, primary: number, secondary: number): string =>
  item(
    0x58,
    `${type.toString(16).padStart(2, "0")}00${primary.toString(16).padStart(4, "0")}` +
      `${ascii("bob")}${secondary.toString(16).padStart(4, "0")}`,
  );

const IDENTITY_OF = (type: number, primary: string): string =>
  item(
    0x58,
    `${type.toString(16).padStart(2, "0")}00${primary.length.toString(16).padStart(4, "0")}` +
      `${ascii(primary)}0000`,
  );

function roles(sopClass: string, flags: string): string {
  return item(0x54, `${sopClass.length.toString(16).padStart(4, "0")}${ascii(sopClass)}${flags}`);
}

/** What is no association request: PDU types and lengths (P), states (S). */
export const BEFORE_ASSOCIATION: readonly HostileCase[] = [
  ["S5 A-ASSOCIATE-AC", accept(), "ABT(0,0)"],
  ["T2 nothing", "", ""],
  ...["00", "08", "99", "ff"].map((type): HostileCase => [
    `P1 type ${type}`,
    `${type}0000000004${zeros(4)}`,
    "ABT(0,0)",
  ]),
  ["P2 HTTP", ascii("GET / HTTP/1.1\r\nHost: archive\r\n\r\n"), "ABT(0,0)"],
  ["P2 TLS", `16030100c8010000c40303${"5a".repeat(200)}`, "ABT(0,0)"],
  ["P2 SSH", ascii("SSH-2.0-OpenSSH_9.9\r\n"), "ABT(0,0)"],
  ["P3 4 GiB", "0100ffffffff", "ABT(0,0)"],
  ["P3 2 GiB", "010080000000", "ABT(0,0)"],
  ["P3 1 MiB and 1", "010000100001", "ABT(0,0)"],
  ["P6 length 0", "010000000000", "ABT(0,0)"],
  ["P6 length 10", pdu(1, zeros(10)), "ABT(0,0)"],
  ["P6 length 67", pdu(1, zeros(67)), "ABT(0,0)"],
  ["P11 P-DATA of 4 GiB", "0400ffffffff", "ABT(0,0)"],
  ["S5 P-DATA", pData(pdv(1, 3, "0000")), "ABT(0,0)"],
  ["S5 A-ASSOCIATE-RJ", reject(1, 1, 1), "ABT(0,0)"],
  ["S5 A-RELEASE-RQ", RELEASE, "ABT(0,0)"],
  ["S5 A-RELEASE-RP", RELEASED, "ABT(0,0)"],
  ["S6 A-ABORT", abort(0, 0), ""],
  ["P8 A-ABORT of length 0", pdu(7, ""), ""],
  ["P8 A-ABORT of length 40", pdu(7, zeros(40)), ""],
  ["P14 after an A-ABORT", abort(2, 3) + request(), ""],
  ["P15 after an invalid PDU", `ff0000000000${request()}${RELEASE}`, "ABT(0,0)"],
];

/** The request's own fields and items. */
export const REQUEST_FIELDS: readonly HostileCase[] = [
  ["A29 NUL in the called AE title", request({ called: "STORE\0X" }), "RJ(1,1,7)"],
  ["A29 beyond ASCII", request({ calling: "ÄRZTE" }), "RJ(1,1,3)"],
  ["A31 path as the called AE title", request({ called: "../STORE" }), "RJ(1,1,7)"],
  [
    "A13 16,000 unknown items",
    request({ items: [APPLICATION, CONTEXT, USER, ...Array(16_000).fill(item(0x99, ""))] }),
    "AC[0]",
  ],
  ["a good one", request() + RELEASE, "AC[0] RELRP"],
  ...[0, 2, 0xfffe].map((version): HostileCase => [
    `A1 version ${version}`,
    request({ version }),
    "RJ(1,2,2)",
  ]),
  ...[3, 0xffff].map((version): HostileCase => [
    `A2 version ${version}`,
    request({ version }) + RELEASE,
    "AC[0] RELRP",
  ]),
  [
    "A3 application context",
    request({ items: [item(0x10, ascii("1.2.3")), CONTEXT, USER] }),
    "RJ(1,1,2)",
  ],
  ["A4 no application context", request({ items: [CONTEXT, USER] }), "RJ(1,1,2)"],
  [
    "A5 two application contexts",
    request({ items: [APPLICATION, APPLICATION, CONTEXT, USER] }),
    "ABT(0,0)",
  ],
  ["A5 two user items", request({ items: [APPLICATION, CONTEXT, USER, USER] }), "ABT(0,0)"],
  ["A6 no contexts", request({ items: [APPLICATION, USER] }), "RJ(1,2,1)"],
  ["no items", request({ items: [] }), "RJ(1,1,2)"],
  [
    "A17 unknown item",
    request({ items: [APPLICATION, item(0x99, "abcd"), CONTEXT, USER] }) + RELEASE,
    "AC[0] RELRP",
  ],
  [
    "A19 out of order",
    request({ items: [USER, CONTEXT, APPLICATION] }) + RELEASE,
    "AC[0] RELRP",
  ],
  [
    "A21 item over the PDU",
    request({ items: [APPLICATION, CONTEXT, item(0x50, "51000004", 500)] }),
    "ABT(0,0)",
  ],
  [
    "A21 half an item header",
    request({ items: [APPLICATION, CONTEXT, USER, "2000"] }),
    "ABT(0,0)",
  ],
  ["P4 length shorter than the items", request({ length: 80 }), "ABT(0,0)"],
  ["P5 length longer than sent", request({ length: 1000 }), ""],
  ["P12 reserved octets", request({ reserved: "ff" }) + RELEASE, "AC[0] RELRP"],
  ["A27 called of spaces", request({ called: "" }), "RJ(1,1,7)"],
  ["A27 calling of spaces", request({ calling: "" }), "RJ(1,1,3)"],
  ["A28 called", request({ called: "OTHER" }), "RJ(1,1,7)"],
  ["A28 case counts", request({ called: "store" }), "RJ(1,1,7)"],
  ["spaces around", request({ called: "  STORE" }) + RELEASE, "AC[0] RELRP"],
  ["A29 NUL", request({ calling: "A\0B" }), "RJ(1,1,3)"],
  ["A29 backslash", request({ calling: "A\\B" }), "RJ(1,1,3)"],
  ["A30 escape", request({ calling: "\x1b[2J" }), "RJ(1,1,3)"],
  ["A31 path", request({ calling: "../../etc/x" }) + RELEASE, "AC[0] RELRP"],
];

/** Its presentation contexts. */
export const PRESENTATION_CONTEXTS: readonly HostileCase[] = [
  [
    "A8 an ID twice among 129",
    withContexts(
      ...Array.from({ length: 128 }, (_, i) => proposal(2 * i + 1, [ECHO], [IMPLICIT])),
      proposal(255, [CT], [IMPLICIT]),
    ),
    "ABT(0,0)",
  ],
  [
    "A13 16,000 empty transfer syntaxes",
    withContexts(proposal(1, [ECHO], Array(16_000).fill(""))),
    "AC[4]",
  ],
  [
    "A14 a name of 65,000 characters",
    withContexts(proposal(1, ["1".repeat(65_000)], [IMPLICIT])),
    "AC[3]",
  ],
  [
    "A7 128 contexts",
    withContexts(
      ...Array.from({ length: 128 }, (_, i) => proposal(2 * i + 1, [ECHO], [IMPLICIT])),
    ),
    `AC[${Array(128).fill(0)}]`,
  ],
  ["A8 an ID twice", withContexts(CONTEXT, CONTEXT), "ABT(0,0)"],
  ["A9 ID 0", withContexts(proposal(0, [ECHO], [IMPLICIT])), "ABT(0,0)"],
  ["A9 ID 2", withContexts(proposal(2, [ECHO], [IMPLICIT])), "ABT(0,0)"],
  ["A10 no transfer syntax", withContexts(CONTEXT, proposal(3, [CT], [])), "AC[0,4]"],
  ["A11 no abstract syntax", withContexts(CONTEXT, proposal(3, [], [IMPLICIT])), "AC[0,3]"],
  ["A12 two abstract syntaxes", withContexts(proposal(1, [ECHO, CT], [IMPLICIT])), "AC[2]"],
  [
    "A13 a sub-item that lies",
    withContexts(item(0x20, `01000000${item(0x30, "", 65_535)}`)),
    "ABT(0,0)",
  ],
  [
    "A13 5,000 transfer syntaxes",
    withContexts(proposal(1, [ECHO], Array(5000).fill("1.2.3"))),
    "AC[4]",
  ],
  ["A14 65 characters", withContexts(proposal(1, ["1.".repeat(32) + "1"], [IMPLICIT])), "AC[3]"],
  ["A14 300 characters", withContexts(proposal(1, [CT], ["1".repeat(300)])), "AC[4]"],
  ["A14 65,000 characters", withContexts(proposal(1, [CT], ["1".repeat(65_000)])), "AC[4]"],
  ["A15 NUL and spaces", withContexts(proposal(1, [`${ECHO}\0`], [`${IMPLICIT} `])), "AC[0]"],
  ["A16 not ASCII", withContexts(proposal(1, ["1.2.é"], [IMPLICIT])), "AC[3]"],
  ["A16 control", withContexts(proposal(1, ["1.2\n3"], [IMPLICIT])), "AC[3]"],
  ["nothing acceptable", withContexts(proposal(1, ["1.2.840.10008.9"], [IMPLICIT])), "AC[3]"],
];

/** Its user information. */
export const USER_INFORMATION: readonly HostileCase[] = [
  ["A18 65 KB of unknown sub-items", withUser(...Array(16_000).fill(item(0x5a, ""))), "AC[0]"],
  ["A22 no implementation class UID", withUser(maximumLength(16384)), "AC[0]"],
  ["A23 maximum length FFFFFFFF", withUser(maximumLength(0xffffffff)), "AC[0]"],
  [
    "A32 roles twice, and of other numbers",
    withUser(roles(ECHO, "0101"), roles(ECHO, "0000"), roles(ECHO, "02ff")),
    "AC[0]",
  ],
  ["A32 2,000 roles", withUser(...Array(2000).fill(roles(ECHO, "0101"))), "AC[0]"],
  ["A36 60 KB of user name", withUser(IDENTITY_OF(1, "%s%n$(id)".repeat(6500))), "AC[0]"],
  ["A30 an escape in the version name", withUser(item(0x55, "1b5b324a0a")), "AC[0]"],
  [
    "A18 unknown sub-items",
    withUser(maximumLength(16384), item(0x5a, "ab"), item(0xff, "")),
    "AC[0]",
  ],
  ["A20 sub-item over its item", withUser(item(0x52, "31", 99)), "ABT(0,0)"],
  ["A22 no user information", request({ items: [APPLICATION, CONTEXT] }), "AC[0]"],
  ["A22 an empty one", withUser(), "AC[0]"],
  ["A23 maximum length 0", withUser(maximumLength(0)), "AC[0]"],
  ["A24 maximum length 1", withUser(maximumLength(1)), "RJ(1,1,1)"],
  ["A24 maximum length 7", withUser(maximumLength(7)), "RJ(1,1,1)"],
  ["A25 51H of length 3", withUser(item(0x51, "004000")), "ABT(0,0)"],
  ["A25 51H of length 5", withUser(item(0x51, "0000400000")), "ABT(0,0)"],
  ["A25 53H of length 3", withUser(item(0x53, "000100")), "ABT(0,0)"],
  [
    "A26 51H twice, the smaller counts",
    withUser(maximumLength(16384), maximumLength(4)),
    "RJ(1,1,1)",
  ],
  [
    "A32 roles for a class not proposed",
    withUser(item(0x54, `0005${ascii("1.2.3")}0101`)),
    "AC[0]",
  ],
  ["A32 roles that lie", withUser(item(0x54, `0099${ascii("1.2.3")}0101`)), "ABT(0,0)"],
  [
    "A33 60 KB of extended negotiation",
    withUser(item(0x56, `0005${ascii("1.2.3")}${zeros(60_000)}`)),
    "AC[0]",
  ],
  ["A34 identity type 0", withUser(IDENTITY(0, 3, 0)), "AC[0]"],
  ["A34 identity type 9", withUser(IDENTITY(9, 3, 0)), "AC[0]"],
  ["A35 primary field that lies", withUser(IDENTITY(1, 300, 0)), "ABT(0,0)"],
  ["A35 secondary field that lies", withUser(IDENTITY(2, 3, 1)), "ABT(0,0)"],
  [
    "A38 57H that lies",
    withUser(item(0x57, `0003${ascii("1.2")}0003${ascii("1.2")}0099`)),
    "ABT(0,0)",
  ],
  ["A39 window 0/0", withUser(item(0x53, "00000000")), "AC[0]"],
  ["A39 window 65535/65535", withUser(item(0x53, "ffffffff")), "AC[0]"],
];

/** PDUs that are malformed, or have no place in an association. */
export const OUT_OF_PLACE: readonly HostileCase[] = [
  ["S3 A-ASSOCIATE-AC", accept(), "ABT(2,2)"],
  ["P7 A-RELEASE-RP of length 0", pdu(6, ""), "ABT(2,6)"],
  ["P7 A-ASSOCIATE-RJ of length 3", pdu(3, "000101"), "ABT(2,6)"],
  ["P7 A-RELEASE-RQ of length 4 GiB", "0500ffffffff", "ABT(2,6)"],
  ["P10 P-DATA of 4 GiB", "0400ffffffff", "ABT(2,6)"],
  ["P15 PDUs after one of an unknown type", `ff0000000000${RELEASE}${ASSOCIATED}`, "ABT(2,1)"],
  ...["00", "08", "99", "ff"].map((type): HostileCase => [
    `P1 type ${type}`,
    `${type}0000000004${zeros(4)}`,
    "ABT(2,1)",
  ]),
  ["P7 A-RELEASE-RQ of length 0", pdu(5, ""), "ABT(2,6)"],
  ["P7 A-RELEASE-RP of length 5", pdu(6, zeros(5)), "ABT(2,6)"],
  ["P8 A-ABORT of length 0", pdu(7, ""), ""],
  ["P8 A-ABORT with undefined codes", abort(9, 99), ""],
  ["P9 P-DATA of length 0", pData(), "ABT(2,6)"],
  ["P10 P-DATA over our maximum", "040000020001", "ABT(2,6)"],
  ["P14 after an A-ABORT", abort(0, 0) + RELEASE, ""],
  ["S2 A-ASSOCIATE-RQ", ASSOCIATED, "ABT(2,2)"],
  ["S3 A-ASSOCIATE-RJ", reject(1, 1, 1), "ABT(2,2)"],
  ["S4 A-RELEASE-RP", RELEASED, "ABT(2,2)"],
  ["a release", RELEASE, "RELRP"],
  ["S6 A-ABORT after the release", RELEASE + abort(0, 0), "RELRP"],
  ["S8 P-DATA after the release", RELEASE + pData(pdv(1, 3, "0000")), "RELRP"],
  [
    "S13 a second request after the release",
    RELEASE + ASSOCIATED.repeat(3),
    "RELRP ABT(2,2)",
  ],
  ["garbage after the release", `${RELEASE}${"ff".repeat(500)}`, "RELRP ABT(2,1)"],
];
