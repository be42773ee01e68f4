import assert from "node:assert/strict";
import { DataSetError } from "../../lib/errors.ts";
import { requestIdentifier } from "../../lib/service/request_identifier.ts";
import { EXPLICIT } from "../support/core_pair.ts";
import { STUDY_IDENTIFIER } from "../support/querying.ts";
import { pure } from "../support/requesting.ts";

pure("`requestIdentifier()` decodes what comes, in whatever pieces", async () => {
  for (const length of [1, 3, 1000]) {
    const { consumer, read } = requestIdentifier(EXPLICIT);
    for (let start = 0; start < STUDY_IDENTIFIER.length; start += length) {
      const isLast = start + length >= STUDY_IDENTIFIER.length;
      // The view is valid only until it is taken.
      const piece = STUDY_IDENTIFIER.slice(start, start + length);
      consumer.push(piece, isLast);
      piece.fill(0);
    }
    assert.equal((await read())?.getString(0x0020000d), "1.2.3");
  }
});

pure("`requestIdentifier()` takes an empty one, and fails for a broken one", async () => {
  const empty = requestIdentifier(EXPLICIT);
  empty.consumer.push(new Uint8Array(0), true);
  assert.deepEqual([...await empty.read() ?? ["none"]], []);
  const broken = requestIdentifier(EXPLICIT);
  broken.consumer.push(STUDY_IDENTIFIER.subarray(0, 11), true);
  await assert.rejects(broken.read(), DataSetError);
});

pure("`requestIdentifier()` passes over file meta information, as Orthanc has it", async () => {
  // (0002,0003) without a value.
  const meta = Uint8Array.of(2, 0, 3, 0, 0x55, 0x49, 0, 0);
  const { consumer, read } = requestIdentifier(EXPLICIT);
  consumer.push(meta, false);
  consumer.push(STUDY_IDENTIFIER, true);
  const identifier = await read();
  assert.equal(identifier?.getString(0x0020000d), "1.2.3");
  assert.equal(identifier?.has(0x00020003), false);
});

pure("`requestIdentifier()` has nothing when the association is lost on the way", async () => {
  const { consumer, read } = requestIdentifier(EXPLICIT);
  consumer.push(STUDY_IDENTIFIER.subarray(0, 11), false);
  consumer.fail(new DataSetError("lost"));
  assert.equal(await read(), undefined);
});
