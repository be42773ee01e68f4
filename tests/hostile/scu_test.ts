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
  TALKATIVE_ACCEPTANCES,
} from "./scu_cases.ts";
import { meet, ScuArea, SCUS } from "./scu_bench.ts";
import { SERVICE_CASES } from "./scu_service_cases.ts";

for (const scu of SCUS) {
  for (
    const [name, cases] of [
      ["in place of the acceptance", INSTEAD_OF_ACCEPTANCE],
      ["strange acceptances", STRANGE_ACCEPTANCES],
      ["talkative acceptances", TALKATIVE_ACCEPTANCES],
      ["in place of the response", INSTEAD_OF_RESPONSE],
      ["silence", SILENCES],
    ] as const
  ) {
    Deno.test(`${scu.tool} faces a hostile server: ${name}`, async () => {
      await using area = await ScuArea.make();
      for (const server of cases) {
        await meet(scu, server, area);
        await meet(scu, server, area, true);
      }
    });
  }
}

for (const scu of SCUS) {
  Deno.test(`${scu.tool} faces a hostile server of its service`, async () => {
    await using area = await ScuArea.make();
    for (const [whom, server] of SERVICE_CASES) {
      if (whom === scu) await meet(scu, server, area);
    }
  });
}
