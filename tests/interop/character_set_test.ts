/**
 * Text in the character sets of pydicom's test files, and what pydicom reads there.
 *
 * @module
 */

import assert from "node:assert/strict";
import { decodeStrings } from "../../lib/data_set/value.ts";
import { isVr } from "../../lib/data_set/vr.ts";
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
