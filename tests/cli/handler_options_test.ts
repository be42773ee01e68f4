import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import {
  chosenHandlers,
  type HandlerChoice,
  handlerOptions,
  mayCallOthers,
} from "../../cli/handler_options.ts";

function chosen(args: readonly string[]): HandlerChoice[] {
  const result = handlerOptions().parse(args);
  assert(result.success, JSON.stringify(result));
  return chosenHandlers(result.value, args);
}

const CHOICES: readonly (readonly [string, readonly HandlerChoice[]])[] = [
  ["", [{ specifier: undefined, options: {} }]],
  ["--handler-option on-exist=skip", [{ specifier: undefined, options: { "on-exist": ["skip"] } }]],
  ["--handler ignore", [{ specifier: "ignore", options: {} }]],
  ["--handler-option a=1 --handler ./x.ts --handler-option a=2 --handler-option b=", [
    { specifier: "./x.ts", options: { a: ["1", "2"], b: [""] } },
  ]],
  ["--handler=store --handler-option=a==1 --handler https://h/x?a=b --handler-option a=2", [
    { specifier: "store", options: { a: ["=1"] } },
    { specifier: "https://h/x?a=b", options: { a: ["2"] } },
  ]],
  ["--handler forward --handler-option to=A@h:1 --handler forward --handler-option to=B@h:2", [
    { specifier: "forward", options: { to: ["A@h:1"] } },
    { specifier: "forward", options: { to: ["B@h:2"] } },
  ]],
  ["--allow-handler-host --handler --handler store", [{ specifier: "store", options: {} }]],
  ["--handler store --handler-option __proto__=1", [
    { specifier: "store", options: Object.fromEntries([["__proto__", ["1"]]]) },
  ]],
];

for (const [args, expected] of CHOICES) {
  Deno.test(`chosenHandlers() of "${args}" gives each handler its options`, () => {
    assert.deepEqual(chosen(args.split(" ").filter((arg) => arg !== "")), expected);
  });
}

const REFUSED: readonly (readonly [string, RegExp])[] = [
  [
    "--handler store --handler-option skip",
    /Cannot use handler option "skip": it must be KEY=VALUE/,
  ],
  ["--handler store --handler-option =skip", /Cannot use handler option "=skip"/],
  [
    "--handler-option a=1 --handler store --handler ignore",
    /Cannot tell which handler "--handler-option a=1" is for: give it after its --handler/,
  ],
  [
    "--allow-handler-host --handler-option --handler store --handler ignore --handler-option a=1",
    /Cannot tell which handler/,
  ],
];

for (const [args, message] of REFUSED) {
  Deno.test(`chosenHandlers() refuses "${args}"`, () => {
    assert.throws(() => chosen(args.split(" ")), (error) => {
      assert(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test({
  name: "mayCallOthers() is so with a handler, or options of one",
  permissions: "none",
  fn: () => {
    for (
      const [line, may] of [
        ["", false],
        ["--sandbox", false],
        ["--handler forward", true],
        ["--handler-option to=A@tls:h:1", true],
      ] as const
    ) {
      const result = handlerOptions().parse(line.split(" ").filter((word) => word !== ""));
      assert(result.success, line);
      assert.equal(mayCallOthers(result.value), may, line);
    }
  },
});
