import assert from "node:assert/strict";
import { DataSetStream, type Inspector } from "../../lib/service/data_set_stream.ts";
import { settle } from "../support/fake_clock.ts";
import { failure, pure } from "../support/requesting.ts";
import { unawaited } from "../support/unawaited.ts";

const ANYTHING: Inspector = { push: () => {}, finish: () => {}, isSatisfied: true };

function stream(inspector: Inspector = ANYTHING, keepBroken = false): DataSetStream {
  return new DataSetStream(inspector, keepBroken);
}

function bytes(length: number, from = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (from + i) % 251);
}

/** Pushes as the association does: the next piece once there is room, the buffer used again. */
async function pushAll(data: DataSetStream, whole: Uint8Array, piece: number): Promise<void> {
  const buffer = new Uint8Array(Math.max(piece, 1));
  for (let at = 0; at === 0 || at < whole.byteLength; at += piece) {
    const part = whole.subarray(at, at + piece);
    buffer.set(part);
    await data.push(buffer.subarray(0, part.byteLength), at + piece >= whole.byteLength);
    buffer.fill(0xee);
  }
}

async function readDefault(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

async function readByob(
  readable: ReadableStream<Uint8Array<ArrayBuffer>>,
  size: number,
  min: number,
): Promise<Uint8Array> {
  const reader = readable.getReader({ mode: "byob" });
  const all: number[] = [];
  let buffer = new ArrayBuffer(size);
  while (true) {
    const { value, done } = await reader.read(new Uint8Array(buffer), { min });
    if (value !== undefined) {
      for (const byte of value) all.push(byte);
      buffer = value.buffer;
    }
    if (done) return Uint8Array.from(all);
  }
}

pure("`DataSetStream` gives each kind of reader the bytes, whatever the pieces", async () => {
  const readers: [string, (data: DataSetStream) => Promise<Uint8Array>][] = [
    ["default", (data) => readDefault(data.readable)],
    ["BYOB 1", (data) => readByob(data.readable, 1, 1)],
    ["BYOB 1000", (data) => readByob(data.readable, 1000, 1)],
    ["BYOB 1000, full", (data) => readByob(data.readable, 1000, 1000)],
    ["BYOB of more than all", (data) => readByob(data.readable, 100_000, 1)],
  ];
  for (const [name, read] of readers) {
    for (const length of [0, 1, 2, 999, 1000, 1001, 20_000]) {
      for (const piece of [1, 7, 1000, 100_000]) {
        if (length / piece > 2000) continue;
        const data = stream();
        const whole = bytes(length);
        const [got] = await Promise.all([read(data), pushAll(data, whole, piece)]);
        assert.deepEqual(got, whole, `${name}: ${length} by ${piece}`);
        assert.deepEqual(await data.arrival, { type: "complete" });
      }
    }
  }
});

pure("`DataSetStream` holds nothing: a piece waits for its reader", async () => {
  const data = stream();
  let isTaken = false;
  const pushed = data.push(bytes(10), true)?.then(() => isTaken = true);
  assert.ok(pushed instanceof Promise);
  await settle();
  assert.equal(isTaken, false);
  const reader = data.readable.getReader({ mode: "byob" });
  const first = await reader.read(new Uint8Array(4));
  assert.deepEqual(first.value, bytes(4));
  assert.equal(isTaken, false);
  const second = await reader.read(new Uint8Array(100));
  assert.deepEqual(second.value, bytes(6, 4));
  await pushed;
  assert.equal((await reader.read(new Uint8Array(1))).done, true);
});

pure("`DataSetStream` serves reads that were queued ahead, and ends them all", async () => {
  const data = stream();
  const reader = data.readable.getReader({ mode: "byob" });
  const reads = [3, 3, 3, 3].map((size) => reader.read(new Uint8Array(size)));
  await settle();
  await data.push(bytes(5), false);
  await data.push(bytes(2, 5), true);
  const results = await Promise.all(reads);
  assert.deepEqual(results.map(({ value }) => [...value ?? []]), [
    [0, 1, 2],
    [3, 4, 5],
    [6],
    [],
  ]);
  assert.deepEqual(results.map(({ done }) => done), [false, false, false, true]);

  const other = stream();
  const defaultReader = other.readable.getReader();
  const defaultReads = [defaultReader.read(), defaultReader.read(), defaultReader.read()];
  await settle();
  await other.push(bytes(4), true);
  const [some, ...none] = await Promise.all(defaultReads);
  assert.deepEqual(some?.value, bytes(4));
  assert.deepEqual(none.map(({ done }) => done), [true, true]);
});

pure("`DataSetStream` lets the rest pass by once the reader is gone", async () => {
  const ways: [string, (data: DataSetStream) => unknown][] = [
    ["cancel()", (data) => data.readable.cancel()],
    ["a reader's cancel()", (data) => data.readable.getReader().cancel("enough")],
    ["skip()", (data) => data.skip()],
    ["a break", async (data) => {
      for await (const chunk of data.readable) if (chunk.byteLength > 0) break;
    }],
  ];
  for (const [name, leave] of ways) {
    for (const when of ["before", "while a piece waits"] as const) {
      const data = stream();
      if (when === "before") void leave(data);
      // More than one of the reader's buffers.
      const pushing = pushAll(data, bytes(600_000), 300_000);
      await settle();
      if (when !== "before") void leave(data);
      await pushing;
      assert.deepEqual(await data.arrival, { type: "complete" }, `${name} ${when}`);
    }
  }
});

pure("`DataSetStream` fails its reader when the association is lost", async () => {
  const error = new TypeError("lost");
  for (const state of ["before", "reading", "a piece waits", "filled in part"] as const) {
    const data = stream();
    const reader = data.readable.getReader({ mode: "byob" });
    let reading: Promise<Error> | undefined;
    let pushing: Promise<void> | undefined;
    if (state === "reading" || state === "filled in part") {
      reading = failure(reader.read(new Uint8Array(100)));
      await settle();
    }
    if (state === "filled in part") assert.equal(data.push(bytes(10), false), undefined);
    if (state === "a piece waits") pushing = data.push(bytes(10), false);
    data.fail(error);
    data.fail(new RangeError("later"));
    await pushing;
    assert.equal(await (reading ?? failure(reader.read(new Uint8Array(1)))), error, state);
    assert.deepEqual(await data.arrival, { type: "lost", error }, state);
  }
});

pure("`DataSetStream.fail()` after the end or the cancelling changes nothing", async () => {
  const data = stream();
  const reading = readDefault(data.readable);
  await pushAll(data, bytes(10), 10);
  data.fail(new TypeError("lost"));
  assert.deepEqual(await reading, bytes(10));
  assert.deepEqual(await data.arrival, { type: "complete" });
  const cancelled = stream();
  await cancelled.readable.cancel();
  cancelled.fail(new TypeError("lost"));
  assert.equal((await cancelled.arrival).type, "lost");
});

pure("`DataSetStream` breaks where the inspector finds a fault, and takes the rest", async () => {
  const fault = new RangeError("broken");
  const inspectors: [string, () => Inspector][] = [
    ["in the middle", () => {
      let length = 0;
      return {
        push(piece) {
          length += piece.byteLength;
          if (length > 20) throw fault;
        },
        finish: () => {},
        isSatisfied: true,
      };
    }],
    ["at the end", () => ({
      push: () => {},
      finish: () => {
        throw fault;
      },
      isSatisfied: true,
    })],
  ];
  for (const [name, inspector] of inspectors) {
    const data = stream(inspector());
    const failed = failure(readDefault(data.readable));
    await pushAll(data, bytes(100), 10);
    assert.equal(await failed, fault, name);
    assert.deepEqual(await data.arrival, { type: "broken", error: fault }, name);

    const kept = stream(inspector(), true);
    const reading = readDefault(kept.readable);
    await pushAll(kept, bytes(100), 10);
    assert.deepEqual(await reading, bytes(100), name);
    assert.deepEqual(await kept.arrival, { type: "broken", error: fault }, name);
  }
});

pure("`DataSetStream` makes an error of whatever an inspector throws", async () => {
  const data = stream({
    push() {
      throw "a word";
    },
    finish: () => {},
    isSatisfied: true,
  });
  const failed = failure(readDefault(data.readable));
  data.push(bytes(1), true);
  assert.equal((await failed).message, "a word");
});

pure("`DataSetStream` survives a reader whose units do not divide the data set", async () => {
  for (
    const [name, read] of [
      ["two bytes", (reader: ReadableStreamBYOBReader) => reader.read(new Uint16Array(4))],
      ["four bytes", (reader: ReadableStreamBYOBReader) => reader.read(new Uint32Array(4))],
      [
        "a minimum",
        (reader: ReadableStreamBYOBReader) => reader.read(new Uint16Array(4), { min: 4 }),
      ],
    ] as const
  ) {
    const data = stream();
    const reader = data.readable.getReader({ mode: "byob" });
    const reading = (async () => {
      for (let done = false; !done;) ({ done } = await read(reader));
    })().catch((error: unknown) => error);
    await settle();
    await pushAll(data, bytes(11), 3);
    // The mistake is the reader's: it is told, and the data set has arrived all the same.
    assert.deepEqual(await data.arrival, { type: "complete" }, name);
    assert.ok(await reading instanceof TypeError, name);
  }
});

pure("`DataSetStream` goes on when a reader gives way to another", async () => {
  const data = stream();
  const first = data.readable.getReader({ mode: "byob" });
  const given = failure(first.read(new Uint8Array(4)));
  await settle();
  data.push(bytes(2), false);
  first.releaseLock();
  assert.ok(await given instanceof TypeError);
  const reading = readByob(data.readable, 16, 1);
  await pushAll(data, bytes(98, 2), 10);
  assert.deepEqual(await reading, bytes(100));
});

/** An inspector that waits for so many bytes, and breaks after others. */
function waitsFor(length: number, breaksAfter = Infinity): Inspector {
  let seen = 0;
  return {
    push(piece) {
      seen += piece.byteLength;
      if (seen > breaksAfter) throw new RangeError("broken");
    },
    finish: () => {},
    get isSatisfied() {
      return seen >= length;
    },
  };
}

const LATE = 50_000;

/** How readers come to a data set that somebody waits for elements of. */
const READINGS: readonly [
  name: string,
  read: (data: DataSetStream, led: Promise<unknown>) => Promise<Uint8Array>,
][] = [
  ["before, with buffers of its own", (data) => readByob(data.readable, 1000, 1000)],
  ["before, with any buffers", (data) => readDefault(data.readable)],
  ["after", async (data, led) => {
    await led;
    return await readDefault(data.readable);
  }],
  ["after, byte by byte", async (data, led) => {
    await led;
    return await readByob(data.readable, 1, 1);
  }],
  ["after, by full buffers", async (data, led) => {
    await led;
    return await readByob(data.readable, 1000, 1000);
  }],
  ["after, into more than all", async (data, led) => {
    await led;
    return await readByob(data.readable, 300_000, 300_000);
  }],
  ["after, with reads queued ahead", async (data, led) => {
    await led;
    const reader = data.readable.getReader({ mode: "byob" });
    const reads = Array.from({ length: 100 }, () => reader.read(new Uint8Array(1009)));
    const all: number[] = [];
    for (const read of reads) for (const byte of (await read).value ?? []) all.push(byte);
    return Uint8Array.from(all);
  }],
];

pure(
  "`DataSetStream.leading()` lets the pieces come before their reader, and loses none",
  async () => {
    for (const [name, read] of READINGS) {
      for (const piece of [10, 999, 30_000, 100_000]) {
        for (const length of [LATE, LATE + 1, 100_000]) {
          const data = stream(waitsFor(LATE));
          const whole = bytes(length);
          const led = data.leading();
          const [got] = await Promise.all([read(data, led), pushAll(data, whole, piece)]);
          assert.deepEqual(got, whole, `${name}: ${length} by ${piece}`);
          assert.equal(await led, undefined);
          assert.deepEqual(await data.arrival, { type: "complete" });
        }
      }
    }
  },
);

pure("`DataSetStream.leading()` takes the piece that waits for a reader", async () => {
  const data = stream(waitsFor(LATE));
  const whole = bytes(LATE + 10);
  const pushing = pushAll(data, whole, 1000);
  await settle();
  const led = data.leading();
  assert.equal(await led, undefined);
  const [got] = await Promise.all([readDefault(data.readable), pushing]);
  assert.deepEqual(got, whole);
});

pure("`DataSetStream` holds nothing more once it has led, and never when not asked", async () => {
  for (const isAsked of [true, false]) {
    const data = stream(waitsFor(LATE));
    if (isAsked) void data.leading();
    let pushed = 0;
    const pushing = (async () => {
      for (; pushed < 100; pushed++) await data.push(bytes(1000), pushed === 99);
    })();
    await settle();
    // The piece that shows what was waited for is the first to wait for its reader.
    assert.equal(pushed, isAsked ? 49 : 0);
    await data.readable.cancel();
    await pushing;
  }
});

pure("`DataSetStream.leading()` holds 1 MiB at most", async () => {
  const data = stream(waitsFor(Infinity));
  let hasLed = false;
  void data.leading().then(() => hasLed = true);
  let pushed = 0;
  const whole = bytes(1000);
  const pushing = (async () => {
    for (; pushed < 3000; pushed++) await data.push(whole, pushed === 2999);
  })();
  await settle();
  assert.equal(pushed, 1048);
  assert.ok(hasLed);
  const got = await readDefault(data.readable);
  assert.equal(got.byteLength, 3_000_000);
  assert.ok(got.every((byte, index) => byte === index % 1000 % 251));
  await pushing;
});

pure("`DataSetStream.leading()` tells at the end when it does not come before", async () => {
  const data = stream(waitsFor(Infinity));
  const led = data.leading();
  const pushing = pushAll(data, bytes(10_000), 1000);
  assert.equal(await led, undefined);
  assert.deepEqual(await readDefault(data.readable), bytes(10_000));
  await pushing;
});

pure("`DataSetStream.leading()` tells of a break and of a loss that come before", async () => {
  const lost = new TypeError("lost");
  for (const when of ["nobody reads", "somebody reads"] as const) {
    for (const keepBroken of [false, true]) {
      const data = stream(waitsFor(Infinity, 5000), keepBroken);
      const led = data.leading();
      const reading = when === "somebody reads" ? readDefault(data.readable) : undefined;
      reading?.catch(() => {});
      const pushing = pushAll(data, bytes(10_000), 1000);
      assert.equal((await led)?.message, keepBroken ? undefined : "broken", when);
      const read = reading ?? readDefault(data.readable);
      if (keepBroken) assert.deepEqual(await read, bytes(10_000));
      else assert.equal((await failure(read)).message, "broken");
      await pushing;
      assert.equal((await data.arrival).type, "broken");
    }
    const data = stream(waitsFor(Infinity));
    const led = data.leading();
    const reading = when === "somebody reads" ? failure(readDefault(data.readable)) : undefined;
    assert.equal(data.push(bytes(1000), false), undefined);
    data.fail(lost);
    assert.equal(await led, lost, when);
    assert.equal(await data.leading(), lost);
    assert.equal(await (reading ?? failure(readDefault(data.readable))), lost, when);
  }
});

pure("`DataSetStream.leading()` tells all the same when the reader goes", async () => {
  const ways: [string, (data: DataSetStream) => unknown][] = [
    ["cancel()", (data) => data.readable.cancel()],
    ["skip()", (data) => data.skip()],
    ["a break", async (data) => {
      for await (const chunk of data.readable) if (chunk.byteLength > 0) break;
    }],
  ];
  for (const [name, leave] of ways) {
    const data = stream(waitsFor(LATE));
    const led = data.leading();
    for (let i = 0; i < 10; i++) assert.equal(data.push(bytes(1000), false), undefined, name);
    void leave(data);
    await pushAll(data, bytes(LATE), 1000);
    assert.equal(await led, undefined, name);
    assert.deepEqual(await data.arrival, { type: "complete" }, name);
  }
});

/** Takes all that comes, copied, since a piece is only lent. */
async function passAll(data: DataSetStream, waits = false): Promise<Uint8Array> {
  const all: number[] = [];
  await data.passTo((piece) => {
    const keep = (): void => void all.push(...piece);
    return waits ? Promise.resolve().then(keep) : keep();
  });
  return Uint8Array.from(all);
}

for (const waits of [false, true]) {
  const how = waits ? "one that needs them for longer" : "one that takes them at once";
  pure(`\`DataSetStream.passTo()\` gives every piece as it comes to ${how}`, async () => {
    for (const length of [0, 1, 2, 999, 1000, 1001, 20_000]) {
      for (const piece of [1, 7, 1000, 100_000]) {
        if (length / piece > 2000) continue;
        for (const when of ["before", "while a piece waits"] as const) {
          const data = stream();
          const whole = bytes(length);
          const early = when === "before" ? passAll(data, waits) : undefined;
          const pushing = pushAll(data, whole, piece);
          await settle();
          const got = await (early ?? passAll(data, waits));
          await pushing;
          assert.deepEqual(got, whole, `${length} by ${piece}, ${when}`);
          assert.deepEqual(await data.arrival, { type: "complete" });
        }
      }
    }
  });
}

pure("`DataSetStream.passTo()` passes views on, and copies nothing", async () => {
  const data = stream();
  const pieces: Uint8Array[] = [];
  const passed = data.passTo((piece) => void pieces.push(piece));
  const source = [bytes(10), bytes(300_000), bytes(5)];
  for (const [index, piece] of source.entries()) {
    assert.equal(data.push(piece, index === source.length - 1), undefined);
  }
  await passed;
  assert.ok(pieces.every((piece, index) => piece === source[index]));
});

pure("`DataSetStream.passTo()` lets the next piece wait until one is taken", async () => {
  const data = stream();
  const taken = Promise.withResolvers<void>();
  const passed = data.passTo(() => taken.promise);
  let hasRoom = false;
  const pushed = data.push(bytes(10), false)?.then(() => hasRoom = true);
  assert.ok(pushed instanceof Promise);
  // Asking for elements does not take the piece away from who has it.
  void data.leading();
  await settle();
  assert.equal(hasRoom, false);
  taken.resolve();
  await pushed;
  assert.equal(await data.push(bytes(1), true), undefined);
  await passed;
});

pure("`DataSetStream.passTo()` gives what is held before what comes", async () => {
  for (const waits of [false, true]) {
    for (const isAll of [false, true]) {
      const data = stream({ ...ANYTHING, isSatisfied: false });
      const whole = bytes(3000);
      void data.leading();
      assert.equal(data.push(whole.subarray(0, 1000), false), undefined);
      assert.equal(data.push(whole.subarray(1000, 2000), false), undefined);
      // What completes the data set is held no more, and waits.
      const pushing = isAll ? data.push(whole.subarray(2000), true) : undefined;
      const passing = passAll(data, waits);
      await pushing;
      if (!isAll) await data.push(whole.subarray(2000), true);
      assert.deepEqual(await passing, whole);
    }
  }
});

pure(
  "`DataSetStream.passTo()` fails with what its function throws, and the rest passes by",
  async () => {
    const error = new TypeError("enough");
    const ways: [string, () => Promise<void> | void][] = [
      ["at once", () => {
        throw error;
      }],
      ["later", () => Promise.reject(error)],
    ];
    for (const [name, take] of ways) {
      for (const isLast of [false, true]) {
        const data = stream();
        let calls = 0;
        const passing = failure(data.passTo(() => {
          calls += 1;
          return take();
        }));
        await data.push(bytes(10), isLast);
        if (!isLast) await data.push(bytes(10), true);
        assert.equal(await passing, error, name);
        assert.equal(calls, 1);
        assert.deepEqual(await data.arrival, { type: "complete" });
      }
    }
  },
);

pure("`DataSetStream.passTo()` fails when the association is lost", async () => {
  const error = new TypeError("lost");
  for (const state of ["before", "passing"] as const) {
    const data = stream();
    if (state === "before") data.fail(error);
    const passing = failure(data.passTo(() => new Promise(() => {})));
    if (state !== "before") data.fail(error);
    assert.equal(await passing, error, state);
    assert.deepEqual(await data.arrival, { type: "lost", error });
  }
});

pure("`DataSetStream.passTo()` tells of a loss when the piece is done with", async () => {
  const error = new TypeError("lost");
  for (const end of ["resolve", "reject"] as const) {
    for (const isHeld of [false, true]) {
      const data = stream({ ...ANYTHING, isSatisfied: false });
      if (isHeld) void data.leading();
      if (isHeld) assert.equal(data.push(bytes(10), false), undefined);
      const taken = Promise.withResolvers<void>();
      let told: Error | undefined;
      const passing = failure(data.passTo(() => taken.promise)).then((thrown) => told = thrown);
      const pushed = data.push(bytes(10), false);
      data.fail(error);
      // Whoever reads the association is not held up by a taker that never comes back.
      await pushed;
      await settle();
      // But what the taker has open is not closed under its hands.
      assert.equal(told, undefined);
      taken[end]();
      assert.equal(await passing, error);
      assert.deepEqual(await data.arrival, { type: "lost", error });
    }
  }
});

pure("`DataSetStream.passTo()` ends when a data set is broken, unless that is kept", async () => {
  const error = new RangeError("broken");
  const inspector: Inspector = {
    ...ANYTHING,
    push: () => {
      throw error;
    },
  };
  const broken = stream(inspector);
  const failing = failure(broken.passTo(() => {}));
  await broken.push(bytes(10), true);
  assert.equal(await failing, error);
  const kept = stream(inspector, true);
  const passing = passAll(kept);
  await kept.push(bytes(10), true);
  assert.deepEqual(await passing, bytes(10));
  assert.deepEqual(await kept.arrival, { type: "broken", error });
});

pure("`DataSetStream.passTo()` may be left alone by who does not wait for its end", async () => {
  const error = new TypeError("lost");
  const broken: Inspector = {
    ...ANYTHING,
    push: () => {
      throw error;
    },
  };
  const ways: readonly (readonly [string, () => Promise<unknown> | void])[] = [
    ["lost before", () => {
      const data = stream();
      data.fail(error);
      void data.passTo(() => {});
    }],
    ["lost", () => {
      const data = stream();
      void data.passTo(() => {});
      data.push(bytes(10), false);
      data.fail(error);
    }],
    ["lost while a piece is held", async () => {
      const data = stream();
      const taken = Promise.withResolvers<void>();
      void data.passTo(() => taken.promise);
      const pushed = data.push(bytes(10), false);
      data.fail(error);
      taken.resolve();
      await pushed;
    }],
    ["broken", async () => {
      const data = stream(broken);
      void data.passTo(() => {});
      await data.push(bytes(10), true);
    }],
  ];
  for (const [name, work] of ways) assert.deepEqual(await unawaited(work), [], name);
});

pure("`DataSetStream.passTo()` hides no error of the function that it passes to", async () => {
  const error = new TypeError("mine");
  const reasons = await unawaited(() => {
    const data = stream();
    void data.passTo(() => {
      throw error;
    });
    data.push(bytes(10), true);
  });
  assert.deepEqual(reasons, [error]);
});

pure("`DataSetStream` is read or passed on, not both", async () => {
  const again = { name: "TypeError", message: "Cannot pass the data set on: it is read already" };
  const passed = stream();
  const untouched = passed.readable;
  const passing = passed.passTo(() => {});
  assert.equal(untouched.locked, true);
  assert.equal(passed.readable, untouched);
  await assert.rejects(passed.passTo(() => {}), again);
  await passed.push(bytes(1), true);
  await passing;
  const late = stream();
  const first = late.passTo(() => {});
  assert.equal(late.readable.locked, true);
  late.skip();
  await first;

  const locked = stream();
  const reader = locked.readable.getReader();
  await assert.rejects(locked.passTo(() => {}), again);
  // Nor when it was read a little: what is in the reader's buffer would be missing.
  const reading = failure(reader.read());
  await settle();
  assert.equal(locked.push(bytes(1), false), undefined);
  reader.releaseLock();
  await reading;
  await assert.rejects(locked.passTo(() => {}), again);
});

pure("`DataSetStream` is at its end for who comes when it was left", async () => {
  const data = stream();
  data.skip();
  await data.passTo(() => assert.fail("nothing is to come"));
  const other = stream();
  other.skip();
  assert.deepEqual(await readDefault(other.readable), bytes(0));
});
