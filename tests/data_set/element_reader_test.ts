import assert from "node:assert/strict";
import { readElements } from "../../lib/data_set/element_reader.ts";
import { encodingOf, EXPLICIT_LITTLE } from "../../lib/data_set/encoding.ts";
import { BROKEN, bytesOf, outline, SOUND } from "./data_set_cases.ts";

Deno.test({
  name: "`readElements()` reads the sound structures and throws on the broken ones",
  permissions: "none",
  fn: () => {
    for (const { hex, syntax, outline: expected } of SOUND) {
      const encoding = encodingOf(syntax);
      if (encoding.deflated) continue;
      assert.deepEqual(outline(readElements(bytesOf(hex), encoding)), expected);
    }
    for (const { hex, syntax, message } of BROKEN) {
      assert.throws(() => readElements(bytesOf(hex), encodingOf(syntax)), { message });
    }
  },
});

Deno.test({
  name: "`readElements()` counts offsets from where the bytes begin in the file",
  permissions: "none",
  fn: () => {
    const bytes = bytesOf("10002000 4c4f 0400 3120");
    assert.throws(() => readElements(bytes, EXPLICIT_LITTLE, { start: 300 }), {
      message: "Cannot decode (0010,0020) at byte 300: length 4 exceeds the 2 bytes left",
      offset: 300,
    });
  },
});
