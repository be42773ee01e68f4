/**
 * Our storescp, as a process that stores.
 *
 * @module
 */

import { OurStorescp } from "../../support/our_storescp.ts";
import type { OurServer } from "../../support/our_server.ts";
import { Random } from "../random.ts";
import { type FuzzCase, must, type Runner, type Target } from "../target.ts";
import { descriptors, echo, eventually, exchange } from "./exchange.ts";

/** A name that the tool makes: a prefix and a UID, or a hash where there is no plain UID. */
const FILE_NAME = /^[A-Za-z0-9]+\.[A-Za-z0-9._^=+,@'()-]+$/;

/** Descriptors that the runtime opens and closes by itself. */
const OWN_DESCRIPTORS = 4;

/** How much larger the process may be than after the first round of inputs, in bytes. */
const GROWTH = 128 * 1024 * 1024;

class StorescpRunner implements Runner {
  readonly #area: string;
  readonly #server: OurServer;
  readonly #descriptors: number;
  #memory = 0;

  private constructor(area: string, server: OurServer) {
    this.#area = area;
    this.#server = server;
    this.#descriptors = descriptors(server.pid);
  }

  static async start(): Promise<StorescpRunner> {
    const area = await Deno.makeTempDir({ prefix: "dimse_fuzz_" });
    await Deno.mkdir(`${area}/in`);
    const server = await OurStorescp.start(["-od", `${area}/in`], area);
    await echo(server.port, "STORESCP");
    return new StorescpRunner(area, server);
  }

  run({ bytes, control }: FuzzCase): Promise<string> {
    return exchange(this.#server.port, bytes, new Random(control).splits());
  }

  async check(): Promise<void> {
    await echo(this.#server.port, "STORESCP");
    await eventually(
      "no descriptor is left",
      () => descriptors(this.#server.pid) <= this.#descriptors + OWN_DESCRIPTORS,
      () => `${descriptors(this.#server.pid)}, ${this.#descriptors} before`,
    );
    must(
      !/error|exception/i.test(this.#uncaught()),
      "nothing goes uncaught",
      () => this.#uncaught(),
    );
    const outside = [...Deno.readDirSync(this.#area)].map(({ name }) => name);
    must(outside.join() === "in", "no file lies beside the directory", () => outside.join());
    for (const { name } of Deno.readDirSync(`${this.#area}/in`)) {
      must(FILE_NAME.test(name), "a file has a decent name, and is whole", () => name);
      Deno.removeSync(`${this.#area}/in/${name}`);
    }
    const memory = residentMemory(this.#server.pid);
    if (this.#memory === 0) this.#memory = memory;
    must(
      memory <= this.#memory + GROWTH,
      "memory does not grow",
      () => `${memory}, ${this.#memory} before`,
    );
  }

  async close(): Promise<void> {
    try {
      const { code } = await this.#server.stop();
      must(code === 0, "it ends in good order when it is told to", () => `exit code ${code}`);
    } finally {
      await this.#server[Symbol.asyncDispose]();
      await Deno.remove(this.#area, { recursive: true });
    }
  }

  /** Lines that a fault of the program would leave. */
  #uncaught(): string {
    return this.#server.stderr.split("\n").filter((line) => /Uncaught|^\s+at |file:\/\//.test(line))
      .join("\n");
  }
}

function residentMemory(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
}

/** Connections to storescp. */
export const STORESCP: Target = {
  name: "storescp",
  kinds: ["from-requestor"],
  maximumLength: 32 * 1024,
  open: () => StorescpRunner.start(),
};
