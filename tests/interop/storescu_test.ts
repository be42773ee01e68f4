/**
 * Our storescu against real Storage SCPs: every file is sent or refused for a reason, and what arrives
 * is what was sent.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DEFAULT_STORAGE_CLASSES } from "../../cli/default_storage_classes.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../../lib/transfer_syntax.ts";
import { runTool } from "../support/our_tools.ts";
import {
  compareAllElements,
  type CompareOptions,
  dataSetBytes,
  fileMeta,
  type FilePair,
  type PeerName,
  peerTest,
  pynetdicomPython,
  type RealFile,
  realFiles,
  run,
  SENT_VERSUS_HELD,
  SERVED_SYNTAXES,
  startOrthanc,
} from "../support/peers.ts";
import {
  startDcmjsDimse,
  startOurStorescp,
  startPynetdicomStorescp,
  startStorescp,
  type StorageAcceptor,
} from "../support/storage_acceptor.ts";
import { withDirectory } from "../support/retrieval.ts";
import { instanceDataSet, instanceFile } from "../support/synthetic_instances.ts";
import { pydicomFolder } from "../support/pydicom_files.ts";

const [IMPLICIT = "", EXPLICIT = "", DEFLATED = "", BIG = ""] = UNCOMPRESSED_TRANSFER_SYNTAXES;
const RLE = "1.2.840.10008.1.2.5";
const EVERY = Object.keys(SERVED_SYNTAXES);

/** pydicom and DCMTK leave out what is in group 0001, which two of the files have. */
const WITHOUT_RESERVED_GROUPS: CompareOptions = { ignoreTags: ["0001,0001", "fffc,fffc"] };

interface Case {
  readonly peer: string;
  readonly needs: readonly PeerName[];
  readonly start: () => Promise<StorageAcceptor>;
  readonly args?: readonly string[];
  /** The transfer syntaxes that come through as they are. */
  readonly accepts: readonly string[];
  /** What the peer changes itself; where it is not told, it keeps every byte. */
  readonly rewrites?: CompareOptions;
}

const CASES: readonly Case[] = [
  {
    peer: "DCMTK storescp +xa",
    needs: ["dcmtk"],
    start: () => startStorescp(["+xa"]),
    accepts: EVERY,
  },
  {
    peer: "DCMTK storescp",
    needs: ["dcmtk"],
    start: () => startStorescp(),
    accepts: [EXPLICIT, BIG, IMPLICIT],
  },
  {
    peer: "DCMTK storescp +x=",
    needs: ["dcmtk"],
    start: () => startStorescp(["+x="]),
    accepts: [EXPLICIT, BIG, IMPLICIT],
  },
  {
    peer: "DCMTK storescp +xi",
    needs: ["dcmtk"],
    start: () => startStorescp(["+xi"]),
    accepts: [IMPLICIT],
  },
  ...[["-xe", EXPLICIT], ["-xb", BIG], ["-xi", IMPLICIT]].map(([option = "", uid = ""]): Case => ({
    peer: `DCMTK storescp +xa, asked for ${option} only,`,
    needs: ["dcmtk"],
    start: () => startStorescp(["+xa"]),
    args: [option],
    accepts: [uid],
  })),
  ...["+xe", "+xb", "+xd"].map((option): Case => ({
    peer: `DCMTK storescp ${option}`,
    needs: ["dcmtk"],
    start: () => startStorescp([option]),
    accepts: option === "+xd" ? [DEFLATED, EXPLICIT, BIG, IMPLICIT] : [EXPLICIT, BIG, IMPLICIT],
  })),
  {
    peer: "Orthanc",
    needs: ["orthanc"],
    start: startOrthancAcceptor,
    accepts: EVERY,
    rewrites: { ...SENT_VERSUS_HELD.orthanc, ...WITHOUT_RESERVED_GROUPS },
  },
  {
    peer: "pynetdicom storescp",
    needs: ["pynetdicom"],
    start: () => startPynetdicomStorescp(),
    accepts: EVERY,
    rewrites: WITHOUT_RESERVED_GROUPS,
  },
  {
    peer: "pynetdicom storescp of explicit VR big endian",
    needs: ["pynetdicom"],
    start: () => startPynetdicomStorescp(["-xb"]),
    accepts: EVERY,
    rewrites: WITHOUT_RESERVED_GROUPS,
  },
  {
    peer: "dcmjs-dimse",
    needs: [],
    start: () => startDcmjsDimse(EVERY),
    accepts: EVERY,
  },
  ...[IMPLICIT, EXPLICIT, DEFLATED, BIG].map((uid): Case => ({
    peer: `dcmjs-dimse with ${SERVED_SYNTAXES[uid]} only`,
    needs: [],
    start: () => startDcmjsDimse([uid]),
    accepts: [uid],
  })),
];

