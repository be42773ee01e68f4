/**
 * Retrieving by C-GET, from the query to the reckoning.
 *
 * @module
 */

import type { ContextProposal } from "../lib/association/presentation_context.ts";
import type { DataSet } from "../lib/data_set/data_set.ts";
import { STATUS, statusCategory } from "../lib/dimse/status.ts";
import type { Handlers } from "../lib/handler/handler.ts";
import type { Inventory } from "../lib/service/get_inventory.ts";
import {
  GetPlan,
  MOST_STORAGE_CONTEXTS,
  planGet,
  planGetOneByOne,
  planGets,
  type PlannedGet,
} from "../lib/service/get_plan.ts";
import type { RetrieveResponse } from "../lib/service/retrieve_scu.ts";
import { askInventory } from "./archive_inventory.ts";
import { AssociationEvents } from "./association_events.ts";
import { logError } from "./association_log.ts";
import { wholeMilliseconds } from "./event_output.ts";
import { EXIT_CODE, type ExitCode } from "./exit_code.ts";
import { reportEnd } from "./failure.ts";
import { GetExchange } from "./get_exchange.ts";
import { explainGet } from "./get_explanation.ts";
import { buildIdentifier, type Identifier } from "./identifier.ts";
import { readIdentity, requireConfirmation } from "./identity_options.ts";
import { defaultModel, GET_SOP_CLASS, type InformationModel } from "./information_model.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import type { Journal } from "./journal.ts";
import type { ToolLog } from "./log.ts";
import { outcomeOf, reasonOfRetrieve, severityOf, summarize } from "./outcome.ts";
import type { ToolOutput } from "./output.ts";
import { type Requesting, type RequestOptions, requestOptionsOf } from "./requested_association.ts";
import { retrieveNegotiation } from "./retrieve_extensions.ts";
import { RetrieveLedger } from "./retrieve_ledger.ts";
import type { RetrieveOptions } from "./retrieve_options.ts";
import { retrieveWants, type Want } from "./retrieve_wants.ts";
import { Retry } from "./retry.ts";
import { reasonOfError } from "./retry_reason.ts";
import { storageHandlers } from "./storage_handlers.ts";
import type { StorageChoice } from "./storage_options.ts";
import { Traffic } from "./traffic.ts";
import { tellVerification } from "./verification.ts";

/** What getscu is to do: the command line, resolved. */
export interface GetOptions extends RetrieveOptions {
  /** The storage SOP classes to propose; what the archive tells when there are none. */
  readonly sopClassUids: readonly string[];
  /** The transfer syntaxes to propose; all when there are none. */
  readonly transferSyntaxUids: readonly string[];
  /** Whether the archive may be asked beforehand what it holds. */
  readonly mayAsk: boolean;
  /** What becomes of the instances. */
  readonly storage: StorageChoice;
}

