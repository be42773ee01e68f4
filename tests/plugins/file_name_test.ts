import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import fc from "fast-check";
import { resolveInside, safeComponent, safeFileName, safeText } from "../../plugins/file_name.ts";

const hashOf = (value: string): string =>
  createHash("sha256").update(value).digest("hex").slice(0, 32);

const PLAIN = ["1", "0", "1.2.3", "1.2.840.10008.5.1.4.1.1.2", "2.25." + "9".repeat(59), "1.02.3"];

for (const uid of PLAIN) {
  Deno.test({
    name: `\`safeFileName()\` keeps ${uid} when it is a UID`,
    permissions: "none",
    fn() {
      assert.equal(safeFileName("", uid), uid);
      assert.equal(safeFileName("CT", uid), `CT.${uid}`);
    },
  });
}

/** A value, and the readable half of its name. */
const CHANGED: readonly (readonly [value: string, readable: string])[] = [
  ["../../../x", "_________x"],
  ["/etc/cron.d/x", "_etc_cron_d_x"],
  ["C:\\x", "C__x"],
  ["\\\\host\\share", "__host_share"],
  [".", "_"],
  ["..", "__"],
  ["", "_"],
  ["   ", "___"],
  ["1".repeat(65), "1".repeat(48)],
  ["1.".repeat(150), "1_".repeat(24)],
  ["x".repeat(4000), "x".repeat(48)],
  ["9".repeat(60_000), "9".repeat(48)],
  ["1.2\x003", "1_2_3"],
  ["1.2\x00", "1_2_"],
  ["1.2\n3", "1_2_3"],
  [";touch x", "_touch_x"],
  ["$(touch x)", "__touch_x_"],
  ["\x1b[2J", "__2J"],
  ["-rf", "_rf"],
  ["CON", "CON"],
  ["nul.txt", "nul_txt"],
  ["1.2.", "1_2_"],
  [".1.2", "_1_2"],
  ["1..2", "1__2"],
  ["1.2 ", "1_2_"],
  ["a:b", "a_b"],
  ["1.2.a", "1_2_a"],
  ["é日本", "___"],
  ["%2e%2e", "_2e_2e"],
];

for (const [value, readable] of CHANGED) {
  Deno.test({
    name: `\`safeFileName()\` changes ${JSON.stringify(value.slice(0, 20))}, which is no UID`,
    permissions: "none",
    fn() {
      assert.equal(safeFileName("", value), `${readable}-${hashOf(value)}`);
      assert.equal(safeFileName("UN", value), `UN.${readable}-${hashOf(value)}`);
    },
  });
}

Deno.test({
  name: "`safeFileName()` gives different names when values differ in case only",
  permissions: "none",
  fn() {
    const names = ["1.2.a", "1.2.A"].map((uid) => safeFileName("CT", uid).toLowerCase());
    assert.notEqual(names[0], names[1]);
  },
});

Deno.test({
  name: "`safeFileName()` never gives a dangerous name, nor one name to two values",
  permissions: "none",
  fn() {
    const reserved = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."01.-/\\:\0 aA"), maxLength: 70 }),
    );
    fc.assert(fc.property(value, value, fc.constantFrom("", "CT"), (left, right, prefix) => {
      const name = safeFileName(prefix, left);
      assert.match(name, /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/);
      assert(name.length <= 128 && !name.includes("..") && !reserved.test(name), name);
      assert.equal(resolveInside("root", name), join("root", name));
      const same = name.toLowerCase() === safeFileName(prefix, right).toLowerCase();
      assert.equal(same, left === right);
    }));
  },
});

for (const prefix of ["../", "C:", ".", "a b", "x".repeat(17)]) {
  Deno.test({
    name: `\`safeFileName()\` throws when the prefix is ${JSON.stringify(prefix)}`,
    permissions: "none",
    fn() {
      assert.throws(() => safeFileName(prefix, "1.2"), {
        name: "RangeError",
        message: `Cannot name a file: prefix ${JSON.stringify(prefix)} is not usable`,
      });
    },
  });
}

const digits = (value: string): string => hashOf(value).slice(0, 8);

const KEPT = [
  "DOE^JANE",
  "DOE^JANE^^DR=田中^太郎",
  "KÖLN",
  "20240131",
  "1.2.840.10008.1",
  "CT THORAX, NATIV (2)".toUpperCase(),
  "O'BRIEN",
  "A_B-C+D@E",
  "^JANE",
  "山".repeat(32),
  "A".repeat(96),
];

for (const text of KEPT) {
  Deno.test({
    name: `\`safeText()\` keeps ${text.slice(0, 20)}`,
    permissions: "none",
    fn: () => assert.equal(safeText(text), text),
  });
}

