import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { HandlerError } from "../../lib/errors.ts";
import type { HandlerPermissions } from "../../lib/handler/handler.ts";
import { sandboxHandler } from "../../lib/handler/sandbox.ts";
import { START_TIMEOUT } from "../../lib/handler/sandbox_host.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { dataUrl, sandboxed, storing } from "./sandboxed.ts";

const ENTRY = import.meta.url;

/** What is tried in a sandbox that may do nothing, and what comes of it. */
const FORBIDDEN: readonly (readonly [what: string, code: string, error: RegExp])[] = [
  ["read a file", `await Deno.readTextFile("/etc/hosts")`, /^NotCapable .*read access/],
  [
    "read a file as Node does",
    `(await import("node:fs")).readFileSync("/etc/hosts")`,
    /^NotCapable .*read access/,
  ],
  ["fetch a file", `await fetch("file:///etc/hosts")`, /^NotCapable .*read access/],
  ["write a file", `await Deno.writeTextFile("/tmp/x", "")`, /^NotCapable .*write access/],
  ["see the environment", `Deno.env.get("HOME")`, /^NotCapable .*env access/],
  [
    "connect",
    `await Deno.connect({ hostname: "127.0.0.1", port: 9 })`,
    /^NotCapable .*net access/,
  ],
  ["listen", `Deno.listen({ hostname: "127.0.0.1", port: 0 })`, /^NotCapable .*net access/],
  ["fetch", `await fetch("http://127.0.0.1:8042/")`, /^NotCapable .*net access/],
  [
    "request an association",
    `await context.associate({ hostname: "127.0.0.1", port: 104, calledAeTitle: "A",
      callingAeTitle: "B", contexts: request.contexts })`,
    /net access/,
  ],
  ["run a program", `await new Deno.Command(Deno.execPath()).output()`, /^NotCapable .*run access/],
  ["learn the name of the machine", `Deno.hostname()`, /^NotCapable .*sys access/],
  ["load a library", `Deno.dlopen("/lib/libc.so.6", {})`, /^NotCapable .*ffi access/],
  ["import a file", `await import(String("${ENTRY}"))`, /read access/],
  ["import from afar", `await import(String("https://a.example/x.js"))`, /Cannot import https:/],
  ["import a package of npm", `await import(String("npm:is-odd"))`, /Cannot import npm:is-odd/],
  [
    "import what it made up",
    `await import(String("data:text/javascript,import 'npm:is-odd'"))`,
    /Cannot import data:/,
  ],
  [
    "start a worker with rights",
    `new Worker("data:text/javascript,0", { type: "module", deno: { permissions: { read: true } } })`,
    /^NotCapable Can't escalate/,
  ],
  [
    "start a worker that reads",
    `await new Promise((resolve, reject) => {
      const code = "Deno.readTextFile('/etc/hosts').then(() => 'done', String).then(postMessage)";
      const worker = new Worker("data:text/javascript," + code, { type: "module" });
      worker.onmessage = ({ data }) => (worker.terminate(), reject(data));
    })`,
    /^Error NotCapable: .*read access/,
  ],
];

for (const [what, code, error] of FORBIDDEN) {
  Deno.test(`a handler in a sandbox cannot ${what} unless it is granted`, async () => {
    await using sandbox = await sandboxed(storing(`
      try { ${code}; } catch (error) {
        const reason = error instanceof Error ? error : { name: "Error", message: error };
        return { status: 0xa700, errorComment: reason.name + " " + reason.message };
      }
      return 0x0000;
    `));
    const { status, errorComment = "" } = await sandbox.store();
    assert.equal(status, 0xa700);
    assert.match(errorComment, error);
  });
}

Deno.test("a handler in a sandbox that tries what it may not fails with a sentence", async () => {
  await using sandbox = await sandboxed(storing(`await Deno.readTextFile("/etc/hosts")`));
  await assert.rejects(sandbox.store(), {
    name: "SandboxedError",
    message: 'Requires read access to "/etc/hosts", which the handler does not declare among its ' +
      "permissions",
  });
});

/** What a handler declares, what it does, and what that gives. */
const GRANTED: readonly (readonly [
  what: string,
  permissions: (directory: string) => HandlerPermissions,
  code: string,
  result: string,
])[] = [
  ["read", (directory) => ({ read: [directory] }), "await Deno.readTextFile(at)", "here"],
  [
    "write",
    (directory) => ({ write: [join(directory, "file")] }),
    `await Deno.writeTextFile(at, "there")`,
    "undefined",
  ],
  ["see the environment", () => ({ env: ["SANDBOX_TEST"] }), `Deno.env.get("SANDBOX_TEST")`, "set"],
  [
    "run a program",
    () => ({ run: [Deno.execPath()] }),
    `(await new Deno.Command(${JSON.stringify(Deno.execPath())}, { args: ["--version"] })
      .output()).code`,
    "0",
  ],
];

