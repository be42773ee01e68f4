/**
 * Our qrscp as a process: what comes into its folders, what stops it, and the handlers beside it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { associate } from "../../lib/net/requestor.ts";
import { cMove, type RetrieveResponse } from "../../lib/service/retrieve_scu.ts";
import { serve, type Server } from "../../lib/service/serve.ts";
import { CT_IMAGE_STORAGE, STUDY_ROOT_MOVE } from "../../lib/sop_class.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/transfer_syntax.ts";
import { QRSCP, startQrscp } from "../support/our_qrscp.ts";
import type { OurServer } from "../support/our_server.ts";
import { runTool, storedFiles } from "../support/our_tools.ts";
import { withDirectory } from "../support/retrieval.ts";
import { instanceFile } from "../support/synthetic_instances.ts";
import { ask } from "./query_answers.ts";
import type { QueryCase } from "./query_cases.ts";

/** All instances of the one series that there is. */
const ALL: QueryCase = {
  name: "all",
  model: "S",
  level: "IMAGE",
  keys: ["StudyInstanceUID=1.2.3", "SeriesInstanceUID=1.2.3.4"],
  matches: [],
};

async function held({ port }: OurServer): Promise<string[]> {
  const [answer] = await ask({ aeTitle: QRSCP, port }, [ALL]);
  return [...answer?.matches.keys() ?? []];
}

async function writeInstance(directory: string, sopInstanceUid: string): Promise<string> {
  const path = `${directory}/${sopInstanceUid}.dcm`;
  const facts = { sopClassUid: CT_IMAGE_STORAGE, transferSyntaxUid: EXPLICIT_VR_LITTLE_ENDIAN };
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeFile(path, instanceFile({ ...facts, sopInstanceUid }));
  return path;
}

Deno.test("qrscp serves what comes into its folders, and forgets what goes", () =>
  withDirectory(async (directory) => {
    const folder = `${directory}/archive`;
    const first = await writeInstance(folder, "1.1");
    await using qrscp = await startQrscp({ directory, args: ["archive", "--rescan", "0.05"] });
    assert.deepEqual(await held(qrscp), ["1.1"]);
    // As copying does: under another name until it is whole.
    await Deno.rename(await writeInstance(directory, "1.2"), `${folder}/new`);
    await qrscp.until(/^I: Files in the folders: 1 new, 0 changed, 0 gone$/m);
    assert.deepEqual(await held(qrscp), ["1.1", "1.2"]);
    await Deno.remove(first);
    await qrscp.until(/^I: Files in the folders: 0 new, 0 changed, 1 gone$/m);
    assert.deepEqual(await held(qrscp), ["1.2"]);
    assert.equal((await qrscp.stop()).code, 0);
  }));

/** A destination that takes its time with the second instance. */
class SlowDestination implements AsyncDisposable {
  readonly #held = Promise.withResolvers<void>();
  readonly #reached = Promise.withResolvers<void>();
  readonly #server: Server;
  readonly stored: string[] = [];

  constructor() {
    this.#server = serve({
      hostname: "127.0.0.1",
      port: 0,
      handlers: {
        store: async ({ sopInstanceUid, dataSet }) => {
          await dataSet.cancel();
          if (this.stored.length === 1) {
            this.#reached.resolve();
            await this.#held.promise;
          }
          this.stored.push(sopInstanceUid);
          return 0x0000;
        },
      },
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  /** Resolves when the second instance has come. */
  get reached(): Promise<void> {
    return this.#reached.promise;
  }

  /** Goes on. */
  release(): void {
    this.#held.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    await this.#server[Symbol.asyncDispose]();
  }
}

async function move({ port }: OurServer): Promise<RetrieveResponse[]> {
  const transferSyntaxes = [EXPLICIT_VR_LITTLE_ENDIAN];
  await using association = await associate({
    hostname: "127.0.0.1",
    port,
    callingAeTitle: "WS1",
    calledAeTitle: QRSCP,
    presentationContexts: [{ abstractSyntax: STUDY_ROOT_MOVE, transferSyntaxes }],
  });
  const identifier = new DataSet();
  for (const key of ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2.3"]) {
    applyKeywordPath(identifier, key);
  }
  const options = { sopClassUid: STUDY_ROOT_MOVE, identifier, moveDestination: "SLOW" };
  return await Array.fromAsync(cMove(association, options));
}

/** A qrscp with three instances, and a destination that is slow. */
async function withSlowMove(
  use: (qrscp: OurServer, destination: SlowDestination) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    for (const uid of ["1.1", "1.2", "1.3"]) await writeInstance(`${directory}/archive`, uid);
    await using destination = new SlowDestination();
    await using qrscp = await startQrscp({
      directory,
      args: ["archive"],
      moveDestinations: [{ aeTitle: "SLOW", port: destination.port }],
    });
    await use(qrscp, destination);
  });
}

const STOPPING =
  /^I: Stopping: 1 association under way, 0 instances being received, 1 request being answered; /m;

Deno.test("qrscp finishes the C-MOVE under way at SIGTERM", () =>
  withSlowMove(async (qrscp, destination) => {
    const moving = move(qrscp);
    await destination.reached;
    qrscp.signal("SIGTERM");
    await qrscp.until(STOPPING);
    destination.release();
    const final = (await moving).at(-1);
    assert.deepEqual([final?.status, final?.counters.completed, final?.counters.failed], [0, 3, 0]);
    assert.deepEqual(destination.stored, ["1.1", "1.2", "1.3"]);
    const { code, stderr } = await qrscp.end();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^I: Received 0 instances, sent 3 instances by 1 association in /m);
  }));

Deno.test("qrscp aborts the C-MOVE under way at the second SIGTERM, and tells how far it came", () =>
  withSlowMove(async (qrscp, destination) => {
    const moving = move(qrscp);
    await destination.reached;
    qrscp.signal("SIGTERM");
    await qrscp.until(STOPPING);
    qrscp.signal("SIGTERM");
    await assert.rejects(moving, { name: "AssociationAbortedError" });
    const { code, stderr } = await qrscp.end();
    assert.equal(code, 6, stderr);
    assert.match(
      stderr,
      /^W: C-MOVE at level STUDY from WS1 .+ for SLOW broke off: 1 instance sent/m,
    );
    assert.match(
      stderr,
      /^I: Received 0 instances, sent 1 instance by 1 association .+; 1 failed$/m,
    );
  }));

Deno.test("qrscp stores what its other handlers see too", () =>
  withDirectory(async (directory) => {
    const path = await writeInstance(directory, "1.1");
    await Deno.writeTextFile(
      `${directory}/tell.ts`,
      `export default ({ log }) => ({
        attributes: ["PatientID"],
        async store(request) {
          const { PatientID } = await request.attributes();
          log.warn(\`seen \${request.sopInstanceUid} of \${PatientID}\`);
          return 0x0000;
        },
      });\n`,
    );
    await using qrscp = await startQrscp({
      directory,
      args: ["archive", "--handler", "store", "--handler", "./tell.ts"],
    });
    const sent = await runTool("storescu", ["127.0.0.1", `${qrscp.port}`, path]);
    assert.equal(sent.code, 0, sent.stderr);
    assert.deepEqual(await held(qrscp), ["1.1"]);
    const { code, stderr } = await qrscp.stop();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^I: Instances go to handler store and tell, files to archive$/m);
    assert.match(stderr, /^W: tell: seen 1\.1 of 4711$/m);
    const files = storedFiles(`${directory}/archive/1.2.3/1.2.3.4`);
    assert.deepEqual([...files.keys()], ["1.1"]);
  }));
