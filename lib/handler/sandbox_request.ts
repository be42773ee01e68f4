/**
 * A C-STORE request inside a sandbox: to the handler the same as outside.
 *
 * @module
 */

import { HandlerError } from "../errors.ts";
import type { Attributes, StatusReply, StoreRequest } from "./handler.ts";
import { errorOf, type StoreNews, type StoreRequestData } from "./sandbox_protocol.ts";
import { ChunkStream, type Wish } from "./sandbox_stream.ts";

/** An instance that the host is sending. */
export class ArrivingStore {
  /** What the handler gets. */
  readonly request: StoreRequest;
  readonly #stream: ChunkStream;
  readonly #wish: Wish;
  readonly #association = new AbortController();
  #attributes: PromiseWithResolvers<Attributes> | undefined;
  /** What the data set failed with. */
  #failure: Error | undefined;
  #isFinished = false;

  /**
   * Makes the request.
   *
   * @param data What is known at its beginning.
   * @param wish Asks the host for the rest.
   */
  constructor(data: StoreRequestData, wish: Wish) {
    const { fileMetaInformation, abortReason, ...others } = data;
    if (abortReason !== undefined) this.#association.abort(errorOf(abortReason));
    this.#wish = wish;
    this.#stream = new ChunkStream(wish);
    this.request = {
      ...others,
      dataSet: this.#stream.readable,
      signal: this.#association.signal,
      fileMetaInformation: () => fileMetaInformation.slice(),
      attributes: () => this.#askAttributes(),
    };
  }

  /**
   * Takes what the host says.
   *
   * @param news What has become of the instance.
   */
  take(news: StoreNews): void {
    switch (news.type) {
      case "chunk":
        return this.#stream.push(news.buffer, news.length);
      case "end":
        return this.#stream.end();
      case "lost":
        return this.#stream.fail(this.#failure ??= errorOf(news.error));
      case "attributes":
        if (news.outcome.type === "value") this.#attributes?.resolve(news.outcome.value);
        else this.#attributes?.reject(this.#failure ??= errorOf(news.outcome.error));
        return;
      case "abort":
        return this.#association.abort(errorOf(news.error));
    }
  }

  /**
   * Tells whether an error is the one that the data set failed with.
   *
   * @param error What the handler threw.
   * @returns Whether it is.
   */
  hasFailedWith(error: unknown): boolean {
    return this.#failure !== undefined && error === this.#failure;
  }

  /** The handler has replied: nothing more comes. */
  finish(): void {
    this.#isFinished = true;
    const error = new TypeError("Cannot read the data set: the handler has replied");
    this.#stream.fail(error);
    // Whoever still waits for them may have gone: then nobody is to be told.
    this.#attributes?.promise.catch(() => {});
    this.#attributes?.reject(error);
  }

  #askAttributes(): Promise<Attributes> {
    if (this.#isFinished) {
      return Promise.reject(
        new TypeError("Cannot tell the attributes: the handler has replied"),
      );
    }
    if (this.#attributes === undefined) {
      this.#attributes = Promise.withResolvers();
      this.#wish({ type: "attributes" });
    }
    return this.#attributes.promise;
  }
}

/**
 * Makes the reply of what a handler returned.
 *
 * @param returned Its status, or a reply with one.
 * @returns The reply, with nothing in it that cannot be posted.
 * @throws {HandlerError} When it is none.
 */
export function storeReply(returned: unknown): StatusReply {
  if (typeof returned === "number") return { status: returned };
  if (typeof returned === "object" && returned !== null) {
    const { status, errorComment, offendingElements }: Partial<Record<keyof StatusReply, unknown>> =
      returned;
    if (typeof status === "number") {
      return {
        status,
        ...(typeof errorComment === "string" && { errorComment }),
        ...(Array.isArray(offendingElements) &&
          { offendingElements: offendingElements.map(Number) }),
      };
    }
  }
  throw new HandlerError(
    `Cannot answer with what the handler returned: ${String(returned)} is no status`,
    "store",
  );
}
