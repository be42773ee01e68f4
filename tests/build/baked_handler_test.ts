import assert from "node:assert/strict";
import { handlerUrl, importFrom } from "../../build/baked_handler.ts";
import { UsageError } from "../../cli/exit_code.ts";

const URLS: readonly (readonly [specifier: string, url: string])[] = [
  ["./mine.ts", "file:///home/me/mine.ts"],
  ["../mine.ts", "file:///home/mine.ts"],
  ["handlers/mine.ts", "file:///home/me/handlers/mine.ts"],
  ["mine.ts", "file:///home/me/mine.ts"],
  ["/srv/a b/mine.ts", "file:///srv/a%20b/mine.ts"],
  ["file:///srv/mine.ts", "file:///srv/mine.ts"],
  ["https://example.org/mine.ts", "https://example.org/mine.ts"],
  ["jsr:@me/mine@1", "jsr:@me/mine@1"],
  ["npm:mine", "npm:mine"],
];

for (const [specifier, url] of URLS) {
  Deno.test(`handlerUrl() of ${specifier} is ${url}`, () => {
    assert.equal(handlerUrl(specifier, "/home/me"), url);
  });
}

for (const specifier of ["store", "ignore", "forward", "https://example.org/x.ts#sha256-AAAA"]) {
  Deno.test(`handlerUrl() refuses ${specifier}`, () => {
    assert.throws(() => handlerUrl(specifier, "/home/me"), (error) => {
      assert.ok(error instanceof UsageError);
      assert.ok(error.message.startsWith(`Cannot compile in handler ${specifier}: `));
      return true;
    });
  });
}

const IMPORTS: readonly (readonly [url: string, specifier: string])[] = [
  ["file:///home/me/dist/x/mine.ts", "./mine.ts"],
  ["file:///home/me/mine.ts", "../../mine.ts"],
  ["file:///srv/a%20b/%25.ts", "../../../../srv/a%20b/%25.ts"],
  ["https://example.org/mine.ts", "https://example.org/mine.ts"],
  ["jsr:@me/mine@1", "jsr:@me/mine@1"],
];

for (const [url, specifier] of IMPORTS) {
  Deno.test(`importFrom() names ${url} by ${specifier}`, () => {
    assert.equal(importFrom("/home/me/dist/x", url), specifier);
  });
}
