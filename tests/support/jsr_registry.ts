/**
 * A JSR registry of one's own on the loopback interface: what `jsr:` specifiers need of one, by the
 * same three kinds of files, `meta.json`, `<version>_meta.json`, and the modules.
 *
 * With its URL in `JSR_URL` it serves Deno itself.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** A version of a package. */
export interface JsrVersion {
  /** The files by their path in the package, such as `/mod.ts`. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Export to path, such as `{ ".": "./mod.ts" }`; that one unless given. */
  readonly exports?: Readonly<Record<string, string>>;
  /** Taken back by its author: not chosen for a range. */
  readonly yanked?: boolean;
  /** What the manifest claims of files, by path, where it lies. */
  readonly checksums?: Readonly<Record<string, string>>;
}

/** Packages by `@scope/name`, with their versions by number. */
export type JsrPackages = Readonly<Record<string, Readonly<Record<string, JsrVersion>>>>;

/** A registry that listens. */
export interface JsrRegistry extends AsyncDisposable {
  /** With a slash at its end, as `JSR_URL` wants it. */
  readonly url: string;
  /** The paths that were asked for, in that order. */
  readonly requests: readonly string[];
}

const TYPES: Readonly<Record<string, string>> = {
  ts: "text/typescript",
  js: "text/javascript",
  json: "application/json",
};

/**
 * Serves packages.
 *
 * @param packages What it has.
 * @returns The registry; dispose of it.
 */
export function jsrRegistry(packages: JsrPackages): JsrRegistry {
  const files = new Map<string, string | Uint8Array>(
    Object.entries(packages).flatMap(([name, versions]) => [
      [`/${name}/meta.json`, JSON.stringify(packageMeta(name, versions))] as const,
      ...Object.entries(versions).flatMap(([number, version]) => [
        [`/${name}/${number}_meta.json`, JSON.stringify(versionMeta(version))] as const,
        ...Object.entries(version.files)
          .map(([path, content]) => [`/${name}/${number}${path}`, content] as const),
      ]),
    ]),
  );
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    requests.push(pathname);
    const content = files.get(pathname);
    if (content === undefined) return new Response("not found", { status: 404 });
    const type = TYPES[pathname.replace(/^.*\./, "")] ?? "application/octet-stream";
    return new Response(bytesOf(content), { headers: { "content-type": type } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    requests,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}

function packageMeta(name: string, versions: Readonly<Record<string, JsrVersion>>): unknown {
  const [scope = "", base = ""] = name.replace("@", "").split("/");
  const entries = Object.entries(versions);
  const latest = entries.findLast(([number, { yanked }]) => !yanked && !number.includes("-"));
  return {
    scope,
    name: base,
    latest: latest?.[0] ?? null,
    versions: Object.fromEntries(
      entries.map(([number, { yanked }]) => [number, yanked ? { yanked } : {}]),
    ),
  };
}

function versionMeta(version: JsrVersion): unknown {
  const manifest = Object.entries(version.files).map(([path, content]) => {
    const bytes = bytesOf(content);
    const checksum = `sha256-${createHash("sha256").update(bytes).digest("hex")}`;
    return [path, {
      size: bytes.byteLength,
      checksum: version.checksums?.[path] ?? checksum,
    }] as const;
  });
  return {
    manifest: Object.fromEntries(manifest),
    exports: version.exports ?? { ".": "./mod.ts" },
  };
}

function bytesOf(content: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
}
