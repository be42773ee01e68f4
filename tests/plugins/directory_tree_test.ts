import assert from "node:assert/strict";
import { DirectoryTree, syncFile } from "../../plugins/directory_tree.ts";
import { FileJournal } from "./file_journal.ts";

/** A directory with a file, a directory, and links to both and to nowhere. */
class Root implements AsyncDisposable {
  readonly path: string;
  readonly tree: DirectoryTree;

  private constructor(path: string) {
    this.path = path;
    this.tree = new DirectoryTree(path, true);
  }

  static async make(): Promise<Root> {
    const path = await Deno.makeTempDir({ prefix: "tree-" });
    await Deno.mkdir(`${path}/directory/below`, { recursive: true });
    await Deno.writeTextFile(`${path}/file`, "");
    await Deno.symlink("directory", `${path}/link`);
    await Deno.symlink("/", `${path}/away`);
    await Deno.symlink("nowhere", `${path}/dangling`);
    return new Root(path);
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(this.path)) names.push(name);
    return names.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

Deno.test("`DirectoryTree.find()` finds directories, and makes none", async () => {
  await using root = await Root.make();
  const before = await root.names();
  assert.equal(root.tree.find([]), root.path);
  assert.equal(root.tree.find(["directory", "below"]), `${root.path}/directory/below`);
  assert.equal(root.tree.find(["directory", "new", "below"]), undefined);
  assert.deepEqual(await root.names(), before);
  assert.equal(new DirectoryTree(`${root.path}/new`, false).find(["below"]), undefined);
});

Deno.test("`DirectoryTree.make()` makes what is missing, and undoes that", async () => {
  await using root = await Root.make();
  const before = await root.names();
  const made = root.tree.make(["new", "below"]);
  assert.equal(made.path, `${root.path}/new/below`);
  const within = root.tree.make(["new", "below", "deeper"]);
  assert.equal((await Deno.stat(within.path)).isDirectory, true);
  made.undo();
  assert.equal((await Deno.stat(within.path)).isDirectory, true, "not empty, so not removed");
  within.undo();
  made.undo();
  assert.deepEqual(await root.names(), before);
  root.tree.make(["directory", "below"]).undo();
  assert.equal((await Deno.stat(`${root.path}/directory/below`)).isDirectory, true);
});

Deno.test("`DirectoryTree.make()` makes a directory once when many ask for it", async () => {
  await using root = await Root.make();
  using journal = new FileJournal(root.path);
  for (let i = 0; i < 20; i++) root.tree.make(["new", "below"]);
  assert.deepEqual(journal.take(), ["mkdir new", "mkdir new/below"]);
});

const UNFIT: readonly (readonly [level: string, code: string])[] = [
  ["link", "SymbolicLink"],
  ["away", "SymbolicLink"],
  ["dangling", "SymbolicLink"],
  ["file", "NotADirectory"],
];

for (const [level, code] of UNFIT) {
  Deno.test(`\`DirectoryTree\` goes no further when a level is a ${level}`, async () => {
    await using root = await Root.make();
    const before = await root.names();
    for (const levels of [[level], [level, "below"]]) {
      assert.throws(() => root.tree.find(levels), { name: "PathError", code });
      assert.throws(() => root.tree.make(levels), { name: "PathError", code });
    }
    assert.deepEqual(await root.names(), before);
  });
}

Deno.test("`DirectoryTree.make()` removes what it made when it cannot go on", async () => {
  await using root = await Root.make();
  const before = await root.names();
  assert.throws(() => root.tree.make(["new", "below", "x".repeat(300)]));
  assert.deepEqual(await root.names(), before);
});

for (const level of ["", ".", "..", "a/b", "a\\b", "a\0b"]) {
  Deno.test({
    name: `\`DirectoryTree\` throws when a level is ${JSON.stringify(level)}`,
    permissions: "none",
    fn() {
      const tree = new DirectoryTree("received", false);
      assert.throws(() => tree.find([level]), RangeError);
      assert.throws(() => tree.make([level]), RangeError);
    },
  });
}

Deno.test("`DirectoryTree` follows a root that is a link", async () => {
  await using root = await Root.make();
  const tree = new DirectoryTree(`${root.path}/link`, false);
  assert.equal(tree.make(["new"]).path, `${root.path}/link/new`);
  assert.equal((await Deno.stat(`${root.path}/directory/new`)).isDirectory, true);
});

Deno.test("`DirectoryTree.sync()` syncs a directory again that was removed and made anew", async () => {
  await using root = await Root.make();
  root.tree.make(["new"]);
  await root.tree.sync(["new"]);
  using journal = new FileJournal(root.path);
  await root.tree.sync(["new"]);
  assert.deepEqual(journal.take(), ["sync new"]);
  await Deno.remove(`${root.path}/new`);
  root.tree.make(["new"]);
  journal.take();
  await root.tree.sync(["new"]);
  assert.deepEqual(journal.take(), ["sync new", "sync ."]);
});

Deno.test("`DirectoryTree.sync()` syncs what leads to the root again when that was made anew", async () => {
  await using root = await Root.make();
  const tree = new DirectoryTree(`${root.path}/a/b`, true);
  tree.makeRoot();
  using journal = new FileJournal(root.path);
  await tree.sync([]);
  assert.deepEqual(journal.take().slice(0, 3), ["sync a/b", "sync a", "sync ."]);
  await tree.sync([]);
  assert.deepEqual(journal.take(), ["sync a/b"]);
  await Deno.remove(`${root.path}/a`, { recursive: true });
  tree.makeRoot();
  journal.take();
  await tree.sync([]);
  assert.deepEqual(journal.take().slice(0, 3), ["sync a/b", "sync a", "sync ."]);
});

Deno.test({
  name: "`DirectoryTree.sync()` leaves alone what it may not read above the root",
  permissions: { read: ["tests/plugins"], write: false },
  async fn() {
    const opened: string[] = [];
    const { open } = Deno;
    Deno.open = (path, options) => {
      opened.push(String(path));
      return open(path, options);
    };
    try {
      await new DirectoryTree("tests/plugins", true).sync([]);
    } finally {
      Deno.open = open;
    }
    assert.deepEqual(opened, ["tests/plugins"]);
  },
});

Deno.test("`syncFile()` throws when there is no file", async () => {
  await using root = await Root.make();
  await syncFile(`${root.path}/file`);
  await assert.rejects(syncFile(`${root.path}/missing`), Deno.errors.NotFound);
});