/** They know nothing of a window. */
const ASKED_FOR_A_WINDOW = ["DCMTK storescp +xa", "Orthanc", "pynetdicom storescp", "dcmjs-dimse"];

const WINDOW_CASES = CASES.filter(({ peer }) => ASKED_FOR_A_WINDOW.includes(peer))
  .map((each): Case => ({
    ...each,
    peer: `${each.peer}, asked for a window,`,
    args: ["--window", "16"],
  }));

for (const { peer, needs, start, args = [], accepts, rewrites } of [...CASES, ...WINDOW_CASES]) {
  peerTest({
    name: `storescu sends every file that ${peer} accepts, and names the others`,
    needs: ["pydicom", ...needs],
    fn: async () => {
      await using set = await realFiles();
      await using acceptor = await start();
      const paths = set.files.map((file) => file.path);
      const to = ["127.0.0.1", String(acceptor.port)];
      const { code, stderr } = await runTool("storescu", [...args, ...to, ...paths]);
      const goes = (file: RealFile): boolean =>
        accepts.includes(file.transferSyntaxUid) ||
        UNCOMPRESSED_TRANSFER_SYNTAXES.includes(file.transferSyntaxUid);
      const refused = set.files.filter((file) => !goes(file));
      assert.equal(code, refused.length > 0 ? 6 : 0, stderr);
      assertNamed(refused, stderr);
      const sent = set.files.filter(goes);
      await assertArrived(
        sent,
        await acceptor.stored(sent.map((file) => file.sopInstanceUid)),
        accepts,
        rewrites,
      );
    },
  });
}

function assertNamed(refused: readonly RealFile[], stderr: string): void {
  const lines = stderr.split("\n").filter((line) => line !== "");
  const failed = lines.filter((line) => line.startsWith("E: Store failed: "));
  const expected = refused.map(({ path }) => `E: Store failed: ${path}`).sort();
  assert.deepEqual(failed.sort(), expected);
  const sentence = /^E: Cannot send .+ in .+: the peer accepted (only .+|no presentation context)/;
  assert.equal(lines.filter((line) => sentence.test(line)).length, refused.length, stderr);
}

async function assertArrived(
  sent: readonly RealFile[],
  stored: ReadonlyMap<string, string>,
  accepts: readonly string[],
  rewrites: CompareOptions | undefined,
): Promise<void> {
  assert.ok(sent.length > 100, `${sent.length} files`);
  assert.deepEqual([...stored.keys()].sort(), sent.map((file) => file.sopInstanceUid).sort());
  const pairs: FilePair[] = [];
  for (const { path, sopInstanceUid, transferSyntaxUid } of sent) {
    const arrived = stored.get(sopInstanceUid) ?? "";
    const arrivedIn = fileMeta(arrived).get("0002,0010") ?? "";
    if (accepts.includes(transferSyntaxUid)) assert.equal(arrivedIn, transferSyntaxUid, path);
    else assert.ok(accepts.includes(arrivedIn), `${path} arrived in ${arrivedIn}`);
    if (arrivedIn === transferSyntaxUid && rewrites === undefined) {
      assert.deepEqual(even(dataSetBytes(arrived)), even(dataSetBytes(path)), path);
    } else {
      pairs.push([path, arrived]);
    }
  }
  const differences = await compareAllElements(pairs, { ignorePadding: true, ...rewrites });
  const found = pairs.flatMap(([path], index) =>
    (differences[index] ?? []).map((sentence) => `${path}: ${sentence}`)
  );
  assert.deepEqual(found, []);
}

/** Pixel Data (7FE0,0010) OW, in explicit VR little endian. */
function pixelData(length: number): Uint8Array {
  const bytes = new Uint8Array(12 + length).fill(0xa5);
  bytes.set(Uint8Array.fromHex("e07f10004f570000"));
  new DataView(bytes.buffer).setUint32(8, length, true);
  return bytes;
}

/** A message has an even length (PS3.8 annex F), whatever that of the deflated file. */
function even(bytes: Uint8Array): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : Uint8Array.of(...bytes, 0);
}

