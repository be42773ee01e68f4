import assert from "node:assert/strict";
import { refusalOf } from "../../lib/handler/import_policy.ts";

const POLICY = {
  hosts: new Set(["a.example", "b.example:8443", "mirror.example:4873"]),
  registry: new URL("http://mirror.example:4873/"),
};

const CASES: readonly (readonly [url: string, refusal: RegExp | undefined])[] = [
  ["https://a.example/x.ts", undefined],
  ["https://A.EXAMPLE:443/x.ts", undefined],
  ["https://b.example:8443/x.ts", undefined],
  ["http://mirror.example:4873/@a/b/meta.json", undefined],
  ["https://mirror.example:4873/x.ts", undefined],
  ["https://a.example:8443/x.ts", /^a.example:8443 is not an allowed host; a.example, .* are$/],
  ["https://b.example/x.ts", /^b.example is not an allowed host/],
  ["https://evil-a.example/x.ts", /is not an allowed host/],
  ["https://a.example.evil/x.ts", /is not an allowed host/],
  ["http://a.example/x.ts", /^its scheme is http:, and modules come by https: alone$/],
  ["http://mirror.example/x.ts", /^its scheme is http:/],
  ["file:///etc/passwd", /^its scheme is file:/],
  ["data:text/javascript,0", /^its scheme is data:/],
  ["https://me@a.example/x.ts", /^a URL with a user name or password is not taken$/],
  ["https://:secret@a.example/x.ts", /^a URL with a user name or password is not taken$/],
];

for (const [url, refusal] of CASES) {
  Deno.test({
    name: `\`refusalOf()\` ${refusal === undefined ? "allows" : "refuses"} ${url}`,
    permissions: "none",
    fn() {
      const told = refusalOf(new URL(url), POLICY);
      if (refusal === undefined) assert.equal(told, undefined);
      else assert.match(told ?? "", refusal);
    },
  });
}

for (
  const [hosts, says] of [[[], "none is"], [["a"], "a is"], [["a", "b"], "a, b are"]] as const
) {
  Deno.test({
    name: `\`refusalOf()\` says that ${says} allowed`,
    permissions: "none",
    fn() {
      const policy = { ...POLICY, hosts: new Set(hosts) };
      const told = refusalOf(new URL("https://c.example/"), policy);
      assert.equal(told, `c.example is not an allowed host; ${says}`);
    },
  });
}
