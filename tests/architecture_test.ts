/**
 * The architecture as a test: floors, no cycles, purity, sizes, names.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** From the lowest up: a file imports from its own floor and those below it. */
const FLOORS: readonly (readonly RegExp[])[] = [
  [/^lib\/(errors|bytes|ae_title|uid|sop_class_uid|sop_class|storage_sop_class|transfer_syntax)\.ts$/],
  [/^lib\/data_set\//],
  [/^lib\/pdu\//, /^lib\/handler\/handler\.ts$/],
  [/^lib\/dimse\//],
  [/^lib\/association\//],
  [/^lib\/net\//],
  [/^lib\/service\//, /^lib\/handler\//],
  [/^mod\.ts$/, /^plugins\//],
  [/^cli\//],
  [/^build\//],
];

/** Generated tables are as long as they are. */
const GENERATED = /^lib\/(data_set\/dictionary_data|storage_sop_class)\.ts$/;

const MAXIMUM_LINES = 600;

/** The only files of the library that may name `Deno`. */
const MAY_USE_DENO = /^(lib\/net\/deno_transport\.ts|lib\/handler\/|plugins\/|cli\/|build\/)/;

/** Below `lib/net` there is no I/O, no waiting and no clock. */
const PURE = /^lib\/((data_set|pdu|dimse|association)\/|[a-z_]+\.ts$)/;

interface Source {
  readonly path: string;
  /** The text without comments. */
  readonly code: string;
  readonly lines: number;
  /** The files of this project that it imports, types included. */
  readonly imports: readonly string[];
}

function* walk(directory: string): Generator<string> {
  for (const entry of Deno.readDirSync(join(ROOT, directory))) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

function read(path: string): Source {
  const text = Deno.readTextFileSync(join(ROOT, path));
  const code = text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ""))
    .replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
  const imports = [...code.matchAll(/(?:from\s+|import\(\s*|import\s+)"(\.{1,2}\/[^"]+)"/g)]
    .filter(([, specifier]) => specifier?.endsWith(".ts"))
    .map(([, specifier = ""]) => relative(ROOT, join(ROOT, dirname(path), specifier)));
  return { path, code, lines: text.split("\n").length - 1, imports };
}

const SOURCES: readonly Source[] = ["lib", "plugins", "cli", "build"]
  .flatMap((directory) => [...walk(directory)])
  .concat("mod.ts")
  .map(read);

function floorOf(path: string): number {
  const floor = FLOORS.findIndex((patterns) => patterns.some((pattern) => pattern.test(path)));
  assert.notEqual(floor, -1, `${path} is on no floor`);
  return floor;
}

Deno.test("every import goes to the same floor or a lower one", () => {
  const upward = SOURCES.flatMap(({ path, imports }) =>
    imports.filter((target) => floorOf(target) > floorOf(path)).map((target) =>
      `${path} imports ${target}`
    )
  );
  assert.deepEqual(upward, []);
});

Deno.test("the library imports neither tools nor plugins, and handlers are types only", () => {
  for (const { path, imports, code } of SOURCES) {
    if (path.startsWith("lib/")) {
      assert.deepEqual(imports.filter((target) => !target.startsWith("lib/")), [], path);
    }
    if (path === "lib/handler/handler.ts") assert.doesNotMatch(code, /^import (?!type )/m);
  }
});

Deno.test("there are no import cycles, those of types counted", () => {
  const graph = new Map(SOURCES.map((source) => [source.path, source.imports]));
  // data_set.ts and value.ts and so on must form a tree: take out what has no imports left.
  const open = new Set(graph.keys());
  for (let before = -1; before !== open.size;) {
    before = open.size;
    for (const path of open) {
      if (!graph.get(path)?.some((target) => open.has(target))) open.delete(path);
    }
  }
  assert.deepEqual([...open], []);
});

Deno.test("Deno is named only where the outside is touched", () => {
  const offenders = SOURCES.filter(({ path, code }) =>
    !MAY_USE_DENO.test(path) && /\bDeno\./.test(code)
  );
  assert.deepEqual(offenders.map(({ path }) => path), []);
});

Deno.test("below lib/net nothing waits, and nothing asks for the time", () => {
  const forbidden = /\b(async|await|setTimeout|setInterval|Date\.now|performance\.now|Promise)\b/;
  const offenders = SOURCES.filter(({ path, code }) => PURE.test(path) && forbidden.test(code));
  assert.deepEqual(offenders.map(({ path }) => path), []);
});

Deno.test("files are of one idea: at most 600 lines, half of them at most 160", () => {
  const sizes = SOURCES.filter(({ path }) => !GENERATED.test(path));
  const large = sizes.filter(({ lines }) => lines > MAXIMUM_LINES);
  assert.deepEqual(large.map(({ path, lines }) => `${path}: ${lines}`), []);
  const median = sizes.map(({ lines }) => lines).sort((a, b) => a - b)[sizes.length >> 1] ?? 0;
  assert.ok(median <= 160, `the median is ${median}`);
});

Deno.test("no file is a drawer for what has no place", () => {
  const drawers = /\/(utils?|helpers?|common|index|misc)\.ts$/;
  assert.deepEqual(SOURCES.filter(({ path }) => drawers.test(path)).map(({ path }) => path), []);
});

Deno.test("nothing is switched off, put off or left untyped", () => {
  for (const { path, code } of SOURCES) {
    const text = Deno.readTextFileSync(join(ROOT, path));
    assert.doesNotMatch(text, /deno-lint-ignore|@ts-ignore|@ts-expect-error|TODO|FIXME/, path);
    assert.doesNotMatch(code, /: any\b|\bas any\b|<any>/, path);
  }
});

Deno.test("errors of the library are the library's own", () => {
  const offenders = SOURCES.filter(({ path, code }) =>
    path.startsWith("lib/") && /throw new Error\(|throw ["'`]/.test(code)
  );
  assert.deepEqual(offenders.map(({ path }) => path), []);
});

Deno.test("mod.ts only re-exports", () => {
  const { code } = read("mod.ts");
  const statements = code.split("\n").filter((line) => line.trim() !== "");
  assert.deepEqual(statements.filter((line) => !/^export \* from "\.\/lib\//.test(line)), []);
});

Deno.test("every file of the library, the plugins, the tools and the build has its test", () => {
  const tests = new Set([...walk("tests")]);
  const covered = (path: string): boolean => {
    const mirror = path.replace(/^lib\//, "");
    return tests.has(`tests/${mirror.replace(/\.ts$/, "_test.ts")}`);
  };
  // Types and constants alone have nothing to run.
  const hasCode = ({ code }: Source): boolean =>
    /\b(function|=>|class)\b/.test(code.replace(/^export (type|interface)[\s\S]*?^}/gm, ""));
  const missing = SOURCES.filter((source) => source.path !== "mod.ts")
    .filter((source) => hasCode(source) && !covered(source.path))
    .map(({ path }) => path);
  assert.deepEqual(missing.filter((path) => !TESTED_ELSEWHERE.has(path)), []);
});

/** Files whose behaviour shows only through another: by the test named. */
const TESTED_ELSEWHERE: ReadonlySet<string> = new Set<string>([]);
