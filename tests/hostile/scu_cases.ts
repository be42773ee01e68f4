/**
 * What a hostile server sends to any tool that calls it.
 *
 * @module
 */

import { associationAccept } from "../../lib/association/negotiation.ts";
import type { AssociateAcceptPdu, AssociateRequestPdu } from "../../lib/pdu/pdu.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";
import { ASSOCIATED } from "./exchange.ts";
import {
  abort,
  ascii,
  element,
  item,
  pData,
  pdu,
  pdv,
  reject,
  RELEASE,
  RELEASED,
  request,
  ui,
  us,
  zeros,
} from "./raw_bytes.ts";
import { type HostileServer, sendHex, takeRequest } from "./scu_bench.ts";

/** Answers the association request with bytes, whatever is in it. */
function answering(
  name: string,
  hex: string,
  output: string,
  code: number,
  says: RegExp,
): HostileServer {
  return {
    ...{ name, output, code, says },
    async play(peer) {
      await peer.expect("A-ASSOCIATE-RQ");
      await sendHex(peer, hex);
    },
  };
}

/** Accepts the association, but not quite. */
function accepting(
  name: string,
  change: (accept: AssociateAcceptPdu, request: AssociateRequestPdu) => AssociateAcceptPdu,
  output: string,
  code: number,
  says: RegExp,
): HostileServer {
  return {
    ...{ name, output, code, says },
    async play(peer) {
      const request = await peer.expect("A-ASSOCIATE-RQ");
      await peer.send(change(acceptOf(request), request));
    },
  };
}

/** Takes the first request, and answers it with bytes. */
function replying(
  name: string,
  hex: string | ((context: number) => string),
  output: string,
  code: number,
  says: RegExp,
): HostileServer {
  return {
    ...{ name, output, code, says },
    async play(peer, scu) {
      const context = await takeRequest(peer, scu);
      await sendHex(peer, typeof hex === "string" ? hex : hex(context));
    },
  };
}

function acceptOf(request: AssociateRequestPdu): AssociateAcceptPdu {
  return associationAccept(request, {
    select: (_uid, [first]) => first ?? 4,
    roles: () => ({ scu: true, scp: true }),
    maximumLength: 16384,
  });
}

function withContexts(
  contexts: (
    context: AssociateAcceptPdu["presentationContexts"][number],
  ) => AssociateAcceptPdu["presentationContexts"],
): (accept: AssociateAcceptPdu) => AssociateAcceptPdu {
  return (accept) => ({
    ...accept,
    presentationContexts: accept.presentationContexts.flatMap(contexts),
  });
}

function withMaximum(maximumLength: number): (accept: AssociateAcceptPdu) => AssociateAcceptPdu {
  return (accept) => ({
    ...accept,
    userInformation: { ...accept.userInformation, maximumLength },
  });
}

const ABORTED_BY_US = /^E: .*(?:[Aa]bort|Cannot)/m;
const PEER_ABORTED = /^E: .*[Aa]bort/m;
const REJECTED = /^E: .*[Rr]eject/m;
const NO_CONTEXT = /^E: .*(?:[Pp]resentation context|accepted)/m;

/** What comes in place of the answer to the association request. */
export const INSTEAD_OF_ACCEPTANCE: readonly HostileServer[] = [
  answering("U18 HTTP", ascii("HTTP/1.1 400 Bad Request\r\n\r\n"), "ABT(2,1)", 4, /HTTP/),
  answering("U18 SSH", ascii("SSH-2.0-OpenSSH_9.9\r\n"), "ABT(2,1)", 4, /SSH/),
  answering("U18 TLS", "15030100020228", "ABT(2,1)", 4, /TLS/),
  answering("U18 garbage", "ff".repeat(100), "ABT(2,1)", 4, ABORTED_BY_US),
  answering("P1 type 00", pdu(0, zeros(4)), "ABT(2,1)", 4, ABORTED_BY_US),
  answering("P1 type 08", pdu(8, zeros(4)), "ABT(2,1)", 4, ABORTED_BY_US),
  answering("P3 an acceptance of 4 GiB", "0200ffffffff", "ABT(2,6)", 4, ABORTED_BY_US),
  answering("P3 an acceptance of 1 MiB and 1", "020000100001", "ABT(2,6)", 4, ABORTED_BY_US),
  answering("P6 an acceptance of length 0", pdu(2, ""), "ABT(2,6)", 4, ABORTED_BY_US),
  answering("P6 an acceptance of length 67", pdu(2, zeros(67)), "ABT(2,6)", 4, ABORTED_BY_US),
  answering(
    "A20 an item that lies",
    pdu(2, `${zeros(68)}${item(0x21, "01000000", 99)}`),
    "ABT(2,6)",
    4,
    ABORTED_BY_US,
  ),
  answering("P7 a rejection of length 3", pdu(3, "000101"), "ABT(2,6)", 4, ABORTED_BY_US),
  answering("S1 an association request", request(), "ABT(2,2)", 4, ABORTED_BY_US),
  answering("S1 P-DATA", pData(pdv(1, 3, "0000")), "ABT(2,2)", 4, ABORTED_BY_US),
  answering("P10 P-DATA of 4 GiB", "0400ffffffff", "ABT(2,6)", 4, ABORTED_BY_US),
  answering("S1 a release request", RELEASE, "ABT(2,2)", 4, ABORTED_BY_US),
  answering("S1 a release response", RELEASED, "ABT(2,2)", 4, ABORTED_BY_US),
  answering("S1 an abort", abort(2, 3), "", 4, PEER_ABORTED),
  answering("P8 an abort of undefined codes", abort(9, 99), "", 4, PEER_ABORTED),
  answering("P8 an abort of length 0", pdu(7, ""), "", 4, PEER_ABORTED),
  answering("U11 a rejection of undefined codes", reject(9, 8, 77), "", 4, /9.*8.*77|REJECT/is),
  answering("U11 a rejection of code 0", reject(0, 0, 0), "", 4, REJECTED),
];

