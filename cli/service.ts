/**
 * A server that serves until it is told to stop: what storescp and qrscp do when their command lines are
 * read.
 *
 * @module
 */

import { ConnectionError } from "../lib/errors.ts";
import type { Handlers } from "../lib/handler/handler.ts";
import { listenTcp } from "../lib/net/deno_transport.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import { serve, type Server, type StorageAcceptance } from "../lib/service/serve.ts";
import { type AccessLists, decideAccess, guardListen } from "./access_list.ts";
import { AssociationEvents } from "./association_events.ts";
import { ConnectionBytes } from "./connection_bytes.ts";
import { isOutgoing, logOutgoing } from "./delivery_log.ts";
import { wholeMilliseconds } from "./event_output.ts";
import { type ExitCode, UsageError } from "./exit_code.ts";
import { reportFailure } from "./failure.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { describeListenFailure } from "./listen_failure.ts";
import type { LogLevel, ToolLog } from "./log.ts";
import type { ToolOutput } from "./output.ts";
import type { OutputOptions } from "./output_options.ts";
import { PeerQueries, type PeerQueryOutcome } from "./peer_queries.ts";
import { logBrokenQuery, logPeerQuery, requestEventOf } from "./peer_query_report.ts";
import { HandlerLog, logService } from "./service_log.ts";
import { ServiceRecord } from "./service_record.ts";
import { count, ServiceTally } from "./service_tally.ts";

/** How a server is to serve: the command line, resolved. */
export interface ServiceOptions {
  readonly logLevel: LogLevel;
  readonly output: OutputOptions;
  /** The AE title that it goes by. */
  readonly aeTitle: string;
  /** The address to listen on; all by default. */
  readonly hostname: string | undefined;
  /** The port to listen on; 0 lets the system choose. */
  readonly port: number;
  readonly timeouts: Partial<Timeouts>;
  readonly maximumLength: number;
  readonly maximumAssociations: number;
  /** Who may associate. */
  readonly access: AccessLists;
  /** What is accepted for storage. */
  readonly acceptance: StorageAcceptance;
  /** Whether broken data sets are kept. */
  readonly keepBroken: boolean;
  /** How long to wait for what is under way when it is to stop, in milliseconds; 0 is for ever. */
  readonly grace: number;
  /** What to tell the user before all else. */
  readonly warnings: readonly string[];
}

/** What a server offers. Disposing of it comes after the last association. */
export interface Offer extends AsyncDisposable {
  /** The services; whom they are for is decided by the access lists first. */
  readonly handlers: Handlers;
  /** The directory that instances are written to; `undefined` when none are. */
  readonly directory: string | undefined;
  /** What the log tells of it when the server listens. */
  readonly lines: readonly string[];
}

/** What a server has for those who make its offer. */
export interface OfferHost {
  readonly output: ToolOutput;
  /** Where handlers speak. */
  readonly handlerLog: ToolLog;
  /** The books. */
  readonly tally: ServiceTally;
  readonly io: Io;
  readonly timeouts: Partial<Timeouts>;
  /** Told of files. */
  readonly events: AssociationEvents | undefined;
  /** Aborted when the server is told to stop. */
  readonly signal: AbortSignal;
}

