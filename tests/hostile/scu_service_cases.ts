/**
 * Responses, and sub-operations, of a hostile server: for the tool whose service it is.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ResponseMessage } from "../../lib/dimse/message.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";
import {
  BROKEN_DATA_SETS,
  explicit,
  HARMLESS_ONCE_ENCODED,
  head,
  HOSTILE_NAMES,
  ODD_DATA_SETS,
  storing,
} from "./data_set_cases.ts";
import { CONTEXT, type HostileCase, storeCommand, STUDY_ROOT } from "./exchange.ts";
import { ascii, element, pData, pdv, RELEASED, ui, us } from "./raw_bytes.ts";
import {
  ECHOSCU,
  FINDSCU,
  GETSCU,
  type HostileServer,
  MOVESCU,
  type Scu,
  sendHex,
  STORESCU,
  takeRequest,
} from "./scu_bench.ts";

/** The responses by which a tool is answered. */
type Responding = "C-ECHO-RSP" | "C-STORE-RSP" | "C-FIND-RSP" | "C-GET-RSP" | "C-MOVE-RSP";

/** Sub-operations as a response counts them. */
interface Counters {
  readonly remaining?: number;
  readonly completed?: number;
  readonly failed?: number;
  readonly warning?: number;
}

/** A response to message 1, the only one. */
function respond(
  peer: ScriptedPeer,
  type: Responding,
  status: number,
  more: Counters & { readonly errorComment?: string } = {},
  dataSet?: Uint8Array,
): Promise<void> {
  const message: ResponseMessage = {
    ...{ type, messageIdBeingRespondedTo: 1, status, hasDataSet: dataSet !== undefined },
    ...more,
  };
  return peer.sendMessage(CONTEXT.echo, message, dataSet).catch(() => {});
}

/** Answers by one status after another; identifiers, where they have some, are these bytes. */
function statuses(
  name: string,
  scu: Scu,
  list: readonly (readonly [status: number, identifier?: string])[],
  rest: Omit<HostileServer, "name" | "play">,
): [Scu, HostileServer] {
  return [scu, {
    ...{ name, ...rest },
    async play(peer) {
      await takeRequest(peer, scu);
      for (const [status, identifier] of list) {
        const dataSet = identifier === undefined ? undefined : Uint8Array.fromHex(identifier);
        await respond(peer, responseOf(scu), status, {}, dataSet);
      }
    },
  }];
}

/** A response to a retrieve, but for what is the same in each. */
type CountedResponse = readonly [status: number, counters: Counters];

/** Answers a retrieve by counters. */
function counting(
  name: string,
  scu: Scu,
  list: readonly CountedResponse[],
  rest: Omit<HostileServer, "name" | "play">,
): [Scu, HostileServer] {
  return [scu, {
    ...{ name, ...rest },
    async play(peer) {
      await takeRequest(peer, scu);
      for (const [status, counters] of list) {
        await respond(peer, responseOf(scu), status, counters);
      }
    },
  }];
}

function responseOf(scu: Scu): Responding {
  switch (scu.tool) {
    case "echoscu":
      return "C-ECHO-RSP";
    case "findscu":
      return "C-FIND-RSP";
    case "getscu":
      return "C-GET-RSP";
    case "movescu":
      return "C-MOVE-RSP";
    case "storescu":
      return "C-STORE-RSP";
  }
}

/** Command Field (0000,0100) of the responses to a tool. */
function fieldOf(scu: Scu): number {
  const fields = {
    echoscu: 0x8030,
    findscu: 0x8020,
    getscu: 0x8010,
    movescu: 0x8021,
    storescu: 0x8001,
  } as const;
  return fields[scu.tool];
}

/** Sends a C-STORE during a C-GET, and after its answer ends the C-GET. */
function subOperation([name, input, output]: HostileCase, files: number): [Scu, HostileServer] {
  const isStored = output.endsWith(" 0000");
  return [GETSCU, {
    name: `U1 ${name}`,
    async play(peer) {
      await takeRequest(peer, GETSCU);
      await sendHex(peer, input);
      const { status } = await peer.expectMessage("C-STORE-RSP");
      const text = status.toString(16).toUpperCase().padStart(4, "0");
      assert.equal(`C-STORE-RSP#8 ${text}`, output, `getscu: ${name}`);
      const [completed, failed] = isStored ? [1, 0] : [0, 1];
      await respond(peer, "C-GET-RSP", isStored ? 0 : 0xb000, {
        ...{ remaining: 0, completed, failed, warning: 0 },
      });
    },
    output: "RELRQ",
    code: isStored ? 0 : 6,
    says: isStored ? /^/ : /^[EW]: /m,
    files,
  }];
}

/** A match of a study. */
const MATCH = "20000d00" + "06000000" + ascii("1.2.3\0");

