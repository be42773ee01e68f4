/**
 * What a module says: its JavaScript, and what it imports.
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";
import { ModuleFault, reasonOf } from "./module_fault.ts";

/** A module that is read. */
export interface ModuleSource {
  /** JavaScript. */
  readonly code: string;
  /** What it imports, in its words: literals alone, those of `import()` among them. */
  readonly imports: readonly string[];
}

/** A module's bytes, and what is known of them. */
export interface ModuleBytes {
  /** Where they came from. */
  readonly url: string;
  /** The bytes, in UTF-8. */
  readonly bytes: Uint8Array;
  /** The media type that they came with; empty when none is known. */
  readonly contentType: string;
}

type Language = "JavaScript" | "TypeScript";

/**
 * Reads a module: takes the types out, and finds the imports.
 *
 * @param module Its bytes.
 * @returns What it says.
 * @throws {ModuleFault} When it is not JavaScript or TypeScript.
 */
export async function readModuleSource(module: ModuleBytes): Promise<ModuleSource> {
  const { url } = module;
  const language = languageOf(module);
  const text = decode(module);
  const code = language === "TypeScript" ? strip(text, url) : text;
  return { code, imports: await importsOf(code, url) };
}

const BY_MEDIA_TYPE: ReadonlyMap<string, Language> = new Map([
  ["text/typescript", "TypeScript"],
  ["application/typescript", "TypeScript"],
  ["application/x-typescript", "TypeScript"],
  ["text/x-typescript", "TypeScript"],
  ["text/javascript", "JavaScript"],
  ["application/javascript", "JavaScript"],
  ["application/x-javascript", "JavaScript"],
  ["text/ecmascript", "JavaScript"],
  ["application/ecmascript", "JavaScript"],
]);

/** What servers say of a file that they know nothing of; `.ts` is also the name of a video stream. */
const SAYS_NOTHING: ReadonlySet<string> = new Set([
  ...["", "text/plain", "application/octet-stream", "binary/octet-stream", "video/mp2t"],
  ...["video/vnd.dlna.mpeg-tts", "application/x-mpegts"],
]);

const BY_EXTENSION: readonly (readonly [extension: RegExp, language: Language])[] = [
  [/\.m?ts$/i, "TypeScript"],
  [/\.m?js$/i, "JavaScript"],
];

function languageOf({ url, contentType }: ModuleBytes): Language {
  const mediaType = contentType.replace(/;.*$/s, "").trim().toLowerCase();
  const told = BY_MEDIA_TYPE.get(mediaType);
  if (told !== undefined) return told;
  const wanted = "JavaScript or TypeScript is wanted";
  if (mediaType === "text/html") {
    throw new ModuleFault(`it is a web page (text/html), and ${wanted}`, url);
  }
  if (!SAYS_NOTHING.has(mediaType)) throw new ModuleFault(`it is ${mediaType}, and ${wanted}`, url);
  const { pathname } = new URL(url);
  const named = BY_EXTENSION.find(([extension]) => extension.test(pathname))?.[1];
  if (named !== undefined) return named;
  throw new ModuleFault(`neither its type nor its name says what it is, and ${wanted}`, url);
}

function decode({ bytes, url }: ModuleBytes): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ModuleFault("its text is not UTF-8", url, { cause: error });
  }
}

/**
 * The transforming mode is needed for enums and parameter properties, and it leaves out imports that
 * name types alone, whose modules need not be there.
 */
function strip(text: string, url: string): string {
  try {
    return stripTypeScriptTypes(text, { mode: "transform" });
  } catch (error) {
    const reason = reasonOf(error).replace(/ at \S+:(\d+):(\d+)$/, " at line $1, column $2");
    throw new ModuleFault(reason, url, { cause: error });
  }
}

async function importsOf(code: string, url: string): Promise<readonly string[]> {
  // Imported here, since most runs of a tool load no handler of this kind.
  const { init, parse } = await import("es-module-lexer");
  await init;
  try {
    const [imports] = parse(code);
    const literals = imports.flatMap((each) => {
      if (each.type === "import-meta" || (each.type === "dynamic" && each.glob)) return [];
      return each.specifier === undefined ? [] : [each.specifier];
    });
    return [...new Set(literals)];
  } catch (error) {
    throw new ModuleFault(`it cannot be read as a module: ${reasonOf(error)}`, url, {
      cause: error,
    });
  }
}
