import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type CommandOutput, run } from "../support/command.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** On a machine that does much else; the demo itself takes a few seconds. */
const TIME_LIMIT = 120_000;

/** The demo with a directory for temporary files of its own, which has to be empty after it. */
class Demo implements AsyncDisposable {
  readonly #temporary: string;
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Promise<string>;
  readonly #text: AsyncIterator<string>;
  #stdout = "";

  private constructor(temporary: string, args: readonly string[]) {
    this.#temporary = temporary;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "demo", ...args],
      cwd: ROOT,
      env: { TMPDIR: temporary, TMP: temporary, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stderr = new Response(this.#child.stderr).text();
    this.#text = this.#child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  }

  static async start(...args: readonly string[]): Promise<Demo> {
    return new Demo(await Deno.makeTempDir({ prefix: "dimse_demo_test_" }), args);
  }

  /** Reads on until the output matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#stdout)) {
      const { done, value } = await this.#text.next();
      if (done) assert.fail(`${pattern} does not come: ${this.#stdout}\n${await this.#stderr}`);
      this.#stdout += value;
    }
    return this.#stdout;
  }

  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }

  /** Waits for the end. */
  async end(): Promise<CommandOutput> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), TIME_LIMIT);
    for (;;) {
      const { done, value } = await this.#text.next();
      if (done) break;
      this.#stdout += value;
    }
    const { code } = await this.#child.status;
    clearTimeout(timer);
    return { code, stdout: this.#stdout, stderr: await this.#stderr };
  }

  /** The processes that work on its files. */
  async processes(): Promise<string[]> {
    return (await commandLines()).filter((line) => line.includes(this.#temporary));
  }

  /** Asserts that no file is left, and no process that works on one. */
  async assertNothingLeft(): Promise<void> {
    const names = await Array.fromAsync(Deno.readDir(this.#temporary), ({ name }) => name);
    assert.deepEqual(names, []);
    assert.deepEqual(await this.processes(), []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await Deno.remove(this.#temporary, { recursive: true });
  }
}

/** The command lines of all processes of this machine, as far as it tells. */
async function commandLines(): Promise<string[]> {
  if (Deno.build.os === "windows") return [];
  if (Deno.build.os !== "linux") {
    return (await run("ps", ["-Aww", "-o", "args"])).stdout.split("\n");
  }
  const names = await Array.fromAsync(Deno.readDir("/proc"), ({ name }) => name);
  const numbers = names.filter((name) => /^\d+$/.test(name));
  return await Promise.all(numbers.map((number) =>
    // It may have ended meanwhile.
    Deno.readTextFile(`/proc/${number}/cmdline`).catch(() => "")
  ));
}

/** The commands that the demo shows, as a shell has them after joining lines. */
function commandsIn(text: string): string[] {
  return [...text.replaceAll(" \\\n    ", " ").matchAll(/^\$ (.*)$/gm)]
    .map(([, command = ""]) => command);
}

Deno.test("the demo works, and leaves nothing", async () => {
  await using demo = await Demo.start();
  const { code, stdout, stderr } = await demo.end();
  assert.equal(code, 0, stdout + stderr);
  assert.equal(stderr, "");
  const tools = commandsIn(stdout).map((command) => /cli\/(\w+)\.ts/.exec(command)?.[1]);
  assert.deepEqual(tools, [
    ...["qrscp", "storescu", "findscu", "findscu"],
    ...["movescu", "movescu", "movescu", "getscu", "getscu", "getscu"],
  ]);
  for (const name of ["Müller^Jörg", "鈴木^花子", "Lindström^Łucja"]) {
    assert.ok(stdout.includes(name), name);
  }
  assert.match(
    stdout,
    /\n\nThe demo worked, in [\d.]+ s: all 68 instances came by C-MOVE, and again by C-GET, .*\.\n$/,
  );
  await demo.assertNothingLeft();
});

Deno.test("the demo leaves its files where it is told to, and does not touch others", async () => {
  const directory = await Deno.makeTempDir({ prefix: "dimse_demo_keep_" });
  try {
    const keep = `${directory}/kept`;
    {
      await using demo = await Demo.start("--keep", keep);
      const { code, stdout } = await demo.end();
      assert.equal(code, 0, stdout);
      for (const name of ["moved", "got"]) {
        assert.equal((await Array.fromAsync(Deno.readDir(`${keep}/${name}`))).length, 68);
      }
      await demo.assertNothingLeft();
    }
    await using again = await Demo.start("--keep", keep);
    const { code, stderr } = await again.end();
    assert.equal(code, 2);
    assert.match(stderr, /^demo: error: Cannot keep the demo's files in .*: there is \w+ in it\n$/);
    assert.equal((await Array.fromAsync(Deno.readDir(`${keep}/got`))).length, 68);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

const SIGNALS: readonly Deno.Signal[] = ["SIGINT", "SIGTERM"];

for (const signal of SIGNALS) {
  const ignore = Deno.build.os === "windows";

  Deno.test({
    name: `the demo serves until ${signal}, and its commands work as they are printed`,
    ignore,
    fn: async () => {
      await using demo = await Demo.start("--serve");
      const shown = await demo.until(/Ctrl-C ends it\.\n/);
      const directory = await Deno.makeTempDir({ prefix: "dimse_demo_shell_" });
      try {
        // To a directory of our own, and with the Deno that runs this.
        const script = commandsIn(shown.slice(shown.indexOf("\nTry,")))
          .map((command) => command.replace(/ -od in$/, ` -od '${directory}'`))
          .map((command) => command.replace(/^deno /, `'${Deno.execPath()}' `));
        assert.equal(script.length, 6);
        const { code, stdout, stderr } = await run("sh", ["-ec", script.join("\n")], { cwd: ROOT });
        assert.equal(code, 0, stderr);
        assert.match(stdout, /DEMO-3,Lindström\^Łucja,/);
        const files = await Array.fromAsync(Deno.readDir(directory));
        assert.equal(files.length, 25 + 22);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
      assert.equal((await demo.processes()).length, 1, "the archive is seen while it runs");
      demo.signal(signal);
      const { code, stdout } = await demo.end();
      assert.equal(code, 0, stdout);
      assert.match(stdout, /\n\nThe archive has ended\.\n$/);
      await demo.assertNothingLeft();
    },
  });

  for (const tool of ["qrscp", "movescu"]) {
    Deno.test({
      name: `the demo ends at ${signal} while ${tool} runs, and leaves nothing`,
      ignore,
      fn: async () => {
        await using demo = await Demo.start();
        await demo.until(new RegExp(`cli/${tool}\\.ts`));
        demo.signal(signal);
        const { code, stdout } = await demo.end();
        assert.equal(code, 130, stdout);
        assert.match(stdout, /\n\nCancelled\. Nothing is left running\.\n$/);
        await demo.assertNothingLeft();
      },
    });
  }
}
