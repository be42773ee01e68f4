/**
 * The processes that are measured: started, metered, and ended by their ids, whatever happens.
 *
 * @module
 */

import type { Sample } from "./statistics.ts";

/** A program to be started. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const GNU_TIME = "/usr/bin/time";
/** User time, system time, the most memory in KiB: the last line of the standard error. */
const TIME_FORMAT = "\\nused: %U %S %M";
/** Of /proc/PID/stat. */
const TICKS_PER_SECOND = 100;
const POLL_INTERVAL = 50;
const READY_INTERVAL = 20;
const READY_DEADLINE = 30_000;
const STOP_GRACE = 3_000;
const LOG_LIMIT = 8_000;

const living = new Set<Deno.ChildProcess>();

/** Kills what still runs: for the end of the benchmark, however it comes. */
export function killAll(): void {
  for (const child of living) killTree(child.pid);
}

/** What processes have used so far. */
export interface Usage {
  /** User and system time, in seconds. */
  readonly cpu: number;
  /** The most memory that one of them ever had, in MB. */
  readonly peak: number;
}

/**
 * What a process and those that it started have used.
 *
 * @param pid Its id.
 * @returns What they used; nothing where the system does not tell.
 */
export function usage(pid: number): Usage {
  let cpu = 0;
  let peak = 0;
  for (const each of tree(pid)) {
    const stat = readProc(each, "stat");
    // The name in parentheses can have anything in it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
    cpu += ((user ?? 0) + (system ?? 0) + (childUser ?? 0) + (childSystem ?? 0)) / TICKS_PER_SECOND;
    const memory = /VmHWM:\s+(\d+) kB/.exec(readProc(each, "status"))?.[1];
    peak = Math.max(peak, Number(memory ?? 0) / 1024);
  }
  return { cpu, peak };
}

/** A server that is measured. */
export class Server implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #drained: Promise<unknown>;
  readonly #status: Promise<Deno.CommandStatus>;
  #log = "";
  #hasEnded = false;

  private constructor(program: Program) {
    this.#child = spawn(program);
    const keep = (text: string): void => void (this.#log = (this.#log + text).slice(-LOG_LIMIT));
    this.#drained = Promise.all([
      drain(this.#child.stdout, keep),
      drain(this.#child.stderr, keep),
    ]);
    this.#status = this.#child.status.then((status) => {
      this.#hasEnded = true;
      living.delete(this.#child);
      return status;
    });
  }

  /**
   * Starts a server, and waits until it takes connections.
   *
   * @param program The server.
   * @param port The port that it will listen on.
   * @returns The server.
   */
  static async start(program: Program, port: number): Promise<Server> {
    const server = new Server(program);
    const deadline = performance.now() + READY_DEADLINE;
    while (!(await accepts(port))) {
      if (server.#hasEnded || performance.now() > deadline) {
        await server[Symbol.asyncDispose]();
        throw new Error(`${program.command} does not listen: ${server.log}`);
      }
      await pause(READY_INTERVAL);
    }
    return server;
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The end of what it wrote. */
  get log(): string {
    return this.#log;
  }

  /**
   * Measures what it uses while something happens.
   *
   * @param work What happens; it tells its seconds.
   * @param limit How long it may take, in milliseconds: then the server is killed.
   * @returns What it took.
   */
  async meter(work: () => Promise<number>, limit: number): Promise<Sample> {
    const before = usage(this.pid);
    let { peak } = before;
    // A process that serves one association is gone with it.
    const timer = setInterval(() => peak = Math.max(peak, usage(this.pid).peak), POLL_INTERVAL);
    let isLate = false;
    const alarm = setTimeout(() => {
      isLate = true;
      killTree(this.pid);
    }, limit);
    try {
      const seconds = await work();
      const after = usage(this.pid);
      return { seconds, cpu: after.cpu - before.cpu, peak: Math.max(peak, after.peak) };
    } catch (error) {
      if (isLate) throw new Error(tooLong(limit));
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.#log}`.trim());
    } finally {
      clearInterval(timer);
      clearTimeout(alarm);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) {
      const others = tree(this.pid);
      kill(this.pid, "SIGTERM");
      const timer = setTimeout(() => kill(this.pid, "SIGKILL"), STOP_GRACE);
      await this.#status;
      clearTimeout(timer);
      for (const pid of others.slice(1)) kill(pid, "SIGKILL");
    }
    await this.#drained;
  }
}

