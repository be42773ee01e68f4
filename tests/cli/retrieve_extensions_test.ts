import assert from "node:assert/strict";
import { retrieveNegotiation } from "../../cli/retrieve_extensions.ts";

Deno.test({
  name: "retrieveNegotiation() has two bytes when one of the extensions is asked for",
  permissions: "none",
  fn: () => {
    const cases: [relationalRetrieval: boolean, enhancedConversion: boolean, bytes: number[]][] = [
      [true, false, [1, 0]],
      [false, true, [0, 1]],
      [true, true, [1, 1]],
    ];
    for (const [relationalRetrieval, enhancedConversion, bytes] of cases) {
      const extensions = { relationalRetrieval, enhancedConversion };
      assert.deepEqual(retrieveNegotiation("1.2", extensions), [
        { sopClassUid: "1.2", information: Uint8Array.from(bytes) },
      ]);
    }
    const none = { relationalRetrieval: false, enhancedConversion: false };
    assert.deepEqual(retrieveNegotiation("1.2", none), []);
  },
});
