import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  DataSetFragmenter,
  FRAGMENT_HEADER_LENGTH,
  fragmentMessage,
  maximumFragment,
  SEND_BUFFER_LENGTH,
  SEND_LENGTH_CAP,
} from "../../lib/dimse/fragmenter.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import { LocalProtocolError, RemoteProtocolError } from "../../lib/errors.ts";
import { golden, GOLDEN_MESSAGES, goldenCommand, pdvsOf } from "./messages.ts";

const FRAGMENTS: readonly [peerMaximumLength: number, fragment: number][] = [
  [8, 2],
  [9, 2],
  [10, 4],
  [32, 26],
  [16378, 16372],
  [16382, 16376],
  [16383, 16376],
  [16384, 16378],
  [65536, 65530],
  [SEND_LENGTH_CAP, SEND_LENGTH_CAP - 6],
  [SEND_LENGTH_CAP + 2, SEND_LENGTH_CAP - 6],
  [0xffff_ffff, SEND_LENGTH_CAP - 6],
  [0, SEND_LENGTH_CAP - 6],
];

for (const [peerMaximumLength, fragment] of FRAGMENTS) {
  Deno.test({
    name: `maximumFragment() is ${fragment} for a maximum length of ${peerMaximumLength}`,
    permissions: "none",
    fn: () => assert.equal(maximumFragment(peerMaximumLength), fragment),
  });
}

Deno.test({
  name: "maximumFragment() obeys a smaller cap",
  permissions: "none",
  fn() {
    assert.equal(maximumFragment(0, 1001), 994);
    assert.equal(maximumFragment(16384, 1001), 994);
    assert.equal(maximumFragment(100, 1001), 94);
  },
});

for (const peerMaximumLength of [1, 2, 6, 7, -1, NaN]) {
  Deno.test({
    name: `maximumFragment() refuses a maximum length of ${peerMaximumLength} (U10)`,
    permissions: "none",
    fn() {
      assert.throws(() => maximumFragment(peerMaximumLength), (error) => {
        assert.ok(error instanceof RemoteProtocolError);
        assert.deepEqual(error.abort, { source: 0, reason: 0 });
        assert.equal(
          error.message,
          `Cannot send to peer: maximum length ${peerMaximumLength} leaves no room for a fragment`,
        );
        return true;
      });
    },
  });
}

for (const { name, contextId, message, data, maximumLength } of GOLDEN_MESSAGES) {
  Deno.test({
    name: `fragmentMessage() reproduces ${name} byte for byte`,
    permissions: "none",
    fn() {
      const dataSet = data === undefined ? undefined : Uint8Array.fromHex(data);
      const bytes = fragmentMessage(contextId, encodeMessage(message), dataSet, maximumLength);
      assert.equal(bytes.toHex(), golden(name).toHex());
      assert.equal(bytes.buffer.byteLength, bytes.length);
    },
  });
}

Deno.test({
  name: "fragmentMessage() gives an empty data set one empty last fragment",
  permissions: "none",
  fn() {
    const bytes = fragmentMessage(1, Uint8Array.of(1, 2), new Uint8Array(0), 0);
    assert.equal(bytes.toHex(), "0400000000080000000401030102" + "040000000006000000020102");
  },
});

Deno.test({
  name: "fragmentMessage() fills fragments to the last byte",
  permissions: "none",
  fn() {
    for (const length of [4, 6, 8]) {
      const pdvs = pdvsOf(fragmentMessage(1, new Uint8Array(length), undefined, 10));
      assert.deepEqual(
        pdvs.map(({ data, isLast }) => [data.length, isLast]),
        length === 4 ? [[4, true]] : [[4, false], [length - 4, true]],
      );
    }
  },
});

const ODD: readonly [command: number, dataSet: number, message: string][] = [
  [3, 4, "Cannot fragment command set: its length of 3 bytes is odd"],
  [4, 1, "Cannot fragment data set: its length of 1 bytes is odd"],
];

