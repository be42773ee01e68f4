/**
 * The forwarding handler between real peers: what arrives at the destination is what would have arrived
 * without it, and what fails there is known where it came from.
 *
 * @module
 */
import assert from "node:assert/strict";
import { applyKeywordPath, associate, cMove, DataSet, PATIENT_ROOT_MOVE } from "../../mod.ts";
import { serve, type Server, UNCOMPRESSED_TRANSFER_SYNTAXES } from "../../mod.ts";
import { storageAssociation } from "../../lib/service/storage_association.ts";
import { forwardHandler, type ForwardOptions } from "../../plugins/forward.ts";
import {
  compareAllElements,
  dataSetBytes,
  DCMTK_LETTERS,
  fileMeta,
  type FilePair,
  freePort,
  peerTest,
  pynetdicomPython,
  type RealFile,
  realFiles,
  run,
  startDcmqrscp,
} from "../support/peers.ts";
import { destination, manyFiles, MOST_FILES, ONE_PATIENT } from "../support/retrieval.ts";
import { startStorescp, type StorageAcceptor } from "../support/storage_acceptor.ts";

const [IMPLICIT = "", EXPLICIT = ""] = UNCOMPRESSED_TRANSFER_SYNTAXES;

/** A server that forwards, and what it did. */
interface Router extends AsyncDisposable {
  readonly port: number;
  /** How many associations with the destination there were. */
  readonly requested: () => number;
  readonly log: () => string;
}

function startRouter(
  to: string,
  options: Partial<ForwardOptions> & { readonly port?: number } = {},
): Router {
  const lines: string[] = [];
  const line = (text: string): void => void lines.push(text);
  let requested = 0;
  const handlers = forwardHandler({ to, ...options }, {
    log: { debug: line, info: line, warn: line, error: line },
    signal: new AbortController().signal,
    associate(options) {
      requested += 1;
      return storageAssociation(options);
    },
  });
  const server: Server = serve({ hostname: "127.0.0.1", port: options.port ?? 0, handlers });
  return {
    port: server.addr.port,
    requested: () => requested,
    log: () => lines.join("\n"),
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await handlers[Symbol.asyncDispose]();
    },
  };
}

type Send = (port: number, files: readonly RealFile[]) => Promise<void>;

const SENDERS: Readonly<Record<string, Send>> = {
  async "DCMTK's storescu"(port, files) {
    // It proposes one transfer syntax at a time.
    for (const [uid, letter] of Object.entries(DCMTK_LETTERS)) {
      const sent = files.filter(({ transferSyntaxUid }) => transferSyntaxUid === uid);
      if (sent.length === 0) continue;
      const { code, stdout, stderr } = await run("storescu", [
        ...["-R", `-x${letter}`, "127.0.0.1", String(port)],
        ...sent.map(({ path }) => path),
      ]);
      assert.equal(code, 0, `${uid}\n${stdout}${stderr}`);
    }
  },
  async "pynetdicom's storescu"(port, files) {
    const { code, stderr } = await run(pynetdicomPython() ?? "", [
      ...["-m", "pynetdicom", "storescu", "127.0.0.1", String(port), "-cx"],
      ...files.map(({ path }) => path),
    ]);
    assert.equal(code, 0, stderr);
  },
};

for (const [sender, send] of Object.entries(SENDERS)) {
  peerTest({
    name: `forward gives DCMTK's storescp every byte of ${sender}`,
    needs: ["dcmtk", "pydicom", "pynetdicom"],
    fn: async () => {
      await using set = await realFiles(sender.startsWith("DCMTK") ? MOST_FILES : ONE_PATIENT);
      const files = manyFiles(set.files).filter(({ name }) => !name.includes("dicomdirtests/9"));
      await using direct = await startStorescp(["+xa"]);
      await using acceptor = await startStorescp(["+xa"]);
      await using router = startRouter(`STORESCP@127.0.0.1:${acceptor.port}`);
      await send(direct.port, files);
      await send(router.port, files);
      const [without, withRouter] = [await direct.stored([]), await acceptor.stored([])];
      assert.deepEqual([...withRouter.keys()].sort(), [...without.keys()].sort());
      assert.ok(without.size > 5, `${without.size} instances`);
      for (const [uid, path] of without) {
        const arrived = withRouter.get(uid) ?? "";
        assert.deepEqual(dataSetBytes(arrived), dataSetBytes(path), uid);
        for (const element of ["0002,0002", "0002,0010", "0002,0016"]) {
          assert.equal(fileMeta(arrived).get(element), fileMeta(path).get(element), uid);
        }
      }
    },
  });
}

