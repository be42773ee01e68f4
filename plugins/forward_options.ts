/**
 * The options of the forwarding handler, as the command line gives them.
 *
 * @module
 */

import type { HandlerContext } from "../lib/handler/handler.ts";
import { parseAeTitle, parseDestination } from "./forward_destination.ts";

/** How the forwarding handler forwards. */
export interface ForwardOptions {
  /**
   * Whom to send to: `AET@host:port`, with an IPv6 address in brackets; by TLS `AET@tls:host:port`.
   */
  readonly to: string;
  /** The AE title that calls. Default: that of whoever sent the instance. */
  readonly callingAeTitle?: string;
  /**
   * How many associations may stand at once. Default 10; further instances wait. For a destination that
   * serves one association after the other: 1.
   */
  readonly maximumAssociations?: number;
  /** How long an association may take to come, in milliseconds. Default 30 s. */
  readonly timeout?: number;
  /**
   * How long an association without anything to do is kept, in milliseconds. Default 10 s. The host
   * may end it earlier.
   */
  readonly idleTime?: number;
  /**
   * Whether an uncompressed data set is converted where the destination takes only another
   * uncompressed transfer syntax. Default: it is.
   */
  readonly convert?: boolean;
}

/**
 * Reads the options of the command line: `to`, `calling-aet`, `max-associations`, `timeout` and
 * `idle-time` in seconds, and `convert`.
 *
 * @param options All values of each.
 * @returns The options.
 * @throws {TypeError} When one is missing, unknown, given twice, or has a value that it cannot have.
 *
 * @example
 * ```ts
 * import { parseForwardOptions } from "./forward_options.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseForwardOptions({ to: ["PACS@10.0.0.5:104"], timeout: ["5"] }), {
 *   to: "PACS@10.0.0.5:104",
 *   timeout: 5000,
 * });
 * ```
 */
export function parseForwardOptions(options: HandlerContext["options"]): ForwardOptions {
  const given: { -readonly [key in keyof ForwardOptions]: ForwardOptions[key] } = { to: "" };
  for (const [key, values] of Object.entries(options)) {
    const [value, ...others] = values;
    if (value === undefined) continue;
    if (others.length > 0) throw wrong(key, `it is given ${values.length} times`);
    switch (key) {
      case "to":
        parseDestination(value);
        given.to = value;
        break;
      case "calling-aet":
        given.callingAeTitle = parseAeTitle(value);
        break;
      case "max-associations":
        given.maximumAssociations = parseNumber(key, value, /^[1-9][0-9]{0,3}$/, "from 1 to 9999");
        break;
      case "timeout":
        given.timeout = 1000 * parseNumber(key, value, SECONDS, "of seconds above 0");
        if (given.timeout === 0) throw wrong(key, "it is 0");
        break;
      case "idle-time":
        given.idleTime = 1000 * parseNumber(key, value, SECONDS, "of seconds");
        break;
      case "convert":
        if (value !== "true" && value !== "false") {
          throw wrong(key, `${JSON.stringify(value)} is none of true, false`);
        }
        given.convert = value === "true";
        break;
      default:
        throw wrong(key, `the options of forward are ${KEYS}`);
    }
  }
  if (given.to === "") {
    throw new TypeError("Cannot forward: the handler option to=AET@host:port is missing");
  }
  return given;
}

function parseNumber(key: string, value: string, form: RegExp, what: string): number {
  if (!form.test(value)) throw wrong(key, `${JSON.stringify(value)} is not a number ${what}`);
  return Number(value);
}

function wrong(key: string, why: string): TypeError {
  return new TypeError(`Cannot use handler option ${key}: ${why}`);
}

const SECONDS = /^[0-9]{1,5}(?:\.[0-9]{1,3})?$/;
const KEYS = "to, calling-aet, max-associations, timeout, idle-time, convert";
