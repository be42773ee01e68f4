/**
 * Requests associations.
 *
 * @module
 */

import { NegotiationError, TimeoutError } from "../errors.ts";
import { associationRequest, type RequestOptions } from "../association/negotiation.ts";
import { encodePdu } from "../pdu/encoder.ts";
import { Association } from "./association.ts";
import { type Clock, systemClock } from "./clock.ts";
import { connectTcp } from "./deno_transport.ts";
import type { Observer } from "./observer.ts";
import type { PduObserver } from "./pdu_tap.ts";
import type { RequestHandler } from "./request_handler.ts";
import { resolveTimeouts, type Timeouts } from "./timeouts.ts";
import type { Connect, Transport } from "./transport.ts";

/** The default of {@linkcode AssociateOptions.maximumLength}, in bytes. */
export const DEFAULT_MAXIMUM_LENGTH = 128 * 1024;

/** How long, in milliseconds, a peer that was aborted may take to read the A-ABORT and close. */
const ABORT_GRACE = 2_000;

/** How to associate with a peer. */
export interface AssociateOptions extends Omit<RequestOptions, "maximumLength"> {
  /** The peer's host name, or its IP address without brackets. */
  readonly hostname: string;
  /**
   * The TCP port that the peer listens on; 104 and 11112 are the registered ones (PS3.8 section
   * 9.1.1).
   */
  readonly port: number;
  /** The largest P-DATA-TF we take, without its 6-byte header; 0 is unlimited. Default 128 KiB. */
  readonly maximumLength?: number;
  /** How long to wait for what; the default for each that is not given. */
  readonly timeouts?: Partial<Timeouts>;
  /** Gives up: while connecting and negotiating, and afterwards by aborting the association. */
  readonly signal?: AbortSignal;
  /** Is told what happens. */
  readonly observer?: Observer;
  /** Is told of each PDU that is sent or received. */
  readonly pduObserver?: PduObserver;
  /**
   * Makes what takes the peer's requests: those of a C-GET's sub-operations, for instance, with
   * `dispatcher()`. Without it, a request aborts the association.
   */
  readonly onRequest?: (association: Association) => RequestHandler;
  /** How to connect; TCP by default. */
  readonly connect?: Connect;
  /** The clock; the system's by default. */
  readonly clock?: Clock;
}

/**
 * Requests an association with a peer (PS3.8 section 7.1).
 *
 * @param options Whom to call, as whom, and what to propose.
 * @returns The association, with at least one accepted presentation context.
 * @throws {ConnectionError} When there is no connection.
 * @throws {TimeoutError} When the peer does not answer in time.
 * @throws {AssociationRejectedError} When the peer rejects the association.
 * @throws {AssociationAbortedError} When the peer aborts instead of answering.
 * @throws {NegotiationError} When the peer accepts none of the presentation contexts; the association
 * is then released.
 *
 * @example
 * ```ts
 * import { associate, cEcho, serve, UNCOMPRESSED_TRANSFER_SYNTAXES, VERIFICATION } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * await using server = serve({ hostname: "127.0.0.1", port: 0, handlers: {} });
 * await using association = await associate({
 *   hostname: "127.0.0.1",
 *   port: server.addr.port,
 *   callingAeTitle: "ECHOSCU",
 *   calledAeTitle: "ANY-SCP",
 *   presentationContexts: [{
 *     abstractSyntax: VERIFICATION,
 *     transferSyntaxes: UNCOMPRESSED_TRANSFER_SYNTAXES,
 *   }],
 * });
 * assert.equal((await cEcho(association)).status, 0x0000);
 * ```
 */
export async function associate(options: AssociateOptions): Promise<Association> {
  const { signal, clock = systemClock } = options;
  const timeouts = resolveTimeouts(options.timeouts);
  const maximumLength = options.maximumLength ?? DEFAULT_MAXIMUM_LENGTH;
  const request = associationRequest({ ...options, maximumLength });
  // What cannot be encoded is the caller's mistake, and must show before anybody is called.
  encodePdu(request);
  signal?.throwIfAborted();
  const transport = await openTransport(options, timeouts.connect, clock);
  const association = await Association.request(transport, request, {
    maximumLength,
    // A requestor waits for the closing only after its own A-ABORT, and whoever called has failed then.
    timeouts: { ...timeouts, artim: Math.min(timeouts.artim, ABORT_GRACE) },
    writeTimeout: timeouts.write,
    clock,
    ...(options.observer ? { observer: options.observer } : {}),
    ...(options.pduObserver ? { pduObserver: options.pduObserver } : {}),
    ...(signal ? { signal } : {}),
    ...(options.onRequest ? { onRequest: options.onRequest } : {}),
  });
  if (association.acceptedContexts.length === 0) {
    const why = association.rejectedContexts.map((context) =>
      `${context.abstractSyntax}: ${context.reason}`
    );
    // However the release ends: why the association is of no use is what the caller needs to know.
    await association[Symbol.asyncDispose]();
    throw new NegotiationError(
      `Cannot use the association: the peer accepted no presentation context (${why.join("; ")})`,
    );
  }
  return association;
}

async function openTransport(
  options: AssociateOptions,
  timeout: number,
  clock: Clock,
): Promise<Transport> {
  const { hostname, port, signal, connect = connectTcp } = options;
  const giveUp = new AbortController();
  const tooLate = new TimeoutError(
    `Cannot connect to ${hostname}:${port}: no answer within ${timeout / 1000} s`,
    "connect",
  );
  const cancel = timeout > 0
    ? clock.schedule(timeout, () => giveUp.abort(tooLate))
    : () => undefined;
  const onAbort = (): void => giveUp.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await connect({ hostname, port, signal: giveUp.signal });
  } finally {
    cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}
