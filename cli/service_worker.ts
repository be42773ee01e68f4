/**
 * The program of a worker of a server: it serves as the server would alone, and has the server write.
 *
 * @module
 */

import type { HandlerModule } from "../lib/handler/handler.ts";
import { numberAssociationsBy } from "../lib/net/association_number.ts";
import type { Clock } from "../lib/net/clock.ts";
import { EventOutput, type OutputEvent } from "./event_output.ts";
import { UsageError } from "./exit_code.ts";
import { denoIo, type Io } from "./io.ts";
import { makeOffer } from "./offer_choice.ts";
import { ToolOutput } from "./output.ts";
import { ServiceUnit } from "./service_unit.ts";
import { EVENT_LENGTH, WorkerCounters } from "./worker_counters.ts";
import type { HostMessage, WorkerGreeting, WorkerMessage } from "./worker_messages.ts";

globalThis.addEventListener("message", (event: Event) => {
  if (event instanceof MessageEvent) void serveFor(event.data);
}, { once: true });

/** Events as they happen: the server stamps and writes them, so that none is before its time. */
class RelayedEvents extends EventOutput {
  readonly #tell: (event: OutputEvent) => void;

  constructor(clock: Clock, tell: (event: OutputEvent) => void) {
    super(undefined, clock);
    this.#tell = tell;
  }

  override emit(event: OutputEvent): void {
    this.#tell(event);
  }
}

async function serveFor(greeting: WorkerGreeting): Promise<void> {
  const { port, choice, part, index } = greeting;
  const { service, offer } = choice;
  const say = (message: WorkerMessage): void => port.postMessage(message);
  const counters = new WorkerCounters(greeting.counters);
  numberAssociationsBy(() => counters.nextAssociation());
  const io: Io = {
    ...denoIo,
    stderr(text) {
      say({ type: "written", text });
      counters.wrote(index, text.length);
    },
    columns: undefined,
    stderrColumns: undefined,
    onSignal: () => () => {},
    ...await bakedHandlerOf(greeting),
  };
  const stop = new AbortController();
  const relay = (event: OutputEvent): void => {
    say({ type: "event", event });
    counters.wrote(index, EVENT_LENGTH);
  };
  const events = service.output.json ? new RelayedEvents(io.clock, relay) : undefined;
  using output = new ToolOutput(service.logLevel, service.output, io, events);
  const places = new Map<number, (because: string | undefined) => void>();
  let requests = 0;
  const unit = new ServiceUnit(service, {
    makeOffer: (host) => makeOffer(offer, host),
    output,
    io,
    signal: stop.signal,
    shared: {
      part,
      room: {
        take(peerAddress) {
          const request = ++requests;
          say({ type: "take", request, peerAddress });
          return new Promise((resolve) => places.set(request, resolve));
        },
        give: (peerAddress) => say({ type: "give", peerAddress }),
      },
      onClosed: () => tellStanding(false),
    },
  });
  const tellStanding = (isAnswer: boolean): void => {
    say({ type: "standing", standing: unit.lately, books: unit.tally.books, isAnswer });
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await started;
    await unit.drain();
    await unit[Symbol.asyncDispose]();
    say({ type: "ended", books: unit.tally.books });
  };
  const take = (message: HostMessage): void => {
    switch (message.type) {
      case "cancel":
        return stop.abort();
      case "drain":
        return void end();
      case "shutdown":
        return unit.shutdown();
      case "standing":
        return tellStanding(true);
      case "place":
        places.get(message.request)?.(message.because);
        places.delete(message.request);
    }
  };
  port.onmessage = ({ data }: MessageEvent<HostMessage>) => take(data);
  const started = unit.start().then((start) => {
    // After those of handlers, which may go on after errors that nobody caught.
    tellCrashes(say);
    say({ type: "started", start });
  }, async (error: unknown) => {
    await unit[Symbol.asyncDispose]();
    say({ type: "failed", isUsage: error instanceof UsageError, error });
  });
  await started;
}

/** The handler that was compiled in is a module of this thread too. */
async function bakedHandlerOf(
  { bakedHandler }: WorkerGreeting,
): Promise<Pick<Io, "bakedHandler">> {
  if (bakedHandler === undefined) return {};
  const { specifier, url } = bakedHandler;
  const module: HandlerModule = await import(url);
  return { bakedHandler: { specifier, url, module } };
}

/** The runtime would print a stack trace, and the server be told the less. */
function tellCrashes(say: (message: WorkerMessage) => void): void {
  const crash = (event: Event, error: unknown): void => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    say({ type: "crashed", reason: error instanceof Error ? error.message : String(error) });
  };
  globalThis.addEventListener("error", (event) => crash(event, event.error));
  globalThis.addEventListener("unhandledrejection", (event) => crash(event, event.reason));
}
