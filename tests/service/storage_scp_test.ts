import assert from "node:assert/strict";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import type { Attributes, Status, StatusReply, StoreRequest } from "../../lib/handler/handler.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/pure.ts";
import { INSTANCE, instanceBytes, served, storeRequest } from "../support/served.ts";
import { CT, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { CONTEXT, querying } from "../support/querying.ts";

async function bytesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

pure("a C-STORE reaches the handler byte for byte, with all that is known of it", async () => {
  const seen: { request: StoreRequest; bytes: Uint8Array }[] = [];
  await using bench = served({
    async store(request): Promise<Status> {
      seen.push({ request, bytes: await bytesOf(request.dataSet) });
      return 0;
    },
  });
  const { peer, transport } = await bench.associated();
  for (const [index, pixels] of [0, 100, 40_000, 400_000].entries()) {
    const bytes = instanceBytes(pixels);
    await peer.sendMessage(
      3,
      storeRequest({
        messageId: index + 1,
        moveOriginatorAeTitle: "MOVER",
        moveOriginatorMessageId: 9,
      }),
      bytes,
    );
    const response = await peer.expectMessage("C-STORE-RSP");
    assert.equal(response.status, 0);
    assert.equal(response.affectedSopInstanceUid, INSTANCE);
    const last = seen.at(-1);
    assert.deepEqual(last?.bytes, bytes);
    assert.equal(last.request.sopClassUid, CT);
    assert.equal(last.request.sopInstanceUid, INSTANCE);
    assert.equal(last.request.transferSyntaxUid, IMPLICIT);
    assert.deepEqual(last.request.moveOriginator, { aeTitle: "MOVER", messageId: 9 });
    assert.equal(last.request.association.callingAeTitle, "SENDER");
    const meta = last.request.fileMetaInformation();
    assert.equal(new TextDecoder().decode(meta.subarray(128, 132)), "DICM");
  }
  transport.close();
});

pure("a handler is told the attributes it names, before it reads and without reading", async () => {
  const seen: unknown[] = [];
  await using bench = served({
    attributes: ["PatientID", "SOPClassUID", "Modality"],
    async store(request): Promise<Status> {
      seen.push(await request.attributes(), request.contexts);
      return 0;
    },
  });
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest(), instanceBytes(400_000));
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  assert.deepEqual(seen, [
    { PatientID: ["4711"], SOPClassUID: [CT] },
    [
      { sopClassUid: CT, transferSyntaxUid: IMPLICIT },
      { sopClassUid: CT, transferSyntaxUid: EXPLICIT },
    ],
  ]);
  transport.close();
});

/** A CT instance in explicit VR whose Patient ID comes after so many bytes of a private element. */
function lateIdentity(before: number): Uint8Array<ArrayBuffer> {
  const dataSet = new DataSet()
    .set({ tag: 0x00080016, vr: "UI", value: encodeStrings("UI", [CT], []) })
    .set({ tag: 0x00080018, vr: "UI", value: encodeStrings("UI", [INSTANCE], []) })
    .set({ tag: 0x00090010, vr: "LO", value: encodeStrings("LO", ["OURS"], []) })
    .set({ tag: 0x00091000, vr: "OB", value: new Uint8Array(before).fill(7) })
    .set({ tag: 0x00100020, vr: "LO", value: encodeStrings("LO", ["4711"], []) })
    .set({ tag: 0x7fe00010, vr: "OW", value: new Uint8Array(300_000).fill(9) });
  return encodeDataSet(dataSet, EXPLICIT);
}

pure("attributes are told that come late, before the handler reads; but not for ever", async () => {
  const cases: [name: string, before: number, told: boolean][] = [
    ["in a later PDU", 100_000, true],
    ["beyond one read of the socket", 900_000, true],
    ["beyond 1 MiB", 1_200_000, false],
  ];
  for (const [name, before, told] of cases) {
    const seen: unknown[] = [];
    let read = new Uint8Array(0);
    await using bench = served(
      {
        attributes: ["PatientID"],
        async store(request): Promise<Status> {
          seen.push(await request.attributes());
          read = new Uint8Array(await bytesOf(request.dataSet));
          seen.push(await request.attributes());
          return 0;
        },
      },
      {},
      10_000,
    );
    const { peer, transport } = await bench.associated();
    const bytes = lateIdentity(before);
    await peer.sendMessage(5, storeRequest(), bytes);
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0, name);
    const expected = { PatientID: ["4711"] };
    // What has passed since is told as well: it costs nothing.
    assert.deepEqual(seen, told ? [expected, expected] : [{}, expected], name);
    assert.deepEqual(read, bytes, name);
    transport.close();
  }
});

