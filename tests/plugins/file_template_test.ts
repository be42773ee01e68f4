import assert from "node:assert/strict";
import fc from "fast-check";
import { parseFileTemplate, REQUEST_FIELDS } from "../../plugins/file_template.ts";
import { pure } from "../support/pure.ts";

/** A template; each level with its fields in angle brackets; the keywords of elements. */
const READ: readonly (readonly [template: string, levels: string, keywords: string])[] = [
  ["{SOPInstanceUID}", "<SOPInstanceUID>", ""],
  ["{SOPClassPrefix}.{SOPInstanceUID}", "<SOPClassPrefix>.<SOPInstanceUID>", ""],
  [
    "{StudyInstanceUID}/{SeriesInstanceUID}/{Modality}.{SOPInstanceUID}.dcm",
    "<StudyInstanceUID> | <SeriesInstanceUID> | <Modality>.<SOPInstanceUID>.dcm",
    "StudyInstanceUID SeriesInstanceUID Modality",
  ],
  ["in/{PatientID}/{PatientID}", "in | <PatientID> | <PatientID>", "PatientID"],
  ["von {CallingAET} an {CalledAET}", "von <CallingAET> an <CalledAET>", ""],
  ["Köln (1)/_{Modality}{PatientID}", "Köln (1) | _<Modality><PatientID>", "Modality PatientID"],
  ["Ko\u0308ln/{SOPClassUID}", "Köln | <SOPClassUID>", ""],
  ["{Unheard}", "<Unheard>", "Unheard"],
];

for (const [template, levels, keywords] of READ) {
  pure(`\`parseFileTemplate()\` reads ${template}`, () => {
    const parsed = parseFileTemplate(template);
    const shown = parsed.levels.map((pieces) =>
      pieces.map((piece) => piece.type === "text" ? piece.text : `<${piece.name}>`).join("")
    );
    assert.equal(shown.join(" | "), levels);
    assert.equal(parsed.keywords.join(" "), keywords);
  });
}

/** What is no template, and why. */
const REFUSED: readonly (readonly [template: string, why: string])[] = [
  ["", "it is empty"],
  ["/{SOPInstanceUID}", "it must be relative to the output directory"],
  ["image.dcm", "it gives every instance the same name; fields are written as {SOPInstanceUID}"],
  ["{PatientID}//{SOPInstanceUID}", "a name between two slashes, or at the end, is empty"],
  ["{PatientID}/", "a name between two slashes, or at the end, is empty"],
  ["../{SOPInstanceUID}", 'a name starts with "."'],
  ["./{SOPInstanceUID}", 'a name starts with "."'],
  ["{PatientID}/../{SOPInstanceUID}", 'a name starts with "."'],
  [".{SOPInstanceUID}.part", 'a name starts with "."'],
  ["-rf{SOPInstanceUID}", 'a name starts with "-"'],
  [" {SOPInstanceUID}", 'a name starts with " "'],
  ["{SOPInstanceUID}.", 'a name ends with ".", which Windows drops'],
  ["in /{SOPInstanceUID}", 'a name ends with " ", which Windows drops'],
  ["{PatientID}\\{SOPInstanceUID}", "directories are separated by /, on Windows too"],
  ["C:{SOPInstanceUID}", '":" cannot be in the name of a file'],
  ["{Modality}*{SOPInstanceUID}", '"*" cannot be in the name of a file'],
  ["{Modality}\0{SOPInstanceUID}", "U+0000 cannot be in the name of a file"],
  ["{Modality}\u202e{SOPInstanceUID}", "U+202E cannot be in the name of a file"],
  ["{Modality}\n{SOPInstanceUID}", "U+000A cannot be in the name of a file"],
  ["{SOPInstanceUID", "a brace has no end"],
  ["SOPInstanceUID}", "a brace has no beginning"],
  ["{{SOPInstanceUID}}", "a brace has no end"],
  ["{}", '"{}" is no field; a field is a keyword such as {Modality}'],
  ["{ Modality }", '"{ Modality }" is no field; a field is a keyword such as {Modality}'],
  ["{0020,000d}", '"{0020,000d}" is no field; a field is a keyword such as {Modality}'],
  ["{PatientName:8}", '"{PatientName:8}" is no field; a field is a keyword such as {Modality}'],
  ["{PatientID/SOPInstanceUID}", "a brace has no end"],
  [`${"a/".repeat(16)}{SOPInstanceUID}`, "it has more than 16 levels"],
  [`${"ä".repeat(51)}{SOPInstanceUID}`, "the text of a name is longer than 100 bytes"],
];

for (const [template, why] of REFUSED) {
  pure(`\`parseFileTemplate()\` refuses ${JSON.stringify(template.slice(0, 40))}`, () => {
    assert.throws(() => parseFileTemplate(template), {
      name: "TypeError",
      message: `Cannot use ${JSON.stringify(template)} as a file name template: ${why}`,
    });
  });
}

pure("`parseFileTemplate()` takes a template of 16 levels, and a text of 100 bytes", () => {
  const template = `${"a/".repeat(15)}${"ä".repeat(50)}{SOPInstanceUID}`;
  assert.equal(parseFileTemplate(template).levels.length, 16);
});

pure("`parseFileTemplate()` keeps all of what it takes, and takes nothing that leads away", () => {
  const part = fc.constantFrom(
    ...["{Modality}", "{", "}", "/", ".", "..", "-", " ", "\\", ":", "\0", "a", "é", "{A b}"],
    ...REQUEST_FIELDS.map((field) => `{${field}}`),
  );
  fc.assert(fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
    const template = parts.join("");
    let parsed;
    try {
      parsed = parseFileTemplate(template);
    } catch (error) {
      assert(error instanceof TypeError, String(error));
      return;
    }
    const written = parsed.levels.map((pieces) =>
      pieces.map((piece) => piece.type === "text" ? piece.text : `{${piece.name}}`).join("")
    );
    assert.equal(written.join("/"), template);
    for (const level of written) assert.doesNotMatch(level, /^$|^[. -]|[. ]$|[\\/:\0]/);
  }));
});