/** One run of a server. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #makeOffer: (host: OfferHost) => Promise<Offer>;
  readonly #interrupt: Interrupt;
  readonly #output: ToolOutput;
  readonly #log: ToolLog;
  readonly #io: Io;
  readonly #events: AssociationEvents | undefined;
  readonly #tally = new ServiceTally();
  readonly #traffic = new ConnectionBytes();
  readonly #records = new Map<string, ServiceRecord>();
  readonly #queries = new PeerQueries();
  /** The associations that we request. */
  readonly #outgoing = new Set<string>();
  #startedAt: number | undefined;
  /** What is offered. */
  #receives = true;
  #sends = false;
  #isStopping = false;

  /**
   * Makes a service; nothing is done until it is run.
   *
   * @param options How to serve.
   * @param makeOffer Makes what is served, before anything listens; what it throws ends the run.
   * @param interrupt The user's wish to stop.
   * @param output Where to tell what happens.
   * @param io The surroundings.
   */
  constructor(
    options: ServiceOptions,
    makeOffer: (host: OfferHost) => Promise<Offer>,
    interrupt: Interrupt,
    output: ToolOutput,
    io: Io,
  ) {
    this.#options = options;
    this.#makeOffer = makeOffer;
    this.#interrupt = interrupt;
    this.#output = output;
    this.#log = output.log;
    this.#io = io;
    this.#events = options.output.json ? new AssociationEvents(output.events, io.clock) : undefined;
  }

  /**
   * Serves; to be called once.
   *
   * @returns The exit code, when it was told to stop and all is closed.
   */
  async run(): Promise<ExitCode> {
    let code: ExitCode;
    try {
      await this.#run();
      code = this.#tally.exitCode;
    } catch (error) {
      this.#output.progress.stop();
      code = reportFailure(this.#log, error, false);
    }
    this.#emitSummary(code);
    return code;
  }

  async #run(): Promise<void> {
    const { warnings, timeouts, logLevel } = this.#options;
    for (const warning of warnings) this.#log.warn(warning);
    {
      await using offer = await this.#makeOffer({
        output: this.#output,
        handlerLog: new HandlerLog(logLevel, (text) => this.#output.progress.stderr(text)),
        tally: this.#tally,
        io: this.#io,
        timeouts,
        events: this.#events,
        signal: this.#interrupt.cancel,
      });
      this.#receives = offer.handlers.store !== undefined;
      this.#sends = offer.handlers.locate !== undefined;
      // Told to stop before it had begun.
      if (this.#interrupt.cancel.aborted) return;
      await using server = this.#serve(offer.handlers);
      this.#startedAt = this.#io.clock.now();
      this.#tellStart(server, offer);
      await aborted(this.#interrupt.cancel);
      await this.#stop(server);
    }
    this.#output.progress.stop();
    this.#log.info(this.#tally.summary(this.#elapsed));
  }

  #serve(handlers: Handlers): Server {
    const { hostname, port, access, acceptance, keepBroken } = this.#options;
    const listen = this.#traffic.countListen(this.#io.listen ?? listenTcp);
    try {
      return serve({
        port,
        callingAeTitle: this.#options.aeTitle,
        handlers: guarded(handlers, access, this.#queries),
        storage: acceptance,
        maximumLength: this.#options.maximumLength,
        maximumAssociations: this.#options.maximumAssociations,
        timeouts: this.#options.timeouts,
        keepBrokenDataSets: keepBroken,
        observer: (event) => this.#observe(event),
        clock: this.#io.clock,
        listen: guardListen(listen, access, (peer) => this.#refused(peer)),
        ...(hostname === undefined ? {} : { hostname }),
        ...(this.#io.connect === undefined ? {} : { connect: this.#io.connect }),
      });
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      throw new UsageError(describeListenFailure(error, port), { cause: error });
    }
  }

  #tellStart({ addr }: Server, { directory, lines }: Offer): void {
    const { aeTitle, access } = this.#options;
    const { hostname, port } = addr;
    const address = ["::", "0.0.0.0"].includes(hostname) ? "all addresses" : hostname;
    this.#log.info(`Listening as ${aeTitle} on port ${port} of ${address}`);
    for (const line of lines) this.#log.info(line);
    for (
      const [what, list] of [
        ["calling AE titles", access.callingAeTitles],
        ["called AE titles", access.calledAeTitles],
        ["addresses", access.addresses.map(({ text }) => text)],
      ] as const
    ) {
      if (list.length > 0) this.#log.verbose(`Allowed ${what}: ${list.join(", ")}`);
    }
    this.#output.events.emit({
      event: "listening",
      aeTitle,
      address: hostname,
      port,
      directory: directory ?? null,
    });
    this.#output.progress.start(() => ({
      associations: this.#standing.length,
      done: this.#tally.receivedCount + this.#tally.sentCount,
      failed: this.#tally.failedCount,
      bytes: this.#traffic.received,
    }));
  }

  async #stop(server: Server): Promise<void> {
    const associations = this.#standing.length;
    const receiving = this.#standing.reduce((sum, { underway }) => sum + underway.length, 0);
    const answering = this.#queries.count;
    this.#log.info(
      associations === 0
        ? "Stopping"
        : `Stopping: ${count(associations, "association")} under way, ` +
          `${count(receiving, "instance")} being received` +
          `${answering > 0 ? `, ${count(answering, "request")} being answered` : ""}; ` +
          "the next signal aborts",
    );
    this.#output.events.emit({ event: "stopping", associations, receiving });
    this.#isStopping = true;
    const abort = (): void => void server.shutdown();
    if (this.#interrupt.abort.aborted) abort();
    this.#interrupt.abort.addEventListener("abort", abort, { once: true });
    await server.drain({ timeout: this.#options.grace });
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
    if (event.type === "connection-closed") this.#records.delete(id);
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
    this.#tally.served(outcome.query.service);
    record.answered(outcome);
    logPeerQuery(this.#log, outcome);
    this.#output.events.emit(requestEventOf(outcome));
  }

  /** An association is lost, and with it what was asked by it. */
  #broken(association: string, record: ServiceRecord, now: number): void {
    for (const result of this.#queries.underway(association, now)) {
      this.#tally.served(result.query.service);
      record.answered(result);
      logBrokenQuery(this.#log, result);
    }
  }

  /** What goes out, by whichever association. */
  #countSent(event: AssociationEvent): void {
    if (event.type === "sub-operation-failed") this.#tally.notSent();
    if (event.type !== "message-received" || event.message.type !== "C-STORE-RSP") return;
    this.#tally.sent(event.message.status);
  }

  #count(event: AssociationEvent, record: ServiceRecord): void {
    this.#countSent(event);
    switch (event.type) {
      case "association-accepted":
        return this.#tally.associated();
      case "association-rejected":
        return this.#tally.rejected();
      case "message-sent": {
        if (event.message.type !== "C-STORE-RSP") return;
        const { affectedSopInstanceUid, status } = event.message;
        return this.#tally.answered(affectedSopInstanceUid ?? "", status);
      }
      case "connection-closed":
        for (const uid of record.underway) this.#tally.lost(uid);
    }
  }

  #refused(peer: string): void {
    this.#tally.rejected();
    this.#log.warn(`Connection from ${peer} refused: its address is not allowed`);
    this.#output.events.emit({ event: "refused", peer });
  }

  /** The associations that stand. */
  get #standing(): ServiceRecord[] {
    return [...this.#records.values()].filter(({ isAccepted }) => isAccepted);
  }

  /** Since it listened, in milliseconds. */
  get #elapsed(): number {
    return this.#startedAt === undefined ? 0 : this.#io.clock.now() - this.#startedAt;
  }

  #emitSummary(exitCode: ExitCode): void {
    const { receivedCount, sentCount, failedCount, failedSopInstanceUids, bytes } = this.#tally;
    this.#output.events.emit({
      event: "summary",
      received: this.#receives ? receivedCount : null,
      sent: this.#sends ? sentCount : null,
      promised: null,
      failed: failedCount,
      missing: 0,
      failedSopInstanceUids,
      missingSopInstanceUids: [],
      bytes,
      elapsedMs: wholeMilliseconds(this.#elapsed),
      exitCode,
    });
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
