/**
 * `--json`: what happens, for programs: one JSON object a line on the standard output (NDJSON), while
 * the log goes on on the standard error.
 *
 * Every event has `event` and `atMs`, and always all the fields of its interface: what is not known is
 * `null`. Later versions may add fields and events; what is here stays as it is. Of the instances only
 * UIDs are told, so that the lines hold no patient data; what peers send as free text is left out.
 *
 * @module
 */

import type { SubOperationCounters } from "../lib/dimse/message.ts";
import type { ForeignProtocol, TlsFault } from "../lib/errors.ts";
import type { Clock } from "../lib/net/clock.ts";
import type { ExitCode } from "./exit_code.ts";
import type { RetryCause } from "./retry_reason.ts";

/** A server listens: peers can associate from now on. */
export interface ListeningEvent {
  /** Which event it is. */
  readonly event: "listening";
  /** The AE title that it goes by. */
  readonly aeTitle: string;
  /** The address that it listens on; `::` and `0.0.0.0` stand for all of the machine. */
  readonly address: string;
  /** The port that it listens on. */
  readonly port: number;
  /** The directory that instances are written to; `null` where they are not. */
  readonly directory: string | null;
}

/** An archive has looked through its folders, and knows what it serves. */
export interface IndexedEvent {
  /** Which event it is. */
  readonly event: "indexed";
  /** Patients that are served. */
  readonly patients: number;
  /** Studies that are served. */
  readonly studies: number;
  /** Series that are served. */
  readonly series: number;
  /** Instances that are served. */
  readonly instances: number;
  /** Files that were looked at, those that are no DICOM files too. */
  readonly files: number;
  /** Instances that were not known before. */
  readonly added: number;
  /** Files that were known, and are others now. */
  readonly changed: number;
  /** Files that were known, and are gone. */
  readonly removed: number;
  /** Files with an instance that another file is served for. */
  readonly duplicates: number;
  /** DICOM files that cannot be served, and files that cannot be read. */
  readonly unusable: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}

/** A connection came from an address that is not allowed, and was closed at once. */
export interface RefusedEvent {
  /** Which event it is. */
  readonly event: "refused";
  /** The peer's address, `host:port`. */
  readonly peer: string;
}

/** A peer speaks another protocol than DICOM. */
export interface ForeignEvent {
  /** Which event it is. */
  readonly event: "foreign";
  /** Which side we are: the peer called us, or we called it. */
  readonly role: "requestor" | "acceptor";
  /** Tells the associations of one run apart. */
  readonly association: string;
  /** The peer's address, `host:port`. */
  readonly peer: string;
  /** What it speaks; `text` is something readable that is none of the others. */
  readonly protocol: ForeignProtocol;
}

/** A server was asked to stop: it finishes what is being received, and refuses the rest. */
export interface StoppingEvent {
  /** Which event it is. */
  readonly event: "stopping";
  /** How many associations stand. */
  readonly associations: number;
  /** How many instances are being received. */
  readonly receiving: number;
}

/** An association came to be, or to its end. */
export interface AssociationStateEvent {
  /** Which event it is. */
  readonly event: "association";
  /** What became of it. */
  readonly state: "requested" | "accepted" | "rejected" | "released" | "aborted";
  /** Which side we are. */
  readonly role: "requestor" | "acceptor";
  /** Tells the associations of one run apart. */
  readonly association: string;
  /** The AE title of the requestor. */
  readonly callingAeTitle: string;
  /** The AE title of the acceptor. */
  readonly calledAeTitle: string;
  /** The peer's address, `host:port`. */
  readonly peer: string;
  /** The subject of the certificate that the peer has shown (RFC 4514), by TLS; else `null`. */
  readonly certificate: string | null;
  /** Who aborted it: we, the peer, or `transport` when the connection was lost; else `null`. */
  readonly by: "us" | "peer" | "transport" | null;
  /** Result of the rejection (PS3.8 table 9-21); else `null`. */
  readonly result: number | null;
  /** Source of the rejection or of the peer's abort (PS3.8 tables 9-21 and 9-26); else `null`. */
  readonly source: number | null;
  /** Reason/Diag. of the rejection or of the peer's abort; else `null`. */
  readonly reason: number | null;
}