const STRANGE_STATUSES = [0x1234, 0xffff, 0x0fff, 0xdead];

const CUT_OFF = storing(head() + explicit(0x7fe00010, "OW", "00".repeat(20_000), 40_000)).slice(
  0,
  40_000,
);

/** Counters that no sub-operations have: they fall, and are as large as a US can be. */
const FALLING: readonly CountedResponse[] = [
  [0xff00, { remaining: 5, completed: 65535, failed: 65535, warning: 65535 }],
  [0xff00, { remaining: 65535, completed: 0 }],
  [0, { completed: 65535, failed: 0, warning: 0 }],
];

/** The tool, and what it meets. */
export const SERVICE_CASES: readonly (readonly [Scu, HostileServer])[] = [
  ...[ECHOSCU, FINDSCU, GETSCU, MOVESCU, STORESCU].flatMap((scu) =>
    STRANGE_STATUSES.map((status) =>
      statuses(`U7 status ${status.toString(16)}`, scu, [[status]], {
        output: "RELRQ",
        code: 7,
        says: /^E: /m,
      })
    )
  ),
  ...[ECHOSCU, FINDSCU, GETSCU, MOVESCU, STORESCU].map((scu): [Scu, HostileServer] => [scu, {
    name: "U7 a failure with a comment of 60,000 characters and escapes",
    async play(peer) {
      const context = await takeRequest(peer, scu);
      const field = fieldOf(scu);
      const command = us(0x0100, field) + us(0x0120, 1) + us(0x0800, 0x0101) + us(0x0900, 0xc001) +
        element(0x0902, ascii("\x1b[2J\r\n".repeat(10) + "x".repeat(60_000)));
      const parts = [0, 1, 2, 3, 4].map((i) => command.slice(i * 30_000, (i + 1) * 30_000));
      for (const [i, part] of parts.entries()) {
        await sendHex(peer, pData(pdv(context, i === parts.length - 1 ? 3 : 1, part)));
      }
    },
    output: "RELRQ",
    code: 7,
    says: /^E: /m,
  }]),
  statuses("U7 a pending C-ECHO", ECHOSCU, [[0xff00]], {
    output: "RELRQ",
    code: 7,
    says: /^E: /m,
  }),
  statuses("U7 a pending C-STORE", STORESCU, [[0xff00]], {
    output: "RELRQ",
    code: 7,
    says: /^E: /m,
  }),
  [ECHOSCU, {
    name: "U12 T17 silence in place of the answer to the release",
    async play(peer) {
      await takeRequest(peer, ECHOSCU);
      await respond(peer, "C-ECHO-RSP", 0);
      await peer.expect("A-RELEASE-RQ");
    },
    output: "ABT(0,0)",
    code: 5,
    says: /^E: Gave up after 30 s/m,
    after: 30_000,
  }],
  [ECHOSCU, {
    name: "S7 P-DATA before the answer to the release",
    async play(peer) {
      await takeRequest(peer, ECHOSCU);
      await respond(peer, "C-ECHO-RSP", 0);
      await peer.expect("A-RELEASE-RQ");
      await respond(peer, "C-ECHO-RSP", 0);
      await sendHex(peer, RELEASED);
    },
    output: "",
    code: 0,
    says: /^/,
  }],
  statuses("U4 a match without an identifier", FINDSCU, [[0xff00], [0xff00, MATCH], [0]], {
    output: "RELRQ",
    code: 6,
    says: /^[EW]: /m,
  }),
  statuses("U4 a match of garbage", FINDSCU, [[0xff00, "ff".repeat(30)], [0xff00, MATCH], [0]], {
    output: "RELRQ",
    code: 6,
    says: /^[EW]: /m,
  }),
  statuses(
    "U17 escapes of a terminal in a match",
    FINDSCU,
    [[0xff00, "10001000" + "08000000" + "1b5b324a0d0a0790"], [0]],
    { output: "RELRQ", code: 0, says: /^/ },
  ),
  statuses(
    "U3 10,000 matches",
    FINDSCU,
    Array.from({ length: 10_001 }, (_, i) => i === 10_000 ? [0] : [0xff00, MATCH]),
    { output: "RELRQ", code: 0, says: /^/ },
  ),
  [FINDSCU, {
    name: "U3 matches go on after the C-CANCEL, and then silence",
    async play(peer) {
      await takeRequest(peer, FINDSCU);
      for (let i = 0; i < 5; i++) await respond(peer, "C-FIND-RSP", 0xff00, {}, matchBytes());
      await peer.expectMessage("C-CANCEL-RQ");
      for (let i = 0; i < 500; i++) await respond(peer, "C-FIND-RSP", 0xff00, {}, matchBytes());
    },
    output: "ABT(0,0)",
    code: 5,
    says: /^E: Gave up/m,
    after: 30_000,
    args: ["--max", "5"],
  }],
  [FINDSCU, {
    name: "U3 an identifier without end",
    async play(peer) {
      const context = await takeRequest(peer, FINDSCU);
      await sendHex(
        peer,
        pData(
          pdv(
            context,
            3,
            ui(0x0002, STUDY_ROOT.find) + us(0x0100, 0x8020) + us(0x0120, 1) + us(0x0800, 0) +
              us(0x0900, 0xff00),
          ),
        ),
      );
      const part = pData(pdv(context, 0, "00".repeat(16_000)));
      for (let i = 0; i < 1100; i++) await sendHex(peer, part);
    },
    output: "ABT(0,0)",
    code: 4,
    says: /^E: /m,
  }],
  ...[GETSCU, MOVESCU].map((scu) =>
    counting("U5 no counters", scu, [[0xff00, {}], [0, {}]], {
      output: "RELRQ",
      code: 0,
      says: /^/,
    })
  ),
  counting("U5 counters that fall, and count to 65535", GETSCU, FALLING, {
    output: "RELRQ",
    code: 6,
    says: /^[EW]: /m,
  }),
  counting("U5 counters that fall, and count to 65535", MOVESCU, FALLING, {
    output: "RELRQ",
    code: 0,
    says: /^/,
  }),
  counting(
    "U15 success, and nothing came",
    GETSCU,
    [[0, { completed: 3, failed: 0, warning: 0 }]],
    {
      output: "RELRQ",
      code: 6,
      says: /^[EW]: /m,
    },
  ),
  ...[GETSCU, MOVESCU].map((scu) =>
    statuses(
      "U5 10,000 pending responses, and then silence",
      scu,
      Array.from({ length: 10_000 }, () => [0xff00] as const),
      { output: "ABT(0,0)", code: 5, says: /^E: Gave up/m, after: 30_000, args: ["-td", "30"] },
    )
  ),
  ...BROKEN_DATA_SETS.map((each) => subOperation(each, 0)),
  ...ODD_DATA_SETS.map((each) => subOperation(each, 1)),
  ...HOSTILE_NAMES.map((each) => subOperation(each, each[2].endsWith(" 0000") ? 1 : 0)),
  [GETSCU, {
    name: "U1 all hostile names at once",
    async play(peer) {
      await takeRequest(peer, GETSCU);
      const count = HARMLESS_ONCE_ENCODED.length;
      for (const [, input] of HOSTILE_NAMES.slice(0, count)) {
        await sendHex(peer, input);
        assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
      }
      await respond(peer, "C-GET-RSP", 0, { completed: count, failed: 0, warning: 0 });
    },
    output: "RELRQ",
    code: 0,
    says: /^/,
    files: HARMLESS_ONCE_ENCODED.length,
  }],
  subOperation(
    [
      "U2 C-STORE of another class than the context's",
      storing(head(), CONTEXT.explicit, OTHER()),
      "C-STORE-RSP#8 0122",
    ],
    0,
  ),
  subOperation(
    ["U2 C-STORE on the context of the C-GET", storing(head(), CONTEXT.echo), "C-STORE-RSP#8 0122"],
    0,
  ),
  [GETSCU, {
    name: "U2 C-STORE on a context that there is not",
    async play(peer) {
      await takeRequest(peer, GETSCU);
      await sendHex(peer, storing(head(), 99));
    },
    output: "ABT(2,5)",
    code: 4,
    says: /^E: /m,
  }],
  [GETSCU, {
    name: "U14 the end of the connection before the final response",
    async play(peer) {
      await takeRequest(peer, GETSCU);
      await sendHex(peer, GOOD);
      assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
      peer.transport.close();
    },
    output: "",
    code: 4,
    says: /^E: /m,
    files: 1,
  }],
  [GETSCU, {
    name: "U14 the end of the connection in the middle of an instance",
    async play(peer) {
      await takeRequest(peer, GETSCU);
      await sendHex(peer, CUT_OFF);
      peer.transport.close();
    },
    output: "",
    code: 4,
    says: /^E: /m,
  }],
  [GETSCU, {
    name: "U12 silence in the middle of an instance",
    async play(peer) {
      await takeRequest(peer, GETSCU);
      await sendHex(peer, CUT_OFF);
    },
    output: "ABT(0,0)",
    code: 5,
    says: /^E: Gave up/m,
    after: "a while",
  }],
];

const GOOD = ODD_DATA_SETS[0]?.[1] ?? "";

/** A C-STORE-RQ of MR Image Storage. */
function OTHER(): string {
  return storeCommand({ 0x0002: ui(0x0002, "1.2.840.10008.5.1.4.1.1.4") });
}

function matchBytes(): Uint8Array {
  return Uint8Array.fromHex(MATCH);
}
