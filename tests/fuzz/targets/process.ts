/**
 * Our storescp and our qrscp, as processes that store.
 *
 * @module
 */

import { EXIT_CODE } from "../../../cli/exit_code.ts";
import { CT, EXPLICIT } from "../../support/core_pair.ts";
import { OurServer } from "../../support/our_server.ts";
import { descriptors, residentMemory } from "../../support/process_facts.ts";
import { instanceFile } from "../../support/synthetic_instances.ts";
import { Random } from "../random.ts";
import { type FuzzCase, must, type Runner, type Target } from "../target.ts";
import { echo, eventually, exchange } from "./exchange.ts";

/** What our tools make of what peers send: a prefix and a UID, or a hash where there is no plain UID. */
const FILE_NAME = /^[A-Za-z0-9]+\.[A-Za-z0-9._^=+,@'()-]+$/;

/** Descriptors that the runtime opens and closes by itself. */
const OWN_DESCRIPTORS = 4;

/** That instances could not be taken is told at the end, and is no wonder here. */
const GOOD_ENDS: readonly number[] = [EXIT_CODE.success, EXIT_CODE.partial];

/** How much larger the process may be than after the first round of inputs, in bytes. */
const GROWTH = 128 * 1024 * 1024;

type Tool = "storescp" | "qrscp";

class ProcessRunner implements Runner {
  readonly #area: string;
  readonly #tool: Tool;
  readonly #server: OurServer;
  readonly #descriptors: number;
  #memory = 0;

  private constructor(area: string, tool: Tool, server: OurServer) {
    this.#area = area;
    this.#tool = tool;
    this.#server = server;
    this.#descriptors = descriptors(server.pid);
  }

  static async start(tool: Tool): Promise<ProcessRunner> {
    const area = await Deno.makeTempDir({ prefix: "dimse_fuzz_" });
    const directory = `${area}/in`;
    await Deno.mkdir(directory);
    if (tool === "qrscp") await writeInstances(directory);
    const args = tool === "qrscp" ? ["-p", "0", directory] : ["0", "-od", directory];
    const server = await OurServer.start({ tool, args, directory: area });
    await echo(server.port, tool.toUpperCase());
    return new ProcessRunner(area, tool, server);
  }

  run({ bytes, control }: FuzzCase): Promise<string> {
    return exchange(this.#server.port, bytes, new Random(control).splits(bytes.length));
  }

  async check(): Promise<void> {
    await echo(this.#server.port, this.#tool.toUpperCase());
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
    const names = (): string[] => [...Deno.readDirSync(`${this.#area}/in`)].map(({ name }) => name);
    await eventually("no part of a file is left", () => !names().some(isPart), () => `${names()}`);
    // An archive knows its files, and is left alone.
    for (const name of this.#tool === "qrscp" ? [] : names()) {
      must(FILE_NAME.test(name), "a file has a decent name", () => name);
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
      must(
        GOOD_ENDS.includes(code),
        "it ends in good order when it is told to",
        () => `exit code ${code}`,
      );
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

function isPart(name: string): boolean {
  return name.endsWith(".part");
}

/** So that something is found. */
async function writeInstances(directory: string): Promise<void> {
  for (const sopInstanceUid of ["1.2.3.4.1", "1.2.3.4.2"]) {
    const facts = { sopClassUid: CT, sopInstanceUid, transferSyntaxUid: EXPLICIT };
    await Deno.writeFile(`${directory}/${sopInstanceUid}.dcm`, instanceFile(facts));
  }
}

function processTarget(tool: Tool): Target {
  return {
    name: tool,
    kinds: ["from-requestor"],
    maximumLength: 32 * 1024,
    open: () => ProcessRunner.start(tool),
  };
}

/** Connections to storescp. */
export const STORESCP: Target = processTarget("storescp");

/** Connections to qrscp. */
export const QRSCP: Target = processTarget("qrscp");
