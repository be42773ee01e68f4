/**
 * Semantic versions, and the ranges of them that `jsr:` specifiers give, as npm reads them.
 *
 * @module
 */

/** A semantic version. */
interface Version {
  readonly core: readonly [major: number, minor: number, patch: number];
  /** The parts behind the hyphen; none in a release. */
  readonly pre: readonly (number | string)[];
}

/** A version is compared with another: all comparators of an alternative must hold. */
interface Comparator {
  readonly operator: "<" | "<=" | ">" | ">=" | "=";
  readonly version: Version;
}

/** A range: one of the alternatives must hold. */
export type VersionRange = readonly (readonly Comparator[])[];

const VERSION = /^v?(\d+)\.(\d+)\.(\d+)(?:-([\dA-Za-z.-]+))?(?:\+[\dA-Za-z.-]+)?$/;
const PARTIAL =
  /^(\^|~>?|[<>]=?|=)?v?(?:(\d+|[xX*])(?:\.(\d+|[xX*])(?:\.(\d+|[xX*])(?:-([\dA-Za-z.-]+))?(?:\+[\dA-Za-z.-]+)?)?)?)$/;

/**
 * Reads a range.
 *
 * @param text Such as `^1.2`, `~1.2.3`, `1.x`, `>=1 <3`, `1.2 - 1.4`, `^1 || ^2`, `*`.
 * @returns The range; `undefined` when it is none.
 */
export function parseVersionRange(text: string): VersionRange | undefined {
  const alternatives = text.split("||").map((part) => parseAlternative(part.trim()));
  const range = alternatives.filter((alternative) => alternative !== undefined);
  return range.length === alternatives.length ? range : undefined;
}

/**
 * Chooses the highest version of a range. One before a release (`1.0.0-rc.1`) is chosen only by a
 * range that names one before the same release.
 *
 * @param versions What there is; what is no version is passed over.
 * @param range What is asked for.
 * @returns One of the versions; `undefined` when none will do.
 */
export function highestVersion(
  versions: Iterable<string>,
  range: VersionRange,
): string | undefined {
  let best: { readonly text: string; readonly version: Version } | undefined;
  for (const text of versions) {
    const version = parseVersion(text);
    if (version === undefined || !range.some((all) => satisfies(version, all))) continue;
    if (best === undefined || compare(version, best.version) > 0) best = { text, version };
  }
  return best?.text;
}

function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, pre] = match;
  return { core: [Number(major), Number(minor), Number(patch)], pre: preOf(pre) };
}

function preOf(text: string | undefined): readonly (number | string)[] {
  return text === undefined
    ? []
    : text.split(".").map((part) => /^\d+$/.test(part) ? Number(part) : part);
}

function parseAlternative(text: string): readonly Comparator[] | undefined {
  const [, from, to] = /^(\S+)\s+-\s+(\S+)$/.exec(text) ?? [];
  const parts = from !== undefined && to !== undefined
    ? [`>=${from}`, `<=${to}`]
    : text.replaceAll(/([<>=^~])\s+/g, "$1").split(/\s+/).filter((part) => part !== "");
  const all = parts.map(parseComparators);
  const known = all.filter((comparators) => comparators !== undefined);
  return known.length === all.length ? known.flat() : undefined;
}

/** A part of a range as comparators of whole versions: `^1.2` is `>=1.2.0 <2.0.0-0`. */
function parseComparators(text: string): readonly Comparator[] | undefined {
  const match = PARTIAL.exec(text);
  if (match === null) return undefined;
  const [, operator = "", ...parts] = match;
  const [major, minor, patch] = parts.slice(0, 3).map(numberOf);
  const pre = preOf(parts[3]);
  const floor: Version = { core: [major ?? 0, minor ?? 0, patch ?? 0], pre };
  const above = (...core: Version["core"]): Comparator => ({
    operator: "<",
    version: { core, pre: [0] },
  });
  const atLeast: Comparator = { operator: ">=", version: floor };
  if (major === undefined) return operator.startsWith("<") || operator === ">" ? undefined : [];
  // The first version that has none of what is given.
  const next = minor === undefined
    ? above(major + 1, 0, 0)
    : patch === undefined
    ? above(major, minor + 1, 0)
    : undefined;
  switch (operator) {
    case "^":
      if (major > 0 || minor === undefined) return [atLeast, above(major + 1, 0, 0)];
      if (minor > 0 || patch === undefined) return [atLeast, above(0, minor + 1, 0)];
      return [atLeast, above(0, 0, patch + 1)];
    case "~":
    case "~>":
      return [atLeast, next ?? above(major, (minor ?? 0) + 1, 0)];
    case ">=":
      return [atLeast];
    case "<":
      return [{ operator: "<", version: next === undefined ? floor : { ...floor, pre: [0] } }];
    case ">":
      return [
        next === undefined
          ? { operator: ">", version: floor }
          : { operator: ">=", version: { ...next.version, pre: [] } },
      ];
    case "<=":
      return [next ?? { operator: "<=", version: floor }];
    default:
      return next === undefined ? [{ operator: "=", version: floor }] : [atLeast, next];
  }
}

function numberOf(part: string | undefined): number | undefined {
  return part === undefined || /^[xX*]$/.test(part) ? undefined : Number(part);
}

function satisfies(version: Version, comparators: readonly Comparator[]): boolean {
  const isNamed = version.pre.length === 0 ||
    comparators.some(({ operator, version: other }) =>
      other.pre.length > 0 && !isCeiling(operator, other) &&
      other.core.every((part, index) => part === version.core[index])
    );
  return isNamed && comparators.every(({ operator, version: other }) => {
    const order = compare(version, other);
    switch (operator) {
      case "<":
        return order < 0;
      case "<=":
        return order <= 0;
      case ">":
        return order > 0;
      case ">=":
        return order >= 0;
      case "=":
        return order === 0;
    }
  });
}

/** `<2.0.0-0` is how "below 2.0.0 and what comes before it" is said: no version has been named. */
function isCeiling(operator: Comparator["operator"], { pre }: Version): boolean {
  return operator === "<" && pre.length === 1 && pre[0] === 0;
}

function compare(a: Version, b: Version): number {
  for (const [index, part] of a.core.entries()) {
    const order = part - (b.core[index] ?? 0);
    if (order !== 0) return order;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  for (const [index, part] of a.pre.entries()) {
    const other = b.pre[index];
    if (other === undefined) return 1;
    if (part === other) continue;
    if (typeof part === "number" && typeof other === "number") return part - other;
    if (typeof part !== typeof other) return typeof part === "number" ? -1 : 1;
    return part < other ? -1 : 1;
  }
  return a.pre.length - b.pre.length;
}
