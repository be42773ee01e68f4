/**
 * The grammar of keyword paths, by which a query is written without a file.
 *
 * ```text
 * argument  = path [ "=" value ]            the first "=" counts: a value may have more of them
 * path      = component { "." component }
 * component = element [ ":" VR ] [ "[" index "]" ]
 * element   = keyword | "(" gggg "," eeee ")" | gggg "," eeee | gggg eeee
 *           | "(" gggg "," '"' private creator '"' "," ee ")"
 * ```
 *
 * @module
 */

import { DicomNetError } from "../errors.ts";
import { lookupKeyword, suggestKeyword } from "./dictionary.ts";
import { formatTag, groupOf, isPrivateTag, type Tag } from "./tag.ts";
import { isVr, type Vr } from "./vr.ts";

/** The highest item index: a slip of the finger must not make a million items. */
const MAX_ITEM_INDEX = 9999;
/** The deepest path: as deep as data sets are decoded. */
const MAX_COMPONENTS = 64;

/** A keyword path cannot be used. */
export class KeywordPathError extends DicomNetError {
  /** Always `KeywordPathError`. */
  override name = "KeywordPathError";
  /** The whole argument: path and value. */
  readonly argument: string;
  /** The component at fault, as it was written. */
  readonly component: string;

  /**
   * Names the argument and the component in the message.
   *
   * @param argument The whole argument.
   * @param component The component at fault.
   * @param fault What is wrong with it, to follow its name in the message.
   * @param options The cause, if any.
   */
  constructor(argument: string, component: string, fault: string, options?: ErrorOptions) {
    super(`Cannot use "${argument}": component "${component}" ${fault}`, options);
    this.argument = argument;
    this.component = component;
  }
}

/** A component of a keyword path. */
export interface Component {
  /** As it was written. */
  readonly text: string;
  /** The tag; with a private creator, only the lower two digits of the element number count. */
  readonly tag: Tag;
  /** The private creator whose block the element is in. */
  readonly creator: string | undefined;
  /** The VR that was asked for. */
  readonly vr: Vr | undefined;
  /** The item index. */
  readonly index: number | undefined;
}

/** A keyword path and its value. */
export interface KeywordPath {
  /** Path and value as they were written. */
  readonly argument: string;
  /** The components; the last one is the element that is set. */
  readonly components: readonly [Component, ...Component[]];
  /** What follows the first `=`; empty without one. */
  readonly value: string;
}

/**
 * Takes a keyword path apart. Whether it suits a data set is not looked at.
 *
 * @param argument The keyword path with its value.
 * @returns Its components and the value.
 * @throws {KeywordPathError} When it does not follow the grammar, or names no element that a data set
 * can hold.
 *
 * @example
 * ```ts
 * import { parseKeywordPath } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const { components, value } = parseKeywordPath("BeamSequence[1].PatientName=A^B=C");
 * assert.deepEqual(components.map(({ tag, index }) => [tag, index]), [
 *   [0x300a00b0, 1],
 *   [0x00100010, undefined],
 * ]);
 * assert.equal(value, "A^B=C");
 * ```
 */
export function parseKeywordPath(argument: string): KeywordPath {
  const { texts, value } = split(argument);
  if (texts.length > MAX_COMPONENTS) {
    throw new KeywordPathError(
      argument,
      texts[MAX_COMPONENTS] ?? "",
      `is nested too deeply: a path has at most ${MAX_COMPONENTS} components`,
    );
  }
  const [first = "", ...rest] = texts;
  const parse = (text: string): Component => parseComponent(argument, text);
  return { argument, components: [parse(first), ...rest.map(parse)], value };
}

/** Splits at the dots of the path and the first equals sign, but not within a private creator. */
function split(argument: string): { texts: string[]; value: string } {
  const texts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < argument.length; at++) {
    const character = argument[at];
    if (character === '"') quoted = !quoted;
    if (quoted) continue;
    if (character === "." || character === "=") {
      texts.push(argument.slice(start, at).trim());
      start = at + 1;
      if (character === "=") return { texts, value: argument.slice(start) };
    }
  }
  texts.push(argument.slice(start).trim());
  return { texts, value: "" };
}

/** Element, VR and index; none of the last two is left in the element. */
const COMPONENT =
  /^(?<element>\([^()]*\)|[^()[\]:]*)(?::(?<vr>[A-Za-z]{2}))?(?:\[(?<index>[^[\]]*)\])?$/;
