/**
 * Text in the character sets of DICOM, as bytes and as Unicode.
 *
 * @module
 */

/** Bytes written as Latin-1, which is how PS3.5 prints its examples. */
export function raw(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The examples of PS3.5 annexes H to K. */
export const STANDARD: [name: string, bytes: string, sets: string[], text: string][] = [
  [
    "H.3.1",
    "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    ["", "ISO 2022 IR 87"],
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
  ],
  [
    "H.3.2",
    "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=" +
    "\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
    ["ISO 2022 IR 13", "ISO 2022 IR 87"],
    "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
  ],
  [
    "I.2",
    "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
    ["", "ISO 2022 IR 149"],
    "Hong^Gildong=洪^吉洞=홍^길동",
  ],
  [
    "J.1",
    "Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=",
    ["ISO_IR 192"],
    "Wang^XiaoDong=王^小東=",
  ],
  ["J.2", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", ["GB18030"], "Wang^XiaoDong=王^小东="],
  ["J.4", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", ["GBK"], "Wang^XiaoDong=王^小东="],
  [
    "K.2",
    "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
    ["", "ISO 2022 IR 58"],
    "Zhang^XiaoDong=张^小东=",
  ],
];

/** One word in each single-byte set. */
export const SINGLE_BYTE: [number: string, bytes: string, text: string][] = [
  ["100", "Buc^J\xe9r\xf4me", "Buc^Jérôme"],
  ["101", "Wa\xb3\xeasa", "Wałęsa"],
  ["109", "\xa6amra \xb6ejja", "Ĥamra ĥejja"],
  ["110", "J\xe3n\xe8 \xb1bols", "Jãnč ąbols"],
  ["126", "\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"],
  ["127", "\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", "قباني^لنزار"],
  ["138", "\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", "שרון^דבורה"],
  ["144", "\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг"],
  ["148", "\xdd\xfe\xf0\xfd", "İşğı"],
  ["166", "\xca\xc1\xaa\xd2\xc2", "สมชาย"],
  ["203", "\xa4uro \xbcuvre", "€uro Œuvre"],
  ["13", "\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ"],
];

/** The escape sequences of PS3.3 tables C.12-3 and C.12-4. */
export const DESIGNATIONS: [escape: string, bytes: string, text: string][] = [
  ["-A", "\xe9", "é"],
  ["-B", "\xb3", "ł"],
  ["-C", "\xa6", "Ĥ"],
  ["-D", "\xe8", "č"],
  ["-F", "\xc4", "Δ"],
  ["-G", "\xe2", "ق"],
  ["-H", "\xf9", "ש"],
  ["-L", "\xbb", "Л"],
  ["-M", "\xdd", "İ"],
  ["-T", "\xca", "ส"],
  ["-b", "\xa4", "€"],
  [")I", "\xd4", "ﾔ"],
  ["$)A", "\xd5\xc5", "张"],
  ["$)C", "\xfb\xf3", "洪"],
  ["$B", ";3", "山"],
  ["$@", ";3", "山"],
  ["$(D", "\x30\x21", "丂"],
];
