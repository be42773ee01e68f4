import assert from "node:assert/strict";
import { join } from "node:path";
import type { LoadPolicy } from "../../lib/handler/load_policy.ts";
import { digestOf } from "../../lib/handler/digest.ts";
import { check, RemoteModules } from "../../lib/handler/remote_modules.ts";

const URL_A = "https://a.example/x.ts";
const IMPORTS = { hosts: new Set(["a.example"]), registry: new URL("https://jsr.io/") };

function digest(text: string): string {
  return digestOf(new TextEncoder().encode(text));
}

/** A server with one module, whose answers can be changed. */
class Server {
  text = "export default 1;";
  isDown = false;
  status = 200;
  readonly asked: (string | null)[] = [];

  readonly fetch: typeof fetch = (_input, init) => {
    const known = new Headers(init?.headers).get("if-none-match");
    this.asked.push(known);
    if (this.isDown) return Promise.reject(new TypeError("Connection refused"));
    const etag = `"${this.text.length}"`;
    if (known === etag) return Promise.resolve(new Response(null, { status: 304 }));
    const headers = { etag, "content-type": "text/typescript" };
    return Promise.resolve(new Response(this.text, { status: this.status, headers }));
  };
}

interface Scene {
  readonly server: Server;
  readonly directory: string;
  readonly warnings: string[];
  /** A new reader, as at the next start. */
  start(more?: Partial<LoadPolicy>, hosts?: readonly string[]): RemoteModules;
}

async function withScene(test: (scene: Scene) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  const server = new Server();
  const warnings: string[] = [];
  const log = { warn: (message: string) => void warnings.push(message) };
  const start: Scene["start"] = (more = {}, hosts = ["a.example"]) => {
    const policy = { builtIns: {}, fetch: server.fetch, cacheDirectory: directory, log, ...more };
    const imports = { ...IMPORTS, hosts: new Set(hosts) };
    return new RemoteModules(policy, imports, new AbortController().signal);
  };
  try {
    await test({ server, directory, warnings, start });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function textOf({ bytes }: { readonly bytes: Uint8Array }): string {
  return new TextDecoder().decode(bytes);
}

Deno.test("`RemoteModules.read()` asks at each start whether the module has changed", () =>
  withScene(async ({ server, start }) => {
    assert.equal(textOf(await start().read(URL_A)), "export default 1;");
    assert.equal(textOf(await start().read(URL_A)), "export default 1;");
    server.text = "export default 20;";
    assert.equal(textOf(await start().read(URL_A)), "export default 20;");
    assert.equal(textOf(await start().read(URL_A)), "export default 20;");
    assert.deepEqual(server.asked, [null, '"17"', '"17"', '"18"']);
  }));

Deno.test("`RemoteModules.read()` asks nobody for bytes that are known and kept", () =>
  withScene(async ({ server, start }) => {
    const expected = { digest: digest(server.text), by: "is pinned" };
    await start().read(URL_A, expected);
    server.isDown = true;
    assert.equal(textOf(await start().read(URL_A, expected)), "export default 1;");
    assert.equal(server.asked.length, 1);
  }));

Deno.test("`RemoteModules.read()` refuses other bytes than those known, and does not keep them", () =>
  withScene(async ({ server, start }) => {
    const expected = { digest: digest("another"), by: "is pinned" };
    await assert.rejects(start().read(URL_A, expected), /: its content is sha256-.* is pinned$/);
    server.isDown = true;
    await assert.rejects(start().read(URL_A), /: Connection refused$/);
  }));

Deno.test("`RemoteModules.read()` uses what it kept when there is no answer, and says so", () =>
  withScene(async ({ server, start, warnings }) => {
    await start().read(URL_A);
    server.isDown = true;
    assert.equal(textOf(await start().read(URL_A)), "export default 1;");
    assert.deepEqual(warnings, [`Using the copy of ${URL_A} that was kept: Connection refused`]);
  }));

Deno.test("`RemoteModules.read()` takes a refusing answer for final", () =>
  withScene(async ({ server, start, warnings }) => {
    await start().read(URL_A);
    server.text = "gone";
    server.status = 410;
    await assert.rejects(start().read(URL_A), /: the server answered 410$/);
    assert.deepEqual(warnings, []);
  }));

Deno.test("`RemoteModules.read()` does not use what it kept of a host that is not allowed", () =>
  withScene(async ({ server, start }) => {
    const expected = { digest: digest(server.text), by: "is pinned" };
    await start().read(URL_A);
    for (const each of [undefined, expected]) {
      await assert.rejects(start({}, []).read(URL_A, each), /is not an allowed host; none is$/);
    }
  }));

Deno.test("`RemoteModules.read()` fetches again what was damaged in the cache", () =>
  withScene(async ({ server, start, directory }) => {
    await start().read(URL_A);
    const content = join(directory, "content", digest(server.text));
    await Deno.writeTextFile(content, "export default evil;");
    assert.equal(textOf(await start().read(URL_A)), "export default 1;");
    assert.deepEqual(server.asked, [null, null]);
    assert.equal(await Deno.readTextFile(content), "export default 1;");
  }));

Deno.test("`RemoteModules.read()` goes on without a cache that it cannot write, and says so once", () =>
  withScene(async ({ start, directory, warnings }) => {
    const file = join(directory, "file");
    await Deno.writeTextFile(file, "");
    const modules = start({ cacheDirectory: file });
    await modules.read(URL_A);
    await modules.read("https://a.example/y.ts");
    assert.equal(warnings.length, 1);
    assert.ok(warnings[0]?.startsWith(`Cannot keep remote modules in ${file}: `), warnings[0]);
  }));

Deno.test("`RemoteModules.read()` counts what all modules have together, kept ones too", () =>
  withScene(async ({ start }) => {
    const limits = { graphSizeLimit: 30 };
    for (let time = 0; time < 2; time++) {
      const modules = start(limits);
      await modules.read(URL_A);
      await assert.rejects(
        modules.read("https://a.example/y.ts"),
        /: with it the handler has more than the 30 bytes allowed$/,
      );
    }
  }));

Deno.test({
  name: "`RemoteModules.read()` needs no cache",
  permissions: "none",
  async fn() {
    const server = new Server();
    const { signal } = new AbortController();
    const modules = new RemoteModules({ builtIns: {}, fetch: server.fetch }, IMPORTS, signal);
    assert.equal(textOf(await modules.read(URL_A)), "export default 1;");
  },
});

Deno.test({
  name: "`check()` tells both digests as users write them",
  permissions: "none",
  fn() {
    const expected = { digest: digest(""), by: "is pinned" };
    check(URL_A, digest(""), expected);
    assert.throws(() => check(URL_A, digest("a"), expected), {
      message: "its content is sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=, but " +
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= is pinned",
    });
  },
});