/** What a try goes by. */
interface GetWays {
  readonly model: InformationModel;
  readonly association: Omit<RequestOptions, "presentationContexts">;
  readonly handlers: Handlers;
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
  /** Nobody keeps books of events that are not told. */
  readonly #events: AssociationEvents | undefined;
  readonly #ledger = new RetrieveLedger();
  readonly #traffic = new Traffic();
  readonly #retry: Retry;
  /** What the archive holds, where it was asked. */
  #inventory: Inventory | undefined;
  #hasAsked = false;
  /** When the first C-GET was sent. */
  #startedAt: number | undefined;
  #exchange: GetExchange | undefined;
  #isConnected = false;
  /** Whether the first association has not all that was planned. */
  #hasLeftOut = false;

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
    this.#events = options.output.json ? new AssociationEvents(output.events, io.clock) : undefined;
    this.#retry = new Retry(options.retry, { io, output, interrupt });
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
      code = reportEnd(this.#log, error, {
        isCancelled: this.#interrupt.cancel.aborted,
        isConnected: this.#isConnected,
      });
      if (this.#startedAt !== undefined) this.#summarize();
    }
    this.#emitSummary(code);
    return code;
  }

  async #run(): Promise<ExitCode> {
    const { sources, storage, warnings, timeouts } = this.#options;
    for (const warning of warnings) this.#log.warn(warning);
    const identifier = await buildIdentifier(sources, this.#io, this.#log);
    const identity = await readIdentity(this.#options.identity, this.#io, this.#log);
    const model = this.#options.model ?? defaultModel(identifier.level, identifier.hasPatientId);
    this.#log.verbose(`Information model: ${model}`);
    const ledger = this.#ledger;
    await using storing = await storageHandlers({
      choice: storage,
      ledger,
      log: this.#log,
      io: this.#io,
      timeouts,
      events: this.#events,
    });
    using _journal = await this.#openJournal(identifier.dataSet);
    const association = requestOptionsOf(this.#options, identity);
    const status = await this.#retry.run(
      () => this.#attempt(identifier, { model, association, handlers: storing.handlers }),
      (status) => reasonOfRetrieve(status, ledger.balance, "C-GET"),
    );
    this.#explain(status);
    this.#summarize();
    const isVerified = !this.#options.verify || this.#tellVerification();
    const code = outcomeOf(status, ledger.balance, this.#interrupt.cancel.aborted);
    return code === EXIT_CODE.success && !isVerified ? EXIT_CODE.partial : code;
  }

  async #openJournal(identifier: DataSet): Promise<Journal | undefined> {
    const { resume } = this.#options;
    if (resume === undefined) return undefined;
    const { openRetrievalJournal } = await import("./journal.ts");
    const books = { ledger: this.#ledger, log: this.#log };
    return await openRetrievalJournal(resume, { ...this.#options, identifier, ...books });
  }

  /** Gets what is not here, and gives the status that stands for it. */
  async #attempt(identifier: Identifier, ways: GetWays): Promise<number> {
    const { model, association, handlers } = ways;
    const requesting = this.#requesting();
    this.#isConnected = false;
    this.#hasLeftOut = false;
    if (!this.#hasAsked) {
      this.#inventory = await this.#ask(identifier, model, association, requesting);
      this.#hasAsked = true;
      if (this.#inventory !== undefined) this.#ledger.expected = this.#inventory.instances.keys();
    }
    const wants = this.#wants(identifier);
    if (wants?.length === 0) {
      this.#log.info("Nothing is asked for: all that the archive names is here");
      return STATUS.success;
    }
    const sopClassUid = GET_SOP_CLASS[model];
    const { extensions, storage } = this.#options;
    const exchange = new GetExchange({
      sopClassUid,
      association: {
        ...association,
        extendedNegotiations: retrieveNegotiation(sopClassUid, extensions),
      },
      requesting,
      handlers,
      dataSetLimits: storage.limits,
      ledger: this.#ledger,
      progress: this.#output.progress,
      events: this.#options.output.json ? this.#output.events : undefined,
      bytes: () => this.#traffic.received,
    });
    this.#exchange = exchange;
    try {
      const planning = this.#planningInventory;
      if (wants !== undefined && planning?.isExact) {
        return await this.#retrieveRest(exchange, wants);
      }
      const identifiers = wants?.map((want) => want.identifier) ?? [identifier.dataSet];
      return await this.#retrieve(exchange, identifiers, planning);
    } finally {
      this.#output.progress.stop();
      this.#startedAt ??= exchange.startedAt;
    }
  }

  /** What is still to be asked for, when some is here; `undefined` stands for all. */
  #wants(identifier: Identifier): Want[] | undefined {
    const inventory = this.#inventory;
    if (inventory === undefined) return undefined;
    const isHere = (uid: string): boolean => this.#ledger.isHere(uid);
    const isSomeHere = [...inventory.instances.keys()].some(isHere);
    return isSomeHere ? retrieveWants(identifier, inventory, isHere) : undefined;
  }

  /** Gets what has not come before and has SOP classes that are known. */
  async #retrieveRest(exchange: GetExchange, wants: readonly Want[]): Promise<number> {
    const likelyTransferSyntaxUids = this.#inventory?.transferSyntaxUids ?? [];
    const planned = planGets(wants, { ...this.#onlySyntaxes, likelyTransferSyntaxUids });
    let worst: number = STATUS.success;
    for (const { contexts, wants: some } of planned) {
      const { status } = await exchange.get(contexts, some.map(({ identifier }) => identifier));
      if (severityOf(status) > severityOf(worst)) worst = status;
      if (this.#interrupt.cancel.aborted) break;
    }
    return this.#isComplete ? STATUS.success : worst;
  }

  /** What the presentation contexts are planned by; nothing where the user has given them. */
  get #planningInventory(): Inventory | undefined {
    return this.#options.sopClassUids.length > 0 ? undefined : this.#inventory;
  }

  #tellVerification(): boolean {
    return tellVerification({
      books: this.#inventory?.hasAllInstances ? this.#ledger : undefined,
      log: this.#log,
      events: this.#output.events,
    });
  }

  #requesting(): Requesting {
    const { clock } = this.#io;
    const connect = this.#io.connectPeer ?? this.#io.connect;
    // Counting is for the status line only.
    const counted = this.#output.progress.isShown ? this.#traffic.countConnect(connect) : connect;
    return {
      interrupt: this.#interrupt,
      log: this.#log,
      io: counted === undefined ? { clock } : { clock, connect: counted },
      onConnected: () => this.#isConnected = true,
      observe: (event) => {
        this.#events?.observe(event);
        this.#exchange?.observe(event);
      },
    };
  }

  async #ask(
    identifier: Identifier,
    model: InformationModel,
    association: Omit<RequestOptions, "presentationContexts">,
    requesting: Requesting,
  ): Promise<Inventory | undefined> {
    const { mayAsk, sopClassUids, verify, resume } = this.#options;
    const isForContexts = mayAsk && sopClassUids.length === 0;
    if (!isForContexts && !verify && (resume === undefined || !mayAsk)) return undefined;
    const isNeeded = verify || resume !== undefined;
    return await askInventory({
      identifier,
      model,
      association,
      requesting,
      isThorough: isNeeded,
      onAssociated: (associated) => requireConfirmation(associated, association.userIdentity),
      isThrown: (error) =>
        isNeeded && !this.#retry.isUsedUp &&
        reasonOfError(error) !== undefined,
    });
  }

  /** Gets by as many associations as it takes, and tells the status that stands for all. */
  async #retrieve(
    exchange: GetExchange,
    all: readonly DataSet[],
    inventory: Inventory | undefined,
  ): Promise<number> {
    const plan = this.#plan(inventory);
    let final = await exchange.get(plan.next([]) ?? [], all);
    for (const { contexts, identifiers = all } of this.#further(plan, exchange, inventory)) {
      if (!this.#isWorthMore(final)) break;
      const { failed, missing } = this.#ledger.balance;
      const open = failed + missing;
      this.#log.info(
        `${open} ${open === 1 ? "instance has" : "instances have"} not come: ` +
          "trying a further association with other presentation contexts",
      );
      try {
        final = milder(final, await exchange.get(contexts, identifiers));
      } catch (error) {
        this.#interrupt.cancel.throwIfAborted();
        logError(this.#log, "The further association failed", error);
        break;
      }
    }
    return this.#isComplete ? STATUS.success : final.status;
  }

  /**
   * The further associations. First, where the archive has told what is in which series, and what lacks
   * was not proposed or not reached: the series that lack instances, with every transfer syntax for
   * their classes.
   */
  *#further(
    plan: GetPlan,
    exchange: GetExchange,
    inventory: Inventory | undefined,
  ): Generator<{ contexts: readonly ContextProposal[]; identifiers?: readonly DataSet[] }> {
    const isOutOfReach = exchange.uses.some(({ hasStopped }) => hasStopped) ||
      this.#hasLeftOut;
    if (inventory !== undefined && isKnownBySeries(inventory) && isOutOfReach) {
      for (const { contexts, wants } of this.#planSeries(inventory)) {
        yield { contexts, identifiers: wants.map(({ identifier }) => identifier) };
      }
    }
    for (let next = plan.next(exchange.uses); next; next = plan.next(exchange.uses)) {
      yield { contexts: next };
    }
  }

  #planSeries(inventory: Inventory): PlannedGet<{
    readonly identifier: DataSet;
    readonly sopClassUids: readonly string[];
  }>[] {
    const { series, instances, transferSyntaxUids } = inventory;
    const wants = series.flatMap(({ identifier, sopInstanceUids }) => {
      const absent = sopInstanceUids.filter((uid) => !this.#ledger.isHere(uid));
      const sopClassUids = [...new Set(absent.map((uid) => instances.get(uid) ?? ""))].sort();
      return absent.length > 0 ? [{ identifier, sopClassUids }] : [];
    });
    return planGets(wants, {
      ...this.#onlySyntaxes,
      likelyTransferSyntaxUids: transferSyntaxUids,
    });
  }

  get #onlySyntaxes(): { readonly transferSyntaxUids?: readonly string[] } {
    const { transferSyntaxUids } = this.#options;
    return transferSyntaxUids.length > 0 ? { transferSyntaxUids } : {};
  }

  #plan(inventory: Inventory | undefined): GetPlan {
    const { sopClassUids: given } = this.#options;
    const only = this.#onlySyntaxes;
    if (given.length > 0) return new GetPlan(planGet({ ...only, sopClassUids: given }));
    if (inventory === undefined || inventory.sopClassUids.length === 0) {
      this.#log.verbose("Proposing the storage SOP classes that are used most");
      return new GetPlan([], planGetOneByOne(only));
    }
    const { sopClassUids, transferSyntaxUids: likelyTransferSyntaxUids, isExact } = inventory;
    this.#log.verbose(
      `Proposing ${sopClassUids.length} storage SOP class(es), as the archive tells`,
    );
    const known = planGet({ ...only, sopClassUids, likelyTransferSyntaxUids });
    // What does not go into one association is for the series that need it.
    if (isKnownBySeries(inventory)) {
      this.#hasLeftOut = known.length > MOST_STORAGE_CONTEXTS;
      return new GetPlan(known.slice(0, MOST_STORAGE_CONTEXTS));
    }
    return new GetPlan(known, isExact ? [] : planGetOneByOne(only));
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

  #explain(status: number): void {
    const { failed, missing, received } = this.#ledger.balance;
    const { expectedCount = 0, expectedUids, absentUids } = this.#ledger;
    const uses = this.#exchange?.uses ?? [];
    if (this.#interrupt.cancel.aborted) return;
    if (failed + missing === 0 && expectedUids.size > 0 && absentUids.length === 0) return;
    if (received === 0 && failed === 0 && expectedCount > 0) {
      this.#log.warn(
        `Nothing arrived: by C-FIND the archive finds ${expectedCount}, by C-GET nothing: it wants ` +
          "unique keys, such as StudyInstanceUID",
      );
    } else if (received === 0 && failed === 0 && status === STATUS.success) {
      this.#log.warn("Nothing arrived: the archive found nothing that matches the identifier");
    } else if (failed + missing > 0) {
      const sentences = explainGet({
        open: failed + missing,
        uids: [...this.#ledger.failedUids, ...this.#ledger.missingUids],
        refusedUids: this.#ledger.refusedUids,
        classes: this.#inventory?.instances ?? new Map(),
        accepted: uses.flatMap(({ accepted }) => accepted),
        hasGivenClasses: this.#options.sopClassUids.length > 0,
        hasGivenSyntaxes: this.#options.transferSyntaxUids.length > 0,
      });
      for (const sentence of sentences) this.#log.warn(sentence);
    }
  }

  get #elapsed(): number {
    const since = this.#startedAt;
    return since === undefined ? 0 : this.#io.clock.now() - since;
  }

  /** Writes the last line of the log. */
  #summarize(): void {
    const { balance } = this.#ledger;
    const destination = this.#options.callingAeTitle;
    const elapsed = this.#elapsed;
    const before = this.#ledger.earlier.size;
    this.#log.info(summarize({ balance, isReceiver: true, destination, elapsed, before }));
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

/** Whether it is known of every instance which class it has, and which series it is in. */
function isKnownBySeries({ isExact, hasAllInstances, series }: Inventory): boolean {
  return isExact && hasAllInstances && series.length > 0;
}

/** Of two outcomes, the one that is nearer to success. */
function milder(a: RetrieveResponse, b: RetrieveResponse): RetrieveResponse {
  return SEVERITY.indexOf(statusCategory(b.status)) < SEVERITY.indexOf(statusCategory(a.status))
    ? b
    : a;
}

const SEVERITY: readonly string[] = ["cancel", "success", "warning", "failure"];
