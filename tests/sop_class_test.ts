import assert from "node:assert/strict";
import * as exported from "../lib/sop_class.ts";
import { isStorageSopClass, SOP_CLASSES, sopClass, sopClassName } from "../lib/sop_class.ts";
import { isValidUid } from "../lib/uid.ts";

Deno.test({
  name: "sopClass() knows the Verification SOP class",
  permissions: "none",
  fn() {
    assert.deepEqual(sopClass("1.2.840.10008.1.1"), {
      uid: "1.2.840.10008.1.1",
      name: "Verification",
      keyword: "Verification",
      serviceClass: "verification",
      retired: false,
    });
  },
});

const QUERY_RETRIEVE: readonly [
  constant: string,
  uid: string,
  name: string,
  keyword: string,
  serviceClass: string,
][] = [
  [
    exported.PATIENT_ROOT_FIND,
    "1.2.840.10008.5.1.4.1.2.1.1",
    "Patient Root Query/Retrieve Information Model - FIND",
    "PatientRootQueryRetrieveInformationModelFind",
    "query",
  ],
  [
    exported.PATIENT_ROOT_MOVE,
    "1.2.840.10008.5.1.4.1.2.1.2",
    "Patient Root Query/Retrieve Information Model - MOVE",
    "PatientRootQueryRetrieveInformationModelMove",
    "retrieve",
  ],
  [
    exported.PATIENT_ROOT_GET,
    "1.2.840.10008.5.1.4.1.2.1.3",
    "Patient Root Query/Retrieve Information Model - GET",
    "PatientRootQueryRetrieveInformationModelGet",
    "retrieve",
  ],
  [
    exported.STUDY_ROOT_FIND,
    "1.2.840.10008.5.1.4.1.2.2.1",
    "Study Root Query/Retrieve Information Model - FIND",
    "StudyRootQueryRetrieveInformationModelFind",
    "query",
  ],
  [
    exported.STUDY_ROOT_MOVE,
    "1.2.840.10008.5.1.4.1.2.2.2",
    "Study Root Query/Retrieve Information Model - MOVE",
    "StudyRootQueryRetrieveInformationModelMove",
    "retrieve",
  ],
  [
    exported.STUDY_ROOT_GET,
    "1.2.840.10008.5.1.4.1.2.2.3",
    "Study Root Query/Retrieve Information Model - GET",
    "StudyRootQueryRetrieveInformationModelGet",
    "retrieve",
  ],
  [
    exported.PATIENT_STUDY_ONLY_FIND,
    "1.2.840.10008.5.1.4.1.2.3.1",
    "Patient/Study Only Query/Retrieve Information Model - FIND",
    "PatientStudyOnlyQueryRetrieveInformationModelFind",
    "query",
  ],
  [
    exported.PATIENT_STUDY_ONLY_MOVE,
    "1.2.840.10008.5.1.4.1.2.3.2",
    "Patient/Study Only Query/Retrieve Information Model - MOVE",
    "PatientStudyOnlyQueryRetrieveInformationModelMove",
    "retrieve",
  ],
  [
    exported.PATIENT_STUDY_ONLY_GET,
    "1.2.840.10008.5.1.4.1.2.3.3",
    "Patient/Study Only Query/Retrieve Information Model - GET",
    "PatientStudyOnlyQueryRetrieveInformationModelGet",
    "retrieve",
  ],
];

for (const [constant, uid, name, keyword, serviceClass] of QUERY_RETRIEVE) {
  Deno.test({
    name: `sopClass() knows ${name}`,
    permissions: "none",
    fn() {
      assert.equal(constant, uid);
      const retired = uid.startsWith("1.2.840.10008.5.1.4.1.2.3.");
      assert.deepEqual(sopClass(uid), { uid, name, keyword, serviceClass, retired });
    },
  });
}

const PREFIXES: readonly [prefix: string, uid: string, name: string][] = [
  ["CR", "1.2.840.10008.5.1.4.1.1.1", "Computed Radiography Image Storage"],
  ["CT", "1.2.840.10008.5.1.4.1.1.2", "CT Image Storage"],
  ["CTE", "1.2.840.10008.5.1.4.1.1.2.1", "Enhanced CT Image Storage"],
  ["MR", "1.2.840.10008.5.1.4.1.1.4", "MR Image Storage"],
  ["MRE", "1.2.840.10008.5.1.4.1.1.4.1", "Enhanced MR Image Storage"],
  ["US", "1.2.840.10008.5.1.4.1.1.6.1", "Ultrasound Image Storage"],
  ["USE", "1.2.840.10008.5.1.4.1.1.6.2", "Enhanced US Volume Storage"],
  ["SC", "1.2.840.10008.5.1.4.1.1.7", "Secondary Capture Image Storage"],
  ["XA", "1.2.840.10008.5.1.4.1.1.12.1", "X-Ray Angiographic Image Storage"],
  ["XAE", "1.2.840.10008.5.1.4.1.1.12.1.1", "Enhanced XA Image Storage"],
  ["NM", "1.2.840.10008.5.1.4.1.1.20", "Nuclear Medicine Image Storage"],
  ["PT", "1.2.840.10008.5.1.4.1.1.128", "Positron Emission Tomography Image Storage"],
  ["PTE", "1.2.840.10008.5.1.4.1.1.130", "Enhanced PET Image Storage"],
  ["RI", "1.2.840.10008.5.1.4.1.1.481.1", "RT Image Storage"],
  ["RD", "1.2.840.10008.5.1.4.1.1.481.2", "RT Dose Storage"],
  ["RS", "1.2.840.10008.5.1.4.1.1.481.3", "RT Structure Set Storage"],
  ["RP", "1.2.840.10008.5.1.4.1.1.481.5", "RT Plan Storage"],
];

