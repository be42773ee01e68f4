import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HandlerError } from "../../lib/errors.ts";
import type { HandlerContext } from "../../lib/handler/handler.ts";
import { loadHandler, type LoadPolicy } from "../../lib/handler/load.ts";
import { registerModuleHooks } from "../../lib/handler/module_hooks.ts";
import { run } from "../support/command.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { type HttpsServer, httpsServer, type Route } from "../support/https_server.ts";

// Once for all tests: the runtime waits for work of theirs all the time, and no test began that.
registerModuleHooks();

const HANDLER = `
  export const name = "remote";
  export const version = "1.2.3";
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

function redirect(location: string, status = 302): Route {
  return () => new Response(null, { status, headers: { location } });
}

function typed(contentType: string, body: BodyInit = HANDLER): Route {
  return () => new Response(body, { headers: { "content-type": contentType } });
}

/** A body that says nothing of its length. */
function chunked(chunks: Iterable<string>): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks).pipeThrough(new TextEncoderStream());
}

function* endless(): Generator<string> {
  while (true) yield "// and so on\n".repeat(1000);
}

/** What the store service of a handler answers. */
async function answerOf(url: string, policy: LoadPolicy): Promise<unknown> {
  const handlers = await (await loadHandler(url, policy)).create(CONTEXT);
  assert.ok(handlers.store !== undefined);
  return await Reflect.apply(handlers.store, handlers, []);
}

async function cacheDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

interface Refusal {
  readonly name: string;
  readonly routes: (server: { host: string; otherHost: string }) => Record<string, Route>;
  /** Behind the URL of `/handler.ts`. */
  readonly pin?: string;
  readonly policy?: Partial<LoadPolicy>;
  /** What the error says, behind the URL of the handler. */
  readonly says: RegExp;
}

const REFUSALS: readonly Refusal[] = [
  {
    name: "another content than the pinned one",
    routes: () => ({ "/handler.ts": HANDLER }),
    pin: pinOf("another"),
    says: /^: its content is sha256-.{43}=, but sha256-.{43}= is pinned$/,
  },
  {
    name: "a pin that is none",
    routes: () => ({ "/handler.ts": HANDLER }),
    pin: "#sha256-abc",
    says: /^#sha256-abc: its pin is not #sha256- and the 44 characters/,
  },
  {
    name: "an import from a host that is not allowed",
    routes: ({ otherHost }) => ({
      "/handler.ts": `export { default } from "https://${otherHost}/other.ts";`,
      "/other.ts": HANDLER,
    }),
    says:
      /, which imports https:\/\/localhost:\d+\/other.ts: localhost:\d+ is not an allowed host;/,
  },
  {
    name: "a redirect to a host that is not allowed",
    routes: ({ otherHost }) => ({
      "/handler.ts": redirect(`https://${otherHost}/other.ts`),
      "/other.ts": HANDLER,
    }),
    says:
      /^: it redirects to https:\/\/localhost:\d+\/other.ts: localhost:\d+ is not an allowed host; 127.0.0.1:\d+ is$/,
  },
  {
    name: "a redirect to http:",
    routes: ({ host }) => ({ "/handler.ts": redirect(`http://${host}/handler.ts`) }),
    says: /^: it redirects to http:.*: its scheme is http:, and modules come by https: alone$/,
  },
  {
    name: "a redirect to a file of this machine",
    routes: () => ({ "/handler.ts": redirect("file:///etc/passwd") }),
    says: /^: it redirects to file:.*: its scheme is file:/,
  },
  {
    name: "a redirect to nowhere",
    routes: () => ({ "/handler.ts": redirect("https://") }),
    says: /^: it redirects to https:\/\/, no URL$/,
  },
  {
    name: "a redirect for ever",
    routes: () => ({ "/handler.ts": redirect("/handler.ts", 307) }),
    says: /^: it redirects more than 5 times$/,
  },
  {
    name: "one redirect too many",
    routes: () => ({
      "/handler.ts": redirect("/b.ts", 301),
      "/b.ts": redirect("/c.ts", 308),
      "/c.ts": HANDLER,
    }),
    policy: { redirectLimit: 1 },
    says: /^: it redirects more than 1 times$/,
  },
  {
    name: "an import of http:",
    routes: ({ host }) => ({ "/handler.ts": `import "http://${host}/other.ts";` }),
    says: /, which imports http:.*: its scheme is http:, and modules come by https: alone$/,
  },
  {
    name: "an import of a file of this machine",
    routes: () => ({ "/handler.ts": `import "file:///etc/passwd";` }),
    says:
      /, which imports file:\/\/\/etc\/passwd: it is a file of this machine, imported by https:/,
  },
  {
    name: "an import of a file of this machine by way of two data: URLs",
    routes: () => {
      const inner = `data:text/javascript,${encodeURIComponent(`import "file:///etc/passwd";`)}`;
      const outer = `data:text/javascript,${encodeURIComponent(`import "${inner}";`)}`;
      return { "/handler.ts": `import "${outer}";` };
    },
    says: /, which imports file:\/\/\/etc\/passwd: it is a file of this machine, imported by data:/,
  },
  {
    name: "a module over the size cap",
    routes: () => ({ "/handler.ts": HANDLER }),
    policy: { moduleSizeLimit: HANDLER.length - 1 },
    says: /^: it has more than the \d+ bytes allowed$/,
  },
  {
    name: "a module over the size cap that does not tell its length",
    routes: () => ({ "/handler.ts": () => new Response(chunked([HANDLER, HANDLER])) }),
    policy: { moduleSizeLimit: HANDLER.length },
    says: /^: it has more than the \d+ bytes allowed$/,
  },
  {
    name: "a module without an end",
    routes: () => ({ "/handler.ts": () => new Response(chunked(endless())) }),
    says: /^: it has more than the 4194304 bytes allowed$/,
  },
  {
    name: "modules that are over the size cap together",
    routes: () => ({ "/handler.ts": `import "./more.ts";`, "/more.ts": HANDLER }),
    policy: { graphSizeLimit: HANDLER.length },
    says:
      /, which imports https:.*more.ts: with it the handler has more than the \d+ bytes allowed$/,
  },
  {
    name: "modules without an end",
    routes: ({ host }) => ({
      "/handler.ts": `import "https://${host}/more.ts?0";`,
      "/more.ts": ({ url }) => {
        const next = Number(new URL(url).search.slice(1)) + 1;
        return new Response(`import "./more.ts?${next}";`);
      },
    }),
    policy: { moduleCountLimit: 20 },
    says:
      /, which imports https:.*\/more.ts\?19: with it the handler has more than the 20 modules allowed$/,
  },
  {
    name: "what is not there",
    routes: () => ({}),
    says: /^: the server answered 404 Not Found$/,
  },
  {
    name: "an import that is not there",
    routes: () => ({ "/handler.ts": `import "./gone.ts";` }),
    says: /, which imports https:.*\/gone.ts: the server answered 404 Not Found$/,
  },
  {
    name: "a server that is broken",
    routes: () => ({ "/handler.ts": () => new Response("no", { status: 500 }) }),
    says: /^: the server answered 500 Internal Server Error$/,
  },
  {
    name: "an answer without a content",
    routes: () => ({ "/handler.ts": () => new Response(null, { status: 204 }) }),
    says: /^: the server answered 204 No Content$/,
  },
  {
    name: "not modified, which was not asked",
    routes: () => ({ "/handler.ts": () => new Response(null, { status: 304 }) }),
    says: /^: the server answered 304 Not Modified$/,
  },
  {
    name: "a web page",
    routes: () => ({ "/handler.ts": typed("text/html; charset=utf-8", "<!doctype html>") }),
    says: /^: it is a web page \(text\/html\), and JavaScript or TypeScript is wanted$/,
  },
  {
    name: "an image",
    routes: () => ({ "/handler.ts": typed("image/png") }),
    says: /^: it is image\/png, and JavaScript or TypeScript is wanted$/,
  },
  {
    name: "data that is no text",
    routes: () => ({ "/handler.ts": typed("text/typescript", new Uint8Array([0xff, 0xfe])) }),
    says: /^: its text is not UTF-8$/,
  },
  {
    name: "types of a syntax that is none",
    routes: () => ({ "/handler.ts": "export const a: = 3;" }),
    says: /^: SyntaxError: Unexpected token `=`\. .* at line 1, column 17$/,
  },
  {
    name: "JavaScript of a syntax that is none",
    routes: () => ({ "/handler.ts": typed("text/javascript", "export default () => ;") }),
    says: /^: Unexpected token ';' at https:\/\/127.0.0.1:\d+\/handler.ts:1:22$/,
  },
  {
    name: "a module that throws",
    routes: () => ({ "/handler.ts": `throw new TypeError("no\\nway");` }),
    says: /^: no way$/,
  },
  {
    name: "an import of a name that is not exported",
    routes: () => ({
      "/handler.ts": `import { a } from "./other.ts"; export default a;`,
      "/other.ts": "export const b = 1;",
    }),
    says: /^: The requested module '\.\/other\.ts' does not provide an export named 'a' at https:/,
  },
  {
    name: "a module without a factory",
    routes: () => ({ "/handler.ts": "export const store = () => 0;" }),
    says: /^: it has no default export that makes handlers \(a HandlerFactory\)$/,
  },
  {
    name: "an import whose pin is wrong",
    routes: () => ({
      "/handler.ts": `export { default } from "./other.ts${pinOf("else")}";`,
      "/other.ts": HANDLER,
    }),
    says: /, which imports https:.*\/other.ts: its content is .* is pinned$/,
  },
];

