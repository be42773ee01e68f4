/**
 * The journal of a run, for `--resume`: a text file that says what is done, so that a second run goes on
 * where the first ended, however that was.
 *
 * ```text
 * dimse journal 1: sent to PACS@pacs.example.org:104
 * sent 1.2.840.1.1
 * sent 1.2.840.1.2
 * ```
 *
 * The first line names the run, and each further one a SOP instance. An instance is written when it is
 * done, never before: what a killed process had no time to write is done again. A line counts only when
 * it is whole, its line feed included; the next run cuts off what is not.
 *
 * @module
 */

import { type AeAddress, formatAeAddress } from "../lib/ae_title.ts";
import type { DataSet } from "../lib/data_set/data_set.ts";
import { encodeDataSet } from "../lib/data_set/encoder.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../lib/transfer_syntax.ts";
import { UsageError } from "./exit_code.ts";
import { reasonOf } from "./io.ts";
import type { ToolLog } from "./log.ts";
import type { RetrieveLedger } from "./retrieve_ledger.ts";

/** What a run does with instances. */
export type JournalAct = "sent" | "stored";

/** Which run it is. */
export interface JournalRun {
  /** What it does with instances. */
  readonly act: JournalAct;
  /** Where to or from, and what else the instances depend on: in printable ASCII, after the act. */
  readonly description: string;
}

/**
 * The run that sends to a peer.
 *
 * @param peer The peer.
 * @returns What its journal is known by.
 */
export function sendingRun(peer: AeAddress): JournalRun {
  return { act: "sent", description: `to ${formatAeAddress(peer)}` };
}

/**
 * The run that retrieves from a peer, by whichever service.
 *
 * @param peer The peer.
 * @param identifier What is asked for; only a hash of it is written, for it may name a patient.
 * @returns What its journal is known by.
 */
export async function retrievingRun(peer: AeAddress, identifier: DataSet): Promise<JournalRun> {
  const bytes = encodeDataSet(identifier, EXPLICIT_VR_LITTLE_ENDIAN);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  return { act: "stored", description: `from ${formatAeAddress(peer)}, request ${hash}` };
}

/** What a retrieve goes on by. */
export interface RetrievalJournalOptions {
  /** Where the peer is that is asked. */
  readonly peer: AeAddress;
  /** How it is called. */
  readonly calledAeTitle: string;
  /** What is asked for. */
  readonly identifier: DataSet;
  /** Learns what earlier runs have stored, and tells what this one stores. */
  readonly ledger: RetrieveLedger;
  readonly log: ToolLog;
}

/**
 * Opens the journal of a retrieve, and has the ledger keep it.
 *
 * @param path The path of the journal.
 * @param options What is retrieved, and who keeps count.
 * @returns The journal, open.
 * @throws {UsageError} When it cannot be used for this run.
 */
export async function openRetrievalJournal(
  path: string,
  options: RetrievalJournalOptions,
): Promise<Journal> {
  const { peer, calledAeTitle, identifier, ledger, log } = options;
  const run = await retrievingRun({ ...peer, aeTitle: calledAeTitle }, identifier);
  const journal = await Journal.open(path, run, log);
  ledger.earlier = journal.known;
  ledger.onReceived = (uid) => journal.add(uid);
  return journal;
}

const FIRST_WORDS = "dimse journal 1: ";
/** What peers send as UIDs is written only when it is one word. */
const ONE_WORD = /^[\x21-\x7e]{1,64}$/;

/**
 * A journal that is open. It is locked: no other run writes to it.
 *
 * @example
 * ```ts
 * import { Journal } from "./journal.ts";
 * import { ToolLog } from "./log.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * const run = { act: "sent", description: "to PACS@pacs:104" } as const;
 * const log = new ToolLog("quiet", () => {});
 * {
 *   using journal = await Journal.open(path, run, log);
 *   journal.add("1.2.3");
 * }
 * using journal = await Journal.open(path, run, log);
 * assert.deepEqual([...journal.known], ["1.2.3"]);
 * await Deno.remove(path);
 * ```
 */
export class Journal implements Disposable {
  readonly #path: string;
  readonly #act: JournalAct;
  readonly #file: Deno.FsFile;
  readonly #log: ToolLog;
  readonly #written: Set<string>;
  /** Where the whole lines end. */
  #length: number;
  /** What could not be written yet. */
  #pending = "";
  #hasFailed = false;
  /** What earlier runs have done, by SOP Instance UID. */
  readonly known: ReadonlySet<string>;

  private constructor(
    path: string,
    act: JournalAct,
    file: Deno.FsFile,
    { known, length, log }: { known: ReadonlySet<string>; length: number; log: ToolLog },
  ) {
    this.#path = path;
    this.#act = act;
    this.#file = file;
    this.#log = log;
    this.#written = new Set(known);
    this.#length = length;
    this.known = known;
  }

  /**
   * Whether there is a journal already.
   *
   * @param path The file.
   * @returns Whether there is anything of that name.
   */
  static async exists(path: string): Promise<boolean> {
    try {
      await Deno.lstat(path);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      // Opening it will say what is wrong.
      return true;
    }
  }

