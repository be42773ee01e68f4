/**
 * Every table of what a hostile requestor sends, against the processes of storescp and qrscp.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  BEFORE_ASSOCIATION,
  OUT_OF_PLACE,
  PRESENTATION_CONTEXTS,
  REQUEST_FIELDS,
  USER_INFORMATION,
} from "./association_cases.ts";
import { Besieged } from "./besieged.ts";
import { BROKEN_DATA_SETS, HOSTILE_NAMES, ODD_DATA_SETS } from "./data_set_cases.ts";
import { ASSOCIATED } from "./exchange.ts";
import { COMMAND_SETS, PDVS } from "./message_cases.ts";

const FAMILIES = [
  ["before the association", BEFORE_ASSOCIATION, ""],
  ["fields of the request", REQUEST_FIELDS, ""],
  ["presentation contexts", PRESENTATION_CONTEXTS, ""],
  ["user information", USER_INFORMATION, ""],
  ["PDUs out of place", OUT_OF_PLACE, ASSOCIATED],
  ["PDVs", PDVS, ASSOCIATED],
  ["command sets", COMMAND_SETS, ASSOCIATED],
  ["broken data sets", BROKEN_DATA_SETS, ASSOCIATED],
  ["odd data sets", ODD_DATA_SETS, ASSOCIATED],
  ["hostile names", HOSTILE_NAMES, ASSOCIATED],
] as const;

const MEBIBYTE = 1024 * 1024;

/** What all small cases together may add: a few read buffers at a time, and what waits to be collected. */
const ROOM = 64 * MEBIBYTE;

const ignore = Deno.build.os !== "linux";

for (const tool of ["storescp", "qrscp"] as const) {
  Deno.test({
    name: `${tool} faces every table, serving a good peer beside, and keeps nothing`,
    ignore,
    async fn(t) {
      await using besieged = await Besieged.start(tool);
      const before = besieged.forgetPeak();
      for (const [name, cases, prologue] of FAMILIES) {
        const isWell = await t.step(name, async () => {
          for (const hostile of cases) await besieged.face(hostile, prologue);
        });
        // The good peer is out of step.
        if (!isWell) return;
      }
      assert.ok(besieged.peak < before + ROOM, `${before} bytes became ${besieged.peak}`);
      const { code, stderr } = await besieged.stop();
      assert.equal(code, 6, stderr);
      // One for an instance that is refused, one for an association that breaks off.
      const lines = stderr.match(/^[WE]: /gm)?.length ?? 0;
      assert.ok(lines <= 2 * besieged.attacks, `${lines} lines for ${besieged.attacks} attacks`);
      assert.doesNotMatch(stderr, /Refused undefined|NaN|\(\)/);
    },
  });
}
