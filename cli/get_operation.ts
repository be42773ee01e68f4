/**
 * Retrieving by C-GET, from the query to the reckoning.
 *
 * @module
 */

import type { AeAddress } from "../lib/ae_title.ts";
import type { ContextProposal } from "../lib/association/presentation_context.ts";
import { describeStatus, STATUS, statusCategory } from "../lib/dimse/status.ts";
import { ConnectionError } from "../lib/errors.ts";
import type { Handlers } from "../lib/handler/handler.ts";
import type { Association } from "../lib/net/association.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import type { UserIdentity } from "../lib/pdu/pdu.ts";
import { dispatcher } from "../lib/service/dispatcher.ts";
import type { Inventory } from "../lib/service/get_inventory.ts";
import { GetPlan, type GetUse, planGet, storageRoles } from "../lib/service/get_plan.ts";
import { cGet, type RetrieveResponse } from "../lib/service/retrieve_scu.ts";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../lib/transfer_syntax.ts";
import { askInventory } from "./archive_inventory.ts";
import { AssociationEvents } from "./association_events.ts";
import { logError } from "./association_log.ts";
import { subOperationsOf, wholeMilliseconds } from "./event_output.ts";
import { EXIT_CODE, type ExitCode } from "./exit_code.ts";
import { reportFailure } from "./failure.ts";
import { explainGet } from "./get_explanation.ts";
import { GetLedger } from "./get_ledger.ts";
import { buildIdentifier, type Identifier, type IdentifierSources } from "./identifier.ts";
import { type IdentityOptions, readIdentity, requireConfirmation } from "./identity_options.ts";
import { defaultModel, GET_SOP_CLASS, type InformationModel } from "./information_model.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import type { LogLevel, ToolLog } from "./log.ts";
import { outcomeOf, summarize } from "./outcome.ts";
import type { ToolOutput } from "./output.ts";
import type { OutputOptions } from "./output_options.ts";
import { type Requesting, type RequestOptions, withAssociation } from "./requested_association.ts";
import { type RetrieveExtensions, retrieveNegotiation } from "./retrieve_extensions.ts";
import { logRetrieveRequest, logRetrieveResponse } from "./retrieve_log.ts";
import { storageHandlers } from "./storage_handlers.ts";
import { Traffic } from "./traffic.ts";

/** What getscu is to do: the command line, resolved. */
export interface GetOptions {
  readonly logLevel: LogLevel;
  readonly output: OutputOptions;
  readonly peer: AeAddress;
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  readonly timeouts: Partial<Timeouts>;
  readonly maximumLength: number;
  /** `undefined` when the identifier decides. */
  readonly model: InformationModel | undefined;
  readonly sources: IdentifierSources;
  readonly extensions: RetrieveExtensions;
  /** Who the user is, for the archive. */
  readonly identity: IdentityOptions;
  /** The storage SOP classes to propose; what the archive tells when there are none. */
  readonly sopClassUids: readonly string[];
  /** The transfer syntaxes to propose; all when there are none. */
  readonly transferSyntaxUids: readonly string[];
  /** Whether the archive may be asked beforehand what it holds. */
  readonly mayAsk: boolean;
  /** Where the files go; `undefined` when the data is to be dropped. */
  readonly directory: string | undefined;
  /** What to tell the user before all else. */
  readonly warnings: readonly string[];
}

/** What one C-GET needs that is the same for all. */
interface Retrieval {
  readonly sopClassUid: string;
  readonly identifier: Identifier;
  readonly association: Omit<RequestOptions, "presentationContexts">;
  readonly identity: UserIdentity | undefined;
  readonly handlers: Handlers;
}

/** How an association is used, while it stands. */
interface Use extends GetUse {
  readonly used: Set<number>;
  hasStopped: boolean;
  hasProgress: boolean;
}

/**
 * One retrieve by C-GET: what getscu does when its command line is read.
 *
 * It asks the archive what it holds, proposes what fits, gets, and goes on by further associations with
 * other presentation contexts while instances fail.
 */
export class GetOperation {
  readonly #options: GetOptions;
  readonly #interrupt: Interrupt;
  readonly #output: ToolOutput;
  readonly #log: ToolLog;
  readonly #io: Io;
  readonly #events: AssociationEvents;
  readonly #ledger = new GetLedger();
  readonly #traffic = new Traffic();
  readonly #uses: Use[] = [];
  #isConnected = false;
  #gotAt: number | undefined;

