/**
 * What the tools of a toolkit are asked to do, whoever made them.
 *
 * @module
 */

import type { BenchData } from "./data.ts";
import type { Program } from "./process.ts";
import type { ContestantKind } from "./statistics.ts";

/** A storage SCP to be started. */
export interface ReceiveOrder {
  readonly port: number;
  /** An empty directory for what comes. */
  readonly directory: string;
  /** How many associations will come at once. */
  readonly associations: number;
  /** Certificate and key that it shall use, as files. */
  readonly tls?: Credentials | undefined;
}

/** Files of PEM. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** Instances to be sent. */
export interface SendOrder {
  readonly port: number;
  readonly data: BenchData;
  /** What the peer's certificate is checked with, as a file. */
  readonly ca?: string | undefined;
}

/** Instances to be retrieved. */
export interface RetrieveOrder {
  readonly archive: { readonly port: number; readonly aeTitle: string };
  /** Ours, and of our storage SCP. */
  readonly aeTitle: string;
  /** That of C-MOVE listens there. */
  readonly storePort: number;
  /** Whose instances. */
  readonly patientId: string;
  readonly directory: string;
}

/** An archive to be started. */
export interface ArchiveOrder {
  readonly port: number;
  readonly aeTitle: string;
  /** What it shall serve. */
  readonly data: BenchData;
  /** A directory for what it keeps beside. */
  readonly directory: string;
  /** Where it may send. */
  readonly destinations: readonly { readonly aeTitle: string; readonly port: number }[];
}

/** The tools of somebody; what is absent they do not have. */
export interface Toolkit {
  readonly name: string;
  readonly kind: ContestantKind;
  readonly version: string;
  storescp?(order: ReceiveOrder): Program;
  storescu?(order: SendOrder): Program;
  echoscu?(port: number): Program;
  movescu?(order: RetrieveOrder): Program;
  getscu?(order: RetrieveOrder): Program;
  /** Prepares what is to be served, which is not measured, and tells how it is started. */
  qrscp?(order: ArchiveOrder): Promise<Program>;
  /** Whether that archive gets its instances by C-STORE, when it runs. */
  readonly isArchiveFed?: boolean;
}

/** Toolkits that are here, and why others are not. */
export interface Found {
  readonly toolkits: readonly Toolkit[];
  readonly missing: readonly string[];
}
