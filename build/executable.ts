/**
 * What is inside an executable that `deno compile` made, read back from the file: what it may do,
 * and what is embedded. The runtime finds it by the same marks.
 *
 * @module
 */

/** What an executable may do: of each permission what is allowed, or all. */
export type Grants = Readonly<Record<string, "all" | readonly string[]>>;

/** What is inside an executable. */
export interface ExecutableContents {
  /** What it may do; a permission that is not there is not granted. */
  readonly grants: Grants;
  /** What it may not do, though it is granted. */
  readonly denials: Grants;
  /** Whether it asks the user for what it is not granted. */
  readonly asks: boolean;
  /** Features of the runtime that are not stable. */
  readonly unstable: readonly string[];
  /** What V8 is told; by Deno itself first. */
  readonly v8Flags: readonly string[];
  /** Arguments that go before those of the command line. */
  readonly args: readonly string[];
  /** The module that it begins with. */
  readonly entry: string;
  /** The paths of all embedded files, from the directory that they have in common. */
  readonly files: readonly string[];
  /** Bytes of everything that is embedded. */
  readonly size: number;
}

/** The file is no such executable. */
export class NoExecutableError extends Error {
  override name = "NoExecutableError";
}

/**
 * Reads what is inside an executable.
 *
 * @param bytes The file.
 * @returns Its contents.
 * @throws {NoExecutableError} When `deno compile` did not make it, or one of another version.
 */
export function readExecutable(bytes: Uint8Array): ExecutableContents {
  for (const start of marks(bytes)) {
    const metadata = jsonAt(bytes, start + MARK.byteLength);
    if (metadata === undefined || !isObject(metadata.value)) continue;
    const end = marks(bytes, metadata.end).at(-1);
    const tree = fileTree(bytes, metadata.end);
    if (end === undefined || tree === undefined) continue;
    return contentsOf(metadata.value, tree, end + MARK.byteLength - start);
  }
  throw new NoExecutableError("Cannot read the executable: deno compile did not make it");
}

function contentsOf(
  metadata: Readonly<Record<string, unknown>>,
  tree: readonly unknown[],
  size: number,
): ExecutableContents {
  const permissions = objectIn(metadata, "permissions");
  return {
    grants: permissionsOf(permissions, "allow_"),
    denials: permissionsOf(permissions, "deny_"),
    asks: permissions.prompt !== false,
    unstable: stringsIn(objectIn(metadata, "unstable_config"), "features"),
    v8Flags: stringsIn(metadata, "v8_flags"),
    args: stringsIn(metadata, "argv"),
    entry: String(metadata.entrypoint_key),
    files: tree.flatMap((entry) => [...pathsOf(entry, "")]).sort(),
    size,
  };
}

/** A list allows what is in it, an empty list everything. */
function permissionsOf(all: Readonly<Record<string, unknown>>, prefix: string): Grants {
  const own = Object.keys(all).filter((key) => key.startsWith(prefix) && all[key] !== null);
  return Object.fromEntries(own.map((key) => {
    const values = stringsIn(all, key);
    return [key.slice(prefix.length), values.length === 0 ? "all" : values] as const;
  }));
}

function* pathsOf(entry: unknown, parent: string): Generator<string> {
  if (!isObject(entry)) return;
  for (const kind of ["Dir", "File", "Symlink"]) {
    if (!isObject(entry[kind])) continue;
    const node = entry[kind];
    const path = `${parent}${String(node.n)}`;
    if (kind === "Dir") {
      for (const child of arrayIn(node, "e")) yield* pathsOf(child, `${path}/`);
    } else {
      yield path;
    }
  }
}

/** The tree of files: the first JSON text after the metadata, with its length before it. */
function fileTree(bytes: Uint8Array, from: number): readonly unknown[] | undefined {
  for (let at = bytes.indexOf(OPENING, from); at !== -1; at = bytes.indexOf(OPENING, at + 1)) {
    const value = jsonAt(bytes, at - LENGTH_SIZE)?.value;
    if (Array.isArray(value)) return value;
  }
  return undefined;
}

/** A JSON text with its length before it. */
function jsonAt(bytes: Uint8Array, at: number): { value: unknown; end: number } | undefined {
  const begin = at + LENGTH_SIZE;
  if (at < 0 || begin > bytes.byteLength) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, LENGTH_SIZE);
  const length = view.getBigUint64(0, true);
  if (length < 2n || length > BigInt(bytes.byteLength - begin)) return undefined;
  const end = begin + Number(length);
  // Whatever else these bytes may be: few things begin and end like it.
  if (!["{}", "[]"].includes(String.fromCharCode(bytes[begin] ?? 0, bytes[end - 1] ?? 0))) {
    return undefined;
  }
  try {
    return { value: JSON.parse(new TextDecoder().decode(bytes.subarray(begin, end))), end };
  } catch {
    return undefined;
  }
}

/** Where the mark is. */
function marks(bytes: Uint8Array, from = 0): number[] {
  const found: number[] = [];
  const first = MARK[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (MARK.every((byte, index) => bytes[at + index] === byte)) found.push(at);
  }
  return found;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectIn(
  parent: Readonly<Record<string, unknown>>,
  key: string,
): Readonly<Record<string, unknown>> {
  const value = parent[key];
  if (!isObject(value)) throw new NoExecutableError(`Cannot read the executable: no ${key} in it`);
  return value;
}

function arrayIn(parent: Readonly<Record<string, unknown>>, key: string): readonly unknown[] {
  const value = parent[key];
  if (Array.isArray(value)) return value;
  throw new NoExecutableError(`Cannot read the executable: no ${key} in it`);
}

function stringsIn(parent: Readonly<Record<string, unknown>>, key: string): string[] {
  return arrayIn(parent, key).map(String);
}

const MARK = new TextEncoder().encode("d3n0l4nd");
const LENGTH_SIZE = 8;
const OPENING = "[".charCodeAt(0);
