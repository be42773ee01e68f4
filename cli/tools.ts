/**
 * The tools, and what each needs to be allowed to do: the one table that the executables, the
 * documentation and the tests go by.
 *
 * @module
 */

import type { Io } from "./io.ts";

/** A kind of permission, in Deno's words. */
export type PermissionName = "net" | "read" | "write" | "env" | "run" | "sys" | "ffi";

/** A permission that a tool needs, and what for. */
export interface Need {
  /** Which. */
  readonly permission: PermissionName;
  /** What of it, such as the names of variables; all unless given. */
  readonly only?: readonly string[];
  /** What the tool does with it. */
  readonly why: string;
  /**
   * Whether only some options need it: it is no part of the tool's line for `deno run`, but of its
   * executable, which nobody can grant more than it was compiled with.
   */
  readonly isOptional?: boolean;
}

/** A tool. */
export interface Tool {
  /** Its name, and the name of its file. */
  readonly name: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** What it needs to be allowed to do. */
  readonly needs: readonly Need[];
  /** Whether it takes instances, and so runs handlers. */
  readonly hasHandlers: boolean;
  /** Whether it serves, and so may have workers that serve with it. */
  readonly serves?: boolean;
  /** Imports it. */
  load(): Promise<{ readonly main: (args: readonly string[], io: Io) => Promise<number> }>;
}

const PASSWORD: Need = {
  permission: "env",
  only: ["DIMSE_PASSWORD"],
  why: "the password of --user",
  isOptional: true,
};

const WRITE: Need = { permission: "write", why: "the output directory" };

/** Of the tools that have handlers. */
const READ: Need = {
  permission: "read",
  why: "what is stored already, and the parts of a run that was killed",
};

/** Of the tools that have handlers. */
const CACHE: Need = {
  permission: "env",
  only: ["HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"],
  why: "where the modules of remote handlers are kept",
  isOptional: true,
};

/** Of the tools that have handlers. */
const SPACE: Need = {
  permission: "sys",
  only: ["statfs"],
  why: "the free space, for --min-free",
  isOptional: true,
};

const QUERY: Need = { permission: "read", why: "query files" };

/** The tools, as the help of `dimse` tells them. */
export const TOOLS: readonly Tool[] = [
  {
    name: "movescu",
    summary: "retrieve by C-MOVE, to here or to another application entity",
    hasHandlers: true,
    needs: [
      { permission: "net", why: "the archive; the port of --store" },
      QUERY,
      READ,
      WRITE,
      PASSWORD,
      CACHE,
      SPACE,
    ],
    load: () => import("./movescu.ts"),
  },
  {
    name: "getscu",
    summary: "retrieve by C-GET, over the association that asks",
    hasHandlers: true,
    needs: [{ permission: "net", why: "the archive" }, QUERY, READ, WRITE, PASSWORD, CACHE, SPACE],
    load: () => import("./getscu.ts"),
  },
  {
    name: "storescu",
    summary: "send files by C-STORE",
    hasHandlers: false,
    needs: [
      { permission: "net", why: "the peer" },
      { permission: "read", why: "the files, and the directories they are in" },
      { permission: "write", why: "the journal of --resume", isOptional: true },
      PASSWORD,
    ],
    load: () => import("./storescu.ts"),
  },
  {
    name: "storescp",
    summary: "wait for associations, and take what comes by C-STORE",
    hasHandlers: true,
    serves: true,
    needs: [
      { permission: "net", why: "the port that it listens on" },
      READ,
      WRITE,
      CACHE,
      SPACE,
    ],
    load: () => import("./storescp.ts"),
  },
  {
    name: "qrscp",
    summary: "an archive: serve folders to queries and retrieves, take what comes",
    hasHandlers: true,
    serves: true,
    needs: [
      { permission: "net", why: "the port that it listens on; the destinations of C-MOVE" },
      {
        permission: "read",
        why: "the folders that it serves, and the files of --destinations and of TLS",
      },
      { permission: "write", why: "the output directory, and the index" },
      CACHE,
      SPACE,
    ],
    load: () => import("./qrscp.ts"),
  },
  {
    name: "findscu",
    summary: "query an archive or a worklist by C-FIND",
    hasHandlers: false,
    needs: [
      { permission: "net", why: "the archive" },
      QUERY,
      { permission: "write", why: "the directory of -w" },
      PASSWORD,
    ],
    load: () => import("./findscu.ts"),
  },
  {
    name: "echoscu",
    summary: "verify by C-ECHO that an application entity answers",
    hasHandlers: false,
    needs: [
      { permission: "net", why: "the peer" },
      {
        permission: "read",
        why: "--password-file and its like, the files of TLS",
        isOptional: true,
      },
      PASSWORD,
    ],
    load: () => import("./echoscu.ts"),
  },
];

/**
 * The flags that allow what is needed.
 *
 * @param needs What is needed.
 * @returns Flags for `deno run`, `deno install` and `deno compile`; each permission once.
 *
 * @example
 * ```ts
 * import { permissionFlags, TOOLS } from "./tools.ts";
 * import assert from "node:assert/strict";
 *
 * const echoscu = TOOLS.find(({ name }) => name === "echoscu");
 * assert.deepEqual(permissionFlags(echoscu?.needs ?? []), [
 *   "--allow-net",
 *   "--allow-read",
 *   "--allow-env=DIMSE_PASSWORD",
 * ]);
 * ```
 */
export function permissionFlags(needs: readonly Need[]): string[] {
  return PERMISSION_NAMES.flatMap((name) => {
    const own = needs.filter(({ permission }) => permission === name);
    if (own.length === 0) return [];
    if (own.some(({ only }) => only === undefined)) return [`--allow-${name}`];
    const values = new Set(own.flatMap(({ only = [] }) => only));
    return [`--allow-${name}=${[...values].join(",")}`];
  });
}

/**
 * The flags of a tool's documented `deno run` line: the least that it works with.
 *
 * @param tool The tool.
 * @returns The flags.
 */
export function leastFlags(tool: Tool): string[] {
  return permissionFlags(tool.needs.filter(({ isOptional }) => isOptional !== true));
}

/**
 * What the executables tell V8: how many MB new objects may take before garbage is looked for. With V8's
 * own 16 a server under load holds 40 to 70 MB of garbage more, and is no faster.
 */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=4";

/** All kinds, in the order of the flags. */
export const PERMISSION_NAMES: readonly PermissionName[] = [
  "net",
  "read",
  "write",
  "env",
  "run",
  "sys",
  "ffi",
];