/** An instance was transferred, or refused: its C-STORE was answered. */
export interface InstanceEvent {
  /** Which event it is. */
  readonly event: "instance";
  /** Which way it went. */
  readonly direction: "received" | "sent";
  /** The association that it went by. */
  readonly association: string;
  /** Affected SOP Instance UID, as its sender has it. */
  readonly sopInstanceUid: string;
  /** Affected SOP Class UID. */
  readonly sopClassUid: string;
  /** The transfer syntax that it went in. */
  readonly transferSyntaxUid: string;
  /** The status of the C-STORE response, as a number. */
  readonly status: number;
  /** What the status means, in words. */
  readonly meaning: string;
  /** The size of the file, in bytes; `null` where there is none. */
  readonly bytes: number | null;
  /** The file that it was written to, or read from; `null` where there is none. */
  readonly path: string | null;
  /** From the request to the response, in milliseconds. */
  readonly durationMs: number;
}

/** An instance comes here for a C-MOVE of somebody else: it does not count among those that were promised. */
export interface StrayEvent {
  /** Which event it is. */
  readonly event: "stray";
  /** The association that it comes by. */
  readonly association: string;
  /** The peer's address, `host:port`. */
  readonly peer: string;
  /** Affected SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Move Originator Application Entity Title (0000,1030). */
  readonly moveOriginatorAeTitle: string;
  /** Move Originator Message ID (0000,1031); `null` where the sender does not tell it. */
  readonly moveOriginatorMessageId: number | null;
}

/** The sub-operations of a retrieve (PS3.7 section 9.1.4.1); `null` where the peer does not tell. */
export interface SubOperations {
  /** Not begun. */
  readonly remaining: number | null;
  /** Done without fault. */
  readonly completed: number | null;
  /** Failed. */
  readonly failed: number | null;
  /** Done with a warning. */
  readonly warning: number | null;
}

/** A pending response. */
export interface PendingEvent extends SubOperations {
  /** Which event it is. */
  readonly event: "pending";
  /** The DIMSE service. */
  readonly service: string;
  /** The number of the response, from 1. */
  readonly number: number;
  /** Its status, as a number. */
  readonly status: number;
}

/** A final response. */
export interface ResponseEvent extends SubOperations {
  /** Which event it is. */
  readonly event: "response";
  /** The DIMSE service. */
  readonly service: string;
  /** Its status, as a number. */
  readonly status: number;
  /** What kind of status it is. */
  readonly category: "success" | "warning" | "failure" | "cancel" | "pending";
  /** What the status means, in words. */
  readonly meaning: string;
  /** Failed SOP Instance UID List (0008,0058) of the response. */
  readonly failedSopInstanceUids: readonly string[];
  /** From the request to this response, in milliseconds. */
  readonly durationMs: number;
}

/** A server has answered a query or a retrieve of a peer to its end. */
export interface RequestEvent extends SubOperations {
  /** Which event it is. */
  readonly event: "request";
  /** The association that it came by. */
  readonly association: string;
  /** The DIMSE service. */
  readonly service: "C-FIND" | "C-GET" | "C-MOVE";
  /** Affected SOP Class UID: the information model. */
  readonly sopClassUid: string;
  /** Query/Retrieve Level of the identifier; `null` when the request did not get so far. */
  readonly level: string | null;
  /** Of a C-MOVE, the AE title of the destination; else `null`. */
  readonly destination: string | null;
  /** Of a C-FIND, how many matches were answered; else `null`. */
  readonly matches: number | null;
  /** The status of the final response, as a number. */
  readonly status: number;
  /** What the status means, in words. */
  readonly meaning: string;
  /** From the request to the final response, in milliseconds. */
  readonly durationMs: number;
}

/** There is no TLS with a peer: the connection was closed. */
export interface TlsEvent {
  /** Which event it is. */
  readonly event: "tls";
  /** Which side we are: the peer called us, or we called it. */
  readonly role: "requestor" | "acceptor";
  /** Tells the associations of one run apart. */
  readonly association: string;
  /** The peer's address, `host:port`. */
  readonly peer: string;
  /** Why. */
  readonly fault: TlsFault;
  /** The same as a sentence. */
  readonly message: string;
}

/** Something failed in a way that may pass: it will be tried again. */
export interface RetryEvent {
  /** Which event it is. */
  readonly event: "retry";
  /** Which try it will be, beside the first: 1 for the first. */
  readonly retry: number;
  /** How many there may be. */
  readonly retries: number;
  /** What kind of failure it was. */
  readonly cause: RetryCause;
  /** The pause before it, in milliseconds. */
  readonly delayMs: number;
}

