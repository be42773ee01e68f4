/**
 * The sub-operations of a C-MOVE, which go by associations with its destination (PS3.4 section C.4.2).
 *
 * @module
 */

import { NegotiationError } from "../errors.ts";
import type { MoveRequestMessage } from "../dimse/message.ts";
import type { Address, StoredInstance } from "../handler/handler.ts";
import type { Association } from "../net/association.ts";
import { associate } from "../net/requestor.ts";
import { connectBy } from "./outgoing.ts";
import type { StorageAssociationNetwork } from "./storage_association.ts";
import { type PlannedAssociation, planStorage } from "./storage_plan.ts";
import { PieceBuffer } from "./stream_source.ts";
import {
  performSubOperation,
  type SubOperationReports,
  type SubOperationSender,
} from "./sub_operation_sender.ts";
import type { SubOperationResult } from "./sub_operations.ts";

/** An association that the peer ends is requested anew, but not for ever. */
const RECONNECTIONS = 1;

/** How the sub-operations of a C-MOVE are performed. */
export interface MoveSenderOptions extends SubOperationReports {
  /** Where the destination listens. */
  readonly address: Address;
  /** How to get there. */
  readonly network: StorageAssociationNetwork;
  /** Who calls. */
  readonly callingAeTitle: string;
  /** Aborted by C-CANCEL, and when the association of the C-MOVE is lost. */
  readonly signal: AbortSignal;
}

/** Performs the sub-operations of one C-MOVE. */
export class MoveSender implements SubOperationSender {
  readonly #origin: Association;
  readonly #message: MoveRequestMessage;
  readonly #options: MoveSenderOptions;
  readonly #buffer = new PieceBuffer();
  readonly #giveUp = new AbortController();
  #planned: readonly PlannedAssociation[] = [];
  /** Which of the planned associations an instance goes by, by its class and transfer syntax. */
  readonly #indices = new Map<string, number>();
  #current: { readonly index: number; readonly association: Association } | undefined;
  /** Why instances of a planned association cannot be sent. */
  readonly #unusable = new Map<number, unknown>();
  #reconnections = RECONNECTIONS;
  #isConnecting = false;
  /** Whether the current association was lost by a data set that failed: no fault of the peer. */
  #isOurFault = false;
  readonly #onCancel = (): void => {
    // The instance under way is sent to its end.
    if (this.#isConnecting) this.#giveUp.abort(this.#options.signal.reason);
  };
  readonly #onLoss = (): void => this.#giveUp.abort(this.#origin.signal.reason);

  /**
   * Begins with no association.
   *
   * @param origin The association of the C-MOVE.
   * @param message The C-MOVE.
   * @param options How to perform the sub-operations.
   */
  constructor(origin: Association, message: MoveRequestMessage, options: MoveSenderOptions) {
    this.#origin = origin;
    this.#message = message;
    this.#options = options;
    options.signal.addEventListener("abort", this.#onCancel, { once: true });
    origin.signal.addEventListener("abort", this.#onLoss, { once: true });
  }

  /** By the associations that they need: all of one before those of the next. */
  inOrder(instances: readonly StoredInstance[]): readonly StoredInstance[] {
    this.#planned = planStorage(needsOf(instances));
    for (const [index, { needs }] of this.#planned.entries()) {
      for (const need of needs) this.#indices.set(keyOf(need), index);
    }
    if (this.#planned.length < 2) return instances;
    return instances.toSorted((a, b) => this.#indexOf(a) - this.#indexOf(b));
  }

  async send(instance: StoredInstance): Promise<SubOperationResult | undefined> {
    const { signal, onSubOperationFailed } = this.#options;
    const index = this.#indexOf(instance);
    const association = await this.#associationOf(index);
    if (signal.aborted) return undefined;
    if (association === undefined) {
      onSubOperationFailed(instance.sopInstanceUid, this.#unusable.get(index));
      return "failed";
    }
    const result = await performSubOperation(association, instance, {
      ...this.#options,
      contexts: association.acceptedContexts.filter(({ requestorIsScu }) => requestorIsScu),
      buffer: this.#buffer,
      priority: this.#message.priority,
      moveOriginator: {
        aeTitle: this.#origin.info.callingAeTitle,
        messageId: this.#message.messageId,
      },
      onDataSetFailure: () => this.#isOurFault = true,
    });
    return this.#origin.signal.aborted ? undefined : result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#onCancel);
    await this.#current?.association[Symbol.asyncDispose]();
    this.#origin.signal.removeEventListener("abort", this.#onLoss);
  }

  #indexOf(instance: StoredInstance): number {
    return this.#indices.get(keyOf(instance)) ?? 0;
  }

  /** The association that a plan is carried out by: the current one, where that is it. */
  async #associationOf(index: number): Promise<Association | undefined> {
    if (this.#unusable.has(index) || this.#options.signal.aborted) return undefined;
    const current = this.#current;
    if (current?.index === index && !current.association.signal.aborted) {
      return current.association;
    }
    if (current?.association.signal.aborted && !this.#isOurFault && this.#reconnections-- === 0) {
      return this.#giveUpFor(current.association.signal.reason);
    }
    this.#current = undefined;
    await current?.association[Symbol.asyncDispose]();
    this.#isOurFault = false;
    return await this.#connect(index);
  }

  async #connect(index: number): Promise<Association | undefined> {
    const { address, network, callingAeTitle, signal } = this.#options;
    const { moveDestination } = this.#message;
    this.#isConnecting = true;
    try {
      const association = await associate({
        ...network,
        ...connectBy(network, address.tls),
        hostname: address.hostname,
        port: address.port,
        callingAeTitle,
        calledAeTitle: address.aeTitle ?? moveDestination,
        presentationContexts: this.#planned[index]?.presentationContexts ?? [],
        signal: this.#giveUp.signal,
      });
      this.#current = { index, association };
      return association;
    } catch (error) {
      // The destination stands, but takes none of these.
      if (error instanceof NegotiationError) this.#unusable.set(index, error);
      else if (!signal.aborted) this.#giveUpFor(error);
    } finally {
      this.#isConnecting = false;
    }
  }

  /** Nothing is sent any more: a destination that is not there keeps nobody waiting twice. */
  #giveUpFor(error: unknown): undefined {
    for (const index of this.#planned.keys()) this.#unusable.set(index, error);
  }
}

function keyOf(
  { sopClassUid, transferSyntaxUid }: Pick<StoredInstance, "sopClassUid" | "transferSyntaxUid">,
): string {
  return `${sopClassUid} ${transferSyntaxUid}`;
}

function* needsOf(
  instances: readonly StoredInstance[],
): Generator<{ sopClassUid: string; transferSyntaxUid: string; count: number }> {
  for (const { sopClassUid, transferSyntaxUid } of instances) {
    yield { sopClassUid, transferSyntaxUid, count: 1 };
  }
}
