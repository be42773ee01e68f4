import assert from "node:assert/strict";
import { DemoError } from "../../../build/demo/failure.ts";

Deno.test("DemoError has its name and message", { permissions: "none" }, () => {
  const error = new DemoError("echoscu ended with exit code 3");
  assert.equal(String(error), "DemoError: echoscu ended with exit code 3");
});
