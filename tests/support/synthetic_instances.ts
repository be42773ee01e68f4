/**
 * Small instances of any SOP class in any transfer syntax, as files.
 *
 * @module
 */
import { concatBytes } from "../../lib/bytes.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";

/** What an instance is to be. */
export interface InstanceFacts {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  /** More elements, as `keyword=value`. */
  readonly keys?: readonly string[];
  /** What the file meta information says instead. */
  readonly meta?: Partial<Parameters<typeof encodeFileMeta>[0]>;
}

/** The data set of an instance. */
export function instanceDataSet(facts: InstanceFacts): Uint8Array<ArrayBuffer> {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid, keys = [] } = facts;
  const dataSet = new DataSet();
  for (
    const key of [
      `SOPClassUID=${sopClassUid}`,
      `SOPInstanceUID=${sopInstanceUid}`,
      "PatientName=Test^Case",
      "PatientID=4711",
      "StudyInstanceUID=1.2.3",
      "SeriesInstanceUID=1.2.3.4",
      ...keys,
    ]
  ) applyKeywordPath(dataSet, key);
  return encodeDataSet(dataSet, transferSyntaxUid);
}

/** The file of an instance. */
export function instanceFile(facts: InstanceFacts): Uint8Array<ArrayBuffer> {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid, meta } = facts;
  const head = { sopClassUid, sopInstanceUid, transferSyntaxUid, implementationClassUid: "1.2.3" };
  return concatBytes([encodeFileMeta({ ...head, ...meta }), instanceDataSet(facts)]);
}
