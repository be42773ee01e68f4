/**
 * An application entity that listens: associations are negotiated for the services its handlers
 * offer.
 *
 * @module
 */

import { associationAccept, userRejection } from "../association/negotiation.ts";
import { validateAeTitle } from "../ae_title.ts";
import type { Acceptance, Handlers } from "../handler/handler.ts";
import { Acceptor, FULL } from "../net/acceptor.ts";
import type { Association } from "../net/association.ts";
import type { Decision } from "../net/request_handler.ts";
import { type Clock, systemClock } from "../net/clock.ts";
import { listenTcp } from "../net/deno_transport.ts";
import { harmless, type Observer } from "../net/observer.ts";
import type { PduObserver } from "../net/pdu_tap.ts";
import { DEFAULT_MAXIMUM_LENGTH } from "../net/requestor.ts";
import { resolveTimeouts, type Timeouts } from "../net/timeouts.ts";
import type { Connect, Listen } from "../net/transport.ts";
import type { AssociateRequestPdu } from "../pdu/pdu.ts";
import { acceptancePolicy } from "./acceptance.ts";
import { dispatcher } from "./dispatcher.ts";
import { type DataSetLimits, resolveDataSetLimits } from "./data_set_limits.ts";
import { OutgoingConnections } from "./outgoing.ts";
import type { AssociationRoom } from "./association_room.ts";
import type { StorageAcceptance } from "./storage_acceptance.ts";
import type { StorageAssociationNetwork } from "./storage_association.ts";
import { attributeTags } from "./storage_scp.ts";

export type { AssociationRoom } from "./association_room.ts";
export type { StorageAcceptance } from "./storage_acceptance.ts";

/** The default of {@linkcode ServeOptions.maximumAssociations}. */
export const DEFAULT_MAXIMUM_ASSOCIATIONS = 100;

/**
 * The default of {@linkcode ServeOptions.maximumAssociationsPerAddress}: one peer alone cannot keep all
 * others out.
 *
 * @param maximumAssociations How many may stand in all.
 * @returns Half of them, rounded up.
 *
 * @example
 * ```ts
 * import { defaultPerAddress } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(defaultPerAddress(100), 50);
 * ```
 */
export function defaultPerAddress(maximumAssociations: number): number {
  return Math.ceil(maximumAssociations / 2);
}

/**
 * How long a peer has to release an association on which nothing is under way any more: most do at
 * once, after their last response.
 */
const RELEASE_GRACE = 1_000;

/** The default of {@linkcode DrainOptions.timeout}. */
const DRAIN_TIMEOUT = 30_000;

/** How to end in good order. */
export interface DrainOptions {
  /**
   * How long to wait for what is under way, in milliseconds; then it is aborted. 0 is for ever.
   * Default 30 s.
   */
  readonly timeout?: number;
}

/** How to serve. */
export interface ServeOptions {
  /** The address to listen on. Default: all of the machine, IPv6 and IPv4. */
  readonly hostname?: string;
  /** The port; 0 lets the system choose. */
  readonly port: number;
  /** With a title, associations that call another one are rejected. Default: any is taken. */
  readonly aeTitle?: string;
  /**
   * Who calls the destinations of C-MOVE (PS3.4 section C.4.2). Default: `aeTitle`; without one, the AE
   * title that the requestor of the C-MOVE has called.
   */
  readonly callingAeTitle?: string;
  /** The services to offer. Verification is always offered. */
  readonly handlers: Handlers;
  /** What is accepted of what peers propose for storage. Default: all that can be read. */
  readonly storage?: StorageAcceptance;
  /**
   * Whether a C-GET sends instances only of the SOP classes that the requestor has negotiated to be SCP
   * of (PS3.7 section D.3.3.4). Default: a requestor that proposes no roles at all is sent them too.
   */
  readonly requireRoleSelection?: boolean;
  /** The largest P-DATA-TF we take, without its 6-byte header; 0 is unlimited. Default 128 KiB. */
  readonly maximumLength?: number;
  /** How long to wait for what; the default for each that is not given. */
  readonly timeouts?: Partial<Timeouts>;
  /**
   * How long a handler may leave a data set alone that it has not read to its end, in milliseconds; 0
   * is for ever. Then the association is aborted: while nothing is read of it, it does not show whether
   * its peer is still there. Default 10 minutes.
   */
  readonly handlerTimeout?: number;
  /** How many associations may stand at once. Default 100. */
  readonly maximumAssociations?: number;
  /**
   * The room that has to have a place for an association too, where other servers share it: those of
   * other threads, say. Default: none.
   */
  readonly room?: AssociationRoom;
  /**
   * How many of them may be of one address, so that no peer keeps all others out. Default: half of them,
   * rounded up.
   */
  readonly maximumAssociationsPerAddress?: number;
  /** What received data sets may take. Default: as long as they are, and 256 MiB inflated. */
  readonly dataSetLimits?: DataSetLimits;
  /**
   * Whether an instance whose data set is broken is handed on and answered 0xB007, instead of being
   * refused with 0xC000. Default: refused.
   */
  readonly keepBrokenDataSets?: boolean;
  /** Shuts the server down. */
  readonly signal?: AbortSignal;
  /** Is told what happens. */
  readonly observer?: Observer;
  /** Is told of each PDU that is sent or received, on associations with destinations of C-MOVE too. */
  readonly pduObserver?: PduObserver;
  /** How to listen; TCP by default. */
  readonly listen?: Listen;
  /** How to connect to the destinations of C-MOVE; TCP by default. */
  readonly connect?: Connect;
  /** How to connect to those whose address says `tls`, such as by `connectTls()` of `@dicom/dimse/tls`. */
  readonly connectTls?: Connect;
  /** The clock; the system's by default. */
  readonly clock?: Clock;
}

