/**
 * How a server is to serve: the command line, resolved. It is plain data, so that a worker can be told.
 *
 * @module
 */

import type { Timeouts } from "../lib/net/timeouts.ts";
import type { DataSetLimits } from "../lib/service/dispatcher.ts";
import type { StorageAcceptance } from "../lib/service/serve.ts";
import type { AccessLists } from "./access_list.ts";
import type { LogLevel } from "./log.ts";
import type { OfferChoice } from "./offer_choice.ts";
import type { OutputOptions } from "./output_options.ts";
import type { TlsChoice } from "./tls_options.ts";

/** How a server is to serve: the command line, resolved. */
export interface ServiceOptions {
  readonly logLevel: LogLevel;
  readonly output: OutputOptions;
  /** The AE title that it goes by. */
  readonly aeTitle: string;
  /** The address to listen on; all by default. */
  readonly hostname: string | undefined;
  /** The port to listen on; 0 lets the system choose. */
  readonly port: number;
  readonly timeouts: Partial<Timeouts>;
  readonly maximumLength: number;
  readonly maximumAssociations: number;
  /** How many of them may be of one address. */
  readonly maximumAssociationsPerAddress: number;
  /** What received data sets may take. */
  readonly dataSetLimits: DataSetLimits;
  /** How many threads serve; with 1 it is that of the program, and no worker. */
  readonly workers: number;
  /** How to use TLS. */
  readonly tls: TlsChoice;
  /** Who may associate. */
  readonly access: AccessLists;
  /** What is accepted for storage. */
  readonly acceptance: StorageAcceptance;
  /** Whether broken data sets are kept. */
  readonly keepBroken: boolean;
  /** How long to wait for what is under way when it is to stop, in milliseconds; 0 is for ever. */
  readonly grace: number;
  /** What to tell the user before all else. */
  readonly warnings: readonly string[];
}

/** What a server is to do. */
export interface ServiceChoice {
  /** How it serves. */
  readonly service: ServiceOptions;
  /** What it serves. */
  readonly offer: OfferChoice;
}