  /**
   * Opens the journal of a run, and makes it where there is none.
   *
   * @param path The file.
   * @param run Which run it is.
   * @param log Told when it cannot be written later on.
   * @returns The journal, locked.
   * @throws {UsageError} When the file cannot be used: it is no journal, that of another run, or in use.
   */
  static async open(path: string, run: JournalRun, log: ToolLog): Promise<Journal> {
    const refuse = (reason: string, cause?: unknown): never => {
      throw new UsageError(`Cannot resume by ${path}: ${reason}`, { cause });
    };
    let file: Deno.FsFile;
    try {
      file = await Deno.open(path, { read: true, write: true, create: true });
    } catch (error) {
      const isAbsent = error instanceof Deno.errors.NotFound;
      return refuse(isAbsent ? "its directory does not exist" : reasonOf(error), error);
    }
    try {
      if (!await lock(file)) refuse("another run is writing to it");
      const content = await readAll(file);
      const header = `${FIRST_WORDS}${run.act} ${run.description}\n`;
      const { known, length } = parse(content, header, run.act, refuse);
      await file.truncate(length);
      await file.seek(length, Deno.SeekMode.Start);
      const journal = new Journal(path, run.act, file, { known, length, log });
      if (length === 0) journal.#begin(header, refuse);
      return journal;
    } catch (error) {
      file.close();
      if (error instanceof UsageError) throw error;
      return refuse(reasonOf(error), error);
    }
  }

  /**
   * Writes that an instance is done.
   *
   * @param sopInstanceUid Of the instance.
   */
  add(sopInstanceUid: string): void {
    if (this.#written.has(sopInstanceUid) || !ONE_WORD.test(sopInstanceUid)) return;
    this.#written.add(sopInstanceUid);
    this.#pending += `${this.#act} ${sopInstanceUid}\n`;
    try {
      this.#write();
    } catch (error) {
      // The next line tries again, this one with it.
      if (!this.#hasFailed) {
        this.#log.warn(
          `Cannot write to journal ${this.#path}: ${
            reasonOf(error)
          }; a run that resumes does again ` +
            "what is not in it",
        );
      }
      this.#hasFailed = true;
    }
  }

  /** Closes the journal, and gives the lock back. */
  [Symbol.dispose](): void {
    try {
      if (this.#pending !== "") this.#write();
      this.#file.syncDataSync();
    } catch {
      // It was told of when the line was to be written; without the sync, only a power cut matters.
    }
    this.#file.close();
  }

  #begin(header: string, refuse: (reason: string, cause: unknown) => never): void {
    this.#pending = header;
    try {
      this.#write();
    } catch (error) {
      refuse(reasonOf(error), error);
    }
  }

  /** Writes all that is pending, or nothing: of a disk that becomes full, no half line stays. */
  #write(): void {
    const bytes = new TextEncoder().encode(this.#pending);
    try {
      let rest = bytes;
      while (rest.byteLength > 0) rest = rest.subarray(this.#file.writeSync(rest));
    } catch (error) {
      this.#file.truncateSync(this.#length);
      this.#file.seekSync(this.#length, Deno.SeekMode.Start);
      throw error;
    }
    this.#length += bytes.byteLength;
    this.#pending = "";
  }
}

/** The system gives the lock back when the process ends, however it does. */
async function lock(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    // Some network drives have no locks: it is on the user to run one at a time.
    return true;
  }
}

async function readAll(file: Deno.FsFile): Promise<string> {
  const { size } = await file.stat();
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  // One character a byte: what is damaged stays as long as it is.
  return new TextDecoder("latin1").decode(bytes.subarray(0, length));
}

/** Finds what is done, and where the whole lines end. */
function parse(
  content: string,
  header: string,
  act: JournalAct,
  refuse: (reason: string) => never,
): { known: Set<string>; length: number } {
  const known = new Set<string>();
  // A first line that was not written to its end.
  if (header.startsWith(content) && content !== header) return { known, length: 0 };
  if (!content.startsWith(FIRST_WORDS)) {
    refuse("it is no journal; give a file that does not exist yet");
  }
  const length = content.lastIndexOf("\n") + 1;
  const [first = "", ...lines] = content.slice(0, length).split("\n");
  if (`${first}\n` !== header) {
    const its = (first || content).slice(FIRST_WORDS.length);
    const ours = header.slice(FIRST_WORDS.length).trimEnd();
    refuse(`it is about what was ${describeOther(its, ours)}; give another file`);
  }
  const prefix = `${act} `;
  for (const line of lines) {
    const uid = line.slice(prefix.length);
    // What is damaged says nothing: it is done again.
    if (line.startsWith(prefix) && ONE_WORD.test(uid)) known.add(uid);
  }
  return { known, length };
}

/** Of which run a journal is, and not of ours. A hash tells nobody anything. */
function describeOther(its: string, ours: string): string {
  const readable = (run: string): string => run.replace(/, request [0-9a-f]+$/, "");
  return readable(its) === readable(ours)
    ? `${readable(its)} by other keys`
    : `${readable(its)}, and not about what is ${readable(ours)}`;
}
