/**
 * The options of the tools that say how received instances become files.
 *
 * @module
 */

import { message, text } from "@optique/core/message";
import { choice, type ValueParser } from "@optique/core/valueparser";
import { lookupKeyword, suggestKeyword } from "../lib/data_set/dictionary.ts";
import { nearestWord } from "../lib/data_set/nearest_word.ts";
import { parseFileTemplate, REQUEST_FIELDS } from "../plugins/file_template.ts";
import { type MinimumFree, parseMinimumFree } from "../plugins/free_space.ts";
import { ON_EXIST, type OnExist } from "../plugins/on_exist.ts";
import type { StoreOptions } from "../plugins/store.ts";
import { switchOption, valueOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";

/** The file options as given on the command line; a template is checked already. */
export type FileOptions = {
  readonly filename: string | undefined;
  readonly onExist: OnExist | undefined;
  readonly durable: boolean | undefined;
  readonly minimumFree: MinimumFree | undefined;
};

/**
 * The file options.
 *
 * @param isDurable Whether files are durable unless told otherwise.
 * @param naming How files are named unless told otherwise.
 * @returns Their parser.
 */
export function fileOptions(
  isDurable = false,
  naming = "{SOPClassPrefix}.{SOPInstanceUID}",
): OptionParser<FileOptions> {
  const isDefault = (durable: boolean): string => durable === isDurable ? " (the default)" : "";
  return section("Output Options", {
    filename: valueOption(
      ["--filename"],
      fileTemplate(),
      "name files by this template, such as " +
        "'{StudyInstanceUID}/{SOPInstanceUID}.dcm'; a field is the keyword of an " +
        `attribute, or one of ${REQUEST_FIELDS.join(", ")} (default: ${naming})`,
    ),
    onExist: valueOption(
      ["--on-exist"],
      choice(ON_EXIST, { metavar: "POLICY" }),
      "what to do when the name is taken: keep another instance beside it and the same one only " +
        "once (if-different, the default), keep what is there (skip), replace it (overwrite), keep " +
        "both even if they are the same (rename), or refuse the instance (fail)",
    ),
    durable: switchOption(
      "--durable",
      "--no-durable",
      `confirm an instance only when it is on the medium, safe from a power cut${isDefault(true)}`,
      `confirm it when it is in its file${isDefault(false)}`,
    ),
    minimumFree: valueOption(
      ["--min-free"],
      minimumFree(),
      "keep so much of the disk free, a size such as 2G or a share such as 5%: what would take of it " +
        "is refused with 0xA700 (default: nothing)",
    ),
  });
}

/**
 * Makes options of the store handler of them.
 *
 * @param options The file options.
 * @returns What was given.
 */
export function storeOptionsOf(
  { filename, onExist, durable, minimumFree }: FileOptions,
): Pick<StoreOptions, "filename" | "onExist" | "durable" | "minimumFree"> {
  return {
    ...(filename !== undefined && { filename }),
    ...(onExist !== undefined && { onExist }),
    ...(durable === true && { durable }),
    ...(minimumFree !== undefined && { minimumFree }),
  };
}

/** What is to stay free of a disk. */
function minimumFree(): ValueParser<"sync", MinimumFree> {
  return {
    mode: "sync",
    metavar: "SIZE",
    placeholder: { bytes: 0 },
    parse(input) {
      try {
        return { success: true, value: parseMinimumFree(input) };
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        return { success: false, error: message`${text(error.message)}` };
      }
    },
    format: (value) => "bytes" in value ? String(value.bytes) : `${value.percent}%`,
  };
}

/** A name template whose keywords are in the dictionary. */
function fileTemplate(): ValueParser<"sync", string> {
  return {
    mode: "sync",
    metavar: "TEMPLATE",
    placeholder: "",
    parse(input) {
      try {
        const { keywords } = parseFileTemplate(input);
        for (const keyword of keywords) requireAttribute(input, keyword);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        return { success: false, error: message`${text(error.message)}` };
      }
      return { success: true, value: input };
    },
    format: (value) => value,
  };
}

function requireAttribute(template: string, keyword: string): void {
  const entry = lookupKeyword(keyword);
  if (entry !== undefined && entry.vr !== "SQ") return;
  const nearest = nearestWord(keyword, REQUEST_FIELDS) ?? suggestKeyword(keyword);
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  const why = entry === undefined
    ? `there is no attribute ${keyword}${hint}`
    : `${keyword} is a sequence`;
  throw new TypeError(`Cannot use ${JSON.stringify(template)} as a file name template: ${why}`);
}
