import assert from "node:assert/strict";
import { makeOffer } from "../../cli/offer_choice.ts";
import { offerHost, storageChoiceOf } from "./offers.ts";
import { ToolBench } from "./tool_bench.ts";
import { inDirectory } from "./worker_bench.ts";

Deno.test("makeOffer() makes what is chosen", () =>
  inDirectory(async (directory) => {
    const storage = storageChoiceOf({ directory });
    {
      await using offer = await makeOffer(
        { kind: "storage", storage },
        offerHost(new ToolBench()),
      );
      assert.ok(offer.handlers.store);
      assert.equal(offer.handlers.find, undefined);
    }
    const archive = { archive: { directory }, served: [directory], storage };
    await using offer = await makeOffer(
      { kind: "archive", archive, destinations: { destinations: [], file: undefined } },
      offerHost(new ToolBench()),
    );
    assert.ok(offer.handlers.store && offer.handlers.find && offer.handlers.locate);
    assert.match(offer.lines.join(), /^Serving 0 patients/);
  }));
