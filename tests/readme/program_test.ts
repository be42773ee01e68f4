/**
 * The program of the README, as it stands there but for the archive and the ports.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { peerTest } from "../support/peers.ts";
import { codeBlocks, readDocument } from "./documents.ts";
import { setStage } from "./stage.ts";

peerTest({
  name: "the program of the README receives the study that it asks for",
  needs: ["dcmtk"],
  async fn() {
    const readme = readDocument("README.md");
    const program = codeBlocks(readme.text).find(({ language }) => language === "ts ignore");
    assert.ok(program);
    await using stage = await setStage(readme);
    const places = [
      ['"pacs.example.org"', '"127.0.0.1"'],
      ["port: 104,", `port: ${stage.places.archivePort},`],
      ["port: 11113,", `hostname: "127.0.0.1", port: ${stage.places.storePort},`],
    ] as const;
    const code = places.reduce((text, [written, instead]) => {
      assert.equal(text.split(written).length, 2, `"${written}" does not stand there once`);
      return text.replace(written, instead);
    }, program.lines.join("\n"));
    await Deno.writeTextFile(join(stage.places.directory, "program.ts"), code);
    await Deno.mkdir(join(stage.places.directory, "in"));
    const flags = "--check --no-prompt --allow-net --allow-read --allow-write";
    const { code: exitCode, stdout } = await stage.run(`deno run ${flags} program.ts`);
    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /^ff00 \{.*remaining: 5/m);
    assert.match(stdout, /^0 \{.*completed: 6/m);
    const names = [...Deno.readDirSync(join(stage.places.directory, "in"))].map(({ name }) => name);
    assert.deepEqual(names.toSorted(), [
      ...[1, 2, 3, 4].map((number) => `CT.1.2.840.1.1.${number}`),
      ...[1, 2].map((number) => `CT.1.2.840.1.2.${number}`),
    ]);
  },
});
