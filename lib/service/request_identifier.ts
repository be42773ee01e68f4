/**
 * The identifier of a request that came: gathered as it arrives, then decoded.
 *
 * @module
 */

import type { DataSet } from "../data_set/data_set.ts";
import { decodeDataSet } from "../data_set/decoder.ts";
import { type DataConsumer, gather } from "../net/data_consumer.ts";

/** An identifier on its way. */
export interface RequestIdentifier {
  /** Takes its bytes. */
  readonly consumer: DataConsumer;
  /**
   * Waits for it.
   *
   * @returns The identifier; nothing when the association was lost before its end.
   * @throws {DataSetError} When it cannot be decoded.
   */
  read(): Promise<DataSet | undefined>;
}

/**
 * Prepares the taking of an identifier.
 *
 * @param transferSyntaxUid What it is encoded in.
 * @returns The identifier to come.
 */
export function requestIdentifier(transferSyntaxUid: string): RequestIdentifier {
  const arrived = Promise.withResolvers<Uint8Array | undefined>();
  const gathering = gather((bytes) => void arrived.resolve(bytes));
  return {
    consumer: {
      push: (data, isLast) => gathering.push(data, isLast),
      fail: () => arrived.resolve(undefined),
    },
    async read() {
      const bytes = await arrived.promise;
      if (bytes === undefined) return undefined;
      return decodeDataSet(bytes, transferSyntaxUid, { ignoreMeta: true });
    },
  };
}