pure("attributes fail with what the data set fails with before they have come", async () => {
  const outcomes: string[] = [];
  await using bench = served({
    attributes: ["PatientID"],
    async store(request): Promise<Status> {
      await request.attributes().catch((error: Error) => outcomes.push(error.name));
      return 0;
    },
  });
  const { peer, transport } = await bench.associated();
  const broken = lateIdentity(100_000).slice(0, 50_000);
  await peer.sendMessage(5, storeRequest(), broken);
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0xc000);
  await peer.sendTruncated(5, storeRequest({ messageId: 2 }), lateIdentity(100_000).slice(0, 5000));
  await settle();
  transport.close();
  await settle();
  assert.deepEqual(outcomes, ["DataSetError", "ConnectionError"]);
});

pure("a handler that names no attributes is told none, at once", async () => {
  const seen: unknown[] = [];
  await using bench = served({
    async store(request): Promise<Status> {
      seen.push(await request.attributes());
      return 0;
    },
  });
  const { peer, transport } = await bench.associated();
  await peer.sendTruncated(3, storeRequest(), instanceBytes());
  await settle();
  assert.deepEqual(seen, [{}]);
  transport.close();
});

pure("serve() refuses attributes that it cannot tell, before anybody calls", async () => {
  const cases: [keyword: string, message: RegExp][] = [
    ["PateintID", /"PateintID": the dictionary has none; did you mean PatientID\?$/],
    ["Nonsense\n", /"Nonsense\\n": the dictionary has none$/],
    ["ReferencedStudySequence", /ReferencedStudySequence: it is a sequence$/],
  ];
  for (const [keyword, message] of cases) {
    const attributes = ["Modality", keyword];
    assert.throws(() => served({ attributes }), { name: "TypeError", message });
  }
  await using _bench = served({ attributes: ["Modality"] });
});

pure("a BYOB reader gets the bytes in its own buffer, whatever its size", async () => {
  const bytes = instanceBytes(30_000);
  for (const size of [1, 10, 4096, 1_000_000]) {
    const got: number[] = [];
    await using bench = served({
      async store(request): Promise<Status> {
        const reader = request.dataSet.getReader({ mode: "byob" });
        let buffer = new ArrayBuffer(size);
        while (true) {
          const { value, done } = await reader.read(new Uint8Array(buffer), { min: size });
          if (value !== undefined) {
            for (const byte of value) got.push(byte);
            buffer = value.buffer;
          }
          if (done) return 0;
        }
      },
    });
    const { peer, transport } = await bench.associated();
    await peer.sendMessage(3, storeRequest(), bytes);
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
    assert.deepEqual(Uint8Array.from(got), bytes);
    transport.close();
  }
});

pure("a handler is passed the pieces, after what it asked for", async () => {
  const bytes = instanceBytes(30_000);
  for (const keywords of [[], ["PatientID"]]) {
    const got: number[] = [];
    const attributes: Attributes[] = [];
    await using bench = served({
      attributes: keywords,
      async store(request): Promise<Status> {
        attributes.push(await request.attributes());
        await request.passDataSet?.((piece) => void got.push(...piece));
        return 0;
      },
    });
    const { peer, transport } = await bench.associated();
    await peer.sendMessage(3, storeRequest(), bytes);
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
    assert.deepEqual(Uint8Array.from(got), bytes);
    assert.deepEqual(attributes, [keywords.length === 0 ? {} : { PatientID: ["4711"] }]);
    transport.close();
  }
});

pure("an association is aborted when the handler holds a piece for too long", async () => {
  await using bench = served({
    async store(request): Promise<Status> {
      await request.passDataSet?.(() => new Promise(() => {}));
      return 0;
    },
  }, { handlerTimeout: 5000 });
  const { peer } = await bench.associated();
  await peer.sendMessage(3, storeRequest(), instanceBytes());
  await bench.clock.advance(5000);
  assert.equal((await peer.expect("A-ABORT")).source, 0);
  const failures = bench.events.filter(({ type }) => type === "handler-failed");
  assert.equal(failures.length, 1);
});