for (const { name, routes, pin = "", policy, says } of REFUSALS) {
  Deno.test(`\`loadHandler()\` refuses ${name}`, async () => {
    await using server = await httpsServer({});
    for (const [path, route] of Object.entries(routes(server))) server.routes.set(path, route);
    const url = server.url("/handler.ts");
    await assert.rejects(loadHandler(`${url}${pin}`, policyFor(server, policy)), (error) => {
      assert.ok(error instanceof HandlerError, String(error));
      const [, behind = ""] = /^Cannot (?:load|use) handler (.*)$/.exec(error.message) ?? [];
      assert.ok(behind.startsWith(url), error.message);
      assert.match(behind.slice(url.length), says);
      assert.ok(error.url.startsWith(url));
      return true;
    });
  });
}

Deno.test("`loadHandler()` asks no other host before it is allowed", async () => {
  await using server = await httpsServer({ "/other.ts": HANDLER });
  server.routes.set("/handler.ts", redirect(`https://${server.otherHost}/other.ts`));
  await assert.rejects(loadHandler(server.url("/handler.ts"), policyFor(server)), HandlerError);
  assert.deepEqual(server.requests, ["/handler.ts"]);
});

Deno.test("`loadHandler()` gives a server that does not answer no more than its time", async () => {
  const answer = Promise.withResolvers<Response>();
  const asked = Promise.withResolvers<void>();
  await using server = await httpsServer({
    "/handler.ts": () => {
      asked.resolve();
      return answer.promise;
    },
  });
  const clock = new FakeClock();
  const loading = loadHandler(server.url("/handler.ts"), policyFor(server, { clock }));
  await asked.promise;
  await settle();
  await clock.advance(30_000);
  await assert.rejects(loading, /: it has not come within 30 s$/);
  assert.equal(clock.pending, 0);
  answer.resolve(new Response());
});