/** Orthanc answers by HTTP what it holds. */
async function startOrthancAcceptor(): Promise<StorageAcceptor> {
  const archive = await startOrthanc({ moveDestinations: [] });
  return {
    port: archive.port,
    log: () => archive.log(),
    async stored(expected) {
      const files = new Map<string, string>();
      for (const uid of expected) files.set(uid, await archive.held(uid));
      return files;
    },
    [Symbol.asyncDispose]: () => archive.stop(),
  };
}

peerTest({
  name: "storescu sends ahead to our storescp, which takes all of it",
  needs: [],
  fn: () =>
    withDirectory(async (directory) => {
      const sent = new Map<string, string>();
      for (let index = 0; index < 120; index++) {
        const sopInstanceUid = `1.2.3.${index + 1}`;
        const facts = {
          sopClassUid: CT_IMAGE_STORAGE,
          sopInstanceUid,
          transferSyntaxUid: EXPLICIT,
        };
        const path = `${directory}/${index}.dcm`;
        // Some of several PDUs, between many that go by one.
        const pixels = pixelData(index % 10 === 0 ? 700_000 : 2_000);
        await Deno.writeFile(path, concatBytes([instanceFile(facts), pixels]));
        sent.set(sopInstanceUid, path);
      }
      await using acceptor = await startOurStorescp();
      const to = ["127.0.0.1", String(acceptor.port), directory];
      const { code, stderr } = await runTool("storescu", ["-v", "--window", "16", ...to]);
      assert.equal(code, 0, stderr);
      // Only when several were under way is it told which was answered.
      assert.match(stderr, /^I: Received Store Response: MsgID \d+ \(Status: 0x0000 - Success\)$/m);
      const stored = await acceptor.stored([...sent.keys()]);
      assert.deepEqual([...stored.keys()].sort(), [...sent.keys()].sort());
      for (const [uid, path] of sent) {
        assert.deepEqual(dataSetBytes(stored.get(uid) ?? ""), dataSetBytes(path), uid);
      }
    }),
});

peerTest({
  name: "storescu sends a study of more than 128 SOP classes and transfer syntaxes whole",
  needs: ["dcmtk"],
  fn: () =>
    withDirectory(async (directory) => {
      const classes = DEFAULT_STORAGE_CLASSES.filter((uid) => uid.includes(".5.1.4.1.1.")).slice(
        10,
        50,
      );
      const kinds = classes.flatMap((sopClassUid) =>
        [IMPLICIT, EXPLICIT, BIG, "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.5"]
          .map((transferSyntaxUid) => ({ sopClassUid, transferSyntaxUid }))
      );
      const sources = new Map<string, Uint8Array>();
      for (const [index, kind] of kinds.entries()) {
        const sopInstanceUid = `1.2.3.${index}`;
        const file = instanceFile({ ...kind, sopInstanceUid });
        sources.set(sopInstanceUid, dataSetBytes(file));
        await Deno.writeFile(`${directory}/${index}.dcm`, file);
      }
      assert.equal(sources.size, 200);
      for (const args of [[], ["-cx"], ["--jobs", "3"]]) {
        await using acceptor = await startStorescp(["+xa", "--fork"]);
        const to = ["127.0.0.1", String(acceptor.port)];
        const { code, stderr } = await runTool("storescu", ["-v", ...args, ...to, directory]);
        assert.equal(code, 0, stderr);
        assert.match(stderr, /^I: Sent 200 instances .*; 0 failed$/m);
        const requested = stderr.match(/Requesting Association/g)?.length ?? 0;
        assert.ok(requested >= 2, `${requested} associations`);
        const stored = await acceptor.stored([]);
        assert.deepEqual([...stored.keys()].sort(), [...sources.keys()].sort());
        for (const [uid, path] of stored) assert.deepEqual(dataSetBytes(path), sources.get(uid));
      }
    }),
});

peerTest({
  name: "storescu sends what a DICOMDIR refers to",
  needs: ["dcmtk", "pydicom"],
  fn: async () => {
    const dicomdir = `${await pydicomFolder()}/test_files/dicomdirtests/DICOMDIR`;
    await using acceptor = await startStorescp(["+xa"]);
    const to = ["127.0.0.1", String(acceptor.port)];
    const output = await runTool("storescu", ["-v", ...to, dicomdir]);
    assert.equal(output.code, 0, output.stderr);
    assert.match(output.stderr, /^I: Sent 31 instances .*; 0 failed$/m);
    assert.equal((await acceptor.stored([])).size, 31);
  },
});

