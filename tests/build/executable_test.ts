import assert from "node:assert/strict";
import { NoExecutableError, readExecutable } from "../../build/executable.ts";
import { concatBytes } from "../../lib/bytes.ts";

const MARK = text("d3n0l4nd");

function text(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(value);
}

function withLength(value: string): Uint8Array<ArrayBuffer> {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text(value).byteLength), true);
  return concatBytes([length, text(value)]);
}

const METADATA = {
  argv: [],
  "v8_flags": ["--expose-gc"],
  permissions: {
    "allow_net": [],
    allow_env: ["A", "B"],
    allow_run: null,
    deny_read: ["/etc"],
    deny_run: null,
    prompt: false,
  },
  "unstable_config": { features: ["worker-options"] },
  "entrypoint_key": "cli/x.ts",
};

const TREE = [
  {
    Dir: { n: "cli", e: [{ File: { n: "x.ts" } }, { Dir: { n: "d", e: [{ File: { n: "é" } }] } }] },
  },
  { Symlink: { n: "link" } },
  { File: { n: "deno.json" } },
];

function executable(metadata: unknown, tree: unknown, between = ""): Uint8Array<ArrayBuffer> {
  return concatBytes([
    // The runtime names the mark too.
    ...[text("\x7fELF … "), MARK, text("no metadata"), MARK],
    ...[MARK, withLength(JSON.stringify(metadata)), text(between)],
    ...[withLength(JSON.stringify(tree)), text("the files"), MARK, text("sections")],
  ]);
}

Deno.test("readExecutable() reads what an executable may do, and what is in it", () => {
  const contents = readExecutable(executable(METADATA, TREE, "[not json[[12"));
  const { size, ...rest } = contents;
  assert.deepEqual(rest, {
    grants: { net: "all", env: ["A", "B"] },
    denials: { read: ["/etc"] },
    asks: false,
    unstable: ["worker-options"],
    v8Flags: ["--expose-gc"],
    args: [],
    entry: "cli/x.ts",
    files: ["cli/d/é", "cli/x.ts", "deno.json", "link"],
  });
  const whole = executable(METADATA, TREE, "[not json[[12");
  assert.equal(size, whole.byteLength - text("\x7fELF … no metadatasections").byteLength - 16);
});

Deno.test("readExecutable() takes a prompt that is not switched off for one that is on", () => {
  const permissions = { ...METADATA.permissions, prompt: true };
  assert.equal(readExecutable(executable({ ...METADATA, permissions }, TREE)).asks, true);
  const { prompt: _prompt, ...silent } = METADATA.permissions;
  assert.equal(
    readExecutable(executable({ ...METADATA, permissions: silent }, TREE)).asks,
    true,
  );
});

const NONE: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ["an empty file", new Uint8Array(0)],
  ["a file without a mark", text("\x7fELF and nothing more")],
  ["a mark at the end", MARK],
  ["a length that reaches beyond the end", concatBytes([MARK, new Uint8Array(8).fill(0xff)])],
  ["metadata without files", concatBytes([MARK, withLength(JSON.stringify(METADATA)), MARK])],
  ["files without metadata", concatBytes([MARK, withLength(JSON.stringify(TREE)), MARK])],
  ["metadata of another kind", executable({ argv: [] }, TREE)],
];

for (const [what, bytes] of NONE) {
  Deno.test(`readExecutable() refuses ${what}`, () => {
    assert.throws(() => readExecutable(bytes), NoExecutableError);
  });
}

Deno.test("readExecutable() reads a part of a larger buffer", () => {
  const bytes = executable(METADATA, TREE);
  const larger = concatBytes([new Uint8Array(5), bytes, new Uint8Array(5)]);
  const part = larger.subarray(5, 5 + bytes.byteLength);
  assert.deepEqual(readExecutable(part), readExecutable(bytes));
});
