import assert from "node:assert/strict";
import { type ArchiveChoice, archiveChoice, archiveOptions } from "../../cli/archive_options.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

function choose(line: string): ArchiveChoice | undefined {
  const words = line.split(" ").filter((word) => word !== "");
  const result = archiveOptions().parse(words);
  return result.success ? archiveChoice(result.value, words, "QRSCP") : undefined;
}

const BASE = { folders: ["a"], reindex: false, rescanInterval: 60_000, retrieveAeTitle: "QRSCP" };

const CASES: readonly (readonly [line: string, archive: Partial<ArchiveChoice["archive"]>])[] = [
  ["a", { directory: "a", ...BASE, durable: true }],
  ["a b", { directory: "a", ...BASE, folders: ["a", "b"], durable: true }],
  ["a b -od c", { directory: "c", ...BASE, folders: ["a", "b"], durable: true }],
  ["-od c", { directory: "c", ...BASE, folders: [], durable: true }],
  ["a --no-store", { directory: "a", ...BASE, index: ":memory:" }],
  [
    "a --no-store --index i --reindex",
    { directory: "a", ...BASE, index: "i", reindex: true },
  ],
  ["a --index i", { directory: "a", ...BASE, index: "i", durable: true }],
  [
    "a --filename {SOPInstanceUID} --on-exist skip --no-durable",
    {
      directory: "a",
      ...BASE,
      filename: "{SOPInstanceUID}",
      onExist: "skip",
      durable: false,
    },
  ],
  ["a --rescan 0.5", { directory: "a", ...BASE, rescanInterval: 500, durable: true }],
  [
    "a --fold-person-names --relational --max-matches 7",
    {
      directory: "a",
      ...BASE,
      durable: true,
      foldPersonNames: true,
      relational: true,
      maximumMatches: 7,
    },
  ],
  [
    "a --min-free 2GB --max-instance-size 1G",
    { directory: "a", ...BASE, durable: true, minimumFree: { bytes: 2e9 } },
  ],
  ["a --match-pn-icase", { directory: "a", ...BASE, durable: true, foldPersonNames: true }],
];

for (const [line, archive] of CASES) {
  pure(`archiveChoice() of ${line}`, () => assert.deepEqual(choose(line)?.archive, archive));
}

pure("archiveChoice() looks only once when told so", () => {
  assert.equal(choose("a --rescan 0")?.archive.rescanInterval, undefined);
});

pure("archiveChoice() tells what is served, and each once", () => {
  assert.deepEqual(choose("a b a -od b")?.served, ["a", "b"]);
  assert.deepEqual(choose("a -od c")?.served, ["a", "c"]);
});

pure("archiveChoice() stores by its own handler, unless others are named", () => {
  const specifiers = (line: string): unknown =>
    choose(line)?.storage?.handlers.map(({ specifier }) => specifier);
  assert.deepEqual(specifiers("a"), [undefined]);
  assert.deepEqual(specifiers("a --handler store --handler forward"), ["store", "forward"]);
  assert.equal(choose("a --no-store")?.storage, undefined);
});

pure("archiveChoice() limits what is received", () => {
  assert.deepEqual(choose("a --max-instance-size 1k")?.storage?.limits, { maximumSize: 1024 });
});

for (
  const [line, message] of [
    ["", /^Missing folder: give those to serve, or -od DIRECTORY for an archive/],
    ["--no-store", /^Missing folder/],
    ["a --no-store -od b", /^Cannot combine --no-store with handlers or options/],
    ["a --no-store --durable", /^Cannot combine --no-store with handlers or options/],
    ["a --no-store --min-free 1G", /^Cannot combine --no-store with handlers or options/],
    ["a --no-store --max-instance-size 1G", /^Cannot combine --no-store with handlers or options/],
    ["a --min-free 1G --handler forward", /^Cannot use -od, .*--min-free: .* of --handler$/],
    ["a --no-store --handler forward", /^Cannot combine --no-store with handlers or options/],
    ["a --no-store --reindex", /^Cannot use --reindex: with --no-store the index is in memory/],
    ["a -od b --handler forward", /^Cannot use -od, .* not among those of --handler$/],
  ] as const
) {
  pure(`archiveChoice() refuses ${line || "nothing"}`, () => {
    assert.throws(() => choose(line), { name: "UsageError", message });
  });
}

for (
  const line of ["a --max-matches 0", "a --rescan soon", "a --on-exist maybe", "a --min-free much"]
) {
  pure(`archiveOptions() refuse ${line}`, () => assert.equal(choose(line), undefined));
}