peerTest({
  name: "storescu writes the lines of pynetdicom's storescu, and more at its end only",
  needs: ["pynetdicom", "pydicom"],
  fn: async () => {
    await using set = await realFiles(["CT_small", "MR_small.dcm", "rtplan.dcm"]);
    await using acceptor = await startPynetdicomStorescp();
    const directory = set.files.map((file) => file.path);
    const args = ["-v", "127.0.0.1", String(acceptor.port), ...directory, "/no/such/path"];
    const theirs = await run(pynetdicomPython() ?? "", ["-m", "pynetdicom", "storescu", ...args]);
    const ours = await runTool("storescu", args);
    const lines = ours.stderr.split("\n")
      .filter((line) => !/^W: .* says|^I: there is no such file$/.test(line));
    const expected = theirs.stderr.split("\n");
    assert.ok(expected.length > 10, theirs.stderr);
    assert.match(lines.at(-2) ?? "", /^I: Sent 3 instances .*; 1 failed$/);
    assert.deepEqual(lines.toSpliced(-2, 1), expected);
    assert.deepEqual([theirs.code, ours.code], [0, 6]);
  },
});

peerTest({
  name: "storescu sends the rest when some files cannot be read, are broken or are no DICOM",
  needs: ["dcmtk"],
  fn: () =>
    withDirectory(async (directory) => {
      const facts = { sopClassUid: CT_IMAGE_STORAGE, transferSyntaxUid: EXPLICIT };
      const fragments = [...Array(40)].map(() => fragment(16_000));
      const jpeg = concatBytes([
        instanceFile({ ...facts, sopInstanceUid: "1.9", transferSyntaxUid: RLE }),
        Uint8Array.fromHex("e07f1000" + "4f420000" + "ffffffff"),
        ...fragments,
      ]);
      const files = {
        "a_good.dcm": instanceFile({ ...facts, sopInstanceUid: "1.1" }),
        // That there is no delimiter shows at the end only, when most of it has been sent.
        "b_cut_late.dcm": jpeg,
        "c_cut.dcm": instanceFile({ ...facts, sopInstanceUid: "1.3" }).subarray(0, -10),
        "d_text.txt": new TextEncoder().encode("This is no DICOM file."),
        "e_bare.dcm": instanceDataSet({ ...facts, sopInstanceUid: "1.5" }),
        "f_long_uid.dcm": instanceFile({ ...facts, sopInstanceUid: `1.${"2".repeat(63)}` }),
        "g_good.dcm": instanceFile({ ...facts, sopInstanceUid: "1.7" }),
      };
      for (const [name, bytes] of Object.entries(files)) {
        await Deno.writeFile(`${directory}/${name}`, bytes);
      }
      await using acceptor = await startStorescp(["+xa"]);
      const to = ["127.0.0.1", String(acceptor.port)];
      const { code, stderr } = await runTool("storescu", ["-v", ...to, directory, "/no/such/path"]);
      const stored = await acceptor.stored([]);
      assert.deepEqual([...stored.keys()].sort(), ["1.1", "1.5", "1.7"], stderr + acceptor.log());
      const lines = stderr.replaceAll(directory, "DIR").split("\n");
      assert.deepEqual(
        lines.filter((line) => /^E:|lost|^I: Sent/.test(line)).map((line) =>
          line.replace(/\(.*\) in \S+ s/, "(…)")
        ),
        [
          "E: Cannot access path: /no/such/path",
          "E: Bad DICOM file: DIR/d_text.txt",
          "E: Cannot send DIR/f_long_uid.dcm: its SOP Instance UID has 65 characters, more than the " +
          "64 of a UID",
          "E: Store failed: DIR/b_cut_late.dcm",
          "E: Cannot send DIR/b_cut_late.dcm: cannot decode (7FE0,0010) at byte 106: no delimiter " +
          "closes the fragments",
          "E: Store failed: DIR/c_cut.dcm",
          "E: Cannot send DIR/c_cut.dcm: cannot decode the data set at byte 90: the 6 bytes left are " +
          "no element",
          "I: Sent 3 instances (…); 4 failed, 1 not DICOM, skipped",
        ],
      );
      assert.equal(code, 6);
      // The one that was cut late ended the first.
      assert.equal(stderr.match(/Requesting Association/g)?.length, 2);
    }),
});

function fragment(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + length);
  bytes.set([0xfe, 0xff, 0x00, 0xe0]);
  new DataView(bytes.buffer).setUint32(4, length, true);
  return bytes;
}