Deno.test("`loadHandler()` ends when it is told to", async () => {
  const controller = new AbortController();
  const answer = Promise.withResolvers<Response>();
  await using server = await httpsServer({
    "/handler.ts": () => {
      controller.abort(new DOMException("Enough", "AbortError"));
      return answer.promise;
    },
  });
  const { signal } = controller;
  const loading = loadHandler(server.url("/handler.ts"), policyFor(server, { signal }));
  await assert.rejects(loading, { name: "AbortError", message: "Enough" });
  answer.resolve(new Response());
});

interface Acceptance {
  readonly name: string;
  readonly routes: (server: { host: string; otherHost: string }) => Record<string, Route>;
  /** What is loaded; `/handler.ts` unless given. */
  readonly path?: string;
  /** May the other host be asked. */
  readonly allowOther?: boolean;
}

/** Each has a store service that answers 0. */
const ACCEPTED: readonly Acceptance[] = [
  {
    name: "TypeScript with types, an enum and a parameter property",
    routes: () => ({
      "/handler.ts": `
        import type { HandlerFactory } from "@dicom/dimse/handler";
        import { Missing, missing } from "./only_types.ts";
        enum Answer { Success = 0 }
        class Store { constructor(readonly answer: Answer) {} store(): number { return this.answer; } }
        const make: HandlerFactory = () => new Store(Answer.Success);
        export default make as (value?: Missing) => Store;
        type Unused = typeof missing;
      `,
    }),
  },
  {
    name: "JavaScript",
    routes: () => ({
      "/handler.js": typed("text/javascript", "export default () => ({ store: () => 0 });"),
    }),
    path: "/handler.js",
  },
  {
    name: "TypeScript that is sent as plain text",
    routes: () => ({ "/handler.ts": typed("text/plain; charset=utf-8") }),
  },
  {
    name: "TypeScript that a server takes for a video",
    routes: () => ({ "/handler.ts": typed("video/mp2t") }),
  },
  {
    name: "imports that are relative, two deep, and of a type that is none",
    routes: () => ({
      "/handler.ts":
        `export { default } from "./deep/factory.ts"; export type { T } from "./t.ts";`,
      "/deep/factory.ts": `import { answer } from "../answer.ts";
        import type { T } from "./no_such_file.ts";
        export default () => ({ store: (): T => answer });`,
      "/answer.ts": `export const answer = 0;`,
    }),
  },
  {
    name: "imports in a circle",
    routes: () => ({
      "/handler.ts": `import { answer } from "./b.ts";
        export const zero = (): number => 0;
        export default () => ({ store: () => answer() });`,
      "/b.ts": `import { zero } from "./handler.ts"; export const answer = () => zero();`,
    }),
  },
  {
    name: "an import that comes later",
    routes: () => ({
      "/handler.ts": `export default () => ({
        async store() { return (await import("./later.ts")).answer; } });`,
      "/later.ts": `export const answer = 0;`,
    }),
  },
  {
    name: "modules of the runtime",
    routes: () => ({
      "/handler.ts": `import { basename } from "node:path";
        export default () => ({ store: () => basename("/a/b").length - 1 });`,
    }),
  },
  {
    name: "a redirect, to which imports are relative",
    routes: () => ({
      "/handler.ts": redirect("/v1/handler.ts"),
      "/v1/handler.ts": `import { answer } from "./answer.ts";
        export default () => ({ store: () => answer });`,
      "/v1/answer.ts": `export const answer = 0;`,
    }),
  },
  {
    name: "imports and redirects to a host that is allowed",
    routes: ({ otherHost }) => ({
      "/handler.ts": `export { default } from "https://${otherHost}/other.ts";`,
      "/other.ts": redirect("/another.ts"),
      "/another.ts": HANDLER,
    }),
    allowOther: true,
  },
  {
    name: "an import whose pin is right",
    routes: () => ({
      "/handler.ts": `export { default } from "./other.ts${pinOf(HANDLER)}"; import "./other.ts";`,
      "/other.ts": HANDLER,
    }),
  },
];

