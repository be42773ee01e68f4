/**
 * Words of the standard, to be put where they do not belong.
 *
 * @module
 */

const HEX: readonly string[] = [
  // PDU headers (PS3.8 section 9.3), whole small PDUs among them.
  ...["010000000044", "020000000044", "03000000000400010107", "04000000000c", "0400ffffffff"],
  ...["05000000000400000000", "06000000000400000000", "07000000000400000202", "0500ffffffff"],
  // Items and sub-items with a length.
  ...[
    "10000000",
    "20000004",
    "21000004",
    "30000000",
    "40000000",
    "50000000",
    "51000004",
    "52000000",
  ],
  ...[
    "53000004",
    "54000004",
    "55000000",
    "56000004",
    "57000006",
    "58000006",
    "59000002",
    "5a00ffff",
  ],
  // PDV headers: length, context ID, message control header.
  ...["000000020101", "000000020103", "000000020300", "000000020302", "ffffffff0103"],
  // Elements of command sets (PS3.7 annex E).
  ...["000000000400000000000000", "00000001020000000100", "00000001020000003000"],
  ...["00000001020000002000", "00000001020000002100", "00000001020000001000"],
  ...["0000000102000000ff0f", "00000001020000000180", "00000001020000002080"],
  ...["00000001020000002180", "00000001020000004001", "00001001020000000700"],
  ...["00002001020000000700", "00000008020000000101", "00000008020000000000"],
  ...["000000090200000000ff", "00000009020000000000", "000020100200000001ff"],
  // Items, delimiters and their lengths (PS3.5 section 7.5), both byte orders.
  ...["feff00e0ffffffff", "feff0de000000000", "feffdde000000000", "feff00e000000000"],
  ...["fffee000ffffffff", "fffee00d00000000", "fffee0dd00000000", "ffffffff", "fffffffe"],
  // Element headers: sequences, UN of undefined length, pixel data, character set, meta group.
  ...["4000750253510000ffffffff", "40007502ffffffff", "09001010554e0000ffffffff"],
  ...["e07f10004f420000ffffffff", "e07f1000ffffffff", "080005004353", "0200100055491400"],
  ...["02000000554c040000000000", "28000301555302000100", "280000005553", "44534349"],
  // Deflate blocks: stored and empty, fixed, dynamic, reserved.
  ...["010000ffff", "000000ffff", "0300", "4b040000", "05c0", "07"],
];

const TEXT: readonly string[] = [
  ...["1.2.840.10008.1.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"],
  ...["1.2.840.10008.1.2.2", "1.2.840.10008.3.1.1.1", "1.2.840.10008.5.1.4.1.1.2"],
  ...["1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2", "1.2.840.10008.5.1.4.1.2.2.3"],
  ...["DICM", "GET / HTTP/1.1\r\n", "STUDY ", "ISO_IR 100", "ISO 2022 IR 87", "\\ISO 2022 IR 159"],
  ...["\x1b$B", "\x1b(J", "../", "*", "?", "\\", "[0].", "[*]", "=", "^", "\u0000", "\uffff"],
  ...['{"vr":"SQ","Value":[{', '"InlineBinary":"', '"BulkDataURI":""', "null", "1e999", "-0", "[["],
  ...["PatientName", "00080005", "(0010,0010)", "jsr:@a/b@^1", "npm:", "data:,", "#sha256-", "||"],
];

/** The words. */
export const WORDS: readonly Uint8Array[] = [
  ...HEX.map((hex) => Uint8Array.fromHex(hex)),
  ...TEXT.map((text) => new TextEncoder().encode(text)),
];
