/**
 * The handlers of a sandbox, as the host has them: the same as others, but each call goes to a worker.
 *
 * @module
 */

import { HandlerError } from "../errors.ts";
import type { Clock } from "../net/clock.ts";
import type { Timeouts } from "../net/timeouts.ts";
import type {
  Acceptance,
  Address,
  AssociationRequest,
  HandlerContext,
  HandlerPermissions,
  Handlers,
  StatusReply,
  StoreRequest,
} from "./handler.ts";
import { reasonOf } from "./module_fault.ts";
import type { ModuleGraph } from "./module_graph.ts";
import { SandboxHost } from "./sandbox_host.ts";
import {
  readAcceptance,
  readAddress,
  readHandlerFacts,
  readStatusReply,
} from "./sandbox_messages.ts";
import type { HandlerFacts } from "./sandbox_protocol.ts";
import { ChunkBuffers } from "./sandbox_transfer.ts";

/** Workers that may end in a row, with no request done in between, before no other is started. */
export const DEATHS_IN_A_ROW = 3;

/** What a sandbox is made of. */
export interface SandboxedHandlersOptions {
  /** What names the handler in messages. */
  readonly label: string;
  /** Its modules. */
  readonly graph: ModuleGraph;
  /** What it may do. */
  readonly permissions: HandlerPermissions;
  /** What the host gives it; it associates by itself. */
  readonly context: Omit<HandlerContext, "associate">;
  /** Measures the time limits. */
  readonly clock: Clock;
  /** Of the associations that it requests. */
  readonly timeouts: Partial<Timeouts>;
}

/** The handlers of a sandbox, and the worker that is theirs at present. */
export class SandboxedHandlers {
  readonly #options: SandboxedHandlersOptions;
  readonly #buffers = new ChunkBuffers();
  #host: Promise<SandboxHost> | undefined;
  /** Workers that have ended since something was done. */
  #deaths = 0;
  /** Why the last of them did. */
  #lastDeath = "";
  #isDisposed = false;
  readonly #onShutdown = (): void => {
    const { reason } = this.#options.context.signal;
    this.#host?.then((host) => host.shutdown(reason), () => {});
  };

  private constructor(options: SandboxedHandlersOptions) {
    this.#options = options;
  }

  /**
   * Makes the handlers.
   *
   * @param options What the sandbox is made of.
   * @returns The services that they offer.
   * @throws {HandlerError} When that fails.
   */
  static async create(options: SandboxedHandlersOptions): Promise<Handlers> {
    const made = new SandboxedHandlers(options);
    const { host, facts } = await made.#start();
    made.#adopt(host);
    const unserved = facts.services.filter((service) => !SERVED.has(service));
    if (unserved.length > 0) {
      const { label } = options;
      const error = new HandlerError(
        `Cannot run handler ${label} in a sandbox: it offers ${unserved.join(" and ")}, and a ` +
          `sandbox has only ${[...SERVED].join(", ")}`,
        label,
      );
      host.end(error);
      throw error;
    }
    options.context.signal.addEventListener("abort", made.#onShutdown, { once: true });
    return made.#handlers(facts);
  }

  #handlers({ services, attributes }: HandlerFacts): Handlers {
    const offers = (service: string): boolean => services.includes(service);
    return {
      ...(attributes && { attributes }),
      ...(offers("store") && { store: (request: StoreRequest) => this.#store(request) }),
      ...(offers("acceptAssociation") && {
        acceptAssociation: (request: AssociationRequest) => this.#acceptAssociation(request),
      }),
      ...(offers("resolveMoveDestination") && {
        resolveMoveDestination: (aeTitle: string) => this.#resolveMoveDestination(aeTitle),
      }),
      [Symbol.asyncDispose]: () => this.#dispose(),
    };
  }

  async #store(request: StoreRequest): Promise<StatusReply> {
    const reply = await this.#do((host) => host.store(request));
    return readStatusReply(reply) ?? this.#refuse("is no status");
  }

  async #acceptAssociation(request: AssociationRequest): Promise<Acceptance> {
    const { callingAeTitle, calledAeTitle, peerAddress, peerCertificate, userIdentity } = request;
    const data = {
      ...{ callingAeTitle, calledAeTitle, peerAddress },
      ...(peerCertificate && { peerCertificate: { ...peerCertificate } }),
      ...(userIdentity && { userIdentity: { ...userIdentity } }),
    };
    const answer = await this.#do((host) => host.ask({ type: "acceptAssociation", request: data }));
    return readAcceptance(answer) ?? this.#refuse("is no acceptance");
  }

  async #resolveMoveDestination(aeTitle: string): Promise<Address | undefined> {
    const answer = await this.#do((host) => host.ask({ type: "resolveMoveDestination", aeTitle }));
    if (answer === undefined) return undefined;
    return readAddress(answer) ?? this.#refuse("is no address");
  }

  async #do(ask: (host: SandboxHost) => Promise<unknown>): Promise<unknown> {
    const host = await this.#running();
    try {
      return await ask(host);
    } finally {
      // A refusal is an answer too.
      if (host.isAlive) this.#deaths = 0;
    }
  }

  /** The worker; a new one when the last has ended. */
  async #running(): Promise<SandboxHost> {
    const { label } = this.#options;
    if (this.#isDisposed) {
      throw new HandlerError(`Cannot use handler ${label}: it has been disposed of`, label);
    }
    if (this.#host !== undefined) return await this.#host;
    if (this.#deaths >= DEATHS_IN_A_ROW) {
      throw new HandlerError(
        `Cannot use handler ${label}: its sandbox ended ${this.#deaths} times in a row: ` +
          this.#lastDeath,
        label,
      );
    }
    const started = this.#start().then(({ host }) => host);
    this.#host = started;
    try {
      this.#adopt(await started);
    } catch (error) {
      // Those that waited for the same start have failed by the same.
      if (this.#host === started) this.#host = undefined;
      this.#deaths++;
      this.#lastDeath = reasonOf(error);
      throw error;
    }
    return await started;
  }

  /** From here on its end is noticed. */
  #adopt(host: SandboxHost): void {
    this.#host = Promise.resolve(host);
    const current = this.#host;
    host.ended.then((reason) => {
      this.#deaths++;
      this.#lastDeath = reason;
      if (this.#host === current) this.#host = undefined;
    });
  }

  async #start(): Promise<{ readonly host: SandboxHost; readonly facts: HandlerFacts }> {
    const { label, permissions, clock, graph, context, timeouts } = this.#options;
    const { options, log, signal } = context;
    const host = new SandboxHost({ label, permissions, clock, log, buffers: this.#buffers });
    try {
      if (signal.aborted) host.shutdown(signal.reason);
      await host.askAtStart({ type: "evaluate", graph: graph.toMessage() });
      const answer = await host.askAtStart({ type: "create", options, timeouts });
      const facts = readHandlerFacts(answer);
      return { host, facts: facts ?? this.#refuse("are no handlers") };
    } catch (error) {
      host.end(new HandlerError(`Cannot use handler ${label}: it has not started`, label));
      throw error;
    }
  }

  async #dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#options.context.signal.removeEventListener("abort", this.#onShutdown);
    const host = await this.#host?.catch(() => undefined);
    await host?.dispose();
  }

  #refuse(why: string): never {
    const { label } = this.#options;
    throw new HandlerError(`Cannot go on with handler ${label}: what it answered ${why}`, label);
  }
}

const SERVED: ReadonlySet<string> = new Set([
  "store",
  "acceptAssociation",
  "resolveMoveDestination",
]);
