/**
 * Runs the commands of a document, one after the other, as its reader would.
 *
 * @module
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { peerTest } from "../support/peers.ts";
import { type Command, commandsOf, type Document } from "./documents.ts";
import { firstUntrue } from "./shown_lines.ts";
import { setStage, type Stage } from "./stage.ts";
import { EXIT_CODES, LEAVES, NOT_RUN, PROGRAMS, SERVERS, substitutions } from "./table.ts";

/**
 * Registers the test of a document.
 *
 * @param document The document.
 */
export function testCommands(document: Document): void {
  const commands = commandsOf(document.text);
  if (commands.every(({ text }) => whyNotRun(document, text) !== undefined)) return;
  peerTest({
    name: `the commands of ${document.path} do what it says`,
    needs: ["dcmtk"],
    async fn(context) {
      await using stage = await setStage(document);
      for (const command of commands) {
        const why = whyNotRun(document, command.text);
        const place = `line ${command.line}: ${command.text}`;
        await context.step({
          name: why === undefined ? place : `${place} [not run: ${why}]`,
          ignore: why !== undefined,
          fn: () => check(command, stage),
        });
      }
    },
  });
}

function whyNotRun(document: Document, command: string): string | undefined {
  const missing = PROGRAMS.find(([pattern, program]) => pattern.test(command) && !isThere(program));
  if (missing !== undefined) return `${missing[1]} is not installed`;
  const row = NOT_RUN.find(([pattern, _why, path]) =>
    pattern.test(command) && (path === undefined || path === document.path)
  );
  return row?.[1];
}

function isThere(program: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.some((folder) => existsSync(join(folder, program)));
}

async function check(command: Command, stage: Stage): Promise<void> {
  const line = substitutions(stage.places).reduce(
    (text, [written, instead]) => text.replaceAll(asGlobal(written), instead),
    command.text,
  );
  const written = SERVERS.test(command.text)
    ? await serve(line, stage)
    : await runToEnd(command.text, line, stage);
  for (const [part, path] of LEAVES) {
    if (!command.text.includes(part)) continue;
    assert.ok((await Deno.stat(join(stage.places.directory, path))).size > 0, `${path} is empty`);
  }
  if (command.shown === undefined) return;
  const untrue = firstUntrue(command.shown, written);
  assert.equal(untrue, undefined, `shown, and not written:\n${untrue}\n\nwritten:\n${written}`);
}

async function runToEnd(typed: string, line: string, stage: Stage): Promise<string> {
  const { code, stdout } = await stage.run(line);
  const expected = EXIT_CODES.find(([part]) => typed.includes(part))?.[1] ?? 0;
  assert.equal(code, expected, stdout);
  return stdout;
}

/** Starts a server, has it do its work, and has it stop. */
async function serve(line: string, stage: Stage): Promise<string> {
  const child = stage.spawn(line);
  let written = "";
  try {
    const port = Promise.withResolvers<string>();
    const reading = (async () => {
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        written += text;
        const found = /Listening as .* on port (\d+)/.exec(written)?.[1];
        if (found !== undefined) port.resolve(found);
      }
      port.reject(new Error(`It does not listen: ${written}`));
    })();
    const listening = await port.promise;
    for (const request of requestsTo(line, listening, stage)) {
      const { code, stdout } = await stage.run(request);
      assert.equal(code, 0, stdout + written);
    }
    child.kill("SIGTERM");
    await reading;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  assert.equal((await child.status).code, 0, written);
  return written;
}

/** What a server that lets us in is asked to do. */
function requestsTo(line: string, port: string, { instance }: Stage): string[] {
  const peer = `127.0.0.1:${port}`;
  if (line.includes("--allow-")) return [];
  const store = line.includes("--no-store") ? [] : [`storescu ${peer} ${instance}`];
  const get =
    `getscu ${peer} -k StudyInstanceUID=1.2.840.1 -od got && test -s got/CT.1.2.840.1.1.1`;
  return line.startsWith("qrscp") ? [...store, get] : store;
}

function asGlobal(written: string | RegExp): string | RegExp {
  if (typeof written === "string" || written.global) return written;
  return new RegExp(written.source, `${written.flags}g`);
}