for (const [what, permissions, code, result] of GRANTED) {
  Deno.test(`a handler in a sandbox may ${what} where it is granted, and not beside`, async () => {
    const directory = await Deno.makeTempDir();
    const at = join(directory, "file");
    await Deno.writeTextFile(at, "here");
    Deno.env.set("SANDBOX_TEST", "set");
    try {
      await using sandbox = await sandboxed(storing(
        `const at = ${JSON.stringify(at)};
        const beside = [
          () => Deno.readTextFileSync(at + "/../.."), () => Deno.writeTextFileSync(at + "2", ""),
          () => Deno.env.get("HOME"), () => new Deno.Command("/bin/ls").outputSync(),
        ].filter((attempt) => {
          try { attempt(); return true; } catch (error) { return error.name !== "NotCapable"; }
        });
        return { status: 0, errorComment: [beside.length, ${code}].join(" ") };`,
        `export const permissions = ${JSON.stringify(permissions(directory))}`,
      ));
      const { errorComment } = await sandbox.store();
      assert.equal(errorComment, `0 ${result === "undefined" ? "" : result}`);
      if (what === "write") assert.equal(await Deno.readTextFile(at), "there");
    } finally {
      Deno.env.delete("SANDBOX_TEST");
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("`sandboxHandler()` tells what the module says of itself", async () => {
  const url = dataUrl(`export const name = "mine"; export const version = "1.2";
    export const permissions = ({ to = [] }) => ({ net: to, write: ["out", "/in/../data"] });
    export default () => ({ store: () => 0 });`);
  const policy = { builtIns: {}, workingDirectory: "/work" };
  const { specifier, kind, name, version, permissions } = await sandboxHandler(url, policy);
  assert.deepEqual([specifier, kind, name, version], [url, "data", "mine", "1.2"]);
  assert.deepEqual(await permissions({ to: ["a.example:104"] }), {
    net: ["a.example:104"],
    write: ["/work/out", "/data"],
  });
  assert.deepEqual(await permissions({}), { write: ["/work/out", "/data"] });
});

Deno.test("`sandboxHandler()` runs modules of files, in TypeScript, with what they import", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(directory, "answer.ts"), "export enum Answer { Done = 0xb000 }");
    await Deno.writeTextFile(
      join(directory, "mine.ts"),
      `import type { HandlerFactory } from "@dicom/dimse/handler";
      import { Answer } from "./answer.ts";
      import { basename } from "node:path";
      const make: HandlerFactory = ({ log }) => ({
        async store() {
          const again = await import("./answer.ts");
          log.info(basename(import.meta.url));
          return again.Answer === Answer ? Answer.Done : 0;
        },
      });
      export default make;`,
    );
    for (const specifier of ["./mine.ts", pathToFileURL(join(directory, "mine.ts")).href]) {
      await using sandbox = await sandboxed(specifier, { policy: { workingDirectory: directory } });
      assert.equal(sandbox.loaded.name, "mine");
      assert.deepEqual(await sandbox.store(), { status: 0xb000 });
      assert.deepEqual(sandbox.lines, ["info mine.ts"]);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("what the user was told stands, whatever the module says the next time", async () => {
  const url = storing(
    "return 0",
    "export const permissions = () => ({ env: [crypto.randomUUID()] })",
  );
  const loaded = await sandboxHandler(url, { builtIns: {} });
  const told = await loaded.permissions({});
  assert.deepEqual(await loaded.permissions({}), told);
  assert.notDeepEqual(await loaded.permissions({ other: ["option"] }), told);
});

/** What a handler declares, with this program allowed to read files alone, and what is said. */
const TOO_MUCH: readonly (readonly [what: string, permissions: HandlerPermissions, why: string])[] =
  [
    [
      "more than the program has",
      { net: ["a.example:104"], read: ["/in"], write: ["/data"] },
      "it needs --allow-net=a.example:104 --allow-write=/data, which this program does not have itself",
    ],
    ["all there is", { net: ["a.example"], run: ["/bin/sh"] }, "it needs --allow-net=a.example "],
  ];

for (const [what, permissions, why] of TOO_MUCH) {
  Deno.test({
    name: `\`sandboxHandler()\` refuses a handler that needs ${what}`,
    permissions: { read: true },
    async fn() {
      const declared = `export const permissions = ${JSON.stringify(permissions)}`;
      await assert.rejects(sandboxed(storing("return 0", declared)), (error) => {
        assert.ok(error instanceof HandlerError);
        assert.match(error.message, /^Cannot start handler data:.*… in a sandbox: /);
        assert.ok(error.message.includes(why), error.message);
        return true;
      });
    },
  });
}

Deno.test("a permission that is none is refused in a sentence", async () => {
  const declared = `export const permissions = { net: ["http://a.example/"] }`;
  await assert.rejects(sandboxed(storing("return 0", declared)), {
    name: "HandlerError",
    message: /^Cannot start handler data:.*… in a sandbox: [^\n]+$/,
  });
});

/** Modules that are not started, and what is said of them. */
const REFUSED: readonly (readonly [what: string, url: string, message: RegExp])[] = [
  [
    "are no handlers",
    dataUrl("export const x = 1"),
    /^Cannot use handler data:.*it has no default/,
  ],
  ["fail", dataUrl("throw new Error('no')"), /^Cannot load handler data:.*: no$/],
  [
    "want something before they are asked",
    dataUrl("Deno.env.get('HOME'); export default () => ({ store: () => 0 })"),
    /^Cannot load handler data:.*Requires env access to "HOME", which the handler does not declare/,
  ],
  [
    "are not to be made",
    dataUrl("export default () => { throw new TypeError('Cannot do it') }"),
    /^Cannot start handler data:.*: Cannot do it$/,
  ],
  [
    "make no handlers",
    dataUrl("export default () => ({})"),
    /^Cannot use handler data:.*made handlers without a service/,
  ],
  [
    "need what there is not",
    dataUrl("export const permissions = { gpu: [] }; export default () => ({ store: () => 0 })"),
    /^Cannot use handler data:.*its permissions have an unknown kind, gpu/,
  ],
  [
    "do not say what they need",
    dataUrl(
      "export const permissions = () => { throw new Error('to is missing') };" +
        "export default () => ({ store: () => 0 })",
    ),
    /^Cannot use handler data:.*: to is missing$/,
  ],
  [
    "need something without a name",
    dataUrl("export const permissions = { read: [''] }; export default () => ({ store: () => 0 })"),
    /^Cannot use handler data:.*Cannot grant permissions: one for read is empty$/,
  ],
  [
    "offer what a sandbox has not",
    dataUrl("export default () => ({ store: () => 0, async *find() {} })"),
    /^Cannot run handler data:.*in a sandbox: it offers find, and a sandbox has only store, /,
  ],
  [
    "end themselves at once",
    dataUrl("self.close(); await new Promise(() => {}); export default () => ({})"),
    /^Cannot go on with handler data:.*: its sandbox ended: it ended itself$/,
  ],
  ["are packages of npm", "npm:is-odd", /^Cannot load handler npm:is-odd: a package of npm/],
];

for (const [what, url, message] of REFUSED) {
  Deno.test(`modules that ${what} are refused in one sentence`, async () => {
    await assert.rejects(
      () => sandboxed(url),
      (error) => {
        assert.ok(error instanceof HandlerError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n|handler\+/);
        return true;
      },
    );
  });
}

/** Where a module may hang, and how often it is asked before. */
const HANGING: readonly (readonly [where: string, code: string])[] = [
  ["while it is evaluated", "await new Promise(() => {}); export default () => ({})"],
  ["while it makes its handlers", "export default () => new Promise(() => {})"],
];

for (const [where, code] of HANGING) {
  Deno.test(`a module that hangs ${where} is given up after ${START_TIMEOUT / 1000} s`, async () => {
    const clock = new FakeClock();
    const starting = assert.rejects(sandboxed(dataUrl(code), { policy: { clock } }), {
      name: "HandlerError",
      message: /^Cannot start handler data:.* in a sandbox: it is not ready after 20 s$/,
    });
    let isOver = false;
    void starting.then(() => isOver = true);
    // What is asked before the hanging is answered within the real time of this loop.
    while (!isOver) {
      await settle();
      if (clock.next !== undefined && clock.pending === 1) await hang(clock, () => isOver);
    }
    await starting;
  });
}

/** Lets the deadline come, unless the question is answered. */
async function hang(clock: FakeClock, isOver: () => boolean): Promise<void> {
  const { next } = clock;
  for (let turn = 0; turn < 200 && clock.next === next && !isOver(); turn++) await settle();
  if (clock.next === next) await clock.advance((next ?? 0) - clock.now());
}
