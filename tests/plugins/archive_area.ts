/**
 * An archive in a directory of its own, and what a test asks of it.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { keywordOf } from "../../lib/data_set/dictionary.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import type {
  AssociationInfo,
  FindRequest,
  Log,
  RetrieveRequest,
  Status,
  StatusReply,
} from "../../lib/handler/handler.ts";
import { PATIENT_ROOT_FIND, STUDY_ROOT_FIND, STUDY_ROOT_MOVE } from "../../lib/sop_class.ts";
import {
  type Archive,
  type ArchiveOptions,
  openArchive,
  type ScanProgress,
} from "../../plugins/archive.ts";
import { openDataSet, storeRequest } from "../conformance/store_request.ts";
import {
  instanceDataSet,
  type InstanceFacts,
  instanceFile,
} from "../support/synthetic_instances.ts";

export const CT = "1.2.840.10008.5.1.4.1.1.2";
export const EXPLICIT = "1.2.840.10008.1.2.1";

const ASSOCIATION: AssociationInfo = {
  id: "1",
  callingAeTitle: "TESTER",
  calledAeTitle: "ARCHIVE",
  peerAddress: "127.0.0.1:1",
};

/** What an instance is, in short: its UID, and more elements as `keyword=value`. */
export function facts(uid: string, ...keys: readonly string[]): InstanceFacts {
  return { sopClassUid: CT, sopInstanceUid: uid, transferSyntaxUid: EXPLICIT, keys };
}

/** An identifier of `keyword=value`. */
export function identifierOf(...keys: readonly string[]): DataSet {
  const identifier = new DataSet();
  for (const key of keys) applyKeywordPath(identifier, key);
  return identifier;
}

/** A C-FIND request. */
export function findRequest(
  level: string,
  keys: readonly string[],
  more: Partial<FindRequest> = {},
): FindRequest {
  return {
    sopClassUid: level === "PATIENT" ? PATIENT_ROOT_FIND : STUDY_ROOT_FIND,
    messageId: 1,
    identifier: identifierOf(`QueryRetrieveLevel=${level}`, ...keys),
    association: ASSOCIATION,
    signal: new AbortController().signal,
    ...more,
  };
}

/** The attributes of a response, as `PatientID=4711`, in order. */
export function shown(dataSet: DataSet): string[] {
  return [...dataSet].map(({ tag, vr }) =>
    `${keywordOf(tag)}=${
      vr === "SQ"
        ? dataSet.getItems(tag).map((item) => `{${shown(item).join(" ")}}`).join("")
        : dataSet.getStrings(tag).join("\\")
    }`
  );
}

/** A log that keeps what is written. */
export function keptLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const level = (name: string) => (message: string): void => void lines.push(`${name}: ${message}`);
  const log = {
    debug: level("debug"),
    info: level("info"),
    warn: level("warn"),
    error: level("error"),
  };
  return { log, lines };
}

/** A place for archives. */
export class ArchiveArea implements AsyncDisposable {
  /** Everything is below. */
  readonly root: string;
  /** A folder that is served. */
  readonly folder: string;
  readonly #kept = keptLog();

  private constructor(root: string) {
    this.root = root;
    this.folder = join(root, "folder");
  }

  /** Makes an empty place. */
  static async make(): Promise<ArchiveArea> {
    const area = new ArchiveArea(
      await Deno.realPath(await Deno.makeTempDir({ prefix: "archive-" })),
    );
    await Deno.mkdir(area.folder);
    return area;
  }

  /** What was logged. */
  get lines(): string[] {
    return this.#kept.lines.map((line) => line.replaceAll(this.root, "ROOT"));
  }

  /** The index of its archives. */
  get index(): string {
    return join(this.root, "received", ".dimse-index.sqlite");
  }

  /** Writes the file of an instance to the folder. */
  async put(name: string, instance: InstanceFacts): Promise<string> {
    const path = join(this.folder, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, instanceFile(instance));
    return path;
  }

  /** Opens an archive that serves the folder; nothing is scanned. */
  open(options: Partial<ArchiveOptions> = {}): Promise<Archive> {
    return openArchive({
      directory: join(this.root, "received"),
      folders: [this.folder],
      durable: false,
      log: this.#kept.log,
      ...options,
    });
  }

  /** Opens an archive, and scans. */
  async opened(options: Partial<ArchiveOptions> = {}): Promise<Archive> {
    const archive = await this.open(options);
    await scanned(archive);
    return archive;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

/** Scans to the end. */
export async function scanned(archive: Archive): Promise<ScanProgress | undefined> {
  let last: ScanProgress | undefined;
  for await (const progress of archive.scan()) last = progress;
  return last;
}

/** The identifiers of the responses, as {@linkcode shown} has them. */
export async function found(archive: Archive, request: FindRequest): Promise<string[][]> {
  const responses: string[][] = [];
  for await (const response of archive.handlers.find(request)) responses.push(shown(response));
  return responses;
}

/** One attribute of each response. */
export async function foundValues(
  archive: Archive,
  request: FindRequest,
  keyword: string,
): Promise<string[]> {
  const start = `${keyword}=`;
  const responses = await found(archive, request);
  return responses.map((response) =>
    response.find((text) => text.startsWith(start))?.slice(start.length) ?? "none"
  );
}

/** The instances that a retrieve finds, with their data sets. */
export async function located(
  archive: Archive,
  level: string,
  keys: readonly string[],
  more: Partial<RetrieveRequest> = {},
): Promise<{ uid: string; bytes: Uint8Array; transferSyntaxUid: string }[]> {
  const instances = [];
  const request = findRequest(level, keys, { sopClassUid: STUDY_ROOT_MOVE, ...more });
  for await (const instance of archive.handlers.locate(request)) {
    const bytes = await new Response(await instance.open()).bytes();
    const { sopInstanceUid: uid, transferSyntaxUid } = instance;
    instances.push({ uid, bytes, transferSyntaxUid });
  }
  return instances;
}

/** Sends an instance to an archive. */
export async function stored(
  archive: Archive,
  instance: InstanceFacts,
  attributes: Readonly<Record<string, readonly string[]>> = {},
): Promise<StatusReply> {
  const { stream } = openDataSet({ bytes: instanceDataSet(instance) });
  const reply: Status | StatusReply = await archive.handlers.store(storeRequest({
    ...instance,
    dataSet: stream,
    attributes: { StudyInstanceUID: ["1.2.3"], SeriesInstanceUID: ["1.2.3.4"], ...attributes },
  }));
  return typeof reply === "number" ? { status: reply } : reply;
}
