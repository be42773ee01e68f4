/**
 * Handlers in a sandbox, of code that is written in the test.
 *
 * @module
 */

import type { HandlerContext, Handlers, StatusReply } from "../../lib/handler/handler.ts";
import type { LoadedHandler } from "../../lib/handler/load.ts";
import { sandboxHandler, type SandboxPolicy } from "../../lib/handler/sandbox.ts";
import { openDataSet, type RequestParts, storeRequest } from "../conformance/store_request.ts";

/** How a sandbox is made; what is not given is nothing. */
export interface SandboxedOptions {
  readonly options?: HandlerContext["options"];
  readonly policy?: Partial<SandboxPolicy>;
  readonly signal?: AbortSignal;
  /** Told each line of the log as it comes. */
  readonly onLine?: (line: string) => void;
}

/** A handler in a sandbox. */
export interface Sandboxed extends AsyncDisposable {
  readonly loaded: LoadedHandler;
  readonly handlers: Handlers;
  /** What it has logged: level and message. */
  readonly lines: readonly string[];
  /** Resolves when it logs that. */
  said(line: string): Promise<void>;
  /** Disposes of it. */
  end(): Promise<void>;
  /** Has an instance taken: one of no bytes, unless something is given. */
  store(parts?: Partial<RequestParts>): Promise<StatusReply>;
}

/**
 * Makes a module's URL of its code.
 *
 * @param code JavaScript.
 * @returns A URL.
 */
export function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/**
 * A module whose handler takes instances.
 *
 * @param store The body of `store`, with `request` and `context`.
 * @param more Other exports.
 * @returns Its URL.
 */
export function storing(store: string, more = ""): string {
  return dataUrl(
    `${more}; export default (context) => ({ async store(request) { ${store} } });`,
  );
}

/**
 * Starts a sandbox.
 *
 * @param specifier The handler.
 * @param given How.
 * @returns The handlers.
 */
export async function sandboxed(
  specifier: string,
  given: SandboxedOptions = {},
): Promise<Sandboxed> {
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  const at = (level: string) => (message: string): void => {
    const line = `${level} ${message}`;
    lines.push(line);
    given.onLine?.(line);
    waiting.get(line)?.();
  };
  const loaded = await sandboxHandler(specifier, { builtIns: {}, ...given.policy });
  const handlers = await loaded.create({
    options: given.options ?? {},
    log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    signal: given.signal ?? new AbortController().signal,
    associate: () => Promise.reject(new TypeError("Cannot associate: that is done in the sandbox")),
  });
  const end = async (): Promise<void> => await handlers[Symbol.asyncDispose]?.();
  return {
    loaded,
    handlers,
    lines,
    said: (line) =>
      new Promise((resolve) => {
        if (lines.includes(line)) resolve();
        else waiting.set(line, resolve);
      }),
    async store(parts = {}) {
      const dataSet = parts.dataSet ?? openDataSet({}).stream;
      const reply = await handlers.store?.(storeRequest({ ...parts, dataSet }));
      if (typeof reply !== "object") throw new TypeError(`Cannot compare the reply ${reply}`);
      return reply;
    },
    end,
    [Symbol.asyncDispose]: end,
  };
}
