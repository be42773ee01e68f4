/**
 * Sending by C-STORE, from the paths of files to the reckoning.
 *
 * @module
 */

import type { StoreResponseMessage } from "../lib/dimse/message.ts";
import { statusCategory } from "../lib/dimse/status.ts";
import { DataSetError, NegotiationError, TimeoutError } from "../lib/errors.ts";
import type { Association } from "../lib/net/association.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import type { UserIdentity } from "../lib/pdu/pdu.ts";
import { sopClassName } from "../lib/sop_class.ts";
import { AssociationEvents } from "./association_events.ts";
import { wholeMilliseconds } from "./event_output.ts";
import { EXIT_CODE, type ExitCode } from "./exit_code.ts";
import { exitCodeOf, reportEnd, reportFailure } from "./failure.ts";
import { FileAhead } from "./file_ahead.ts";
import type { InstanceHead } from "./file_head.ts";
import { readIdentity, requireConfirmation } from "./identity_options.ts";
import type { Interrupt } from "./interrupt.ts";
import { type Io, reasonOf } from "./io.ts";
import type { Journal } from "./journal.ts";
import type { ToolLog } from "./log.ts";
import { OpenedFile } from "./opened_file.ts";
import type { ToolOutput } from "./output.ts";
import { type RequestOptions, requestOptionsOf, withAssociation } from "./requested_association.ts";
import type { RequestorOptions } from "./requestor.ts";
import { Retry } from "./retry.ts";
import { reasonOfError, reasonOfStatus, type RetryReason } from "./retry_reason.ts";
import { planQueues, type ProposalOptions, type SendQueue } from "./send_queue.ts";
import { readInstances } from "./store_input.ts";
import { describePlan, logStoreRequest, logStoreResponse, syntaxName } from "./store_log.ts";
import { type FailureCause, StoreTally } from "./store_tally.ts";
import { StoreWindow } from "./store_window.ts";

/** What storescu is to do: the command line, resolved. */
export interface StoreOptions extends RequestorOptions {
  /** Files, directories, DICOMDIRs, and `-` for a list of such on the standard input. */
  readonly paths: readonly string[];
  /** Whether to look into directories inside directories. */
  readonly recursive: boolean;
  /** What to propose. */
  readonly proposal: ProposalOptions;
  /** How many associations to have at once. */
  readonly jobs: number;
  /** How many instances to have under way at once on each, where the peer takes more than one. */
  readonly window: number;
  /** How many times to send each instance. */
  readonly repeat: number;
  /** Whether to stop at the first file that fails. */
  readonly failFirst: boolean;
  /** Whether to look over data sets, and to keep back those that are broken. */
  readonly checks: boolean;
  /** Whether only to tell what would be done. */
  readonly dryRun: boolean;
  /** The journal to go on by, and to go on with. */
  readonly resume: string | undefined;
}

/** What instances are sent by. */
interface Way {
  readonly association: Association;
  readonly queue: SendQueue;
  readonly files: FileAhead<OpenedFile>;
  readonly window: StoreWindow;
  /** How many the peer has answered. */
  answered: number;
  /** Whether we ended the association in the middle of an instance that turned out to be broken. */
  isBroken: boolean;
}

/** What became of one association. */
interface Ending {
  /**
   * `done`: there was nothing more to send. `refused`: the peer accepted none of what was proposed.
   * `unavailable`: it did not come about. `broken`: we ended it in the middle of a data set that turned
   * out to be broken. `lost`: it ended before its time.
   */
  readonly type: "done" | "refused" | "unavailable" | "broken" | "lost";
  /** Why; of no interest when it is `done`. */
  readonly error?: unknown;
  /** How many instances the peer answered. */
  readonly answered: number;
  /** How many were under way when it was lost. */
  readonly unanswered: number;
}

/**
 * One sending: what storescu does when its command line is read.
 *
 * It reads the heads of the files, plans associations for what is in them, and sends the files over
 * these. When an association is lost, another is requested for the rest, where the file under way is
 * tried once more; after three in a row that brought no response the rest is given up. When several
 * were under way, each of them is sent again alone, and it is found out which one the peer cannot take.
 */
