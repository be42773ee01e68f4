/**
 * What it costs to take and to send instances, counted on a connection in memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import { associationRequest } from "../../lib/association/negotiation.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import type { Handlers } from "../../lib/handler/handler.ts";
import type { Clock } from "../../lib/net/clock.ts";
import { type DataSetSource, sourceOf } from "../../lib/net/data_set_source.ts";
import { associate } from "../../lib/net/requestor.ts";
import type { Connect } from "../../lib/net/transport.ts";
import { encodePdu, writePDataHeader, writePdvHeader } from "../../lib/pdu/encoder.ts";
import { PDU_HEADER_LENGTH, PDV_HEADER_LENGTH } from "../../lib/pdu/pdu.ts";
import { serve } from "../../lib/service/serve.ts";
import { cStore } from "../../lib/service/storage_scu.ts";
import { ByteCounters, type ByteCounts } from "../support/byte_counters.ts";
import { CT, EXPLICIT } from "../support/core_pair.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FileCounters } from "../support/file_counters.ts";
import {
  AnsweringPeer,
  MeasuredTransport,
  TapePeer,
  type TransportCounts,
} from "../support/measured_transport.ts";

/** 1 KiB. */
export const KIB = 1024;
/** 1 MiB. */
export const MIB = 1024 * KIB;

/** All that is counted. */
export interface Cost extends ByteCounts, TransportCounts {
  /** Timers started. */
  readonly timers: number;
  /** Calls of the file system, by their names. */
  readonly calls: Readonly<Record<string, number>>;
}

/** What goes over an association. */
export interface Load {
  /** How many instances. */
  readonly instances: number;
  /** The bytes of pixel data of each. */
  readonly pixelBytes: number;
  /** The longest P-DATA-TF of both sides, without its header. */
  readonly maximumLength: number;
}

/** A clock that stands still, and knows how many timers it started. */
class CountingClock extends FakeClock {
  started = 0;

  override schedule(delay: number, callback: () => void): () => void {
    this.started += 1;
    return super.schedule(delay, callback);
  }
}

/**
 * Serves one association, from its request to the end of the connection.
 *
 * @param load What comes.
 * @param handlers Who takes it, or makes who takes it.
 * @returns What it cost; every instance was answered Success.
 */
export async function costOfServing(
  load: Load,
  handlers: Handlers | ((counters: ByteCounters) => Handlers),
): Promise<Cost> {
  const tape = new TapePeer(tapeOf(load));
  const clock = new CountingClock();
  using counters = new ByteCounters();
  using files = new FileCounters();
  const transport = new MeasuredTransport(tape, counters);
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const later = Promise.withResolvers<never>();
  let isTaken = false;
  const server = serve({
    port: 104,
    handlers: typeof handlers === "function" ? handlers(counters) : handlers,
    clock,
    maximumLength: load.maximumLength,
    observer: ({ type }) => type === "connection-closed" && end(),
    listen: ({ port }) => ({
      hostname: "memory",
      port,
      accept() {
        if (isTaken) return later.promise;
        isTaken = true;
        return Promise.resolve(transport);
      },
      close: () => later.reject(new Error("closed")),
    }),
  });
  await ended;
  const { calls } = files;
  const cost = { ...counters.counts, ...transport.counts, timers: clock.started, calls };
  await server.shutdown();
  const stored = Array.from({ length: load.instances }, () => "C-STORE-RSP 0");
  assert.deepEqual(tape.answers, ["A-ASSOCIATE-AC", ...stored, "A-RELEASE-RP"]);
  return cost;
}

/**
 * Sends instances over one association.
 *
 * @param load What is sent, and what the peer takes.
 * @returns What it cost, the reading of the data sets not counted; every byte has come.
 */
export async function costOfSending(load: Load): Promise<Cost> {
  const dataSet = instanceOf(0, load.pixelBytes);
  const send = async (connect: Connect, clock: Clock, counters: ByteCounters): Promise<void> => {
    const association = await associate({
      hostname: "memory",
      port: 104,
      callingAeTitle: "SENDER",
      calledAeTitle: "STORE",
      presentationContexts: [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }],
      clock,
      connect,
    });
    for (let index = 0; index < load.instances; index++) {
      const { status } = await cStore(association, {
        sopClassUid: CT,
        sopInstanceUid: uidOf(index),
        transferSyntaxUid: EXPLICIT,
        dataSet: counters.uncounted(() => freeSource(dataSet, counters)),
      });
      assert.equal(status, 0);
    }
    await association.release();
  };
  return await costOfRequesting(load, send);
}

/**
 * Runs what sends instances over one association.
 *
 * @param load What it sends, and what the peer takes.
 * @param send Sends it.
 * @returns What it cost; every byte has come.
 */
export async function costOfRequesting(
  { instances, pixelBytes, maximumLength }: Load,
  send: (connect: Connect, clock: Clock, counters: ByteCounters) => Promise<void>,
): Promise<Cost> {
  const expected = instances * instanceOf(0, pixelBytes).byteLength;
  const peer = new AnsweringPeer(maximumLength);
  const clock = new CountingClock();
  using counters = new ByteCounters();
  using files = new FileCounters();
  const transport = new MeasuredTransport(peer, counters);
  await send(() => Promise.resolve(transport), clock, counters);
  const { calls } = files;
  const cost = { ...counters.counts, ...transport.counts, timers: clock.started, calls };
  assert.equal(peer.dataBytes, expected);
  return cost;
}

