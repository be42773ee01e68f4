/**
 * What a broken or hostile peer may send, and exactly what it gets back.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fragmentMessage } from "../../lib/dimse/fragmenter.ts";
import type { ResponseMessage } from "../../lib/dimse/message.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import { CT, ECHO, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";
import { INSTANCE, served } from "../support/served.ts";
import {
  assertServes,
  ASSOCIATED,
  collect,
  DATA,
  ECHO_COMMAND,
  readable,
  send,
  store,
  storeCommand,
  stored,
} from "./exchange.ts";
import {
  abort,
  APPLICATION,
  ascii,
  element,
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
  ui,
  us,
  userInformation,
  zeros,
} from "./raw_bytes.ts";

/** What is sent, and what comes back; an A-ASSOCIATE-AC as `AC` with the results of its contexts. */
type Case = readonly [name: string, input: string, output: string];

/** Splitting by one byte is the hardest; long inputs are split less finely. */
function sizes(length: number): readonly number[] {
  return length > 20_000 ? [length, 4093] : [length, 1, 7];
}

/** Runs every case against one server, whole and split (T20); then nothing may be left. */
async function run(cases: readonly Case[], prologue: string): Promise<void> {
  const bench = served({ store }, { aeTitle: "STORE" });
  const before = Uint8Array.fromHex(prologue);
  for (const [name, input, expected] of cases) {
    const bytes = Uint8Array.fromHex(input);
    for (const size of sizes(bytes.byteLength)) {
      const label = `${name}, ${size} at a time`;
      const { transport } = bench.dial();
      const output: number[] = [];
      const collecting = collect(transport, output);
      if (before.byteLength > 0) {
        await send(transport, before, before.byteLength);
        await settle();
        assert.equal(output[0], 2, label);
        output.length = 0;
      }
      await send(transport, bytes, size);
      await settle();
      assert.equal(readable(output), expected, label);
      transport.close();
      await collecting;
      await settle();
      assert.equal(bench.server.activeAssociations, 0, label);
    }
    await assertServes(bench, name);
  }
  await settle();
  assert.equal(bench.server.activeAssociations, 0);
  assert.equal(bench.clock.pending, 0);
  assert.ok(!bench.events.some((event) => event.type === "handler-failed"));
  await bench[Symbol.asyncDispose]();
}

const ABORTED = abort(0, 0);
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

pure("before the association: what is no association request (P, S)", () =>
  run([
    ["T2 nothing", "", ""],
    ...["00", "08", "99", "ff"].map((type): Case => [
      `P1 type ${type}`,
      `${type}0000000004${zeros(4)}`,
      ABORTED,
    ]),
    ["P2 HTTP", ascii("GET / HTTP/1.1\r\nHost: archive\r\n\r\n"), ABORTED],
    ["P2 TLS", `16030100c8010000c40303${"5a".repeat(200)}`, ABORTED],
    ["P2 SSH", ascii("SSH-2.0-OpenSSH_9.9\r\n"), ABORTED],
    ["P3 4 GiB", "0100ffffffff", ABORTED],
    ["P3 2 GiB", "010080000000", ABORTED],
    ["P3 1 MiB and 1", "010000100001", ABORTED],
    ["P6 length 0", "010000000000", ABORTED],
    ["P6 length 10", pdu(1, zeros(10)), ABORTED],
    ["P6 length 67", pdu(1, zeros(67)), ABORTED],
    ["P11 P-DATA of 4 GiB", "0400ffffffff", ABORTED],
    ["S5 P-DATA", pData(pdv(1, 3, "0000")), ABORTED],
    ["S5 A-ASSOCIATE-RJ", reject(1, 1, 1), ABORTED],
    ["S5 A-RELEASE-RQ", RELEASE, ABORTED],
    ["S5 A-RELEASE-RP", RELEASED, ABORTED],
    ["S6 A-ABORT", abort(0, 0), ""],
    ["P8 A-ABORT of length 0", pdu(7, ""), ""],
    ["P8 A-ABORT of length 40", pdu(7, zeros(40)), ""],
    ["P14 after an A-ABORT", abort(2, 3) + request(), ""],
    ["P15 after an invalid PDU", `ff0000000000${request()}${RELEASE}`, ABORTED],
  ], ""));

