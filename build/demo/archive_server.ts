/**
 * The demo's archive as a process: qrscp.
 *
 * @module
 */

import { excerpt } from "./excerpt.ts";
import { DemoError } from "./failure.ts";
import type { Processes } from "./processes.ts";
import type { ToolCommand } from "./tool_command.ts";

/** An archive that listens. */
export interface ArchiveServer {
  /** The port that the system chose. */
  readonly port: number;
  /** The event that told it, as it was written. */
  readonly event: string;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
}

/**
 * Starts the archive, and waits until it listens.
 *
 * @param command qrscp, with `--json`.
 * @param processes Where it runs.
 * @param stderr What becomes of its log.
 * @returns The archive.
 * @throws {DemoError} When it ends instead.
 */
export async function startArchive(
  command: ToolCommand,
  processes: Processes,
  stderr: "piped" | "inherit",
): Promise<ArchiveServer> {
  const child = processes.start(command, stderr);
  const log = stderr === "piped" ? new Response(child.stderr).text() : Promise.resolve("");
  const lines = linesOf(child.stdout);
  for (;;) {
    const { done, value: event } = await lines.next();
    if (done) break;
    const port = portIn(event);
    if (port === undefined) continue;
    // Peers wait for an archive that nobody reads the output of.
    const ended = Promise.all([rest(lines), log, child.status]).then(() => {});
    return { port, event, ended };
  }
  const { code } = await child.status;
  throw new DemoError(`Cannot start qrscp: it ended with ${code}\n${excerpt(await log)}`.trimEnd());
}

/** The port in a `listening` event. */
function portIn(line: string): number | undefined {
  const event: { readonly event?: unknown; readonly port?: unknown } = JSON.parse(line);
  return event.event === "listening" && typeof event.port === "number" ? event.port : undefined;
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let open = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (open + text).split("\n");
    open = lines.pop() ?? "";
    yield* lines;
  }
}

async function rest(lines: AsyncIterator<string>): Promise<void> {
  while (!(await lines.next()).done);
}