pure("the handler's answer is the response", async () => {
  const thrown = Object.assign(new Error("no room"), { status: 0xa700 });
  const cases: [
    name: string,
    answer: () => Status | StatusReply,
    status: number,
    comment?: string,
  ][] = [
    ["a status", () => 0xb000, 0xb000],
    ["a reply", () => ({ status: 0xa701, errorComment: "full" }), 0xa701, "full"],
    [
      "a thrown status",
      () => {
        throw thrown;
      },
      0xa700,
      "no room",
    ],
    ["any other throw", () => {
      throw new TypeError("bug");
    }, 0x0110],
    ["an illegal status", () => 0x1234, 0x0110],
    ["a pending status", () => 0xff00, 0x0110],
    ["no number", () => "0" as unknown as number, 0x0110],
  ];
  for (const [name, answer, status, comment] of cases) {
    await using bench = served({ store: () => answer() });
    const { peer, transport } = await bench.associated();
    await peer.sendMessage(3, storeRequest(), instanceBytes(100_000));
    const response = await peer.expectMessage("C-STORE-RSP");
    assert.equal(response.status, status, name);
    assert.equal(response.errorComment, comment, name);
    assert.equal(
      bench.events.some((event) => event.type === "handler-failed"),
      status === 0x0110,
      name,
    );
    transport.close();
  }
});

pure(
  "what the command or the data set shows to be wrong is refused, and read to its end",
  async () => {
    const bytes = instanceBytes(1000);
    const noClass = bytes.slice(8 + CT.length + 1);
    const nested = new Uint8Array(65 * 16);
    for (let i = 0; i < 65; i++) {
      nested.set([0x08, 0x00, 0x40, 0x11, 0xff, 0xff, 0xff, 0xff], 16 * i);
      nested.set([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff], 16 * i + 8);
    }
    const cases: [
      name: string,
      change: Parameters<typeof storeRequest>[0],
      data: Uint8Array | undefined,
      status: number,
    ][] = [
      ["C6 no instance UID", { affectedSopInstanceUid: "" }, bytes, 0x0117],
      [
        "F4 instance UID of 65 characters",
        { affectedSopInstanceUid: "1".repeat(65) },
        bytes,
        0x0117,
      ],
      ["F5 NUL inside", { affectedSopInstanceUid: "1.2\0.3" }, bytes, 0x0117],
      ["C8 no data set", { hasDataSet: false }, undefined, 0xc000],
      ["C9 class is not the context's", { affectedSopClassUid: "1.2.3" }, bytes, 0x0122],
      ["X1 empty", {}, new Uint8Array(0), 0xc000],
      ["X2 garbage", {}, new TextEncoder().encode("this is no data set at all, is it?"), 0xc000],
      ["X3 truncated", {}, bytes.slice(0, -10), 0xc000],
      ["X5 nested too deep", {}, nested, 0xc000],
      ["X12 class missing", {}, noClass, 0xa900],
      ["X13 instance is not the command's", {}, instanceBytes(10, "1.2.9"), 0xa900],
    ];
    for (const [name, change, data, status] of cases) {
      const outcomes: string[] = [];
      await using bench = served({
        async store(request): Promise<Status> {
          try {
            await bytesOf(request.dataSet);
            outcomes.push("complete");
          } catch (error) {
            outcomes.push("failed");
            throw error;
          }
          return 0;
        },
      });
      const { peer, transport } = await bench.associated();
      await peer.sendMessage(3, storeRequest(change), data);
      assert.equal((await peer.expectMessage("C-STORE-RSP")).status, status, name);
      const wasOffered = status === 0xa900 || (status === 0xc000 && change?.hasDataSet !== false);
      assert.deepEqual(outcomes, wasOffered ? ["failed"] : [], name);
      assert.ok(!bench.events.some((event) => event.type === "handler-failed"), name);
      // The association is in order: the next instance is stored.
      await peer.sendMessage(3, storeRequest({ messageId: 2 }), bytes);
      assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0, name);
      transport.close();
    }
  },
);

