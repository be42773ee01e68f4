/**
 * A storescp whose handler does not await what it has passed: neither its mistake nor a peer that
 * breaks off ends the program.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { StorageAssociation } from "../../lib/handler/handler.ts";
import { storageAssociation } from "../../lib/service/storage_association.ts";
import { openDataSet, syntheticDataSet } from "../../plugins/conformance.ts";
import { OurStorescp } from "../support/our_storescp.ts";

const CONTEXT = {
  sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  transferSyntaxUid: "1.2.840.10008.1.2.1",
};

/** A storescp with the misbehaving handler, which does so. */
async function withStorescp(
  does: string,
  work: (storescp: OurStorescp) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dropped_" });
  try {
    const handler = new URL("./misbehaving_handler.ts", import.meta.url);
    await Deno.copyFile(handler, `${directory}/handler.ts`);
    const options = ["--handler-option", `does=${does}`];
    const args = ["-v", "--handler", "./handler.ts", ...options];
    await using storescp = await OurStorescp.start(args, directory);
    await work(storescp);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function associate({ port }: OurStorescp): Promise<StorageAssociation> {
  return storageAssociation({
    ...{ hostname: "127.0.0.1", port, contexts: [CONTEXT] },
    ...{ calledAeTitle: "STORESCP", callingAeTitle: "PEER" },
  });
}

/** Sends an instance, or its beginning, and then aborts. */
async function send(
  storescp: OurStorescp,
  sopInstanceUid: string,
  end?: Error,
): Promise<number> {
  const { bytes } = syntheticDataSet(1_000_000, { sopInstanceUid });
  const come = end === undefined ? bytes : bytes.subarray(0, 600_000);
  await using association = await associate(storescp);
  const dataSet = openDataSet({ bytes: come, ...(end && { end }) }).stream;
  return (await association.store({ ...CONTEXT, sopInstanceUid, dataSet })).status;
}

const END = new Error("Enough");

for (
  const does of [
    "does not await what is passed",
    "does not await what is passed, and waits until the association is lost",
  ]
) {
  Deno.test(`storescp goes on, and blames nobody else, when a peer aborts and a handler ${does}`, async () => {
    await withStorescp(does, async (storescp) => {
      await assert.rejects(send(storescp, "1.2.666", END), END);
      await storescp.until(/1\.2\.666 from PEER .* broke off$/m);
      // What was wrong is told of by then: it comes before the next association.
      assert.equal(await send(storescp, "1.2.1"), 0x0000);
      await storescp.until(/released: 1 instance/);
      assert.doesNotMatch(storescp.stderr, /Nobody caught an error/);
    });
  });
}

Deno.test("storescp tells, and goes on, when a handler does not await what throws as it is passed", async () => {
  await withStorescp("does not await what throws as it is passed", async (storescp) => {
    assert.equal(await send(storescp, "1.2.666"), 0x0000);
    const told =
      /^E: Nobody caught an error, perhaps of handler handler: Out of luck in the background$/m;
    await storescp.until(told);
    assert.equal(await send(storescp, "1.2.1"), 0x0000);
  });
});
