/**
 * The same queries to qrscp, dcmqrscp and Orthanc, which hold the same files: the answers of qrscp are
 * right, and where the others differ it is known why.
 *
 * @module
 */
import assert from "node:assert/strict";
import { QRSCP, startQrscp } from "../support/our_qrscp.ts";
import { type Archive, peerTest, startDcmqrscp, startOrthanc } from "../support/peers.ts";
import { writeQueryArchive } from "../support/query_archive.ts";
import { withDirectory } from "../support/retrieval.ts";
import { type Answer, ask, differenceOf } from "./query_answers.ts";
import { QUERY_CASES } from "./query_cases.ts";
import { type Peer, QUERY_DIFFERENCES } from "./query_differences.ts";

/** The answers of qrscp; it sees no more of the directory than its users' one. */
async function ourAnswers(directory: string): Promise<Answer[]> {
  await using qrscp = await startQrscp({ directory, args: ["files"] });
  const answers = await ask({ aeTitle: QRSCP, port: qrscp.port }, QUERY_CASES);
  const { code, stderr } = await qrscp.stop();
  assert.equal(code, 0, stderr);
  return answers;
}

Deno.test("qrscp answers each query with what matches, each entity once", () =>
  withDirectory(async (directory) => {
    await writeQueryArchive(`${directory}/files`);
    const answers = await ourAnswers(directory);
    assert.deepEqual(
      answers.map(({ status, matches }, index) => [
        QUERY_CASES[index]?.name,
        status === 0 ? [...matches.keys()] : undefined,
      ]),
      QUERY_CASES.map(({ name, matches }) => [name, matches]),
    );
    for (const { repeated } of answers) assert.deepEqual(repeated, []);
    // A refusal is told as one.
    const refused = answers.filter(({ status }) => status !== 0);
    assert.deepEqual([...new Set(refused.map(({ status }) => status))], [0xa900]);
  }));

const PEERS: readonly {
  readonly peer: Peer;
  readonly needs: "dcmtk" | "orthanc";
  start(): Promise<Archive>;
}[] = [
  { peer: "dcmqrscp", needs: "dcmtk", start: () => startDcmqrscp({ moveDestinations: [] }) },
  {
    peer: "Orthanc",
    needs: "orthanc",
    // Else it holds names in Latin-1, and all in upper case.
    start: () =>
      startOrthanc({
        moveDestinations: [{ aeTitle: "FINDSCU", port: 104 }],
        configuration: { DefaultEncoding: "Utf8", CaseSensitivePN: true },
      }),
  },
];

for (const { peer, needs, start } of PEERS) {
  peerTest({
    name: `${peer} answers queries as qrscp does, but for what is known`,
    needs: [needs],
    fn: () =>
      withDirectory(async (directory) => {
        const files = await writeQueryArchive(`${directory}/files`);
        const ours = await ourAnswers(directory);
        await using archive = await start();
        const { refused } = await archive.load(files);
        assert.deepEqual(refused, []);
        const theirs = await ask(archive, QUERY_CASES);
        const found = QUERY_CASES.flatMap(({ name }, index) => {
          const [our, their] = [ours[index], theirs[index]];
          assert.ok(our && their);
          const difference = differenceOf(our, their);
          return difference === undefined ? [] : [[name, difference]];
        });
        const known = QUERY_DIFFERENCES.filter((each) => each.peer === peer);
        assert.deepEqual(
          Object.fromEntries(found),
          Object.fromEntries(known.map(({ query, difference }) => [query, difference])),
        );
      }),
  });
}

Deno.test({
  name: "the queries are many, each with a name of its own, and the document tells the differences",
  permissions: { read: true },
  fn: async () => {
    const names = QUERY_CASES.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.length >= 60);
    const url = new URL("../../docs/query_differences.md", import.meta.url);
    const rows = tableRows(await Deno.readTextFile(url));
    const expected = QUERY_DIFFERENCES.map(({ query, peer, difference, paragraph, decision }) => {
      const asked = QUERY_CASES.find(({ name }) => name === query);
      assert.ok(asked, query);
      const { model, level, keys } = asked;
      const key = keys.map((each) => `\`${each}\``).join("<br>");
      return [`${model} ${level}`, key, peer, difference, paragraph, decision];
    });
    assert.deepEqual(rows, expected);
  },
});

/** The rows of the first table of a Markdown document, below its head. */
function tableRows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim())
  );
}
