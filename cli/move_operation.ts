/**
 * Retrieving by C-MOVE, from the query to the reckoning.
 *
 * @module
 */

import type { DataSet } from "../lib/data_set/data_set.ts";
import { STATUS, statusCategory } from "../lib/dimse/status.ts";
import { ConnectionError } from "../lib/errors.ts";
import type { Association } from "../lib/net/association.ts";
import type { UserIdentity } from "../lib/pdu/pdu.ts";
import type { Inventory } from "../lib/service/get_inventory.ts";
import { cMove, type RetrieveResponse } from "../lib/service/retrieve_scu.ts";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../lib/transfer_syntax.ts";
import { AssociationEvents } from "./association_events.ts";
import { wholeMilliseconds } from "./event_output.ts";
import { EXIT_CODE, type ExitCode } from "./exit_code.ts";
import { reportEnd } from "./failure.ts";
import { buildIdentifier, type Identifier } from "./identifier.ts";
import { readIdentity, requireConfirmation } from "./identity_options.ts";
import { defaultModel, type InformationModel, MOVE_SOP_CLASS } from "./information_model.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import type { Journal } from "./journal.ts";
import type { Balance } from "./ledger.ts";
import { Linger } from "./linger.ts";
import type { ToolLog } from "./log.ts";
import { explainMove } from "./move_explanation.ts";
import { OwnMoves } from "./move_originator.ts";
import { outcomeOf, reasonOfRetrieve, severityOf, summarize } from "./outcome.ts";
import type { ToolOutput } from "./output.ts";
import type { ProgressState } from "./progress.ts";
import {
  type Requesting,
  type RequestOptions,
  requestOptionsOf,
  withAssociation,
} from "./requested_association.ts";
import { retrieveEventOf } from "./retrieve_event.ts";
import { retrieveNegotiation } from "./retrieve_extensions.ts";
import { RetrieveLedger } from "./retrieve_ledger.ts";
import { logRetrieveRequest, logRetrieveResponse } from "./retrieve_log.ts";
import type { RetrieveOptions } from "./retrieve_options.ts";
import { retrieveWants } from "./retrieve_wants.ts";
import { Retry } from "./retry.ts";
import { reasonOfError } from "./retry_reason.ts";
import { SentLedger } from "./sent_ledger.ts";
import type { StorageChoice } from "./storage_options.ts";
import type { StorageScp } from "./storage_scp.ts";
import { makeListenTls } from "./tls_io.ts";
import { Traffic } from "./traffic.ts";
import { tellVerification } from "./verification.ts";

/** What movescu is to do: the command line, resolved. */
export interface MoveOptions extends RetrieveOptions {
  readonly moveDestination: string;
  /** The Storage SCP, where one is to be started. */
  readonly storage: StorageOptions | undefined;
}

/** The Storage SCP that movescu starts. */
export interface StorageOptions {
  readonly hostname: string | undefined;
  readonly port: number;
  /** Whether it takes connections by TLS alone. */
  readonly isTls: boolean;
  /** What becomes of the instances. */
  readonly choice: StorageChoice;
  /** How long to wait for what was promised, in milliseconds. */
  readonly linger: number;
}

/**
 * One retrieve by C-MOVE: what movescu does when its command line is read.
 *
 * It listens before it asks, asks, goes on listening until what was promised has arrived, and then
 * compares the archive's words with what is here.
 */
export class MoveOperation {
  readonly #options: MoveOptions;
  readonly #interrupt: Interrupt;
  readonly #output: ToolOutput;
  readonly #log: ToolLog;
  readonly #io: Io;
  /** Nobody keeps books of events that are not told. */
  readonly #events: AssociationEvents | undefined;
  readonly #ledger = new RetrieveLedger();
  readonly #moves: OwnMoves;
  /** The books of what goes to somebody else. */
  readonly #sent: SentLedger | undefined;
  readonly #retry: Retry;
  /** What the archive holds, where it was asked. */
  #inventory: Inventory | undefined;
  #hasAsked = false;
  /** What earlier tries have received, by SOP Instance UID: it is not stored again. */
  #received: ReadonlySet<string> = new Set();
  readonly #traffic = new Traffic();
  #isConnected = false;
  /** When the C-MOVE was sent. */
  #movedAt: number | undefined;
  #hostname: string | undefined;

