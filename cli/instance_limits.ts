/**
 * The options that limit what one received instance may take.
 *
 * @module
 */

import { message, text } from "@optique/core/message";
import type { ValueParser } from "@optique/core/valueparser";
import type { DataSetLimits } from "../lib/service/dispatcher.ts";
import { parseByteSize } from "../plugins/byte_size.ts";
import { valueOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";

/** The limits as given on the command line, in bytes. */
export type InstanceLimitOptions = {
  readonly maximumInstanceSize: number | undefined;
  readonly maximumInflatedSize: number | undefined;
};

/**
 * The options that limit what one received instance may take.
 *
 * @returns Their parser.
 */
export function instanceLimitOptions(): OptionParser<InstanceLimitOptions> {
  return section("Output Options", {
    maximumInstanceSize: valueOption(
      ["--max-instance-size"],
      byteSize(),
      "refuse data sets that are longer, such as 4G, with 0xA700; 0 is no limit (default: 0)",
    ),
    maximumInflatedSize: valueOption(
      ["--max-inflated-size"],
      byteSize(),
      "refuse deflated data sets that inflate to more with 0xA700; with 0, every one (default: 256M)",
    ),
  });
}

/**
 * The library's limits of the options.
 *
 * @param given The options.
 * @returns What was given.
 */
export function dataSetLimitsOf(
  { maximumInstanceSize, maximumInflatedSize }: InstanceLimitOptions,
): DataSetLimits {
  return {
    ...(maximumInstanceSize !== undefined && { maximumSize: maximumInstanceSize }),
    ...(maximumInflatedSize !== undefined && { inflateBudget: maximumInflatedSize }),
  };
}

/** A size such as `4G`. */
function byteSize(): ValueParser<"sync", number> {
  return {
    mode: "sync",
    metavar: "SIZE",
    placeholder: 0,
    parse(input) {
      const value = parseByteSize(input);
      if (value !== undefined) return { success: true, value };
      const sentence =
        `Cannot use "${input}" as a size: give bytes, or a size such as 500M or 4GiB`;
      return { success: false, error: message`${text(sentence)}` };
    },
    format: (value) => String(value),
  };
}
