/**
 * What must hold of every input, for a few thousand of them: `deno task fuzz` looks at more.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../../lib/transfer_syntax.ts";
import { builtInCorpus, certificateCorpus } from "./corpus.ts";
import { type Finding, fuzz, weighed } from "./fuzzer.ts";
import { PURE_TARGETS } from "./targets.ts";

const SEED = 20;
const CORPUS = [...builtInCorpus(), ...certificateCorpus()];

for (const target of PURE_TARGETS) {
  Deno.test({
    name: `${target.name}: the corpus, and what mutation makes of it, does nothing undocumented`,
    permissions: "none",
    async fn() {
      const findings: Finding[] = [];
      const { executions } = await fuzz({
        target: weighed(target),
        seeds: CORPUS,
        seed: SEED,
        deadline: Infinity,
        executions: 400,
        onFinding: (finding) => void findings.push(finding),
      });
      assert.deepEqual(findings, []);
      assert.equal(executions, 400);
    },
  });

  Deno.test({
    name: `${target.name}: any bytes do nothing undocumented`,
    permissions: "none",
    fn() {
      const property = fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(0xffff_ffff),
        fc.constantFrom(...UNCOMPRESSED_TRANSFER_SYNTAXES),
        (bytes, control, variant) => void target.run({ bytes, control, variant }),
      );
      fc.assert(property, { numRuns: 200, seed: SEED });
    },
  });
}
