/**
 * What a peer may send of each thing: at the limit it is served, one more is answered as
 * `docs/limits.md` has it. Limits of associations are in `tests/net/acceptor_test.ts`, those of data
 * sets in `tests/service/data_set_limits_test.ts`, those of time in `slow_test.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { NESTING_LIMIT } from "../../lib/data_set/walker.ts";
import { COMMAND_SET_LIMIT } from "../../lib/dimse/assembler.ts";
import { ASSOCIATE_PDU_LIMIT, MAXIMUM_PRESENTATION_CONTEXTS } from "../../lib/pdu/pdu.ts";
import type { ServeOptions } from "../../lib/service/serve.ts";
import { ECHO, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";
import { served } from "../support/served.ts";
import { Answers } from "./answers.ts";
import { explicit, head, nested, storing } from "./data_set_cases.ts";
import {
  assertServes,
  ASSOCIATED,
  CONTEXT,
  ECHO_COMMAND,
  send,
  store,
  storeCommand,
} from "./exchange.ts";
import {
  APPLICATION,
  ascii,
  element,
  item,
  maximumLength,
  pData,
  pdv,
  proposal,
  RELEASE,
  request,
  ui,
  userInformation,
} from "./raw_bytes.ts";

/** A limit, with what keeps to it and what exceeds it by one. */
interface Limit {
  readonly name: string;
  readonly options?: Partial<ServeOptions>;
  /** What is sent before. */
  readonly prologue?: string;
  /** What is sent at the limit, and what comes back. */
  readonly at: readonly [input: string, output: string];
  /** What is sent over it, and what comes back. */
  readonly over: readonly [input: string, output: string];
}

const USER = userInformation(maximumLength(16384));
const CONTEXT_ITEM = proposal(1, [ECHO], [IMPLICIT]);

/** An A-ASSOCIATE-RQ of a length, made so by items that nobody knows. */
function requestOf(length: number): string {
  const items = [APPLICATION, CONTEXT_ITEM, USER];
  let left = length - (request({ items }).length / 2 - PDU_HEADER);
  while (left > 0) {
    const size = Math.min(left, LONGEST_ITEM);
    // What is left over must have room for the header of an item.
    const taken = left - size > 0 && left - size < ITEM_HEADER ? size - ITEM_HEADER : size;
    items.push(item(0x99, "00".repeat(taken - ITEM_HEADER)));
    left -= taken;
  }
  const whole = request({ items });
  assert.equal(whole.length / 2 - PDU_HEADER, length);
  return whole;
}

const PDU_HEADER = 6;
const ITEM_HEADER = 4;
const LONGEST_ITEM = 0xffff + ITEM_HEADER;

/** A C-ECHO whose command set has a length, by an element that nobody knows, on a P-DATA-TF each. */
function echoOf(length: number): string {
  const left = length - ECHO_COMMAND.length / 2 - ELEMENT_HEADER;
  const command = ECHO_COMMAND + element(0x5020, "20".repeat(left));
  const half = 2 * Math.floor(command.length / 4);
  return pData(pdv(1, 1, command.slice(0, half))) + pData(pdv(1, 3, command.slice(half)));
}

const ELEMENT_HEADER = 8;

/** A C-STORE whose data set comes in one P-DATA-TF of a length. */
function pduOf(length: number): string {
  const padding = length - PDV_HEADER - (head().length / 2 + 12);
  const data = head() + `e07f1000${ascii("OW")}0000${u32(padding)}${"00".repeat(padding)}`;
  return pData(pdv(CONTEXT.explicit, 3, storeCommand())) + pData(pdv(CONTEXT.explicit, 2, data));
}

const PDV_HEADER = 6;

function u32(value: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes.toHex();
}

function contexts(count: number): string {
  return request({
    items: [
      APPLICATION,
      ...Array.from({ length: count }, (_, i) => proposal((2 * i + 1) % 256, [ECHO], [IMPLICIT])),
      USER,
    ],
  });
}

function uidOf(length: number): string {
  return "1.".repeat(length / 2 - 1).padEnd(length, "2");
}

/** An instance of a UID of a length. */
function instanceOf(length: number): string {
  const uid = uidOf(length);
  return storing(head(uid), CONTEXT.explicit, storeCommand({ 0x1000: ui(0x1000, uid) }));
}

/** A data set with a patient ID of a length. */
function instanceOfSize(length: number): string {
  return head() + explicit(0x00100020, "LO", ascii("4".repeat(length)));
}

const STORED = "C-STORE-RSP#8 0000";

const LIMITS: readonly Limit[] = [
  {
    name: "length of an A-ASSOCIATE-RQ",
    at: [requestOf(ASSOCIATE_PDU_LIMIT) + RELEASE, "AC[0] RELRP"],
    over: [requestOf(ASSOCIATE_PDU_LIMIT + 1), "ABT(0,0)"],
  },
  {
    name: "presentation contexts",
    at: [contexts(MAXIMUM_PRESENTATION_CONTEXTS), `AC[${Array(128).fill(0)}]`],
    over: [contexts(MAXIMUM_PRESENTATION_CONTEXTS + 1), "ABT(0,0)"],
  },
  {
    name: "length of a P-DATA-TF",
    options: { maximumLength: 16384 },
    prologue: ASSOCIATED,
    at: [pduOf(16384), STORED],
    over: [pduOf(16385), "ABT(2,6)"],
  },
  {
    name: "length of a command set",
    prologue: ASSOCIATED,
    at: [echoOf(COMMAND_SET_LIMIT), "C-ECHO-RSP#7 0000"],
    over: [echoOf(COMMAND_SET_LIMIT + 1), "ABT(0,0)"],
  },
  {
    name: "length of a SOP Instance UID",
    prologue: ASSOCIATED,
    at: [instanceOf(64), STORED],
    over: [instanceOf(66), "C-STORE-RSP#8 0117"],
  },
  {
    name: "depth of sequences",
    prologue: ASSOCIATED,
    at: [storing(head() + nested(NESTING_LIMIT)), STORED],
    over: [storing(head() + nested(NESTING_LIMIT + 1)), "C-STORE-RSP#8 C000"],
  },
  {
    name: "size of a data set",
    options: { dataSetLimits: { maximumSize: instanceOfSize(4).length / 2 } },
    prologue: ASSOCIATED,
    at: [storing(instanceOfSize(4)), STORED],
    over: [storing(instanceOfSize(5)), "C-STORE-RSP#8 A700"],
  },
];

for (const { name, options, prologue = "", at, over } of LIMITS) {
  for (const [what, [input, expected]] of [["at", at], ["one over", over]] as const) {
    pure(`${name}: ${what} the limit is answered ${expected.slice(0, 40)}`, async () => {
      await using bench = served({ store }, { aeTitle: "STORE", ...options });
      const { transport } = bench.dial();
      const answers = new Answers(transport);
      const before = Uint8Array.fromHex(prologue);
      await send(transport, before, 4096);
      await settle();
      if (prologue !== "") answers.forget();
      await send(transport, Uint8Array.fromHex(input), 4093);
      await settle();
      assert.equal(answers.text, expected);
      if (expected.startsWith("C-")) {
        // The association lives on.
        answers.forget();
        await send(transport, Uint8Array.fromHex(storing(head()) + RELEASE), 4096);
        await settle();
        assert.equal(answers.text, `${STORED} RELRP`);
      }
      await assertServes(bench, name);
      transport.close();
      await answers.ended;
      await settle();
      assert.equal(bench.server.activeAssociations, 0);
      assert.equal(bench.clock.pending, 0);
    });
  }
}
