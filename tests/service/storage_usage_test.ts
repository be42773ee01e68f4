import assert from "node:assert/strict";
import { isStorageSopClass, SOP_CLASSES } from "../../lib/sop_class.ts";
import {
  CLASSES_BY_USE,
  MOST_USED_CLASSES,
  OFTEN_USED_CLASSES,
  sopClassesOfModality,
  storageKind,
  SYNTAX_STEPS,
} from "../../lib/service/storage_usage.ts";
import { transferSyntax } from "../../lib/transfer_syntax.ts";
import { pure } from "../support/pure.ts";

const byKeyword = new Map(SOP_CLASSES.map(({ keyword, uid }) => [keyword, uid]));

pure("the lists of use hold storage SOP classes that are known, each once", () => {
  const first = [...MOST_USED_CLASSES, ...OFTEN_USED_CLASSES];
  assert.equal(new Set(first).size, first.length);
  assert.deepEqual(CLASSES_BY_USE.slice(0, first.length), first);
  const known = SOP_CLASSES.filter(({ serviceClass }) => serviceClass === "storage");
  assert.deepEqual([...CLASSES_BY_USE].sort(), known.map(({ uid }) => uid).sort());
});

pure("storageKind() tells images, videos and documents apart", () => {
  const cases: [keyword: string, kind: string][] = [
    ["CTImageStorage", "image"],
    ["EnhancedMRColorImageStorage", "image"],
    ["SegmentationStorage", "image"],
    ["RTDoseStorage", "image"],
    ["EnhancedUSVolumeStorage", "image"],
    ["ParametricMapStorage", "image"],
    ["VideoEndoscopicImageStorage", "video"],
    ["UltrasoundMultiFrameImageStorage", "video"],
    ["MultiFrameTrueColorSecondaryCaptureImageStorage", "video"],
    ["XRayRadiationDoseSRStorage", "document"],
    ["BasicTextSRStorage", "document"],
    ["EncapsulatedPDFStorage", "document"],
    ["RTPlanStorage", "document"],
    ["TwelveLeadECGWaveformStorage", "document"],
  ];
  for (const [keyword, kind] of cases) {
    assert.equal(storageKind(byKeyword.get(keyword) ?? assert.fail(keyword)), kind, keyword);
  }
  assert.equal(storageKind("1.3.46.670589.11.0.0.12.1"), "image");
});

pure("every kind has each transfer syntax once, and the uncompressed ones first", () => {
  for (const [kind, steps] of Object.entries(SYNTAX_STEPS)) {
    const all = steps.flat();
    assert.equal(new Set(all).size, all.length, kind);
    assert.deepEqual(all.slice(0, 2), ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]);
    assert.deepEqual(all.filter((uid) => transferSyntax(uid) === undefined), []);
    assert.ok(all.includes("1.2.840.10008.1.2.1.99") && all.includes("1.2.840.10008.1.2.2"));
  }
});

pure("sopClassesOfModality() lists storage SOP classes, its own first", () => {
  const cases: [modality: string, first: string | undefined][] = [
    ["CT", "CTImageStorage"],
    ["MR", "MRImageStorage"],
    ["SR", "BasicTextSRStorage"],
    ["RTSTRUCT", "RTStructureSetStorage"],
    ["KO", "KeyObjectSelectionDocumentStorage"],
    ["??", undefined],
    ["", undefined],
    ["constructor", undefined],
  ];
  for (const [modality, first] of cases) {
    const classes = sopClassesOfModality(modality);
    assert.equal(classes[0], first === undefined ? undefined : byKeyword.get(first), modality);
    assert.equal(new Set(classes).size, classes.length);
    assert.ok(classes.every(isStorageSopClass));
  }
  assert.ok(sopClassesOfModality("CT").includes(byKeyword.get("RawDataStorage") ?? ""));
});
