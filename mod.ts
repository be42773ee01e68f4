/**
 * DICOM networking: associations (PS3.8), DIMSE messages (PS3.7), and the services on top of them.
 *
 * {@linkcode associate} requests an association and {@linkcode serve} takes them; functions such as
 * {@linkcode cEcho} and {@linkcode cMove} work on an association. Received instances pass through
 * handlers as streams, byte for byte as they came.
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
 *
 * @module
 */

export * from "./lib/errors.ts";
export * from "./lib/bytes.ts";
export * from "./lib/ae_title.ts";
export * from "./lib/uid.ts";
export * from "./lib/sop_class.ts";
export * from "./lib/transfer_syntax.ts";
export * from "./lib/data_set/tag.ts";
export * from "./lib/data_set/vr.ts";
export * from "./lib/data_set/data_set.ts";
export * from "./lib/data_set/dictionary.ts";
export * from "./lib/data_set/value.ts";
export * from "./lib/data_set/character_set.ts";
export * from "./lib/data_set/character_set_encoder.ts";
export * from "./lib/data_set/character_set_term.ts";
export * from "./lib/data_set/character_set_change.ts";
export * from "./lib/data_set/decoder.ts";
export * from "./lib/data_set/encoder.ts";
export * from "./lib/data_set/scanner.ts";
export * from "./lib/data_set/transcoder.ts";
export * from "./lib/data_set/file.ts";
export * from "./lib/data_set/file_meta.ts";
export * from "./lib/data_set/keyword_path_parser.ts";
export * from "./lib/data_set/keyword_path.ts";
export * from "./lib/data_set/query_file.ts";
export * from "./lib/data_set/dump.ts";
export * from "./lib/data_set/json.ts";
export * from "./lib/data_set/matching.ts";
export * from "./lib/pdu/pdu.ts";
export * from "./lib/pdu/decoder.ts";
export * from "./lib/pdu/encoder.ts";
export * from "./lib/dimse/message.ts";
export * from "./lib/dimse/status.ts";
export * from "./lib/dimse/command_set.ts";
export * from "./lib/dimse/message_codec.ts";
export * from "./lib/dimse/response.ts";
export * from "./lib/dimse/assembler.ts";
export * from "./lib/dimse/fragmenter.ts";
export * from "./lib/association/presentation_context.ts";
export * from "./lib/association/state_machine.ts";
export * from "./lib/association/negotiation.ts";
export * from "./lib/association/timers.ts";
export * from "./lib/association/event.ts";
export * from "./lib/association/core.ts";
export * from "./lib/handler/handler.ts";
export * from "./lib/net/transport.ts";
export * from "./lib/net/clock.ts";
export * from "./lib/net/observer.ts";
export * from "./lib/net/reason.ts";
export * from "./lib/net/timeouts.ts";
export * from "./lib/net/data_consumer.ts";
export * from "./lib/net/data_set_source.ts";
export * from "./lib/net/framed_data_set.ts";
export * from "./lib/net/operation.ts";
export * from "./lib/net/request_handler.ts";
export * from "./lib/net/association.ts";
export * from "./lib/net/requestor.ts";
export * from "./lib/service/dispatcher.ts";
export * from "./lib/service/verification.ts";
export * from "./lib/service/query_scu.ts";
export * from "./lib/service/retrieve_scu.ts";
export * from "./lib/service/serve.ts";
export * from "./lib/service/storage_scu.ts";
export * from "./lib/service/storage_plan.ts";
export * from "./lib/service/storage_usage.ts";
export * from "./lib/service/get_plan.ts";
export * from "./lib/service/get_inventory.ts";
export * from "./lib/handler/chain.ts";
export * from "./lib/service/storage_association.ts";
