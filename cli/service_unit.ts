/**
 * What serves on one thread: an offer, the listener, the associations, and the books of them.
 *
 * @module
 */

import { ConnectionError } from "../lib/errors.ts";
import type { Handlers } from "../lib/handler/handler.ts";
import { listenTcp } from "../lib/net/deno_transport.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import type { Listen } from "../lib/net/transport.ts";
import type { ListenTls } from "../lib/net/tls_listen.ts";
import { type AssociationRoom, serve, type Server } from "../lib/service/serve.ts";
import { type AccessLists, decideAccess, guardListen } from "./access_list.ts";
import { AssociationEvents } from "./association_events.ts";
import { ConnectionBytes } from "./connection_bytes.ts";
import { isOutgoing, logOutgoing } from "./delivery_log.ts";
import { type ExitCode, UsageError } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { describeListenFailure } from "./listen_failure.ts";
import type { ToolLog } from "./log.ts";
import type { Offer, OfferHost, WorkerPart } from "./offer.ts";
import type { ToolOutput } from "./output.ts";
import { PeerQueries, type PeerQueryOutcome } from "./peer_queries.ts";
import { logBrokenQuery, logPeerQuery, requestEventOf } from "./peer_query_report.ts";
import { HandlerLog, logService } from "./service_log.ts";
import { ServiceRecord } from "./service_record.ts";
import type { ServiceOptions } from "./service_settings.ts";
import { ServiceTally } from "./service_tally.ts";
import type { Serving, ServingStart, Standing } from "./serving.ts";
import { makeListenTls, reloadTls, withTls } from "./tls_io.ts";

/** What a worker is told that serves beside others. */
export interface SharedServing {
  /** What falls to it. */
  readonly part: WorkerPart;
  /** The room for associations that all of them have together. */
  readonly room: AssociationRoom;
  /** Called when a connection has closed. */
  onClosed(): void;
}

/** What a unit works with. */
export interface ServiceUnitHost {
  /** Makes what is served, before anything listens; what it throws ends the run. */
  readonly makeOffer: (host: OfferHost) => Promise<Offer>;
  /** Where to tell what happens. */
  readonly output: ToolOutput;
  readonly io: Io;
  /** Aborted when the server is told to stop. */
  readonly signal: AbortSignal;
  /** What it shares with others; `undefined` when it serves alone. */
  readonly shared?: SharedServing | undefined;
}

/** Serves on this thread. */
export class ServiceUnit implements Serving {
  readonly tally = new ServiceTally();
  /** A thread that cannot go on ends the program, or its worker. */
  readonly broken: Promise<void> = new Promise(() => {});
  readonly #options: ServiceOptions;
  readonly #host: ServiceUnitHost;
  readonly #output: ToolOutput;
  readonly #log: ToolLog;
  readonly #io: Io;
  readonly #events: AssociationEvents | undefined;
  readonly #traffic = new ConnectionBytes();
  readonly #records = new Map<string, ServiceRecord>();
  readonly #queries = new PeerQueries();
  /** The associations that we request. */
  readonly #outgoing = new Set<string>();
  /** The offer, and the server before it. */
  readonly #resources = new AsyncDisposableStack();
  #server: Server | undefined;
  #isStopping = false;

  /**
   * Makes a unit; nothing is done until it is started.
   *
   * @param options How to serve.
   * @param host What it works with.
   */
  constructor(options: ServiceOptions, host: ServiceUnitHost) {
    const { output, io } = host;
    this.#options = options;
    this.#host = host;
    this.#output = output;
    this.#log = output.log;
    this.#io = withTls(io, options.tls);
    this.#events = options.output.json ? new AssociationEvents(output.events, io.clock) : undefined;
  }

  get exitCode(): ExitCode {
    return this.tally.exitCode;
  }