/** Acceptances that say something else than what was asked. */
export const STRANGE_ACCEPTANCES: readonly HostileServer[] = [
  accepting(
    "U9 nothing accepted",
    withContexts((context) => [{ ...context, result: 3 }]),
    "RELRQ",
    4,
    NO_CONTEXT,
  ),
  accepting("U9 no contexts at all", withContexts(() => []), "RELRQ", 4, NO_CONTEXT),
  accepting(
    "U8 contexts that were not proposed",
    withContexts((context) => [{ ...context, id: context.id + 100 }]),
    "RELRQ",
    4,
    NO_CONTEXT,
  ),
  accepting(
    "U8 result 9",
    withContexts((context) => [{ ...context, result: 9 }]),
    "RELRQ",
    4,
    NO_CONTEXT,
  ),
  // Only this context cannot be used; an A-ABORT would cost the others too.
  accepting(
    "U8 a transfer syntax that was not proposed",
    withContexts((context) => [{ ...context, transferSyntax: "1.2.840.10008.1.2.4.90" }]),
    "RELRQ",
    4,
    NO_CONTEXT,
  ),
  accepting(
    "U8 a transfer syntax of escapes",
    withContexts((context) => [{ ...context, result: 7, transferSyntax: "\x1b[2J\n" }]),
    "RELRQ",
    4,
    NO_CONTEXT,
  ),
  ...[1, 7].map((length) =>
    accepting(`U10 maximum length ${length}`, withMaximum(length), "ABT(0,0)", 4, ABORTED_BY_US)
  ),
];

/** Acceptances that say more than was asked: the tool goes on, and sends its request. */
export const TALKATIVE_ACCEPTANCES: readonly HostileServer[] = ([
  ["A40 roles that nobody asked for", {
    roleSelections: [{ sopClassUid: "1.2.3", scu: true, scp: true }],
  }],
  ["A40 extended negotiation that nobody asked for", {
    extendedNegotiations: [{ sopClassUid: "1.2.3", information: new Uint8Array(60_000) }],
  }],
  ["A40 a confirmation of an identity that was not told", {
    userIdentityResponse: new Uint8Array(1000),
  }],
  ["A39 a window that nobody asked for", {
    asynchronousOperationsWindow: { invoked: 0, performed: 65535 },
  }],
  ["A23 no maximum length", { maximumLength: 0 }],
] as const).map(([name, change]): HostileServer => ({
  name,
  async play(peer, scu) {
    const request = await peer.expect("A-ASSOCIATE-RQ");
    const accept = acceptOf(request);
    await peer.send({ ...accept, userInformation: { ...accept.userInformation, ...change } });
    await peer.expectMessage(scu.command);
    if (scu.hasDataSet) await peer.expect("data");
    await sendHex(peer, abort(0, 0));
  },
  output: "",
  code: 4,
  says: PEER_ABORTED,
}));

/** A response of any kind to any message. */
function response(context: number, field: number, messageId: number, ...more: string[]): string {
  const command = ui(0x0002, "1.2") + us(0x0100, field) + us(0x0120, messageId) + more.join("");
  return pData(pdv(context, 3, command));
}

