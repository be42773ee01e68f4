import assert from "node:assert/strict";
import { digestOf } from "../../lib/handler/digest.ts";
import { pinText, splitPin } from "../../lib/handler/pin.ts";

const DIGEST = "fbff00c298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852bfef";
const BASE64 = "+/8Awpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSv+8=";

const CASES: readonly (readonly [text: string, target: string, pin: string | undefined])[] = [
  ["https://h/x.ts", "https://h/x.ts", undefined],
  [`https://h/x.ts#sha256-${BASE64}`, "https://h/x.ts", DIGEST],
  [`https://h/x.ts#sha256-${BASE64.slice(0, -1)}`, "https://h/x.ts", DIGEST],
  [
    `./x.ts#sha256-${BASE64.replaceAll("+", "-").replaceAll("/", "_").slice(0, -1)}`,
    "./x.ts",
    DIGEST,
  ],
  [`jsr:@a/b@1#sha256-${BASE64}`, "jsr:@a/b@1", DIGEST],
  ["a#b.ts", "a#b.ts", undefined],
  ["https://h/x.ts#shape", "https://h/x.ts#shape", undefined],
];

for (const [text, target, pin] of CASES) {
  Deno.test({
    name: `\`splitPin()\` splits ${text}`,
    permissions: "none",
    fn: () => assert.deepEqual(splitPin(text), { target, pin }),
  });
}

const NO_PINS = [
  "#sha256-",
  "#sha256-abc",
  `#sha256=${BASE64}`,
  `#sha512-${BASE64}`,
  `#sha256-${DIGEST}`,
  `#sha256-${BASE64}=`,
  `#sha256-${BASE64} `,
  `#sha256-${BASE64.replace("+", "*")}`,
  `#SHA256:${BASE64}`,
];

for (const text of NO_PINS) {
  Deno.test({
    name: `\`splitPin()\` finds no pin in ${text}`,
    permissions: "none",
    fn: () => assert.equal(splitPin(`https://h/x.ts${text}`), undefined),
  });
}

Deno.test({
  name: "`pinText()` writes what `splitPin()` reads",
  permissions: "none",
  fn() {
    assert.equal(pinText(DIGEST), `sha256-${BASE64}`);
    const digest = digestOf(new TextEncoder().encode("a handler"));
    assert.equal(splitPin(`x#${pinText(digest)}`)?.pin, digest);
  },
});
