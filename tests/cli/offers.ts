/**
 * What those have who make the offer of a server under test.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { OfferHost } from "../../cli/offer.ts";
import { ToolOutput } from "../../cli/output.ts";
import { serviceArguments, serviceOptions } from "../../cli/service_options.ts";
import type { ServiceOptions } from "../../cli/service_settings.ts";
import { ServiceTally } from "../../cli/service_tally.ts";
import type { StorageChoice } from "../../cli/storage_options.ts";
import type { ToolBench } from "./tool_bench.ts";

/** Makes it. */
export function offerHost(bench: ToolBench, change: Partial<OfferHost> = {}): OfferHost {
  const output = new ToolOutput("info", { json: false, noProgress: true }, bench.io);
  return {
    output,
    handlerLog: output.log,
    tally: new ServiceTally(),
    io: bench.io,
    timeouts: {},
    events: undefined,
    signal: new AbortController().signal,
    part: undefined,
    ...change,
  };
}

/** What becomes of instances when nothing is said but where they go. */
export function storageChoiceOf(change: Partial<StorageChoice> = {}): StorageChoice {
  return {
    handlers: [{ specifier: undefined, options: {} }],
    ignore: false,
    directory: undefined,
    files: { filename: undefined, onExist: undefined, durable: false, minimumFree: undefined },
    limits: {},
    sandbox: false,
    hosts: [],
    ...change,
  };
}

/** How a server serves by default, at port 104. */
export function serviceSettings(change: Partial<ServiceOptions> = {}): ServiceOptions {
  const result = serviceArguments("OWN").parse([]);
  assert.ok(result.success);
  return {
    ...serviceOptions(result.value, "OWN"),
    port: 104,
    acceptance: {},
    keepBroken: false,
    dataSetLimits: {},
    ...change,
  };
}
