/**
 * What the real archives do with the data sets they hold, found by experiment with dcmqrscp 3.6.7, Orthanc 1.10.1
 * and pynetdicom 3.0.4. `tests/interop/peers_test.ts` checks the syntaxes, the normalisation and the levels of Patient Root.
 *
 * | archive | holds | sends | takes not |
 * | --- | --- | --- | --- |
 * | dcmqrscp | what it was given | any syntax as it is, but one compressed syntax per class and process (see `dcmqrscp.ts`); normalises | - |
 * | Orthanc | what it was given | any syntax as it is, several in one C-MOVE; normalises as dcmqrscp does (both use DCMTK) | - |
 * | qrscp | the instance written again by pydicom | any syntax as it is, the same bytes as it holds | an attribute longer than its database column |
 *
 * "Normalises": re-encodes the data set without Data Set Trailing Padding (FFFC,FFFC) and group lengths, with
 * sequence and item lengths of its own choice, values trimmed of more padding than one byte, and compressed Pixel
 * Data as OB where the file says OW. Pixel data and values are not touched.
 *
 * Sub-associations: dcmqrscp and qrscp open one for a C-MOVE. Orthanc opens several, one after the other, in one
 * C-MOVE when classes or syntaxes are mixed: 5 for a study of 19 files in 5 syntaxes, 23 for 64 files.
 *
 * Levels: all three serve PATIENT, STUDY, SERIES and IMAGE of Patient Root, and STUDY, SERIES and IMAGE of Study
 * Root, with the unique keys of the levels above. dcmqrscp and Orthanc take a list of UIDs (`a\b`) in a C-MOVE
 * identifier; qrscp answers a list with a failure.
 *
 * @module
 */
import type { Archive } from "./archive.ts";
import type { CompareOptions } from "./compare_elements.ts";

/** Transfer syntaxes that pydicom's files come in; each of the three archives serves all of them. */
export const SERVED_SYNTAXES: Readonly<Record<string, string>> = {
  "1.2.840.10008.1.2": "Implicit VR Little Endian",
  "1.2.840.10008.1.2.1": "Explicit VR Little Endian",
  "1.2.840.10008.1.2.1.99": "Deflated Explicit VR Little Endian",
  "1.2.840.10008.1.2.2": "Explicit VR Big Endian",
  "1.2.840.10008.1.2.4.50": "JPEG Baseline",
  "1.2.840.10008.1.2.4.51": "JPEG Extended",
  "1.2.840.10008.1.2.4.70": "JPEG Lossless SV1",
  "1.2.840.10008.1.2.4.80": "JPEG-LS Lossless",
  "1.2.840.10008.1.2.4.90": "JPEG 2000 Lossless",
  "1.2.840.10008.1.2.4.91": "JPEG 2000",
  "1.2.840.10008.1.2.5": "RLE Lossless",
};

/**
 * By what letter DCMTK's programs name a transfer syntax: storescu proposes it alone by `-x` and the letter,
 * getscu prefers it by `+x` and the letter.
 */
export const DCMTK_LETTERS: Readonly<Record<string, string>> = {
  "1.2.840.10008.1.2": "i",
  "1.2.840.10008.1.2.1": "e",
  "1.2.840.10008.1.2.1.99": "d",
  "1.2.840.10008.1.2.2": "b",
  "1.2.840.10008.1.2.4.50": "y",
  "1.2.840.10008.1.2.4.51": "x",
  "1.2.840.10008.1.2.4.70": "s",
  "1.2.840.10008.1.2.4.80": "t",
  "1.2.840.10008.1.2.4.90": "v",
  "1.2.840.10008.1.2.4.91": "w",
  "1.2.840.10008.1.2.5": "r",
};

const DCMTK_NORMALISATION: CompareOptions = {
  ignoreTags: ["fffc,fffc"],
  ignorePadding: true,
  ignoreVrOf: ["7fe0,0010"],
};

/** What to overlook when that which an archive sent is compared with that which it holds. */
export const SENT_VERSUS_HELD: Readonly<Record<Archive["kind"], CompareOptions>> = {
  dcmqrscp: DCMTK_NORMALISATION,
  orthanc: DCMTK_NORMALISATION,
  pynetdicom: {},
};