/**
 * Runs a program to its end, and measures it.
 *
 * @param program The program; it must end with 0.
 * @param limit How long it may run, in milliseconds.
 * @returns What it took, its start included.
 */
export async function measure(program: Program, limit: number): Promise<Sample> {
  const { command, args } = program;
  const isTimed = find("time", ["/usr/bin"]) === GNU_TIME;
  const start = performance.now();
  const child = spawn(
    isTimed
      ? { ...program, command: GNU_TIME, args: ["-q", "-f", TIME_FORMAT, command, ...args] }
      : program,
  );
  let isLate = false;
  const alarm = setTimeout(() => {
    isLate = true;
    killTree(child.pid);
  }, limit);
  let used: Usage = { cpu: 0, peak: 0 };
  const poll = isTimed
    ? undefined
    : setInterval(() => used = most(used, usage(child.pid)), POLL_INTERVAL);
  let log = "";
  const keep = (text: string): void => void (log = (log + text).slice(-LOG_LIMIT));
  const drained = Promise.all([drain(child.stdout, keep), drain(child.stderr, keep)]);
  const { code } = await child.status;
  const seconds = (performance.now() - start) / 1000;
  living.delete(child);
  clearTimeout(alarm);
  clearInterval(poll);
  await drained;
  if (isLate) throw new Error(tooLong(limit));
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${log.trim().slice(-500)}`);
  const times = /used: ([\d.]+) ([\d.]+) (\d+)\s*$/.exec(log);
  if (times !== null) {
    used = { cpu: Number(times[1]) + Number(times[2]), peak: Number(times[3]) / 1024 };
  } else if (isTimed) throw new Error(`${GNU_TIME} did not tell what ${command} used: ${log}`);
  return { seconds, ...used };
}

/**
 * Starts a program of which only the beginning is of interest.
 *
 * @param program The program.
 * @returns A way to end it.
 */
export function begin(program: Program): { stop(): Promise<void> } {
  const child = spawn(program);
  const drained = Promise.all([drain(child.stdout, () => {}), drain(child.stderr, () => {})]);
  return {
    async stop() {
      killTree(child.pid);
      await child.status;
      await drained;
      living.delete(child);
    },
  };
}

function tooLong(limit: number): string {
  return `it took more than ${limit / 1000} s`;
}

/**
 * What a program writes, such as its version or help.
 *
 * @param program The program.
 * @returns Both outputs; nothing where it cannot be run.
 */
export function outputOf({ command, args, env = {} }: Program): string {
  try {
    const { stdout, stderr } = new Deno.Command(command, {
      args: [...args],
      env: { ...env },
      stdin: "null",
    }).outputSync();
    const text = new TextDecoder();
    return text.decode(stdout) + text.decode(stderr);
  } catch {
    return "";
  }
}

/**
 * The path of a program, if it is installed.
 *
 * @param name Its name.
 * @param directories Where to look before `PATH`.
 * @returns Its path.
 */
export function find(name: string, directories: readonly string[] = []): string | undefined {
  const folders = [...directories, ...(Deno.env.get("PATH") ?? "").split(":")];
  return folders.filter((folder) => folder !== "").map((folder) => `${folder}/${name}`)
    .find((path) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    });
}

function spawn({ command, args, env = {}, cwd }: Program): Deno.ChildProcess {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  living.add(child);
  return child;
}

function most(a: Usage, b: Usage): Usage {
  return { cpu: Math.max(a.cpu, b.cpu), peak: Math.max(a.peak, b.peak) };
}

/** A process and all below it. */
function tree(pid: number): number[] {
  const children = tasks(pid).flatMap((task) =>
    readProc(pid, `task/${task}/children`).trim().split(" ").filter(Boolean)
  );
  return [pid, ...children.flatMap((child) => tree(Number(child)))];
}

function tasks(pid: number): string[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
  } catch {
    return [];
  }
}

function readProc(pid: number, name: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${name}`);
  } catch {
    return "";
  }
}

function killTree(pid: number): void {
  for (const each of tree(pid)) kill(each, "SIGKILL");
}

function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function drain(
  stream: ReadableStream<Uint8Array>,
  keep: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) keep(text);
}
