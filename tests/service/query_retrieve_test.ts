import assert from "node:assert/strict";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import type { ResponseMessage } from "../../lib/dimse/message.ts";
import { RemoteProtocolError } from "../../lib/errors.ts";
import { type CommonResponse, invokeQueryRetrieve } from "../../lib/service/query_retrieve.ts";
import { IMPLICIT } from "../support/core_pair.ts";
import { failure, MOVE, pure, requesting } from "../support/requesting.ts";

const IDENTIFIER = new DataSet();
applyKeywordPath(IDENTIFIER, "QueryRetrieveLevel=STUDY");

type Own = Parameters<typeof invokeQueryRetrieve>[2];

const OPERATIONS: readonly [own: Own, response: "C-FIND-RSP" | "C-GET-RSP" | "C-MOVE-RSP"][] = [
  [{ type: "C-FIND-RQ" }, "C-FIND-RSP"],
  [{ type: "C-GET-RQ" }, "C-GET-RSP"],
  [{ type: "C-MOVE-RQ", moveDestination: "THERE" }, "C-MOVE-RSP"],
];

async function collect(
  responses: AsyncIterable<readonly [CommonResponse, ResponseMessage]>,
): Promise<(readonly [CommonResponse, ResponseMessage])[]> {
  const all: (readonly [CommonResponse, ResponseMessage])[] = [];
  for await (const response of responses) all.push(response);
  return all;
}

for (const [own, type] of OPERATIONS) {
  pure(`invokeQueryRetrieve() invokes ${own.type} and yields each ${type}`, async () => {
    const { peer, associated, end } = requesting();
    const association = await associated();
    const options = { sopClassUid: MOVE, identifier: IDENTIFIER };
    const collected = collect(
      invokeQueryRetrieve(association, options, own, (common, message) => [common, message]),
    );
    assert.deepEqual(await peer.expectMessage(own.type), {
      ...own,
      messageId: 1,
      affectedSopClassUid: MOVE,
      priority: 0,
      hasDataSet: true,
    });
    const { data } = await peer.expect("data");
    assert.deepEqual([...decodeDataSet(data, IMPLICIT)], [...IDENTIFIER]);
    const answer = { messageIdBeingRespondedTo: 1, hasDataSet: false };
    const pending = { type, ...answer, status: 0xff01 } as const;
    const final = { type, ...answer, status: 0xc000, errorComment: "no" } as const;
    await peer.sendMessage(5, pending);
    await peer.sendMessage(5, final);
    assert.deepEqual(await collected, [
      [{ number: 1, isFinal: false, status: 0xff01 }, pending],
      [{ number: 2, isFinal: true, status: 0xc000, errorComment: "no" }, final],
    ]);
    await end(association);
  });

  pure(`invokeQueryRetrieve() takes no other response to ${own.type}`, async () => {
    const { peer, associated, end } = requesting();
    const association = await associated();
    const options = { sopClassUid: MOVE, identifier: IDENTIFIER };
    const failed = failure(
      collect(
        invokeQueryRetrieve(association, options, own, (common, message) => [common, message]),
      ),
    );
    await peer.expectMessage(own.type);
    await peer.expect("data");
    const wrong = type === "C-GET-RSP" ? "C-FIND-RSP" : "C-GET-RSP";
    const answer = { messageIdBeingRespondedTo: 1, hasDataSet: false };
    await peer.sendMessage(5, { type: wrong, ...answer, status: 0 });
    await peer.expect("A-ABORT");
    assert.ok(await failed instanceof RemoteProtocolError);
    await end(association);
  });
}