pure("a broken data set is kept and answered 0xB007 when that is asked for", async () => {
  const bytes = instanceBytes(1000).slice(0, -10);
  let kept: Uint8Array | undefined;
  await using bench = served({
    async store(request): Promise<Status> {
      kept = await bytesOf(request.dataSet);
      return 0;
    },
  }, { keepBrokenDataSets: true });
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest(), bytes);
  const response = await peer.expectMessage("C-STORE-RSP");
  assert.equal(response.status, 0xb007);
  assert.deepEqual(kept, bytes);
  transport.close();
});

pure("a handler that does not read slows the peer, and memory stays bounded (F19)", async () => {
  const gate = Promise.withResolvers<void>();
  let length = 0;
  await using bench = served(
    {
      async store(request): Promise<Status> {
        await gate.promise;
        for await (const chunk of request.dataSet) length += chunk.byteLength;
        return 0;
      },
    },
    { handlerTimeout: 0 },
    10_000,
  );
  const { peer, transport } = await bench.associated();
  const bytes = instanceBytes(2_000_000);
  let isSent = false;
  const sending = peer.sendMessage(3, storeRequest(), bytes).then(() => isSent = true);
  await settle();
  // One read of at most 256 KiB is in hand; the rest waits at the peer's.
  assert.equal(isSent, false);
  assert.equal(transport.unread, 10_000);
  // However long the handler takes, the peer is not to blame.
  await bench.clock.advance(3_600_000);
  gate.resolve();
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  await sending;
  assert.equal(length, bytes.byteLength);
  transport.close();
});

pure("the loss of the association fails the handler's stream and aborts its signal", async () => {
  const cases: [string, (transport: { close(): void; reset(): void }) => void][] = [
    ["T8 FIN in the middle", (transport) => transport.close()],
    ["T7 RST in the middle", (transport) => transport.reset()],
  ];
  for (const [name, end] of cases) {
    const outcome = Promise.withResolvers<unknown>();
    await using bench = served({
      async store(request): Promise<Status> {
        try {
          await bytesOf(request.dataSet);
        } catch (error) {
          outcome.resolve([error instanceof Error, request.signal.aborted]);
          throw error;
        }
        return 0;
      },
    });
    const { peer, transport } = await bench.associated();
    await peer.sendTruncated(3, storeRequest(), instanceBytes(1000));
    await settle();
    end(transport);
    assert.deepEqual(await outcome.promise, [true, true], name);
  }
});

pure("a stalled data set ends with the network time-out", async () => {
  const outcome = Promise.withResolvers<unknown>();
  await using bench = served({
    async store(request): Promise<Status> {
      try {
        await bytesOf(request.dataSet);
      } catch (error) {
        outcome.resolve(error);
        throw error;
      }
      return 0;
    },
  }, { timeouts: { network: 5000 } });
  const { peer, transport } = await bench.associated();
  await peer.sendTruncated(3, storeRequest(), instanceBytes(1000));
  await settle();
  await bench.clock.advance(5000);
  await peer.expect("A-ABORT");
  transport.close();
  assert.match(String(await outcome.promise), /5 s/);
});

pure("requests that come too early are dealt with in order; a repeated ID is refused", async () => {
  const order: number[] = [];
  await using bench = served({
    async store(request): Promise<Status> {
      await bytesOf(request.dataSet);
      order.push(request.messageId);
      return 0;
    },
  });
  const { peer, transport } = await bench.associated();
  const sending = (async () => {
    for (const messageId of [5, 6, 6, 7]) {
      await peer.sendMessage(3, storeRequest({ messageId }), instanceBytes(1000));
    }
  })();
  const statuses: [number, number][] = [];
  for (let i = 0; i < 4; i++) {
    const response = await peer.expectMessage("C-STORE-RSP");
    statuses.push([response.messageIdBeingRespondedTo, response.status]);
  }
  await sending;
  assert.deepEqual(order.filter((id) => id !== 6), [5, 7]);
  assert.deepEqual(statuses.map(([id]) => id), [5, 6, 6, 7]);
  transport.close();
});

