import assert from "node:assert/strict";
import { findInputFiles, type InputFiles } from "../../cli/input_files.ts";
import { type Files, withFiles } from "./sending.ts";

const EMPTY = new Uint8Array();
const TREE: Files = { "b": EMPTY, "a": EMPTY, "sub/c": EMPTY, "sub/deep/d": EMPTY };

interface Case {
  readonly name: string;
  readonly paths: readonly string[];
  readonly recursive?: boolean;
  readonly list?: string;
  readonly files: readonly string[];
  readonly missing?: readonly string[];
}

const CASES: readonly Case[] = [
  { name: "takes files as they are named", paths: ["DIR/b"], files: ["DIR/b!"] },
  { name: "takes what is in a directory", paths: ["DIR"], files: ["DIR/a", "DIR/b"] },
  { name: "keeps a slash at the end", paths: ["DIR/"], files: ["DIR/a", "DIR/b"] },
  {
    name: "takes what is below a directory when it recurses",
    paths: ["DIR"],
    recursive: true,
    files: ["DIR/a", "DIR/b", "DIR/sub/c", "DIR/sub/deep/d"],
  },
  {
    name: "sorts, and takes each once, named if it is named anywhere",
    paths: ["DIR/sub/c", "DIR", "DIR/a", "DIR/sub"],
    files: ["DIR/a!", "DIR/b", "DIR/sub/c!"],
  },
  {
    name: "tells of what is not there, and goes on",
    paths: ["DIR/x", "DIR/b", "DIR/b/c"],
    files: ["DIR/b!"],
    missing: ["DIR/x: there is no such file", "DIR/b/c: a part of the path is no directory"],
  },
  {
    name: "reads a list of lines, directories too",
    paths: ["-"],
    list: "DIR/b\r\nDIR/sub\n\nDIR/x",
    files: ["DIR/b", "DIR/sub/c"],
    missing: ["DIR/x: there is no such file"],
  },
  {
    name: "reads a list whose paths end with NUL",
    paths: ["-", "DIR/a"],
    list: "DIR/b\0DIR/a\0",
    files: ["DIR/a!", "DIR/b"],
  },
];

function find(directory: string, each: Omit<Case, "name" | "files">): Promise<InputFiles> {
  const inside = (text: string): string => text.replaceAll("DIR", directory);
  return findInputFiles(each.paths.map(inside), {
    recursive: each.recursive ?? false,
    standardInput: () => new Blob([inside(each.list ?? "")]).stream(),
    signal: new AbortController().signal,
  });
}

for (const each of CASES) {
  Deno.test(`findInputFiles() ${each.name}`, () =>
    withFiles(TREE, async (directory) => {
      const { files, missing } = await find(directory, each);
      const outside = (text: string): string => text.replaceAll(directory, "DIR");
      assert.deepEqual(
        files.map(({ path, isNamed }) => outside(path) + (isNamed ? "!" : "")),
        each.files,
      );
      assert.deepEqual(
        missing.map(({ path, reason }) => `${outside(path)}: ${reason}`),
        each.missing ?? [],
      );
    }));
}

Deno.test("findInputFiles() takes links to files, and does not follow links to directories", () =>
  withFiles(TREE, async (directory) => {
    await Deno.mkdir(`${directory}/links`);
    await Deno.symlink(`${directory}/a`, `${directory}/links/file`);
    await Deno.symlink(directory, `${directory}/links/loop`);
    await Deno.symlink(`${directory}/nothing`, `${directory}/links/broken`);
    const { files, missing } = await find(directory, { paths: ["DIR/links"], recursive: true });
    assert.deepEqual(files.map(({ path }) => path), [`${directory}/links/file`]);
    assert.deepEqual(missing, []);
  }));

Deno.test("findInputFiles() stops when it is told to", () =>
  withFiles(TREE, async (directory) => {
    const reason = new TypeError("enough");
    const searching = findInputFiles([directory], {
      recursive: true,
      standardInput: () => new Blob([]).stream(),
      signal: AbortSignal.abort(reason),
    });
    await assert.rejects(searching, reason);
  }));
