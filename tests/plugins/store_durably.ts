/**
 * A program that stores one instance durably to the directory of its argument, and then says so.
 *
 * @module
 */

import { storeHandler } from "../../plugins/store.ts";

const directory = Deno.args[0] ?? "";
const filename = "{CallingAET}/{SOPInstanceUID}.dcm";
const { store } = storeHandler({ directory, durable: true, filename });
const status = await store?.({
  sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  sopInstanceUid: "1.2.3",
  transferSyntaxUid: "1.2.840.10008.1.2.1",
  messageId: 1,
  dataSet: new Blob([new Uint8Array(600_000)]).stream(),
  fileMetaInformation: () => new Uint8Array(132),
  attributes: () => Promise.resolve({}),
  contexts: [],
  association: { id: "1", callingAeTitle: "SENDER", calledAeTitle: "STORE", peerAddress: "host:1" },
  signal: new AbortController().signal,
});
if (status !== 0) throw new Error(`Cannot store: ${JSON.stringify(status)}`);
Deno.stdout.writeSync(new TextEncoder().encode("stored\n"));
