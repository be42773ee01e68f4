/**
 * Command sets: any bytes.
 *
 * @module
 */

import { decodeCommandSet, encodeCommandSet } from "../../../lib/dimse/command_set.ts";
import { decodeMessage, encodeMessage } from "../../../lib/dimse/message_codec.ts";
import { DataSetError, RemoteProtocolError } from "../../../lib/errors.ts";
import { attempt, must, shapeOf } from "../target.ts";
import { pureTarget } from "./pure_target.ts";

/** Bytes into the decoder of command sets. */
export const COMMAND_SET = pureTarget({
  name: "command-set",
  kinds: ["command"],
  maximumLength: 8 * 1024,
  allocationFactor: 16,
  run: ({ bytes }) => {
    const set = attempt(DataSetError, () => decodeCommandSet(bytes));
    const decoded = attempt(RemoteProtocolError, () => decodeMessage(bytes));
    if (set.error !== undefined) {
      must(decoded.error?.message === set.error.message, "a broken command set is no message");
      return shapeOf(set.error.message);
    }
    if (decoded.error !== undefined) return shapeOf(decoded.error.message);
    // An Error Comment is written in the default repertoire alone, so once is not enough.
    const once = decodeMessage(encodeMessage(decoded.value));
    const twice = decodeMessage(encodeMessage(once));
    must(JSON.stringify(once) === JSON.stringify(twice), "what is written is read as it was");
    must(once.type === decoded.value.type, "a message stays what it is");
    must(
      JSON.stringify({ ...once, errorComment: "" }) ===
          JSON.stringify({ ...decoded.value, errorComment: "" }) ||
        ("errorComment" in decoded.value) !== ("errorComment" in once),
      "decoded, encoded and decoded it is the same message",
      () => `${JSON.stringify(decoded.value)}\n${JSON.stringify(once)}`,
    );
    must(encodeCommandSet([]).length === 12, "the smallest command set has a group length");
    return Object.keys(once).join();
  },
});
