/**
 * The handler's side of a sandbox: evaluates the modules, makes the handlers, and lets them answer what
 * the host asks.
 *
 * @module
 */

import { HandlerError } from "../errors.ts";
import type { AssociationRequest, HandlerModule, Handlers, Log } from "./handler.ts";
import { checkHandlerModule, checkHandlers, permissionsOf, servicesOf } from "./handler_module.ts";
import { reasonOf } from "./module_fault.ts";
import { moduleGraph, type ModuleGraphMessage, withoutScheme } from "./module_graph.ts";
import { importModuleGraph } from "./module_hooks.ts";
import {
  errorData,
  errorOf,
  type HandlerFacts,
  type HostMessage,
  type ModuleFacts,
  type Question,
  type WorkerMessage,
} from "./sandbox_protocol.ts";
import { ArrivingStore, storeReply } from "./sandbox_request.ts";

/** Serves one host. */
export class SandboxGuest {
  readonly #port: MessagePort;
  readonly #label: string;
  readonly #shutdown = new AbortController();
  /** The instances under way. */
  readonly #stores = new Map<number, ArrivingStore>();
  #module: HandlerModule | undefined;
  #handlers: Handlers = {};

  /**
   * Begins to serve.
   *
   * @param port Where the host asks.
   * @param label What names the handler in messages.
   */
  constructor(port: MessagePort, label: string) {
    this.#port = port;
    this.#label = label;
    port.onmessage = ({ data }: MessageEvent<HostMessage>) => this.#take(data);
  }

  /**
   * Tells the host of what was thrown where nobody catches it: the sandbox is not to be used any more.
   *
   * @param error What was thrown.
   */
  crash(error: unknown): void {
    this.#say({ type: "crashed", text: declaredOnly(reasonOf(error)) });
  }

  #say(message: WorkerMessage, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  #take(message: HostMessage): void {
    switch (message.type) {
      case "question":
        void this.#answer(message.id, message.question);
        return;
      case "news":
        this.#stores.get(message.id)?.take(message.news);
        return;
      case "shutdown":
        this.#shutdown.abort(errorOf(message.error));
        return;
    }
  }

  async #answer(id: number, question: Question): Promise<void> {
    try {
      const value = await this.#ask(id, question);
      this.#say({ type: "answer", id, answer: { type: "value", value } });
    } catch (thrown) {
      const { message, ...others } = errorData(thrown);
      const error = { ...others, message: declaredOnly(withoutScheme(message)) };
      const isDataSetError = this.#stores.get(id)?.hasFailedWith(thrown) ?? false;
      this.#say({ type: "answer", id, answer: { type: "error", error, isDataSetError } });
    } finally {
      this.#stores.get(id)?.finish();
      this.#stores.delete(id);
    }
  }

  #ask(id: number, question: Question): Promise<unknown> {
    switch (question.type) {
      case "evaluate":
        return this.#evaluate(question.graph);
      case "permissions":
        return this.#permissions(question);
      case "create":
        return this.#create(question);
      case "store":
        return this.#store(id, question);
      case "acceptAssociation":
        return this.#acceptAssociation(question.request);
      case "resolveMoveDestination":
        return this.#resolveMoveDestination(question.aeTitle);
      case "dispose":
        return this.#dispose();
    }
  }

  async #evaluate(graph: ModuleGraphMessage): Promise<ModuleFacts> {
    let namespace: unknown;
    try {
      namespace = await importModuleGraph(moduleGraph(graph));
    } catch (error) {
      if (error instanceof HandlerError) throw error;
      throw this.#refusal("load", error);
    }
    this.#module = checkHandlerModule(namespace, this.#label);
    const { name, version } = this.#module;
    return { name, version };
  }

  async #permissions({ options }: Extract<Question, { type: "permissions" }>): Promise<unknown> {
    const module = await this.#loaded();
    return permissionsOf(module, options, this.#label);
  }

  async #create(
    { options, timeouts }: Extract<Question, { type: "create" }>,
  ): Promise<HandlerFacts> {
    const module = await this.#loaded();
    let made: unknown;
    try {
      made = await module.default({
        options,
        log: this.#log(),
        signal: this.#shutdown.signal,
        async associate(request) {
          // Most handlers request none.
          const { storageAssociation } = await import("../service/storage_association.ts");
          return await storageAssociation(request, { timeouts });
        },
      });
    } catch (error) {
      throw this.#refusal("start", error);
    }
    this.#handlers = checkHandlers(made, this.#label);
    const { attributes } = this.#handlers;
    return { services: servicesOf(this.#handlers), attributes };
  }

  async #store(id: number, { request }: Extract<Question, { type: "store" }>): Promise<unknown> {
    const store = new ArrivingStore(request, (wish, transfer) => {
      this.#say({ type: "wish", id, wish }, transfer);
    });
    this.#stores.set(id, store);
    return storeReply(await this.#handlers.store?.(store.request));
  }

  async #acceptAssociation(request: AssociationRequest): Promise<unknown> {
    return await this.#handlers.acceptAssociation?.(request);
  }

  async #resolveMoveDestination(aeTitle: string): Promise<unknown> {
    return await this.#handlers.resolveMoveDestination?.(aeTitle);
  }

  async #dispose(): Promise<void> {
    await this.#handlers[Symbol.asyncDispose]?.();
  }

  async #loaded(): Promise<HandlerModule> {
    await null;
    if (this.#module !== undefined) return this.#module;
    throw new HandlerError(`Cannot use handler ${this.#label}: it is not loaded`, this.#label);
  }

  #log(): Log {
    const at = (level: keyof Log) => (message: string): void =>
      this.#say({ type: "log", level, text: String(message) });
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }

  #refusal(what: "load" | "start", error: unknown): HandlerError {
    const message = `Cannot ${what} handler ${this.#label}: ${reasonOf(error)}`;
    return new HandlerError(message, this.#label, { cause: error });
  }
}

/** The runtime's advice is for programs; it would not help here. */
function declaredOnly(message: string): string {
  return message.replaceAll(
    /, run again with the --allow-[a-z]+ flag/g,
    ", which the handler does not declare among its permissions",
  );
}