for (const { name, routes, path = "/handler.ts", allowOther = false } of ACCEPTED) {
  Deno.test(`\`loadHandler()\` takes ${name}`, async () => {
    await using server = await httpsServer({});
    for (const [at, route] of Object.entries(routes(server))) server.routes.set(at, route);
    const allowedHosts = allowOther ? [server.otherHost] : [];
    assert.equal(await answerOf(server.url(path), policyFor(server, { allowedHosts })), 0);
  });
}

Deno.test("`loadHandler()` tells what the module says of itself", async () => {
  await using server = await httpsServer({ "/path/some.ts": HANDLER });
  const url = server.url("/path/some.ts");
  const loaded = await loadHandler(`${url}${pinOf(HANDLER)}`, policyFor(server));
  const { specifier, kind, name, version } = loaded;
  assert.deepEqual({ specifier, url: loaded.url, kind, name, version }, {
    specifier: url,
    url,
    kind: "https",
    name: "remote",
    version: "1.2.3",
  });
});

Deno.test("`loadHandler()` makes two handlers of one module", async () => {
  await using server = await httpsServer({
    "/count.ts": `let count = 0; export default () => ({ store: () => count++ });`,
    "/a.ts": `export { default } from "./count.ts";`,
  });
  const policy = policyFor(server);
  assert.equal(await answerOf(server.url("/count.ts"), policy), 0);
  assert.equal(await answerOf(server.url("/count.ts"), policy), 1);
  assert.equal(await answerOf(server.url("/a.ts"), policy), 2);
});

