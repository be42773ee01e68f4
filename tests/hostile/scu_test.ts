/**
 * What a hostile server sends to any of the tools that call it, and what they make of it.
 *
 * @module
 */

import {
  INSTEAD_OF_ACCEPTANCE,
  INSTEAD_OF_RESPONSE,
  SILENCES,
  STRANGE_ACCEPTANCES,
} from "./scu_cases.ts";
import { meet, ScuArea, SCUS } from "./scu_bench.ts";

for (const scu of SCUS) {
  for (
    const [name, cases] of [
      ["in place of the acceptance", INSTEAD_OF_ACCEPTANCE],
      ["strange acceptances", STRANGE_ACCEPTANCES],
      ["in place of the response", INSTEAD_OF_RESPONSE],
      ["silence", SILENCES],
    ] as const
  ) {
    Deno.test(`${scu.tool} faces a hostile server: ${name}`, async () => {
      await using area = await ScuArea.make();
      for (const server of cases) await meet(scu, server, area);
    });
  }
}
