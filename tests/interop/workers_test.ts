/**
 * Our storescp and qrscp with workers, as processes, and real senders at once.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/transfer_syntax.ts";
import { assertServes, install, OWN } from "../hostile/tls_bench.ts";
import { eventsOf, readEvents, summaryOf } from "../support/event_schema.ts";
import { startQrscp } from "../support/our_qrscp.ts";
import { OurServer } from "../support/our_server.ts";
import { storedFiles } from "../support/our_tools.ts";
import { dataSetBytes, peerTest, run } from "../support/peers.ts";
import { withDirectory } from "../support/retrieval.ts";
import { instanceFile } from "../support/synthetic_instances.ts";

/** Workers read their own program. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SENDERS = 8;
const INSTANCES = 20;

/** The files of some senders, each with instances of its own and one that all of them have. */
async function writeFiles(directory: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (let sender = 0; sender < SENDERS; sender++) {
    await Deno.mkdir(`${directory}/${sender}`, { recursive: true });
    for (let number = 0; number <= INSTANCES; number++) {
      const sopInstanceUid = number === INSTANCES ? "1.2.3.4.99" : `1.2.3.4.${sender}.${number}`;
      const file = instanceFile({
        sopClassUid: CT_IMAGE_STORAGE,
        sopInstanceUid,
        transferSyntaxUid: EXPLICIT_VR_LITTLE_ENDIAN,
        keys: [`PatientComments=${"x".repeat(4000)}`],
      });
      files.set(sopInstanceUid, file);
      await Deno.writeFile(`${directory}/${sender}/${number}.dcm`, file);
    }
  }
  return files;
}

async function sendAll(port: number, directory: string): Promise<void> {
  const all = Array.from(
    { length: SENDERS },
    (_, sender) =>
      run("storescu", ["-xe", "+sd", "127.0.0.1", `${port}`, `${directory}/${sender}`]),
  );
  for (const { code, stderr } of await Promise.all(all)) assert.equal(code, 0, stderr);
}

async function assertKept(
  directory: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const stored = storedFiles(directory);
  assert.deepEqual([...stored.keys()].sort(), [...files.keys()].sort());
  for (const [uid, path] of stored) {
    const sent = files.get(uid);
    assert.deepEqual(dataSetBytes(path), sent && dataSetBytes(sent), uid);
  }
  const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  assert.deepEqual(names.filter((name) => name.endsWith(".part")), []);
}

peerTest({
  name: "storescp --workers keeps what DCMTK's storescu sends by many associations",
  needs: ["dcmtk"],
  fn: () =>
    withDirectory(async (directory) => {
      const files = await writeFiles(`${directory}/files`);
      const kept = `${directory}/kept`;
      await Deno.mkdir(kept);
      await using server = await OurServer.start({
        tool: "storescp",
        args: ["0", "--workers", "3", "--json"],
        directory: kept,
        reads: [ROOT],
      });
      await sendAll(server.port, `${directory}/files`);
      const { code, stdout } = await server.stop();
      assert.equal(code, 0);
      await assertKept(kept, files);
      const events = readEvents(stdout);
      assert.equal(summaryOf(events).received, SENDERS * (INSTANCES + 1));
      const accepted = eventsOf(events, "association").filter(({ state }) => state === "accepted");
      assert.equal(new Set(accepted.map(({ association }) => association)).size, SENDERS);
    }),
});

peerTest({
  name: "qrscp --workers serves what DCMTK's storescu sends, and what getscu asks for at once",
  needs: ["dcmtk"],
  fn: () =>
    withDirectory(async (directory) => {
      const files = await writeFiles(`${directory}/files`);
      const archive = `${directory}/archive`;
      await Deno.mkdir(archive);
      await using server = await startQrscp({
        args: [archive, "--workers", "2", "--no-durable"],
        directory: archive,
        reads: [ROOT],
      });
      await sendAll(server.port, `${directory}/files`);
      const gets = Array.from({ length: 4 }, async (_, number) => {
        const output = `${directory}/got_${number}`;
        await Deno.mkdir(output);
        const { code, stderr } = await run("getscu", [
          ...["-S", "-od", output, "-aec", "QRSCP", "127.0.0.1", `${server.port}`],
          ...["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3"],
        ]);
        assert.equal(code, 0, stderr);
        assert.deepEqual([...storedFiles(output).keys()].sort(), [...files.keys()].sort());
      });
      await Promise.all(gets);
      const { code, stderr } = await server.stop();
      assert.equal(code, 0, stderr);
      await assertKept(archive, files);
    }),
});

/** So many connections in a row come to all of two workers, but for once in a million times. */
const MANY = 20;

Deno.test({
  name:
    "storescp --workers by TLS serves in all of them, and all read the certificates again at SIGHUP",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withDirectory(async (directory) => {
      await install(directory);
      await using server = await OurServer.start({
        tool: "storescp",
        args: ["0", "--workers", "2", "--ignore", "--json", ...OWN],
        directory,
        reads: [ROOT],
      });
      const subjects = (): Promise<string[]> =>
        Promise.all(Array.from({ length: MANY }, () => assertServes(server.port)));
      assert.deepEqual(new Set(await subjects()), new Set(["CN=archive,O=Hospital"]));
      await install(directory, "renewed");
      server.signal("SIGHUP");
      await server.until(/The certificates were read again/);
      // Only one of them tells; the other may need a moment more.
      let shown = new Set<string>();
      for (let attempt = 0; attempt < 20 && shown.size !== 1; attempt++) {
        shown = new Set(await subjects());
      }
      assert.deepEqual(shown, new Set(["CN=archive renewed,O=Hospital"]));
      await Deno.writeTextFile(`${directory}/own.key`, "damaged");
      server.signal("SIGHUP");
      await server.until(/(The certificates stay as they were: [^]*){2}/);
      assert.deepEqual(new Set(await subjects()), shown);
      const { code, stdout, stderr } = await server.stop();
      assert.equal(code, 0, stderr);
      assert.equal(stderr.match(/The certificates were read again/g)?.length, 1, stderr);
      assert.equal(eventsOf(readEvents(stdout), "tls").length, 0);
    }),
});