  /**
   * Makes an operation; nothing is done until it is run.
   *
   * @param options What to do.
   * @param interrupt The user's wish to stop.
   * @param output Where to tell what happens.
   * @param io The surroundings.
   */
  constructor(options: MoveOptions, interrupt: Interrupt, output: ToolOutput, io: Io) {
    this.#options = options;
    this.#interrupt = interrupt;
    this.#output = output;
    this.#log = output.log;
    this.#io = io;
    this.#events = options.output.json ? new AssociationEvents(output.events, io.clock) : undefined;
    this.#moves = new OwnMoves(options);
    this.#sent = options.storage === undefined ? new SentLedger() : undefined;
    // What arrives before we have asked counts too.
    this.#ledger.begin();
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
      if (this.#movedAt !== undefined) this.#summarize();
    }
    this.#emitSummary(code);
    return code;
  }

  async #run(): Promise<ExitCode> {
    const { sources, storage, warnings } = this.#options;
    for (const warning of warnings) this.#log.warn(warning);
    const identifier = await buildIdentifier(sources, this.#io, this.#log);
    const identity = await readIdentity(this.#options.identity, this.#io, this.#log);
    using _journal = await this.#openJournal(identifier.dataSet);
    await using scp = storage === undefined ? undefined : await this.#startStorage(storage);
    const status = await this.#retry.run(
      () => this.#attempt(identifier, identity, scp),
      (status) => reasonOfRetrieve(status, this.#balance, "C-MOVE"),
    );
    this.#explain(status, scp);
    const balance = this.#summarize();
    const isVerified = !this.#options.verify || this.#tellVerification();
    const code = outcomeOf(status, balance, this.#interrupt.cancel.aborted);
    return code === EXIT_CODE.success && !isVerified ? EXIT_CODE.partial : code;
  }

  async #openJournal(identifier: DataSet): Promise<Journal | undefined> {
    const { resume } = this.#options;
    if (resume === undefined) return undefined;
    const { openRetrievalJournal } = await import("./journal.ts");
    const books = { ledger: this.#ledger, log: this.#log };
    return await openRetrievalJournal(resume, { ...this.#options, identifier, ...books });
  }

  /** Asks for what is not here, and waits for it; gives the status that stands for it. */
  async #attempt(
    identifier: Identifier,
    identity: UserIdentity | undefined,
    scp: StorageScp | undefined,
  ): Promise<number> {
    this.#isConnected = false;
    this.#received = new Set(this.#ledger.received);
    const { resume, verify, storage } = this.#options;
    const isWorthAsking = verify || resume !== undefined || this.#retry.count > 0;
    if (isWorthAsking && !this.#hasAsked) await this.#ask(identifier, identity);
    const identifiers = this.#identifiers(identifier);
    if (identifiers.length === 0) {
      this.#log.info("Nothing is asked for: all that the archive names is here");
      return STATUS.success;
    }
    this.#sent?.tryAgain(identifiers.includes(identifier.dataSet));
    let final: RetrieveResponse;
    try {
      final = await this.#retrieve(identifiers, identifier, identity, scp);
      if (scp !== undefined && storage !== undefined && !this.#isRefused(final, scp)) {
        await this.#awaitInstances(scp, storage.linger);
      }
    } finally {
      this.#output.progress.stop();
    }
    // What the last of several says is of a part alone.
    const { failed, missing } = this.#balance;
    return this.#retry.count > 0 && failed + missing === 0 ? STATUS.success : final.status;
  }

  async #ask(identifier: Identifier, identity: UserIdentity | undefined): Promise<void> {
    const { askInventory } = await import("./archive_inventory.ts");
    const model = this.#modelFor(identifier);
    const { verify, resume } = this.#options;
    const isNeeded = verify || resume !== undefined;
    this.#inventory = await askInventory({
      identifier,
      model,
      association: requestOptionsOf(this.#options, identity),
      requesting: this.#requesting(),
      isThorough: true,
      onAssociated: (association) => requireConfirmation(association, identity),
      // Before a mere second try, it is not worth a try of its own.
      isThrown: (error) => isNeeded && !this.#retry.isUsedUp && reasonOfError(error) !== undefined,
    });
    this.#hasAsked = true;
    if (this.#inventory?.hasAllInstances) {
      this.#ledger.expected = this.#inventory.instances.keys();
    }
  }

  /** What to ask for: at first what the user wants, later what of it has not come. */
  #identifiers(identifier: Identifier): readonly DataSet[] {
    const failed = new Set(this.#books.failedUids);
    const isOpen = this.#isReceiver
      ? (uid: string): boolean => !this.#ledger.isHere(uid)
      // What goes to somebody else is known by its failures alone.
      : (uid: string): boolean => failed.size === 0 || failed.has(uid);
    const { instances } = this.#inventory ?? {};
    if (instances === undefined || [...instances.keys()].every(isOpen)) return [identifier.dataSet];
    const wants = this.#inventory &&
      retrieveWants(identifier, this.#inventory, (uid) => !isOpen(uid));
    return wants?.map((want) => want.identifier) ?? [identifier.dataSet];
  }

  #tellVerification(): boolean {
    const ledger = this.#ledger;
    const { promised = 0 } = this.#balance;
    return tellVerification({
      books: this.#inventory?.hasAllInstances ? ledger : undefined,
      ...(this.#isReceiver ? {} : { sent: promised }),
      log: this.#log,
      events: this.#output.events,
    });
  }

  async #startStorage(storage: StorageOptions): Promise<StorageScp> {
    const { tls } = this.#options;
    const warn = (sentence: string): void => this.#log.warn(sentence);
    const listen = storage.isTls ? await makeListenTls(this.#io, tls, warn) : this.#io.listen;
    const { StorageScp } = await import("./storage_scp.ts");
    return await StorageScp.start({
      ...storage,
      timeouts: this.#options.timeouts,
      ledger: this.#ledger,
      moves: this.#moves,
      ...(this.#options.resume !== undefined || this.#options.retry.retries > 0
        ? { isHere: (uid) => this.#received.has(uid) || this.#ledger.wasHere(uid) }
        : {}),
      log: this.#log,
      io: this.#io,
      events: this.#events,
      // Counting is for the status line only.
      listen: this.#output.progress.isShown ? this.#traffic.countListen(listen) : listen,
    });
  }

  /** Sends the C-MOVEs and takes their responses; the last, or the one that says the worst, is returned. */
  async #retrieve(
    identifiers: readonly DataSet[],
    identifier: Identifier,
    identity: UserIdentity | undefined,
    scp: StorageScp | undefined,
  ): Promise<RetrieveResponse> {
    const model = this.#modelFor(identifier);
    this.#log.verbose(`Information model: ${model}`);
    const sopClassUid = MOVE_SOP_CLASS[model];
    const requesting = this.#requesting();
    return await withAssociation(
      this.#requestOptions(sopClassUid, identity),
      requesting,
      async (association) => {
        requireConfirmation(association, identity);
        this.#hostname = hostnameOf(association.localAddress);
        if (scp !== undefined) scp.onActivity = () => association.restartResponseTimeout();
        try {
          let worst: RetrieveResponse | undefined;
          for (const each of identifiers) {
            const final = await this.#move(association, sopClassUid, each);
            worst = worst === undefined ? final : worse(worst, final);
            if (this.#interrupt.cancel.aborted) break;
          }
          return worst ?? noResponse();
        } finally {
          if (scp !== undefined) scp.onActivity = () => {};
        }
      },
    );
  }

  #modelFor({ level, hasPatientId }: Identifier): InformationModel {
    return this.#options.model ?? defaultModel(level, hasPatientId);
  }

  #requesting(): Requesting {
    return {
      interrupt: this.#interrupt,
      log: this.#log,
      io: this.#io,
      onConnected: () => {
        this.#isConnected = true;
      },
      observe: (event) => this.#events?.observe(event),
    };
  }

  #requestOptions(sopClassUid: string, userIdentity: UserIdentity | undefined): RequestOptions {
    return {
      ...requestOptionsOf(this.#options, userIdentity),
      presentationContexts: [
        { abstractSyntax: sopClassUid, transferSyntaxes: UNCOMPRESSED_TRANSFER_SYNTAXES },
      ],
      extendedNegotiations: retrieveNegotiation(sopClassUid, this.#options.extensions),
    };
  }

  async #move(
    association: Association,
    sopClassUid: string,
    identifier: DataSet,
  ): Promise<RetrieveResponse> {
    const messageId = association.nextMessageId();
    this.#moves.add(messageId);
    if (this.#movedAt !== undefined) this.#ledger.begin();
    this.#sent?.begin();
    this.#movedAt ??= this.#io.clock.now();
    this.#output.progress.start(() => this.#progress());
    logRetrieveRequest(this.#log, "C-MOVE", messageId, identifier);
    const responses = cMove(association, {
      sopClassUid,
      moveDestination: this.#options.moveDestination,
      identifier,
      messageId,
      signal: this.#interrupt.cancel,
    });
    const events = this.#options.output.json ? this.#output.events : undefined;
    let last: RetrieveResponse | undefined;
    for await (const response of responses) {
      logRetrieveResponse(this.#log, "C-MOVE", response);
      this.#books.promise(response.counters);
      this.#books.failed(response.failedSopInstanceUids);
      events?.emit(retrieveEventOf("C-MOVE", response, this.#elapsed));
      last = response;
    }
    if (last !== undefined && this.#books.balance.promised === undefined) {
      // A failure without counters promises nothing.
      if (statusCategory(last.status) === "failure") this.#books.promise({ completed: 0 });
    }
    return last ?? noResponse();
  }

  /** Whether the archive has refused as a whole: then nothing is to come. */
  #isRefused({ status, counters }: RetrieveResponse, scp: StorageScp): boolean {
    const isFailure = statusCategory(status) === "failure";
    const hasBegun = (counters.completed ?? 0) > 0 || this.#balance.received > 0 || scp.isReceiving;
    return isFailure && !hasBegun;
  }

  /** Goes on listening until what was promised has arrived. */
  async #awaitInstances(scp: StorageScp, idle: number): Promise<void> {
    const isComplete = (): boolean => {
      const { promised, missing } = this.#ledger.balance;
      return promised !== undefined && missing === 0 && !scp.isReceiving;
    };
    const { received } = this.#ledger.balance;
    let isAllHere = isComplete();
    if (!isAllHere) {
      this.#log.info(this.#waitingFor(idle));
      isAllHere = await this.#linger(scp, idle, isComplete);
    }
    // A peer that is about to release should not be aborted.
    await this.#linger(scp, RELEASE_GRACE, () => !scp.isAssociated);
    // An archive that answers before it sends counts what it has queued, not what it will send.
    const isAsynchronous = this.#ledger.balance.received > received;
    if (!isAllHere || !isAsynchronous) return;
    await this.#linger(scp, Math.min(idle, SETTLING_TIME), () => this.#isStopped);
    await this.#linger(scp, RELEASE_GRACE, () => !scp.isAssociated);
  }

  get #isStopped(): boolean {
    return this.#interrupt.cancel.aborted || this.#interrupt.abort.aborted;
  }

  async #linger(scp: StorageScp, idle: number, isDone: () => boolean): Promise<boolean> {
    // After a first Ctrl-C it takes a second one to give up what the archive says it has sent.
    const { cancel, abort } = this.#interrupt;
    const signal = cancel.aborted ? abort : cancel;
    const linger = new Linger({ clock: this.#io.clock, idle, isDone, signal });
    scp.onActivity = () => linger.activity();
    const isAllDone = await linger.finished;
    scp.onActivity = () => {};
    return isAllDone;
  }

  #waitingFor(idle: number): string {
    const { missing } = this.#ledger.balance;
    const what = missing > 0
      ? `${missing} more ${missing === 1 ? "instance" : "instances"}`
      : "instances";
    return `Waiting for ${what}, until nothing has arrived for ${idle / 1000} s`;
  }

  #progress(): ProgressState {
    const { received, promised = 0, failed } = this.#balance;
    return {
      done: this.#isReceiver ? received : promised,
      total: this.#books.expectedCount,
      failed,
      bytes: this.#traffic.received,
    };
  }

  get #isReceiver(): boolean {
    return this.#options.storage !== undefined;
  }

  get #books(): RetrieveLedger | SentLedger {
    return this.#sent ?? this.#ledger;
  }

  get #balance(): Balance {
    return this.#books.balance;
  }

