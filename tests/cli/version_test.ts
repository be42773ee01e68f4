import assert from "node:assert/strict";
import { VERSION } from "../../cli/version.ts";

Deno.test({
  name: "VERSION is a semantic version",
  permissions: "none",
  fn: () => assert.match(VERSION, /^\d+\.\d+\.\d+(?:-[0-9a-z.]+)?$/),
});
