/**
 * Handlers in a sandbox: each in a worker that may do what its module declares, and nothing else.
 *
 * The module is read by the host, and evaluated twice: first in a worker that may do nothing, to be
 * asked what it is and what it needs, so that the user can be told; then in the one where the handlers
 * are made.
 *
 * What a sandbox protects is what the permissions of the runtime protect: files, the network, the
 * environment, other programs. It does not limit time or memory. A handler that never waits cannot be
 * stopped: its requests fail, but it goes on until the process ends, and it keeps one that returns from
 * its `main` from ending, so that has to exit. A handler that takes all memory takes the process along.
 * Without `--no-prompt` the runtime, where it has a terminal, asks the user whenever a handler tries what
 * it may not. And a handler may start workers of its own, with rights no greater than its own; from one
 * of those the runtime fetches packages of npm, where `--cached-only` does not forbid it.
 *
 * @module
 */

import type { Clock } from "../net/clock.ts";
import { systemClock } from "../net/clock.ts";
import type { Timeouts } from "../net/timeouts.ts";
import { HandlerError } from "../errors.ts";
import { readModuleGraph } from "./graph_reader.ts";
import type { HandlerContext, HandlerPermissions, Handlers } from "./handler.ts";
import type { LoadedHandler } from "./load.ts";
import type { LoadPolicy } from "./load_policy.ts";
import { reasonOf } from "./module_fault.ts";
import type { ModuleGraph } from "./module_graph.ts";
import { SandboxHost } from "./sandbox_host.ts";
import { readModuleFacts, readPermissions } from "./sandbox_messages.ts";
import { definitePermissions } from "./sandbox_permissions.ts";
import type { ModuleFacts } from "./sandbox_protocol.ts";
import { SandboxedHandlers } from "./sandbox_service.ts";
import { ChunkBuffers } from "./sandbox_transfer.ts";
import { parseHandlerSpecifier } from "./specifier.ts";

export { describeGrants } from "./sandbox_permissions.ts";

/** What the loading of a handler is allowed, and what its sandbox works with. */
export interface SandboxPolicy extends LoadPolicy {
  /** Of the associations that it requests; they are made in the sandbox. */
  readonly timeouts?: Partial<Timeouts>;
}

/**
 * Loads a handler that is to run in a sandbox.
 *
 * @param specifier See `loadHandler`; packages of npm are not taken.
 * @param policy What is allowed, and what it works with.
 * @returns The handler. What it says that it needs is what it will be granted, paths made absolute.
 * @throws {HandlerError} When it cannot be had, is no handler, or needs a permission already to be
 * evaluated.
 */
export async function sandboxHandler(
  specifier: string,
  policy: SandboxPolicy,
): Promise<LoadedHandler> {
  const reference = parseHandlerSpecifier(specifier, policy);
  const graph = await readModuleGraph(specifier, policy);
  const module = new SandboxedModule(graph, reference.label, policy);
  const { name = reference.name, version } = await module.facts();
  return {
    specifier: reference.specifier,
    url: graph.entry,
    kind: reference.kind,
    name,
    version,
    permissions: (options) => module.permissions(options),
    create: (context) => module.create(context),
  };
}

/** A module, and what became of asking it. */
class SandboxedModule {
  readonly #graph: ModuleGraph;
  readonly #label: string;
  readonly #policy: SandboxPolicy;
  readonly #clock: Clock;
  /** By its options: what the user was told is what is granted, whatever it would say the next time. */
  readonly #permissions = new Map<string, Promise<HandlerPermissions>>();

  constructor(graph: ModuleGraph, label: string, policy: SandboxPolicy) {
    this.#graph = graph;
    this.#label = label;
    this.#policy = policy;
    this.#clock = policy.clock ?? systemClock;
  }

  facts(): Promise<ModuleFacts> {
    return this.#probe((_, facts) => Promise.resolve(facts));
  }

  permissions(options: HandlerContext["options"]): Promise<HandlerPermissions> {
    const key = JSON.stringify(options);
    const known = this.#permissions.get(key);
    if (known !== undefined) return known;
    const asked = this.#askPermissions(options);
    this.#permissions.set(key, asked);
    return asked;
  }

  async create(context: HandlerContext): Promise<Handlers> {
    const { options } = context;
    return await SandboxedHandlers.create({
      label: this.#label,
      graph: this.#graph,
      permissions: await this.permissions(options),
      context,
      clock: this.#clock,
      timeouts: this.#policy.timeouts ?? {},
    });
  }

  async #askPermissions(options: HandlerContext["options"]): Promise<HandlerPermissions> {
    const declared = await this.#probe(async (host) =>
      readPermissions(await host.askAtStart({ type: "permissions", options }))
    );
    try {
      if (declared === undefined) {
        throw new TypeError("what it needs is not said in lists of texts");
      }
      return definitePermissions(declared, this.#policy.workingDirectory ?? Deno.cwd());
    } catch (error) {
      throw new HandlerError(`Cannot use handler ${this.#label}: ${reasonOf(error)}`, this.#label, {
        cause: error,
      });
    }
  }

  /** Asks the module in a worker that may do nothing. */
  async #probe<T>(ask: (host: SandboxHost, facts: ModuleFacts) => Promise<T>): Promise<T> {
    const label = this.#label;
    const host = new SandboxHost({
      label,
      permissions: {},
      clock: this.#clock,
      log: NOWHERE,
      buffers: new ChunkBuffers(),
    });
    try {
      const graph = this.#graph.toMessage();
      const facts = readModuleFacts(await host.askAtStart({ type: "evaluate", graph }));
      if (facts === undefined) {
        throw new HandlerError(`Cannot use handler ${label}: its name is no text`, label);
      }
      return await ask(host, facts);
    } finally {
      host.end(new HandlerError(`Cannot ask handler ${label}: it has been asked`, label));
    }
  }
}

/** A handler that is only asked has nothing to say. */
const NOWHERE = { debug() {}, info() {}, warn() {}, error() {} };