/** A retrieve was compared with what the archive had said beforehand that it holds. */
export interface VerificationEvent {
  /** Which event it is. */
  readonly event: "verification";
  /** Instances that the archive named by C-FIND; `null` when it does not name them. */
  readonly expected: number | null;
  /** How many of them are here, or of a retrieve to somebody else, have been sent by its counters. */
  readonly complete: number | null;
  /** Those that the archive named and that are not here, whether they failed or never came. */
  readonly missingSopInstanceUids: readonly string[];
  /** Those that came although the archive had not named them. */
  readonly unexpectedSopInstanceUids: readonly string[];
}

/** The last event of every run. */
export interface SummaryEvent {
  /** Which event it is. */
  readonly event: "summary";
  /** Instances that arrived here and were taken; `null` when none were to arrive here. */
  readonly received: number | null;
  /** Instances that were sent from here and taken; `null` when none were to be sent from here. */
  readonly sent: number | null;
  /** Instances that the peer says it has sent; `null` when it does not say. */
  readonly promised: number | null;
  /** Instances, or echoes, that failed. */
  readonly failed: number;
  /** Instances that were promised and did not arrive. */
  readonly missing: number;
  /** Those that failed, as far as they are known by name: there may be fewer than `failed`. */
  readonly failedSopInstanceUids: readonly string[];
  /** Those that are missing; `null` when it is not known which they are. */
  readonly missingSopInstanceUids: readonly string[] | null;
  /** Bytes of the files that were written, or sent. */
  readonly bytes: number;
  /**
   * From the first request to the end, in milliseconds, of a server from when it listened; 0 when it
   * did not come to that.
   */
  readonly elapsedMs: number;
  /** The exit code of the tool. */
  readonly exitCode: ExitCode;
}

/** What can be told. */
export type OutputEvent =
  | IndexedEvent
  | ListeningEvent
  | RefusedEvent
  | ForeignEvent
  | TlsEvent
  | StoppingEvent
  | AssociationStateEvent
  | InstanceEvent
  | StrayEvent
  | PendingEvent
  | ResponseEvent
  | RequestEvent
  | RetryEvent
  | VerificationEvent
  | SummaryEvent;

/**
 * Writes events, one a line.
 *
 * @example
 * ```ts
 * import { EventOutput } from "./event_output.ts";
 * import assert from "node:assert/strict";
 *
 * let written = "";
 * const clock = { now: () => 5, schedule: () => () => {} };
 * const events = new EventOutput((text) => void (written += text), clock);
 * events.emit({
 *   event: "pending",
 *   service: "C-MOVE",
 *   number: 1,
 *   status: 0xff00,
 *   remaining: 2,
 *   completed: 1,
 *   failed: 0,
 *   warning: null,
 * });
 * assert.equal(
 *   written,
 *   '{"event":"pending","atMs":0,"service":"C-MOVE","number":1,"status":65280,' +
 *     '"remaining":2,"completed":1,"failed":0,"warning":null}\n',
 * );
 * ```
 */
export class EventOutput {
  readonly #write: ((text: string) => void) | undefined;
  readonly #clock: Clock;
  readonly #startedAt: number;

  /**
   * Makes an output; the time of the events counts from now.
   *
   * @param write Takes each line, with its line feed; `undefined` when nobody wants them.
   * @param clock The clock.
   */
  constructor(write: ((text: string) => void) | undefined, clock: Clock) {
    this.#write = write;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /**
   * Writes an event.
   *
   * @param event What happened.
   */
  emit(event: OutputEvent): void {
    if (this.#write === undefined) return;
    const { event: name, ...fields } = event;
    const atMs = wholeMilliseconds(this.#clock.now() - this.#startedAt);
    const json = JSON.stringify({ event: name, atMs, ...fields });
    this.#write(`${json.replaceAll(NOT_PRINTABLE_ASCII, escape)}\n`);
  }
}

/**
 * The counters of a response as the events have them.
 *
 * @param counters Those that came.
 * @returns All of them.
 */
export function subOperationsOf(counters: SubOperationCounters): SubOperations {
  const { remaining = null, completed = null, failed = null, warning = null } = counters;
  return { remaining, completed, failed, warning };
}

/**
 * A time as the events have it.
 *
 * @param time In milliseconds, with fractions.
 * @returns Whole milliseconds.
 */
export function wholeMilliseconds(time: number): number {
  return Math.round(time);
}

/** Some readers break lines at U+2028 or U+0085, and some terminals obey C1 controls. */
const NOT_PRINTABLE_ASCII = /[^\x20-\x7e]/g;

function escape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
