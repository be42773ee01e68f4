import assert from "node:assert/strict";
import type { StoredInstance } from "../../lib/handler/handler.ts";
import { associate } from "../../lib/net/requestor.ts";
import type { RoleSelection } from "../../lib/pdu/pdu.ts";
import { dispatcher } from "../../lib/service/dispatcher.ts";
import { cGet, type RetrieveResponse } from "../../lib/service/retrieve_scu.ts";
import { serve } from "../../lib/service/serve.ts";
import { STUDY_ROOT_GET } from "../../lib/sop_class.ts";
import { CT, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { memoryNetwork } from "../support/memory_transport.ts";
import { CONTEXT, dataSet, getRequest, querying, STUDY_IDENTIFIER } from "../support/querying.ts";
import { pure } from "../support/requesting.ts";
import { archiveOf, bytesOf, type Received, stored, storing } from "../support/retrieving.ts";
import { served } from "../support/served.ts";

const MR = "1.2.840.10008.5.1.4.1.1.4";
const JPEG = "1.2.840.10008.1.2.4.70";
const DEFLATED = "1.2.840.10008.1.2.1.99";

/** Gets all of an archive by our own C-GET SCU. */
async function getAll(
  instances: readonly StoredInstance[],
  proposals: readonly [sopClassUid: string, transferSyntaxes: string[]][],
  roleSelections: readonly RoleSelection[],
  requireRoleSelection = false,
): Promise<{ final: RetrieveResponse; received: Received[] }> {
  const network = memoryNetwork();
  const clock = new FakeClock();
  await using _server = serve({
    ...{ port: 104, listen: network.listen, clock, requireRoleSelection },
    handlers: archiveOf(instances),
  });
  const received: Received[] = [];
  await using association = await associate({
    ...{ hostname: "archive", port: 104, connect: network.connect, clock },
    ...{ callingAeTitle: "A", calledAeTitle: "B", roleSelections },
    presentationContexts: [
      { abstractSyntax: STUDY_ROOT_GET, transferSyntaxes: [EXPLICIT] },
      ...proposals.map(([abstractSyntax, transferSyntaxes]) => ({
        ...{ abstractSyntax, transferSyntaxes },
      })),
    ],
    onRequest: (association) =>
      dispatcher(association, {
        handlers: storing(received),
        keepBrokenDataSets: false,
        onHandlerError: (error) => assert.fail(String(error)),
      }),
  });
  const responses = await Array.fromAsync(
    cGet(association, {
      sopClassUid: STUDY_ROOT_GET,
      identifier: dataSet("QueryRetrieveLevel=STUDY"),
    }),
  );
  const final = responses.at(-1);
  assert.ok(final);
  return { final, received };
}

const SCP: readonly RoleSelection[] = [{ sopClassUid: CT, scu: false, scp: true }];

pure("a C-GET sends each instance by the context for it, or converted, or not at all", async () => {
  const instances = [
    stored("1.2.1", { transferSyntaxUid: EXPLICIT }),
    stored("1.2.2", { transferSyntaxUid: JPEG }),
    stored("1.2.3", { transferSyntaxUid: DEFLATED }),
    stored("1.2.4", { sopClassUid: MR }),
  ];
  const cases: [
    name: string,
    proposals: [string, string[]][],
    received: [uid: string, transferSyntax: string][],
    failed: string[],
  ][] = [
    ["one context for each", [[CT, [EXPLICIT]], [CT, [JPEG]], [CT, [DEFLATED]]], [
      ["1.2.1", EXPLICIT],
      ["1.2.2", JPEG],
      ["1.2.3", DEFLATED],
    ], ["1.2.4"]],
    ["one uncompressed", [[CT, [IMPLICIT]]], [["1.2.1", IMPLICIT], ["1.2.3", IMPLICIT]], [
      "1.2.2",
      "1.2.4",
    ]],
    ["a compressed one alone", [[CT, [JPEG]]], [["1.2.2", JPEG]], ["1.2.1", "1.2.3", "1.2.4"]],
  ];
  for (const [name, proposals, expected, failed] of cases) {
    const { final, received } = await getAll(instances, proposals, SCP);
    assert.deepEqual(
      received.map(({ request }) => [request.sopInstanceUid, request.transferSyntaxUid]),
      expected,
      name,
    );
    for (const { request, bytes } of received) {
      const { transferSyntaxUid } = request;
      if (transferSyntaxUid === DEFLATED) continue;
      assert.deepEqual(bytes, bytesOf(request.sopInstanceUid, { transferSyntaxUid }), name);
      assert.equal(request.moveOriginator, undefined);
    }
    assert.deepEqual(final.failedSopInstanceUids, failed, name);
    assert.equal(final.status, 0xb000, name);
  }
});

pure("a C-GET sends to who has the role of SCP, and to who proposes no roles", async () => {
  const proposals: [string, string[]][] = [[CT, [EXPLICIT]], [MR, [EXPLICIT]]];
  const cases: [
    name: string,
    roles: readonly RoleSelection[],
    strict: boolean,
    status: number,
    received: number,
  ][] = [
    ["SCP", SCP, false, 0x0000, 1],
    ["SCP, strictly", SCP, true, 0x0000, 1],
    ["no roles", [], false, 0x0000, 1],
    ["no roles, strictly", [], true, 0xa702, 0],
    ["roles of another class", [{ sopClassUid: MR, scu: false, scp: true }], false, 0xa702, 0],
    ["SCU", [{ sopClassUid: CT, scu: true, scp: false }], false, 0xa702, 0],
  ];
  for (const [name, roles, strict, status, count] of cases) {
    const { final, received } = await getAll([stored("1.2.1")], proposals, roles, strict);
    assert.equal(final.status, status, name);
    assert.equal(received.length, count, name);
  }
});

pure("the loss of the association stops a C-GET, and opens nothing more", async () => {
  let opened = 0;
  const instances = Array.from({ length: 100 }, (_, index) =>
    stored(`1.2.${index + 1}`, {
      open() {
        opened += 1;
        return new Blob([bytesOf(`1.2.${index + 1}`)]).stream();
      },
    }));
  await using archive = served(archiveOf(instances));
  const query = await querying(archive);
  await query.peer.sendMessage(CONTEXT.get, getRequest(), STUDY_IDENTIFIER);
  await query.peer.expectMessage("C-STORE-RQ");
  query.transport.reset();
  await settle();
  assert.equal(opened, 1);
  assert.equal(archive.server.activeAssociations, 0);
  assert.equal(archive.clock.pending, 0);
});

pure("a requestor that does not answer a C-STORE is given up by the DIMSE time-out", async () => {
  await using archive = served(archiveOf([stored("1.2.1")]), { timeouts: { dimse: 5000 } });
  const query = await querying(archive);
  await query.peer.sendMessage(CONTEXT.get, getRequest(), STUDY_IDENTIFIER);
  await query.peer.expectMessage("C-STORE-RQ");
  await query.peer.expect("data");
  await archive.clock.advance(5000);
  await query.peer.expect("A-ABORT");
  query.transport.close();
  await settle();
  assert.equal(archive.clock.pending, 0);
});

pure("a data set that fails on its way costs the association: its message has no end", async () => {
  const unreadable = new RangeError("unreadable");
  await using archive = served(archiveOf([
    stored("1.2.1", {
      open: () =>
        new ReadableStream({
          type: "bytes",
          start: (controller) => controller.enqueue(new Uint8Array(300_000)),
          pull: (controller) => controller.error(unreadable),
        }),
    }),
  ]));
  const query = await querying(archive);
  await query.peer.sendMessage(CONTEXT.get, getRequest(), STUDY_IDENTIFIER);
  await query.peer.expectMessage("C-STORE-RQ");
  await query.peer.expect("A-ABORT");
  query.transport.close();
  await settle();
  assert.deepEqual(
    archive.events.flatMap((event) => event.type === "handler-failed" ? [event.error] : []),
    [unreadable],
  );
});
