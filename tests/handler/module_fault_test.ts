import assert from "node:assert/strict";
import { HandlerError } from "../../lib/errors.ts";
import { handlerErrorOf, ModuleFault, reasonOf } from "../../lib/handler/module_fault.ts";

const HANDLER = { label: "./x.ts", url: "file:///x.ts" };

Deno.test({
  name: "`handlerErrorOf()` names the handler, and the module where it is another",
  permissions: "none",
  fn() {
    const own = new ModuleFault("there is no such file", HANDLER.url);
    const error = handlerErrorOf(own, HANDLER);
    assert.ok(error instanceof HandlerError);
    assert.equal(error.message, "Cannot load handler ./x.ts: there is no such file");
    assert.equal(error.url, "./x.ts");
    assert.equal(error.cause, own);
    assert.equal(
      handlerErrorOf(new ModuleFault("it is a directory", "file:///y"), HANDLER).message,
      "Cannot load handler ./x.ts, which imports file:///y: it is a directory",
    );
  },
});

const REASONS: readonly (readonly [error: unknown, reason: string])[] = [
  [new Error("no way"), "no way"],
  [new Error("no\n\n  way\t!"), "no way !"],
  ["thrown text", "thrown text"],
  [undefined, "undefined"],
  [new Error(""), "no reason is given"],
  [
    new SyntaxError(
      "SyntaxError: Expression expected\n  |\n1 | const a = ;\n  |    ~\n    at x.ts:1:4",
    ),
    "SyntaxError: Expression expected at x.ts:1:4",
  ],
  [
    new Error("not found\n  at \x1b[36mfile:///x.ts\x1b[0m:\x1b[33m1\x1b[0m"),
    "not found at file:///x.ts:1",
  ],
];

for (const [error, reason] of REASONS) {
  Deno.test({
    name: `\`reasonOf()\` says ${JSON.stringify(reason)}`,
    permissions: "none",
    fn: () => assert.equal(reasonOf(error), reason),
  });
}
