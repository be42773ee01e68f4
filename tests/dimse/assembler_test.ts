import assert from "node:assert/strict";
import * as fc from "fast-check";
import { COMMAND_SET_LIMIT, MessageAssembler } from "../../lib/dimse/assembler.ts";
import { fragmentMessage } from "../../lib/dimse/fragmenter.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import type { Message } from "../../lib/dimse/message.ts";
import { RemoteProtocolError } from "../../lib/errors.ts";
import type { PdvPiece } from "../../lib/pdu/pdu.ts";
import {
  anyMessage,
  element,
  golden,
  GOLDEN_MESSAGES,
  goldenCommand,
  pdvsOf,
  text,
  us,
} from "./messages.ts";

/** What came out of an assembler, the parts of a data set put together. */
interface Heard {
  readonly contextId: number;
  readonly message: Message;
  data?: string;
  ended?: true;
}

function listen(assembler: MessageAssembler, pieces: Iterable<PdvPiece>): Heard[] {
  const heard: Heard[] = [];
  for (const piece of pieces) {
    const event = assembler.push(piece);
    if (event?.type === "message") {
      heard.push({ contextId: event.contextId, message: event.message });
    } else if (event?.type === "data") {
      const last = heard.at(-1)!;
      assert.equal(event.contextId, last.contextId);
      last.data = (last.data ?? "") + event.data.toHex();
      if (event.isLast) last.ended = true;
    }
  }
  return heard;
}

function command(contextId: number, data: Uint8Array, isLast = true): PdvPiece {
  return { type: "PDV", contextId, isCommand: true, isLast, data };
}

function data(contextId: number, hex: string, isLast = false): PdvPiece {
  return { type: "PDV", contextId, isCommand: false, isLast, data: Uint8Array.fromHex(hex) };
}

/** Cuts a piece in two at every place, the ends too. */
function* splits(piece: PdvPiece): Generator<[PdvPiece, PdvPiece]> {
  for (let at = 0; at <= piece.data.length; at += 1) {
    yield [
      { ...piece, isLast: false, data: piece.data.subarray(0, at) },
      { ...piece, data: piece.data.subarray(at) },
    ];
  }
}

for (const { name, contextId, message, data } of GOLDEN_MESSAGES) {
  const expected: Heard[] = [
    { contextId, message, ...(data === undefined ? {} : { data, ended: true }) },
  ];
  Deno.test({
    name: `MessageAssembler.push() assembles ${name}`,
    permissions: "none",
    fn() {
      const assembler = new MessageAssembler();
      assert.ok(assembler.idle);
      assert.deepEqual(listen(assembler, pdvsOf(golden(name))), expected);
      assert.ok(assembler.idle);
    },
  });
  Deno.test({
    name: `MessageAssembler.push() assembles ${name} from every two pieces of each PDV`,
    permissions: "none",
    fn() {
      const pdvs = pdvsOf(golden(name));
      const assembler = new MessageAssembler();
      for (const [index, pdv] of pdvs.entries()) {
        for (const pair of splits(pdv)) {
          const pieces = pdvs.toSpliced(index, 1, ...pair);
          assert.deepEqual(listen(assembler, pieces), expected);
          assert.ok(assembler.idle);
        }
      }
    },
  });
  Deno.test({
    name: `MessageAssembler.push() assembles ${name} byte by byte, and idles only at its ends (D9)`,
    permissions: "none",
    fn() {
      const assembler = new MessageAssembler();
      const pieces = pdvsOf(golden(name)).flatMap((pdv) =>
        Array.from(pdv.data, (_, at): PdvPiece => ({
          ...pdv,
          isLast: pdv.isLast && at === pdv.data.length - 1,
          data: pdv.data.slice(at, at + 1),
        }))
      );
      const heard = listen(
        assembler,
        function* () {
          for (const [index, piece] of pieces.entries()) {
            assert.equal(assembler.idle, index === 0);
            yield piece;
          }
        }(),
      );
      assert.deepEqual(heard, expected);
      assert.ok(assembler.idle);
    },
  });
}

const STORE = goldenCommand("cStoreRequest");
const ECHO = goldenCommand("cEchoRequest");
const EMPTY = new Uint8Array(0);

Deno.test({
  name: "MessageAssembler.push() passes data uncopied, one event for each piece",
  permissions: "none",
  fn() {
    const assembler = new MessageAssembler();
    assembler.push(command(3, STORE));
    for (const isLast of [false, false, true]) {
      const piece = data(3, "0102", isLast);
      const event = assembler.push(piece);
      assert.deepEqual(event, { type: "data", contextId: 3, data: piece.data, isLast });
      assert.ok(event?.type === "data" && event.data === piece.data);
    }
  },
});