/** A server that listens. Disposing of it shuts it down. */
export interface Server extends AsyncDisposable {
  /** Where it listens. */
  readonly addr: { readonly hostname: string; readonly port: number };
  /** How many associations stand. */
  readonly activeAssociations: number;
  /** Resolves when it is shut down and every association is closed. */
  readonly finished: Promise<void>;
  /** Stops listening, aborts what stands, and waits until all is closed. */
  shutdown(): Promise<void>;
  /**
   * Stops listening, finishes what is being received, and waits until all is closed.
   *
   * A request that is under way is served to its end and answered; then its peer has a second to
   * release the association, as has one that is idle. A further request is met with A-ABORT. What is
   * no association yet is rejected: transient, temporary congestion.
   *
   * {@linkcode Server.shutdown} cuts it short.
   *
   * @param options How long to wait.
   * @throws {RangeError} When the time-out is negative or not a number.
   *
   * @example
   * ```ts
   * import { associate, serve, VERIFICATION } from "@dicom/dimse";
   *
   * const server = serve({ hostname: "127.0.0.1", port: 0, handlers: {} });
   * const association = await associate({
   *   hostname: "127.0.0.1",
   *   port: server.addr.port,
   *   callingAeTitle: "ECHOSCU",
   *   calledAeTitle: "ANY-SCP",
   *   presentationContexts: [{
   *     abstractSyntax: VERIFICATION,
   *     transferSyntaxes: ["1.2.840.10008.1.2"],
   *   }],
   * });
   * const drained = server.drain({ timeout: 10_000 });
   * await association.release();
   * await drained;
   * ```
   */
  drain(options?: DrainOptions): Promise<void>;
}

/**
 * Listens for associations and serves them with handlers.
 *
 * @param options Where to listen, and the services to offer.
 * @returns The server, listening.
 * @throws {ConnectionError} When the port is in use or not permitted.
 * @throws {RangeError} When a time-out or a limit is negative or not a number.
 * @throws {TypeError} When an AE title is none, or the handlers ask for an attribute that is not in the
 *   dictionary, or a sequence.
 *
 * @example
 * ```ts
 * import { serve } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * await using server = serve({
 *   hostname: "127.0.0.1",
 *   port: 0,
 *   handlers: {
 *     async store(request) {
 *       await request.dataSet.cancel();
 *       return 0x0000;
 *     },
 *   },
 * });
 * assert.ok(server.addr.port > 0);
 * ```
 */
