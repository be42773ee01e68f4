import assert from "node:assert/strict";
import { nextAssociationId, numberAssociationsBy } from "../../lib/net/association_number.ts";
import { pure } from "../support/requesting.ts";

pure(
  "nextAssociationId() tells the associations of a thread apart, and those of several if so told",
  () => {
    const [first, second] = [nextAssociationId(), nextAssociationId()];
    assert.equal(Number(second), Number(first) + 1);
    let shared = 1_000_000;
    numberAssociationsBy(() => shared += 3);
    assert.deepEqual([nextAssociationId(), nextAssociationId()], ["1000003", "1000006"]);
  },
);
