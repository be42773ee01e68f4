/**
 * What a handler in a sandbox may do: made definite, told to the user, and given to its worker.
 *
 * @module
 */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { HandlerPermissions } from "./handler.ts";

/**
 * Makes the permissions of a handler definite: paths absolute, each named once.
 *
 * @param declared What the handler declares.
 * @param directory What relative paths are relative to.
 * @returns The same, but definite.
 * @throws {TypeError} When one is empty: it would mean something else, or everything.
 */
export function definitePermissions(
  declared: HandlerPermissions,
  directory: string,
): HandlerPermissions {
  const absolute = (path: string): string =>
    path.startsWith("file:") ? fileURLToPath(path) : resolve(directory, path);
  const command = (name: string): string => /[\\/]/.test(name) ? absolute(name) : name;
  const same = (name: string): string => name;
  return {
    ...definite("net", declared, same),
    ...definite("read", declared, absolute),
    ...definite("write", declared, absolute),
    ...definite("env", declared, same),
    ...definite("run", declared, command),
  };
}

function definite<K extends keyof HandlerPermissions>(
  kind: K,
  { [kind]: names = [] }: HandlerPermissions,
  of: (name: string) => string,
): HandlerPermissions {
  if (names.some((name) => name.trim() === "")) {
    throw new TypeError(`Cannot grant permissions: one for ${kind} is empty`);
  }
  return names.length === 0 ? {} : { [kind]: [...new Set(names.map(of))] };
}

/**
 * Says in words what a handler in a sandbox is granted, for the user to know before it starts.
 *
 * @param permissions What it is granted.
 * @returns The end of a sentence that begins with the handler.
 *
 * @example
 * ```ts
 * import { describeGrants } from "./sandbox_permissions.ts";
 * import assert from "node:assert/strict";
 *
 * const grants = describeGrants({ net: ["a.example:443"], write: ["/data/in"] });
 * assert.equal(grants, "may connect to a.example:443, write /data/in, nothing else");
 * ```
 */
export function describeGrants(permissions: HandlerPermissions): string {
  const { net = [], read = [], write = [], env = [], run = [] } = permissions;
  const both = read.filter((path) => write.includes(path));
  const grants = [
    phrase("connect to", net),
    phrase("read and write", both),
    phrase("read", read.filter((path) => !both.includes(path))),
    phrase("write", write.filter((path) => !both.includes(path))),
    phrase(env.length === 1 ? "see the variable" : "see the variables", env),
    phrase("run", run, ", by which it may do all that you may"),
  ].filter((grant) => grant !== "");
  if (grants.length === 0) return "may neither connect, nor read or write files, nor run programs";
  return `may ${grants.join(", ")}, nothing else`;
}

function phrase(verb: string, names: readonly string[], rest = ""): string {
  return names.length === 0 ? "" : `${verb} ${names.map(plain).join(" and ")}${rest}`;
}

/** What could be mistaken for our words, or for nothing, is quoted: the handler chose it. */
function plain(name: string): string {
  if (/^[\w.~*@%+:[\]\\/-]+$/.test(name)) return name;
  return JSON.stringify(name).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/**
 * The permissions in the words of the runtime.
 *
 * @param permissions What a handler is granted.
 * @returns Those, and no others.
 */
export function workerPermissions(
  { net, read, write, env, run }: HandlerPermissions,
): Deno.PermissionOptions {
  const list = (names: readonly string[] = []): string[] | false =>
    names.length === 0 ? false : [...names];
  return {
    net: list(net),
    read: list(read),
    write: list(write),
    env: list(env),
    run: list(run),
    ffi: false,
    import: false,
    sys: false,
  };
}

/**
 * The permissions that this program does not have itself.
 *
 * @param permissions What a handler is to be granted.
 * @returns The flags that are missing.
 */
export function missingGrants(
  { net = [], read = [], write = [], env = [], run = [] }: HandlerPermissions,
): string[] {
  const flags: readonly (readonly [name: string, Deno.PermissionDescriptor])[] = [
    ...net.map((host) => [host, { name: "net", host }] as const),
    ...read.map((path) => [path, { name: "read", path }] as const),
    ...write.map((path) => [path, { name: "write", path }] as const),
    ...env.map((variable) => [variable, { name: "env", variable }] as const),
    ...run.map((command) => [command, { name: "run", command }] as const),
  ];
  return flags.filter(([, descriptor]) => !isGranted(descriptor))
    .map(([subject, { name }]) => `--allow-${name}=${subject}`);
}

function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  try {
    return Deno.permissions.querySync(descriptor).state === "granted";
  } catch {
    // It is no name of a host, say: nobody has been granted that.
    return false;
  }
}
