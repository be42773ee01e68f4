/**
 * One real piece of work for each tool, whatever way it is started: under `deno run` with certain
 * permissions, from a registry, or as an executable.
 *
 * @module
 */

import assert from "node:assert/strict";
import { instanceFile } from "../support/synthetic_instances.ts";
import { storedFiles } from "../support/our_tools.ts";
import {
  type Archive,
  type CommandOutput,
  fileMeta,
  freePort,
  type PeerName,
  type RealFile,
  run,
  startDcmqrscp,
} from "../support/peers.ts";
import { startStorescp, type StorageAcceptor } from "../support/storage_acceptor.ts";
import { startDaemon } from "../support/command.ts";

/** What a piece of work touches: the least that the tool can be allowed. */
export interface Touches {
  readonly net: readonly string[];
  readonly read?: readonly string[];
  readonly write?: readonly string[];
}

/** How a tool is started. */
export interface Launch {
  readonly program: string;
  /** What goes before the tool's own arguments. */
  readonly args: readonly string[];
  /** Whether a handler that was compiled in takes the instances: then no directory is named. */
  readonly hasHandler?: boolean;
}

/** A piece of work that is ready to be done. */
export interface Trial {
  readonly touches: Touches;
  /** Does it. */
  start(launch: Launch): Promise<CommandOutput>;
  /** Makes sure that it is done. */
  assertDone(output: CommandOutput): Promise<void>;
}

/** The pieces of work by tool: each has a directory for itself. */
export const TRIALS: Readonly<
  Record<string, {
    readonly needs: readonly PeerName[];
    prepare(directory: string, resources: AsyncDisposableStack): Promise<Trial>;
  }>
