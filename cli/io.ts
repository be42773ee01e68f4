/**
 * What a tool needs of its surroundings, so that tests can stand in for the terminal, the clock and
 * the user's Ctrl-C.
 *
 * @module
 */

import type { HandlerModule } from "../lib/handler/handler.ts";
import { type Clock, systemClock } from "../lib/net/clock.ts";
import type { Connect, Listen } from "../lib/net/transport.ts";
import { processClock } from "./process_clock.ts";
import { promptSecret } from "./secret_prompt.ts";

/** A signal that asks the tool to stop. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** The surroundings of a tool. */
export interface Io {
  /** Writes text as it is to the standard output. */
  stdout(text: string): void;
  /** Writes text as it is to the standard error. */
  stderr(text: string): void;
  /** How many columns the terminal has; `undefined` when the output is no terminal. */
  readonly columns: number | undefined;
  /**
   * How many columns the terminal of the standard error has; `undefined`, as by default, when it is
   * no terminal.
   */
  readonly stderrColumns?: number | undefined;
  /** The time. */
  readonly clock: Clock;
  /** How to connect; TCP by default. */
  readonly connect?: Connect;
  /** How to connect by TLS, for who asks for that. */
  readonly connectTls?: Connect;
  /** How to connect to the peer that the command line names; as `connect` does by default. */
  readonly connectPeer?: Connect;
  /** How to listen; TCP by default. */
  readonly listen?: Listen;
  /**
   * Calls a function at each signal.
   *
   * @param listener Takes the signal.
   * @returns Stops listening; the signals have their usual effect again.
   */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /**
   * Calls a function when the program is told to read its files again (SIGHUP).
   *
   * @param listener What is called.
   * @returns Stops listening; the signal has its usual effect again.
   */
  onReload?(listener: () => void): () => void;
  /**
   * Reads a whole file.
   *
   * @param path Its path.
   * @returns Its bytes.
   */
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Reads a variable of the environment, if that is allowed already: nobody is asked.
   *
   * @param name Its name.
   * @returns Its value; `undefined` when it is not set, `null` when it may not be read.
   */
  environment?(name: string): string | undefined | null;
  /**
   * Asks the user for a secret, at the terminal and unseen.
   *
   * @param question What to ask.
   * @returns What was typed; `null` when that is Ctrl-C, `undefined` when there is no terminal.
   */
  askSecret?(question: string): Uint8Array<ArrayBuffer> | null | undefined;
  /** The handler that was compiled into the executable: it takes the place of the tool's own. */
  readonly bakedHandler?: BakedHandler;
}

/** A handler that was compiled in. */
export interface BakedHandler {
  /** What it was compiled from; the log shows it. */
  readonly specifier: string;
  /** The module. */
  readonly module: HandlerModule;
  /** Where workers import it from; without it, they cannot. */
  readonly url?: string;
}

/** The process's own surroundings. */
export const denoIo: Io = surroundings(systemClock);

/** The same for a tool that only requests associations, and ends. */
export const denoRequestorIo: Io = surroundings(processClock);

/** Windows knows no SIGTERM. */
const STOP_SIGNALS: readonly StopSignal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** What a terminal has that does not tell its width, as under a program that plays the terminal. */
const FALLBACK_COLUMNS = 80;

function surroundings(clock: Clock): Io {
  return {
    stdout: (text) => writeAll(Deno.stdout, text),
    stderr: (text) => writeAll(Deno.stderr, text),
    get columns() {
      return columnsOf(Deno.stdout);
    },
    get stderrColumns() {
      return columnsOf(Deno.stderr);
    },
    clock,
    onSignal(listener) {
      const remove = STOP_SIGNALS.map((signal) => {
        const handler = (): void => listener(signal);
        Deno.addSignalListener(signal, handler);
        return () => Deno.removeSignalListener(signal, handler);
      });
      return () => remove.forEach((each) => each());
    },
    onReload(listener) {
      // On Windows it comes only from a console that closes.
      if (Deno.build.os === "windows") return () => {};
      Deno.addSignalListener("SIGHUP", listener);
      return () => Deno.removeSignalListener("SIGHUP", listener);
    },
    readFile: (path) => Deno.readFile(path),
    askSecret: (question) =>
      promptSecret(question, Deno.stdin, (text) => writeAll(Deno.stderr, text)),
    environment(variable) {
      const { state } = Deno.permissions.querySync({ name: "env", variable });
      return state === "granted" ? Deno.env.get(variable) : null;
    },
  };
}

function columnsOf(stream: { isTerminal(): boolean }): number | undefined {
  if (!stream.isTerminal()) return undefined;
  try {
    return Deno.consoleSize().columns || FALLBACK_COLUMNS;
  } catch {
    return FALLBACK_COLUMNS;
  }
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  try {
    let rest = new TextEncoder().encode(text);
    while (rest.byteLength > 0) rest = rest.subarray(stream.writeSync(rest));
  } catch {
    // Nobody reads any more (`movescu … | head`): the work goes on, and the exit code tells.
  }
}

/**
 * Says in a few words why the file system refused.
 *
 * @param error What it threw.
 * @returns Words to follow a colon.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.NotADirectory) return "a part of the path is no directory";
  if (error instanceof Deno.errors.AlreadyExists) return "there is a file of that name";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
