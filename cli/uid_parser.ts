/**
 * Option values that name a SOP class or a transfer syntax.
 *
 * @module
 */

import { message, text } from "@optique/core/message";
import type { NonEmptyString } from "@optique/core/nonempty";
import type { ValueParser } from "@optique/core/valueparser";
import { SOP_CLASSES } from "../lib/sop_class.ts";
import { isValidUid } from "../lib/uid.ts";
import { transferSyntaxByKeyword } from "./transfer_syntax_keyword.ts";

/**
 * A storage SOP class.
 *
 * @returns A parser of its UID or its keyword (PS3.6 table A-1), with or without "Storage", upper case
 * and lower case alike.
 */
export function storageSopClass(): ValueParser<"sync", string> {
  return uidParser("SOPCLASS", (name) => {
    const wanted = name.toLowerCase();
    return SOP_CLASSES.find(({ keyword, serviceClass }) =>
      serviceClass === "storage" &&
      [keyword, keyword.replace(/Storage$/, "")].some((each) => each.toLowerCase() === wanted)
    )?.uid;
  }, "a SOP class: give its UID, or its keyword such as CTImageStorage");
}

/**
 * A transfer syntax.
 *
 * @returns A parser of its UID or its keyword (PS3.6 table A-1), upper case and lower case alike.
 */
export function transferSyntaxUid(): ValueParser<"sync", string> {
  return uidParser(
    "UID",
    transferSyntaxByKeyword,
    "a transfer syntax: give its UID, or its keyword such as JPEG2000Lossless",
  );
}

function uidParser(
  metavar: NonEmptyString,
  lookUp: (name: string) => string | undefined,
  what: string,
): ValueParser<"sync", string> {
  return {
    mode: "sync",
    metavar,
    placeholder: "1.2",
    parse(input) {
      const value = isValidUid(input) ? input : lookUp(input);
      if (value !== undefined) return { success: true, value };
      return { success: false, error: message`${text(`Cannot use "${input}" as ${what}`)}` };
    },
    format: (value) => value,
  };
}
