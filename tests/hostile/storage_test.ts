/**
 * What a hostile sender, or the file system under it, does to the files of storescp; and connections
 * that break off.
 *
 * @module
 */

import assert from "node:assert/strict";
import { run, runOk } from "../support/command.ts";
import { OurServer } from "../support/our_server.ts";
import { dataSetBytes } from "../support/part10.ts";
import { Besieged, filesBelow } from "./besieged.ts";
import { explicit, head, storing } from "./data_set_cases.ts";
import { ASSOCIATED, CONTEXT, ECHO_COMMAND, storeCommand } from "./exchange.ts";
import { abort, ascii, pData, pdv, RELEASE, request, ui } from "./raw_bytes.ts";
import { RawConnection } from "./raw_connection.ts";

/** Limits the descriptors that a process may have, from now on. */
async function limitDescriptors(pid: number, count: number): Promise<void> {
  await runOk("prlimit", ["--pid", String(pid), `--nofile=${count}:`]);
}

/** The next descriptor that a process would get. */
async function nextDescriptor(pid: number): Promise<number> {
  const names = await Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`), ({ name }) => name);
  const taken = new Set(names);
  let next = 0;
  while (taken.has(String(next))) next++;
  return next;
}

const whyNoLimit: string | undefined = await run("prlimit", ["--version"]).then(
  ({ code }) => code === 0 ? undefined : "prlimit does not run",
  () => "there is no prlimit",
);

const ignore = Deno.build.os !== "linux";

/** An instance of a patient, a study and a series that are named like this. */
function filed(
  uid: string,
  { patient = "4711", study = "1.2.3", series = "1.2.3.4", comment = "" } = {},
): string {
  const even = (text: string, pad: string): string =>
    ascii(text.length % 2 === 0 ? text : text + pad);
  return head(uid) + explicit(0x00100020, "LO", even(patient, " ")) +
    explicit(0x0020000d, "UI", even(study, "\0")) + explicit(0x0020000e, "UI", even(series, "\0")) +
    explicit(0x00204000, "LT", even(comment, " "));
}

function stored(uid: string, change: Parameters<typeof filed>[1] = {}): string {
  return storing(filed(uid, change), CONTEXT.explicit, storeCommand({ 0x1000: ui(0x1000, uid) }));
}

/** Stores over an association of its own; tells the answer. */
async function store(port: number, ...inputs: string[]): Promise<string> {
  using connection = await RawConnection.to(port);
  await connection.send(ASSOCIATED + inputs.join("") + RELEASE);
  return (await connection.end("AC[0,0,0,0,0,3,3,3,3] C-STORE-RSP#8 0000 RELRP"))
    .replace(/^AC\[\S+\] /, "").replace(/ RELRP$/, "");
}

/** Values that would lead out of the directory, or hide in it. */
const COMPONENTS = [
  ...["..", ".", "../../..", "a/b", "/etc", "C:\\x", "\\\\host\\share", ".hidden", "-rf", "CON"],
  ...[
    "",
    "   ",
    "nul.txt",
    "a:b",
    "x".repeat(64),
    "\x1b[2J",
    "a\0b",
    "$(id)",
    "{PatientID}",
    "%2e%2e",
  ],
];

Deno.test({
  name: "F8: what names patient, study and series stays a name in the directory",
  ignore,
  async fn() {
    const template = "{PatientID}/{StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}.dcm";
    await using besieged = await Besieged.start("storescp", ["--filename", template]);
    for (const [index, value] of COMPONENTS.entries()) {
      for (
        const [at, change] of [{ patient: value }, { study: value }, { series: value }].entries()
      ) {
        const name = `F8 ${JSON.stringify(change)}`;
        await besieged.beside(name, async () => {
          const uid = `1.2.3.${at}.${index}`;
          assert.equal(
            await store(besieged.server.port, stored(uid, change)),
            "C-STORE-RSP#8 0000",
            name,
          );
          return 1;
        });
      }
    }
    for (const path of filesBelow(besieged.directory)) {
      assert.equal(path.split("/").length, 4, path);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(path, /(^|\/)[.-]|[\x00-\x1f:\\]/, path);
    }
    assert.deepEqual([...Deno.readDirSync(besieged.area)].map(({ name }) => name), ["in"]);
    await besieged.stop();
  },
});

for (const policy of ["rename", "overwrite"] as const) {
  Deno.test({
    name: `F10: 16 associations store one instance at once, --on-exist ${policy}: each complete`,
    ignore,
    async fn() {
      await using besieged = await Besieged.start("storescp", ["--on-exist", policy]);
      const versions = Array.from(
        { length: 16 },
        (_, i) => filed("1.2.3", { comment: `${i} `.repeat(9000) }),
      );
      await besieged.beside("F10", async () => {
        const command = storeCommand({ 0x1000: ui(0x1000, "1.2.3") });
        const answers = await Promise.all(
          versions.map((version) =>
            store(besieged.server.port, storing(version, CONTEXT.explicit, command))
          ),
        );
        assert.deepEqual(new Set(answers), new Set(["C-STORE-RSP#8 0000"]));
        return policy === "rename" ? versions.length : 1;
      });
      const files = filesBelow(besieged.directory).filter((path) => path.startsWith("CT.1.2.3"));
      const kept = files.map((path) => dataSetBytes(`${besieged.directory}/${path}`).toHex());
      assert.equal(new Set(kept).size, policy === "rename" ? versions.length : 1);
      assert.ok(kept.every((bytes) => versions.includes(bytes)));
      await besieged.stop();
    },
  });
}

Deno.test({
  name:
    "F21: two processes store the same instances in one directory at once: each file is complete",
  ignore,
  async fn() {
    await using besieged = await Besieged.start("storescp", ["--on-exist", "overwrite"]);
    await using other = await OurServer.start({
      tool: "storescp",
      args: ["0", "-od", besieged.directory, "-aet", "STORE", "--on-exist", "overwrite"],
      directory: besieged.area,
    });
    const uids = Array.from({ length: 20 }, (_, i) => `1.2.3.${i}`);
    await besieged.beside("F21", async () => {
      const ports = [besieged.server.port, other.port];
      const answers = await Promise.all(
        uids.flatMap((uid) =>
          ports.map((port, i) => store(port, stored(uid, { comment: `${i} `.repeat(9000) })))
        ),
      );
      assert.deepEqual(new Set(answers), new Set(["C-STORE-RSP#8 0000"]));
      return uids.length;
    });
    for (const uid of uids) {
      const bytes = dataSetBytes(await Deno.readFile(`${besieged.directory}/CT.${uid}`)).toHex();
      const versions = [0, 1].map((i) => filed(uid, { comment: `${i} `.repeat(9000) }));
      assert.ok(versions.includes(bytes), uid);
    }
    assert.equal((await other.stop()).code, 0);
    await besieged.stop();
  },
});

Deno.test({
  name:
    "F12, F13, F20: the directory removed, replaced by a file, and a link in the place of a file",
  ignore,
  async fn() {
    await using besieged = await Besieged.start("storescp", ["--on-exist", "overwrite"]);
    const { area, directory } = besieged;

    await Deno.remove(directory, { recursive: true });
    assert.equal(await store(besieged.server.port, stored("1.1")), "C-STORE-RSP#8 0000");
    assert.deepEqual(filesBelow(area), ["in/CT.1.1"]);

    await Deno.remove(directory, { recursive: true });
    await Deno.writeTextFile(directory, "in the way");
    const echo = pData(pdv(CONTEXT.echo, 3, ECHO_COMMAND));
    assert.equal(
      await store(besieged.server.port, stored("1.2"), echo),
      "C-STORE-RSP#8 A700 C-ECHO-RSP#7 0000",
    );
    assert.equal(await Deno.readTextFile(directory), "in the way");

    await Deno.remove(directory);
    await Deno.mkdir(directory);
    await Deno.writeTextFile(`${area}/precious`, "not to be touched");
    await Deno.symlink(`${area}/precious`, `${directory}/CT.1.4`);
    await Deno.symlink(`${area}/nowhere`, `${directory}/CT.1.5`);
    await Deno.mkdir(`${area}/elsewhere`);
    for (const uid of ["1.4", "1.5"]) {
      assert.equal(await store(besieged.server.port, stored(uid)), "C-STORE-RSP#8 0000");
    }
    assert.equal(await Deno.readTextFile(`${area}/precious`), "not to be touched");
    assert.deepEqual(filesBelow(area).sort(), ["in/CT.1.4", "in/CT.1.5", "precious"]);
    await besieged.stop();
  },
});

/** Part of a C-STORE, and connections that break off. */
const HALF_A_STORE = ASSOCIATED + stored("1.2.3", { comment: "x".repeat(50_000) }).slice(0, 60_000);

Deno.test({
  name: "connections that break off leave nothing of storescp's (T2, T7, T8, T9, T13, T19, A41)",
  ignore,
  async fn(t) {
    await using besieged = await Besieged.start("storescp");
    const { port } = besieged.server;
    for (
      const [name, input, leave] of [
        ["T7 a reset in the middle of a data set", HALF_A_STORE, "reset"],
        ["T8 an end in the middle of a data set", HALF_A_STORE, "end"],
        ["T7 a reset in the middle of a request", request().slice(0, 100), "reset"],
        ["T8 an end in the middle of a request", request().slice(0, 100), "end"],
        [
          "T7 a reset in the middle of a command",
          ASSOCIATED + stored("1.2.4").slice(0, 60),
          "reset",
        ],
        // The responses have nobody to go to.
        [
          "T19 a reset after 100 requests",
          ASSOCIATED + pData(pdv(1, 3, ECHO_COMMAND)).repeat(100),
          "reset",
        ],
      ] as const
    ) {
      await besieged.beside(name, async () => {
        using connection = await RawConnection.to(port);
        await connection.send(input);
        if (leave === "end") await connection.end("");
        return 0;
      });
    }

    await besieged.beside("T9 a sender that only closes its sending side is answered", async () => {
      using connection = await RawConnection.to(port);
      await connection.send(ASSOCIATED + stored("1.2.5"));
      const text = await connection.end("");
      assert.equal(text, "AC[0,0,0,0,0,3,3,3,3] C-STORE-RSP#8 0000");
      return 1;
    });

    let settled = 0;
    for (
      const [name, input] of [
        ["T2, T13: 1,000 connections that say nothing", ""],
        ["A41: 1,000 associations that are released", ASSOCIATED + RELEASE],
        ["T13: 1,000 connections of garbage", "ff".repeat(6)],
        ["A41: 1,000 associations that are aborted", ASSOCIATED + abort(0, 0)],
        ["A41: 1,000 associations that are rejected", request({ called: "OTHER" })],
      ] as const
    ) {
      await t.step(name, () =>
        besieged.beside(name, async () => {
          for (let round = 0; round < 1000; round += 20) {
            await Promise.all(Array.from({ length: 20 }, async () => {
              using connection = await RawConnection.to(port);
              await connection.send(input);
              if (input !== "") await connection.until(() => connection.text !== "");
            }));
          }
          return 0;
        }));
      // The collector of garbage takes its time at first; what is kept would grow on and on.
      if (name.startsWith("T13")) settled = besieged.forgetPeak();
    }
    const more = besieged.peak - settled;
    assert.ok(more < 64 * 1024 * 1024, `${Math.round(more / 1024 / 1024)} MiB more`);
    await besieged.stop();
  },
});

Deno.test({
  name:
    "F14, T14: without descriptors an instance is refused and nobody is accepted, and then again",
  ignore: ignore || whyNoLimit !== undefined,
  async fn() {
    await using besieged = await Besieged.start("storescp");
    const { server, directory } = besieged;
    const stored0 = "C-STORE-RSP#8 0000";
    using standing = await RawConnection.to(server.port);
    await standing.send(ASSOCIATED);
    await standing.until(() => standing.text.startsWith("AC"));
    standing.forget();

    await limitDescriptors(server.pid, await nextDescriptor(server.pid));
    await standing.send(stored("1.2.1"));
    await standing.until(() => standing.text !== "");
    assert.equal(standing.text, "C-STORE-RSP#8 A700");
    standing.forget();
    // The system takes the connection; the server cannot yet.
    using waiting = await RawConnection.to(server.port);
    await waiting.send(ASSOCIATED + RELEASE);
    await standing.send(pData(pdv(CONTEXT.echo, 3, ECHO_COMMAND)));
    await standing.until(() => standing.text !== "");
    assert.equal(standing.text, "C-ECHO-RSP#7 0000");
    standing.forget();
    assert.equal(waiting.text, "");

    await limitDescriptors(server.pid, 1024);
    await standing.send(stored("1.2.2"));
    await standing.until(() => standing.text !== "");
    assert.equal(standing.text, stored0);
    assert.equal(await waiting.end("AC[0,0,0,0,0,3,3,3,3] RELRP"), "AC[0,0,0,0,0,3,3,3,3] RELRP");
    assert.deepEqual(filesBelow(directory), ["CT.1.2.2"]);
    await besieged.stop();
  },
});