  /**
   * Makes an operation; nothing is done until it is run.
   *
   * @param options What to do.
   * @param interrupt The user's wish to stop.
   * @param output Where to tell what happens.
   * @param io The surroundings.
   */
  constructor(options: GetOptions, interrupt: Interrupt, output: ToolOutput, io: Io) {
    this.#options = options;
    this.#interrupt = interrupt;
    this.#output = output;
    this.#log = output.log;
    this.#io = io;
    this.#events = new AssociationEvents(output.events, io.clock);
  }

  /**
   * Does it; to be called once.
   *
   * @returns The exit code.
   */
  async run(): Promise<ExitCode> {
    let code: ExitCode;
    try {
      code = await this.#run();
    } catch (error) {
      this.#output.progress.stop();
      code = this.#report(error);
      if (this.#gotAt !== undefined) this.#summarize();
    }
    this.#emitSummary(code);
    return code;
  }

  #report(error: unknown): ExitCode {
    if (!this.#interrupt.cancel.aborted) return reportFailure(this.#log, error, this.#isConnected);
    this.#log.error("Cancelled");
    this.#log.stack(error);
    return EXIT_CODE.cancelled;
  }

  async #run(): Promise<ExitCode> {
    const { sources, directory, warnings } = this.#options;
    for (const warning of warnings) this.#log.warn(warning);
    const identifier = await buildIdentifier(sources, this.#io, this.#log);
    const identity = await readIdentity(this.#options.identity, this.#io, this.#log);
    const model = this.#options.model ?? defaultModel(identifier.level, identifier.hasPatientId);
    this.#log.verbose(`Information model: ${model}`);
    const handlers = await storageHandlers({
      directory,
      ledger: this.#ledger,
      log: this.#log,
      events: this.#events,
    });
    const sopClassUid = GET_SOP_CLASS[model];
    const association = this.#request(identity);
    const inventory = await this.#ask(identifier, model, association, identity);
    if (inventory !== undefined) this.#ledger.expected = inventory.instances.keys();
    const retrieval = { sopClassUid, identifier, association, identity, handlers };
    const status = await this.#retrieve(retrieval, inventory);
    this.#output.progress.stop();
    this.#explain(status, inventory);
    this.#summarize();
    return outcomeOf(status, this.#ledger.balance, this.#interrupt.cancel.aborted);
  }

  #request(identity: UserIdentity | undefined): Omit<RequestOptions, "presentationContexts"> {
    const { peer, callingAeTitle, calledAeTitle, maximumLength, timeouts } = this.#options;
    return {
      hostname: peer.hostname,
      port: peer.port,
      callingAeTitle,
      calledAeTitle,
      maximumLength,
      timeouts,
      ...(identity ? { userIdentity: identity } : {}),
    };
  }

  get #requesting(): Requesting {
    const { clock, connect } = this.#io;
    // Counting is for the status line only.
    const counted = this.#output.progress.isShown ? this.#traffic.countConnect(connect) : connect;
    return {
      interrupt: this.#interrupt,
      log: this.#log,
      io: counted === undefined ? { clock } : { clock, connect: counted },
      onConnected: () => this.#isConnected = true,
      observe: (event) => this.#observe(event),
    };
  }

  #observe(event: AssociationEvent): void {
    this.#events.observe(event);
    if (event.type !== "message-sent" || event.message.type !== "C-STORE-RSP") return;
    this.#uses.at(-1)?.used.add(event.contextId);
    this.#ledger.answered(event.message.affectedSopInstanceUid ?? "", event.message.status);
  }

