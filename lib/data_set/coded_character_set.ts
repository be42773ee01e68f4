/**
 * The character sets of DICOM (PS3.3 section C.12.1.1.2): their names, where ISO 2022 designates them,
 * and which decoder of the platform knows them.
 *
 * @module
 */

/**
 * What delimits the text: `name` has components and groups (PN), `values` has values separated by a
 * backslash, `text` has neither (ST, LT, UT, UR). Designations end at each delimiter (PS3.5 6.1.2.5.3).
 */
export type TextKind = "name" | "values" | "text";

/** A set that can be designated to G0 or G1. */
export interface CodeElement {
  /** The label of the decoder; "ascii" needs none. */
  readonly label: string;
  /** Bytes a character. */
  readonly width: 1 | 2;
  /** Put before each character for the decoder: EUC-JP's shift to JIS X 0212. */
  readonly prefix?: number;
}

/** ISO 646, the default repertoire. */
export const ASCII: CodeElement = { label: "ascii", width: 1 };
/** JIS X 0201: ASCII but for the yen sign and the overline. */
export const ROMAJI: CodeElement = { label: "romaji", width: 1 };
/** JIS X 0201: half-width katakana. */
export const KATAKANA: CodeElement = { label: "shift_jis", width: 1 };
/** No set is designated. */
export const NONE: CodeElement = { label: "none", width: 1 };
const JIS_X_0208: CodeElement = { label: "euc-jp", width: 2 };
const JIS_X_0212: CodeElement = { label: "euc-jp", width: 2, prefix: 0x8f };
const KS_X_1001: CodeElement = { label: "euc-kr", width: 2 };
const GB_2312: CodeElement = { label: "gb18030", width: 2 };

/**
 * The sets for G1, by ISO registration number. Of 100 and 148 the decoders also know the characters
 * that Windows puts where ISO 8859 has control characters, which are not legal in DICOM: senders that
 * use them mean these.
 */
export const UPPER_HALVES: Readonly<Record<string, CodeElement>> = {
  "13": KATAKANA,
  "58": GB_2312,
  "100": { label: "iso-8859-1", width: 1 },
  "101": { label: "iso-8859-2", width: 1 },
  "109": { label: "iso-8859-3", width: 1 },
  "110": { label: "iso-8859-4", width: 1 },
  "126": { label: "iso-8859-7", width: 1 },
  "127": { label: "iso-8859-6", width: 1 },
  "138": { label: "iso-8859-8", width: 1 },
  "144": { label: "iso-8859-5", width: 1 },
  "148": { label: "iso-8859-9", width: 1 },
  "149": KS_X_1001,
  "166": { label: "windows-874", width: 1 },
  "203": { label: "iso-8859-15", width: 1 },
};

/** The sets for G0, by ISO registration number. */
export const LOWER_HALVES: Readonly<Record<string, CodeElement>> = {
  "6": ASCII,
  "14": ROMAJI,
  "87": JIS_X_0208,
  "159": JIS_X_0212,
};

/** What an escape sequence designates: a set for G0, or one for G1, by its registration number. */
export interface Designation {
  /** A key of {@linkcode LOWER_HALVES}. */
  readonly g0?: string;
  /** A key of {@linkcode UPPER_HALVES}. */
  readonly g1?: string;
}

/** Escape sequences without their ESC (PS3.3 tables C.12-3 and C.12-4), as text. */
export const DESIGNATIONS: Readonly<Record<string, Designation>> = {
  "(B": { g0: "6" },
  "(J": { g0: "14" },
  "$B": { g0: "87" },
  "$@": { g0: "87" }, // JIS C 6226-1978, from which JIS X 0208 differs by a few glyphs
  "$(D": { g0: "159" },
  ")I": { g1: "13" },
  "$)A": { g1: "58" },
  "$)C": { g1: "149" },
  "-A": { g1: "100" },
  "-B": { g1: "101" },
  "-C": { g1: "109" },
  "-D": { g1: "110" },
  "-F": { g1: "126" },
  "-G": { g1: "127" },
  "-H": { g1: "138" },
  "-L": { g1: "144" },
  "-M": { g1: "148" },
  "-T": { g1: "166" },
  "-b": { g1: "203" },
};

/** Sets without code extensions that take the whole value (PS3.3 table C.12-5). */
export const WHOLE: Readonly<Record<string, "utf-8" | "gb18030" | "gbk">> = {
  "192": "utf-8",
  UTF8: "utf-8",
  GB18030: "gb18030",
  GBK: "gbk",
  GB2312: "gbk",
};

/**
 * Reduces a defined term to what tells sets apart: the registration number, or the bare name. Peers
 * write `ISO-IR 100`, `ISO_IR_100` and `UTF-8`; case, blanks and punctuation say nothing.
 *
 * @param term A value of Specific Character Set (0008,0005).
 * @returns A key of the tables, if the set is known; empty for an empty term.
 */
export function setName(term: string): string {
  const bare = term.toUpperCase().replaceAll(/[^A-Z0-9]/g, "");
  return /^ISO(?:2022)?IR(\d+)$/.exec(bare)?.[1] ?? bare;
}

/**
 * Whether there is a delimiter in a text, at which the sets of the first value are active again
 * (PS3.5 section 6.1.2.5.3).
 *
 * @param text The text.
 * @param kind What delimits it.
 * @returns True when there is.
 */
export function hasDelimiter(text: string, kind: TextKind): boolean {
  if (/[\t\n\f\r]/.test(text)) return true;
  if (kind === "text") return false;
  return kind === "name" ? /[\\^=]/.test(text) : text.includes("\\");
}

const decoders = new Map<string, TextDecoder>();

/**
 * Decodes bytes by a decoder of the platform, which is made once.
 *
 * @param label Its label.
 * @param bytes The bytes.
 * @returns The text; U+FFFD for what means nothing.
 */
export function decodeWith(label: string, bytes: Uint8Array): string {
  let decoder = decoders.get(label);
  if (decoder === undefined) {
    decoder = new TextDecoder(label);
    decoders.set(label, decoder);
  }
  return decoder.decode(bytes);
}
