/**
 * What `--handler` names: a built-in name, a path, or a URL.
 *
 * @module
 */

import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { nearestWord } from "../data_set/nearest_word.ts";
import { HandlerError } from "../errors.ts";
import type { LoadPolicy } from "./load_policy.ts";
import { type Digest, PIN_FORM, splitPin } from "./pin.ts";

/** What a specifier is. */
export type HandlerKind = "built-in" | "file" | "data" | "https" | "jsr" | "npm";

/** A specifier that is understood. */
export interface HandlerReference {
  /** As the user gave it, without the pin. */
  readonly specifier: string;
  /** The same for messages: a `data:` URL is cut short. */
  readonly label: string;
  /** What it is. */
  readonly kind: HandlerKind;
  /** The URL to load; of `jsr:` and `npm:` still the specifier. */
  readonly url: string;
  /** What the bytes of the module must hash to. */
  readonly pin: Digest | undefined;
  /** What the handler is called unless it calls itself something. */
  readonly name: string;
}

const KINDS: ReadonlyMap<string, HandlerKind> = new Map([
  ["file:", "file"],
  ["https:", "https"],
  ["jsr:", "jsr"],
  ["npm:", "npm"],
  ["data:", "data"],
]);

/**
 * Understands a specifier.
 *
 * A word is a built-in name: a file beside one is `./word`. What starts with a drive letter is a path.
 *
 * @param given What the user gave.
 * @param policy Knows the built-in names, and what paths are relative to.
 * @returns What it means.
 * @throws {HandlerError} When it means nothing that can be loaded.
 */
export function parseHandlerSpecifier(
  given: string,
  policy: Pick<LoadPolicy, "builtIns" | "workingDirectory">,
): HandlerReference {
  const pinned = splitPin(given);
  if (pinned === undefined) {
    throw refusal(given, `its pin is ${PIN_FORM}`);
  }
  const { target: specifier, pin } = pinned;
  if (specifier.trim() === "") throw refusal(given, "a handler is a name, a path or a URL");
  const builtIn = Object.hasOwn(policy.builtIns, specifier)
    ? policy.builtIns[specifier]
    : undefined;
  if (builtIn !== undefined) {
    if (pin !== undefined) throw refusal(given, "a built-in handler takes no pin");
    const { url } = builtIn;
    return { specifier, label: specifier, kind: "built-in", url, pin, name: specifier };
  }
  if (/^[a-z][a-z\d+.-]+:/i.test(specifier)) return urlReference(specifier, pin);
  if (/^[\w-]+$/.test(specifier)) throw unknownName(specifier, Object.keys(policy.builtIns));
  const url = pathToFileURL(resolve(policy.workingDirectory ?? Deno.cwd(), specifier)).href;
  return { specifier, label: specifier, kind: "file", url, pin, name: baseName(url) };
}

/** What of a `data:` URL is shown. */
const LABEL_LENGTH = 60;

function urlReference(specifier: string, pin: Digest | undefined): HandlerReference {
  const url = URL.parse(specifier);
  if (url === null) throw refusal(specifier, "it is no URL");
  const kind = KINDS.get(url.protocol);
  if (kind === undefined) {
    const known = [...KINDS.keys()].join(", ");
    const hint = url.protocol === "http:" ? " (without TLS anybody can change it)" : "";
    throw refusal(specifier, `its scheme is ${url.protocol}, not one of ${known}${hint}`);
  }
  if (url.username !== "" || url.password !== "") {
    const { protocol, host } = url;
    throw refusal(`${protocol}//…@${host}`, "a URL with a user name or password is not taken");
  }
  // A pin with a slip of the pen would else be a fragment, and the module as good as not pinned.
  if (specifier.includes("#")) {
    throw refusal(specifier, `its pin is ${PIN_FORM}; a # that is part of the URL is written %23`);
  }
  if (kind === "npm" && pin !== undefined) {
    throw refusal(specifier, "a package of npm takes no pin; name its exact version");
  }
  const label = kind === "data" && specifier.length > LABEL_LENGTH
    ? `${specifier.slice(0, LABEL_LENGTH)}…`
    : specifier;
  return { specifier, label, kind, url: url.href, pin, name: nameOf(kind, url) };
}

function nameOf(kind: HandlerKind, url: URL): string {
  switch (kind) {
    case "data":
      return "data";
    case "jsr":
    case "npm":
      return packageName(url.pathname);
    default:
      return baseName(url.href);
  }
}

/** The package, without its scope and version. */
function packageName(path: string): string {
  return /^\/?(?:@[^/]+\/)?([^@/]+)/.exec(path)?.[1] ?? path;
}

/** The last part of the path, without what says what language it is in. */
function baseName(url: string): string {
  const { pathname, host } = new URL(url);
  const name = basename(pathname).replace(/\.[cm]?[jt]sx?$/, "");
  if (name === "") return host === "" ? pathname : host;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function unknownName(name: string, builtIns: readonly string[]): HandlerError {
  const near = nearestWord(name, builtIns);
  const meant = near === undefined ? "" : `; did you mean ${near}?`;
  const known = builtIns.length === 0 ? "" : ` (there are ${builtIns.join(", ")})`;
  return refusal(
    name,
    `no built-in handler has this name${known}, and a file is ./${name}${meant}`,
  );
}

function refusal(specifier: string, why: string): HandlerError {
  return new HandlerError(`Cannot load handler ${specifier}: ${why}`, specifier);
}
