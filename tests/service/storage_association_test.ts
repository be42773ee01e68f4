import assert from "node:assert/strict";
import { associationAccept } from "../../lib/association/negotiation.ts";
import { AssociationRejectedError, ConnectionError, NegotiationError } from "../../lib/errors.ts";
import type {
  OutgoingInstance,
  StorageAssociation,
  StorageAssociationOptions,
  StorageContext,
} from "../../lib/handler/handler.ts";
import type { AssociationEvent } from "../../lib/net/observer.ts";
import type { AssociateRequestPdu } from "../../lib/pdu/pdu.ts";
import { storageAssociation } from "../../lib/service/storage_association.ts";
import { openDataSet, someBytes } from "../conformance/store_request.ts";
import { CT, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { failure, pure, type Requesting, requesting } from "../support/requesting.ts";
import { INSTANCE } from "../support/served.ts";
import { instanceDataSet } from "../support/synthetic_instances.ts";

const MR = "1.2.840.10008.5.1.4.1.1.4";
const BIG = "1.2.840.10008.1.2.2";
const DEFLATED = "1.2.840.10008.1.2.1.99";
const JPEG = "1.2.840.10008.1.2.4.50";
const RESPONSE = {
  type: "C-STORE-RSP",
  messageIdBeingRespondedTo: 1,
  status: 0,
  hasDataSet: false,
} as const;

type Select = (abstractSyntax: string, transferSyntaxes: readonly string[]) => string | 3 | 4;

/** A handler's association, the scripted peer behind it, and what was proposed. */
interface Standing extends Requesting {
  readonly association: StorageAssociation;
  readonly proposed: AssociateRequestPdu["presentationContexts"];
}

/** Requests an association; the peer accepts what it selects. */
async function standing(
  change: Partial<StorageAssociationOptions> = {},
  select: Select = (_uid, [first]) => first ?? 4,
): Promise<Standing> {
  const network = requesting();
  const { peer } = network;
  const pending = request(network, change);
  const asked = await peer.expect("A-ASSOCIATE-RQ");
  await peer.send(associationAccept(asked, { select, maximumLength: 16_384 }));
  // With nothing accepted, it is released at once.
  if (
    asked.presentationContexts.every(({ abstractSyntaxes, transferSyntaxes }) =>
      typeof select(abstractSyntaxes[0] ?? "", transferSyntaxes) === "number"
    )
  ) await peer.acceptRelease();
  return { ...network, association: await pending, proposed: asked.presentationContexts };
}

function request(
  { near, clock, events }: Requesting,
  change: Partial<StorageAssociationOptions> = {},
): Promise<StorageAssociation> {
  return storageAssociation({
    hostname: "peer",
    port: 104,
    calledAeTitle: "ARCHIVE",
    callingAeTitle: "ROUTER",
    contexts: [{ sopClassUid: CT, transferSyntaxUid: EXPLICIT }],
    ...change,
  }, {
    connect: () => Promise.resolve(near),
    clock,
    observer: (event: AssociationEvent) => void events.push(event),
  });
}

function instance(change: Partial<OutgoingInstance> = {}): OutgoingInstance {
  return {
    sopClassUid: CT,
    sopInstanceUid: INSTANCE,
    transferSyntaxUid: EXPLICIT,
    dataSet: openDataSet({ bytes: someBytes(100) }).stream,
    ...change,
  };
}

async function close({ far, association, clock }: Standing): Promise<void> {
  far.close();
  await association[Symbol.asyncDispose]();
  assert.equal(clock.pending, 0);
}

pure("storageAssociation() calls as the options say", async () => {
  const network = requesting();
  const pending = request(network);
  const { callingAeTitle, calledAeTitle } = await network.peer.expect("A-ASSOCIATE-RQ");
  assert.deepEqual([callingAeTitle, calledAeTitle], ["ROUTER", "ARCHIVE"]);
  await network.peer.send({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 });
  network.far.close();
  assert.ok(await failure(pending) instanceof AssociationRejectedError);
});

function contexts(...pairs: readonly (readonly [sopClassUid: string, ...syntaxes: string[]])[]) {
  return pairs.flatMap(([sopClassUid, ...syntaxes]) =>
    syntaxes.map((transferSyntaxUid): StorageContext => ({ sopClassUid, transferSyntaxUid }))
  );
}

const many = (count: number, syntax: string): StorageContext[] =>
  Array.from({ length: count }, (_, i) => ({ sopClassUid: `1.2.${i}`, transferSyntaxUid: syntax }));

const PROPOSALS: readonly {
  readonly what: string;
  readonly contexts: readonly StorageContext[];
  readonly convert?: boolean;
  readonly proposed: readonly string[] | number;
}[] = [
  {
    what: "a context of its own for each, and one to convert to",
    contexts: contexts([CT, EXPLICIT, JPEG], [MR, JPEG]),
    proposed: [
      `${CT} ${EXPLICIT}`,
      `${CT} ${JPEG}`,
      `${CT} ${IMPLICIT} ${DEFLATED} ${BIG}`,
      `${MR} ${JPEG}`,
    ],
  },
  {
    what: "none to convert to where that is not wanted",
    contexts: contexts([CT, EXPLICIT, JPEG]),
    convert: false,
    proposed: [`${CT} ${EXPLICIT}`, `${CT} ${JPEG}`],
  },
  { what: "each once", contexts: contexts([CT, JPEG, JPEG]), proposed: [`${CT} ${JPEG}`] },
  {
    what: "those to convert to as far as there is room",
    contexts: many(64, EXPLICIT),
    proposed: 128,
  },
  { what: "none to convert to where there is no room", contexts: many(65, EXPLICIT), proposed: 65 },
  { what: "as many as an association takes", contexts: many(128, EXPLICIT), proposed: 128 },
];

for (const { what, contexts, convert, proposed } of PROPOSALS) {
  pure(`storageAssociation() proposes ${what}`, async () => {
    const options = { contexts, ...(convert === undefined ? {} : { convert }) };
    const made = await standing(options);
    const lines = made.proposed.map(({ abstractSyntaxes, transferSyntaxes }) =>
      [...abstractSyntaxes, ...transferSyntaxes].join(" ")
    );
    if (typeof proposed === "number") assert.equal(lines.length, proposed);
    else assert.deepEqual(lines.sort(), [...proposed].sort());
    await close(made);
  });
}

pure("storageAssociation() says when it cannot propose that", async () => {
  const cases: readonly (readonly [StorageContext[], string])[] = [
    [[], "no context is to be proposed"],
    [many(129, JPEG), "129 contexts are to be proposed, and it has room for 128"],
  ];
  for (const [contexts, why] of cases) {
    const network = requesting();
    const error = await failure(request(network, { contexts }));
    assert.equal(error.name, "TypeError");
    assert.equal(error.message, `Cannot request an association: ${why}`);
    assert.equal(network.near.isClosed, false, "Nobody was called");
  }
});

pure("storageAssociation() tells what can be sent, as it is or converted", async () => {
  const offered = contexts([CT, EXPLICIT, JPEG], [MR, EXPLICIT]);
  const onlyImplicitCt: Select = (uid, syntaxes) =>
    uid === MR ? 3 : syntaxes.includes(IMPLICIT) ? IMPLICIT : 4;
  const cases: readonly (readonly [Select, boolean, StorageContext[]])[] = [
    [(_uid, [first]) => first ?? 4, true, offered],
    [onlyImplicitCt, true, contexts([CT, EXPLICIT])],
    [
      (uid, [first]) => first === JPEG || uid === MR ? first ?? 4 : 4,
      false,
      contexts([CT, JPEG], [MR, EXPLICIT]),
    ],
    [() => 3, true, []],
  ];
  for (const [select, convert, expected] of cases) {
    const made = await standing({ contexts: offered, convert }, select);
    assert.deepEqual(made.association.contexts, expected);
    await close(made);
  }
});

pure("storageAssociation() streams an instance, and gives the reply", async () => {
  for (const length of [2, 999, 700_000]) {
    const made = await standing();
    const bytes = someBytes(length);
    const { stream } = openDataSet({ bytes, portions: [16_372, 5] });
    const stored = made.association.store(
      instance({ dataSet: stream, moveOriginator: { aeTitle: "MOVER", messageId: 9 } }),
    );
    const command = await made.peer.expectMessage("C-STORE-RQ");
    assert.equal(command.affectedSopInstanceUid, INSTANCE);
    assert.equal(command.moveOriginatorAeTitle, "MOVER");
    assert.equal(command.moveOriginatorMessageId, 9);
    const { data } = await made.peer.expect("data");
    assert.deepEqual(data.subarray(0, length), bytes);
    await made.peer.sendMessage(1, {
      ...RESPONSE,
      status: 0xb007,
      errorComment: "odd",
      offendingElements: [0x00100010],
    });
    assert.deepEqual(await stored, {
      status: 0xb007,
      errorComment: "odd",
      offendingElements: [0x00100010],
    });
    assert.equal(stream.locked, false);
    await close(made);
  }
});

pure("storageAssociation() sends one instance after the other, and no two at once", async () => {
  const made = await standing();
  const { association, peer } = made;
  const first = association.store(instance());
  const dataSet = openDataSet({ length: 10 }).stream;
  const error = await failure(association.store(instance({ dataSet })));
  assert.equal(error.name, "TypeError");
  assert.equal(
    error.message,
    `Cannot send ${INSTANCE}: the association is sending another instance`,
  );
  assert.equal(dataSet.locked, false);
  for (const [id, stored] of [[1, first], [2, undefined]] as const) {
    const pending = stored ?? association.store(instance());
    await peer.expectMessage("C-STORE-RQ");
    await peer.expect("data");
    await peer.sendMessage(1, { ...RESPONSE, messageIdBeingRespondedTo: id });
    assert.deepEqual(await pending, { status: 0 });
  }
  await close(made);
});

pure("storageAssociation() converts where the peer takes only that", async () => {
  const facts = { sopClassUid: CT, sopInstanceUid: INSTANCE };
  const explicit = instanceDataSet({ ...facts, transferSyntaxUid: EXPLICIT });
  const implicit = instanceDataSet({ ...facts, transferSyntaxUid: IMPLICIT });
  const made = await standing({}, (_uid, syntaxes) => syntaxes.includes(IMPLICIT) ? IMPLICIT : 4);
  const stored = made.association.store(
    instance({ dataSet: openDataSet({ bytes: explicit, portions: [7] }).stream }),
  );
  await made.peer.expectMessage("C-STORE-RQ");
  assert.deepEqual((await made.peer.expect("data")).data, implicit);
  await made.peer.sendMessage(3, RESPONSE);
  assert.deepEqual(await stored, { status: 0 });
  await close(made);
});

pure("storageAssociation() says by a status what the peer does not take", async () => {
  const offered = contexts([CT, EXPLICIT, JPEG]);
  const cases: readonly (readonly [string, Select, number])[] = [
    ["no such class", () => 3, 0x0122],
    ["none of the transfer syntaxes", () => 4, 0xc000],
    ["only another transfer syntax", (_uid, [first]) => first === JPEG ? JPEG : 4, 0xc000],
  ];
  for (const [what, select, status] of cases) {
    const made = await standing({ contexts: offered }, select);
    const dataSet = openDataSet({ length: 10 }).stream;
    const error = await failure(made.association.store(instance({ dataSet })));
    assert.ok(error instanceof NegotiationError, what);
    assert.equal("status" in error && error.status, status, what);
    assert.match(error.message, /^Cannot send.*: the peer accepted/, what);
    assert.equal(dataSet.locked, false, what);
    assert.equal(made.association.signal.aborted, made.association.contexts.length === 0, what);
    await close(made);
  }
});

pure("storageAssociation() does not end an instance whose data set fails", async () => {
  const broken = new TypeError("Data set is broken");
  for (const length of [0, 1000, 500_000]) {
    const made = await standing();
    const { association, peer } = made;
    const { stream } = openDataSet({ length, end: broken });
    const failed = failure(association.store(instance({ dataSet: stream })));
    if (length > 300_000) {
      await peer.expectMessage("C-STORE-RQ");
      await peer.expect("A-ABORT");
      assert.equal(await failed, broken);
      assert.ok(association.signal.aborted);
    } else {
      // The peer has heard nothing of it, and the association goes on.
      assert.equal(await failed, broken);
      const stored = association.store(instance());
      const { messageId } = await peer.expectMessage("C-STORE-RQ");
      await peer.expect("data");
      await peer.sendMessage(1, { ...RESPONSE, messageIdBeingRespondedTo: messageId });
      assert.deepEqual(await stored, { status: 0 });
    }
    assert.equal(stream.locked, false);
    await close(made);
  }
});

pure(
  "storageAssociation() fails when the association is lost, also where no data comes",
  async () => {
    for (const length of [100, 500_000]) {
      const made = await standing();
      const { stream, progress } = openDataSet({ length, end: "stall" });
      const failed = failure(made.association.store(instance({ dataSet: stream })));
      await settle();
      made.far.close();
      assert.ok(await failed instanceof ConnectionError);
      assert.ok(made.association.signal.aborted);
      assert.equal(progress.ended, "cancelled");
      assert.equal(stream.locked, false);
      await close(made);
    }
  },
);

pure(
  "storageAssociation() is released when it is disposed of, and aborted by its signal",
  async () => {
    const released = await standing();
    const disposed = released.association[Symbol.asyncDispose]();
    await released.peer.acceptRelease();
    await disposed;
    assert.ok(released.association.signal.aborted);
    const { signal, ...controller } = abortable();
    const aborted = await standing({ signal });
    controller.abort(new TypeError("enough"));
    await aborted.peer.expect("A-ABORT");
    assert.equal(aborted.association.signal.reason.message, "enough");
    await close(aborted);
  },
);

function abortable(): { signal: AbortSignal; abort: (reason: Error) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

pure("storageAssociation() tells the host's observer what happens", async () => {
  const made = await standing();
  await close(made);
  const types = made.events.map(({ type }) => type);
  assert.ok(types.includes("association-accepted"), types.join());
});
