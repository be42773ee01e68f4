/**
 * Every table of what a hostile requestor sends, against the processes of storescp and qrscp.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Besieged } from "./besieged.ts";
import { REQUESTOR_TABLES } from "./requestor_tables.ts";

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
      for (const [name, , cases, prologue] of REQUESTOR_TABLES) {
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
