import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { HandlerError } from "../../lib/errors.ts";
import type { HandlerContext } from "../../lib/handler/handler.ts";
import { describeHandler, loadHandler, type LoadPolicy } from "../../lib/handler/load.ts";
import { registerModuleHooks } from "../../lib/handler/module_hooks.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { jsrRegistry } from "../support/jsr_registry.ts";

// Once for all tests: the runtime waits for work of theirs all the time, and no test began that.
registerModuleHooks();

const CONTEXT: HandlerContext = {
  options: { answer: ["7"] },
  log: { debug() {}, info() {}, warn() {}, error() {} },
  signal: new AbortController().signal,
  associate: () => Promise.reject(new Error("Nothing is sent from here")),
};

const STORE = `
  import type { HandlerFactory } from "@dicom/dimse/handler";
  enum Answer { Success = 0 }
  const make: HandlerFactory = () => ({ store: () => Answer.Success });
  export default make;
`;

const POLICY: LoadPolicy = {
  builtIns: {
    store: {
      url: "file:///app/store.ts",
      load: () => Promise.resolve({ default: () => ({ store: () => 0 }), version: "2" }),
    },
    broken: { url: "file:///app/broken.ts", load: () => Promise.reject(new Error("no disk")) },
    hollow: { url: "file:///app/hollow.ts", load: () => Promise.resolve({}) },
  },
};

async function withFiles(
  files: Readonly<Record<string, string>>,
  test: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(directory, name), text);
    }
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function pinOf(text: string): string {
  return `#sha256-${createHash("sha256").update(text).digest("base64url")}`;
}

function dataUrl(code: string, type = "text/javascript"): string {
  return `data:${type},${encodeURIComponent(code)}`;
}

async function described(specifier: string, policy: LoadPolicy = POLICY): Promise<string> {
  const loaded = await loadHandler(specifier, policy);
  return describeHandler(loaded, await loaded.create(CONTEXT));
}

Deno.test({
  name: "`loadHandler()` loads a built-in handler by its name, and knows where it is",
  permissions: "none",
  async fn() {
    const { specifier, url, kind, name, version } = await loadHandler("store", POLICY);
    assert.deepEqual({ specifier, url, kind, name, version }, {
      specifier: "store",
      url: "file:///app/store.ts",
      kind: "built-in",
      name: "store",
      version: "2",
    });
    assert.equal(await described("store"), "Handler store (built-in): store 2, offers store");
  },
});

Deno.test("`loadHandler()` loads TypeScript from a path, absolute or relative", () =>
  withFiles({ "mine.ts": STORE }, async (directory) => {
    const path = join(directory, "mine.ts");
    const url = pathToFileURL(path).href;
    const policy = { ...POLICY, workingDirectory: directory };
    const what = `mine, offers store, from ${url}`;
    assert.equal(await described(path, policy), `Handler ${path} (file): ${what}`);
    assert.equal(await described("./mine.ts", policy), `Handler ./mine.ts (file): ${what}`);
    assert.equal(await described("mine.ts", policy), `Handler mine.ts (file): ${what}`);
    assert.equal(await described(url, policy), `Handler ${url} (file): mine, offers store`);
  }));

Deno.test("`loadHandler()` evaluates the bytes of a pinned file, with what it imports", () =>
  withFiles({
    "x.ts": `import { answer } from "./answer.ts"; export default () => ({ find: answer });`,
    "answer.ts": `export async function* answer(): AsyncGenerator<never> {}`,
  }, async (directory) => {
    const path = join(directory, "x.ts");
    const pin = pinOf(await Deno.readTextFile(path));
    const { specifier, url } = await loadHandler(`${path}${pin}`, POLICY);
    assert.equal(specifier, path);
    assert.equal(url, pathToFileURL(path).href);
    await assert.rejects(
      loadHandler(`${path}${pinOf("else")}`, POLICY),
      /^HandlerError: Cannot load handler \S+x.ts: its content is sha256-.* is pinned$/,
    );
    await Deno.writeTextFile(path, STORE);
    await assert.rejects(loadHandler(`${path}${pin}`, POLICY), / is pinned$/);
  }));

