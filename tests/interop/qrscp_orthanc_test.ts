/**
 * Orthanc as a client of our qrscp: it finds by its REST interface, has instances moved to itself, and
 * stores to us.
 *
 * What 1.10.1 does, found by experiment: it queries patients in the Patient Root model and all else in
 * Study Root, retrieves in Study Root always, and puts (0002,0003) into identifiers at level IMAGE, where
 * it has no place.
 *
 * @module
 */
import assert from "node:assert/strict";
import { QRSCP, startQrscp } from "../support/our_qrscp.ts";
import {
  compareAllElements,
  type Orthanc,
  peerTest,
  type RealFile,
  realFiles,
  SENT_VERSUS_HELD,
  startOrthanc,
} from "../support/peers.ts";
import { distinct, ONE_PATIENT, withDirectory } from "../support/retrieval.ts";

async function post(orthanc: Orthanc, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${orthanc.rest}${path}`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

async function get(orthanc: Orthanc, path: string): Promise<unknown> {
  const response = await fetch(`${orthanc.rest}${path}`);
  assert.ok(response.ok, `${path}: ${response.status}`);
  return await response.json();
}

/** A field of what Orthanc answered. */
function field(value: unknown, name: string): string {
  assert.ok(typeof value === "object" && value !== null);
  const found = Object.entries(value).find(([key]) => key === name)?.[1];
  return String(found ?? "");
}

function listOf(value: unknown): unknown[] {
  assert.ok(Array.isArray(value));
  return value;
}

/** A qrscp and an Orthanc that know each other. */
async function withBoth(
  files: readonly RealFile[],
  use: (orthanc: Orthanc, log: () => string) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/archive`);
    for (const { path, sopInstanceUid } of files) {
      await Deno.copyFile(path, `${directory}/archive/${sopInstanceUid}`);
    }
    // It is read at each C-MOVE: Orthanc's port comes into it later.
    await Deno.writeTextFile(`${directory}/stations.txt`, "");
    await using qrscp = await startQrscp({
      directory,
      args: ["archive", "--destinations", "stations.txt", "-v"],
    });
    await using orthanc = await startOrthanc({
      moveDestinations: [{ aeTitle: QRSCP, port: qrscp.port }],
    });
    await Deno.writeTextFile(
      `${directory}/stations.txt`,
      `# the archive beside\n${orthanc.aeTitle} = 127.0.0.1:${orthanc.port}\n`,
    );
    await use(orthanc, () => qrscp.stderr + orthanc.log());
    const { code, stderr } = await qrscp.stop();
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /^E: /m);
  });
}

const LEVELS = [
  ["Patient", "PatientID", (file: RealFile) => file.patientId],
  ["Study", "StudyInstanceUID", (file: RealFile) => file.studyUid],
  ["Series", "SeriesInstanceUID", (file: RealFile) => file.seriesUid],
  ["Instance", "SOPInstanceUID", (file: RealFile) => file.sopInstanceUid],
] as const;

for (const [level, keyword, valueOf] of LEVELS) {
  peerTest({
    // For patients, Orthanc retrieves in the Study Root model, which has no such level.
    name: `Orthanc finds and retrieves from qrscp at level ${level}`,
    needs: ["orthanc", "pydicom"],
    fn: async () => {
      await using set = await realFiles(ONE_PATIENT);
      await withBoth(set.files, async (orthanc, log) => {
        assert.deepEqual(await post(orthanc, `/modalities/${QRSCP}/echo`, {}), {});
        const [first] = set.files;
        assert.ok(first);
        const query = {
          PatientID: first.patientId,
          ...level !== "Patient" && { StudyInstanceUID: first.studyUid },
          ...level !== "Patient" && level !== "Study" && { SeriesInstanceUID: first.seriesUid },
          [keyword]: level === "Instance" ? "" : valueOf(first),
        };
        const answer = await post(orthanc, `/modalities/${QRSCP}/query`, {
          Level: level,
          Query: query,
        });
        const path = `/queries/${field(answer, "ID")}`;
        const found: string[] = [];
        for (const index of listOf(await get(orthanc, `${path}/answers`))) {
          const content = await get(orthanc, `${path}/answers/${index}/content?simplify`);
          found.push(field(content, keyword));
        }
        const wanted = set.files.filter((file) =>
          level === "Instance"
            ? file.seriesUid === first.seriesUid
            : valueOf(file) === valueOf(first)
        );
        assert.deepEqual(found.sort(), distinct(wanted.map(valueOf)), log());
        await post(orthanc, `${path}/retrieve`, orthanc.aeTitle);
        assert.equal(listOf(await get(orthanc, "/instances")).length, wanted.length, log());
        const pairs = await Promise.all(
          wanted.map(async ({ path, sopInstanceUid }) =>
            [path, await orthanc.held(sopInstanceUid)] as const
          ),
        );
        assert.deepEqual((await compareAllElements(pairs, SENT_VERSUS_HELD.orthanc)).flat(), []);
      });
    },
  });
}

peerTest({
  name: "Orthanc stores to qrscp, and finds there what it stored",
  needs: ["orthanc", "pydicom"],
  fn: async () => {
    await using set = await realFiles(ONE_PATIENT);
    await withBoth([], async (orthanc, log) => {
      assert.deepEqual((await orthanc.load(set.files)).refused, []);
      const instances = listOf(await get(orthanc, "/instances"));
      await post(orthanc, `/modalities/${QRSCP}/store`, instances);
      const answer = await post(orthanc, `/modalities/${QRSCP}/query`, {
        Level: "Study",
        Query: { StudyInstanceUID: "", NumberOfStudyRelatedInstances: "" },
      });
      const path = `/queries/${field(answer, "ID")}/answers`;
      const found = await Promise.all(
        listOf(await get(orthanc, path)).map((index) =>
          get(orthanc, `${path}/${index}/content?simplify`)
        ),
      );
      const studies = Map.groupBy(set.files, ({ studyUid }) => studyUid);
      assert.deepEqual(
        new Map(found.map((each) => [
          field(each, "StudyInstanceUID"),
          Number(field(each, "NumberOfStudyRelatedInstances")),
        ])),
        new Map(
          [...studies].sort(([a], [b]) => a < b ? -1 : 1).map(([uid, all]) => [
            uid,
            all.length,
          ]),
        ),
        log(),
      );
    });
  },
});
