/**
 * A sample: pipes each instance, as a file, to the standard input of `command` with its `arg`s. Exit code 0
 * is answered with Success; after another, the last line of its standard error is logged.
 * @module
 */
import type { HandlerContext, HandlerPermissions, Handlers } from "../../lib/handler/handler.ts";

/** What it needs: to run the command. */
export function permissions({ command = [] }: HandlerContext["options"]): HandlerPermissions {
  return { run: command };
}

/** Makes the handler. */
export default function pipeCommand({ options, log }: HandlerContext): Handlers {
  const [path] = options.command ?? [];
  if (path === undefined) throw new TypeError("Cannot pipe: the option command is missing");
  const pipes = { stdin: "piped", stdout: "null", stderr: "piped" } as const;
  return {
    async store({ dataSet, fileMetaInformation, signal: lost }) {
      lost.throwIfAborted();
      const [broken, args] = [new AbortController(), [...options.arg ?? []]];
      const signal = AbortSignal.any([lost, broken.signal]);
      const { stdin, stderr, status } = new Deno.Command(path, { args, ...pipes, signal }).spawn();
      let said = "";
      const sink = new WritableStream({ write: (text) => void (said = (said + text).slice(-500)) });
      const heard = stderr.pipeThrough(new TextDecoderStream()).pipeTo(sink);
      // Input that is closed looks complete: it stays open when the data set breaks off.
      const failure = await new Blob([fileMetaInformation()]).stream()
        .pipeTo(stdin, { preventClose: true, preventAbort: true })
        .then(() => dataSet.pipeTo(stdin, { preventAbort: true })).catch((error) => error);
      if (failure && !(failure instanceof Deno.errors.BrokenPipe)) broken.abort(failure);
      const [{ success, code }] = await Promise.all([status, heard, stdin.abort()]);
      signal.throwIfAborted();
      if (success) return 0x0000;
      log.error(`${path} ended with exit code ${code}: ${said.trim().split("\n").pop()}`);
      return { status: 0x0110, errorComment: `Exit code ${code}` };
    },
  };
}
