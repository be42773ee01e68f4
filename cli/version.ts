/**
 * The version that the tools print.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

/** The version of the package. */
export const VERSION: string = config.version;