Deno.test("`loadHandler()` loads `data:`, pinned or not", async () => {
  const code = "export default () => ({ store: () => 0 });";
  const specifier = dataUrl(code);
  const loaded = await loadHandler(specifier, POLICY);
  assert.equal(loaded.specifier, specifier);
  assert.equal(loaded.name, "data");
  assert.equal((await loadHandler(`${specifier}${pinOf(code)}`, POLICY)).url, specifier);
  await assert.rejects(loadHandler(`${specifier}${pinOf("else")}`, POLICY), / is pinned$/);
});

Deno.test("`loadHandler()` loads a package of npm, which here is none of a handler", async () => {
  await assert.rejects(
    loadHandler("npm:fflate@^0.8.2", POLICY),
    /: Cannot use handler npm:fflate@\^0.8.2: it has no default export that makes handlers/,
  );
});

Deno.test("`loadHandler()` loads a package of JSR by the range of its versions", async () => {
  const files = { "/mod.ts": STORE, "/meta.ts": `export const version = "3";` };
  await using registry = jsrRegistry({
    "@me/router": {
      "1.0.0": { files: { "/mod.ts": "throw new Error();" } },
      "1.4.2": {
        files: { ...files, "/mod.ts": `${STORE} export { version } from "./meta.ts";` },
      },
      "1.5.0": { files, yanked: true },
      "2.0.0": { files },
    },
  });
  const policy = { ...POLICY, jsrUrl: registry.url };
  assert.equal(
    await described("jsr:@me/router@^1.1", policy),
    "Handler jsr:@me/router@^1.1 (jsr): router 3, offers store, " +
      `from ${registry.url}@me/router/1.4.2/mod.ts`,
  );
});

Deno.test({
  name: "`LoadedHandler` has what the module says of itself, and gives it what the host gives",
  permissions: "none",
  async fn() {
    const code = `
      export const name = "mine";
      export const version = "0.1";
      export const permissions = ({ answer }) => ({ net: answer });
      export default async ({ options }) => ({ store: () => Number(options.answer[0]) });
    `;
    const loaded = await loadHandler(dataUrl(code), POLICY);
    assert.equal(loaded.name, "mine");
    assert.equal(loaded.version, "0.1");
    assert.deepEqual(loaded.permissions({ answer: ["h:1"] }), { net: ["h:1"] });
    const { store } = await loaded.create(CONTEXT);
    assert.ok(store !== undefined);
    assert.equal(Reflect.apply(store, undefined, []), 7);
  },
});

/** What a module says, and what is said of it behind its beginning. */
const REFUSED: readonly (readonly [code: string, says: RegExp])[] = [
  ["export const store = 1;", /^Cannot use .*: it has no default export that makes handlers/],
  ["export default {};", /^Cannot use .*: its default export is an object, not a function/],
  ["throw new Error('on its way');", /^Cannot load .*: on its way$/],
  ["throw 'text';", /^Cannot load .*: text$/],
  ["export default ;", /^Cannot load .*: .*Unexpected|Expression expected/],
  ["await Promise.reject(new Error('later'));", /^Cannot load .*: later$/],
];

for (const [code, says] of REFUSED) {
  Deno.test({
    name: `\`loadHandler()\` refuses ${code}`,
    permissions: "none",
    async fn() {
      const label = /^.{0,60}/.exec(dataUrl(code))?.[0] ?? "";
      await assert.rejects(loadHandler(dataUrl(code), POLICY), (error) => {
        assert.ok(error instanceof HandlerError, String(error));
        assert.match(error.message, says);
        assert.ok(error.message.includes(`handler ${label}`), error.message);
        assert.ok(!error.message.includes("\n"));
        return true;
      });
    },
  });
}

const CREATIONS: readonly (readonly [factory: string, says: RegExp])[] = [
  ["() => { throw new Error('no directory'); }", /^Cannot start handler .*: no directory$/],
  ["async () => { throw 'text'; }", /^Cannot start handler .*: text$/],
  ["() => ({})", /^Cannot use handler .*: its factory made handlers without a service/],
  ["() => {}", /^Cannot use handler .*: its factory made undefined, not handlers$/],
  ["() => ({ onStore() {} })", /^Cannot use handler .*: .* did you mean store\?$/],
];

