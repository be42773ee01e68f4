/**
 * What a server and its workers say to each other.
 *
 * @module
 */

import type { OutputEvent } from "./event_output.ts";
import type { WorkerPart } from "./offer.ts";
import type { ServiceChoice } from "./service_settings.ts";
import type { ServiceBooks } from "./service_tally.ts";
import type { ServingStart, Standing } from "./serving.ts";

/** What a worker is told first. */
export interface WorkerGreeting {
  /** Where all else is said. */
  readonly port: MessagePort;
  /** What to serve, and how; the port is the one that is shared, but for the first worker. */
  readonly choice: ServiceChoice;
  /** What falls to it. */
  readonly part: WorkerPart;
  /** Of the process: numbers of associations, and what is written and not printed. */
  readonly counters: SharedArrayBuffer;
  /** Which of the counters are its own. */
  readonly index: number;
  /** The handler that was compiled in. */
  readonly bakedHandler: { readonly specifier: string; readonly url: string } | undefined;
}

/** What a server says to a worker. */
export type HostMessage =
  /** The server was told to stop. */
  | { readonly type: "cancel" }
  /** Finish what is under way, refuse the rest, and end. */
  | { readonly type: "drain" }
  /** Abort what is under way. */
  | { readonly type: "shutdown" }
  /** Say what is under way. */
  | { readonly type: "standing" }
  /** Whether there is a place for an association that was asked for. */
  | { readonly type: "place"; readonly request: number; readonly because: string | undefined };

/** What a worker says. */
export type WorkerMessage =
  /** It listens, or was told to stop before it did. */
  | { readonly type: "started"; readonly start: ServingStart }
  /** It cannot begin. */
  | { readonly type: "failed"; readonly isUsage: boolean; readonly error: unknown }
  /** It wrote lines of the log. */
  | { readonly type: "written"; readonly text: string }
  /** Something happened: an event of `--json`. */
  | { readonly type: "event"; readonly event: OutputEvent }
  /** What is under way, and the books. */
  | {
    readonly type: "standing";
    readonly standing: Standing;
    readonly books: ServiceBooks;
    /** Whether it was asked. */
    readonly isAnswer: boolean;
  }
  /** An association wants a place. */
  | { readonly type: "take"; readonly request: number; readonly peerAddress: string }
  /** An association has left its place. */
  | { readonly type: "give"; readonly peerAddress: string }
  /** An error that nobody caught. */
  | { readonly type: "crashed"; readonly reason: string }
  /** All is closed. */
  | { readonly type: "ended"; readonly books: ServiceBooks };
