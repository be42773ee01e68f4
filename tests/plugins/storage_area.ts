/**
 * A directory to store to, and what a test wants to know of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Log, StatusReply, StoreRequest } from "../../lib/handler/handler.ts";
import { type StoredFile, storeHandler, type StoreOptions } from "../../plugins/store.ts";
import {
  type DataSetSource,
  openDataSet,
  type RequestParts,
  storeRequest,
} from "../conformance/store_request.ts";

/** What is sent: a source, and what the request says. */
export type Sending = DataSetSource & Partial<RequestParts>;

/** The store handler on a directory of its own. */
export class StorageArea implements AsyncDisposable {
  readonly directory: string;
  readonly #root: string;
  /** All that was reported, as `stored CT.1.2.3`. */
  readonly events: string[] = [];
  /** All that was reported, in full. */
  readonly files: StoredFile[] = [];
  readonly errors: Error[] = [];
  /** All that was logged, as `warn: …`. */
  readonly logged: string[] = [];
  readonly store: (request: StoreRequest) => Promise<StatusReply>;

  private constructor(root: string, options: StoreOptions) {
    this.#root = root;
    this.directory = options.directory ?? root;
    const log = (level: string) => (message: string): void => {
      this.logged.push(`${level}: ${message.replaceAll(this.directory, "DIR")}`);
    };
    const logs: Log = {
      debug: log("debug"),
      info: log("info"),
      warn: log("warn"),
      error: log("error"),
    };
    const report = (event: string) => (file: StoredFile): void => {
      this.files.push(file);
      this.events.push(`${event} ${file.path.slice(this.directory.length + 1)}`);
    };
    const { store } = storeHandler({
      directory: this.directory,
      log: logs,
      onStored: report("stored"),
      onExisting: report("existing"),
      onFailed: (uid, error) => {
        this.errors.push(error);
        this.events.push(`failed ${uid}`);
      },
      ...options,
    });
    this.store = async (request) => {
      const reply = await store?.(request);
      return typeof reply === "object" ? reply : { status: reply ?? NaN };
    };
  }

  /** Makes a directory, and the handler; a relative `directory` is within the first. */
  static async make(options: StoreOptions = {}): Promise<StorageArea> {
    const root = await Deno.makeTempDir({ prefix: "store-" });
    const { directory: chosen = root } = options;
    const directory = chosen.startsWith("/") ? chosen : `${root}/${chosen}`;
    return new StorageArea(root, { ...options, directory });
  }

  /** Sends one instance, and gives the status. */
  async send(sending: Sending): Promise<number> {
    return (await this.store(requestOf(sending))).status;
  }

  /** The names of all files in the directory, or one below; the parts too. */
  async names(below = ""): Promise<string[]> {
    const names: string[] = [];
    for await (const entry of Deno.readDir(`${this.directory}/${below}`)) names.push(entry.name);
    return names.sort();
  }

  /** The data set of a file. */
  async dataSetOf(name: string): Promise<Uint8Array> {
    const bytes = await Deno.readFile(`${this.directory}/${name}`);
    assert.equal(new TextDecoder().decode(bytes.subarray(128, 132)), "DICM");
    return bytes.subarray(144 + new DataView(bytes.buffer).getUint32(140, true));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#root, { recursive: true });
  }
}

/** The request of a sending. */
export function requestOf(sending: Sending): StoreRequest {
  return storeRequest({ dataSet: openDataSet(sending).stream, ...sending });
}
