/**
 * Conversations of any PDUs in any order, some of them damaged, with both roles.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { GOLDEN_VECTORS } from "../../fixtures/standard/golden_vectors.ts";
import type { State } from "../../lib/association/state_machine.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { sampleRequest } from "../support/core_pair.ts";
import { mutate } from "./mutator.ts";
import { Random } from "./random.ts";
import { converse, POSSIBLE } from "./targets/conversation.ts";

const OPENING = { acceptor: "associateRequest", requestor: "associateAccept" } as const;

const PDUS = Object.values(GOLDEN_VECTORS).map((hex) => Uint8Array.fromHex(hex));
const [RELEASE, RELEASED] = [GOLDEN_VECTORS.releaseRequest, GOLDEN_VECTORS.releaseResponse]
  .map((hex) => Uint8Array.fromHex(hex));

/** What a peer may send once there is an association, its releases more often than the rest. */
const anyPdu = fc.constantFrom(...PDUS, ...[RELEASE, RELEASED].flatMap((one) => one ? [one] : []));

for (const role of ["acceptor", "requestor"] as const) {
  const opening = Uint8Array.fromHex(GOLDEN_VECTORS[OPENING[role]]);
  const stream = fc.tuple(
    fc.boolean(),
    fc.array(anyPdu, { maxLength: 6 }),
    fc.option(fc.nat(0xffff_ffff), { freq: 3 }),
  ).map(([isOpened, pdus, damage]) => {
    const bytes = concatBytes([...(isOpened ? [opening] : []), ...pdus]);
    return damage === null ? bytes : mutate(bytes, new Random(damage), opening, 4096);
  });

  Deno.test({
    name:
      `AssociationCore as ${role}: of any conversation the same is told and sent, however it is ` +
      "split, and every state of the role is passed through",
    permissions: "none",
    fn() {
      const passed = new Set<State>();
      fc.assert(
        fc.property(stream, fc.nat(0xffff_ffff), (bytes, control) => {
          const whole = converse(role, sampleRequest(), bytes, [Infinity], control);
          for (const lengths of [[1], new Random(control).splits(bytes.length)]) {
            const parts = converse(role, sampleRequest(), bytes, lengths, control);
            assert.deepEqual(parts.told, whole.told);
            assert.equal(parts.sent.toHex(), whole.sent.toHex());
          }
          for (const state of whole.states) passed.add(state);
        }),
        { numRuns: 1500, seed: 8 },
      );
      assert.deepEqual([...passed].sort(), [...POSSIBLE[role]].sort());
    },
  });
}
