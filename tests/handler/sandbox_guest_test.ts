import assert from "node:assert/strict";
import { registerModuleHooks } from "../../lib/handler/module_hooks.ts";
import type { ModuleGraphMessage } from "../../lib/handler/module_graph.ts";
import { SandboxGuest } from "../../lib/handler/sandbox_guest.ts";
import type {
  Answer,
  HostMessage,
  Question,
  WorkerMessage,
} from "../../lib/handler/sandbox_protocol.ts";
import { readWorkerMessage } from "../../lib/handler/sandbox_messages.ts";
import { storeRequestData } from "../../lib/handler/sandbox_transfer.ts";
import { openDataSet, storeRequest } from "../conformance/store_request.ts";

// Once for all tests: the runtime waits for work of theirs all the time, and no test began that.
registerModuleHooks();

let graphs = 0;

/** Modules of their own host: what is loaded stays loaded. */
function graphOf(code: string): ModuleGraphMessage {
  const entry = `https://guest${graphs++}.example/x.js`;
  const nothing = { external: new Set<string>(), aliases: new Map<string, string>() };
  return { entry, modules: new Map([[entry, code]]), ...nothing };
}

/** A guest, and the host that the test plays. */
class Played implements Disposable {
  readonly guest: SandboxGuest;
  readonly said: WorkerMessage[] = [];
  readonly #port: MessagePort;
  readonly #close: () => void;
  #nextId = 1;
  readonly #waiting: (() => void)[] = [];

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = readWorkerMessage(data);
      assert.ok(message, `The guest said ${Deno.inspect(data)}`);
      this.said.push(message);
      for (const wake of this.#waiting.splice(0)) wake();
    };
    this.guest = new SandboxGuest(port2, "mine");
    this.#close = () => {
      port1.close();
      port2.close();
    };
  }

  tell(message: HostMessage): void {
    this.#port.postMessage(message);
  }

  async ask(question: Question): Promise<Answer> {
    const id = this.#nextId++;
    this.tell({ type: "question", id, question });
    const message = await this.heard((each) => each.type === "answer" && each.id === id);
    assert.ok(message.type === "answer");
    return message.answer;
  }

  async heard(isIt: (message: WorkerMessage) => boolean): Promise<WorkerMessage> {
    while (true) {
      const found = this.said.find(isIt);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
  }

  /** Evaluates the code, and makes the handlers. */
  async start(code: string): Promise<Answer> {
    await this.ask({ type: "evaluate", graph: graphOf(code) });
    return await this.ask({ type: "create", options: { key: ["value"] }, timeouts: {} });
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}

function failure(message: string, isDataSetError = false): Answer {
  return { type: "error", error: { name: "HandlerError", message }, isDataSetError };
}

Deno.test("`SandboxGuest` says what the module is, what it needs and what it offers", async () => {
  using host = new Played();
  const graph = graphOf(`export const name = "mine"; export const version = "2";
    export const permissions = ({ to }) => ({ net: to });
    export default ({ options }) => ({ store: () => 0, attributes: options.key });`);
  assert.deepEqual(await host.ask({ type: "evaluate", graph }), {
    type: "value",
    value: { name: "mine", version: "2" },
  });
  assert.deepEqual(await host.ask({ type: "permissions", options: { to: ["a:1"] } }), {
    type: "value",
    value: { net: ["a:1"] },
  });
  const created = await host.ask({ type: "create", options: { key: ["Modality"] }, timeouts: {} });
  assert.deepEqual(created, {
    type: "value",
    value: { services: ["store"], attributes: ["Modality"] },
  });
});

/** What goes wrong at the start, and what is said of it. */
const FAILING: readonly (readonly [code: string, why: string])[] = [
  ["throw new TypeError('no')", "Cannot load handler mine: no"],
  ["import './gone.js'", "Cannot load handler mine: "],
  ["export default 7", "Cannot use handler mine: its default export is a number, not a function"],
];

for (const [code, why] of FAILING) {
  Deno.test(`\`SandboxGuest\` says what is wrong with ${code}`, async () => {
    using host = new Played();
    const answer = await host.ask({ type: "evaluate", graph: graphOf(code) });
    assert.ok(
      answer.type === "error" && answer.error.message.startsWith(why),
      Deno.inspect(answer),
    );
    assert.doesNotMatch(answer.error.message, /handler\+/);
  });
}

Deno.test("`SandboxGuest` says what is wrong with handlers", async () => {
  using host = new Played();
  const answer = await host.start("export default () => { throw new Error('to is missing') }");
  assert.deepEqual(answer, failure("Cannot start handler mine: to is missing"));
});

Deno.test("`SandboxGuest` does not use what it has not loaded", async () => {
  using host = new Played();
  const answer = await host.ask({ type: "permissions", options: {} });
  assert.deepEqual(answer, failure("Cannot use handler mine: it is not loaded"));
});

Deno.test("`SandboxGuest` has instances taken", async () => {
  using host = new Played();
  await host.start(`export default ({ log }) => ({
    async store({ dataSet, sopInstanceUid }) {
      const { byteLength } = await new Response(dataSet).bytes();
      log.warn(sopInstanceUid);
      return { status: 0xb000, errorComment: String(byteLength) };
    },
  })`);
  const { stream: dataSet } = openDataSet({});
  const request = storeRequestData(storeRequest({ dataSet }));
  const answering = host.ask({ type: "store", request });
  const wish = await host.heard(({ type }) => type === "wish");
  assert.ok(wish.type === "wish");
  const { id } = wish;
  assert.deepEqual(wish.wish, { type: "pull" });
  host.tell({ type: "news", id, news: { type: "chunk", buffer: new ArrayBuffer(8), length: 5 } });
  host.tell({ type: "news", id, news: { type: "end" } });
  assert.deepEqual(await answering, {
    type: "value",
    value: { status: 0xb000, errorComment: "5" },
  });
  assert.ok(host.said.some((message) => message.type === "log" && message.text === "1.2.3"));
  // What comes after the answer is nobody's.
  host.tell({ type: "news", id, news: { type: "end" } });
});

Deno.test("`SandboxGuest` says that an error is that of the data set", async () => {
  using host = new Played();
  await host.start(`export default () => ({
    async store({ dataSet }) { await new Response(dataSet).bytes(); },
  })`);
  const request = storeRequestData(storeRequest({ dataSet: openDataSet({}).stream }));
  const answering = host.ask({ type: "store", request });
  const wish = await host.heard(({ type }) => type === "wish");
  assert.ok(wish.type === "wish");
  const error = { name: "HandlerError", message: "broken" };
  host.tell({ type: "news", id: wish.id, news: { type: "lost", error } });
  assert.deepEqual(await answering, failure("broken", true));
});

Deno.test("`SandboxGuest` lets associations be decided on, and destinations be resolved", async () => {
  using host = new Played();
  await host.start(`export default () => ({
    acceptAssociation: ({ callingAeTitle }) => ({ accept: callingAeTitle === "A" }),
    async resolveMoveDestination(aeTitle) { return { hostname: aeTitle, port: 104 }; },
  })`);
  const request = { callingAeTitle: "A", calledAeTitle: "B", peerAddress: "127.0.0.1:1" };
  assert.deepEqual(await host.ask({ type: "acceptAssociation", request }), {
    type: "value",
    value: { accept: true },
  });
  assert.deepEqual(await host.ask({ type: "resolveMoveDestination", aeTitle: "C" }), {
    type: "value",
    value: { hostname: "C", port: 104 },
  });
});

Deno.test("`SandboxGuest` says that an answer cannot be posted", async () => {
  using host = new Played();
  await host.start("export default () => ({ resolveMoveDestination: () => () => {} })");
  const answer = await host.ask({ type: "resolveMoveDestination", aeTitle: "C" });
  assert.ok(answer.type === "error" && answer.error.name === "DataCloneError");
});

Deno.test("`SandboxGuest` tells the handlers of the shutdown, and disposes of them", async () => {
  using host = new Played();
  await host.start(`export default ({ signal, log }) => {
    signal.addEventListener("abort", () => log.info(signal.reason.message));
    return { store: () => 0, [Symbol.asyncDispose]: async () => log.info("disposed") };
  }`);
  host.tell({ type: "shutdown", error: { name: "Error", message: "enough" } });
  assert.deepEqual(await host.ask({ type: "dispose" }), { type: "value", value: undefined });
  const texts = host.said.map((message) => message.type === "log" ? message.text : message.type);
  assert.deepEqual(texts.slice(-3), ["enough", "disposed", "answer"]);
});

Deno.test("`SandboxGuest` tells of a crash without the runtime's advice", async () => {
  using host = new Played();
  host.guest.crash(new Error('Requires env access to "A", run again with the --allow-env flag'));
  assert.deepEqual(await host.heard(({ type }) => type === "crashed"), {
    type: "crashed",
    text: 'Requires env access to "A", which the handler does not declare among its permissions',
  });
});