/**
 * What one thing more costs.
 *
 * @param measure What a number of things cost.
 * @param fewer A number of things.
 * @param more A larger one.
 * @returns What each of those costs that are more; what does not depend on the number is left out.
 */
export async function marginalCost(
  measure: (count: number) => Promise<Cost>,
  fewer: number,
  more: number,
): Promise<Cost> {
  // Tables that are made at their first use are not what is counted.
  await measure(1);
  const few = await measure(fewer);
  const many = await measure(more);
  const each = (name: Exclude<keyof Cost, "calls">): number =>
    (many[name] - few[name]) / (more - fewer);
  const calls = Object.entries(many.calls)
    .map(([name, count]) => [name, (count - (few.calls[name] ?? 0)) / (more - fewer)] as const)
    .filter(([, count]) => count !== 0);
  return {
    reads: each("reads"),
    readBytes: each("readBytes"),
    writes: each("writes"),
    writtenBytes: each("writtenBytes"),
    buffers: each("buffers"),
    bufferBytes: each("bufferBytes"),
    views: each("views"),
    copies: each("copies"),
    copiedBytes: each("copiedBytes"),
    promises: each("promises"),
    timers: each("timers"),
    calls: Object.fromEntries(calls),
  };
}

/** What may be spent at most; the calls of the file system are to be just these. */
export type Budget = Partial<Cost>;

/** Where the last read of many happens to end: one read of 16 MiB is no read of each. */
const AT_THE_ENDS = 0.1;

/**
 * Fails with all that is over its budget.
 *
 * @param cost What was counted.
 * @param budget What it may be; what is not named may be anything.
 */
export function assertWithin(cost: Cost, { calls, ...budget }: Budget): void {
  const counted = new Map(Object.entries(cost));
  const over = Object.entries(budget)
    .map(([name, most]) => ({ name, most, actual: Number(counted.get(name)) }))
    .filter(({ actual, most }) => !(actual <= most + AT_THE_ENDS))
    .map(({ name, most, actual }) => `${name}: ${actual} instead of ${most} at most`);
  assert.deepEqual(over, [], `${over.join("; ")}\n${JSON.stringify(cost)}`);
  if (calls !== undefined) assert.deepEqual(cost.calls, calls);
}

/** The UID of an instance; all are of one length. */
export function uidOf(index: number): string {
  return `1.2.3.4.${100_000 + index}`;
}

/** A CT image; all are of one length. */
export function instanceOf(index: number, pixelBytes: number): Uint8Array<ArrayBuffer> {
  return encodeDataSet(
    new DataSet()
      .set({ tag: 0x00080016, vr: "UI", value: encodeStrings("UI", [CT], []) })
      .set({ tag: 0x00080018, vr: "UI", value: encodeStrings("UI", [uidOf(index)], []) })
      .set({ tag: 0x00100020, vr: "LO", value: encodeStrings("LO", ["4711"], []) })
      .set({ tag: 0x7fe00010, vr: "OW", value: new Uint8Array(pixelBytes) }),
    EXPLICIT,
  );
}

/** A source that costs nothing. */
function freeSource(dataSet: Uint8Array, counters: ByteCounters): DataSetSource {
  const source = sourceOf(dataSet);
  return { read: (into) => counters.uncounted(() => source.read(into)) };
}

/** All that a requestor sends. */
function tapeOf({ instances, pixelBytes, maximumLength }: Load): Uint8Array[] {
  const request = associationRequest({
    callingAeTitle: "SENDER",
    calledAeTitle: "STORE",
    presentationContexts: [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }],
    maximumLength,
  });
  const stores = Array.from({ length: instances }, (_, index) => {
    const command = encodeMessage({
      type: "C-STORE-RQ",
      messageId: index + 1,
      affectedSopClassUid: CT,
      affectedSopInstanceUid: uidOf(index),
      priority: 0,
      hasDataSet: true,
    });
    const dataSet = instanceOf(index, pixelBytes);
    return concatBytes([
      ...framed(command, true, maximumLength),
      ...framed(dataSet, false, maximumLength),
    ]);
  });
  return [encodePdu(request), ...stores, encodePdu({ type: "A-RELEASE-RQ" })];
}

/** Cuts a command or a data set as a peer does that sends PDUs as long as they may be. */
function framed(bytes: Uint8Array, isCommand: boolean, maximumLength: number): Uint8Array[] {
  const pdus: Uint8Array[] = [];
  const longest = maximumLength - PDV_HEADER_LENGTH;
  for (let start = 0; start < bytes.byteLength; start += longest) {
    const fragment = bytes.subarray(start, start + longest);
    const headers = new Uint8Array(PDU_HEADER_LENGTH + PDV_HEADER_LENGTH);
    const isLast = start + longest >= bytes.byteLength;
    writePDataHeader(headers, 0, PDV_HEADER_LENGTH + fragment.byteLength);
    const fragmentLength = fragment.byteLength;
    writePdvHeader(headers, PDU_HEADER_LENGTH, { contextId: 1, isCommand, isLast, fragmentLength });
    pdus.push(headers, fragment);
  }
  return pdus;
}