export function serve(options: ServeOptions): Server {
  const { handlers, signal, observer, clock = systemClock, listen = listenTcp } = options;
  const aeTitle = options.aeTitle === undefined ? undefined : validateAeTitle(options.aeTitle);
  const ownAeTitle = options.callingAeTitle ?? aeTitle;
  const calling = ownAeTitle === undefined ? {} : { callingAeTitle: validateAeTitle(ownAeTitle) };
  const timeouts = resolveTimeouts(options.timeouts);
  const { handlerTimeout = 0 } = options;
  if (!(handlerTimeout >= 0)) {
    throw new RangeError(`Cannot wait ${handlerTimeout} ms for a handler`);
  }
  // Looked at again for each association; what is wrong with them must show here.
  resolveDataSetLimits(options.dataSetLimits);
  attributeTags(handlers.attributes);
  const maximumLength = options.maximumLength ?? DEFAULT_MAXIMUM_LENGTH;
  const { maximumAssociations = DEFAULT_MAXIMUM_ASSOCIATIONS } = options;
  const outgoing = new OutgoingConnections(observer);
  const { pduObserver } = options;
  const tap = pduObserver === undefined ? {} : { pduObserver };
  const network: StorageAssociationNetwork = {
    ...{ clock, timeouts, maximumLength, observer: outgoing.observer },
    ...(options.connect === undefined ? {} : { connect: options.connect }),
    ...(options.connectTls === undefined ? {} : { connectTls: options.connectTls }),
    ...tap,
  };
  const listener = listen({
    port: options.port,
    ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
  });
  const acceptor = new Acceptor(listener, {
    maximumLength,
    maximumAssociations,
    maximumAssociationsPerAddress: options.maximumAssociationsPerAddress ??
      defaultPerAddress(maximumAssociations),
    timeouts,
    writeTimeout: timeouts.write,
    clock,
    ...(observer ? { observer } : {}),
    ...tap,
    decide: (request, association) =>
      decide(request, association, { ...options, ...calling, aeTitle, maximumLength, network }),
  });
  const shutdown = (): Promise<void> => acceptor.shutdown();
  const onAbort = (): void => void shutdown();
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  const finished = acceptor.finished.then(async () => {
    await outgoing.closed();
    signal?.removeEventListener("abort", onAbort);
  });
  return {
    addr: { hostname: listener.hostname, port: listener.port },
    get activeAssociations(): number {
      return acceptor.activeAssociations;
    },
    finished,
    shutdown: async () => {
      await shutdown();
      await finished;
    },
    drain: async ({ timeout = DRAIN_TIMEOUT } = {}) => {
      if (!(timeout >= 0)) throw new RangeError(`Cannot drain within ${timeout} ms`);
      await acceptor.drain({ timeout, grace: RELEASE_GRACE });
      await finished;
    },
    [Symbol.asyncDispose]: async () => {
      await shutdown();
      await finished;
    },
  };
}

interface DecideOptions extends Omit<ServeOptions, "aeTitle"> {
  readonly aeTitle: string | undefined;
  readonly maximumLength: number;
  readonly network: StorageAssociationNetwork;
}

async function decide(
  request: AssociateRequestPdu,
  association: Association,
  options: DecideOptions,
): Promise<Decision> {
  const reject = userRejection(request);
  if (reject !== undefined) return { reject };
  if (options.aeTitle !== undefined && options.aeTitle !== request.calledAeTitle) {
    return { reject: { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 } };
  }
  const observe = harmless(options.observer);
  const report = (error: unknown): void =>
    observe({ type: "handler-failed", association: association.info, error });
  const acceptance = await acceptanceOf(request, association, options.handlers, report);
  if (!acceptance.accept) {
    const { result, source, reason, because } = acceptance;
    return {
      reject: { type: "A-ASSOCIATE-RJ", result, source, reason },
      ...(because === undefined ? {} : { because }),
    };
  }
  const because = await takePlace(association, options.room);
  if (because !== undefined) return { reject: FULL, because };
  const { requireRoleSelection = false } = options;
  const policy = acceptancePolicy(request, {
    handlers: options.handlers,
    storage: options.storage ?? {},
    requireRoleSelection,
    maximumLength: options.maximumLength,
  });
  return {
    accept: associationAccept(request, policy, acceptance.userIdentityResponse),
    onRequest: dispatcher(association, {
      handlers: options.handlers,
      keepBrokenDataSets: options.keepBrokenDataSets ?? false,
      onHandlerError: report,
      onSubOperationFailed: (sopInstanceUid, error) =>
        observe({
          type: "sub-operation-failed",
          association: association.info,
          ...{ sopInstanceUid, error },
        }),
      network: options.network,
      requireRoleSelection,
      ...(options.callingAeTitle === undefined ? {} : { callingAeTitle: options.callingAeTitle }),
      ...(options.handlerTimeout === undefined ? {} : { handlerTimeout: options.handlerTimeout }),
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      ...(options.dataSetLimits === undefined ? {} : { dataSetLimits: options.dataSetLimits }),
    }),
  };
}

/** Says why there is no place; one that was taken is given back at the end. */
async function takePlace(
  association: Association,
  room: AssociationRoom | undefined,
): Promise<string | undefined> {
  const { peerAddress } = association.info;
  const because = await room?.take(peerAddress);
  if (room === undefined || because !== undefined) return because;
  void association.closed.then(() => room.give(peerAddress));
  return undefined;
}

async function acceptanceOf(
  request: AssociateRequestPdu,
  association: Association,
  handlers: Handlers,
  report: (error: unknown) => void,
): Promise<Acceptance> {
  if (handlers.acceptAssociation === undefined) return { accept: true };
  const { userIdentity } = request.userInformation;
  const { peerAddress, peerCertificate } = association.info;
  try {
    return await handlers.acceptAssociation({
      callingAeTitle: request.callingAeTitle,
      calledAeTitle: request.calledAeTitle,
      peerAddress,
      ...(peerCertificate ? { peerCertificate } : {}),
      ...(userIdentity ? { userIdentity } : {}),
    });
  } catch (error) {
    report(error);
    return { accept: false, result: 2, source: 1, reason: 1 };
  }
}
