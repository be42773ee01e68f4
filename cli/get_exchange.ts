/**
 * C-GETs on associations of their own: what goes between getscu and the archive.
 *
 * @module
 */

import type { ContextProposal } from "../lib/association/presentation_context.ts";
import type { DataSet } from "../lib/data_set/data_set.ts";
import { STATUS, statusCategory } from "../lib/dimse/status.ts";
import { ConnectionError } from "../lib/errors.ts";
import type { Handlers } from "../lib/handler/handler.ts";
import type { Association } from "../lib/net/association.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import { type DataSetLimits, dispatcher } from "../lib/service/dispatcher.ts";
import { type GetUse, storageRoles } from "../lib/service/get_plan.ts";
import { cGet, type RetrieveResponse } from "../lib/service/retrieve_scu.ts";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../lib/transfer_syntax.ts";
import { logError } from "./association_log.ts";
import type { EventOutput } from "./event_output.ts";
import { withoutRepetition } from "./repetition.ts";
import type { RetrieveLedger } from "./retrieve_ledger.ts";
import { requireConfirmation } from "./identity_options.ts";
import type { Progress } from "./progress.ts";
import { type Requesting, type RequestOptions, withAssociation } from "./requested_association.ts";
import { retrieveEventOf } from "./retrieve_event.ts";
import { logRetrieveRequest, logRetrieveResponse } from "./retrieve_log.ts";

/** What is the same for all of them. */
export interface GetExchangeOptions {
  /** The information model. */
  readonly sopClassUid: string;
  /** The association to request, but for what is proposed. */
  readonly association: Omit<RequestOptions, "presentationContexts" | "roleSelections">;
  /** What to request with. */
  readonly requesting: Requesting;
  /** Take the instances. */
  readonly handlers: Handlers;
  /** What an instance may take. */
  readonly dataSetLimits: DataSetLimits;
  /** The books. */
  readonly ledger: RetrieveLedger;
  /** Where to show how far it has come. */
  readonly progress: Progress;
  /** Where the responses go as events; `undefined` when nobody wants them. */
  readonly events: EventOutput | undefined;
  /** How many bytes have come, for the status line. */
  bytes(): number;
}

/** How an association is used, while it stands. */
interface Use extends GetUse {
  readonly used: Set<number>;
  hasStopped: boolean;
  hasProgress: boolean;
}

/** The associations of one retrieve. */
export class GetExchange {
  readonly #options: GetExchangeOptions;
  readonly #uses: Use[] = [];
  #startedAt: number | undefined;

  /**
   * Makes an exchange; nobody is called yet.
   *
   * @param options What is the same for all associations.
   */
  constructor(options: GetExchangeOptions) {
    this.#options = options;
  }

  /** How the associations so far were used. */
  get uses(): readonly GetUse[] {
    return this.#uses;
  }

  /** When the first C-GET was sent; `undefined` before. */
  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  /**
   * Something happened on an association.
   *
   * @param event The event.
   */
  observe(event: AssociationEvent): void {
    if (event.type !== "message-sent" || event.message.type !== "C-STORE-RSP") return;
    this.#uses.at(-1)?.used.add(event.contextId);
    const { affectedSopInstanceUid = "", status } = event.message;
    this.#options.ledger.answered(affectedSopInstanceUid, status);
  }

  /**
   * Gets by an association of its own.
   *
   * @param contexts The contexts of the instances.
   * @param identifiers What to get, by one C-GET for each.
   * @returns The final response of the last C-GET.
   */
  get(
    contexts: readonly ContextProposal[],
    identifiers: readonly DataSet[],
  ): Promise<RetrieveResponse> {
    const { sopClassUid, association: options, requesting, ledger, dataSetLimits } = this.#options;
    return withAssociation(
      {
        ...options,
        presentationContexts: [
          { abstractSyntax: sopClassUid, transferSyntaxes: UNCOMPRESSED_TRANSFER_SYNTAXES },
          ...contexts,
        ],
        roleSelections: storageRoles(contexts),
        onRequest: (association) =>
          dispatcher(association, {
            handlers: this.#withoutRepetition(),
            keepBrokenDataSets: false,
            dataSetLimits,
            onHandlerError: (error) => logError(requesting.log, "Cannot store an instance", error),
          }),
      },
      requesting,
      async (association) => {
        requireConfirmation(association, options.userIdentity);
        const accepted = association.acceptedContexts.filter(({ abstractSyntax }) =>
          abstractSyntax !== sopClassUid
        );
        const use: Use = { accepted, used: new Set(), hasStopped: false, hasProgress: false };
        const before = ledger.received.size;
        this.#uses.push(use);
        let final: RetrieveResponse | undefined;
        for (const identifier of identifiers) {
          final = await this.#invoke(association, identifier);
          use.hasStopped ||= hasStopped(final);
          use.hasProgress = ledger.received.size > before;
          if (requesting.interrupt.cancel.aborted) break;
        }
        return final ?? noResponse();
      },
    );
  }

  async #invoke(association: Association, identifier: DataSet): Promise<RetrieveResponse> {
    const { sopClassUid, requesting: { log, io, interrupt }, ledger, events } = this.#options;
    association.contextFor(sopClassUid);
    const messageId = association.nextMessageId();
    const since = io.clock.now();
    this.#start(since);
    ledger.begin();
    // What a further association fails in may have come before: the summary tells what has not.
    const isTold = this.#uses.length === 1 || log.writes("verbose");
    if (isTold) logRetrieveRequest(log, "C-GET", messageId, identifier);
    const signal = interrupt.cancel;
    let last: RetrieveResponse | undefined;
    for await (
      const response of cGet(association, { sopClassUid, identifier, messageId, signal })
    ) {
      if (isTold) logRetrieveResponse(log, "C-GET", response);
      ledger.promise(response.counters);
      ledger.failed(response.failedSopInstanceUids);
      events?.emit(retrieveEventOf("C-GET", response, io.clock.now() - since));
      last = response;
    }
    return last ?? noResponse();
  }

  #start(now: number): void {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = now;
    const { progress, ledger, bytes } = this.#options;
    progress.start(() => {
      const { received, failed } = ledger.balance;
      return { done: received, total: ledger.expectedCount, failed, bytes: bytes() };
    });
  }

  /** What an earlier association has brought is not stored again: the archive may have converted it. */
  #withoutRepetition(): Handlers {
    const { handlers, ledger, requesting: { log } } = this.#options;
    const received = new Set(ledger.received);
    const isHere = (uid: string): boolean => received.has(uid) || ledger.wasHere(uid);
    return withoutRepetition(handlers, isHere, log);
  }
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

function noResponse(): never {
  throw new ConnectionError("The association ended without a response");
}
