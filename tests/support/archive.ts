/**
 * What all real archives of the test bench have in common.
 *
 * @module
 */
import type { RealFile } from "./real_files.ts";

/** An application entity that an archive may send to. */
export interface MoveDestination {
  /** AE title. */
  readonly aeTitle: string;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
}

/** A file that an archive would not take. */
export interface Refusal {
  /** The file. */
  readonly file: RealFile;
  /** Why, in the archive's words where it gave any. */
  readonly reason: string;
}

/** What became of the files given to an archive. */
export interface LoadReport {
  /** Files the archive holds now. */
  readonly taken: readonly RealFile[];
  /** Files it does not hold. */
  readonly refused: readonly Refusal[];
}

/** A running archive: query/retrieve provider with files in it. */
export interface Archive extends AsyncDisposable {
  /** Which program it is. */
  readonly kind: "dcmqrscp" | "orthanc" | "pynetdicom";
  /** Its AE title. */
  readonly aeTitle: string;
  /** Its DICOM port on 127.0.0.1. */
  readonly port: number;
  /** What it wrote so far, for a failure's message. */
  log(): string;
  /** Put files into it. */
  load(files: readonly RealFile[]): Promise<LoadReport>;
  /** Path of a Part 10 file with what it holds for a SOP Instance UID. */
  held(sopInstanceUid: string): Promise<string>;
  /** Stop it and remove its directory. */
  stop(): Promise<void>;
}
