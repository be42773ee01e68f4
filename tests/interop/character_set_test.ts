/**
 * Text in the character sets of pydicom's test files, and what pydicom reads there.
 *
 * @module
 */

import assert from "node:assert/strict";
import { encodeText } from "../../lib/data_set/character_set_encoder.ts";
import { decodeStrings, encodeStrings } from "../../lib/data_set/value.ts";
import { isVr } from "../../lib/data_set/vr.ts";
import { DataSetError } from "../../lib/errors.ts";
import { peerTest, run } from "../support/peers.ts";
import { SYSTEM_PYTHON } from "../support/peer_programs.ts";

/** Writes each text element as VR, character sets, bytes, and the values as pydicom has them. */
const PYDICOM = `
import glob, json, os, warnings
import pydicom
from pydicom.multival import MultiValue

warnings.simplefilter("ignore")
KINDS = ("LO", "LT", "PN", "SH", "ST", "UC", "UT")

def listed(value):
    return list(value) if isinstance(value, MultiValue) else [value]

def walk(name, raw, decoded, sets):
    own = raw.get("SpecificCharacterSet")
    if own is not None:
        sets = listed(own)
    for tag in list(raw.keys()):
        before = raw.get_item(tag)
        after = decoded[tag]
        if after.VR == "SQ":
            for pair in zip(raw[tag].value, after.value):
                walk(name, pair[0], pair[1], sets)
        elif after.VR in KINDS and isinstance(before.value, bytes) and before.value:
            values = [str(value) for value in listed(after.value)]
            print(json.dumps([name, after.VR, sets, before.value.hex(), values]))

folder = os.path.join(os.path.dirname(pydicom.__file__), "data", "charset_files")
for path in sorted(glob.glob(os.path.join(folder, "*.dcm"))):
    raw = pydicom.dcmread(path, force=True)
    decoded = pydicom.dcmread(path, force=True)
    decoded.decode()
    walk(os.path.basename(path), raw, decoded, [])
`;

type Row = readonly [file: string, vr: string, sets: string[], hex: string, values: string[]];

peerTest({
  name: "decodeStrings() reads the text of pydicom's character set files as pydicom does",
  needs: ["pydicom"],
  async fn() {
    const { code, stdout, stderr } = await run(SYSTEM_PYTHON, ["-c", PYDICOM]);
    assert.equal(code, 0, stderr);
    const rows = stdout.trim().split("\n").map((line): Row => JSON.parse(line));
    const files = new Set(rows.map(([file]) => file));
    assert.ok(files.size >= 15, [...files].join());
    assert.ok(rows.some(([, , sets]) => sets.length > 1));
    for (const [file, vr, sets, hex, values] of rows) {
      assert.ok(isVr(vr));
      const bytes = Uint8Array.from(
        hex.match(/../g) ?? [],
        (digits) => Number.parseInt(digits, 16),
      );
      // pydicom leaves empty component groups at the end of a name out.
      const ours = decodeStrings(vr, bytes, sets)
        .map((value) => vr === "PN" ? value.replace(/=+$/, "") : value);
      assert.deepEqual(ours, values, `${file} ${vr} ${hex} in [${sets}]`);
    }
  },
});

/** Writes, for each codec, the bytes of each character of the first plane that it has. */
const PYTHON_CODECS = `
import json, sys

for codec in sys.argv[1:]:
    codes = {}
    for point in [*range(0x80, 0xd800), *range(0xe000, 0x10000)]:
        try:
            code = chr(point).encode(codec)
            # Longer ones are syllables taken apart.
            if len(code) <= 4:
                codes[point] = code.hex()
        except UnicodeEncodeError:
            pass
    print(json.dumps(codes))
`;

const CONTROLS = /[\x80-\x9f]/;
/** Characters that the editions of GB 18030 place differently, and private use. */
const EDITIONS = /[ḿ\u9fb4-\u9fbb\ufe10-\ufe19\ufffd\p{Co}]/u;

/** Sets, Python's codec for each, and the characters in which the two differ. */
const CODECS: [sets: string[], codec: string, differ: RegExp][] = [
  // Python has the control characters of ISO 8859, which are not legal in DICOM.
  [["ISO_IR 100"], "iso8859_1", CONTROLS],
  [["ISO_IR 101"], "iso8859_2", CONTROLS],
  [["ISO_IR 109"], "iso8859_3", CONTROLS],
  [["ISO_IR 110"], "iso8859_4", CONTROLS],
  [["ISO_IR 126"], "iso8859_7", CONTROLS],
  [["ISO_IR 127"], "iso8859_6", CONTROLS],
  [["ISO_IR 138"], "iso8859_8", CONTROLS],
  [["ISO_IR 144"], "iso8859_5", CONTROLS],
  [["ISO_IR 148"], "iso8859_9", CONTROLS],
  [["ISO_IR 203"], "iso8859_15", CONTROLS],
  [["ISO_IR 166"], "tis_620", /[\x80-\xa0]/],
  [["GBK"], "gbk", /$^/],
  [["GB18030"], "gb18030", EDITIONS],
  // The look-alikes that each takes for a character of the set.
  [["", "ISO 2022 IR 149"], "euc_kr", /$^/],
  [["", "ISO 2022 IR 58"], "gb2312", /[·—]/],
  [["", "ISO 2022 IR 87", "ISO 2022 IR 159"], "euc_jp", /[¥‾—∥－～｡-ﾟ￠-￢]/],
];