Deno.test("`loadHandler()` refuses a module that has changed since another handler took it", async () => {
  await using server = await httpsServer({ "/handler.ts": HANDLER });
  const url = server.url("/handler.ts");
  await loadHandler(url, policyFor(server));
  server.routes.set("/handler.ts", `${HANDLER} // changed`);
  await assert.rejects(
    loadHandler(url, policyFor(server)),
    /was loaded before, and had another content then$/,
  );
});

Deno.test("`loadHandler()` asks for a pinned module once in a cache's life", async () => {
  await using server = await httpsServer({ "/handler.ts": HANDLER });
  await using cache = await cacheDirectory();
  const policy = policyFor(server, { cacheDirectory: cache.path });
  const url = `${server.url("/handler.ts")}${pinOf(HANDLER)}`;
  assert.equal(await answerOf(url, policy), 0);
  assert.equal(await answerOf(url, policy), 0);
  assert.deepEqual(server.requests, ["/handler.ts"]);
});

Deno.test("`loadHandler()` uses what it kept when the server is down, and says so", async () => {
  await using server = await httpsServer({
    "/handler.ts": `export { default } from "./real.ts";`,
    "/real.ts": redirect("/moved/real.ts"),
    "/moved/real.ts": HANDLER,
  });
  await using cache = await cacheDirectory();
  const warnings: string[] = [];
  const log = { warn: (message: string) => void warnings.push(message) };
  const policy = policyFor(server, { cacheDirectory: cache.path, log });
  assert.equal(await answerOf(server.url("/handler.ts"), policy), 0);
  assert.deepEqual(warnings, []);
  await server.stop();
  assert.equal(await answerOf(server.url("/handler.ts"), policy), 0);
  assert.equal(warnings.length, 2);
  assert.match(
    warnings[0] ?? "",
    /^Using the copy of https:\/\/127.0.0.1:\d+\/handler.ts that was kept: /,
  );
});

Deno.test("`loadHandler()` refuses when the server is down and nothing was kept", async () => {
  await using server = await httpsServer({});
  await using cache = await cacheDirectory();
  await server.stop();
  const policy = policyFor(server, { cacheDirectory: cache.path });
  await assert.rejects(loadHandler(server.url("/handler.ts"), policy), HandlerError);
});

Deno.test("`loadHandler()` evaluates in a process that has only its own certificate", async () => {
  await using server = await httpsServer({ "/handler.ts": HANDLER });
  const directory = await Deno.makeTempDir();
  try {
    const certificate = join(directory, "certificate.pem");
    await Deno.writeTextFile(certificate, server.certificate);
    const program = join(directory, "program.ts");
    const load = new URL("../../lib/handler/load.ts", import.meta.url).href;
    await Deno.writeTextFile(
      program,
      `import { describeHandler, loadHandler } from ${JSON.stringify(load)};
       const loaded = await loadHandler(Deno.args[0], { builtIns: {} }).catch((error) => error);
       console.log(loaded.message ?? describeHandler(loaded, await loaded.create({})));`,
    );
    const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
    const args = ["run", "--no-check", "--frozen", "--config", config, "--no-prompt"];
    const allowed = [`--allow-net=${server.host}`, `--allow-read=${directory}`];
    const evaluate = async (pin: string): Promise<string> => {
      const url = `${server.url("/handler.ts")}${pin}`;
      const env = { DENO_CERT: certificate };
      const all = [...args, ...allowed, program, url];
      const { stdout, stderr } = await run(Deno.execPath(), all, { env });
      return stdout + stderr;
    };
    const told = `Handler ${server.url("/handler.ts")} (https): remote 1.2.3, offers store\n`;
    assert.equal(await evaluate(pinOf(HANDLER)), told);
    assert.match(await evaluate(pinOf("else")), /^Cannot load handler https:.* is pinned\n$/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
