/**
 * The grammar of name templates: `{StudyInstanceUID}/{Modality}.{SOPInstanceUID}.dcm`.
 *
 * A slash ends a directory. A word in braces stands for a value of the instance: the keyword of an
 * element of its data set (PS3.6), or one of {@linkcode REQUEST_FIELDS}. All else is itself, and has
 * to be fit for the names of files on Linux, macOS and Windows, for nobody wants a folder that can be
 * copied to one of them only. What the values become is told by `instance_name.ts`.
 *
 * @module
 */

/**
 * The fields that are told by the request and its association: SOP Instance UID and SOP Class UID of
 * the command, the AE titles of the association, and the prefix of the usual names, such as `CT`.
 */
export const REQUEST_FIELDS: readonly string[] = [
  "SOPInstanceUID",
  "SOPClassUID",
  "SOPClassPrefix",
  "CallingAET",
  "CalledAET",
];

/** A part of a name: text as it is written, or the value of a field. */
export type TemplatePiece =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "field"; readonly name: string };

/** A name template, understood. */
export interface FileTemplate {
  /** What the names of the directories are made of, and last that of the file. */
  readonly levels: readonly (readonly TemplatePiece[])[];
  /** The keywords of the data set's elements that it names, each once. */
  readonly keywords: readonly string[];
}

/**
 * Reads a name template. Whether there is an element of each keyword is not looked at here.
 *
 * @param template As it was written.
 * @returns What names are made of.
 * @throws {TypeError} When it is none: the message tells what is wrong, in one sentence.
 *
 * @example
 * ```ts
 * import { parseFileTemplate } from "./file_template.ts";
 * import assert from "node:assert/strict";
 *
 * const { levels, keywords } = parseFileTemplate("{StudyInstanceUID}/{SOPInstanceUID}.dcm");
 * assert.equal(levels.length, 2);
 * assert.deepEqual(keywords, ["StudyInstanceUID"]);
 * assert.throws(() => parseFileTemplate("../{SOPInstanceUID}"), TypeError);
 * ```
 */
export function parseFileTemplate(template: string): FileTemplate {
  const refuse = (why: string): never => {
    throw new TypeError(`Cannot use ${JSON.stringify(template)} as a file name template: ${why}`);
  };
  if (template === "") refuse("it is empty");
  if (template.startsWith("/")) refuse("it must be relative to the output directory");
  const levels = template.normalize("NFC").split("/").map((level) => parseLevel(level, refuse));
  if (levels.length > MAX_LEVELS) refuse(`it has more than ${MAX_LEVELS} levels`);
  const fields = levels.flat().flatMap((piece) => piece.type === "field" ? [piece.name] : []);
  if (fields.length === 0) {
    refuse("it gives every instance the same name; fields are written as {SOPInstanceUID}");
  }
  const keywords = [...new Set(fields)].filter((field) => !REQUEST_FIELDS.includes(field));
  return { levels, keywords };
}

type Refuse = (why: string) => never;

function parseLevel(level: string, refuse: Refuse): TemplatePiece[] {
  if (level === "") refuse("a name between two slashes, or at the end, is empty");
  const pieces = level.split(/(\{[^{}]*\})/).filter((text) => text !== "").map((text) =>
    text.startsWith("{") && text.endsWith("}")
      ? parseField(text.slice(1, -1), refuse)
      : parseText(text, refuse)
  );
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (first?.type === "text" && UNFIT_START.test(first.text)) {
    refuse(`a name starts with ${JSON.stringify(first.text.charAt(0))}`);
  }
  if (last?.type === "text" && UNFIT_END.test(last.text)) {
    refuse(`a name ends with ${JSON.stringify(last.text.slice(-1))}, which Windows drops`);
  }
  const texts = pieces.map((piece) => piece.type === "text" ? piece.text : "").join("");
  if (new TextEncoder().encode(texts).byteLength > MAX_TEXT_LENGTH) {
    refuse(`the text of a name is longer than ${MAX_TEXT_LENGTH} bytes`);
  }
  return pieces;
}

function parseField(name: string, refuse: Refuse): TemplatePiece {
  if (!FIELD.test(name)) {
    refuse(`${JSON.stringify(`{${name}}`)} is no field; a field is a keyword such as {Modality}`);
  }
  return { type: "field", name };
}

function parseText(text: string, refuse: Refuse): TemplatePiece {
  const brace = /[{}]/.exec(text)?.[0];
  if (brace !== undefined) refuse(`a brace has no ${brace === "{" ? "end" : "beginning"}`);
  if (text.includes("\\")) refuse("directories are separated by /, on Windows too");
  const unfit = UNFIT.exec(text)?.[0];
  if (unfit !== undefined) refuse(`${shownCharacter(unfit)} cannot be in the name of a file`);
  return { type: "text", text };
}

function shownCharacter(character: string): string {
  if (VISIBLE_ASCII.test(character)) return JSON.stringify(character);
  return `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;
}

const VISIBLE_ASCII = /^[\x21-\x7e]$/;
const FIELD = /^[A-Za-z][A-Za-z0-9]*$/;
/** What Windows does not allow, and what is invisible, such as NUL and marks of direction. */
const UNFIT = /[<>:"|?*\p{C}\p{Zl}\p{Zp}]/u;
/**
 * A dot would hide the file, as parts in the making are hidden, or lead up; a hyphen would make it an
 * option of commands.
 */
const UNFIT_START = /^[ .-]/;
const UNFIT_END = /[ .]$/;
/** Deeper than any archive is; with names of 200 bytes still within the 4096 of a path. */
const MAX_LEVELS = 16;
/** Leaves room for values. */
const MAX_TEXT_LENGTH = 100;