for (const [command, dataSet, message] of ODD) {
  Deno.test({
    name: `fragmentMessage() throws: ${message}`,
    permissions: "none",
    fn() {
      assert.throws(
        () => fragmentMessage(1, new Uint8Array(command), new Uint8Array(dataSet), 0),
        (error) => error instanceof LocalProtocolError && error.message === message,
      );
    },
  });
}

for (const contextId of [0, 2, 256, -1]) {
  Deno.test({
    name: `fragmentMessage() refuses presentation context ID ${contextId}`,
    permissions: "none",
    fn() {
      assert.throws(
        () => fragmentMessage(contextId, new Uint8Array(2), undefined, 0),
        LocalProtocolError,
      );
    },
  });
}

const COMMAND = goldenCommand("cStoreRequest");

/** Bytes that show where they are from. */
function numbered(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => index * 7 + (index >> 8));
}

/** Sends a data set through the room that a fragmenter gives, `step` bytes at a time. */
function sendByRoom(fragmenter: DataSetFragmenter, dataSet: Uint8Array, step: number): Uint8Array {
  const sent: number[] = [];
  for (let at = 0; at < dataSet.length;) {
    const room = fragmenter.room();
    if (room.length === 0) {
      sent.push(...fragmenter.flush());
      continue;
    }
    const part = dataSet.subarray(at, at + Math.min(step, room.length));
    room.set(part);
    fragmenter.fill(part.length);
    at += part.length;
  }
  sent.push(...fragmenter.end());
  return Uint8Array.from(sent);
}

/** The same by copies. */
function sendByPush(fragmenter: DataSetFragmenter, dataSet: Uint8Array, step: number): Uint8Array {
  const sent: number[] = [];
  for (let at = 0; at < dataSet.length;) {
    const taken = fragmenter.push(dataSet.subarray(at, at + step));
    at += taken;
    if (taken === 0) sent.push(...fragmenter.flush());
  }
  sent.push(...fragmenter.end());
  return Uint8Array.from(sent);
}

/** Checks PDUs against PS3.8 annex E, and gives the data set in them. */
function receive(pdus: Uint8Array, peerMaximumLength: number, command?: Uint8Array): string {
  const pdvs = pdvsOf(pdus);
  const commands = pdvs.filter(({ isCommand }) => isCommand);
  const data = pdvs.filter(({ isCommand }) => !isCommand);
  assert.deepEqual(pdvs, [...commands, ...data]);
  for (const all of command === undefined ? [data] : [commands, data]) {
    for (const [index, pdv] of all.entries()) {
      assert.equal(pdv.contextId, 3);
      assert.equal(pdv.data.length % 2, 0);
      assert.ok(pdv.data.length + 6 <= peerMaximumLength);
      assert.equal(pdv.isLast, index === all.length - 1);
    }
  }
  if (data.length > 1) { for (const pdv of data) assert.ok(pdv.data.length > 0); }
  assert.equal(
    commands.map((pdv) => pdv.data.toHex()).join(""),
    command === undefined ? "" : command.toHex(),
  );
  return data.map((pdv) => pdv.data.toHex()).join("");
}

const SENDERS = [["room", sendByRoom], ["push", sendByPush]] as const;

for (const [way, send] of SENDERS) {
  Deno.test({
    name: `DataSetFragmenter.${way}() frames data sets of every length`,
    permissions: "none",
    fn() {
      for (const maximumLength of [8, 10, 16, 50]) {
        for (const bufferLength of [32, 33, 40, 64, 100]) {
          for (let length = 0; length < 120; length += 1) {
            const buffer = new Uint8Array(bufferLength).fill(0xee);
            const fragmenter = new DataSetFragmenter(3, maximumLength, { buffer });
            const dataSet = numbered(length);
            const data = receive(send(fragmenter, dataSet, 5), maximumLength);
            assert.equal(data, dataSet.toHex() + (length % 2 === 0 ? "" : "00"));
          }
        }
      }
    },
  });

  Deno.test({
    name: `DataSetFragmenter.${way}() sends the command in front, whatever the lengths`,
    permissions: "none",
    fn() {
      fc.assert(
        fc.property(
          fc.nat(2000).map((half) => numbered(half * 2)),
          fc.integer({ min: 8, max: 300 }),
          fc.integer({ min: 1000, max: 1500 }),
          fc.integer({ min: 1, max: 700 }),
          (dataSet, maximumLength, bufferLength, step) => {
            const fragmenter = new DataSetFragmenter(3, maximumLength, {
              command: COMMAND,
              buffer: new Uint8Array(bufferLength),
            });
            const pdus = send(fragmenter, dataSet, step);
            assert.equal(receive(pdus, maximumLength, COMMAND), dataSet.toHex());
          },
        ),
        { numRuns: 200 },
      );
    },
  });
}