  async #ask(
    identifier: Identifier,
    model: InformationModel,
    association: Retrieval["association"],
    identity: UserIdentity | undefined,
  ): Promise<Inventory | undefined> {
    const { mayAsk, sopClassUids } = this.#options;
    if (!mayAsk || sopClassUids.length > 0) return undefined;
    return await askInventory({
      identifier,
      model,
      association,
      requesting: this.#requesting,
      onAssociated: (associated) => requireConfirmation(associated, identity),
    });
  }

  /** Gets by as many associations as it takes, and tells the status that stands for all. */
  async #retrieve(retrieval: Retrieval, inventory: Inventory | undefined): Promise<number> {
    const plan = this.#plan(inventory);
    let final = await this.#get(retrieval, plan.next([]) ?? []);
    while (this.#isWorthMore(final)) {
      const contexts = plan.next(this.#uses);
      if (contexts === undefined) break;
      const { failed, missing } = this.#ledger.balance;
      const open = failed + missing;
      this.#log.info(
        `${open} ${open === 1 ? "instance has" : "instances have"} not come: ` +
          "trying a further association with other presentation contexts",
      );
      const response = await this.#getMore(retrieval, contexts);
      if (response === undefined) break;
      final = milder(final, response);
    }
    return this.#isComplete ? STATUS.success : final.status;
  }

  #plan(inventory: Inventory | undefined): GetPlan {
    const { sopClassUids: given, transferSyntaxUids } = this.#options;
    const only = transferSyntaxUids.length > 0 ? { transferSyntaxUids } : {};
    if (given.length > 0) return new GetPlan(planGet({ ...only, sopClassUids: given }));
    if (inventory === undefined || inventory.sopClassUids.length === 0) {
      this.#log.verbose("Proposing the storage SOP classes that are used most");
      return new GetPlan([], planGet(only));
    }
    const { sopClassUids, transferSyntaxUids: likelyTransferSyntaxUids, isExact } = inventory;
    this.#log.verbose(
      `Proposing ${sopClassUids.length} storage SOP class(es), as the archive tells`,
    );
    const known = planGet({ ...only, sopClassUids, likelyTransferSyntaxUids });
    return new GetPlan(known, isExact ? [] : planGet(only));
  }

  get #isComplete(): boolean {
    const { failed, missing, received } = this.#ledger.balance;
    return received > 0 && failed === 0 && missing === 0;
  }

  /** Whether a further association may bring what has not come. */
  #isWorthMore(last: RetrieveResponse): boolean {
    const { failed, missing, storageFailed } = this.#ledger.balance;
    if (this.#interrupt.cancel.aborted || storageFailed > 0) return false;
    if (failed + missing === 0) return false;
    // Where the archive has counted nothing, it has matched nothing, whatever the contexts.
    const { completed, failed: failedNow, warning, remaining } = last.counters;
    const counts = [completed, failedNow, warning, remaining].filter((each) => each !== undefined);
    if (
      this.#ledger.received.size === 0 && counts.length > 0 && counts.every((each) => each === 0)
    ) {
      return false;
    }
    const category = statusCategory(last.status);
    // A refusal of the request itself counts no sub-operations.
    return category !== "cancel" && (category !== "failure" || (last.counters.failed ?? 0) > 0);
  }

  async #getMore(
    retrieval: Retrieval,
    contexts: readonly ContextProposal[],
  ): Promise<RetrieveResponse | undefined> {
    try {
      return await this.#get(retrieval, contexts);
    } catch (error) {
      this.#interrupt.cancel.throwIfAborted();
      logError(this.#log, "The further association failed", error);
      return undefined;
    }
  }

  /** One C-GET, on an association of its own. */
  #get(retrieval: Retrieval, contexts: readonly ContextProposal[]): Promise<RetrieveResponse> {
    const { sopClassUid, association: options, identity } = retrieval;
    return withAssociation(
      {
        ...options,
        presentationContexts: [
          { abstractSyntax: sopClassUid, transferSyntaxes: UNCOMPRESSED_TRANSFER_SYNTAXES },
          ...contexts,
        ],
        roleSelections: storageRoles(contexts),
        extendedNegotiations: retrieveNegotiation(sopClassUid, this.#options.extensions),
        onRequest: (association) =>
          dispatcher(association, {
            handlers: this.#withoutRepetition(retrieval.handlers),
            keepBrokenDataSets: false,
            onHandlerError: (error) => logError(this.#log, "Cannot store an instance", error),
          }),
      },
      this.#requesting,
      async (association) => {
        requireConfirmation(association, identity);
        const accepted = storageContexts(association, sopClassUid);
        const use: Use = { accepted, used: new Set(), hasStopped: false, hasProgress: false };
        const before = this.#ledger.received.size;
        this.#uses.push(use);
        const final = await this.#invoke(association, retrieval);
        use.hasStopped = hasStopped(final);
        use.hasProgress = this.#ledger.received.size > before;
        return final;
      },
    );
  }

  async #invoke(
    association: Association,
    { sopClassUid, identifier }: Retrieval,
  ): Promise<RetrieveResponse> {
    const messageId = association.nextMessageId();
    association.contextFor(sopClassUid);
    const since = this.#io.clock.now();
    if (this.#gotAt === undefined) {
      this.#gotAt = since;
      this.#output.progress.start(() => {
        const { received, failed } = this.#ledger.balance;
        const total = this.#ledger.expectedCount;
        return { done: received, total, failed, bytes: this.#traffic.received };
      });
    }
    this.#ledger.begin();
    // What a further association fails in may have come before: the summary tells what has not.
    const isTold = this.#uses.length === 1 || this.#log.writes("verbose");
    if (isTold) logRetrieveRequest(this.#log, "C-GET", messageId, identifier.dataSet);
    const responses = cGet(association, {
      sopClassUid,
      identifier: identifier.dataSet,
      messageId,
      signal: this.#interrupt.cancel,
    });
    let last: RetrieveResponse | undefined;
    for await (const response of responses) {
      if (isTold) logRetrieveResponse(this.#log, "C-GET", response);
      this.#ledger.promise(response.counters);
      this.#ledger.failed(response.failedSopInstanceUids);
      this.#emitResponse(response, this.#io.clock.now() - since);
      last = response;
    }
    if (last === undefined) throw new ConnectionError("The association ended without a response");
    return last;
  }

  /** What an earlier association has brought is not stored again: the archive may have converted it. */
  #withoutRepetition(handlers: Handlers): Handlers {
    const earlier = new Set(this.#ledger.received);
    return {
      store: async (request) => {
        if (!earlier.has(request.sopInstanceUid)) {
          return await handlers.store?.(request) ?? STATUS.sopClassNotSupported;
        }
        this.#log.verbose(`Received before: ${request.sopInstanceUid}`);
        await request.dataSet.cancel();
        return STATUS.success;
      },
    };
  }

  #explain(status: number, inventory: Inventory | undefined): void {
    const { failed, missing, received } = this.#ledger.balance;
    const { expectedCount = 0 } = this.#ledger;
    if (this.#interrupt.cancel.aborted) return;
    if (received === 0 && failed === 0 && status === STATUS.success) {
      this.#log.warn(
        expectedCount === 0
          ? "Nothing arrived: the archive found nothing that matches the identifier"
          : `Nothing arrived: by C-FIND the archive finds ${expectedCount}, by C-GET nothing: it ` +
            "wants unique keys, such as StudyInstanceUID",
      );
    } else if (failed + missing > 0) {
      const sentences = explainGet({
        open: failed + missing,
        uids: [...this.#ledger.failedUids, ...this.#ledger.missingUids],
        refusedUids: this.#ledger.refusedUids,
        classes: inventory?.instances ?? new Map(),
        accepted: this.#uses.flatMap(({ accepted }) => accepted),
        hasGivenClasses: this.#options.sopClassUids.length > 0,
        hasGivenSyntaxes: this.#options.transferSyntaxUids.length > 0,
      });
      for (const sentence of sentences) this.#log.warn(sentence);
    }
  }

  get #elapsed(): number {
    return this.#gotAt === undefined ? 0 : this.#io.clock.now() - this.#gotAt;
  }

  /** Writes the last line of the log. */
  #summarize(): void {
    const { balance } = this.#ledger;
    const destination = this.#options.callingAeTitle;
    const elapsed = this.#elapsed;
    this.#log.info(summarize({ balance, isReceiver: true, destination, elapsed }));
  }

  #emitResponse(response: RetrieveResponse, duration: number): void {
    const { status, number, isFinal, counters, failedSopInstanceUids } = response;
    const { events } = this.#output;
    const service = "C-GET";
    if (!isFinal) {
      events.emit({ event: "pending", service, number, status, ...subOperationsOf(counters) });
      return;
    }
    events.emit({
      event: "response",
      service,
      status,
      category: statusCategory(status),
      meaning: describeStatus(status, service),
      ...subOperationsOf(counters),
      failedSopInstanceUids,
      durationMs: wholeMilliseconds(duration),
    });
  }

  #emitSummary(exitCode: ExitCode): void {
    const { received, promised, failed, missing, bytes } = this.#ledger.balance;
    const { missingUids } = this.#ledger;
    this.#output.events.emit({
      event: "summary",
      received,
      sent: null,
      promised: promised ?? null,
      failed,
      missing,
      failedSopInstanceUids: this.#ledger.failedUids,
      missingSopInstanceUids: missingUids.length < missing ? null : missingUids,
      bytes,
      elapsedMs: wholeMilliseconds(this.#elapsed),
      exitCode,
    });
  }
}

function storageContexts(association: Association, getClass: string): GetUse["accepted"] {
  return association.acceptedContexts.filter(({ abstractSyntax }) => abstractSyntax !== getClass);
}

/**
 * Whether the archive gave up half-way. A failure is for a request of which nothing was done: who did
 * some, and all that it could, answers with a warning (PS3.4 table C.4-3).
 */
function hasStopped({ status, counters }: RetrieveResponse): boolean {
  const { completed = 0, failed = 0 } = counters;
  return statusCategory(status) === "failure" && failed > 0 &&
    (completed > 0 || status !== STATUS.cannotPerformSubOperations);
}

/** Of two outcomes, the one that is nearer to success. */
function milder(a: RetrieveResponse, b: RetrieveResponse): RetrieveResponse {
  return SEVERITY.indexOf(statusCategory(b.status)) < SEVERITY.indexOf(statusCategory(a.status))
    ? b
    : a;
}

const SEVERITY: readonly string[] = ["cancel", "success", "warning", "failure"];
