import assert from "node:assert/strict";
import { digestOf } from "../../lib/handler/digest.ts";

for (
  const [text, digest] of [
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ] as const
) {
  Deno.test({
    name: `\`digestOf()\` is the SHA-256 of "${text}"`,
    permissions: "none",
    fn: () => assert.equal(digestOf(new TextEncoder().encode(text)), digest),
  });
}
