/**
 * How the file of an instance is called: by its UID, or by a template.
 *
 * @module
 */

import type { Awaitable, StoreRequest } from "../lib/handler/handler.ts";
import { safeComponent, safeFileName, safeText } from "./file_name.ts";
import { parseFileTemplate, type TemplatePiece } from "./file_template.ts";

/** How a file is called: `CT.1.2.3`, by the SOP class and without an extension, or `1.2.3.dcm`. */
export type FileNaming = "sop-class-prefix" | "uid.dcm";

/** A file's name below a directory: the number of a further version goes before the extension. */
export interface FileName {
  /** One component for each level. */
  readonly directories: readonly string[];
  readonly stem: string;
  /** With its dot, or empty. */
  readonly extension: string;
}

/** Gives names. */
export interface InstanceNaming {
  /** The keywords of the elements that the names are made of. */
  readonly attributes: readonly string[];
  /**
   * A component to call the instance by before its name is known.
   *
   * @param request The instance.
   * @returns What its file is called, as far as the command says.
   */
  labelOf(request: StoreRequest): string;
  /**
   * Names the file of an instance.
   *
   * @param request The instance.
   * @returns Its name, each component safe; at once, when the command says all.
   * @throws What {@linkcode StoreRequest.attributes} throws.
   */
  nameOf(request: StoreRequest): Awaitable<FileName>;
}

/**
 * Names files by UID.
 *
 * @param naming In which way.
 * @returns The names.
 */
export function uidNaming(naming: FileNaming): InstanceNaming {
  const name = ({ sopClassUid, sopInstanceUid }: StoreRequest): FileName =>
    naming === "uid.dcm"
      ? { directories: [], stem: safeFileName("", sopInstanceUid), extension: ".dcm" }
      : {
        directories: [],
        stem: safeFileName(prefixOf(sopClassUid), sopInstanceUid),
        extension: "",
      };
  return {
    attributes: [],
    labelOf(request): string {
      const { stem, extension } = name(request);
      return `${stem}${extension}`;
    },
    nameOf: name,
  };
}

/**
 * Names files by a template, as `file_template.ts` reads it.
 *
 * SOP Instance UID and SOP Class UID become what {@linkcode safeFileName} makes of them, all other
 * values what {@linkcode safeText} makes of them: `unknown` of one that is missing, empty, or not told
 * since it comes too late in the data set. Of an element with several values all are taken, with
 * commas between.
 *
 * @param template The template.
 * @returns The names.
 * @throws {TypeError} When it is none.
 *
 * @example
 * ```ts
 * import { templateNaming } from "./instance_name.ts";
 * import assert from "node:assert/strict";
 *
 * const { attributes } = templateNaming("{PatientID}/{Modality}.{SOPInstanceUID}.dcm");
 * assert.deepEqual(attributes, ["PatientID", "Modality"]);
 * ```
 */
export function templateNaming(template: string): InstanceNaming {
  const { levels, keywords } = parseFileTemplate(template);
  const directories = levels.slice(0, -1);
  const { pieces, extension } = splitExtension(levels.at(-1) ?? []);
  const fill = (values: Values): FileName => ({
    directories: directories.map((level) => safeComponent(fillPieces(level, values))),
    // Without the extension and with it: `AUX` is reserved on Windows, whatever comes after its dot.
    stem: withoutEnd(safeComponent(fillPieces(pieces, values), extension), extension),
    extension,
  });
  return {
    attributes: keywords,
    labelOf: ({ sopInstanceUid }) => safeFileName("", sopInstanceUid),
    async nameOf(request): Promise<FileName> {
      const known = requestValues(request);
      const attributes = keywords.length > 0 ? await request.attributes() : {};
      const values = new Map(Object.entries(attributes));
      return fill((field) => known.get(field) ?? textOf(values.get(field)));
    },
  };
}

/** Gives what stands for a field. */
type Values = (field: string) => string;

/** What the request tells, safe to be in a name. */
function requestValues(request: StoreRequest): ReadonlyMap<string, string> {
  const { sopClassUid, sopInstanceUid, association } = request;
  return new Map([
    ["SOPInstanceUID", safeFileName("", sopInstanceUid)],
    ["SOPClassUID", safeFileName("", sopClassUid)],
    ["SOPClassPrefix", prefixOf(sopClassUid)],
    ["CallingAET", textOf([association.callingAeTitle])],
    ["CalledAET", textOf([association.calledAeTitle])],
  ]);
}

function textOf(values: readonly string[] = []): string {
  const texts = values.map((value) => value.replaceAll(PADDING, ""));
  return safeText(texts.every((text) => text === "") ? "" : texts.join(","));
}

function fillPieces(pieces: readonly TemplatePiece[], values: Values): string[] {
  return pieces.map((piece) => piece.type === "text" ? piece.text : values(piece.name));
}

/** Takes the extension off a file's name: what follows the last dot, if it is written out. */
function splitExtension(
  level: readonly TemplatePiece[],
): { pieces: readonly TemplatePiece[]; extension: string } {
  const last = level.at(-1);
  const extension = last?.type === "text" ? EXTENSION.exec(last.text)?.[0] : undefined;
  if (last?.type !== "text" || extension === undefined) return { pieces: level, extension: "" };
  const text = withoutEnd(last.text, extension);
  return {
    pieces: [...level.slice(0, -1), ...(text === "" ? [] : [{ ...last, text }])],
    extension,
  };
}

function withoutEnd(text: string, end: string): string {
  return text.slice(0, text.length - end.length);
}

function prefixOf(sopClassUid: string): string {
  return PREFIXES.get(sopClassUid) ?? "UN";
}

const EXTENSION = /\.[A-Za-z0-9]{1,16}$/;
/** Spaces and NUL around a value say nothing (PS3.5 section 6.2). */
const PADDING = /^[ \0]+|[ \0]+$/g;

/** What users of other command-line tools look for in front of the UID; all others are `UN`. */
const PREFIXES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10008.5.1.4.1.1.1", "CR"],
  ["1.2.840.10008.5.1.4.1.1.2", "CT"],
  ["1.2.840.10008.5.1.4.1.1.2.1", "CTE"],
  ["1.2.840.10008.5.1.4.1.1.4", "MR"],
  ["1.2.840.10008.5.1.4.1.1.4.1", "MRE"],
  ["1.2.840.10008.5.1.4.1.1.6.1", "US"],
  ["1.2.840.10008.5.1.4.1.1.6.2", "USE"],
  ["1.2.840.10008.5.1.4.1.1.7", "SC"],
  ["1.2.840.10008.5.1.4.1.1.12.1", "XA"],
  ["1.2.840.10008.5.1.4.1.1.12.1.1", "XAE"],
  ["1.2.840.10008.5.1.4.1.1.20", "NM"],
  ["1.2.840.10008.5.1.4.1.1.128", "PT"],
  ["1.2.840.10008.5.1.4.1.1.130", "PTE"],
  ["1.2.840.10008.5.1.4.1.1.481.1", "RI"],
  ["1.2.840.10008.5.1.4.1.1.481.2", "RD"],
  ["1.2.840.10008.5.1.4.1.1.481.3", "RS"],
  ["1.2.840.10008.5.1.4.1.1.481.5", "RP"],
]);
