/**
 * The tools with handlers of the user's, as processes, from real archives.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  dataSetBytes,
  peerTest,
  type RealFile,
  realFiles,
  run,
  startOrthanc,
} from "../support/peers.ts";
import { runTool } from "../support/our_tools.ts";
import {
  ARCHIVES,
  destination,
  ONE_PATIENT,
  ORTHANC,
  type StartedArchive,
  withDirectory,
} from "../support/retrieval.ts";
import { createHash } from "node:crypto";
import { httpsServer } from "../support/https_server.ts";
import { startStorescp } from "../support/storage_acceptor.ts";

interface Retrieval {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Counts bytes and tells the modalities, in TypeScript that is not JavaScript. */
const COUNTING = `
enum Answer { Success = 0x0000 }
export const name = "counting";
export const version: string = "0.1";
export default ({ options }: { options: Record<string, string[]> }) => ({
  attributes: ["Modality"],
  async store(request): Promise<Answer> {
    const { Modality } = await request.attributes();
    let bytes = 0;
    for await (const chunk of request.dataSet) bytes += chunk.byteLength;
    const line = request.sopInstanceUid + " " + Modality[0] + " " + bytes + "\\n";
    await Deno.writeTextFile(options.into[0], line, { append: true });
    return Answer.Success;
  },
});
`;

async function move(
  { start }: StartedArchive,
  files: readonly RealFile[],
  args: readonly string[],
): Promise<Retrieval> {
  const to = destination();
  await using archive = await start([to]);
  const { refused } = await archive.load(files);
  assert.deepEqual(refused, []);
  return await runTool("movescu", [
    ...["127.0.0.1", String(archive.port), "-aec", archive.aeTitle, "-P", "--json"],
    ...["--store", "--store-aet", to.aeTitle, "--store-port", String(to.port)],
    ...["-k", `PatientID=${files[0]?.patientId}`, ...args],
  ]);
}

function summaryOf({ stdout, stderr }: Retrieval): Record<string, unknown> {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  assert.match(line, /"event":"summary"/, stderr);
  return JSON.parse(line);
}

for (const archive of ARCHIVES) {
  peerTest({
    name:
      `movescu stores, counts and forwards in one chain what comes from ${archive.needs.join()}`,
    needs: ["pydicom", "dcmtk", ...archive.needs],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(ONE_PATIENT);
        const { files } = set;
        await using far = await startStorescp(["+xa"]);
        const module = `${directory}/count.ts`;
        await Deno.writeTextFile(module, COUNTING);
        const counted = `${directory}/counted`;
        const kept = `${directory}/in`;
        const result = await move(archive, files, [
          ...["-v", "-od", kept, "--handler", "store", "--filename", "{SOPInstanceUID}.dcm"],
          ...["--handler", module, "--handler-option", `into=${counted}`],
          ...["--handler", "forward", "--handler-option", `to=FAR@127.0.0.1:${far.port}`],
        ]);
        assert.equal(result.code, 0, result.stderr);
        assert.equal(summaryOf(result)["received"], files.length);
        assert.match(result.stderr, /count\.ts \(file\): counting 0\.1, offers store/);
        const uids = files.map(({ sopInstanceUid }) => sopInstanceUid).sort();
        const forwarded = await far.stored(uids);
        assert.deepEqual([...forwarded.keys()].sort(), uids);
        const lines = (await Deno.readTextFile(counted)).trimEnd().split("\n").sort();
        for (const [index, uid] of uids.entries()) {
          const here = dataSetBytes(`${kept}/${uid}.dcm`);
          assert.deepEqual(dataSetBytes(forwarded.get(uid) ?? ""), here, uid);
          assert.match(lines[index] ?? "", new RegExp(`^${uid} [A-Z]{2} ${here.byteLength}$`));
        }
      }),
  });

  peerTest({
    name:
      `what the destination of movescu --handler forward refuses, ${archive.needs.join()} counts`,
    needs: ["pydicom", "dcmtk", ...archive.needs],
    fn: async () => {
      await using set = await realFiles(ONE_PATIENT);
      const { files } = set;
      await using far = await startStorescp(["--refuse"]);
      const result = await move(archive, files, [
        ...["--handler", "forward", "--handler-option", `to=FAR@127.0.0.1:${far.port}`],
      ]);
      assert([6, 7].includes(result.code), `${result.code}\n${result.stderr}`);
      const last = result.stdout.split("\n").filter((line) => line.includes('"response"')).at(-1);
      const response = JSON.parse(last ?? "");
      // Orthanc gives up at the first failure, and tells no counters.
      if (archive.needs.includes("orthanc")) assert.equal(response.category, "failure");
      else assert.equal(response.failed, files.length, result.stderr);
      assert.equal(summaryOf(result)["received"], 0);
      assert.match(result.stderr, /forward: .*FAR@127\.0\.0\.1/);
    },
  });
}

