/**
 * What the loading of handler modules is allowed, and what it works with.
 *
 * @module
 */

import type { Clock } from "../net/clock.ts";
import type { Log } from "./handler.ts";

/** A handler that comes with the program, known by a name. */
export interface BuiltInHandler {
  /** Where its module is, as `import.meta.resolve()` tells it. */
  readonly url: string;
  /** Imports the module; a literal `import()`, so that an executable has it embedded. */
  load(): Promise<unknown>;
}

/** What the loading of a handler is allowed, and what it works with. */
export interface LoadPolicy {
  /** The handlers that a name stands for. */
  readonly builtIns: Readonly<Record<string, BuiltInHandler>>;
  /**
   * Hosts that remote modules may come from, as `host` or `host:port`, beside the host that the
   * specifier itself names. None unless given.
   */
  readonly allowedHosts?: readonly string[];
  /** Bytes that one module may have. Default {@linkcode DEFAULT_MODULE_SIZE_LIMIT}. */
  readonly moduleSizeLimit?: number;
  /** Bytes that all modules of a handler may have. Default {@linkcode DEFAULT_GRAPH_SIZE_LIMIT}. */
  readonly graphSizeLimit?: number;
  /** Modules that a handler may be made of. Default {@linkcode DEFAULT_MODULE_COUNT_LIMIT}. */
  readonly moduleCountLimit?: number;
  /** Redirects to follow for one module. Default {@linkcode DEFAULT_REDIRECT_LIMIT}. */
  readonly redirectLimit?: number;
  /**
   * Milliseconds for one module to come, redirects and all; 0 is for ever. Default
   * {@linkcode DEFAULT_MODULE_TIMEOUT}.
   */
  readonly timeout?: number;
  /** Where remote modules are kept for the next start; nothing is kept unless given. */
  readonly cacheDirectory?: string | undefined;
  /** Asks the network; `fetch` unless given. */
  readonly fetch?: typeof fetch;
  /** The registry of `jsr:` specifiers. Default {@linkcode DEFAULT_JSR_URL}. */
  readonly jsrUrl?: string;
  /** What relative paths are relative to; the current directory unless given. */
  readonly workingDirectory?: string;
  /** Whether this is an executable; `Deno.build.standalone` unless given. */
  readonly standalone?: boolean;
  /** Told of what is wrong without keeping the handler from being loaded. */
  readonly log?: Pick<Log, "warn">;
  /** Measures the time limit; the clock of the system unless given. */
  readonly clock?: Clock;
  /** Ends the loading. */
  readonly signal?: AbortSignal;
}

/** A handler is a small program: what is larger is not one, or has its data in its code. */
export const DEFAULT_MODULE_SIZE_LIMIT: number = 4 * 1024 * 1024;

/** All modules together. */
export const DEFAULT_GRAPH_SIZE_LIMIT: number = 16 * 1024 * 1024;

/** Keeps a graph that goes on for ever from being followed for ever. */
export const DEFAULT_MODULE_COUNT_LIMIT = 512;

/** As browsers do it, twenty would do too; a module server needs one or two. */
export const DEFAULT_REDIRECT_LIMIT = 5;

/** The user waits for it, and nothing is listening yet. */
export const DEFAULT_MODULE_TIMEOUT = 30_000;

/** The registry that `jsr:` means. */
export const DEFAULT_JSR_URL = "https://jsr.io/";