  /** Since the C-MOVE was sent, in milliseconds. */
  get #elapsed(): number {
    return this.#movedAt === undefined ? 0 : this.#io.clock.now() - this.#movedAt;
  }

  /** Writes the last line of the log. */
  #summarize(): Balance {
    const balance = this.#balance;
    const destination = this.#options.moveDestination;
    const elapsed = this.#elapsed;
    const before = this.#ledger.earlier.size;
    const isReceiver = this.#isReceiver;
    this.#log.info(summarize({ balance, isReceiver, destination, elapsed, before }));
    return balance;
  }

  #emitSummary(exitCode: ExitCode): void {
    const { received, promised, failed, missing, bytes } = this.#balance;
    const missingUids = this.#isReceiver ? this.#ledger.missingUids : [];
    this.#output.events.emit({
      event: "summary",
      received: this.#isReceiver ? received : null,
      sent: null,
      promised: promised ?? null,
      failed,
      missing,
      failedSopInstanceUids: this.#books.failedUids,
      // An archive that was not asked counts what it sends, and names none of it.
      missingSopInstanceUids: missingUids.length < missing ? null : missingUids,
      bytes,
      elapsedMs: wholeMilliseconds(this.#elapsed),
      exitCode,
    });
  }

  #explain(status: number, scp: StorageScp | undefined): void {
    const { moveDestination, storage } = this.#options;
    const { expectedUids } = this.#ledger;
    const sentences = explainMove({
      status,
      balance: this.#balance,
      strays: this.#ledger.strays,
      expected: expectedUids.size,
      destination: {
        aeTitle: moveDestination,
        hostname: isWildcard(storage?.hostname) ? this.#hostname : storage?.hostname,
        port: scp?.port ?? 0,
      },
      reception: scp?.reception,
    });
    for (const { level, sentence } of sentences) this.#log[level](sentence);
  }
}

/** Of two outcomes, the one that is farther from success. */
function worse(a: RetrieveResponse, b: RetrieveResponse): RetrieveResponse {
  return severityOf(b.status) > severityOf(a.status) ? b : a;
}

function noResponse(): never {
  throw new ConnectionError("The association ended without a response");
}

/** The host of `host:port`. */
function hostnameOf(address: string): string {
  return address.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

function isWildcard(hostname: string | undefined): boolean {
  return hostname === undefined || hostname === "0.0.0.0" || hostname === "::";
}

/**
 * How long nothing may arrive from an archive that sends after its final response, once what it
 * promised is here: it may open its next association only now. In milliseconds.
 */
const SETTLING_TIME = 2000;

/** How long a peer may take to release its association when all has arrived, in milliseconds. */
const RELEASE_GRACE = 1000;
