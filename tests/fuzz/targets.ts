/**
 * All that is fuzzed.
 *
 * @module
 */

import type { Target } from "./target.ts";
import { COMMAND_SET } from "./targets/command_set.ts";
import { ACCEPTOR_CORE, REQUESTOR_CORE } from "./targets/core.ts";
import { DATA_SET, TRANSCODER } from "./targets/data_set.ts";
import { FILE } from "./targets/file.ts";
import { INFLATER } from "./targets/inflater.ts";
import { PDU_DECODER } from "./targets/pdu_decoder.ts";
import type { PureTarget } from "./targets/pure_target.ts";
import { SCU } from "./targets/scu.ts";
import { SERVER } from "./targets/server.ts";
import { QRSCP, STORESCP } from "./targets/process.ts";
import { CERTIFICATE, JSON_MODEL, TEXT } from "./targets/text.ts";

/** The targets that wait for nothing. */
export const PURE_TARGETS: readonly PureTarget[] = [
  ...[PDU_DECODER, ACCEPTOR_CORE, REQUESTOR_CORE, COMMAND_SET, DATA_SET, TRANSCODER, INFLATER],
  ...[FILE, JSON_MODEL, TEXT, CERTIFICATE],
];

/** All targets. */
export const TARGETS: readonly Target[] = [...PURE_TARGETS, SCU, SERVER, STORESCP, QRSCP];