  get lately(): Standing {
    const standing = [...this.#records.values()].filter(({ isAccepted }) => isAccepted);
    return {
      associations: standing.length,
      receiving: standing.reduce((sum, { underway }) => sum + underway.length, 0),
      answering: this.#queries.count,
      received: this.#traffic.received,
    };
  }

  standing(): Promise<Standing> {
    return Promise.resolve(this.lately);
  }

  async start(): Promise<ServingStart> {
    const { timeouts, logLevel } = this.#options;
    const listen = await this.#makeListen();
    const { makeOffer, signal, shared } = this.#host;
    const offer = this.#resources.use(
      await makeOffer({
        output: this.#output,
        handlerLog: new HandlerLog(logLevel, (text) => this.#output.progress.stderr(text)),
        tally: this.tally,
        io: this.#io,
        timeouts,
        events: this.#events,
        signal,
        part: shared?.part,
      }),
    );
    const { handlers, directory, lines } = offer;
    const start = {
      directory,
      lines,
      receives: handlers.store !== undefined,
      sends: handlers.locate !== undefined,
    };
    // Told to stop before it had begun.
    if (signal.aborted) return { ...start, address: undefined };
    this.#server = this.#resources.use(this.#serve(handlers, listen));
    const { hostname, port } = this.#server.addr;
    return { ...start, address: { hostname, port } };
  }

  open(): void {
    // What happens is told as it happens.
  }

  async drain(): Promise<void> {
    this.#isStopping = true;
    await this.#server?.drain({ timeout: this.#options.grace });
  }

  shutdown(): void {
    void this.#server?.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  /** Strange addresses are kept out before TLS has begun. */
  async #makeListen(): Promise<Listen> {
    const { access, tls } = this.#options;
    const { shared } = this.#host;
    const open = this.#io.listen ?? listenTcp;
    const listen = guardListen(
      shared === undefined ? open : (where) => open({ ...where, reusePort: true }),
      access,
      (peer) => this.#refused(peer),
    );
    if (!tls.isOn) return listen;
    const secured = await makeListenTls(
      { ...this.#io, listen },
      tls,
      (sentence) => this.#warn(sentence),
    );
    const stop = this.#io.onReload?.(() => void this.#reload(secured));
    this.#resources.defer(() => stop?.());
    return secured;
  }

  /** One tells of the certificates for all workers; what goes wrong, each. */
  get #isTeller(): boolean {
    const { shared } = this.#host;
    return shared === undefined || shared.part.maintains;
  }

  #warn(sentence: string): void {
    if (this.#isTeller) this.#log.warn(sentence);
  }

  async #reload(listen: ListenTls): Promise<void> {
    try {
      await reloadTls(listen, this.#io, this.#options.tls, (sentence) => this.#warn(sentence));
      if (this.#isTeller) {
        this.#log.info("The certificates were read again, for connections from now on");
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.error(`The certificates stay as they were: ${reason}`);
    }
  }

  #serve(handlers: Handlers, listen: Listen): Server {
    const { hostname, port, access, acceptance, keepBroken } = this.#options;
    const { shared } = this.#host;
    try {
      return serve({
        port,
        callingAeTitle: this.#options.aeTitle,
        handlers: guarded(handlers, access, this.#queries),
        storage: acceptance,
        maximumLength: this.#options.maximumLength,
        maximumAssociations: this.#options.maximumAssociations,
        maximumAssociationsPerAddress: this.#options.maximumAssociationsPerAddress,
        dataSetLimits: this.#options.dataSetLimits,
        ...(shared === undefined ? {} : { room: shared.room }),
        timeouts: this.#options.timeouts,
        keepBrokenDataSets: keepBroken,
        observer: (event) => this.#observe(event),
        clock: this.#io.clock,
        listen: this.#traffic.countListen(listen),
        ...(hostname === undefined ? {} : { hostname }),
        ...(this.#io.connect === undefined ? {} : { connect: this.#io.connect }),
        ...(this.#io.connectTls === undefined ? {} : { connectTls: this.#io.connectTls }),
      });
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      throw new UsageError(describeListenFailure(error, port), { cause: error });
    }
  }

  #observe(event: AssociationEvent): void {
    if (this.#observeOutgoing(event)) return;
    const { id, peerAddress } = event.association;
    const now = this.#io.clock.now();
    const record = this.#records.get(id) ??
      new ServiceRecord(this.#traffic.of(peerAddress), now);
    if (event.type === "connection-opened") this.#records.set(id, record);
    // What comes now is refused, and its sender knows: nothing has failed.
    if (!this.#isStopping || !isStoreRequest(event)) record.observe(event);
    this.#count(event, record);
    if (event.type === "association-aborted") this.#broken(id, record, now);
    const outcome = this.#queries.observe(event, now);
    if (outcome !== undefined) this.#served(outcome, record);
    logService(this.#log, event, record, now);
    this.#events?.observe(event);
    if (event.type !== "connection-closed") return;
    this.#records.delete(id);
    this.#host.shared?.onClosed();
  }

  /** What happens on an association that we request, for a C-MOVE: it is in the books of that. */
  #observeOutgoing(event: AssociationEvent): boolean {
    const { id } = event.association;
    if (isOutgoing(event)) this.#outgoing.add(id);
    if (!this.#outgoing.has(id)) return false;
    this.#countSent(event);
    logOutgoing(this.#log, event);
    this.#events?.observe(event);
    if (event.type === "connection-closed") this.#outgoing.delete(id);
    return true;
  }

  #served(outcome: PeerQueryOutcome, record: ServiceRecord): void {
    this.tally.served(outcome.query.service);
    record.answered(outcome);
    logPeerQuery(this.#log, outcome);
    this.#output.events.emit(requestEventOf(outcome));
  }

  /** An association is lost, and with it what was asked by it. */
  #broken(association: string, record: ServiceRecord, now: number): void {
    for (const result of this.#queries.underway(association, now)) {
      this.tally.served(result.query.service);
      record.answered(result);
      logBrokenQuery(this.#log, result);
    }
  }

  /** What goes out, by whichever association. */
  #countSent(event: AssociationEvent): void {
    if (event.type === "sub-operation-failed") this.tally.notSent();
    if (event.type !== "message-received" || event.message.type !== "C-STORE-RSP") return;
    this.tally.sent(event.message.status);
  }

  #count(event: AssociationEvent, record: ServiceRecord): void {
    this.#countSent(event);
    switch (event.type) {
      case "association-accepted":
        return this.tally.associated();
      case "association-rejected":
        return this.tally.rejected();
      case "message-sent": {
        if (event.message.type !== "C-STORE-RSP") return;
        const { affectedSopInstanceUid, status } = event.message;
        return this.tally.answered(affectedSopInstanceUid ?? "", status);
      }
      case "connection-closed":
        for (const uid of record.underway) this.tally.lost(uid);
    }
  }

  #refused(peer: string): void {
    this.tally.rejected();
    this.#log.warn(`Connection from ${peer} refused: its address is not allowed`);
    this.#output.events.emit({ event: "refused", peer });
  }
}

function isStoreRequest(event: AssociationEvent): boolean {
  return event.type === "message-received" && event.message.type === "C-STORE-RQ";
}

/** For those who may: the lists decide before the handlers do. */
function guarded(handlers: Handlers, access: AccessLists, queries: PeerQueries): Handlers {
  const { attributes, store, queryOptions, worklist, resolveMoveDestination } = handlers;
  return {
    ...(attributes && { attributes }),
    ...(store && { store: store.bind(handlers) }),
    ...(queryOptions && { queryOptions }),
    ...(worklist && { worklist }),
    ...queries.watch(handlers),
    ...(resolveMoveDestination &&
      { resolveMoveDestination: resolveMoveDestination.bind(handlers) }),
    acceptAssociation: (request) => {
      const acceptance = decideAccess(access, request);
      if (!acceptance.accept || handlers.acceptAssociation === undefined) return acceptance;
      return handlers.acceptAssociation(request);
    },
  };
}