export class StoreOperation {
  readonly #options: StoreOptions;
  readonly #interrupt: Interrupt;
  readonly #output: ToolOutput;
  readonly #log: ToolLog;
  readonly #io: Io;
  readonly #standardInput: () => ReadableStream<Uint8Array>;
  /** Only with `--json`: to keep track of each instance is much for a program that nobody listens to. */
  readonly #events: AssociationEvents | undefined;
  readonly #tally = new StoreTally();
  readonly #retry: Retry;
  #journal: Journal | undefined;
  /** What makes another round worth while. */
  #trouble: RetryReason | undefined;
  #startedAt: number | undefined;
  #bytesRead = 0;
  #isConnected = false;
  #isGivenUp = false;
  /** How often an association was lost with several instances under way. */
  #crowdedLosses = 0;

  /**
   * Makes an operation; nothing is done until it is run.
   *
   * @param options What to do.
   * @param interrupt The user's wish to stop.
   * @param output Where to tell what happens.
   * @param io The surroundings.
   * @param standardInput The list that `-` stands for.
   */
  constructor(
    options: StoreOptions,
    interrupt: Interrupt,
    output: ToolOutput,
    io: Io,
    standardInput: () => ReadableStream<Uint8Array>,
  ) {
    this.#options = options;
    this.#interrupt = interrupt;
    this.#output = output;
    this.#log = output.log;
    this.#io = io;
    this.#standardInput = standardInput;
    if (options.output.json) this.#events = new AssociationEvents(output.events, io.clock);
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
        isCancelled: this.#isCancelled,
        isConnected: this.#isConnected,
      });
    }
    this.#emitSummary(code);
    return code;
  }

  async #run(): Promise<ExitCode> {
    const { proposal, repeat, dryRun, failFirst, warnings } = this.#options;
    for (const warning of warnings) this.#log.warn(warning);
    const identity = await readIdentity(this.#options.identity, this.#io, this.#log);
    using journal = await this.#openJournal();
    this.#journal = journal;
    const found = await this.#readInstances();
    if (found.length === 0) {
      this.#log.warn("No suitable DICOM files found");
      this.#log.info(this.#tally.summary(0));
      return this.#tally.exitCode(this.#isCancelled);
    }
    const queues = planQueues(this.#withoutSent(found), proposal, repeat);
    if (dryRun) return this.#tellPlan(queues);
    if (failFirst && this.#tally.failedCount > 0) this.#isGivenUp = true;
    await this.#sendAll(queues, identity);
    this.#output.progress.stop();
    this.#log.info(this.#tally.summary(this.#elapsed));
    return this.#tally.exitCode(this.#isCancelled);
  }

  async #openJournal(): Promise<Journal | undefined> {
    const { resume, peer, calledAeTitle, dryRun } = this.#options;
    if (resume === undefined) return undefined;
    const { Journal, sendingRun } = await import("./journal.ts");
    if (dryRun && !await Journal.exists(resume)) return undefined;
    return await Journal.open(resume, sendingRun({ ...peer, aeTitle: calledAeTitle }), this.#log);
  }

  /** Leaves out what an earlier run has sent. */
  #withoutSent(instances: InstanceHead[]): InstanceHead[] {
    const known = this.#journal?.known;
    if (known === undefined || known.size === 0) return instances;
    const open = instances.filter(({ sopInstanceUid }) => !known.has(sopInstanceUid));
    this.#tally.sentBefore(instances.length - open.length);
    return open;
  }

  async #readInstances(): Promise<InstanceHead[]> {
    const progress = { done: 0, total: 0 };
    this.#output.progress.start(() => ({ unit: "files looked at", ...progress }));
    try {
      return await readInstances(this.#options.paths, {
        recursive: this.#options.recursive,
        failFirst: this.#options.failFirst,
        standardInput: this.#standardInput,
        signal: this.#interrupt.cancel,
        log: this.#log,
        tally: this.#tally,
        progress,
      });
    } finally {
      this.#output.progress.stop();
    }
  }

  #tellPlan(queues: readonly SendQueue[]): ExitCode {
    for (const line of describePlan(queues)) {
      if (this.#options.output.json) this.#log.info(line);
      else this.#io.stdout(`${line}\n`);
    }
    return this.#tally.failedCount > 0 ? EXIT_CODE.partial : EXIT_CODE.success;
  }

  async #sendAll(queues: readonly SendQueue[], identity: UserIdentity | undefined): Promise<void> {
    this.#startProgress(queues);
    this.#startedAt = this.#io.clock.now();
    await this.#sendRound(queues, identity);
    while (this.#trouble !== undefined && !this.#isStopped) {
      try {
        await this.#retry.pause(this.#trouble);
      } catch (error) {
        if (!this.#isCancelled) throw error;
        break;
      }
      this.#trouble = undefined;
      this.#isConnected = false;
      this.#tally.tryAgain();
      for (const queue of queues) queue.nextRound();
      await this.#sendRound(queues, identity);
    }
    const unsent = queues.reduce((sum, { length, putOffCount }) => sum + length + putOffCount, 0);
    this.#tally.unsent(unsent);
    if (unsent > 0 && this.#isCancelled) this.#log.error("Cancelled");
  }

  async #sendRound(
    queues: readonly SendQueue[],
    identity: UserIdentity | undefined,
  ): Promise<void> {
    for (const queue of queues) {
      const jobs = Math.min(this.#options.jobs, queue.length);
      const sending = Array.from({ length: jobs }, () => this.#serve(queue, identity));
      const endings = (await Promise.all(sending)).filter((ending) => ending !== undefined);
      if (!this.#settle(queue, endings)) return;
    }
  }

  /** Whether another round is to come for what failed so; then nothing is given up yet. */
  #isForNextRound(reason: RetryReason | undefined): boolean {
    if (reason === undefined || this.#retry.isUsedUp) return false;
    this.#trouble ??= reason;
    return true;
  }

  #startProgress(queues: readonly SendQueue[]): void {
    const { repeat } = this.#options;
    const total = queues.reduce((sum, queue) => sum + queue.length, 0);
    const size = queues.flatMap(({ instances }) => instances)
      .reduce((sum, head) => sum + head.size - head.dataSetOffset, 0);
    const before = this.#tally.failedCount;
    this.#output.progress.start(() => {
      const failed = this.#tally.failedCount - before;
      return {
        done: this.#tally.sentCount + failed,
        total,
        failed,
        bytes: this.#bytesRead,
        totalBytes: size * repeat,
      };
    });
  }

  /** Tells what kept the associations for a queue from emptying it; gives whether to go on. */
  #settle(queue: SendQueue, endings: readonly Ending[]): boolean {
    const [first] = endings;
    if (queue.length === 0) {
      // Fewer associations did it all, as with a peer that takes only so many.
      for (const { error } of endings) this.#log.warn(messageOf(error));
    } else if (first === undefined || this.#isStopped) {
      return true;
    } else if (first.type === "refused") {
      const reason = "the peer accepted no presentation context for it";
      for (let head = queue.take(); head !== undefined; head = queue.take()) {
        this.#fail("context", head, `Cannot send ${describeInstance(head)}: ${reason}`);
      }
    } else if (this.#isForNextRound(reasonOfError(first.error))) {
      return false;
    } else {
      this.#tally.associationFailed(reportFailure(this.#log, first.error, this.#isConnected));
      this.#isGivenUp = true;
    }
    return true;
  }

  /** Sends what is in a queue over one association after the other; gives what ended that early. */
  async #serve(
    queue: SendQueue,
    identity: UserIdentity | undefined,
  ): Promise<Ending | undefined> {
    let fruitless = 0;
    while (queue.length > 0 && !this.#isStopped) {
      const ending = await this.#sendSome(queue, identity);
      const { type, error, answered, unanswered } = ending;
      if (type === "refused" || type === "unavailable") return ending;
      if (type !== "lost" || this.#isStopped) continue;
      this.#tally.associationFailed(exitCodeOf(error, true));
      const isCrowded = unanswered > 1;
      if (isCrowded) this.#crowdedLosses += 1;
      // With several under way none was tried alone yet: that begins now.
      fruitless = answered > 0 || isCrowded ? 0 : fruitless + 1;
      if (fruitless === FRUITLESS_LIMIT) return ending;
      if (queue.length === 0) continue;
      this.#log.warn(
        isCrowded
          ? `The association was lost with ${unanswered} instances unanswered: requesting another, ` +
            "where they are sent one at a time"
          : "The association was lost: requesting another",
      );
    }
    return undefined;
  }

  /** Sends what is in a queue over one association, until either comes to its end. */
  async #sendSome(queue: SendQueue, identity: UserIdentity | undefined): Promise<Ending> {
    const { presentationContexts } = queue.plan;
    const request = {
      ...requestOptionsOf(this.#options, identity),
      presentationContexts,
      ...this.#windowProposal,
    };
    const requesting = {
      interrupt: this.#interrupt,
      log: this.#log,
      io: this.#io,
      onConnected: () => void (this.#isConnected = true),
      observe: (event: AssociationEvent) => {
        logStoreRequest(this.#log, event);
        this.#events?.observe(event);
      },
    };
    let wasEstablished = false;
    let ending: Ending = { type: "done", answered: 0, unanswered: 0 };
    try {
      await withAssociation(request, requesting, async (association) => {
        wasEstablished = true;
        requireConfirmation(association, identity);
        ending = await this.#sendOver(association, queue);
        if (ending.type !== "done") throw ending.error;
      });
      return ending;
    } catch (error) {
      if (ending.type !== "done") return ending;
      const type = error instanceof NegotiationError && !wasEstablished ? "refused" : "unavailable";
      return { type, error, answered: 0, unanswered: 0 };
    }
  }

  /** What is said of it when the association is requested (PS3.7 section D.3.3.3). */
  get #windowProposal(): Pick<RequestOptions, "asynchronousOperationsWindow"> {
    const { window } = this.#options;
    if (window === 1 || this.#crowdedLosses >= CROWDED_LIMIT) return {};
    return { asynchronousOperationsWindow: { invoked: window, performed: 1 } };
  }

  async #sendOver(association: Association, queue: SendQueue): Promise<Ending> {
    const { operationLimit } = association;
    if (operationLimit === 1 && this.#windowProposal.asynchronousOperationsWindow) {
      this.#log.info("The peer takes one instance at a time: --window has no effect");
    }
    const { checks } = this.#options;
    const onRead = (count: number): void => void (this.#bytesRead += count);
    using files = new FileAhead(
      queue,
      (head) => new OpenedFile(association, head, { checks, onRead }),
    );
    const window = new StoreWindow();
    const way: Way = { association, queue, files, window, answered: 0, isBroken: false };
    while (!this.#isStopped && association.isEstablished) {
      const head = files.peek();
      if (head === undefined) break;
      const isAlone = queue.isSuspect(head);
      if (isAlone) await window.empty();
      if (!association.isEstablished) break;
      await window.begin(
        isAlone ? 1 : operationLimit,
        (onSent) => this.#sendOne(head, way, onSent),
      );
    }
    await window.empty();
    const { answered, isBroken } = way;
    if (association.isEstablished) return { type: "done", answered, unanswered: 0 };
    const type = isBroken ? "broken" : "lost";
    return { type, error: association.signal.reason, answered, unanswered: window.lost };
  }

  /** Sends one instance, and enters what becomes of it. */
  async #sendOne(head: InstanceHead, way: Way, onSent: () => void): Promise<void> {
    const { association, queue, files, window } = way;
    let isSent = false;
    this.#log.info(`Sending file: ${head.path}`);
    try {
      const response = await this.#store(head, files, () => {
        isSent = true;
        onSent();
      });
      logStoreResponse(this.#log, head.path, response, window.hadSeveral);
      this.#count(head, response.status, queue);
      way.answered += 1;
    } catch (error) {
      // What was sent as a whole does not fail by its file, though the association may by the next one's.
      const cause = isSent ? "lost" : causeOf(error, association);
      this.#log.stack(error);
      if (cause === "read" && !association.isEstablished) way.isBroken = true;
      if (cause === "lost" && this.#keep(head, way, error)) return;
      const reason = cause === "read"
        ? `Cannot send ${head.path}: ${reasonOf(error).replace(/^Cannot/, "cannot")}`
        : messageOf(error);
      this.#fail(cause, head, reason);
    }
  }

  /** Keeps an instance that was lost with its association to be tried again, if it may be. */
  #keep(head: InstanceHead, { association, queue, window }: Way, error: unknown): boolean {
    if (window.lose() > 1) {
      const isOurDoing = this.#isCancelled || isOfFile(association.signal.reason);
      if (isOurDoing) queue.putBack(head);
      else queue.suspect(head);
      this.#log.info(`${head.path} was not answered: ${messageOf(error)}`);
      return true;
    }
    const mayBeAtOnce = this.#isCancelled || !(error instanceof TimeoutError);
    if (!mayBeAtOnce || !queue.giveBack(head)) {
      if (!this.#isForNextRound(reasonOfError(error))) return false;
      queue.putOff(head);
    }
    this.#log.warn(`${head.path} was not sent: ${messageOf(error)}`);
    return true;
  }

  async #store(
    head: InstanceHead,
    files: FileAhead<OpenedFile>,
    onSent: () => void,
  ): Promise<StoreResponseMessage> {
    const { sopInstanceUid, transferSyntaxUid } = head;
    using file = files.take();
    const { context, converts } = file.route;
    const { transferSyntax } = context;
    if (converts) {
      this.#log.verbose(
        `Converting from ${syntaxName(transferSyntaxUid)} to ${syntaxName(transferSyntax)}`,
      );
    }
    this.#events?.sends(sopInstanceUid, { path: head.path, bytes: head.size });
    return await file.send(() => {
      files.prepare();
      onSent();
    });
  }

  #count(head: InstanceHead, status: number, queue: SendQueue): void {
    const category = statusCategory(status);
    if (category === "success" || category === "warning") {
      this.#journal?.add(head.sopInstanceUid);
      this.#tally.sent(head.size, category === "warning");
      return;
    }
    if (this.#isForNextRound(reasonOfStatus(status, "C-STORE"))) return queue.putOff(head);
    this.#tally.failed("refused", head.sopInstanceUid);
    if (this.#options.failFirst) this.#isGivenUp = true;
  }

  #fail(cause: FailureCause, head: InstanceHead, reason: string): void {
    this.#log.error(`Store failed: ${head.path}`);
    this.#log.error(reason);
    this.#tally.failed(cause, head.sopInstanceUid);
    if (this.#options.failFirst) this.#isGivenUp = true;
  }

  get #isCancelled(): boolean {
    return this.#interrupt.cancel.aborted;
  }

  get #isStopped(): boolean {
    return this.#isCancelled || this.#isGivenUp;
  }

  /** Since the first association was requested, in milliseconds. */
  get #elapsed(): number {
    return this.#startedAt === undefined ? 0 : this.#io.clock.now() - this.#startedAt;
  }

  #emitSummary(exitCode: ExitCode): void {
    const { sentCount, failedCount, unsentCount, failedSopInstanceUids, bytes } = this.#tally;
    this.#output.events.emit({
      event: "summary",
      received: null,
      sent: sentCount,
      promised: null,
      failed: failedCount,
      missing: unsentCount,
      failedSopInstanceUids,
      missingSopInstanceUids: unsentCount > 0 ? null : [],
      bytes,
      elapsedMs: wholeMilliseconds(this.#elapsed),
      exitCode,
    });
  }
}

/** What leaves the association as it was, or made us end it, is a matter of the file. */
function causeOf(error: unknown, association: Association): FailureCause {
  if (error instanceof NegotiationError) return "context";
  return association.isEstablished || isOfFile(error) ? "read" : "lost";
}

/** Whether a file could not be read, or is no sound instance. */
function isOfFile(error: unknown): boolean {
  return error instanceof DataSetError ||
    Object.values(Deno.errors).some((each) => error instanceof each);
}

function describeInstance({ sopClassUid, transferSyntaxUid }: InstanceHead): string {
  return `${sopClassName(sopClassUid)} in ${syntaxName(transferSyntaxUid)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** So many associations in a row may be lost without a response. */
const FRUITLESS_LIMIT = 3;

/** So many may be lost with several instances under way: then it is these that the peer cannot cope with. */
const CROWDED_LIMIT = 2;