Deno.test({
  name: "MessageAssembler.push() keeps nothing of the bytes of a command",
  permissions: "none",
  fn() {
    const bytes = STORE.slice();
    const assembler = new MessageAssembler();
    assert.equal(assembler.push(command(3, bytes.subarray(0, 40), false)), undefined);
    bytes.fill(0xff, 0, 40);
    const event = assembler.push(command(3, bytes.subarray(40)));
    bytes.fill(0xff);
    assert.ok(event?.type === "message");
    assert.deepEqual(event.message, GOLDEN_MESSAGES[3]?.message);
  },
});

const ACCEPTED: readonly [pieces: PdvPiece[], heard: (string | undefined)[], why: string][] = [
  [[command(3, STORE), data(3, "", true)], ["C-STORE-RQ "], "an empty last fragment (D2)"],
  [
    [command(3, STORE), data(3, "0102"), data(3, "", true)],
    ["C-STORE-RQ 0102"],
    "an empty fragment that ends the data set (D2)",
  ],
  [
    [command(1, ECHO, false), command(1, EMPTY)],
    ["C-ECHO-RQ undefined"],
    "an empty fragment that ends the command (D2)",
  ],
  [
    [command(1, EMPTY, false), command(1, EMPTY, false), command(1, ECHO)],
    ["C-ECHO-RQ undefined"],
    "empty fragments before the command (P13)",
  ],
  [
    [command(3, STORE), data(3, ""), data(3, ""), data(3, "0102", true)],
    ["C-STORE-RQ 0102"],
    "empty fragments before the data (P13)",
  ],
  [
    [command(3, STORE), data(3, "01"), data(3, "020304"), data(3, "05", true)],
    ["C-STORE-RQ 0102030405"],
    "odd fragments (D9)",
  ],
  [
    [command(1, ECHO), command(5, ECHO), command(3, STORE), data(3, "00", true), command(1, ECHO)],
    ["C-ECHO-RQ undefined", "C-ECHO-RQ undefined", "C-STORE-RQ 00", "C-ECHO-RQ undefined"],
    "messages one after the other, on any context (D14)",
  ],
];

for (const [pieces, expected, why] of ACCEPTED) {
  Deno.test({
    name: `MessageAssembler.push() takes ${why}`,
    permissions: "none",
    fn() {
      const assembler = new MessageAssembler();
      const heard = listen(assembler, pieces);
      assert.deepEqual(heard.map(({ message, data }) => `${message.type} ${data}`), expected);
      assert.ok(assembler.idle);
    },
  });
}

const REFUSED: readonly [pieces: PdvPiece[], message: string, why: string][] = [
  [
    [data(1, "00", true)],
    "data set fragment on context 1 without a command that announces it",
    "data before any command (D10)",
  ],
  [
    [data(1, "")],
    "data set fragment on context 1 without a command that announces it",
    "empty data before any command (D10)",
  ],
  [
    [command(3, STORE), command(3, ECHO)],
    "command fragment on context 3 before the end of the data set on context 3",
    "a command instead of the data set (D16)",
  ],
  [
    [command(3, STORE), data(3, "0102"), command(3, ECHO)],
    "command fragment on context 3 before the end of the data set on context 3",
    "a command while the data set is incomplete (D11)",
  ],
  [
    [command(3, STORE), data(3, "0102"), command(1, ECHO)],
    "command fragment on context 1 before the end of the data set on context 3",
    "a command on another context while the data set is incomplete (D11)",
  ],
  [
    [command(3, STORE), data(5, "0102", true)],
    "data set fragment on context 5, but its command came on context 3",
    "a data set on another context (D12)",
  ],
  [
    [command(3, STORE), data(3, "0102"), data(5, "0304", true)],
    "data set fragment on context 5, but its command came on context 3",
    "a data set that goes on on another context (D13)",
  ],
  [
    [command(3, STORE.subarray(0, 20), false), command(5, STORE.subarray(20))],
    "command fragment on context 5 before the end of the command on context 3",
    "a command that goes on on another context (D13)",
  ],
  [
    [command(3, EMPTY, false), command(5, STORE)],
    "command fragment on context 5 before the end of the command on context 3",
    "a command after an empty fragment on another context (D13)",
  ],
  [
    [command(3, STORE.subarray(0, 20), false), data(3, "0102", true)],
    "data set fragment on context 3 before the end of the command on context 3",
    "data before the end of the command (D13)",
  ],
  [
    [command(3, STORE), data(3, "0102", true), data(3, "0304", true)],
    "data set fragment on context 3 without a command that announces it",
    "data after the last fragment (D15)",
  ],
  [
    [command(1, ECHO), data(1, "0102", true)],
    "data set fragment on context 1 without a command that announces it",
    "data after a command that announces none (D17)",
  ],
  [
    [command(5, goldenCommand("cCancelRequest")), data(5, "0102", true)],
    "data set fragment on context 5 without a command that announces it",
    "data after a C-CANCEL-RQ (D17)",
  ],
];