Deno.test({
  name: "DataSetFragmenter reproduces what fragmentMessage() makes, when it fits the buffer",
  permissions: "none",
  fn() {
    for (const maximumLength of [8, 32, 16384, 0]) {
      for (const length of [0, 2, 20, 26, 52, 1000]) {
        const dataSet = numbered(length);
        const fragmenter = new DataSetFragmenter(3, maximumLength, { command: COMMAND });
        assert.equal(fragmenter.push(dataSet), length);
        assert.equal(
          fragmenter.end().toHex(),
          fragmentMessage(3, COMMAND, dataSet, maximumLength).toHex(),
        );
      }
    }
  },
});

Deno.test({
  name: "DataSetFragmenter.room() is in the buffer itself, a fragment at a time",
  permissions: "none",
  fn() {
    const buffer = new Uint8Array(SEND_BUFFER_LENGTH);
    const fragmenter = new DataSetFragmenter(3, 16384, { buffer });
    let offset = FRAGMENT_HEADER_LENGTH;
    let fragments = 0;
    for (let room = fragmenter.room(); room.length > 0; room = fragmenter.room()) {
      assert.equal(room.buffer, buffer.buffer);
      assert.equal(room.byteOffset, offset);
      assert.ok(room.length === 16378 || buffer.length - offset - room.length < 2);
      offset += room.length + FRAGMENT_HEADER_LENGTH;
      fragments += 1;
      fragmenter.fill(room.length);
    }
    assert.equal(fragments, 16);
    const sent = fragmenter.flush();
    assert.equal(sent.buffer, buffer.buffer);
    assert.equal(sent.byteOffset, 0);
    assert.equal(sent.length, SEND_BUFFER_LENGTH - 2);
  },
});

Deno.test({
  name: "DataSetFragmenter uses most of its buffer for a peer without limit",
  permissions: "none",
  fn() {
    const fragmenter = new DataSetFragmenter(3, 0, { command: COMMAND });
    fragmenter.push(new Uint8Array(SEND_BUFFER_LENGTH));
    const sent = fragmenter.flush();
    assert.ok(sent.length > SEND_BUFFER_LENGTH - 16);
    assert.deepEqual(
      pdvsOf(sent).map(({ data }) => data.length > 100_000),
      [false, true, true],
    );
  },
});

Deno.test({
  name: "DataSetFragmenter.flush() holds back two bytes, or one of an odd number",
  permissions: "none",
  fn() {
    const fragmenter = new DataSetFragmenter(3, 16384);
    const lengths = [0, 1, 2, 3, 4, 5].map((length) => {
      const before = fragmenter.push(numbered(length));
      assert.equal(before, length);
      return fragmenter.flush().length;
    });
    // Held back after each: 0, 1, (1 + 2) 1, (1 + 3) 2, (2 + 4) 2, (2 + 5) 1.
    const framed = (length: number) => length === 0 ? 0 : length + FRAGMENT_HEADER_LENGTH;
    assert.deepEqual(lengths, [0, 0, 2, 2, 4, 6].map(framed));
  },
});