const UNUSABLE: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["has no such name", ["--handler", "stor"], /stor/],
  ["is not there", ["--handler", "./nowhere.ts"], /Cannot load handler \.\/nowhere\.ts/],
  [
    "has no factory",
    ["--handler", "data:text/javascript,export const store = 1"],
    /data:text\/javascript.*default/,
  ],
  ["is told by http", ["--handler", "http://127.0.0.1/x.ts"], /http/],
  ["lacks an option", ["--handler", "forward"], /to=/],
];

for (const tool of ["movescu", "getscu", "storescp"] as const) {
  for (const [what, args, message] of UNUSABLE) {
    Deno.test(`${tool} ends before it listens or calls when a handler ${what}`, async () => {
      // Who called or listened would be told that the port is not to be had.
      const query = tool === "storescp" ? ["0"] : [
        "127.0.0.1",
        "1",
        "-k",
        "StudyInstanceUID=1",
        ...(tool === "movescu" ? ["--store"] : []),
      ];
      const { code, stderr } = await runTool(tool, [...query, ...args]);
      assert.equal(code, 2, stderr);
      const [error = "", ...more] = stderr.split("\n").filter((line) => line.startsWith("E: "));
      assert.match(error, message);
      assert.deepEqual(more, []);
    });
  }
}

const REMOTE = `
import { success } from "./answer.ts";
export const version = "7.0";
export default (): object => ({
  async store({ dataSet }: { dataSet: ReadableStream }): Promise<number> {
    await dataSet.cancel();
    return success;
  },
});
`;

peerTest({
  name:
    "getscu takes a handler from an HTTPS server when its pin is right, and asks nobody when not",
  needs: ["orthanc", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(ONE_PATIENT);
      await using server = await httpsServer({
        "/remote.ts": REMOTE,
        "/answer.ts": "export const success: number = 0x0000;",
        "/away.ts": () => Response.redirect("https://example.invalid/handler.ts"),
        "/round.ts": () => Response.redirect(server.url("/round.ts")),
        "/endless.ts": () =>
          new Response(endless(), { headers: { "content-type": "text/typescript" } }),
      });
      const certificate = `${directory}/ca.pem`;
      await Deno.writeTextFile(certificate, server.certificate);
      await using orthanc = await startOrthanc({ moveDestinations: [] });
      await orthanc.load(set.files);
      // The cache of handlers is put elsewhere, Deno's own is not.
      const { stdout } = await run(Deno.execPath(), ["info", "--json"]);
      const { denoDir }: { readonly denoDir: string } = JSON.parse(stdout);
      const env = {
        DENO_DIR: denoDir,
        DENO_CERT: certificate,
        XDG_CACHE_HOME: `${directory}/cache`,
      };
      const get = (handler: string): Promise<Retrieval> =>
        runTool("getscu", [
          ...["127.0.0.1", String(orthanc.port), "-aec", orthanc.aeTitle, "-P", "--json", "-v"],
          ...["-k", `PatientID=${set.files[0]?.patientId}`, "--handler", handler],
        ], { env });

      const pin = `#sha256-${createHash("sha256").update(REMOTE).digest("base64")}`;
      const right = await get(server.url("/remote.ts") + pin);
      assert.equal(right.code, 0, right.stderr);
      assert.equal(summaryOf(right)["received"], set.files.length);
      assert.match(right.stderr, /remote\.ts \(https\): remote 7\.0, offers store/);

      const wrong = `#sha256-${createHash("sha256").update("else").digest("base64")}`;
      const refusals: readonly (readonly [string, RegExp])[] = [
        [server.url("/remote.ts") + wrong, /pinned/],
        [server.url("/away.ts"), /example\.invalid.*allow/],
        [server.url("/round.ts"), /redirect/],
        [server.url("/endless.ts"), /more than the 4194304 bytes allowed/],
      ];
      for (const [handler, message] of refusals) {
        const { code, stderr } = await get(handler);
        assert.equal(code, 2, `${handler}\n${stderr}`);
        assert.match(stderr, message);
        assert.doesNotMatch(stderr, /Requesting Association/);
      }
    }),
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65536).fill(0x20)),
  });
}

