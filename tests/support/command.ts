/**
 * Running other programs in tests: one-shot commands with their output, and daemons that are waited for,
 * drained and stopped by process id.
 *
 * @module
 */

/** What a finished command left behind. */
export interface CommandOutput {
  /** Exit code; 124 when the command was stopped because its time was up. */
  readonly code: number;
  /** Standard output as text. */
  readonly stdout: string;
  /** Standard error as text. */
  readonly stderr: string;
}

/** Settings of {@link run}. */
export interface RunOptions {
  /** Milliseconds after which the command is killed; 60 000 unless told. */
  readonly timeout?: number;
  /** Working directory. */
  readonly cwd?: string;
  /** Environment variables to add. */
  readonly env?: Record<string, string>;
}

/** A program that runs until it is stopped. */
export interface Daemon extends AsyncDisposable {
  /** Process id. */
  readonly pid: number;
  /** Everything the program has written so far, both streams. */
  log(): string;
  /** Ask the program to end, kill it if it does not, and wait until it is gone. */
  stop(): Promise<void>;
}

const DEFAULT_TIMEOUT = 60_000;
const START_DEADLINE = 30_000;
const STOP_GRACE = 5_000;
const RETRY_INTERVAL = 20;
/** Output kept for diagnostics: the end of it tells why a peer failed. */
const LOG_LIMIT = 256 * 1024;

const living = new Set<Deno.ChildProcess>();

// A test run that ends early must not leave daemons behind.
globalThis.addEventListener("unload", () => {
  for (const child of living) signal(child, "SIGKILL");
});

/**
 * Run a command to its end without standard input.
 *
 * @param command The program.
 * @param args Its arguments.
 * @param options Time limit, working directory, environment.
 * @returns The exit code and both outputs; a non-zero code is not an error here.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<CommandOutput> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  }).spawn();
  living.add(child);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    signal(child, "SIGKILL");
  }, options.timeout ?? DEFAULT_TIMEOUT);
  try {
    const output = await child.output();
    const text = new TextDecoder();
    return {
      code: late ? 124 : output.code,
      stdout: text.decode(output.stdout),
      stderr: text.decode(output.stderr),
    };
  } finally {
    clearTimeout(timer);
    living.delete(child);
  }
}

/**
 * Run a command that has to succeed.
 *
 * @param command The program.
 * @param args Its arguments.
 * @param options Time limit, working directory, environment.
 * @returns The exit code, which is 0, and both outputs.
 * @throws {Error} If the exit code is not 0; the message ends with what the command wrote.
 */
export async function runOk(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<CommandOutput> {
  const output = await run(command, args, options);
  if (output.code !== 0) {
    throw new Error(
      `Cannot run ${command}: exit code ${output.code}\n${output.stdout}\n${output.stderr}`,
    );
  }
  return output;
}

/**
 * Ask the operating system for a TCP port of 127.0.0.1 that nobody listens on.
 *
 * @returns The port number; it stays free only until somebody else takes it.
 */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Start a program and wait until it accepts connections on every port named.
 *
 * @param command The program.
 * @param args Its arguments.
 * @param ports Ports of 127.0.0.1 to wait for.
 * @param cwd Working directory.
 * @returns The running program.
 * @throws {Error} If it ends, or does not listen in time; the message ends with what it wrote.
 */
export async function startDaemon(
  command: string,
  args: readonly string[],
  ports: readonly number[],
  cwd: string,
): Promise<Daemon> {
  const child = new Deno.Command(command, {
    args: [...args],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  living.add(child);
  let text = "";
  const keep = (part: string): void => {
    text = (text + part).slice(-LOG_LIMIT);
  };
  const drained = Promise.all([drain(child.stdout, keep), drain(child.stderr, keep)]);
  let ended = false;
  const status = child.status.then((result) => {
    ended = true;
    return result;
  });
  const daemon: Daemon = {
    pid: child.pid,
    log: () => text,
    async stop(): Promise<void> {
      if (!ended) signal(child, "SIGTERM");
      const timer = setTimeout(() => signal(child, "SIGKILL"), STOP_GRACE);
      await status;
      clearTimeout(timer);
      await drained;
      living.delete(child);
    },
    [Symbol.asyncDispose]: () => daemon.stop(),
  };
  const deadline = performance.now() + START_DEADLINE;
  for (const port of ports) {
    while (!(await accepts(port))) {
      if (ended || performance.now() > deadline) {
        await daemon.stop();
        const why = ended ? "it ended" : `nothing listens on port ${port}`;
        throw new Error(`Cannot start ${command}: ${why}\n${text}`);
      }
      await pauseUnless(status, RETRY_INTERVAL);
    }
  }
  return daemon;
}

async function accepts(port: number): Promise<boolean> {
  try {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

async function drain(
  stream: ReadableStream<Uint8Array>,
  keep: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) keep(decoder.decode(chunk, { stream: true }));
}

async function pauseUnless(ended: Promise<unknown>, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([ended, promise]);
  clearTimeout(timer);
}

function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch {
    // It ended between the decision and the signal.
  }
}
