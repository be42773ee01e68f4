/**
 * What a tool does with the instances that it receives.
 *
 * @module
 */

import { basename } from "node:path";
import { chainHandlers } from "../lib/handler/chain.ts";
import type { HandlerContext, Handlers } from "../lib/handler/handler.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import type { AssociationEvents } from "./association_events.ts";
import { UsageError } from "./exit_code.ts";
import { type HandlerHost, type MadeHandler, makeHandler } from "./handler_modules.ts";
import { requireSpaceKnown, requireWritable } from "./output_directory.ts";
import { storeOptionsOf } from "./store_options.ts";
import { type Io, reasonOf } from "./io.ts";
import type { ToolLog } from "./log.ts";
import type { StorageChoice } from "./storage_options.ts";
import { tellUncaughtErrors } from "./uncaught_errors.ts";

/** What becomes of the instances, and who is told. */
export interface StorageHandlersOptions {
  /** What the user wants. */
  readonly choice: StorageChoice;
  /** The books. */
  readonly ledger: { stored(bytes: number): void; storageFailed(): void };
  readonly log: ToolLog;
  /** Where handlers speak, when that is not the log. */
  readonly handlerLog?: ToolLog;
  readonly io: Io;
  /** For the associations that handlers request. */
  readonly timeouts?: Partial<Timeouts>;
  /** Told of the files. */
  readonly events?: AssociationEvents | undefined;
  /**
   * Makes what the handler `store` stands for; by default, one that writes files to the directory of the
   * choice.
   */
  readonly makeStore?: (given: HandlerContext["options"]) => Promise<MadeStore>;
}

/** The handler `store` of a tool. */
export interface MadeStore {
  readonly handlers: Handlers;
  /** The directory that files go to. */
  readonly directory: string;
}

/** Handlers that are made, to be disposed of at the end. */
export interface StorageHandlers extends AsyncDisposable {
  /** They take instances, and may decide on associations. */
  readonly handlers: Handlers;
  /** The directory that files go to; `undefined` when this tool writes none. */
  readonly directory: string | undefined;
  /** What becomes of the instances, as the end of a sentence. */
  readonly fate: string;
}

/**
 * Makes the handlers that the user chose; without a choice, those that store to disk.
 *
 * @param options What becomes of the instances, and who is told.
 * @returns Handlers for C-STORE; the output directory is made.
 * @throws {UsageError} When a handler cannot be loaded, or the directory not be made.
 */
export async function storageHandlers(
  options: StorageHandlersOptions,
): Promise<StorageHandlers> {
  const { choice, log, handlerLog = log, io, timeouts = {} } = options;
  const shutdown = new AbortController();
  let directory: string | undefined;
  const host: HandlerHost = {
    ...choice,
    toolLog: log,
    log: handlerLog,
    io,
    timeouts,
    signal: shutdown.signal,
    async makeStore(given) {
      const made = await (options.makeStore?.(given) ?? diskHandlers(given, options));
      directory ??= made.directory;
      return made.handlers;
    },
  };
  const made: MadeHandler[] = [];
  let telling: Disposable | undefined;
  const end = async (): Promise<void> => {
    shutdown.abort();
    for (const each of made.reverse()) await endHandler(each, options);
    telling?.[Symbol.dispose]();
  };
  try {
    for (const { specifier = defaultHandler(choice, io), options } of choice.handlers) {
      made.push(await makeHandler({ specifier, options }, host));
    }
  } catch (error) {
    await end();
    throw error;
  }
  const foreign = made.filter(({ isForeign }) => isForeign).map(({ name }) => name);
  if (foreign.length > 0) telling = tellUncaughtErrors(foreign, log);
  const names = made.map(({ name }) => name).join(" and ");
  const handlers = chainHandlers(made, handlerLog);
  if (handlers.store === undefined) {
    await end();
    throw new UsageError(
      `Cannot use handler ${names}: it takes no instances, for it has no store()`,
    );
  }
  return { handlers, directory, fate: fateOf(names, directory), [Symbol.asyncDispose]: end };
}

/** For what a handler does at its end: one that sends may wait for its destination. */
const END_TIMEOUT = 30_000;

/** Disposes of a handler. What it could not do then is for the log and the exit code: others are to end too. */
async function endHandler(
  { name, handlers }: MadeHandler,
  { ledger, log, io: { clock } }: StorageHandlersOptions,
): Promise<void> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.schedule(END_TIMEOUT, () => {
    late.reject(new Error(`it is not done after ${END_TIMEOUT / 1000} s`));
  });
  const dispose = async (): Promise<void> => await handlers[Symbol.asyncDispose]?.();
  try {
    await Promise.race([dispose(), late.promise]);
  } catch (error) {
    const reason = reasonOf(error);
    const start = "Cannot end handler ";
    // A sandbox says it itself when it runs out of time.
    log.error(reason.startsWith(start) ? reason : `${start}${name}: ${reason}`);
    ledger.storageFailed();
  } finally {
    cancel();
  }
}

function fateOf(names: string, directory: string | undefined): string {
  if (names === "store") return `go to ${directory}`;
  if (names === "ignore") return "are not kept";
  return `go to handler ${names}${directory === undefined ? "" : `, files to ${directory}`}`;
}

function defaultHandler(choice: StorageChoice, { bakedHandler }: Io): string {
  if (choice.ignore) return "ignore";
  if (bakedHandler === undefined) return "store";
  if (choice.directory !== undefined) {
    throw new UsageError(
      `Cannot use -od ${choice.directory}: handler ${bakedHandler.specifier} was compiled in, and takes ` +
        "the instances; --handler store stores them instead",
    );
  }
  return bakedHandler.specifier;
}

/** The handler that stores, tied to the tool: its directory, its books and its words. */
async function diskHandlers(
  given: HandlerContext["options"],
  { choice, ledger, log: toolLog, handlerLog: log = toolLog, events }: StorageHandlersOptions,
): Promise<MadeStore> {
  const { parseStoreOptions, storeHandler, sweepPartFiles } = await import("../plugins/store.ts");
  const own = { ...storeOptionsOf(choice.files), ...parseStoreOptions(given) };
  const directory = own.directory ?? choice.directory ?? ".";
  try {
    await Deno.mkdir(directory, { recursive: true });
  } catch (error) {
    throw new UsageError(`Cannot make output directory ${directory}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  await requireWritable(directory);
  if (own.minimumFree !== undefined) await requireSpaceKnown(directory);
  // What was killed before is cleaned up by whoever is started again, before anybody sends.
  await sweepPartFiles(directory);
  const handlers = storeHandler({
    ...own,
    directory,
    isSwept: true,
    log,
    onStored: ({ path, bytes, sopInstanceUid }) => {
      ledger.stored(bytes);
      events?.holds(sopInstanceUid, { path, bytes });
      log.info(`Storing DICOM file: ${basename(path)}`);
    },
    onExisting: ({ path, bytes, sopInstanceUid }) => {
      ledger.stored(bytes);
      events?.holds(sopInstanceUid, { path, bytes });
      log.info(`DICOM file already exists: ${basename(path)}`);
    },
    onFailed: () => ledger.storageFailed(),
  });
  return { handlers, directory };
}