const TAG = /^(?:\(\s*([0-9a-f]{4})\s*,\s*([0-9a-f]{4})\s*\)|([0-9a-f]{4}),?([0-9a-f]{4}))$/i;
const PRIVATE = /^\(\s*([0-9a-f]{4})\s*,\s*"([ !#-[\]-~]{1,64})"\s*,\s*([0-9a-f]{2})\s*\)$/i;

function parseComponent(argument: string, text: string): Component {
  const fail = (fault: string): never => {
    throw new KeywordPathError(argument, text, fault);
  };
  if (text === "") return fail("is empty: a keyword or a tag belongs here");
  const { element = "", vr, index } = COMPONENT.exec(text)?.groups ?? fail(NO_ELEMENT);
  const { tag, creator } = parseElement(element, fail);
  checkGroup(tag, fail);
  return {
    text,
    tag,
    creator,
    vr: vr === undefined ? undefined : parseVr(vr, fail),
    index: index === undefined ? undefined : parseIndex(index, fail),
  };
}

const NO_ELEMENT =
  "is neither a keyword nor a tag, which is written (gggg,eeee), gggg,eeee or ggggeeee";

function parseElement(
  element: string,
  fail: (fault: string) => never,
): { tag: Tag; creator: string | undefined } {
  const tag = parseTag(element);
  if (tag !== undefined) return { tag, creator: undefined };
  const [, group = "", creator = "", number = ""] = PRIVATE.exec(element) ?? [];
  if (creator !== "") {
    const base = Number.parseInt(`${group}00${number}`, 16);
    if (!isPrivateTag(base)) fail(`has a private creator, but group ${group} is not private`);
    return { tag: base, creator: creator.trim() };
  }
  const entry = lookupKeyword(element);
  if (entry === undefined) {
    if (!/^\w+$/.test(element)) fail(NO_ELEMENT);
    const suggestion = suggestKeyword(element);
    const hint = suggestion === undefined ? "" : `: did you mean ${suggestion}?`;
    return fail(`is not in the data dictionary${hint}`);
  }
  if (entry.repeating) {
    fail(`stands for several elements: write the tag of one, such as ${formatTag(entry.tag)}`);
  }
  return { tag: entry.tag, creator: undefined };
}

/**
 * Reads a tag as keyword paths have it.
 *
 * @param text `(gggg,eeee)`, `gggg,eeee` or `ggggeeee` in hexadecimal of any case.
 * @returns The tag, or `undefined` when it is none.
 *
 * @example
 * ```ts
 * import { parseTag } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseTag("(300a, 00B0)"), 0x300a00b0);
 * assert.equal(parseTag("10,10"), undefined);
 * ```
 */
export function parseTag(text: string): Tag | undefined {
  const match = TAG.exec(text);
  if (match === null) return undefined;
  const [, group = match[3], element = match[4]] = match;
  return Number.parseInt(`${group}${element}`, 16);
}

/** Groups that never are in a data set (PS3.5 sections 7.5 and 7.8, PS3.7 section 6.3, PS3.10 section 7.1). */
const OTHER_GROUPS: Readonly<Record<number, string>> = {
  0x0000: "belongs to the command, not to the data set",
  0x0001: "is in a group that must not be used",
  0x0002: "belongs to the file meta information, not to the data set",
  0x0003: "is in a group that must not be used",
  0x0005: "is in a group that must not be used",
  0x0007: "is in a group that must not be used",
  0xfffe: "delimits items and is no element",
  0xffff: "is in a group that must not be used",
};

function checkGroup(tag: Tag, fail: (fault: string) => never): void {
  const fault = OTHER_GROUPS[groupOf(tag)];
  if (fault !== undefined) fail(fault);
}

function parseVr(text: string, fail: (fault: string) => never): Vr {
  const vr = text.toUpperCase();
  return isVr(vr) ? vr : fail(`has the VR ${text}, which does not exist`);
}

function parseIndex(text: string, fail: (fault: string) => never): number {
  const index = /^\s*\d+\s*$/.test(text) ? Number(text) : Infinity;
  return index <= MAX_ITEM_INDEX
    ? index
    : fail(`has the item index "${text}": it must be a number from 0 to ${MAX_ITEM_INDEX}`);
}
