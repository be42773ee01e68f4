/**
 * Walks over the elements of an instance as they pass, and compares its identity with the command's.
 *
 * @module
 */

import type { DataSet } from "../data_set/data_set.ts";
import { DataSetScanner } from "../data_set/scanner.ts";
import type { Tag } from "../data_set/tag.ts";
import type { StoreRequestMessage } from "../dimse/message.ts";
import { STATUS } from "../dimse/status.ts";
import { DataSetError } from "../errors.ts";
import type { Inspector } from "./data_set_stream.ts";

const SPECIFIC_CHARACTER_SET = 0x00080005;
const SOP_CLASS_UID = 0x00080016;
const SOP_INSTANCE_UID = 0x00080018;
const IDENTITY = [SOP_CLASS_UID, SOP_INSTANCE_UID];

/** Why an instance is refused: found in the bytes as they pass. */
class RefusedError extends DataSetError {
  override name = "RefusedError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What is looked for, and how far. */
export interface InspectionOptions {
  /** How the data set is encoded: a transfer syntax UID. */
  readonly transferSyntaxUid: string;
  /** The elements that somebody asks for. */
  readonly tags: readonly Tag[];
  /** What a deflated data set may inflate to, in bytes. */
  readonly inflateBudget: number;
}

/** Inspects one instance. */
export class InstanceInspector implements Inspector {
  readonly #message: StoreRequestMessage;
  readonly #scanner: DataSetScanner;

  /**
   * Makes an inspector.
   *
   * @param message The command, which says what instance it is.
   * @param options What to look for.
   */
  constructor(message: StoreRequestMessage, options: InspectionOptions) {
    const { transferSyntaxUid, tags, inflateBudget } = options;
    this.#message = message;
    this.#scanner = new DataSetScanner(transferSyntaxUid, {
      collect: tags.length === 0 ? IDENTITY : [SPECIFIC_CHARACTER_SET, ...IDENTITY, ...tags],
      inflateBudget,
    });
  }

  get isSatisfied(): boolean {
    return this.#scanner.collected;
  }

  /** The elements that were looked for and have passed. */
  get found(): DataSet {
    return this.#scanner.attributes;
  }

  push(piece: Uint8Array): void {
    try {
      this.#scanner.push(piece);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  finish(): void {
    try {
      this.#scanner.finish();
    } catch (error) {
      throw this.#refusal(error);
    }
    this.#compare(SOP_CLASS_UID, this.#message.affectedSopClassUid, "SOP Class UID");
    this.#compare(SOP_INSTANCE_UID, this.#message.affectedSopInstanceUid, "SOP Instance UID");
  }

  #compare(tag: Tag, expected: string, name: string): void {
    const value = this.found.get(tag)?.value;
    // As it mostly is: there is no need to decode it then.
    if (value instanceof Uint8Array && isUid(value, expected)) return;
    const found = this.found.getString(tag);
    if (found === expected) return;
    throw new RefusedError(
      STATUS.dataSetDoesNotMatch,
      found ? `${name} is not the command's` : `${name} is missing`,
    );
  }

  #refusal(error: unknown): unknown {
    if (!this.#scanner.overBudget || !(error instanceof Error)) return error;
    return new RefusedError(STATUS.outOfResources, error.message);
  }
}

/** Whether a value is one UID and nothing else, but for the padding to an even length (PS3.5 section 9.1). */
function isUid(value: Uint8Array, uid: string): boolean {
  const padding = value.length - uid.length;
  if (padding !== 0 && (padding !== 1 || value[uid.length] !== 0)) return false;
  for (let i = 0; i < uid.length; i++) {
    const code = uid.charCodeAt(i);
    if (value[i] !== code || code === BACKSLASH) return false;
  }
  return true;
}

/** What stands between two values is in none of them. */
const BACKSLASH = 0x5c;
