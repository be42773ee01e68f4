/**
 * The Verification service class (PS3.4 Annex A): C-ECHO.
 *
 * @module
 */

import type { EchoResponseMessage } from "../dimse/message.ts";
import type { Association } from "../net/association.ts";
import { RemoteProtocolError } from "../errors.ts";
import { VERIFICATION } from "../sop_class_uid.ts";

/**
 * Sends C-ECHO and waits for the response (PS3.7 section 9.1.5).
 *
 * @param association An association with an accepted context for Verification.
 * @returns The response; a failure status is a value.
 * @throws {NegotiationError} When there is no such context.
 * @throws {TimeoutError} When no response comes; the association is then aborted.
 *
 * @example
 * ```ts
 * import { associate, cEcho, serve, UNCOMPRESSED_TRANSFER_SYNTAXES, VERIFICATION } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * await using server = serve({ hostname: "127.0.0.1", port: 0, handlers: {} });
 * await using association = await associate({
 *   hostname: "127.0.0.1",
 *   port: server.addr.port,
 *   callingAeTitle: "ECHOSCU",
 *   calledAeTitle: "ANY-SCP",
 *   presentationContexts: [{
 *     abstractSyntax: VERIFICATION,
 *     transferSyntaxes: UNCOMPRESSED_TRANSFER_SYNTAXES,
 *   }],
 * });
 * assert.equal((await cEcho(association)).status, 0x0000);
 * ```
 */
export async function cEcho(association: Association): Promise<EchoResponseMessage> {
  const { id } = association.contextFor(VERIFICATION);
  const operation = await association.invoke(id, {
    type: "C-ECHO-RQ",
    messageId: association.nextMessageId(),
    affectedSopClassUid: VERIFICATION,
    hasDataSet: false,
  }, "C-ECHO-RSP");
  const { message } = await operation.next();
  if (message.type === "C-ECHO-RSP") return message;
  throw new RemoteProtocolError(`Cannot take ${message.type}: C-ECHO-RSP was awaited`, {
    source: 0,
    reason: 0,
  });
}
