import assert from "node:assert/strict";
import { type HandlerReport, reportHandler } from "../../build/handler_probe.ts";

const factory = (): object => ({});
const NOTHING = { env: [], run: [] };

const CASES: readonly (readonly [what: string, module: unknown, report: HandlerReport])[] = [
  ["a factory alone", { default: factory }, NOTHING],
  ["permissions for others", { default: factory, permissions: { net: ["a:1"] } }, NOTHING],
  [
    "permissions",
    { default: factory, permissions: { env: ["A", "B"], run: ["/usr/bin/gzip"] } },
    { env: ["A", "B"], run: ["/usr/bin/gzip"] },
  ],
  [
    "permissions by options",
    {
      default: factory,
      permissions: (options: Record<string, unknown>) => ({
        env: Object.keys(options),
        run: ["x"],
      }),
    },
    { env: [], run: ["x"] },
  ],
  [
    "no factory",
    { store: factory },
    { problem: "its default export is not a function that makes handlers", ...NOTHING },
  ],
  [
    "handlers instead of a factory",
    { default: { store: factory } },
    { problem: "its default export is not a function that makes handlers", ...NOTHING },
  ],
  [
    "permissions that are no object",
    { default: factory, permissions: "all" },
    { problem: "the permissions that it exports are no object", ...NOTHING },
  ],
  [
    "a permission that is no list",
    { default: factory, permissions: { run: "gzip" } },
    { problem: "the permission run is no list", ...NOTHING },
  ],
  [
    "a permission that would be more than one",
    { default: factory, permissions: { env: ["A,B"] } },
    { problem: "the permission env has a value that is no name: A,B", ...NOTHING },
  ],
  [
    "a permission that would be all",
    { default: factory, permissions: { env: [""] } },
    { problem: "the permission env has a value that is no name: ", ...NOTHING },
  ],
];

for (const [what, module, report] of CASES) {
  Deno.test({
    name: `reportHandler() of a module with ${what}`,
    permissions: "none",
    fn: async () => {
      assert.deepEqual(await reportHandler(() => Promise.resolve(module)), report);
    },
  });
}

Deno.test("reportHandler() says why a module does not load", async () => {
  const report = await reportHandler(() => Promise.reject(new Error("no such module")));
  assert.deepEqual(report, { problem: "no such module", ...NOTHING });
});
