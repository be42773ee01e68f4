/**
 * The archive with real files: what other programs wrote is taken in, found by what is in it, and given
 * back byte for byte.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeFileMeta } from "../../lib/data_set/file_meta.ts";
import type { Archive } from "../../plugins/archive.ts";
import { openDataSet, storeRequest } from "../conformance/store_request.ts";
import {
  ArchiveArea,
  findRequest,
  foundValues,
  located,
  scanned,
} from "../plugins/archive_area.ts";
import { type RealFile, realFiles } from "../support/real_files.ts";
import { peerTest } from "../support/peers.ts";

function dataSetOf(path: string): Uint8Array<ArrayBuffer> {
  const bytes = Deno.readFileSync(path);
  return bytes.slice(decodeFileMeta(bytes, true)?.dataSetOffset);
}

async function checkServed(archive: Archive, files: readonly RealFile[]): Promise<void> {
  for (const file of files) {
    const keys = [
      `StudyInstanceUID=${file.studyUid}`,
      `SeriesInstanceUID=${file.seriesUid}`,
      `SOPInstanceUID=${file.sopInstanceUid}`,
    ];
    const [instance, ...more] = await located(archive, "IMAGE", keys);
    assert.ok(instance !== undefined, file.name);
    assert.equal(more.length, 0, file.name);
    assert.equal(instance.transferSyntaxUid, file.transferSyntaxUid, file.name);
    assert.deepEqual(instance.bytes, dataSetOf(file.path), file.name);
    const uids = await foundValues(archive, findRequest("IMAGE", keys), "SOPInstanceUID");
    assert.deepEqual(uids, [file.sopInstanceUid], file.name);
    const byPatient = findRequest("PATIENT", []);
    byPatient.identifier.set({
      tag: 0x00100020,
      vr: "LO",
      value: new TextEncoder().encode(file.patientId),
    });
    const patients = await foundValues(archive, byPatient, "PatientID");
    assert.ok(patients.includes(file.patientId), `${file.name}: ${patients}`);
  }
}

peerTest({
  name: "a folder of real files is served byte for byte",
  needs: ["pydicom"],
  fn: async () => {
    await using set = await realFiles();
    await using area = await ArchiveArea.make();
    for (const [number, { path }] of set.files.entries()) {
      await Deno.copyFile(path, `${area.folder}/${number}`);
    }
    await using archive = await area.open();
    const progress = await scanned(archive);
    assert.equal(progress?.added, set.files.length, area.lines.join("\n"));
    await checkServed(archive, set.files);
  },
});

peerTest({
  name: "real files that are stored are served byte for byte",
  needs: ["pydicom"],
  fn: async () => {
    await using set = await realFiles();
    await using area = await ArchiveArea.make();
    await using archive = await area.open({ folders: [] });
    for (const file of set.files) {
      const { stream } = openDataSet({ bytes: dataSetOf(file.path) });
      const reply = await archive.handlers.store(storeRequest({
        ...file,
        dataSet: stream,
        attributes: { StudyInstanceUID: [file.studyUid], SeriesInstanceUID: [file.seriesUid] },
      }));
      assert.equal(reply, 0x0000, file.name);
    }
    await checkServed(archive, set.files);
  },
});
