import assert from "node:assert/strict";
import { OwnMoves } from "../../cli/move_originator.ts";

const CASES: readonly (readonly [
  aeTitle: string | undefined,
  messageId: number | undefined,
  other: boolean,
])[] = [
  [undefined, undefined, false],
  // A message ID alone says nothing: everybody begins with 1.
  [undefined, 9, false],
  ["ME", undefined, false],
  ["ME", 0, false],
  ["ME", 1, false],
  ["ME", 3, false],
  ["ME", 2, true],
  ["YOU", undefined, true],
  ["YOU", 1, true],
  ["me", 1, true],
  // pynetdicom's qrscp names itself.
  ["SENDER", 9, false],
  // Who passes on what we ask for asks itself.
  ["PACS", 9, false],
  ["HERE", 9, false],
];

for (const [aeTitle, messageId, isOther] of CASES) {
  Deno.test({
    name: `OwnMoves ${
      isOther ? "has not" : "may have"
    } asked as ${aeTitle} by message ${messageId}`,
    permissions: "none",
    fn: () => {
      const moves = new OwnMoves({
        ...{ callingAeTitle: "ME", calledAeTitle: "PACS", moveDestination: "HERE" },
      });
      moves.add(1);
      moves.add(3);
      const other = moves.otherOf({
        ...(aeTitle === undefined ? {} : { moveOriginatorAeTitle: aeTitle }),
        ...(messageId === undefined ? {} : { moveOriginatorMessageId: messageId }),
      }, "SENDER");
      assert.deepEqual(other, isOther ? { aeTitle, messageId } : undefined);
    },
  });
}
