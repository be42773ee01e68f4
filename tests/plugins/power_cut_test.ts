import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("./store_durably.ts", import.meta.url));
const CALLS = "fsync,fdatasync,link,linkat,mkdir,mkdirat,write";

/** Runs the program under strace; returns what it asked of the system, or why that is not known. */
async function trace(directory: string, log: string): Promise<string[] | string> {
  const deno = [Deno.execPath(), "run", "--quiet", `--allow-read=${directory}`];
  const args = [...deno, `--allow-write=${directory}`, PROGRAM, directory];
  const command = new Deno.Command("strace", {
    args: ["-f", "-y", "-e", `trace=${CALLS}`, "-o", log, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  let output: Deno.CommandOutput;
  try {
    output = await command.output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "there is no strace";
    throw error;
  }
  const said = new TextDecoder().decode(output.stderr);
  if (/ptrace|PTRACE/.test(said)) return "tracing is not permitted";
  assert(output.success, said);
  assert.equal(new TextDecoder().decode(output.stdout), "stored\n");
  return completed((await Deno.readTextFile(log)).split("\n"));
}

/** Puts the two lines together that a call takes when another thread makes one meanwhile. */
function completed(lines: readonly string[]): string[] {
  const unfinished = new Map<string, string>();
  return lines.flatMap((line) => {
    const [, thread = "", call] = /^(\d+) +(.*) <unfinished \.\.\.>$/.exec(line) ?? [];
    if (call !== undefined) unfinished.set(thread, call);
    if (call !== undefined) return [];
    const [, again = "", rest] = /^(\d+) +<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? [];
    return [rest === undefined ? line : `${again} ${unfinished.get(again)}${rest}`];
  });
}

/** A call in short, with the paths below the directory; `undefined` for what is of no interest. */
function shorten(line: string, parent: string): string | undefined {
  if (line.includes('"stored\\n"')) return "reply";
  const [, call = "", rest = ""] = /^\d+ +(\w+)\((.*)\) += 0$/.exec(line) ?? [];
  const path = [...rest.matchAll(/["<]([^">]*)[">]/g)].map(([, path = ""]) => path).findLast((
    path,
  ) => path === parent || path.startsWith(`${parent}/`));
  if (path === undefined) return undefined;
  const shown = path.slice(parent.length + 1).replace(/\/\.[^/]+\.part$/, "/PART");
  return `${call.replace(/at$/, "")} ${shown === "" ? "." : shown}`;
}

Deno.test("`storeHandler()` replies when all is on the medium, as the system sees it", async (t) => {
  const parent = await Deno.makeTempDir({ prefix: "power-cut-" });
  try {
    const lines = await trace(`${parent}/new/in`, `${parent}/trace`);
    if (typeof lines === "string") {
      await t.step({ name: lines, ignore: true, fn: () => {} });
      return;
    }
    const calls = lines.map((line) => shorten(line, parent)).filter((call) => call !== undefined);
    // Without permission to read above its directory, the handler leaves that to whoever made it.
    assert.deepEqual(calls, [
      "mkdir new",
      "mkdir new/in",
      "fsync new/in/PART",
      "mkdir new/in/SENDER",
      "link new/in/SENDER/1.2.3.dcm",
      "fsync new/in/SENDER",
      "fsync new/in",
      "reply",
    ]);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
