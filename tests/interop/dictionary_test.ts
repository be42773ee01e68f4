/**
 * The generated dictionary beside those of pydicom and DCMTK, which are made from the standard by other
 * hands. Every difference is listed with the reason why we differ; a new one fails.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DICTIONARY_DATA } from "../../lib/data_set/dictionary_data.ts";
import { peerTest, pynetdicomPython, run } from "../support/peers.ts";

const NONE = "(none)";

/** Ours by tag or mask: VR, VM, keyword. */
function ours(): Map<string, string> {
  const lines = DICTIONARY_DATA.trim().split("\n");
  return new Map(lines.map((line) => [line.slice(0, 8), line.slice(9)]));
}

function differences(theirs: ReadonlyMap<string, string>): Record<string, [string, string]> {
  const mine = ours();
  const tags = [...new Set([...mine.keys(), ...theirs.keys()])].sort();
  const found: Record<string, [string, string]> = {};
  for (const tag of tags) {
    const pair: [string, string] = [mine.get(tag) ?? NONE, theirs.get(tag) ?? NONE];
    if (pair[0] !== pair[1]) found[tag] = pair;
  }
  return found;
}

const PYDICOM = `
from pydicom import __version__
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
print(__version__)
def show(tag, entry):
    print(tag, entry[0].replace(" or ", "/"), entry[1], entry[4])
for tag, entry in DicomDictionary.items():
    show("%08X" % tag, entry)
for mask, entry in RepeatersDictionary.items():
    show(mask.upper().replace("X", "x"), entry)
`;

peerTest({
  name: "the dictionary is that of pydicom but for the listed differences",
  needs: ["pynetdicom"],
  async fn() {
    const { code, stdout, stderr } = await run(pynetdicomPython() ?? "", ["-c", PYDICOM]);
    assert.equal(code, 0, stderr);
    const [version = "", ...lines] = stdout.trim().split("\n").map((line) => line.trimEnd());
    assert.match(version, /^3\.0\./, "the differences are listed for pydicom 3.0");
    const theirs = new Map(lines.map((line) => [line.slice(0, 8), line.slice(9)]));
    assert.ok(theirs.size > 5000);
    assert.deepEqual(differences(theirs), {
      // In PS3.6 since the real-time video supplement, but in a table of its own.
      "00060001": ["SQ 1 CurrentFrameFunctionalGroupsSequence", NONE],
      // PS3.6 lists these tags without name and VR: the OB is a placeholder.
      "00080202": [NONE, "OB 1"],
      "00189445": [NONE, "OB 1"],
      "00280020": [NONE, "OB 1"],
      // No data elements.
      FFFEE000: [NONE, "NONE 1 Item"],
      FFFEE00D: [NONE, "NONE 1 ItemDelimitationItem"],
      FFFEE0DD: [NONE, "NONE 1 SequenceDelimitationItem"],
    });
  },
});

/** DCMTK's shorthands; `px` is the VR that it decides on when it has the transfer syntax. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  lt: "US/OW",
  ox: "OB/OW",
  px: "OB/OW",
  up: "UL",
  xs: "US/SS",
};

async function dcmtkDictionary(): Promise<Map<string, string>> {
  const theirs = new Map<string, string>();
  for await (const { name } of Deno.readDir("/usr/share")) {
    if (!/^(lib)?dcmtk/.test(name)) continue;
    const path = `/usr/share/${name}/dicom.dic`;
    const text = await Deno.readTextFile(path).catch(() => "");
    for (const line of text.split("\n")) {
      const [tag = "", vr = "", keyword = "", vm = ""] = line.split("\t");
      const match = /^\((\w{4}),(\w{4})\)$/.exec(tag);
      if (match === null) continue;
      const digits = `${match[1]}${match[2]}`.toUpperCase();
      theirs.set(
        digits,
        `${SHORTHANDS[vr] ?? vr} ${vm} ${keyword.replace(/^RETIRED_/, "")}`,
      );
    }
  }
  return theirs;
}

peerTest({
  name: "the dictionary is that of DCMTK but for the listed differences, where both have a tag",
  needs: ["dcmtk"],
  async fn() {
    const theirs = await dcmtkDictionary();
    assert.ok(theirs.size > 4500, `${theirs.size} elements read`);
    const found = Object.entries(differences(theirs))
      .filter(([, pair]) => !pair.includes(NONE));
    assert.deepEqual(Object.fromEntries(found), {
      // Newer definitions of PS3.6.
      "00089007": ["CS 4-5 FrameType", "CS 4 FrameType"],
      "00281200": ["US/SS/OW 1-n GrayLookupTableData", "US/OW 1-n GrayLookupTableData"],
    });
  },
});
