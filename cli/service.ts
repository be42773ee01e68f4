/**
 * A server that serves until it is told to stop: what storescp and qrscp do when their command lines are
 * read.
 *
 * @module
 */

import { type CommandLine, readCommandLine } from "./command_line.ts";
import { wholeMilliseconds } from "./event_output.ts";
import type { ExitCode } from "./exit_code.ts";
import { reportFailure } from "./failure.ts";
import { Interrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import type { ToolLog } from "./log.ts";
import { makeOffer } from "./offer_choice.ts";
import { ToolOutput } from "./output.ts";
import type { ProgressState } from "./progress.ts";
import type { ServiceChoice } from "./service_settings.ts";
import { count, ServiceTally } from "./service_tally.ts";
import { ServiceUnit } from "./service_unit.ts";
import type { Serving, ServingStart } from "./serving.ts";

/**
 * Runs a server.
 *
 * @param commandLine The tool's command line.
 * @param args Its arguments.
 * @param io The surroundings.
 * @returns The exit code, when it was told to stop and all is closed.
 */
export async function runService<T>(
  commandLine: CommandLine<T, ServiceChoice>,
  args: readonly string[],
  io: Io,
): Promise<ExitCode> {
  const command = await readCommandLine(commandLine, args, io);
  if ("exitCode" in command) return command.exitCode;
  const { service } = command.options;
  using output = new ToolOutput(service.logLevel, service.output, io);
  using interrupt = new Interrupt(io, "cancel");
  return await new Service(command.options, interrupt, output, io).run();
}

/** One run of a server. */
class Service {
  readonly #choice: ServiceChoice;
  readonly #interrupt: Interrupt;
  readonly #output: ToolOutput;
  readonly #log: ToolLog;
  readonly #io: Io;
  #serving: Serving | undefined;
  #start: ServingStart | undefined;
  #startedAt: number | undefined;

  constructor(choice: ServiceChoice, interrupt: Interrupt, output: ToolOutput, io: Io) {
    this.#choice = choice;
    this.#interrupt = interrupt;
    this.#output = output;
    this.#log = output.log;
    this.#io = io;
  }

  async run(): Promise<ExitCode> {
    let code: ExitCode;
    try {
      code = await this.#run();
    } catch (error) {
      this.#output.progress.stop();
      code = reportFailure(this.#log, error, false);
    }
    this.#emitSummary(code);
    return code;
  }

  async #run(): Promise<ExitCode> {
    for (const warning of this.#choice.service.warnings) this.#log.warn(warning);
    const { cancel } = this.#interrupt;
    const serving = await this.#makeServing();
    this.#serving = serving;
    {
      await using _serving = serving;
      this.#start = await serving.start();
      if (this.#start.address !== undefined) {
        this.#startedAt = this.#io.clock.now();
        this.#tellStart(this.#start, this.#start.address);
        this.#output.progress.start(() => this.#progress(serving));
        serving.open();
        await Promise.race([aborted(cancel), serving.broken]);
        await this.#stop(serving);
      }
    }
    if (this.#startedAt !== undefined) {
      this.#output.progress.stop();
      this.#log.info(serving.tally.summary(this.#elapsed));
    }
    return serving.exitCode;
  }

  async #makeServing(): Promise<Serving> {
    const { service, offer } = this.#choice;
    const host = { output: this.#output, io: this.#io, signal: this.#interrupt.cancel };
    if (service.workers === 1) {
      return new ServiceUnit(service, { ...host, makeOffer: (to) => makeOffer(offer, to) });
    }
    // Loaded when asked for: it is of no use to the others.
    const { WorkerCrew } = await import("./worker_crew.ts");
    return new WorkerCrew(this.#choice, host);
  }

  #tellStart(
    { directory, lines }: ServingStart,
    { hostname, port }: NonNullable<ServingStart["address"]>,
  ): void {
    const { aeTitle, access, tls } = this.#choice.service;
    const address = ["::", "0.0.0.0"].includes(hostname) ? "all addresses" : hostname;
    const how = tls.isOn ? ", by TLS" : "";
    this.#log.info(`Listening as ${aeTitle} on port ${port} of ${address}${how}`);
    for (const line of lines) this.#log.info(line);
    for (
      const [what, list] of [
        ["calling AE titles", access.callingAeTitles],
        ["called AE titles", access.calledAeTitles],
        ["addresses", access.addresses.map(({ text }) => text)],
      ] as const
    ) {
      if (list.length > 0) this.#log.verbose(`Allowed ${what}: ${list.join(", ")}`);
    }
    this.#output.events.emit({
      event: "listening",
      aeTitle,
      address: hostname,
      port,
      directory: directory ?? null,
    });
  }

  #progress({ lately, tally }: Serving): ProgressState {
    return {
      associations: lately.associations,
      done: tally.receivedCount + tally.sentCount,
      failed: tally.failedCount,
      bytes: lately.received,
    };
  }

  async #stop(serving: Serving): Promise<void> {
    const { associations, receiving, answering } = await serving.standing();
    this.#log.info(
      associations === 0
        ? "Stopping"
        : `Stopping: ${count(associations, "association")} under way, ` +
          `${count(receiving, "instance")} being received` +
          `${answering > 0 ? `, ${count(answering, "request")} being answered` : ""}; ` +
          "the next signal aborts",
    );
    this.#output.events.emit({ event: "stopping", associations, receiving });
    const { abort } = this.#interrupt;
    const shutdown = (): void => serving.shutdown();
    if (abort.aborted) shutdown();
    abort.addEventListener("abort", shutdown, { once: true });
    await serving.drain();
  }

  /** Since it listened, in milliseconds. */
  get #elapsed(): number {
    return this.#startedAt === undefined ? 0 : this.#io.clock.now() - this.#startedAt;
  }

  #emitSummary(exitCode: ExitCode): void {
    const { tally = new ServiceTally() } = this.#serving ?? {};
    const { receivedCount, sentCount, failedCount, failedSopInstanceUids, bytes } = tally;
    this.#output.events.emit({
      event: "summary",
      received: this.#start?.receives === false ? null : receivedCount,
      sent: this.#start?.sends === true ? sentCount : null,
      promised: null,
      failed: failedCount,
      missing: 0,
      failedSopInstanceUids,
      missingSopInstanceUids: [],
      bytes,
      elapsedMs: wholeMilliseconds(this.#elapsed),
      exitCode,
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