for (const [pieces, message, why] of REFUSED) {
  Deno.test({
    name: `MessageAssembler.push() refuses ${why}`,
    permissions: "none",
    fn() {
      const assembler = new MessageAssembler();
      listen(assembler, pieces.slice(0, -1));
      assert.throws(() => assembler.push(pieces.at(-1)!), (error) => {
        assert.ok(error instanceof RemoteProtocolError);
        assert.deepEqual(error.abort, { source: 2, reason: 5 });
        assert.equal(error.message, `Cannot assemble message: ${message}`);
        return true;
      });
    },
  });
}

/** A command set of exactly this length: a C-ECHO-RQ with an unknown element. */
function commandOf(length: number): Uint8Array<ArrayBuffer> {
  const elements = element(0x00000002, text("1.2.840.10008.1.1\0")) +
    element(0x00000100, us(0x0030)) + element(0x00000110, us(1)) +
    element(0x00000800, us(0x0101));
  const rest = length - elements.length / 2 - 8;
  return Uint8Array.fromHex(elements + element(0x0000ffff, "00".repeat(rest)));
}

const SIZES: readonly [fragment: number, why: string][] = [
  [COMMAND_SET_LIMIT + 2, "in one fragment"],
  [16378, "in fragments as usual"],
  [2, "in the smallest even fragments"],
  [1, "in single bytes"],
];

for (const [fragment, why] of SIZES) {
  Deno.test({
    name: `MessageAssembler.push() takes a command set of COMMAND_SET_LIMIT ${why}`,
    permissions: "none",
    fn() {
      const pieces = piecesOf(commandOf(COMMAND_SET_LIMIT), fragment);
      const heard = listen(new MessageAssembler(), pieces);
      assert.deepEqual(heard.map(({ message }) => message.type), ["C-ECHO-RQ"]);
    },
  });
  Deno.test({
    name: `MessageAssembler.push() refuses a longer one ${why} (D18)`,
    permissions: "none",
    fn() {
      const pieces = piecesOf(commandOf(COMMAND_SET_LIMIT + 2), fragment);
      assert.throws(() => listen(new MessageAssembler(), pieces), (error) => {
        assert.ok(error instanceof RemoteProtocolError);
        assert.deepEqual(error.abort, { source: 0, reason: 0 });
        assert.equal(
          error.message,
          "Cannot assemble message: command set of more than 65536 bytes",
        );
        return true;
      });
    },
  });
}

function* piecesOf(bytes: Uint8Array, length: number): Generator<PdvPiece> {
  for (let at = 0; at < bytes.length; at += length) {
    yield command(1, bytes.subarray(at, at + length), at + length >= bytes.length);
  }
}

Deno.test({
  name: "MessageAssembler.push() refuses a command set that is none (C1)",
  permissions: "none",
  fn() {
    for (const pieces of [[command(1, EMPTY)], [command(1, ECHO.subarray(0, 30))]]) {
      assert.throws(() => listen(new MessageAssembler(), pieces), (error) => {
        assert.ok(error instanceof RemoteProtocolError);
        assert.deepEqual(error.abort, { source: 0, reason: 0 });
        return true;
      });
    }
  },
});

Deno.test({
  name: "MessageAssembler.push() takes linear time for a million pieces of one byte (D20)",
  permissions: "none",
  fn() {
    const assembler = new MessageAssembler();
    assembler.push(command(3, STORE));
    const piece = data(3, "01");
    for (let count = 0; count < 1_000_000; count += 1) assembler.push(piece);
    assert.equal(assembler.push({ ...piece, isLast: true })?.type, "data");
  },
});

Deno.test({
  name: "MessageAssembler.push() undoes fragmentMessage() for any messages and lengths",
  permissions: "none",
  fn() {
    const one = fc.record({
      message: anyMessage,
      contextId: fc.nat(127).map((half) => half * 2 + 1),
      dataSet: fc.uint8Array({ maxLength: 60 }).map((bytes) =>
        bytes.slice(0, bytes.length - bytes.length % 2)
      ),
      maximumLength: fc.oneof(fc.constant(0), fc.integer({ min: 8, max: 100 })),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 4 }), (all) => {
        const pieces = all.flatMap(({ message, contextId, dataSet, maximumLength }) =>
          pdvsOf(
            fragmentMessage(
              contextId,
              encodeMessage(message),
              message.hasDataSet ? dataSet : undefined,
              maximumLength,
            ),
          )
        );
        const assembler = new MessageAssembler();
        assert.deepEqual(
          listen(assembler, pieces),
          all.map(({ message, contextId, dataSet }): Heard =>
            message.hasDataSet
              ? { contextId, message, data: dataSet.toHex(), ended: true }
              : { contextId, message }
          ),
        );
        assert.ok(assembler.idle);
      }),
      { numRuns: 300 },
    );
  },
});
