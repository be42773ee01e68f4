import assert from "node:assert/strict";
import { isVr, type Vr, VR_TRAITS } from "../../lib/data_set/vr.ts";

const ALL = Object.keys(VR_TRAITS) as Vr[];

function having(predicate: (vr: Vr) => boolean): string {
  return ALL.filter(predicate).sort().join(" ");
}

Deno.test("`VR_TRAITS` has the 34 value representations of PS3.5 table 6.2-1", () => {
  assert.equal(
    having(() => true),
    "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN " +
      "UR US UT UV",
  );
});

Deno.test("`VR_TRAITS` follows PS3.5 tables 6.2-1 and 7.1-1", () => {
  const cases: [trait: string, predicate: (vr: Vr) => boolean, vrs: string][] = [
    [
      "a 32-bit length in explicit VR",
      (vr) => VR_TRAITS[vr].longLength,
      "OB OD OF OL OV OW SQ SV UC UN UR UT UV",
    ],
    ["items", (vr) => VR_TRAITS[vr].kind === "items", "SQ"],
    ["bytes", (vr) => VR_TRAITS[vr].kind === "bytes", "OB OD OF OL OV OW UN"],
    ["numbers", (vr) => VR_TRAITS[vr].kind === "number", "AT FD FL SL SS SV UL US UV"],
    ["units of 2", (vr) => VR_TRAITS[vr].unit === 2, "AT OW SS US"],
    ["units of 4", (vr) => VR_TRAITS[vr].unit === 4, "FL OF OL SL UL"],
    ["units of 8", (vr) => VR_TRAITS[vr].unit === 8, "FD OD OV SV UV"],
    [
      "text of Specific Character Set",
      (vr) => VR_TRAITS[vr].characterSet,
      "LO LT PN SH ST UC UT",
    ],
    [
      "text of a single value",
      (vr) => VR_TRAITS[vr].kind === "text" && !VR_TRAITS[vr].multiple,
      "LT ST UR UT",
    ],
    [
      "padded with a space",
      (vr) => VR_TRAITS[vr].padding === 0x20,
      "AE AS CS DA DS DT IS LO LT PN SH ST TM UC UR UT",
    ],
  ];
  for (const [trait, predicate, vrs] of cases) assert.equal(having(predicate), vrs, trait);
});

Deno.test("`isVr()` knows the value representations and nothing else", () => {
  for (const vr of ALL) assert.ok(isVr(vr), vr);
  // What every object has is no value representation.
  for (const name of ["", "??", "ob", "OX", "  ", "\0\0", "OBB", "toString", "__proto__"]) {
    assert.ok(!isVr(name), name);
  }
});