for (const [factory, says] of CREATIONS) {
  Deno.test({
    name: `\`LoadedHandler.create()\` refuses ${factory}`,
    permissions: "none",
    async fn() {
      const loaded = await loadHandler(dataUrl(`export default ${factory};`), POLICY);
      await assert.rejects(loaded.create(CONTEXT), (error) => {
        assert.ok(error instanceof HandlerError, String(error));
        assert.match(error.message, says);
        return true;
      });
    },
  });
}

const ABSENT: readonly (readonly [specifier: string, message: RegExp])[] = [
  ["broken", /^Cannot load handler broken: no disk$/],
  ["hollow", /^Cannot use handler hollow: it has no default export that makes handlers/],
  [
    "stroe",
    /^Cannot load handler stroe: no built-in handler has this name .*did you mean store\?$/,
  ],
  ["./gone.ts", /^Cannot load handler \.\/gone.ts: there is no such file$/],
  ["./imports.ts", /^Cannot load handler \.\/imports.ts: Module not found "file:.*\/gone.ts"/],
  ["./syntax.ts", /^Cannot load handler \.\/syntax.ts: SyntaxError: .*syntax.ts:2:16$/],
  [".", /^Cannot load handler .: .*[Dd]irectory/],
];

for (const [specifier, message] of ABSENT) {
  Deno.test(`\`loadHandler()\` refuses ${specifier} in one sentence`, () =>
    withFiles({
      "imports.ts": `import { x } from "./gone.ts"; export default () => x;`,
      "syntax.ts": "\nexport default ;",
    }, async (directory) => {
      const policy = { ...POLICY, workingDirectory: directory };
      await assert.rejects(loadHandler(specifier, policy), (error) => {
        assert.ok(error instanceof HandlerError, String(error));
        assert.match(error.message, message);
        assert.equal(error.url, specifier);
        return true;
      });
    }));
}

const IN_EXECUTABLES: readonly (readonly [specifier: string, hint: RegExp])[] = [
  [
    "./imports.ts",
    /; in an executable a local handler imports local modules only: name it by its https: URL, or compile it in$/,
  ],
  [
    "npm:fflate@^0.8.2/no_such_export",
    /; an executable has the packages of npm that were compiled into it, and no others$/,
  ],
];

for (const [specifier, hint] of IN_EXECUTABLES) {
  Deno.test(`\`loadHandler()\` says of ${specifier} what an executable can do`, () =>
    withFiles({ "imports.ts": `import "./gone.ts";` }, async (directory) => {
      const policy = { ...POLICY, workingDirectory: directory };
      const standalone = { ...policy, standalone: true };
      await assert.rejects(loadHandler(specifier, standalone), hint);
      await assert.rejects(
        loadHandler(specifier, policy),
        ({ message }: Error) => !hint.test(message),
      );
    }));
}

Deno.test({
  name: "`loadHandler()` loads nothing when it is told to end before",
  permissions: "none",
  async fn() {
    const loading = loadHandler("store", { ...POLICY, signal: AbortSignal.abort() });
    await assert.rejects(loading, { name: "AbortError" });
  },
});

async function refusedAsLate(made: Promise<unknown>, does: string): Promise<void> {
  await assert.rejects(made, (error) => {
    assert.ok(error instanceof HandlerError);
    assert.match(error.message, new RegExp(`^Cannot ${does} handler data:`));
    assert.match(error.message, /: it is not ready after 60 s$/);
    return true;
  });
}

Deno.test("loadHandler() gives up a module that hangs while it is evaluated", async () => {
  const clock = new FakeClock();
  const url = dataUrl("await new Promise(() => {}); export default () => ({});");
  const refused = refusedAsLate(loadHandler(url, { ...POLICY, clock }), "load");
  await clock.advance(60_000);
  await refused;
});

Deno.test("loadHandler() gives up a module that hangs while it makes its handlers", async () => {
  const clock = new FakeClock();
  const url = dataUrl("export default () => new Promise(() => {});");
  const loaded = await loadHandler(url, { ...POLICY, clock });
  assert.equal(clock.pending, 0);
  const refused = refusedAsLate(loaded.create(CONTEXT), "start");
  await clock.advance(60_000);
  await refused;
});
