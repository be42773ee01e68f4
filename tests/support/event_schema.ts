/**
 * The schema of `--json`, written by hand a second time: what its types in `cli/event_output.ts` promise
 * to programs that know nothing of them.
 *
 * @module
 */

import assert from "node:assert/strict";

/** An event as a program sees it. */
export type JsonEvent = { readonly event: string } & { readonly [field: string]: unknown };

type Check = (value: unknown) => boolean;

const number: Check = (value) => Number.isInteger(value) && Number(value) >= 0;
const text: Check = (value) => typeof value === "string";
const uids: Check = (value) => Array.isArray(value) && value.every(text);
const orNull = (check: Check): Check => (value) => value === null || check(value);
const oneOf = (...choices: readonly string[]): Check => (value) =>
  typeof value === "string" && choices.includes(value);

const COUNTERS = {
  remaining: orNull(number),
  completed: orNull(number),
  failed: orNull(number),
  warning: orNull(number),
};

export const SCHEMA: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  listening: { aeTitle: text, address: text, port: number, directory: orNull(text) },
  indexed: {
    patients: number,
    studies: number,
    series: number,
    instances: number,
    files: number,
    added: number,
    changed: number,
    removed: number,
    duplicates: number,
    unusable: number,
    durationMs: number,
  },
  refused: { peer: text },
  foreign: {
    role: oneOf("requestor", "acceptor"),
    association: text,
    peer: text,
    protocol: oneOf("TLS", "HTTP", "SSH", "SMTP", "HL7", "PROXY", "text"),
  },
  tls: {
    role: oneOf("requestor", "acceptor"),
    association: text,
    peer: text,
    fault: oneOf(
      ...["unknown-authority", "expired", "not-yet-valid", "wrong-host", "bad-certificate"],
      ...["no-certificate", "certificate-wanted", "certificate-refused", "nothing-in-common"],
      ...["no-tls", "closed", "other"],
    ),
    message: text,
  },
  stopping: { associations: number, receiving: number },
  association: {
    state: oneOf("requested", "accepted", "rejected", "released", "aborted"),
    role: oneOf("requestor", "acceptor"),
    association: text,
    callingAeTitle: text,
    calledAeTitle: text,
    peer: text,
    certificate: orNull(text),
    by: orNull(oneOf("us", "peer", "transport")),
    result: orNull(number),
    source: orNull(number),
    reason: orNull(number),
  },
  instance: {
    direction: oneOf("received", "sent"),
    association: text,
    sopInstanceUid: text,
    sopClassUid: text,
    transferSyntaxUid: text,
    status: number,
    meaning: text,
    bytes: orNull(number),
    path: orNull(text),
    durationMs: number,
  },
  stray: {
    association: text,
    peer: text,
    sopInstanceUid: text,
    moveOriginatorAeTitle: text,
    moveOriginatorMessageId: orNull(number),
  },
  pending: { service: text, number, status: number, ...COUNTERS },
  response: {
    service: text,
    status: number,
    category: oneOf("success", "warning", "failure", "cancel", "pending"),
    meaning: text,
    ...COUNTERS,
    failedSopInstanceUids: uids,
    durationMs: number,
  },
  request: {
    association: text,
    service: oneOf("C-FIND", "C-GET", "C-MOVE"),
    sopClassUid: text,
    level: orNull(text),
    destination: orNull(text),
    matches: orNull(number),
    status: number,
    meaning: text,
    ...COUNTERS,
    durationMs: number,
  },
  retry: {
    retry: number,
    retries: number,
    cause: oneOf("connection", "timeout", "rejected", "aborted", "status", "incomplete"),
    delayMs: number,
  },
  verification: {
    expected: orNull(number),
    complete: orNull(number),
    missingSopInstanceUids: uids,
    unexpectedSopInstanceUids: uids,
  },
  summary: {
    received: orNull(number),
    sent: orNull(number),
    promised: orNull(number),
    failed: number,
    missing: number,
    failedSopInstanceUids: uids,
    missingSopInstanceUids: orNull(uids),
    bytes: number,
    elapsedMs: number,
    exitCode: number,
  },
};

/**
 * Reads the standard output of a tool run with `--json`, and fails at the first line that breaks the
 * schema: no field may be missing, and none may be there that is not described.
 *
 * @param stdout What the tool wrote.
 * @returns The events.
 */
export function readEvents(stdout: string): JsonEvent[] {
  assert.match(stdout, /^(?:[\x20-\x7e]+\n)+$/, "printable ASCII, each line ended");
  const events = stdout.split("\n").slice(0, -1).map(readEvent);
  assert.deepEqual(events.map(({ event }) => event === "summary").indexOf(true), events.length - 1);
  const times = events.map(({ atMs }) => Number(atMs));
  assert.deepEqual(times, times.toSorted((a, b) => a - b));
  return events;
}

function readEvent(line: string): JsonEvent {
  const parsed: JsonEvent = JSON.parse(line);
  const { event, atMs, ...fields } = parsed;
  const schema = SCHEMA[event];
  assert.ok(schema, line);
  assert.ok(number(atMs), line);
  assert.deepEqual(Object.keys(fields).sort(), Object.keys(schema).sort(), line);
  for (const [field, check] of Object.entries(schema)) {
    assert.ok(check(fields[field]), `${field} of ${line}`);
  }
  return parsed;
}

/**
 * The last of the events, the summary.
 *
 * @param events All of them.
 * @returns The summary.
 */
export function summaryOf(events: readonly JsonEvent[]): JsonEvent {
  const last = events.at(-1);
  assert.equal(last?.event, "summary");
  assert.ok(last);
  return last;
}

/**
 * The events of one kind.
 *
 * @param events All of them.
 * @param name Its name.
 * @returns Those, in order.
 */
export function eventsOf(events: readonly JsonEvent[], name: string): JsonEvent[] {
  return events.filter(({ event }) => event === name);
}
