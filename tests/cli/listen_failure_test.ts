import assert from "node:assert/strict";
import { describeListenFailure } from "../../cli/listen_failure.ts";
import { ConnectionError } from "../../lib/errors.ts";

const CASES: readonly (readonly [cause: unknown, port: number, advice: RegExp])[] = [
  [new Deno.errors.AddrInUse(), 104, /^Cannot listen; stop the program that has it, or/],
  [new Deno.errors.AddrNotAvailable(), 104, /^Cannot listen; give an address of this computer/],
  [new Deno.errors.PermissionDenied(), 104, /^Cannot listen; ports below 1024 .*CAP_NET_BIND/],
  [new Deno.errors.PermissionDenied(), 11112, /^Cannot listen$/],
  [new Deno.errors.NotCapable(), 104, /^Cannot listen$/],
  [undefined, 104, /^Cannot listen$/],
];

for (const [cause, port, advice] of CASES) {
  const name = cause instanceof Error ? cause.name : "no cause";
  Deno.test({
    name: `describeListenFailure() has a word for ${name} at port ${port}`,
    permissions: "none",
    fn: () => {
      const sentence = describeListenFailure(new ConnectionError("Cannot listen", { cause }), port);
      assert.match(sentence, advice);
    },
  });
}
