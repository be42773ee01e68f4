/**
 * Our inflater, beside zlib's.
 *
 * @module
 */

import { constants, inflateRawSync } from "node:zlib";
import { concatBytes } from "../../../lib/bytes.ts";
import { Inflater } from "../../../lib/data_set/inflate.ts";
import { DataSetError } from "../../../lib/errors.ts";
import { DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/transfer_syntax.ts";
import { cut, Random } from "../random.ts";
import { attempt, must, shapeOf } from "../target.ts";
import { INFLATE_BUDGET } from "./data_set.ts";
import { pureTarget } from "./pure_target.ts";

/** One input in so many is given to zlib too: the runtime's keeps 14 KB of memory for each for long. */
const ZLIB_SHARE = 16;

/** What zlib makes of deflated bytes; nothing where it refuses them. */
function zlibInflated(bytes: Uint8Array): string | undefined {
  try {
    const options = { finishFlush: constants.Z_FINISH, maxOutputLength: INFLATE_BUDGET };
    return inflateRawSync(bytes, options).toString("hex");
  } catch {
    return undefined;
  }
}

/** Bytes into the inflater. */
export const INFLATER = pureTarget({
  name: "inflater",
  kinds: ["data-set"],
  maximumLength: 4096,
  run: ({ bytes, control, variant }) => {
    if (variant !== DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN) return "not deflated";
    const parts: Uint8Array[] = [];
    const inflater = new Inflater(INFLATE_BUDGET, (part) => void parts.push(part.slice()));
    const { error } = attempt(DataSetError, () => {
      for (const piece of cut(bytes, new Random(control).splits(bytes.length))) {
        inflater.push(piece);
      }
      inflater.finish();
    });
    if (control % ZLIB_SHARE !== 0) return shapeOf(error?.message ?? `sound ${parts.length > 1}`);
    const expected = bytes.length === 0 ? "" : zlibInflated(bytes);
    must(
      (error === undefined) === (expected !== undefined),
      "zlib refuses the same",
      () => `${error} / ${expected?.length}`,
    );
    if (error !== undefined) return shapeOf(error.message);
    must(concatBytes(parts).toHex() === expected, "zlib inflates to the same");
    return `sound ${parts.length > 1}`;
  },
});