/** A value, and what can be read of it. */
const TOLD: readonly (readonly [text: string, readable: string])[] = [
  ["Doe^Jane", "Doe^Jane"],
  ["Köln", "Köln"],
  ["Ko\u0308ln", "Köln"],
  ["KO\u0308LN", "KÖLN"],
  ["STRAßE", "STRAßE"],
  ["unknown", "unknown"],
  ["UNKNOWN", "UNKNOWN"],
  ["Unknown", "Unknown"],
  [".", "_"],
  ["..", "__"],
  ["../../x", "______x"],
  ["A/B", "A_B"],
  ["A\\B", "A_B"],
  ["A:B", "A_B"],
  ["C:", "C_"],
  ["A.", "A_"],
  ["A ", "A "],
  [" A", "_A"],
  ["   ", "_  "],
  ["-RF", "_RF"],
  [".A", "_A"],
  ["CON", "CON"],
  ["COM1.TXT", "COM1_TXT"],
  ["LPT²", "LPT²"],
  ["CONIN$", "CONIN_"],
  ["A\0B", "A_B"],
  ["A\nB", "A_B"],
  ["\u001b[2J", "__2J"],
  ["A\u202eB", "A_B"],
  ["A\u200bB", "A_B"],
  ["A\ud800B", "A_B"],
  ["A\ue000B", "A_B"],
  ["\u0301A", "_A"],
  ["$(TOUCH X)", "_(TOUCH X)"],
  ['`X`;*?"<>|%!&#~{}[]', "_X_" + "_".repeat(16)],
  ["😀", "_"],
  ["A".repeat(97), "A".repeat(64)],
  ["山".repeat(33), "山".repeat(21)],
  ["𠀋".repeat(4000), "𠀋".repeat(16)],
];

for (const [text, readable] of TOLD) {
  Deno.test({
    name: `\`safeText()\` changes ${JSON.stringify(text.slice(0, 20))}`,
    permissions: "none",
    fn: () => assert.equal(safeText(text), `${readable}-${digits(text)}`),
  });
}

Deno.test({
  name: "`safeText()` has a word for nothing, that no value has",
  permissions: "none",
  fn: () => assert.equal(safeText(""), "unknown"),
});

/** What Linux, macOS and Windows together may take for the same name. */
function folded(name: string): Set<string> {
  const forms = [name.normalize("NFC"), name.normalize("NFD")];
  return new Set(forms.flatMap((form) => [form.toLowerCase(), form.toUpperCase()]));
}

Deno.test({
  name: "`safeText()` never gives a dangerous name, nor names that a system may confuse",
  permissions: "none",
  fn() {
    const reserved = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9]) *(?:\.|$)/i;
    const letters = fc.constantFrom(
      ...[
        "A",
        "a",
        "Ö",
        "ö",
        "O\u0308",
        "o",
        "\u0308",
        "ß",
        "ẞ",
        "SS",
        "K",
        "\u212a",
        "k",
        "İ",
        "I",
      ],
      ...["i", "ı", "Σ", "σ", "ς", "ﬁ", "FI", ".", " ", "-", "/", "\\", ":", "\0", "1", "con"],
    );
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: letters, maxLength: 4 }),
      fc.string({ unit: letters, maxLength: 200 }),
    );
    fc.assert(
      fc.property(value, value, (left, right) => {
        const name = safeText(left);
        assert.doesNotMatch(name, /[<>:"|?*\\/\p{C}\p{Zl}\p{Zp}]|^[ .-]|^\p{M}|[ .]$/u);
        assert(!reserved.test(name), name);
        assert(new TextEncoder().encode(name).byteLength <= 96, name);
        assert.equal(name, name.normalize("NFC"));
        assert.equal(resolveInside("root", name), join("root", name));
        const both = folded(name).intersection(folded(safeText(right)));
        assert.equal(both.size > 0, left === right);
      }),
      { numRuns: 2000 },
    );
  },
});

/** Pieces, an extension, and the component. */
const COMPONENTS:
  readonly (readonly [pieces: readonly string[], extension: string, name: string])[] = [
    [["CT", ".", "1.2.3"], ".dcm", "CT.1.2.3.dcm"],
    [["E", "\u0301T\u0301"], "", "ÉT\u0301"],
    [["A".repeat(236)], ".dcm", `${"A".repeat(236)}.dcm`],
    [["A".repeat(237)], ".dcm", `${"A".repeat(227)}-${digits("A".repeat(237))}.dcm`],
    [["山".repeat(81)], "", `${"山".repeat(77)}-${digits("山".repeat(81))}`],
    [["COM", "1"], ".dcm", `COM1-${digits("COM1")}.dcm`],
    [["CO", "N"], "", `CON-${digits("CON")}`],
    [["NU", "L", ".1.2"], "", `NUL_1_2-${digits("NUL.1.2")}`],
    [["CON", "SOLE"], "", "CONSOLE"],
  ];

for (const [pieces, extension, name] of COMPONENTS) {
  Deno.test({
    name: `\`safeComponent()\` makes ${name.slice(0, 20)} of ${pieces.join("+").slice(0, 20)}`,
    permissions: "none",
    fn() {
      assert.equal(safeComponent(pieces, extension), name);
      assert(new TextEncoder().encode(name).byteLength <= 240);
    },
  });
}

for (const component of ["", ".", "..", "a/b", "../x", "/x", "a\\b", "C:x", "a:b", "a\0b"]) {
  Deno.test({
    name: `\`resolveInside()\` throws when a component is ${JSON.stringify(component)}`,
    permissions: "none",
    fn() {
      for (const components of [[component], ["study", component, "1.2"]]) {
        assert.throws(() => resolveInside("root", ...components), {
          name: "RangeError",
          message: `Cannot name a file: component ${
            JSON.stringify(component)
          } leads outside its directory`,
        });
      }
    },
  });
}

Deno.test({
  name: "`resolveInside()` joins each level to the directory",
  permissions: "none",
  fn() {
    assert.equal(resolveInside("/data", "1.2", "1.2.3"), join("/data", "1.2", "1.2.3"));
    assert.equal(resolveInside(".", "..x"), "..x");
  },
});
