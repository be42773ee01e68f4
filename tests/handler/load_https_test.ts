import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { HandlerError } from "../../lib/errors.ts";
import type { HandlerContext } from "../../lib/handler/handler.ts";
import { loadHandler, type LoadPolicy } from "../../lib/handler/load.ts";
import { registerModuleHooks } from "../../lib/handler/module_hooks.ts";
import { type HttpsServer, httpsServer } from "../support/https_server.ts";

// Once for all tests: the runtime waits for work of theirs all the time, and none of the tests began that.
registerModuleHooks();

const HANDLER = `
  export const name = "remote";
  enum Answer { Success = 0x0000 }
  export default () => ({ store: (): number => Answer.Success });
`;

const CONTEXT: HandlerContext = {
  options: {},
  log: { debug() {}, info() {}, warn() {}, error() {} },
  signal: new AbortController().signal,
  associate: () => Promise.reject(new Error("Nothing is sent from here")),
};

function policyFor(server: HttpsServer, more: Partial<LoadPolicy> = {}): LoadPolicy {
  return { builtIns: {}, fetch: server.fetch, ...more };
}

function pinOf(text: string): string {
  return `#sha256-${createHash("sha256").update(text).digest("base64")}`;
}

Deno.test("`loadHandler()` loads TypeScript by HTTPS", async () => {
  await using server = await httpsServer({ "/remote.ts": HANDLER });
  const loaded = await loadHandler(server.url("/remote.ts"), policyFor(server));
  assert.equal(loaded.kind, "https");
  assert.equal(loaded.name, "remote");
  assert.equal(loaded.url, server.url("/remote.ts"));
  const handlers = await loaded.create(CONTEXT);
  assert.deepEqual(Object.keys(handlers), ["store"]);
});