pure(
  "the association request: its own fields and items (A1 to A6, A17 to A21, P4, P12)",
  () =>
    run([
      ["a good one", request() + RELEASE, `AC 0 ${RELEASED}`],
      ...[0, 2, 0xfffe].map((version): Case => [
        `A1 version ${version}`,
        request({ version }),
        reject(1, 2, 2),
      ]),
      ...[3, 0xffff].map((version): Case => [
        `A2 version ${version}`,
        request({ version }) + RELEASE,
        `AC 0 ${RELEASED}`,
      ]),
      [
        "A3 application context",
        request({ items: [item(0x10, ascii("1.2.3")), CONTEXT, USER] }),
        reject(1, 1, 2),
      ],
      ["A4 no application context", request({ items: [CONTEXT, USER] }), reject(1, 1, 2)],
      [
        "A5 two application contexts",
        request({ items: [APPLICATION, APPLICATION, CONTEXT, USER] }),
        ABORTED,
      ],
      ["A5 two user items", request({ items: [APPLICATION, CONTEXT, USER, USER] }), ABORTED],
      ["A6 no contexts", request({ items: [APPLICATION, USER] }), reject(1, 2, 1)],
      ["no items", request({ items: [] }), reject(1, 1, 2)],
      [
        "A17 unknown item",
        request({ items: [APPLICATION, item(0x99, "abcd"), CONTEXT, USER] }) + RELEASE,
        `AC 0 ${RELEASED}`,
      ],
      [
        "A19 out of order",
        request({ items: [USER, CONTEXT, APPLICATION] }) + RELEASE,
        `AC 0 ${RELEASED}`,
      ],
      [
        "A21 item over the PDU",
        request({ items: [APPLICATION, CONTEXT, item(0x50, "51000004", 500)] }),
        ABORTED,
      ],
      [
        "A21 half an item header",
        request({ items: [APPLICATION, CONTEXT, USER, "2000"] }),
        ABORTED,
      ],
      ["P4 length shorter than the items", request({ length: 80 }), ABORTED],
      ["P5 length longer than sent", request({ length: 1000 }), ""],
      ["P12 reserved octets", request({ reserved: "ff" }) + RELEASE, `AC 0 ${RELEASED}`],
      ["A27 called of spaces", request({ called: "" }), reject(1, 1, 7)],
      ["A27 calling of spaces", request({ calling: "" }), reject(1, 1, 3)],
      ["A28 called", request({ called: "OTHER" }), reject(1, 1, 7)],
      ["A28 case counts", request({ called: "store" }), reject(1, 1, 7)],
      ["spaces around", request({ called: "  STORE" }) + RELEASE, `AC 0 ${RELEASED}`],
      ["A29 NUL", request({ calling: "A\0B" }), reject(1, 1, 3)],
      ["A29 backslash", request({ calling: "A\\B" }), reject(1, 1, 3)],
      ["A30 escape", request({ calling: "\x1b[2J" }), reject(1, 1, 3)],
      ["A31 path", request({ calling: "../../etc/x" }) + RELEASE, `AC 0 ${RELEASED}`],
    ], ""),
);

pure("the association request: presentation contexts (A7 to A16)", () =>
  run([
    [
      "A7 128 contexts",
      withContexts(
        ...Array.from({ length: 128 }, (_, i) => proposal(2 * i + 1, [ECHO], [IMPLICIT])),
      ),
      `AC ${Array(128).fill(0)} `,
    ],
    ["A8 an ID twice", withContexts(CONTEXT, CONTEXT), ABORTED],
    ["A9 ID 0", withContexts(proposal(0, [ECHO], [IMPLICIT])), ABORTED],
    ["A9 ID 2", withContexts(proposal(2, [ECHO], [IMPLICIT])), ABORTED],
    ["A10 no transfer syntax", withContexts(CONTEXT, proposal(3, [CT], [])), "AC 0,4 "],
    ["A11 no abstract syntax", withContexts(CONTEXT, proposal(3, [], [IMPLICIT])), "AC 0,3 "],
    ["A12 two abstract syntaxes", withContexts(proposal(1, [ECHO, CT], [IMPLICIT])), "AC 2 "],
    [
      "A13 a sub-item that lies",
      withContexts(item(0x20, `01000000${item(0x30, "", 65_535)}`)),
      ABORTED,
    ],
    [
      "A13 5,000 transfer syntaxes",
      withContexts(proposal(1, [ECHO], Array(5000).fill("1.2.3"))),
      "AC 4 ",
    ],
    ["A14 65 characters", withContexts(proposal(1, ["1.".repeat(32) + "1"], [IMPLICIT])), "AC 3 "],
    ["A14 300 characters", withContexts(proposal(1, [CT], ["1".repeat(300)])), "AC 4 "],
    ["A14 65,000 characters", withContexts(proposal(1, [CT], ["1".repeat(65_000)])), "AC 4 "],
    ["A15 NUL and spaces", withContexts(proposal(1, [`${ECHO}\0`], [`${IMPLICIT} `])), "AC 0 "],
    ["A16 not ASCII", withContexts(proposal(1, ["1.2.é"], [IMPLICIT])), "AC 3 "],
    ["A16 control", withContexts(proposal(1, ["1.2\n3"], [IMPLICIT])), "AC 3 "],
    ["nothing acceptable", withContexts(proposal(1, ["1.2.840.10008.9"], [IMPLICIT])), "AC 3 "],
  ], ""));