peerTest({
  name: "forward converts where DCMTK's storescp takes implicit VR only",
  needs: ["dcmtk", "pydicom"],
  fn: async () => {
    await using set = await realFiles(ONE_PATIENT);
    await using acceptor = await startStorescp(["+xi"]);
    await using router = startRouter(`STORESCP@127.0.0.1:${acceptor.port}`);
    // With all of its classes proposed there is no room for a syntax to convert to, at first.
    for (const options of [["-R", "-xe"], ["-xe"]]) {
      const paths = set.files.map(({ path }) => path);
      const to = ["127.0.0.1", String(router.port)];
      const { code, stdout, stderr } = await run("storescu", [...options, ...to, ...paths]);
      assert.equal(code, 0, stdout + stderr + router.log());
      await assertConverted(set.files, acceptor);
    }
  },
});

async function assertConverted(
  files: readonly RealFile[],
  acceptor: StorageAcceptor,
): Promise<void> {
  const stored = await acceptor.stored([]);
  assert.equal(stored.size, files.length);
  const pairs: FilePair[] = [];
  for (const { path, sopInstanceUid } of files) {
    const arrived = stored.get(sopInstanceUid) ?? "";
    assert.equal(fileMeta(arrived).get("0002,0010"), IMPLICIT);
    pairs.push([path, arrived]);
  }
  assert.deepEqual((await compareAllElements(pairs, { ignorePadding: true })).flat(), []);
  for (const path of stored.values()) await Deno.remove(path);
}

/** The destination, and how many of the archive's sub-operations come to what. */
const DESTINATIONS: readonly {
  readonly what: string;
  readonly start: () => Promise<StorageAcceptor | undefined>;
  readonly isReached: boolean;
}[] = [
  { what: "is there", start: () => startStorescp(["+xa"]), isReached: true },
  { what: "is not there", start: () => Promise.resolve(undefined), isReached: false },
  { what: "refuses associations", start: () => startStorescp(["--refuse"]), isReached: false },
  {
    what: "aborts after each instance",
    start: () => startStorescp(["--abort-after"]),
    isReached: false,
  },
  {
    what: "aborts in each instance",
    start: () => startStorescp(["--abort-during"]),
    isReached: false,
  },
];

for (const { what, start, isReached } of DESTINATIONS) {
  peerTest({
    name: `forward lets the counters of dcmqrscp tell that the destination ${what}`,
    needs: ["dcmtk", "pydicom"],
    fn: async () => {
      await using set = await realFiles(ONE_PATIENT);
      const moveDestination = destination();
      await using archive = await startDcmqrscp({
        moveDestinations: [moveDestination],
        sendSyntax: EXPLICIT,
      });
      const { taken } = await archive.load(set.files);
      await using stack = new AsyncDisposableStack();
      const acceptor = await start();
      if (acceptor !== undefined) stack.use(acceptor);
      const port = acceptor?.port ?? freePort();
      await using router = startRouter(`STORESCP@127.0.0.1:${port}`, {
        port: moveDestination.port,
      });
      const counters = await move(archive, moveDestination.aeTitle, taken[0]?.patientId ?? "");
      const { completed = 0, failed = 0, warning = 0 } = counters;
      const expected = isReached ? [taken.length, 0, 0] : [0, taken.length, 0];
      assert.deepEqual([completed, failed, warning], expected, router.log());
      if (isReached) {
        assert.equal((await acceptor?.stored([]))?.size, taken.length);
        assert.equal(router.requested(), 1, "One association serves them all");
      } else {
        assert.match(router.log(), /Cannot forward .+ to STORESCP@127\.0\.0\.1:\d+: /);
      }
    },
  });
}

/** Has an archive send the instances of a patient, and gives the counters of the final response. */
async function move(
  archive: { readonly port: number; readonly aeTitle: string },
  moveDestination: string,
  patientId: string,
): Promise<{ completed?: number; failed?: number; warning?: number }> {
  const identifier = new DataSet();
  applyKeywordPath(identifier, "QueryRetrieveLevel=PATIENT");
  applyKeywordPath(identifier, `PatientID=${patientId}`);
  await using association = await associate({
    hostname: "127.0.0.1",
    port: archive.port,
    callingAeTitle: moveDestination,
    calledAeTitle: archive.aeTitle,
    presentationContexts: [{
      abstractSyntax: PATIENT_ROOT_MOVE,
      transferSyntaxes: UNCOMPRESSED_TRANSFER_SYNTAXES,
    }],
  });
  const options = { sopClassUid: PATIENT_ROOT_MOVE, moveDestination, identifier };
  for await (const { isFinal, counters } of cMove(association, options)) {
    if (isFinal) return counters;
  }
  throw new TypeError("There was no final response");
}
