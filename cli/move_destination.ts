/**
 * Where the destinations of a C-MOVE listen: entries of the command line, and of a file that
 * administrators keep.
 *
 * @module
 */

import { formatAeAddress, parseAeAddress, validateAeTitle } from "../lib/ae_title.ts";
import type { Address, Log } from "../lib/handler/handler.ts";
import { UsageError } from "./exit_code.ts";
import { type Io, reasonOf } from "./io.ts";

/** An application entity that instances may be sent to. */
export interface MoveDestination {
  /** What peers call it in a C-MOVE. */
  readonly aeTitle: string;
  /** Where it listens. */
  readonly address: Address;
}

/**
 * Reads an entry: `AE=host:port`, or `AE@host:port` as the tools have it elsewhere. Where the application
 * entity goes by another name at its own address, that stands before the host: `AE=OTHER@host:port`. Where
 * it is to be called by TLS, `tls:` stands before the host: `AE=tls:host:port`.
 *
 * @param text The entry.
 * @returns The destination.
 * @throws {TypeError} When it is none.
 *
 * @example
 * ```ts
 * import { parseMoveDestination } from "./move_destination.ts";
 * import assert from "node:assert/strict";
 *
 * const expected = { aeTitle: "WS1", address: { hostname: "10.0.0.5", port: 104 } };
 * assert.deepEqual(parseMoveDestination("WS1=10.0.0.5:104"), expected);
 * assert.deepEqual(parseMoveDestination("WS1@10.0.0.5:104"), expected);
 * assert.equal(parseMoveDestination("WS1=tls:10.0.0.5:2762").address.tls, true);
 * ```
 */
export function parseMoveDestination(text: string): MoveDestination {
  // A host may be called so too: then there is no other that a port could follow.
  const plain = text.replace(/(?<=[=@] *)tls:(?=.*:)/, "");
  const byTls = plain === text ? {} : { tls: true };
  const equals = plain.indexOf("=");
  if (equals === -1) {
    const { aeTitle, ...address } = parseAeAddress(plain);
    if (aeTitle === undefined) {
      throw new TypeError(
        `Cannot use "${text}" as a move destination: the AE title is missing; give AE=host:port`,
      );
    }
    return { aeTitle, address: { ...address, ...byTls } };
  }
  const aeTitle = validateAeTitle(plain.slice(0, equals));
  return { aeTitle, address: { ...parseAeAddress(plain.slice(equals + 1).trim()), ...byTls } };
}

/**
 * Writes an entry.
 *
 * @param destination The destination.
 * @returns The text that {@linkcode parseMoveDestination} reads.
 */
export function formatMoveDestination({ aeTitle, address }: MoveDestination): string {
  return `${aeTitle}=${placeOf(address)}`;
}

function placeOf(address: Address): string {
  const place = formatAeAddress(address);
  return address.tls ? place.replace(/([^@]*)$/, "tls:$1") : place;
}

/**
 * Reads a file of entries: one a line; a line that begins with `#`, or is empty, is passed over.
 *
 * @param text What the file holds.
 * @returns The destinations.
 * @throws {TypeError} When a line is wrong; the message tells its number.
 *
 * @example
 * ```ts
 * import { parseMoveDestinations } from "./move_destination.ts";
 * import assert from "node:assert/strict";
 *
 * const [first] = parseMoveDestinations("# reading room\nWS1 = ws1.example:104\n");
 * assert.equal(first?.address.hostname, "ws1.example");
 * ```
 */
export function parseMoveDestinations(text: string): MoveDestination[] {
  const destinations = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/).flatMap((line, index) => {
    const entry = line.trim();
    if (entry === "" || entry.startsWith("#")) return [];
    try {
      return [parseMoveDestination(entry)];
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new TypeError(`line ${index + 1}: ${error.message}`, { cause: error });
    }
  });
  requireUnique(destinations);
  return destinations;
}

/**
 * Requires that no application entity is at two addresses.
 *
 * @param destinations The destinations.
 * @throws {TypeError} When one is.
 */
export function requireUnique(destinations: readonly MoveDestination[]): void {
  const known = new Map<string, string>();
  for (const { aeTitle, address } of destinations) {
    const place = placeOf(address);
    const other = known.get(aeTitle) ?? place;
    if (other !== place) {
      throw new TypeError(`Cannot send to ${aeTitle} at both ${other} and ${place}: give one`);
    }
    known.set(aeTitle, place);
  }
}

/** What is known of destinations. */
export interface DestinationOptions {
  /** Those of the command line: they come before those of the file. */
  readonly destinations: readonly MoveDestination[];
  /** The file of further ones. */
  readonly file: string | undefined;
}

/**
 * Finds the destinations of C-MOVE requests. The file is read again for each of them, so that it can be
 * changed while the server runs; while it cannot be used, what it said before holds.
 */
export class DestinationBook {
  readonly #options: DestinationOptions;
  readonly #io: Pick<Io, "readFile">;
  readonly #log: Log;
  #ofFile: readonly MoveDestination[] = [];

  private constructor(options: DestinationOptions, io: Pick<Io, "readFile">, log: Log) {
    this.#options = options;
    this.#io = io;
    this.#log = log;
  }

  /**
   * Opens the book.
   *
   * @param options What is known.
   * @param io Where files come from.
   * @param log Told when the file cannot be used any more.
   * @returns The book.
   * @throws {UsageError} When the file cannot be used.
   */
  static async open(
    options: DestinationOptions,
    io: Pick<Io, "readFile">,
    log: Log,
  ): Promise<DestinationBook> {
    const book = new DestinationBook(options, io, log);
    await book.#read();
    return book;
  }

  /** All destinations, those of the command line first. */
  get destinations(): readonly MoveDestination[] {
    return [...this.#options.destinations, ...this.#ofFile];
  }

  /**
   * Where an application entity listens.
   *
   * @param aeTitle Its AE title, in a C-MOVE.
   * @returns Its address; `undefined` when it is not known.
   */
  async resolve(aeTitle: string): Promise<Address | undefined> {
    try {
      await this.#read();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.#log.warn(`${error.message}; what it said before holds`);
    }
    return this.destinations.find((each) => each.aeTitle === aeTitle)?.address;
  }

  async #read(): Promise<void> {
    const { file } = this.#options;
    if (file === undefined) return;
    try {
      this.#ofFile = parseMoveDestinations(new TextDecoder().decode(await this.#io.readFile(file)));
    } catch (cause) {
      const reason = cause instanceof TypeError ? cause.message : reasonOf(cause);
      throw new UsageError(`Cannot use the destinations of ${file}: ${reason}`, { cause });
    }
  }
}
