import assert from "node:assert/strict";
import type { EchoResponseMessage } from "../../lib/dimse/message.ts";
import { NegotiationError, RemoteProtocolError, TimeoutError } from "../../lib/errors.ts";
import { cEcho } from "../../lib/service/verification.ts";
import { CT, ECHO, IMPLICIT } from "../support/core_pair.ts";
import { failure, pure, requesting } from "../support/requesting.ts";

function echoResponse(change: Partial<EchoResponseMessage> = {}): EchoResponseMessage {
  return {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: 1,
    status: 0,
    hasDataSet: false,
    ...change,
  };
}

pure("`cEcho()` sends C-ECHO and returns the response, whatever its status", async () => {
  const { peer, clock, associated, end } = requesting();
  const association = await associated();
  const statuses = [0x0000, 0x0122, 0x0210, 0x0211, 0x0212, 0x1234, 0xff00, 0xffff];
  for (const [index, status] of statuses.entries()) {
    const messageId = index + 1;
    const echo = cEcho(association);
    assert.deepEqual(await peer.expectMessage("C-ECHO-RQ"), {
      type: "C-ECHO-RQ",
      messageId,
      affectedSopClassUid: ECHO,
      hasDataSet: false,
    });
    const response = echoResponse({
      messageIdBeingRespondedTo: messageId,
      status,
      affectedSopClassUid: ECHO,
    });
    await peer.sendMessage(1, response);
    assert.deepEqual(await echo, response);
    // Nothing is under way any more, not even after a status that C-ECHO cannot have.
    await clock.advance(31_000);
    assert.ok(association.isEstablished);
  }
  await end(association);
});

pure("`cEcho()` may be under way more than once", async () => {
  const { peer, associated, end } = requesting();
  const association = await associated();
  const echoes = [cEcho(association), cEcho(association), cEcho(association)];
  for (let i = 0; i < 3; i++) await peer.expectMessage("C-ECHO-RQ");
  for (const messageId of [3, 1, 2]) {
    await peer.sendMessage(
      1,
      echoResponse({ messageIdBeingRespondedTo: messageId, status: messageId }),
    );
  }
  const statuses = (await Promise.all(echoes)).map(({ status }) => status);
  assert.deepEqual(statuses, [1, 2, 3]);
  await end(association);
});

pure("`cEcho()` fails without a context for it", async () => {
  const { peer, associated, end } = requesting();
  const association = await associated({
    presentationContexts: [{ abstractSyntax: CT, transferSyntaxes: [IMPLICIT] }],
  });
  assert.ok(await failure(cEcho(association)) instanceof NegotiationError);
  await end(association);
  assert.deepEqual(await peer.expect("closed"), { type: "closed" });
});

pure("`cEcho()` fails when the peer answers something else, or nothing", async () => {
  const { peer, associated, end } = requesting();
  const association = await associated();
  const failed = failure(cEcho(association));
  await peer.expectMessage("C-ECHO-RQ");
  await peer.sendMessage(1, {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: 1,
    status: 0,
    hasDataSet: false,
  });
  await peer.expect("A-ABORT");
  assert.ok(await failed instanceof RemoteProtocolError);
  await end(association);

  const silent = requesting();
  const other = await silent.associated({ timeouts: { dimse: 1000 } });
  const late = failure(cEcho(other));
  await silent.peer.expectMessage("C-ECHO-RQ");
  await silent.clock.advance(1000);
  await silent.peer.expect("A-ABORT");
  assert.ok(await late instanceof TimeoutError);
  await silent.end(other);
});
