/**
 * What a host and the worker of a sandbox say to each other: data that can be cloned, over a port of their
 * own.
 *
 * The host asks, the worker answers; each question has a number, and that of an instance is also the
 * number of all that is said about it on the way. The data set goes in chunks, whose buffers are
 * transferred there and, when they have been copied from, back: so many at most are under way, and
 * the host reads nothing for which it has no buffer.
 *
 * The host believes nothing of what comes from the worker, for the handler is there too: see
 * {@linkcode readWorkerMessage}.
 *
 * @module
 */

import type { Timeouts } from "../net/timeouts.ts";
import type {
  AssociationRequest,
  Attributes,
  HandlerContext,
  Log,
  StoreRequest,
} from "./handler.ts";
import type { ModuleGraphMessage } from "./module_graph.ts";

/** A buffer's length: what is smaller costs more for its messages than for its bytes. */
export const CHUNK_LENGTH: number = 256 * 1024;

/** Buffers under way for one instance: fewer, and one side waits for the other. */
export const CHUNKS_UNDER_WAY = 4;

/** What the worker is told first, by the port that comes with it. */
export interface Greeting {
  /** Where everything else is said. */
  readonly port: MessagePort;
  /** What names the handler in messages. */
  readonly label: string;
}

/** A C-STORE request without what cannot be cloned. */
export interface StoreRequestData extends
  Omit<
    StoreRequest,
    "dataSet" | "fileMetaInformation" | "attributes" | "signal"
  > {
  readonly fileMetaInformation: Uint8Array<ArrayBuffer>;
  /** The association is lost already. */
  readonly abortReason?: ErrorData;
}

/** An error as data. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  /** The DIMSE status that it stands for. */
  readonly status?: number;
}

/** What becomes of something: a value or an error. */
export type Outcome<T> =
  | { readonly type: "value"; readonly value: T }
  | { readonly type: "error"; readonly error: ErrorData };

/** What is asked of the worker, and answered once. */
export type Question =
  /** Evaluate the modules: answered by {@linkcode ModuleFacts}. */
  | { readonly type: "evaluate"; readonly graph: ModuleGraphMessage }
  /** What does the handler need? Answered by its permissions. */
  | { readonly type: "permissions"; readonly options: HandlerContext["options"] }
  /** Make the handlers: answered by {@linkcode HandlerFacts}. */
  | {
    readonly type: "create";
    readonly options: HandlerContext["options"];
    readonly timeouts: Partial<Timeouts>;
  }
  /** Take an instance: answered by a status reply. */
  | { readonly type: "store"; readonly request: StoreRequestData }
  /** Answered by an acceptance. */
  | { readonly type: "acceptAssociation"; readonly request: AssociationRequest }
  /** Answered by an address, or by none. */
  | { readonly type: "resolveMoveDestination"; readonly aeTitle: string }
  /** Dispose of the handlers: answered when that is done. */
  | { readonly type: "dispose" };

/** What the host says of an instance that the worker is taking. */
export type StoreNews =
  /** The next bytes: the first `length` of the buffer. */
  | { readonly type: "chunk"; readonly buffer: ArrayBuffer; readonly length: number }
  /** All bytes have been sent. */
  | { readonly type: "end" }
  /** The data set has failed. */
  | { readonly type: "lost"; readonly error: ErrorData }
  /** What was asked by `attributes`. */
  | { readonly type: "attributes"; readonly outcome: Outcome<Attributes> }
  /** The association is lost. */
  | { readonly type: "abort"; readonly error: ErrorData };

/** What the host says. */
export type HostMessage =
  | { readonly type: "question"; readonly id: number; readonly question: Question }
  | { readonly type: "news"; readonly id: number; readonly news: StoreNews }
  /** The host shuts down. */
  | { readonly type: "shutdown"; readonly error: ErrorData };

/** What the worker says of an instance that it is taking. */
export type StoreWish =
  /** The handler reads: send chunks, as far as there are buffers. */
  | { readonly type: "pull" }
  /** A chunk has been read: its buffer comes back, unless the handler keeps it. */
  | { readonly type: "spent"; readonly buffer?: ArrayBuffer }
  /** The handler wants no more of it. */
  | { readonly type: "cancel" }
  /** The handler asks for the attributes. */
  | { readonly type: "attributes" };

/** What becomes of a question. */
export type Answer =
  | { readonly type: "value"; readonly value: unknown }
  | {
    readonly type: "error";
    readonly error: ErrorData;
    /** It is what the data set failed with, handed on. */
    readonly isDataSetError: boolean;
  };

/** What the worker says. */
export type WorkerMessage =
  | { readonly type: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly type: "wish"; readonly id: number; readonly wish: StoreWish }
  | { readonly type: "log"; readonly level: keyof Log; readonly text: string }
  /** Something was thrown where nobody catches it. */
  | { readonly type: "crashed"; readonly text: string };

/** What a module says of itself. */
export interface ModuleFacts {
  readonly name: string | undefined;
  readonly version: string | undefined;
}

/** What handlers say of themselves. */
export interface HandlerFacts {
  readonly services: readonly string[];
  readonly attributes: readonly string[] | undefined;
}

/**
 * Makes data of what was thrown.
 *
 * @param thrown Anything.
 * @returns Its name, message and numeric status.
 */
export function errorData(thrown: unknown): ErrorData {
  const isObject = typeof thrown === "object" && thrown !== null;
  const status: unknown = isObject ? Reflect.get(thrown, "status") : undefined;
  const { name, message } = thrown instanceof Error
    ? { name: String(thrown.name), message: String(thrown.message) }
    : { name: "Error", message: isObject ? "" : String(thrown) };
  return { name, message, ...(typeof status === "number" && { status }) };
}

/**
 * Makes an error of data again.
 *
 * @param data Its name, message and status.
 * @returns An error that is known by those: its class is lost, as between any two modules.
 */
export function errorOf({ name, message, status }: ErrorData): Error {
  return Object.assign(new Error(message), { name }, status === undefined ? {} : { status });
}
