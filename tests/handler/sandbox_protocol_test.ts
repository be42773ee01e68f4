import assert from "node:assert/strict";
import { errorData, errorOf } from "../../lib/handler/sandbox_protocol.ts";

/** What may be thrown, and what crosses the border of it. */
const THROWN:
  readonly (readonly [thrown: unknown, name: string, message: string, status?: number])[] = [
    [new RangeError("too long"), "RangeError", "too long"],
    [Object.assign(new Error("full"), { status: 0xa700 }), "Error", "full", 0xa700],
    [Object.assign(new Error("odd"), { status: "0xa700" }), "Error", "odd"],
    [new DOMException("stopped", "AbortError"), "AbortError", "stopped"],
    [{ status: 0xa900 }, "Error", "", 0xa900],
    ["text", "Error", "text"],
    [undefined, "Error", "undefined"],
    [null, "Error", "null"],
  ];

for (const [thrown, name, message, status] of THROWN) {
  Deno.test({
    name: `an error crosses the border: ${Deno.inspect(thrown).split("\n")[0]}`,
    permissions: "none",
    fn() {
      const data = structuredClone(errorData(thrown));
      const error = errorOf(data);
      assert.ok(error instanceof Error);
      assert.deepEqual([error.name, error.message, Reflect.get(error, "status")], [
        ...[name, message, status],
      ]);
      assert.equal("status" in error, status !== undefined);
    },
  });
}