> = {
  echoscu: {
    needs: ["dcmtk"],
    async prepare(_directory, resources) {
      const acceptor = resources.use(await startStorescp());
      return {
        touches: { net: [`127.0.0.1:${acceptor.port}`] },
        start: start(["-v", "127.0.0.1", `${acceptor.port}`]),
        assertDone({ code, stderr }) {
          assert.equal(code, 0, stderr);
          assert.match(stderr, /Received Echo Response \(Status: 0x0000/);
          return Promise.resolve();
        },
      };
    },
  },
  storescu: {
    needs: ["dcmtk"],
    async prepare(directory, resources) {
      const acceptor = resources.use(await startStorescp());
      const [file] = await writeInstances(`${directory}/files`);
      assert.ok(file);
      return {
        touches: { net: [`127.0.0.1:${acceptor.port}`], read: [`${directory}/files`] },
        start: start(["127.0.0.1", `${acceptor.port}`, "-r", `${directory}/files`]),
        assertDone: ({ code, stderr }) => assertTaken(acceptor, code, stderr),
      };
    },
  },
  findscu: {
    needs: ["dcmtk"],
    async prepare(directory, resources) {
      const archive = resources.use(await archiveWithInstances(directory));
      const query = await writeQuery(directory);
      const matches = `${directory}/matches`;
      return {
        touches: {
          net: [`127.0.0.1:${archive.port}`],
          read: [query],
          write: [matches],
        },
        start: start([...peer(archive), "--query-file", query, "-w", "-od", matches]),
        assertDone({ code, stderr }) {
          assert.equal(code, 0, stderr);
          assert.deepEqual([...Deno.readDirSync(matches)].map(({ name }) => name), [
            "rsp000001.dcm",
          ]);
          return Promise.resolve();
        },
      };
    },
  },
  getscu: {
    needs: ["dcmtk"],
    async prepare(directory, resources) {
      const archive = resources.use(await archiveWithInstances(directory));
      const query = await writeQuery(directory);
      const output = `${directory}/in`;
      return {
        touches: {
          net: [`127.0.0.1:${archive.port}`],
          read: [query, output],
          write: [output],
        },
        start: start([...peer(archive), "--query-file", query, "-od", output]),
        assertDone: ({ code, stderr }) => assertStored(output, code, stderr),
      };
    },
  },
  movescu: {
    needs: ["dcmtk"],
    async prepare(directory, resources) {
      const to = { aeTitle: "ME", port: freePort() };
      const archive = resources.use(await archiveWithInstances(directory, [to]));
      const query = await writeQuery(directory);
      const output = `${directory}/in`;
      return {
        touches: {
          net: [`127.0.0.1:${archive.port}`, `0.0.0.0:${to.port}`],
          read: [query, output],
          write: [output],
        },
        start: start([
          ...peer(archive),
          ...["--query-file", query, "-od", output],
          ...["--store", "--store-aet", to.aeTitle, "--store-port", `${to.port}`],
        ]),
        assertDone: ({ code, stderr }) => assertStored(output, code, stderr),
      };
    },
  },
  storescp: {
    needs: ["dcmtk"],
    prepare: (directory) =>
      prepareServer(directory, (port, output, hasHandler) => [
        ...["-v", "-ba", "127.0.0.1", `${port}`, ...(hasHandler ? [] : ["-od", output])],
      ]),
  },
  qrscp: {
    needs: ["dcmtk"],
    prepare: (directory) =>
      prepareServer(
        directory,
        (port, output) => ["-v", "-ba", "127.0.0.1", "-p", `${port}`, output],
      ),
  },
};

const INSTANCE: Omit<RealFile, "path"> = {
  name: "instance.dcm",
  origin: "original",
  edits: [],
  patientId: "4711",
  studyUid: "1.2.3",
  seriesUid: "1.2.3.4",
  sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  sopInstanceUid: "1.2.3.4.5",
  transferSyntaxUid: "1.2.840.10008.1.2.1",
};

function start(args: readonly string[]): Trial["start"] {
  return (launch) => run(launch.program, [...launch.args, ...args]);
}

/** A tool that takes what DCMTK's storescu sends. */
async function prepareServer(
  directory: string,
  own: (port: number, output: string, hasHandler: boolean) => readonly string[],
): Promise<Trial> {
  const port = freePort();
  const [file] = await writeInstances(`${directory}/files`);
  assert.ok(file);
  const output = `${directory}/in`;
  return {
    touches: { net: [`127.0.0.1:${port}`], read: [output], write: [output] },
    async start({ program, args, hasHandler = false }) {
      const all = [...args, ...own(port, output, hasHandler)];
      try {
        await using tool = await startDaemon(program, all, [port], directory);
        const sent = await run("storescu", ["127.0.0.1", `${port}`, file.path]);
        await tool.stop();
        return { code: sent.code, stdout: sent.stdout, stderr: sent.stderr + tool.log() };
      } catch (error) {
        return { code: 1, stdout: "", stderr: String(error) };
      }
    },
    assertDone: ({ code, stderr }) => assertStored(output, code, stderr),
  };
}

function peer({ aeTitle, port }: Archive): string[] {
  return ["127.0.0.1", `${port}`, "-aec", aeTitle];
}

async function writeInstances(directory: string): Promise<RealFile[]> {
  await Deno.mkdir(directory);
  const path = `${directory}/${INSTANCE.name}`;
  await Deno.writeFile(path, instanceFile(INSTANCE));
  return [{ ...INSTANCE, path }];
}

async function archiveWithInstances(
  directory: string,
  moveDestinations: readonly { readonly aeTitle: string; readonly port: number }[] = [],
): Promise<Archive> {
  const archive = await startDcmqrscp({ moveDestinations });
  const { taken } = await archive.load(await writeInstances(`${directory}/files`));
  assert.equal(taken.length, 1);
  return archive;
}

async function writeQuery(directory: string): Promise<string> {
  const path = `${directory}/query.txt`;
  await Deno.writeTextFile(
    path,
    `QueryRetrieveLevel=STUDY\nStudyInstanceUID=${INSTANCE.studyUid}\n`,
  );
  return path;
}

async function assertTaken(
  acceptor: StorageAcceptor,
  code: number,
  stderr: string,
): Promise<void> {
  assert.equal(code, 0, stderr);
  const stored = await acceptor.stored([INSTANCE.sopInstanceUid]);
  assert.deepEqual([...stored.keys()], [INSTANCE.sopInstanceUid]);
}

function assertStored(directory: string, code: number, stderr: string): Promise<void> {
  assert.equal(code, 0, stderr);
  const [path = "", ...more] = storedFiles(directory).values();
  assert.deepEqual(more, []);
  assert.equal(fileMeta(path).get("0002,0003"), INSTANCE.sopInstanceUid);
  return Promise.resolve();
}

/**
 * Prepares the piece of work of a tool, and takes it away again.
 *
 * @param tool The tool.
 * @param use What is to be done with it.
 */
export async function withTrial(tool: string, use: (trial: Trial) => Promise<void>): Promise<void> {
  const trial = TRIALS[tool];
  assert.ok(trial, tool);
  const directory = await Deno.makeTempDir({ prefix: "dimse_trial_" });
  await using resources = new AsyncDisposableStack();
  resources.defer(() => Deno.remove(directory, { recursive: true }));
  await use(await trial.prepare(directory, resources));
}
