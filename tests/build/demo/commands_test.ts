import assert from "node:assert/strict";
import { ArchiveCommands, serveCommand } from "../../../build/demo/commands.ts";

Deno.test("the archive serves this machine only, and knows where to move to", {
  permissions: "none",
}, () => {
  const { tool, args } = serveCommand("archive", 11113);
  assert.equal(tool, "qrscp");
  assert.equal(
    args.join(" "),
    "-ba 127.0.0.1 -p 0 --json --destination DEMO=127.0.0.1:11113 archive",
  );
});

const COMMANDS = new ArchiveCommands(11112, 11113);

const CASES = [
  [COMMANDS.echo(), "echoscu QRSCP@127.0.0.1:11112"],
  [
    COMMANDS.find(["PatientID=1", "PatientName"], ["PatientName", "PatientID"]),
    "findscu QRSCP@127.0.0.1:11112 -k PatientID=1 -k PatientName --csv PatientName,PatientID -q",
  ],
  [
    COMMANDS.move("PatientID=1", "in"),
    "movescu QRSCP@127.0.0.1:11112 -k PatientID=1 --store --store-aet DEMO " +
    "--store-host 127.0.0.1 --store-port 11113 -od in",
  ],
  [COMMANDS.get("PatientID=1", "in"), "getscu QRSCP@127.0.0.1:11112 -k PatientID=1 -od in"],
  [COMMANDS.store("files"), "storescu QRSCP@127.0.0.1:11112 -v -r files"],
] as const;

for (const [{ tool, args }, expected] of CASES) {
  Deno.test(`the commands go to the archive: ${tool}`, { permissions: "none" }, () => {
    assert.equal([tool, ...args].join(" "), expected);
  });
}
