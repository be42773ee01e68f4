import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { demoArchive } from "../../../build/demo/archive.ts";
import { decodeFile } from "../../../lib/data_set/file.ts";
import { readKeywordPath } from "../../../lib/data_set/keyword_path.ts";
import { isValidUid } from "../../../lib/uid.ts";
import { runOk } from "../../support/command.ts";
import { peerTest } from "../../support/peers.ts";
import { storedNumbers } from "./stored_numbers.ts";

const HASHES = fileURLToPath(new URL("../../../fixtures/phantom_archive.sha256", import.meta.url));

const INSTANCES = [...demoArchive()];

Deno.test("the demo's archive has the same bytes everywhere and always", async () => {
  const lines = await Promise.all(INSTANCES.map(async ({ path, bytes }) => {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return `${hash.toHex()}  ${path}\n`;
  }));
  assert.equal(lines.join(""), await Deno.readTextFile(HASHES));
});

Deno.test("the demo's archive has what a hospital has", { permissions: "none" }, () => {
  const kinds = Map.groupBy(INSTANCES, ({ bytes }) => {
    const { dataSet, transferSyntaxUid } = decodeFile(bytes);
    const read = (keyword: string): string => readKeywordPath(dataSet, keyword)[0] ?? "";
    return [read("PatientID"), read("Modality"), read("NumberOfFrames"), transferSyntaxUid].join();
  });
  const explicit = "1.2.840.10008.1.2.1";
  assert.deepEqual(Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length])), {
    [`DEMO-1,CT,,${explicit}`]: 24,
    [`DEMO-1,SR,,${explicit}`]: 1,
    [`DEMO-2,MR,,${explicit}`]: 20,
    [`DEMO-2,MR,36,${explicit}`]: 1,
    "DEMO-3,CT,,1.2.840.10008.1.2.5": 1,
    [`DEMO-3,CT,,${explicit}`]: 20,
    [`DEMO-3,OT,,${explicit}`]: 1,
  });
});

Deno.test("the demo's instances have names of their own", { permissions: "none" }, () => {
  assert.equal(new Set(INSTANCES.map(({ path }) => path)).size, INSTANCES.length);
  const uids = INSTANCES.map(({ sopInstanceUid }) => sopInstanceUid);
  assert.equal(new Set(uids).size, INSTANCES.length);
  assert.ok(uids.every(isValidUid));
});

Deno.test("the demo's instances have the attributes of type 1", { permissions: "none" }, () => {
  const always = "SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality";
  const pixels =
    "SamplesPerPixel PhotometricInterpretation Rows Columns BitsAllocated BitsStored " +
    "HighBit PixelRepresentation PixelData";
  const plane = "ImageType FrameOfReferenceUID PixelSpacing ImageOrientationPatient " +
    "ImagePositionPatient";
  const needs: Readonly<Record<string, string>> = {
    "1.2.840.10008.5.1.4.1.1.2": `${pixels} ${plane} RescaleIntercept RescaleSlope`,
    "1.2.840.10008.5.1.4.1.1.4": `${pixels} ${plane} ScanningSequence SequenceVariant`,
    "1.2.840.10008.5.1.4.1.1.4.1": `${pixels} ImageType FrameOfReferenceUID NumberOfFrames ` +
      "PixelPresentation VolumetricProperties VolumeBasedCalculationTechnique AcquisitionContrast " +
      "ComplexImageComponent ContentDate ContentTime InstanceNumber Manufacturer " +
      "ManufacturerModelName DeviceSerialNumber SoftwareVersions",
    "1.2.840.10008.5.1.4.1.1.7": `${pixels} ConversionType PlanarConfiguration`,
    "1.2.840.10008.5.1.4.1.1.88.11": "InstanceNumber SeriesNumber CompletionFlag ContentDate " +
      "VerificationFlag ContentTime ValueType ContinuityOfContent",
  };
  for (const { path, sopClassUid, bytes } of INSTANCES) {
    const { dataSet } = decodeFile(bytes);
    const keywords = `${always} ${needs[sopClassUid] ?? "SOPClassThatIsKnown"}`.split(" ");
    const missing = keywords.filter((keyword) =>
      keyword === "PixelData"
        ? !dataSet.has(0x7fe00010)
        : readKeywordPath(dataSet, keyword).length === 0
    );
    assert.deepEqual(missing, [], path);
  }
});

/** Gives the files of the archive to a test. */
async function withFiles(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_demo_archive_" });
  try {
    for (const { path, bytes } of INSTANCES) {
      await Deno.mkdir(dirname(`${directory}/${path}`), { recursive: true });
      await Deno.writeFile(`${directory}/${path}`, bytes);
    }
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const NEEDED = ["dcmtk"] as const;

peerTest({
  name: "DCMTK reads all of the demo's archive without a word",
  needs: NEEDED,
  fn: () =>
    withFiles(async (directory) => {
      const paths = INSTANCES.map(({ path }) => `${directory}/${path}`);
      const { stderr } = await runOk("dcmdump", ["+P", "SOPInstanceUID", ...paths]);
      assert.equal(stderr, "");
      const { stdout } = await runOk("dcmftest", paths);
      assert.equal(
        stdout.split("\n").filter((line) => line.startsWith("yes:")).length,
        paths.length,
      );
    }),
});

peerTest({
  name: "DCMTK renders the images of the demo, and reads its report",
  needs: NEEDED,
  fn: () =>
    withFiles(async (directory) => {
      const images = INSTANCES.filter(({ path }) => !path.includes("/report/"));
      for (const { path } of images.filter((_, index) => index % 8 === 0 || index > 42)) {
        const { stderr } = await runOk("dcm2pnm", [
          ...path.includes("/picture/") ? [] : ["+Wm"],
          ...[`${directory}/${path}`, "/dev/null"],
        ]);
        assert.equal(stderr, "", path);
      }
      const { stdout, stderr } = await runOk("dsrdump", [`${directory}/mueller/report/0001.dcm`]);
      assert.equal(stderr, "");
      assert.match(stdout, /^Basic Text SR Document/);
      assert.match(stdout, /Kleine Blutung rechts/);
    }),
});

peerTest({
  name: "DCMTK decompresses the demo's localizer",
  needs: NEEDED,
  fn: () =>
    withFiles(async (directory) => {
      const source = INSTANCES.find(({ path }) => path.includes("/localizer/"));
      assert.ok(source);
      const plain = `${directory}/plain.dcm`;
      await runOk("dcmdrle", [`${directory}/${source.path}`, plain]);
      const pixels = storedNumbers(decodeFile(await Deno.readFile(plain)).dataSet);
      assert.equal(pixels.length, 256 * 256);
      // The spine is in the way of the rays, the lungs are not, and beside the body there is nothing.
      const at = (row: number, column: number): number => pixels[row * 256 + column] ?? NaN;
      assert.equal(at(128, 2), 0);
      assert.ok(at(100, 128) > 2 * at(100, 80) && at(100, 80) > 100);
    }),
});