/** What comes in place of the first response. */
export const INSTEAD_OF_RESPONSE: readonly HostileServer[] = [
  replying("P1 type FF", "ff0000000000", "ABT(2,1)", 4, ABORTED_BY_US),
  replying(
    "U18 HTTP in the association",
    ascii("HTTP/1.1 200 OK\r\n"),
    "ABT(2,1)",
    4,
    ABORTED_BY_US,
  ),
  replying("U13 P-DATA of length 0", pData(), "ABT(2,6)", 4, ABORTED_BY_US),
  replying("D1 PDV of length 0", pData("000000000103"), "ABT(2,6)", 4, ABORTED_BY_US),
  replying("D3 PDV of 4 GiB", pData("ffffffff0103"), "ABT(2,6)", 4, ABORTED_BY_US),
  replying("D6 context 0", pData(pdv(0, 3, "0000")), "ABT(2,6)", 4, ABORTED_BY_US),
  replying("D7 context 251", pData(pdv(251, 3, "0000")), "ABT(2,5)", 4, ABORTED_BY_US),
  replying("P10 P-DATA over our maximum", "040000100000", "ABT(2,6)", 4, ABORTED_BY_US),
  replying("D10 data", (id) => pData(pdv(id, 2, "0000")), "ABT(2,5)", 4, ABORTED_BY_US),
  replying("C1 empty", (id) => pData(pdv(id, 3, "")), "ABT(0,0)", 4, ABORTED_BY_US),
  replying(
    "U13 empty fragments alone",
    (id) => pData(...Array(50).fill(pdv(id, 1, "")), pdv(id, 3, "")),
    "ABT(0,0)",
    4,
    ABORTED_BY_US,
  ),
  replying("C1 garbage", (id) => pData(pdv(id, 3, "ff".repeat(40))), "ABT(0,0)", 4, ABORTED_BY_US),
  replying(
    "D18 a command without end",
    (id) => pData(pdv(id, 1, zeros(8000))).repeat(9),
    "ABT(0,0)",
    4,
    ABORTED_BY_US,
  ),
  replying(
    "U6 another message ID",
    (id) => response(id, 0x8030, 4711, us(0x0800, 0x0101), us(0x0900, 0)),
    "ABT(0,0)",
    4,
    ABORTED_BY_US,
  ),
  replying(
    "U6 the response of another service",
    (id) => response(id, 0x8150, 1, us(0x0800, 0x0101), us(0x0900, 0)),
    "ABT(0,0)",
    4,
    ABORTED_BY_US,
  ),
  replying(
    "C17 a status of four octets",
    (id) => response(id, 0x8030, 1, us(0x0800, 0x0101), element(0x0900, "00000000")),
    "ABT(0,0)",
    4,
    ABORTED_BY_US,
  ),
  replying("S2 an association request", ASSOCIATED, "ABT(2,2)", 4, ABORTED_BY_US),
  replying("S3 an association acceptance", pdu(2, zeros(68)), "ABT(2,2)", 4, ABORTED_BY_US),
  replying("S3 a rejection", reject(1, 1, 1), "ABT(2,2)", 4, ABORTED_BY_US),
  replying("S4 a release response", RELEASED, "ABT(2,2)", 4, ABORTED_BY_US),
  replying("P7 a release request of length 0", pdu(5, ""), "ABT(2,6)", 4, ABORTED_BY_US),
  replying("a release request", RELEASE, "RELRP", 4, /^E: /m),
  replying("an abort", abort(0, 0), "", 4, PEER_ABORTED),
  replying("P14 an abort, and more", abort(2, 0) + RELEASE, "", 4, PEER_ABORTED),
];

/** Nothing more comes: the tool's own deadlines. */
export const SILENCES: readonly HostileServer[] = [
  {
    name: "U12 silence in place of the acceptance",
    play: async (peer: ScriptedPeer) => void await peer.expect("A-ASSOCIATE-RQ"),
    output: "ABT(0,0)",
    code: 5,
    says: /^E: Gave up after 30 s/m,
    after: 30_000,
  },
  {
    name: "U12 half an acceptance",
    async play(peer) {
      await peer.expect("A-ASSOCIATE-RQ");
      await sendHex(peer, "0200000000b80001");
    },
    output: "ABT(0,0)",
    code: 5,
    says: /^E: Gave up after 30 s/m,
    after: 30_000,
  },
  {
    name: "U12 silence in place of the response",
    play: async (peer, scu) => void await takeRequest(peer, scu),
    output: "ABT(0,0)",
    code: 5,
    says: /^E: Gave up after 30 s/m,
    after: 30_000,
    args: ["-td", "30"],
  },
  {
    name: "T8 the end of the connection in place of the acceptance",
    async play(peer) {
      await peer.expect("A-ASSOCIATE-RQ");
      peer.transport.close();
    },
    output: "",
    code: 4,
    says: /^E: /m,
  },
  {
    name: "T8 the end of the connection in the middle of a response",
    async play(peer, scu) {
      const context = await takeRequest(peer, scu);
      await sendHex(peer, pData(pdv(context, 3, zeros(50))).slice(0, 30));
      peer.transport.close();
    },
    output: "",
    code: 4,
    says: /^E: /m,
  },
];
