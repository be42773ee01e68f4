/**
 * Text that is parsed: DICOM JSON, keyword paths, query files, specifiers of handlers, names of files;
 * and certificates.
 *
 * @module
 */

import { DataSet } from "../../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../../lib/data_set/encoder.ts";
import { fromJson, toJson } from "../../../lib/data_set/json.ts";
import {
  applyKeywordPath,
  KeywordPathError,
  readKeywordPath,
} from "../../../lib/data_set/keyword_path.ts";
import { matchesIdentifier } from "../../../lib/data_set/matching.ts";
import { parseQueryFile } from "../../../lib/data_set/query_file.ts";
import { DataSetError, HandlerError } from "../../../lib/errors.ts";
import { parseHandlerSpecifier } from "../../../lib/handler/specifier.ts";
import { highestVersion, parseVersionRange } from "../../../lib/handler/version_range.ts";
import { readCertificate } from "../../../lib/net/certificate.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../../lib/transfer_syntax.ts";
import { safeFileName, safeText } from "../../../plugins/file_name.ts";
import { attempt, must, shapeOf } from "../target.ts";
import { pureTarget } from "./pure_target.ts";

const POLICY = { builtIns: {}, workingDirectory: "/" };
const VERSIONS = ["1.0.0", "1.2.3", "2.0.0-rc.1"];

/** Text into the reader of DICOM JSON. */
export const JSON_MODEL = pureTarget({
  name: "json",
  kinds: ["json"],
  maximumLength: 16 * 1024,
  run: ({ bytes }) => {
    const parsed = attempt(SyntaxError, () => JSON.parse(new TextDecoder().decode(bytes)));
    if (parsed.error !== undefined) return "no JSON";
    const made = attempt(DataSetError, () => fromJson(parsed.value));
    if (made.error !== undefined) return shapeOf(made.error.message);
    const once = JSON.stringify(toJson(made.value));
    const twice = JSON.stringify(toJson(fromJson(JSON.parse(once))));
    must(once === twice, "what is written as JSON is read as it was", () => `${once}\n${twice}`);
    attempt(DataSetError, () => encodeDataSet(made.value, EXPLICIT_VR_LITTLE_ENDIAN));
    return `sound ${made.value.size}`;
  },
});

/** Text into what understands arguments, and into what makes file names of UIDs. */
export const TEXT = pureTarget({
  name: "text",
  kinds: ["text"],
  maximumLength: 256,
  run: ({ bytes }) => {
    const text = new TextDecoder().decode(bytes);
    const dataSet = new DataSet();
    const path = attempt(KeywordPathError, () => applyKeywordPath(dataSet, text));
    const values = attempt(KeywordPathError, () => readKeywordPath(dataSet, text));
    for (const { argument } of parseQueryFile(text).slice(0, 8)) {
      attempt(KeywordPathError, () => applyKeywordPath(dataSet, argument));
    }
    const candidate = new DataSet();
    attempt(KeywordPathError, () => applyKeywordPath(candidate, `PatientName=${"a".repeat(60)}`));
    matchesIdentifier(dataSet, candidate);
    const handler = attempt(HandlerError, () => parseHandlerSpecifier(text, POLICY));
    const range = parseVersionRange(text);
    if (range !== undefined) highestVersion(VERSIONS, range);
    for (const name of [safeFileName("CT", text), safeFileName("", text), safeText(text)]) {
      must(
        name !== "" && name.length <= 255 && !/[\\/\0]/.test(name) && !/^\.|\.$/.test(name),
        "the name of a file is one component",
        () => name,
      );
    }
    return `${reasonOf(path.error)} ${values.error === undefined} ${
      reasonOf(handler.error)
    } ${handler.value?.kind} ${range === undefined}`;
  },
});

/** What is after the last colon: before it may stand what was given. */
function reasonOf(error: Error | undefined): string {
  return shapeOf(error?.message.split(": ").at(-1) ?? "well").slice(0, 16);
}

/** Bytes into the reader of certificates. */
export const CERTIFICATE = pureTarget({
  name: "certificate",
  kinds: ["certificate"],
  maximumLength: 4096,
  allocationFactor: 64,
  run: ({ bytes }) => {
    const read = attempt(DataSetError, () => readCertificate(bytes));
    if (read.error !== undefined) return shapeOf(read.error.message);
    const { subject, issuer, alternativeNames } = read.value;
    const shown = [subject, issuer, ...alternativeNames].join("");
    must(!/\p{Cc}/u.test(shown), "what a certificate says can be shown");
    return `sound ${alternativeNames.length}`;
  },
});