pure("a peer that closes its sending side still gets the response (T9)", async () => {
  const gate = Promise.withResolvers<void>();
  await using bench = served({
    async store(request): Promise<Status> {
      await bytesOf(request.dataSet);
      await gate.promise;
      return 0;
    },
  });
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest(), instanceBytes());
  transport.closeWrite();
  await settle();
  gate.resolve();
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  await peer.expect("closed");
  transport.close();
});

pure("an association is aborted when the handler leaves its data set for too long", async () => {
  const requests: StoreRequest[] = [];
  await using bench = served({
    store: (request) => {
      requests.push(request);
      return new Promise(() => {});
    },
  }, { handlerTimeout: 5000 });
  const { peer } = await bench.associated();
  await peer.sendMessage(3, storeRequest(), instanceBytes());
  await bench.clock.advance(4999);
  assert.equal(requests[0]?.signal.aborted, false);
  await bench.clock.advance(1);
  const { source } = await peer.expect("A-ABORT");
  assert.equal(source, 0);
  const gaveUp = /Gave up after 5 s: the handler takes no data$/;
  assert.match(String(requests[0]?.signal.reason), gaveUp);
  await assert.rejects(bytesOf(requests[0]!.dataSet), { message: gaveUp });
  const failures = bench.events.filter(({ type }) => type === "handler-failed");
  assert.equal(failures.length, 1);
});

pure("a handler that reads a little now and then is waited for", async () => {
  const request = Promise.withResolvers<StoreRequest>();
  const reply = Promise.withResolvers<Status>();
  await using bench = served({
    store(given) {
      request.resolve(given);
      return reply.promise;
    },
  }, { handlerTimeout: 5000 });
  const { peer, transport } = await bench.associated();
  const sent = peer.sendMessage(3, storeRequest(), instanceBytes(600_000));
  const reader = (await request.promise).dataSet.getReader();
  for (let done = false; !done;) {
    await bench.clock.advance(4999);
    ({ done } = await reader.read());
  }
  await sent;
  // What it does after the last byte takes as long as it takes: now the peer can be heard.
  await bench.clock.advance(50_000);
  reply.resolve(0);
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  transport.close();
});

for (const handlerTimeout of [-1, NaN]) {
  pure(`no server waits ${handlerTimeout} ms for a handler`, async () => {
    await Promise.resolve();
    assert.throws(() => served({}, { handlerTimeout }), {
      name: "RangeError",
      message: `Cannot wait ${handlerTimeout} ms for a handler`,
    });
  });
}

pure("a handler is told the contexts for storage, and no others", async () => {
  const seen: StoreRequest["contexts"][] = [];
  async function* nothing(): AsyncGenerator<never> {}
  await using bench = served({
    store({ contexts }) {
      seen.push(contexts);
      return 0;
    },
    ...{ find: nothing, locate: nothing, resolveMoveDestination: () => undefined },
  });
  const query = await querying(bench, { roleSelections: [] });
  assert.deepEqual(query.accept.presentationContexts.map(({ result }) => result), [
    ...[0, 0, 0, 0, 0, 0],
  ]);
  await query.peer.sendMessage(CONTEXT.implicitCt, storeRequest(), instanceBytes());
  await query.peer.expectMessage("C-STORE-RSP");
  assert.deepEqual(seen, [[
    { sopClassUid: CT, transferSyntaxUid: IMPLICIT },
    { sopClassUid: CT, transferSyntaxUid: EXPLICIT },
  ]]);
  query.transport.close();
});

pure(
  "a piece is valid until its function has done with it, though the association is over",
  async () => {
    const taken = Promise.withResolvers<void>();
    let piece: Uint8Array | undefined;
    let before = "";
    let hasFailed = false;
    await using bench = served({
      async store(request): Promise<Status> {
        await request.passDataSet?.((given) => {
          piece = given;
          before = given.toHex();
          return taken.promise;
        }).catch(() => hasFailed = true);
        return 0;
      },
    });
    const { peer } = await bench.associated();
    await peer.sendMessage(3, storeRequest(), instanceBytes());
    await settle();
    assert.notEqual(before, "");
    const over = bench.server.shutdown();
    await peer.expect("A-ABORT");
    peer.transport.close();
    await over;
    await settle();
    assert.equal(hasFailed, false, "it is told when it has done with the piece");
    assert.equal(piece?.toHex(), before);
    taken.resolve();
    await settle();
    assert.equal(hasFailed, true);
  },
);