for (const [prefix, uid, name] of PREFIXES) {
  Deno.test({
    name: `sopClass() gives ${name} the prefix ${prefix}`,
    permissions: "none",
    fn() {
      assert.equal(sopClass(uid)?.prefix, prefix);
      assert.equal(sopClassName(uid), name);
    },
  });
}

Deno.test({
  name: "SOP_CLASSES has no prefix beyond the usual ones",
  permissions: "none",
  fn() {
    const found = SOP_CLASSES.flatMap(({ prefix }) => prefix === undefined ? [] : [prefix]);
    assert.deepEqual(found.toSorted(), PREFIXES.map(([prefix]) => prefix).toSorted());
  },
});

Deno.test({
  name: "SOP_CLASSES has each UID and each keyword once, and valid",
  permissions: "none",
  fn() {
    const uids = SOP_CLASSES.map(({ uid }) => uid);
    assert.equal(new Set(uids).size, uids.length);
    assert.equal(new Set(SOP_CLASSES.map(({ keyword }) => keyword)).size, uids.length);
    for (const { uid, name, keyword } of SOP_CLASSES) {
      assert.ok(isValidUid(uid), uid);
      assert.match(keyword, /^[A-Z][A-Za-z0-9]+$/);
      assert.match(name, /^[\x20-\x7e]+$/);
    }
    assert.equal(SOP_CLASSES.filter(({ serviceClass }) => serviceClass === "storage").length, 208);
  },
});

const STORAGE: readonly [uid: string, isStorage: boolean, why: string][] = [
  ["1.2.840.10008.5.1.4.1.1.2", true, "CT"],
  ["1.2.840.10008.5.1.4.1.1.104.1", true, "an encapsulated PDF"],
  ["1.2.840.10008.5.1.4.1.1.9", true, "a retired class"],
  ["1.2.840.10008.5.1.1.30", true, "a retired class of the print branch"],
  ["1.2.840.10008.5.1.4.38.1", true, "a hanging protocol"],
  ["1.2.840.10008.5.1.4.34.7", true, "an RT beams delivery instruction"],
  ["1.2.840.10008.5.1.4.1.1.201.1", true, "an inventory"],
  ["1.2.840.10008.5.1.4.1.1.9999.1", true, "a class newer than the table"],
  ["1.2.840.10008.5.1.4.1.1.", false, "the branch itself"],
  ["1.2.840.10008.5.1.4.1.1", false, "the branch itself"],
  ["1.2.840.10008.5.1.4.1.1.200.4", false, "a query of the storage branch"],
  ["1.2.840.10008.5.1.4.1.1.201.3", false, "a retrieve of the storage branch"],
  ["1.2.840.10008.5.1.4.1.1.201.6", false, "a repository query"],
  ["1.2.840.10008.5.1.4.1.2.2.2", false, "a C-MOVE model"],
  ["1.2.840.10008.1.1", false, "Verification"],
  ["1.2.840.10008.1.3.10", false, "a DICOMDIR, which is not exchanged"],
  ["1.2.840.10008.1.20.1", false, "storage commitment"],
  ["1.2.840.113619.4.2", false, "a private class: a policy decides"],
  ["", false, "nothing"],
];

for (const [uid, isStorage, why] of STORAGE) {
  Deno.test({
    name: `isStorageSopClass() is ${isStorage} for ${why}: ${JSON.stringify(uid)}`,
    permissions: "none",
    fn: () => assert.equal(isStorageSopClass(uid), isStorage),
  });
}

Deno.test({
  name: "sopClassName() gives the UID when it is not known",
  permissions: "none",
  fn() {
    assert.equal(sopClassName("1.2.3.4"), "1.2.3.4");
    assert.equal(sopClassName(""), "");
    assert.equal(sopClass("1.2.3.4"), undefined);
  },
});

Deno.test({
  name: "the named SOP classes are all in the table",
  permissions: "none",
  fn() {
    const named = Object.values(exported).filter((value) => typeof value === "string");
    assert.equal(named.length, 15);
    for (const uid of named) assert.notEqual(sopClass(uid), undefined, uid);
  },
});
