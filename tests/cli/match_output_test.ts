import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import {
  jsonLine,
  matchFileName,
  type MatchOptions,
  MatchOutput,
  MatchOutputError,
} from "../../cli/match_output.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeFile } from "../../lib/data_set/file.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { isValidUid } from "../../lib/uid.ts";

const NOWHERE: MatchOptions = { json: false, csv: undefined, directory: undefined };
const ORIGIN = {
  sopClassUid: "1.2.840.10008.5.1.4.31",
  transferSyntaxUid: "1.2.840.10008.1.2.1",
  aeTitle: "RIS",
};

function match(...keys: string[]): DataSet {
  const made = new DataSet();
  for (const key of keys) applyKeywordPath(made, key);
  return made;
}

async function written(options: Partial<MatchOptions>, ...matches: DataSet[]): Promise<string> {
  let text = "";
  const io = { stdout: (part: string) => void (text += part) };
  const output = new MatchOutput({ ...NOWHERE, ...options }, io);
  await output.prepare();
  output.begin();
  for (const [index, each] of matches.entries()) await output.write(each, index + 1, ORIGIN);
  return text;
}

Deno.test({
  name: "MatchOutput writes nothing, JSON lines or a table to the standard output",
  permissions: "none",
  async fn() {
    const matches = [match("PatientID=1"), match("PatientID=2")];
    assert.equal(await written({}, ...matches), "");
    assert.equal(
      await written({ json: true }, ...matches),
      '{"00100020":{"vr":"LO","Value":["1"]}}\n{"00100020":{"vr":"LO","Value":["2"]}}\n',
    );
    assert.equal(await written({ json: true }), "");
    assert.equal(await written({ csv: ["PatientID"] }, ...matches), "PatientID\n1\n2\n");
    assert.equal(await written({ csv: ["PatientID"] }), "PatientID\n");
  },
});

Deno.test("MatchOutput writes files of PS3.10, over those that are there", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const into = `${directory}/a/b/`;
    await written({ directory: into }, match("PatientID=1"), match("PatientID=2"));
    await written({ directory: into }, match("PatientID=3"));
    const read = async (name: string) => decodeFile(await Deno.readFile(`${into}${name}`));
    const first = await read("rsp000001.dcm");
    assert.equal(first.dataSet.getString(0x00100020), "3");
    assert.equal((await read("rsp000002.dcm")).dataSet.getString(0x00100020), "2");
    assert.equal(first.transferSyntaxUid, ORIGIN.transferSyntaxUid);
    assert.equal(first.meta.getString(0x00020002), ORIGIN.sopClassUid);
    assert.ok(isValidUid(first.meta.getString(0x00020003) ?? ""));
    assert.equal(first.meta.getString(0x00020016), "RIS");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("MatchOutput says which directory or file cannot be written", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/file`, "");
    await assert.rejects(
      written({ directory: `${directory}/file/in` }),
      (error) =>
        error instanceof UsageError &&
        error.message.startsWith(`Cannot make output directory ${directory}/file/in: `),
    );
    await Deno.mkdir(`${directory}/rsp000001.dcm`);
    await assert.rejects(
      written({ directory }, match("PatientID=1")),
      (error) =>
        error instanceof MatchOutputError &&
        error.message === `Cannot write ${directory}/rsp000001.dcm: it is a directory`,
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test({
  name: "jsonLine() is one line that no terminal obeys, and says the same",
  permissions: "none",
  fn() {
    const text = "a\x85b\x9b\u2028\u202e\x7f\nc";
    const value = new TextEncoder().encode(text);
    const made = match("SpecificCharacterSet=ISO_IR 192")
      .set({ tag: 0x00104000, vr: "LT", value });
    const line = jsonLine(made);
    assert.match(line, /^[\x20-\x7e]*\n$/);
    assert.equal(JSON.parse(line)["00104000"].Value[0], text);
  },
});

Deno.test({
  name: "matchFileName() has six digits, and more when there are more matches",
  permissions: "none",
  fn() {
    assert.equal(matchFileName(1), "rsp000001.dcm");
    assert.equal(matchFileName(1234567), "rsp1234567.dcm");
  },
});