pure("the association request: user information (A18, A20, A22 to A26, A32 to A39)", () =>
  run([
    [
      "A18 unknown sub-items",
      withUser(maximumLength(16384), item(0x5a, "ab"), item(0xff, "")),
      "AC 0 ",
    ],
    ["A20 sub-item over its item", withUser(item(0x52, "31", 99)), ABORTED],
    ["A22 no user information", request({ items: [APPLICATION, CONTEXT] }), "AC 0 "],
    ["A22 an empty one", withUser(), "AC 0 "],
    ["A23 maximum length 0", withUser(maximumLength(0)), "AC 0 "],
    ["A24 maximum length 1", withUser(maximumLength(1)), reject(1, 1, 1)],
    ["A24 maximum length 7", withUser(maximumLength(7)), reject(1, 1, 1)],
    ["A25 51H of length 3", withUser(item(0x51, "004000")), ABORTED],
    ["A25 51H of length 5", withUser(item(0x51, "0000400000")), ABORTED],
    ["A25 53H of length 3", withUser(item(0x53, "000100")), ABORTED],
    [
      "A26 51H twice, the smaller counts",
      withUser(maximumLength(16384), maximumLength(4)),
      reject(1, 1, 1),
    ],
    [
      "A32 roles for a class not proposed",
      withUser(item(0x54, `0005${ascii("1.2.3")}0101`)),
      "AC 0 ",
    ],
    ["A32 roles that lie", withUser(item(0x54, `0099${ascii("1.2.3")}0101`)), ABORTED],
    [
      "A33 60 KB of extended negotiation",
      withUser(item(0x56, `0005${ascii("1.2.3")}${zeros(60_000)}`)),
      "AC 0 ",
    ],
    ["A34 identity type 0", withUser(IDENTITY(0, 3, 0)), "AC 0 "],
    ["A34 identity type 9", withUser(IDENTITY(9, 3, 0)), "AC 0 "],
    ["A35 primary field that lies", withUser(IDENTITY(1, 300, 0)), ABORTED],
    ["A35 secondary field that lies", withUser(IDENTITY(2, 3, 1)), ABORTED],
    [
      "A38 57H that lies",
      withUser(item(0x57, `0003${ascii("1.2")}0003${ascii("1.2")}0099`)),
      ABORTED,
    ],
    ["A39 window 0/0", withUser(item(0x53, "00000000")), "AC 0 "],
    ["A39 window 65535/65535", withUser(item(0x53, "ffffffff")), "AC 0 "],
  ], ""));

pure("in the association: PDUs out of place or malformed (P, S)", () =>
  run([
    ...["00", "08", "99", "ff"].map((type): Case => [
      `P1 type ${type}`,
      `${type}0000000004${zeros(4)}`,
      abort(2, 1),
    ]),
    ["P7 A-RELEASE-RQ of length 0", pdu(5, ""), abort(2, 6)],
    ["P7 A-RELEASE-RP of length 5", pdu(6, zeros(5)), abort(2, 6)],
    ["P8 A-ABORT of length 0", pdu(7, ""), ""],
    ["P8 A-ABORT with undefined codes", abort(9, 99), ""],
    ["P9 P-DATA of length 0", pData(), abort(2, 6)],
    ["P10 P-DATA over our maximum", "040000020001", abort(2, 6)],
    ["P14 after an A-ABORT", abort(0, 0) + RELEASE, ""],
    ["S2 A-ASSOCIATE-RQ", ASSOCIATED, abort(2, 2)],
    ["S3 A-ASSOCIATE-RJ", reject(1, 1, 1), abort(2, 2)],
    ["S4 A-RELEASE-RP", RELEASED, abort(2, 2)],
    ["a release", RELEASE, RELEASED],
    ["S6 A-ABORT after the release", RELEASE + abort(0, 0), RELEASED],
    ["S8 P-DATA after the release", RELEASE + pData(pdv(1, 3, "0000")), RELEASED],
    [
      "S13 a second request after the release",
      RELEASE + ASSOCIATED.repeat(3),
      RELEASED + abort(2, 2),
    ],
    ["garbage after the release", `${RELEASE}${"ff".repeat(500)}`, RELEASED + abort(2, 1)],
  ], ASSOCIATED));