peerTest({
  name: "encodeText() writes every character as the codecs of Python do",
  needs: ["pydicom"],
  async fn() {
    const codecs = CODECS.map(([, codec]) => codec);
    const { code, stdout, stderr } = await run(SYSTEM_PYTHON, ["-c", PYTHON_CODECS, ...codecs]);
    assert.equal(code, 0, stderr);
    for (const [index, line] of stdout.trim().split("\n").entries()) {
      const theirs: Readonly<Record<string, string>> = JSON.parse(line);
      const [sets = [], codec, differ = /$^/] = CODECS[index] ?? [];
      const differences: string[] = [];
      for (let point = 0x80; point < 0x10000; point++) {
        if (point >= 0xd800 && point < 0xe000) continue;
        const character = String.fromCodePoint(point);
        if (!differ.test(character) && hexOf(character, sets) !== theirs[point]) {
          differences.push(
            `${character} U+${point.toString(16)} ${hexOf(character, sets)} ${theirs[point]}`,
          );
        }
      }
      assert.deepEqual(differences, [], codec);
    }
  },
});

/** Our bytes without escape sequences, in the EUC form; `undefined` when they are refused. */
function hexOf(text: string, sets: readonly string[]): string | undefined {
  try {
    const hex = encodeText(text, sets).toHex();
    const [, escape, pair = ""] = /^(1b242[89]4[1-4]|1b2442)(....)/.exec(hex) ?? [];
    const euc = (Number.parseInt(pair, 16) | 0x8080).toString(16);
    if (escape === undefined) return hex;
    return escape === "1b242844" ? `8f${euc}` : euc;
  } catch (error) {
    if (error instanceof DataSetError) return undefined;
    throw error;
  }
}

/** Encodes names by pydicom, from lines of JSON with the sets and the name. */
const PYDICOM_NAMES = `
import json, sys
from pydicom.charset import convert_encodings
from pydicom.valuerep import PersonName

for sets, name in json.loads(sys.argv[1]):
    encodings = convert_encodings(sets)
    print(PersonName(name).encode(encodings).hex())
`;

/** Without ISO 2022 IR 58, of which pydicom 2 forgets the escape sequences. */
const NAMES: [sets: string[], name: string][] = [
  [["ISO_IR 100"], "Äneas^Rüdiger"],
  [["ISO_IR 101"], "Wałęsa^Żółć"],
  [["ISO_IR 126"], "Διονυσιος"],
  [["ISO_IR 127"], "قباني^لنزار"],
  [["ISO_IR 138"], "שרון^דבורה"],
  [["ISO_IR 144"], "Люкceмбypг"],
  [["ISO_IR 148"], "Çavuşoğlu^İlker"],
  [["ISO_IR 166"], "สมชาย"],
  [["ISO_IR 13"], "ﾔﾏﾀﾞ^ﾀﾛｳ"],
  [["ISO_IR 192"], "Wang^XiaoDong=王^小東"],
  [["GB18030"], "Wang^XiaoDong=王^小东"],
  [["GBK"], "Wang^XiaoDong=王^小东"],
  [["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"],
  [["ISO 2022 IR 13", "ISO 2022 IR 87"], "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"],
  [["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"],
  [["", "ISO 2022 IR 144"], "Люкceмбypг"],
];

peerTest({
  name: "encodeStrings() writes names byte for byte as pydicom does",
  needs: ["pydicom"],
  async fn() {
    const { code, stdout, stderr } = await run(SYSTEM_PYTHON, [
      ...["-c", PYDICOM_NAMES, JSON.stringify(NAMES)],
    ]);
    assert.equal(code, 0, stderr);
    for (const [index, hex] of stdout.trim().split("\n").entries()) {
      const [sets = [], name = ""] = NAMES[index] ?? [];
      const bytes = encodeStrings("PN", [name], sets);
      assert.equal(
        bytes.toHex().replace(hex.length < 2 * bytes.length ? /20$/ : /$^/, ""),
        hex,
        name,
      );
    }
  },
});
