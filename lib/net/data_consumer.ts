/**
 * Where the data set of a message goes while it arrives.
 *
 * @module
 */

import { RemoteProtocolError } from "../errors.ts";

/** Takes the pieces of one data set, in order. */
export interface DataConsumer {
  /**
   * Takes a piece.
   *
   * @param data The bytes; a view that is valid until this returns, or its promise resolves.
   * @param isLast Whether this ends the data set.
   * @returns A promise when there is no room now: nothing is read from the peer until it resolves.
   */
  push(data: Uint8Array, isLast: boolean): Promise<void> | undefined;
  /**
   * Tells that the rest will not come.
   *
   * @param error Why.
   */
  fail(error: Error): void;
}

/** Lets a data set pass by. */
export const SKIP: DataConsumer = { push: () => undefined, fail: () => {} };

/**
 * The longest identifier that is gathered in memory: a response identifier with all UIDs of a large
 * study that failed is a few MiB.
 */
export const IDENTIFIER_LIMIT = 16 * 1024 * 1024;

/**
 * Gathers an identifier, which is small, in memory.
 *
 * @param done Called with the whole.
 * @returns The consumer.
 */
export function gather(done: (identifier: Uint8Array) => Promise<void> | undefined): DataConsumer {
  let gathered = new Uint8Array(0);
  let length = 0;
  return {
    push(data, isLast): Promise<void> | undefined {
      const needed = length + data.byteLength;
      if (needed > IDENTIFIER_LIMIT) {
        throw new RemoteProtocolError(
          `Cannot take an identifier: it is longer than ${IDENTIFIER_LIMIT} bytes`,
          { source: 0, reason: 0 },
        );
      }
      if (needed > gathered.byteLength) {
        const larger = new Uint8Array(Math.max(needed, 2 * gathered.byteLength));
        larger.set(gathered.subarray(0, length));
        gathered = larger;
      }
      gathered.set(data, length);
      length = needed;
      return isLast ? done(gathered.subarray(0, length)) : undefined;
    },
    fail: () => {},
  };
}
