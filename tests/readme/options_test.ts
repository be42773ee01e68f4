/**
 * The options that the documents name are there: ours in the help of our tools, those of others in the
 * help of theirs.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TOOLS } from "../../cli/tools.ts";
import { run } from "../support/command.ts";
import { peerTest, pynetdicomPython } from "../support/peers.ts";
import { allDocuments, codeBlocks, readDocument, ROOT } from "./documents.ts";

/** Of Deno, of the build, and of the demo. */
const NOT_OF_TOOLS =
  /^--(allow-(all|net|read|write|env|run|sys)|unstable-(worker-options|net)|v8-flags|handler-allow-(env|run)|all-targets|serve)$/;

/** Sections of docs/coming_from.md, by the heading of the tools that they come from. */
const COMING_FROM = readDocument("docs/coming_from.md").text;

const OURS = new Map(
  await Promise.all(TOOLS.map(async ({ name }) => {
    const args = ["run", "--quiet", "--no-prompt", "--config", `${ROOT}deno.json`];
    const { stdout } = await run(Deno.execPath(), [...args, `${ROOT}cli/${name}.ts`, "--help"]);
    return [name, optionsOf(stdout)] as const;
  })),
);

const ALL_OURS = new Set([...OURS.values()].flatMap((options) => [...options]));

/** The options that a help page names. */
function optionsOf(help: string): Set<string> {
  return new Set(help.match(/(?<=^|[\s,])[-+]{1,2}[A-Za-z][\w-]*=?/gm) ?? []);
}

/** The options in inline code. */
function optionsIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) =>
    code.match(/(?<=^| )[-+]{1,2}[A-Za-z][\w-]*(?:=(?= |$))?/g) ?? []
  );
}

interface Row {
  /** The tool of the heading above; empty where there is none. */
  readonly tool: string;
  readonly theirs: string;
  readonly ours: string;
}

/** The rows of the tables of a part. */
function rowsOf(heading: string): Row[] {
  const [, part = ""] = new RegExp(`^## ${heading}$([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, "m")
    .exec(COMING_FROM) ?? [];
  let tool = "";
  return part.split("\n").flatMap((line) => {
    tool = /^### (.*)$/.exec(line)?.[1] ?? tool;
    const [, theirs, ours] = /^\| (.*?) +\| (.*?) +\|$/.exec(line.replaceAll("\\|", "¦")) ?? [];
    return theirs === undefined || ours === undefined || /^-+$/.test(theirs)
      ? []
      : [{ tool, theirs, ours }];
  }).filter(({ theirs }) => theirs.includes("`"));
}

const FROM = ["From pynetdicom", "From DCMTK", "From dicom-rs", "From dcm4che"];

for (const heading of FROM) {
  Deno.test(`docs/coming_from.md, ${heading}: what it leads to is there`, () => {
    const rows = rowsOf(heading);
    assert.ok(rows.length > 10, `${rows.length} rows`);
    for (const { tool, theirs, ours } of rows) {
      const known = OURS.get(tool) ?? ALL_OURS;
      const missing = optionsIn(ours).filter((option) => !known.has(option));
      assert.deepEqual(missing, [], `${tool}: ${theirs}`);
    }
  });
}

peerTest({
  name: "docs/coming_from.md, From DCMTK: what it comes from is there",
  needs: ["dcmtk"],
  fn: () => assertTheirs("From DCMTK", (tool) => run(tool, ["--help"])),
});

peerTest({
  name: "docs/coming_from.md, From pynetdicom: what it comes from is there",
  needs: ["pynetdicom"],
  fn: () =>
    assertTheirs(
      "From pynetdicom",
      (tool) => run(pynetdicomPython() ?? "", ["-m", "pynetdicom", tool, "--help"]),
    ),
});

async function assertTheirs(
  heading: string,
  help: (tool: string) => ReturnType<typeof run>,
): Promise<void> {
  const pages = new Map<string, Set<string>>();
  for (const { tool, theirs } of rowsOf(heading)) {
    const options = optionsIn(theirs);
    if (options.length === 0) continue;
    const known = pages.get(tool) ?? optionsOf((await help(tool)).stdout);
    pages.set(tool, known);
    const missing = options.filter((option) => !known.has(option));
    assert.deepEqual(missing, [], `${tool}: ${theirs}`);
  }
}

for (const { path, text } of allDocuments()) {
  // Theirs are the options of other tools.
  if (path === "docs/coming_from.md" || path === "docs/benchmark.md") continue;
  Deno.test(`${path} names no option that there is not`, () => {
    // Its options are those of others.
    const own = text.replace(/^## Coming from[\s\S]*?(?=^## )/m, "");
    const withoutBlocks = own.replace(/^```[\s\S]*?^```$/gm, "");
    const blocks = codeBlocks(text).filter(({ language }) => /^(sh|console)$/.test(language));
    const commands = blocks.flatMap(({ lines }) => lines.map((line) => `\`${line}\``)).join("\n");
    const missing = [...optionsIn(withoutBlocks), ...optionsIn(commands)]
      .filter((option) => option.startsWith("--") && !NOT_OF_TOOLS.test(option))
      .filter((option) => !ALL_OURS.has(option));
    assert.deepEqual(missing, []);
  });
}