function reply(contextId: number, message: ResponseMessage): string {
  return fragmentMessage(contextId, encodeMessage(message), undefined, 16384).toHex();
}

function echoReply(status = 0, messageId = 7): string {
  return reply(1, {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: messageId,
    affectedSopClassUid: ECHO,
    status,
    hasDataSet: false,
  });
}

function storeReply(status = 0, change: Partial<ResponseMessage> = {}): string {
  return reply(3, {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: 8,
    affectedSopClassUid: CT,
    affectedSopInstanceUid: INSTANCE,
    status,
    hasDataSet: false,
    ...change,
  } as ResponseMessage);
}

pure("in the association: PDVs (D)", () =>
  run([
    ["a C-ECHO", pData(pdv(1, 3, ECHO_COMMAND)) + RELEASE, echoReply() + RELEASED],
    ["a C-STORE", stored(), storeReply()],
    ["D1 PDV of length 0", pData("00000000" + "0103"), abort(2, 6)],
    ["D1 PDV of length 1", pData("00000001" + "0103"), abort(2, 6)],
    [
      "D2 an empty last fragment",
      pData(pdv(1, 1, ECHO_COMMAND), pdv(1, 3, "")),
      echoReply(),
    ],
    ["D3 4 GiB", pData("ffffffff0103"), abort(2, 6)],
    ["D3 2 GiB", pData("7fffffff0103"), abort(2, 6)],
    ["D3 overflow of +4", pData("fffffffc0103"), abort(2, 6)],
    ["D4 longer than the PDU", pData(pdv(1, 3, "0000", 5)), abort(2, 6)],
    ["D5 stray octets", pData(pdv(1, 1, "0000"), "0000000000"), abort(2, 6)],
    ["D6 context 0", pData(pdv(0, 3, "0000")), abort(2, 6)],
    ["D6 context 2", pData(pdv(2, 3, "0000")), abort(2, 6)],
    ["D7 context not negotiated", pData(pdv(99, 3, ECHO_COMMAND)), abort(2, 5)],
    ["D8 reserved bits", pData(pdv(1, 0xff, ECHO_COMMAND)), echoReply()],
    [
      "D9 one octet a PDV",
      pData(
        ...(ECHO_COMMAND.match(/../g) ?? []).map((octet, i, all) =>
          pdv(1, i === all.length - 1 ? 3 : 1, octet)
        ),
      ),
      echoReply(),
    ],
    [
      "D9 one octet a PDU",
      (ECHO_COMMAND.match(/../g) ?? []).map((octet, i, all) =>
        pData(pdv(1, i === all.length - 1 ? 3 : 1, octet))
      ).join(""),
      echoReply(),
    ],
    [
      "P13 2,000 empty fragments",
      pData(...Array(2000).fill(pdv(1, 1, "")), pdv(1, 3, ECHO_COMMAND)),
      echoReply(),
    ],
    ["D10 data before a command", pData(pdv(3, 2, DATA)), abort(2, 5)],
    [
      "D11 command in a data set",
      pData(pdv(3, 3, storeCommand()), pdv(3, 0, DATA), pdv(3, 3, ECHO_COMMAND)),
      abort(2, 5),
    ],
    ["D12 data on another context", pData(pdv(3, 3, storeCommand()), pdv(5, 2, DATA)), abort(2, 5)],
    ["D13 commands interleaved", pData(pdv(1, 1, "0000"), pdv(3, 1, "0000")), abort(2, 5)],
    [
      "D14 two messages in a PDU",
      pData(
        pdv(1, 3, ECHO_COMMAND),
        pdv(1, 3, ECHO_COMMAND.replace("1001020000000700", "1001020000000900")),
      ),
      echoReply() + echoReply(0, 9),
    ],
    [
      "D16 the next command comes first",
      pData(pdv(3, 3, storeCommand())) + pData(pdv(1, 3, ECHO_COMMAND)),
      abort(2, 5),
    ],
    [
      "D17 data that was denied",
      pData(pdv(1, 3, ECHO_COMMAND), pdv(1, 2, "0000")),
      echoReply() + abort(2, 5),
    ],
    ["D18 a command without end", pData(pdv(1, 1, zeros(8000))).repeat(9), ABORTED],
    [
      "S10 a release in a data set",
      pData(pdv(3, 3, storeCommand()), pdv(3, 0, DATA)) + RELEASE,
      ABORTED,
    ],
    ["S10 a release in a command", pData(pdv(1, 1, "0000")) + RELEASE, ABORTED],
    [
      "S12 another PDU for the data set",
      pData(pdv(3, 3, storeCommand())) + reject(1, 1, 1),
      abort(2, 2),
    ],
  ], ASSOCIATED));