Deno.test({
  name: "DataSetFragmenter.flush() sends the command alone when there is no data yet",
  permissions: "none",
  fn() {
    const fragmenter = new DataSetFragmenter(3, 16384, { command: COMMAND });
    const pdus = fragmenter.flush().toHex();
    assert.equal(pdus, fragmentMessage(3, COMMAND, undefined, 16384).toHex());
    assert.equal(fragmenter.flush().length, 0);
    fragmenter.push(Uint8Array.of(1, 2));
    assert.equal(fragmenter.end().toHex(), "0400000000080000000403020102");
  },
});

Deno.test({
  name: "DataSetFragmenter.flush() lends the buffer: it is untouched until the next call",
  permissions: "none",
  fn() {
    const fragmenter = new DataSetFragmenter(3, 16384, { buffer: new Uint8Array(64) });
    const dataSet = numbered(52);
    assert.equal(fragmenter.push(dataSet), 52);
    const sent = fragmenter.flush();
    assert.equal(
      sent.toHex(),
      `${"040000000038"}${"00000034"}0300${dataSet.toHex().slice(0, 100)}`,
    );
    fragmenter.room();
    assert.equal(sent.subarray(12, 14).toHex(), dataSet.toHex().slice(100));
  },
});

const TOO_SMALL: readonly [bufferLength: number, maximumLength: number, command?: Uint8Array][] = [
  [0, 16384],
  [15, 16384],
  [27, 8],
  [127, 16384, COMMAND],
  [SEND_BUFFER_LENGTH, 16384, new Uint8Array(SEND_BUFFER_LENGTH)],
];

for (const [bufferLength, maximumLength, command] of TOO_SMALL) {
  const extra = command === undefined ? "" : ` and a command of ${command.length}`;
  Deno.test({
    name:
      `DataSetFragmenter refuses a buffer of ${bufferLength} bytes for ${maximumLength}${extra}`,
    permissions: "none",
    fn() {
      assert.throws(
        () =>
          new DataSetFragmenter(3, maximumLength, {
            buffer: new Uint8Array(bufferLength),
            ...(command === undefined ? {} : { command }),
          }),
        (error) =>
          error instanceof LocalProtocolError &&
          error.message ===
            `Cannot fragment data set: a buffer of ${bufferLength} bytes is too small`,
      );
    },
  });
}

Deno.test({
  name: "DataSetFragmenter works with the smallest buffers that it takes",
  permissions: "none",
  fn() {
    for (const [maximumLength, bufferLength] of [[8, 28], [10, 16], [16384, 16]] as const) {
      const buffer = new Uint8Array(bufferLength);
      const fragmenter = new DataSetFragmenter(3, maximumLength, { buffer });
      const dataSet = numbered(50);
      assert.equal(receive(sendByPush(fragmenter, dataSet, 50), maximumLength), dataSet.toHex());
    }
  },
});

Deno.test({
  name: "DataSetFragmenter refuses an odd command and a maximum length without room",
  permissions: "none",
  fn() {
    assert.throws(
      () => new DataSetFragmenter(3, 16384, { command: new Uint8Array(3) }),
      LocalProtocolError,
    );
    assert.throws(() => new DataSetFragmenter(3, 7), RemoteProtocolError);
  },
});

for (const length of [-1, 0.5, 16379, NaN]) {
  Deno.test({
    name: `DataSetFragmenter.fill() refuses ${length} bytes`,
    permissions: "none",
    fn() {
      const fragmenter = new DataSetFragmenter(3, 16384);
      assert.throws(() => fragmenter.fill(length), {
        name: "LocalProtocolError",
        message: `Cannot fragment data set: ${length} bytes do not fit the room of 16378 bytes`,
      });
    },
  });
}

Deno.test({
  name: "DataSetFragmenter refuses every use after end()",
  permissions: "none",
  fn() {
    const fragmenter = new DataSetFragmenter(3, 16384);
    fragmenter.end();
    const uses = [
      () => fragmenter.room(),
      () => fragmenter.fill(0),
      () => fragmenter.push(Uint8Array.of(1)),
      () => fragmenter.flush(),
      () => fragmenter.end(),
    ];
    for (const use of uses) {
      assert.throws(use, {
        name: "LocalProtocolError",
        message: "Cannot fragment data set: it has ended",
      });
    }
  },
});
