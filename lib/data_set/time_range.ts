/**
 * Dates, times and date-times as stretches of time, for matching (PS3.4 section C.2.2.2.5).
 *
 * A value that is not precise, such as `1030`, stands for all that it may mean: the whole minute.
 *
 * @module
 */

/** A stretch of time, both ends included; the unit is the microsecond. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Whether a value lies in what a key asks for: a single value, or a range with `-`.
 *
 * @param vr What both are.
 * @param key Of the identifier.
 * @param value Of the data set.
 * @returns Whether it does; a key or a value that is no time matches what is written like it.
 */
export function isInTimeRange(vr: "DA" | "TM" | "DT", key: string, value: string): boolean {
  const found = PARSERS[vr](value);
  const asked = rangeOf(PARSERS[vr], key);
  if (found === undefined || asked === undefined) return key === value;
  return found.from >= asked.from && found.from <= asked.to;
}

type Parser = (text: string) => Stretch | undefined;

const PARSERS: Readonly<Record<"DA" | "TM" | "DT", Parser>> = { DA: date, TM: time, DT: dateTime };

function rangeOf(parse: Parser, key: string): Stretch | undefined {
  // In a DT a hyphen may also be the sign of the offset: then the whole is a value.
  const single = parse(key);
  if (single !== undefined) return single;
  for (let hyphen = key.indexOf("-"); hyphen >= 0; hyphen = key.indexOf("-", hyphen + 1)) {
    const [first, last] = [key.slice(0, hyphen).trim(), key.slice(hyphen + 1).trim()];
    if (first === "" && last === "") return undefined;
    const from = first === "" ? ALL : parse(first);
    const to = last === "" ? ALL : parse(last);
    if (from !== undefined && to !== undefined) return { from: from.from, to: to.to };
  }
  return undefined;
}

const ALL: Stretch = { from: -Infinity, to: Infinity };

/** `YYYY.MM.DD` is of the ACR-NEMA standard, and still met with (PS3.5 section 6.2, note 1 of DA). */
function date(text: string): Stretch | undefined {
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(text) ?? [];
  return year === undefined ? undefined : stretch(year, [month, day], "");
}

function time(text: string): Stretch | undefined {
  const [, hour, minute, second, fraction = ""] =
    /^(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?$/.exec(text) ?? [];
  return hour === undefined
    ? undefined
    : stretch("1970", ["01", "01", hour, minute, second], fraction);
}

function dateTime(text: string): Stretch | undefined {
  const match =
    /^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,6}))?)?)?)?)?)?(?:([+-])(\d{2})(\d{2}))?$/
      .exec(text);
  if (match === null) return undefined;
  const [, year = "", month, day, hour, minute, second, fraction = "", sign, hours, minutes] =
    match;
  const offset = 60 * Number(hours ?? 0) + Number(minutes ?? 0);
  // Offsets end at -1200 and +1400: `2019-2020` is a range.
  if (offset > (sign === "-" ? 12 : 14) * 60) return undefined;
  const local = stretch(year, [month, day, hour, minute, second], fraction);
  if (local === undefined) return undefined;
  const shift = (sign === "-" ? offset : -offset) * MINUTE;
  return { from: local.from + shift, to: local.to + shift };
}

const MINUTE = 60_000_000;

/** Month, day, hour, minute and second: the first that is missing, and all after it, are not precise. */
function stretch(
  year: string,
  components: readonly (string | undefined)[],
  fraction: string,
): Stretch | undefined {
  const precise = components.slice(0, components.indexOf(undefined) >>> 0).map(Number);
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0] = precise;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
    return undefined;
  }
  const at = (change: readonly number[]): number => {
    const [years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = change;
    const moment = new Date(0);
    moment.setUTCFullYear(Number(year) + years, month - 1 + months, day + days);
    return 1000 * moment.setUTCHours(hour + hours, minute + minutes, second + seconds);
  };
  const microseconds = Number(fraction.padEnd(6, "0"));
  const from = at([]) + microseconds;
  if (fraction !== "") return { from, to: from + 10 ** (6 - fraction.length) - 1 };
  // One more of the last component that is there, less a microsecond.
  return { from, to: at([...new Array(precise.length).fill(0), 1]) - 1 };
}