pure("D15: data after the last fragment, whether or not the answer is under way", async () => {
  await using bench = served({ store });
  const { transport } = bench.dial();
  const output: number[] = [];
  const collecting = collect(transport, output);
  await send(transport, Uint8Array.fromHex(ASSOCIATED), 4096);
  await settle();
  output.length = 0;
  await send(transport, Uint8Array.fromHex(stored() + pData(pdv(3, 2, "0000"))), 4096);
  await settle();
  assert.ok([abort(2, 5), storeReply() + abort(2, 5)].includes(readable(output)));
  transport.close();
  await collecting;
});

pure("in the association: command sets (C)", () => {
  const echo = (...elements: string[]): string => pData(pdv(1, 3, elements.join("")));
  const group = (length: string): string => element(0x0000, length);
  return run([
    ["C1 empty", pData(pdv(1, 3, "")), ABORTED],
    ["C1 garbage", pData(pdv(1, 3, "ff".repeat(33))), ABORTED],
    ["C1 no Command Field", echo(ui(2, ECHO), us(0x110, 7), us(0x800, 0x101)), ABORTED],
    [
      "C3 unknown command",
      echo(ui(2, ECHO), us(0x100, 0x7fff), us(0x110, 7), us(0x800, 0x101)),
      ABORTED,
    ],
    ["C3 0005H", echo(ui(2, ECHO), us(0x100, 5), us(0x110, 7), us(0x800, 0x101)), ABORTED],
    ["C4 no Message ID", echo(ui(2, ECHO), us(0x100, 0x30), us(0x800, 0x101)), ABORTED],
    ["C5 no Data Set Type", echo(ui(2, ECHO), us(0x100, 0x30), us(0x110, 7)), ABORTED],
    ["C5 no SOP class", echo(us(0x100, 0x30), us(0x110, 7), us(0x800, 0x101)), ABORTED],
    ["C7 no Priority", stored(storeCommand({ 0x0700: "" })), storeReply()],
    ["C7 Priority 65535", stored(storeCommand({ 0x0700: us(0x0700, 65535) })), storeReply()],
    [
      "C12 a response nobody awaits",
      echo(ui(2, ECHO), us(0x100, 0x8030), us(0x120, 7), us(0x800, 0x101), us(0x900, 0)),
      ABORTED,
    ],
    [
      "C13 C-CANCEL for nothing",
      echo(us(0x100, 0xfff), us(0x120, 9), us(0x800, 0x101)) + RELEASE,
      RELEASED,
    ],
    ["C14 group length 0", echo(group("00000000"), ECHO_COMMAND), echoReply()],
    ["C14 group length FFFFFFFF", echo(group("ffffffff"), ECHO_COMMAND), echoReply()],
    ["C15 element beyond the end", echo(element(2, ascii("1.2"), 400)), ABORTED],
    ["C15 length FFFFFFFF", echo(element(2, "", 0xffffffff)), ABORTED],
    ["C16 an element twice", echo(ECHO_COMMAND, us(0x110, 99)), echoReply()],
    [
      "C17 US of length 0",
      echo(ui(2, ECHO), us(0x100, 0x30), element(0x110, ""), us(0x800, 0x101)),
      ABORTED,
    ],
    [
      "C17 US of length 4",
      echo(ui(2, ECHO), us(0x100, 0x30), element(0x110, "07000000"), us(0x800, 0x101)),
      ABORTED,
    ],
    [
      "C20 Message ID 0",
      echo(ui(2, ECHO), us(0x100, 0x30), us(0x110, 0), us(0x800, 0x101)),
      echoReply(0, 0),
    ],
    [
      "C20 Message ID 65535",
      echo(ui(2, ECHO), us(0x100, 0x30), us(0x110, 65535), us(0x800, 0x101)),
      echoReply(0, 65535),
    ],
    [
      "C21 explicit VR",
      pData(pdv(1, 3, `0000020055491200${ascii(ECHO)}0000000155530200300000001001555302000700`)),
      ABORTED,
    ],
  ], ASSOCIATED);
});
