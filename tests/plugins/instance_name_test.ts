import assert from "node:assert/strict";
import type { Attributes } from "../../lib/handler/handler.ts";
import { type FileName, templateNaming, uidNaming } from "../../plugins/instance_name.ts";
import { pure } from "../support/pure.ts";
import { requestOf } from "./storage_area.ts";

const INSTANCE = {
  sopInstanceUid: "1.2.3",
  sopClassUid: "1.2.840.10008.5.1.4.1.1.4",
  callingAeTitle: "MODALITY1",
};

function shown({ directories, stem, extension }: FileName): string {
  return [...directories, `${stem}|${extension}`].join("/");
}

pure("`uidNaming()` names by prefix and UID, or by UID and extension", async () => {
  const request = requestOf(INSTANCE);
  for (
    const [naming, name] of [["sop-class-prefix", "MR.1.2.3|"], ["uid.dcm", "1.2.3|.dcm"]] as const
  ) {
    const { attributes, nameOf, labelOf } = uidNaming(naming);
    assert.deepEqual(attributes, []);
    assert.equal(shown(await nameOf(request)), name);
    assert.equal(labelOf(request), name.replace("|", ""));
  }
});

/** A template, the values of the data set, and the name: the extension after a bar. */
const NAMED:
  readonly (readonly [template: string, attributes: Attributes, name: string | RegExp])[] = [
    [
      "{StudyInstanceUID}/{SeriesInstanceUID}/{Modality}.{SOPInstanceUID}.dcm",
      { StudyInstanceUID: ["1.2"], SeriesInstanceUID: ["1.2.4"], Modality: ["MR"] },
      "1.2/1.2.4/MR.1.2.3|.dcm",
    ],
    ["{SOPClassPrefix}.{SOPInstanceUID}", {}, "MR.1.2.3|"],
    ["{SOPClassUID}/{SOPInstanceUID}.dcm", {}, "1.2.840.10008.5.1.4.1.1.4/1.2.3|.dcm"],
    ["{CalledAET}/{CallingAET}/{SOPInstanceUID}.img", {}, "HANDLER/MODALITY1/1.2.3|.img"],
    ["in {PatientID}/v1.0", { PatientID: ["A 1"] }, "in A 1/v1|.0"],
    ["{PatientName}", { PatientName: ["DOE^JANE"] }, "DOE^JANE|"],
    [
      "{PatientName}",
      { PatientName: ["Yamada^Tarou=山田^太郎"] },
      /^Yamada\^Tarou=山田\^太郎-[0-9a-f]{8}\|$/,
    ],
    ["{PatientName}.dcm", { PatientName: ["Köln"] }, /^Köln-[0-9a-f]{8}\|\.dcm$/],
    ["{PatientID}", { PatientID: [" 4711 "] }, "4711|"],
    ["{PatientID}", { PatientID: ["4711\0"] }, "4711|"],
    [
      "{PatientID}/{Modality}/{StudyDate}.dcm",
      { PatientID: [], Modality: [""] },
      "unknown/unknown/unknown|.dcm",
    ],
    ["{PatientID}", { PatientID: ["unknown"] }, /^unknown-[0-9a-f]{8}\|$/],
    ["{PatientID}", { PatientID: ["UNKNOWN"] }, /^UNKNOWN-[0-9a-f]{8}\|$/],
    ["{ImageType}", { ImageType: ["ORIGINAL", "PRIMARY", ""] }, "ORIGINAL,PRIMARY,|"],
    ["{ImageType}", { ImageType: ["", " "] }, "unknown|"],
    ["{PatientID}/x", { PatientID: ["../../etc"] }, /^______etc-[0-9a-f]{8}\/x\|$/],
    ["{PatientID}/x", { PatientID: [".."] }, /^__-[0-9a-f]{8}\/x\|$/],
    [
      "{PatientID}.part",
      { PatientID: [".x.1-6d5c1b1e-6f0c-4c0e-9a55-0d6a2f0f8f11"] },
      /^_x_1-6d5c[^|]*\|\.part$/,
    ],
    ["{Modality}.{SOPInstanceUID}", { Modality: ["NUL"] }, /^NUL-[0-9a-f]{8}\.1\.2\.3\|$/],
    ["COM{SeriesNumber}.dcm", { SeriesNumber: ["1"] }, /^COM1-[0-9a-f]{8}\|\.dcm$/],
    ["AUX/{SOPInstanceUID}", {}, /^AUX-[0-9a-f]{8}\/1\.2\.3\|$/],
    ["{constructor}/{SOPInstanceUID}", {}, "unknown/1.2.3|"],
  ];

for (const [template, attributes, name] of NAMED) {
  pure(`\`templateNaming()\` fills ${template} with ${JSON.stringify(attributes)}`, async () => {
    const { nameOf } = templateNaming(template);
    const found = shown(await nameOf(requestOf({ ...INSTANCE, attributes })));
    if (typeof name === "string") assert.equal(found, name);
    else assert.match(found, name);
  });
}

pure("`templateNaming()` keeps names within what file systems take", async () => {
  const long = "x".repeat(4000);
  const { nameOf } = templateNaming(
    "{PatientName}{StudyDescription}{SeriesDescription}/{PatientName}{PatientName}{PatientName}.dcm",
  );
  const attributes = {
    PatientName: [long],
    StudyDescription: [long],
    SeriesDescription: ["é".repeat(90)],
  };
  const { directories, stem, extension } = await nameOf(requestOf({ ...INSTANCE, attributes }));
  for (const component of [...directories, `${stem}-1000${extension}`]) {
    assert(new TextEncoder().encode(component).byteLength <= 255, component);
  }
  assert.equal(extension, ".dcm");
});

pure(
  "`templateNaming()` asks for the attributes that it names, and for none when there are none",
  async () => {
    const asked = templateNaming("{PatientID}/{Modality}/{PatientID}.{SOPInstanceUID}");
    assert.deepEqual(asked.attributes, ["PatientID", "Modality"]);
    const { attributes, nameOf, labelOf } = templateNaming("{CallingAET}/{SOPInstanceUID}");
    assert.deepEqual(attributes, []);
    const request = {
      ...requestOf(INSTANCE),
      attributes: () => Promise.reject(new Error("Data set is broken")),
    };
    assert.equal(shown(await nameOf(request)), "MODALITY1/1.2.3|");
    assert.equal(labelOf(request), "1.2.3");
    await assert.rejects(async () => await asked.nameOf(request), /^Error: Data set is broken$/);
  },
);

pure("`templateNaming()` throws when the template is none", () => {
  assert.throws(() => templateNaming("../{SOPInstanceUID}"), TypeError);
});
