/**
 * Says why not all instances came by a C-GET, and what to do about it.
 *
 * @module
 */

import type { AcceptedContext } from "../lib/association/presentation_context.ts";
import { sopClassName } from "../lib/sop_class.ts";
import { transferSyntax } from "../lib/transfer_syntax.ts";

/** What is known. */
export interface GetShortfall {
  /** How many have not come. */
  readonly open: number;
  /** Those that have not come, as far as they are known by name. */
  readonly uids: readonly string[];
  /** Those that came and were refused here: the log has said why. */
  readonly refusedUids: readonly string[];
  /** The SOP class of each instance that the archive has told of. */
  readonly classes: ReadonlyMap<string, string>;
  /** The contexts that the archive accepted. */
  readonly accepted: readonly AcceptedContext[];
  /** Whether the user has given SOP classes. */
  readonly hasGivenClasses: boolean;
  /** Whether the user has given transfer syntaxes. */
  readonly hasGivenSyntaxes: boolean;
}

/**
 * Explains.
 *
 * @param shortfall What is known.
 * @returns Sentences without full stops.
 *
 * @example
 * ```ts
 * import { explainGet } from "./get_explanation.ts";
 * import assert from "node:assert/strict";
 *
 * const [first] = explainGet({
 *   open: 1,
 *   uids: ["1.2.3"],
 *   refusedUids: [],
 *   classes: new Map([["1.2.3", "1.2.840.10008.5.1.4.1.1.2"]]),
 *   accepted: [],
 *   hasGivenClasses: false,
 *   hasGivenSyntaxes: false,
 * });
 * assert.equal(first, "1 instance of CT Image Storage did not come: the archive accepted no " +
 *   "presentation context for it");
 * ```
 */
export function explainGet(shortfall: GetShortfall): string[] {
  const { uids, refusedUids, classes, accepted } = shortfall;
  const refused = new Set(refusedUids);
  const open = shortfall.open - refused.size;
  if (open <= 0) return [];
  const counts = new Map<string, number>();
  for (const uid of new Set(uids)) {
    const sopClassUid = classes.get(uid);
    if (refused.has(uid) || !sopClassUid) continue;
    counts.set(sopClassUid, (counts.get(sopClassUid) ?? 0) + 1);
  }
  const sentences = [...counts].map(([sopClassUid, count]) =>
    `${instances(count)} of ${sopClassName(sopClassUid)} did not come: ` +
    reasonFor(sopClassUid, accepted)
  );
  let named = 0;
  for (const count of counts.values()) named += count;
  if (open > named) {
    const others = named > 0 ? "other " : "";
    sentences.push(
      `${open - named} ${others}${
        open - named === 1 ? "instance" : "instances"
      } did not come, and ` +
        "the archive does not say of which SOP class",
    );
  }
  if (!shortfall.hasGivenSyntaxes && accepted.length > 0 && !accepted.some(isEncapsulated)) {
    sentences.push("The archive accepted no compressed transfer syntax");
  }
  return [...sentences, advice(shortfall, [...counts.keys()])];
}

function isEncapsulated(context: AcceptedContext): boolean {
  return transferSyntax(context.transferSyntax)?.encapsulated ?? false;
}

function reasonFor(sopClassUid: string, accepted: readonly AcceptedContext[]): string {
  const syntaxes = new Set(
    accepted.filter(({ abstractSyntax }) => abstractSyntax === sopClassUid)
      .map((context) => transferSyntax(context.transferSyntax)?.name ?? context.transferSyntax),
  );
  if (syntaxes.size === 0) return "the archive accepted no presentation context for it";
  const names = syntaxes.size > 4 ? `${syntaxes.size} transfer syntaxes` : [...syntaxes].join(", ");
  return `the archive accepted ${names} for it`;
}

function advice(shortfall: GetShortfall, sopClassUids: readonly string[]): string {
  const { hasGivenClasses, hasGivenSyntaxes, accepted } = shortfall;
  if (hasGivenClasses || hasGivenSyntaxes) {
    const given = [hasGivenClasses && "--sop-class", hasGivenSyntaxes && "--transfer-syntax"]
      .filter((each) => each !== false);
    const what = given.length > 1 ? `${given.join(" and ")} name` : `${given.join()} names`;
    return `Nothing but what ${what} was proposed: give more, or leave it to getscu`;
  }
  if (accepted.length > 0 && !accepted.some(isEncapsulated)) {
    return "What it holds compressed it may send to movescu";
  }
  if (sopClassUids.length === 0) {
    return "Name the SOP classes with --sop-class, and a rare transfer syntax with --transfer-syntax";
  }
  return accepted.some(({ abstractSyntax }) => sopClassUids.includes(abstractSyntax))
    ? "The archive's log may say what failed; a rare transfer syntax can be named with --transfer-syntax"
    : "The archive does not send this by C-GET: use movescu";
}

function instances(count: number): string {
  return `${count} ${count === 1 ? "instance" : "instances"}`;
}