/** Counts where it may, and then tries what it may not. */
const CONFINED = `
export const name = "confined";
export const permissions = (options) => ({ write: options.into });
export default ({ options, log }) => ({
  attributes: ["Modality"],
  async store(request) {
    const { Modality } = await request.attributes();
    let bytes = 0;
    for await (const chunk of request.dataSet) bytes += chunk.byteLength;
    const line = request.sopInstanceUid + " " + Modality[0] + " " + bytes + "\\n";
    await Deno.writeTextFile(options.into[0], line, { append: true });
    const attempts = {
      read: () => Deno.readTextFile(options.into[0]),
      write: () => Deno.writeTextFile(options.into[0] + ".more", ""),
      net: () => Deno.connect({ port: 104 }),
      env: () => Deno.env.get("HOME"),
      run: () => new Deno.Command("true").output(),
    };
    for (const [name, attempt] of Object.entries(attempts)) {
      try {
        await attempt();
        return 0xa700;
      } catch (error) {
        if (error.name !== "NotCapable") return 0xa701;
      }
    }
    return 0x0000;
  },
});
`;

peerTest({
  name: "movescu --sandbox lets a handler do what it declares, tells that before, and nothing else",
  needs: ["orthanc", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(ONE_PATIENT);
      const module = `${directory}/confined.js`;
      await Deno.writeTextFile(module, CONFINED);
      const counted = `${directory}/counted`;
      const result = await move(ORTHANC, set.files, [
        ...["--sandbox", "--handler", module, "--handler-option", `into=${counted}`],
      ]);
      assert.equal(result.code, 0, result.stderr);
      assert.equal(summaryOf(result)["received"], set.files.length);
      const lines = (await Deno.readTextFile(counted)).trimEnd().split("\n");
      assert.equal(lines.length, set.files.length);
      const told = `I: Handler confined runs in a sandbox: it may write ${counted}, nothing else`;
      const [grant, call] = [told, "I: Requesting Association"].map((line) =>
        result.stderr.split("\n").indexOf(line)
      );
      assert(
        grant !== undefined && call !== undefined && grant >= 0 && grant < call,
        result.stderr,
      );
    }),
});

const CARELESS = `
export default () => ({
  async store({ dataSet }) {
    await dataSet.cancel();
    void Promise.reject(new Error("nobody awaits this"));
    return 0x0000;
  },
});
`;

peerTest({
  name: "a handler's error that nobody catches is told, and the associations go on",
  needs: ["orthanc", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(ONE_PATIENT);
      const module = `${directory}/careless.js`;
      await Deno.writeTextFile(module, CARELESS);
      const result = await move(ORTHANC, set.files, ["--handler", module]);
      assert.equal(result.code, 0, result.stderr);
      assert.equal(summaryOf(result)["received"], set.files.length);
      const line = /^E: Nobody caught an error, perhaps of handler careless: nobody awaits this$/gm;
      assert.equal(result.stderr.match(line)?.length, set.files.length, result.stderr);
    }),
});
