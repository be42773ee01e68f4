import assert from "node:assert/strict";
import { codeKeys, demoUid, makeInstance, under } from "../../../build/demo/instance.ts";
import { decodeFile } from "../../../lib/data_set/file.ts";
import { isValidUid } from "../../../lib/uid.ts";

Deno.test("makeInstance() makes a file with what it is told", { permissions: "none" }, () => {
  const { bytes, ...rest } = makeInstance({
    path: "a/b.dcm",
    sopClassUid: "1.2.3",
    sopInstanceUid: "1.2.3.4",
    keys: ["SpecificCharacterSet=ISO_IR 100", "PatientName=Müller^Jörg"],
    pixelData: { vr: "OW", value: Uint8Array.of(1, 2) },
  });
  assert.deepEqual(rest, { path: "a/b.dcm", sopClassUid: "1.2.3", sopInstanceUid: "1.2.3.4" });
  const { meta, dataSet, transferSyntaxUid } = decodeFile(bytes);
  assert.equal(transferSyntaxUid, "1.2.840.10008.1.2.1");
  assert.equal(meta.getString(0x00020003), "1.2.3.4");
  assert.equal(dataSet.getString(0x00080016), "1.2.3");
  assert.equal(dataSet.getString(0x00080018), "1.2.3.4");
  assert.equal(dataSet.getString(0x00100010), "Müller^Jörg");
  assert.deepEqual(dataSet.get(0x7fe00010), {
    tag: 0x7fe00010,
    vr: "OW",
    value: Uint8Array.of(1, 2),
  });
});

Deno.test("demoUid() is a UID, always the same", { permissions: "none" }, () => {
  assert.equal(demoUid(1, 2), demoUid(1, 2));
  assert.notEqual(demoUid(1, 2), demoUid(12));
  assert.ok(isValidUid(demoUid(3, 99, 9999)));
});

Deno.test("under() and codeKeys() put keys under a path", { permissions: "none" }, () => {
  assert.deepEqual(under("A[1]", ["B=1", "C[0].D=2"]), ["A[1].B=1", "A[1].C[0].D=2"]);
  assert.deepEqual(codeKeys("S", ["V", "DCM", "Meaning"]), [
    "S[0].CodeValue=V",
    "S[0].CodingSchemeDesignator=DCM",
    "S[0].CodeMeaning=Meaning",
  ]);
});
