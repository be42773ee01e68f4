import assert from "node:assert/strict";
import { storageOffer } from "../../cli/storage_offer.ts";
import { offerHost, storageChoiceOf } from "./offers.ts";
import { ToolBench } from "./tool_bench.ts";

const EVERYTHING = `
export default () => ({
  attributes: ["PatientID"],
  acceptAssociation: () => ({ accept: true }),
  store: () => 0x0000,
  async *find() {},
  [Symbol.asyncDispose]: async () => { throw new Error("it was disposed of"); },
});
`;

Deno.test("storageOffer() offers storage alone, whatever else the handlers offer", async () => {
  const bench = new ToolBench();
  const specifier = `data:text/javascript,${encodeURIComponent(EVERYTHING)}`;
  const choice = storageChoiceOf({ handlers: [{ specifier, options: {} }] });
  const host = offerHost(bench);
  const offer = await storageOffer(choice, host);
  assert.deepEqual(Object.keys(offer.handlers).sort(), [
    "acceptAssociation",
    "attributes",
    "store",
  ]);
  assert.equal(offer.directory, undefined);
  assert.match(offer.lines.join(), /^Instances go to handler /);
  await offer[Symbol.asyncDispose]();
  assert.match(bench.stderr, /E: Cannot end handler .*: it was disposed of/);
  assert.equal(host.tally.exitCode, 8);
});

Deno.test("storageOffer() tells that nothing is kept", async () => {
  await using offer = await storageOffer(
    storageChoiceOf({ ignore: true }),
    offerHost(new ToolBench()),
  );
  assert.deepEqual(offer.lines, ["Instances are not kept"]);
});
