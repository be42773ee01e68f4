/**
 * A server of every service in this process, by TCP.
 *
 * @module
 */

import { DataSet } from "../../../lib/data_set/data_set.ts";
import { applyKeywordPath } from "../../../lib/data_set/keyword_path.ts";
import type { Handlers } from "../../../lib/handler/handler.ts";
import { type Clock, systemClock } from "../../../lib/net/clock.ts";
import { serve, type Server } from "../../../lib/service/serve.ts";
import { CT, IMPLICIT } from "../../support/core_pair.ts";
import { descriptors } from "../../support/process_facts.ts";
import { INSTANCE, instanceBytes } from "../../support/served.ts";
import { Random } from "../random.ts";
import type { FuzzCase, Runner, Target } from "../target.ts";
import { must } from "../target.ts";
import { echo, eventually, exchange } from "./exchange.ts";

/** Descriptors that the runtime opens and closes by itself. */
const OWN_DESCRIPTORS = 4;

/** The system's clock, and how many timers of it run. */
class CountingClock implements Clock {
  pending = 0;

  now(): number {
    return systemClock.now();
  }

  schedule(delay: number, callback: () => void): () => void {
    this.pending += 1;
    let isOver = false;
    const over = (): void => {
      if (!isOver) this.pending -= 1;
      isOver = true;
    };
    const cancel = systemClock.schedule(delay, () => {
      over();
      callback();
    });
    return () => {
      over();
      cancel();
    };
  }
}

function handlers(port: () => number): Handlers {
  const match = new DataSet();
  applyKeywordPath(match, "QueryRetrieveLevel=STUDY");
  applyKeywordPath(match, "StudyInstanceUID=1.2.3");
  return {
    attributes: ["PatientID", "PatientName"],
    queryOptions: { relational: true, combineDateTime: true, foldPersonNames: true },
    worklist: true,
    async store(request) {
      // Some read all, some leave it, some look at the attributes first.
      const way = request.messageId % 4;
      if (way === 1) return 0x0000;
      if (way === 2) await request.attributes();
      if (way === 3) await request.dataSet.cancel();
      else for await (const _piece of request.dataSet);
      return 0x0000;
    },
    async *find() {
      yield match;
      yield match;
    },
    async *locate() {
      const bytes = instanceBytes();
      const open = (): ReadableStream<Uint8Array<ArrayBuffer>> => new Blob([bytes]).stream();
      for (const uid of [INSTANCE, `${INSTANCE}.1`]) {
        yield { sopClassUid: CT, sopInstanceUid: uid, transferSyntaxUid: IMPLICIT, open };
      }
    },
    resolveMoveDestination: (title) =>
      title === "NOBODY" ? undefined : { hostname: "127.0.0.1", port: port() },
  };
}

class ServerRunner implements Runner {
  readonly #clock = new CountingClock();
  readonly #server: Server;
  #descriptors = Infinity;

  constructor() {
    this.#server = serve({
      hostname: "127.0.0.1",
      port: 0,
      handlers: handlers(() => this.#server.addr.port),
      clock: this.#clock,
      dataSetLimits: { inflateBudget: 4 * 1024 * 1024 },
    });
  }

  async ready(): Promise<this> {
    await echo(this.#server.addr.port, "ANY-SCP");
    this.#descriptors = descriptors("self");
    return this;
  }

  run({ bytes, control }: FuzzCase): Promise<string> {
    return exchange(this.#server.addr.port, bytes, new Random(control).splits(bytes.length));
  }

  async check(): Promise<void> {
    await echo(this.#server.addr.port, "ANY-SCP");
    await eventually("no association is left", () => this.#server.activeAssociations === 0);
    await eventually(
      "no timer is left",
      () => this.#clock.pending === 0,
      () => `${this.#clock.pending}`,
    );
    await eventually(
      "no descriptor is left",
      () => descriptors("self") <= this.#descriptors + OWN_DESCRIPTORS,
      () => `${descriptors("self")}, ${this.#descriptors} before`,
    );
  }

  async close(): Promise<void> {
    await this.#server.shutdown();
    must(this.#clock.pending === 0, "no timer is left after the end");
  }
}

/** Connections to a server in this process. */
export const SERVER: Target = {
  name: "server",
  kinds: ["from-requestor"],
  maximumLength: 32 * 1024,
  open: () => new ServerRunner().ready(),
};
