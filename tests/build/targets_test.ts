import assert from "node:assert/strict";
import { hostTarget, isExecutableOf, MAGIC_LENGTH, TARGETS } from "../../build/targets.ts";

Deno.test("TARGETS are Linux and macOS on two processors, and Windows", () => {
  assert.deepEqual(TARGETS.map(({ name, suffix }) => name + suffix), [
    "linux-x64",
    "linux-arm64",
    "macos-x64",
    "macos-arm64",
    "windows-x64.exe",
  ]);
});

Deno.test("hostTarget() knows this computer, and says when there are no executables for it", () => {
  const target = hostTarget();
  assert.ok(target, Deno.build.target);
  assert.equal(target.triple, Deno.build.target);
  assert.equal(hostTarget("riscv64-unknown-linux-gnu"), undefined);
});

Deno.test("isExecutableOf() knows this computer's executables from those of others", async () => {
  using file = await Deno.open(Deno.execPath());
  const head = new Uint8Array(MAGIC_LENGTH);
  await file.read(head);
  const fitting = TARGETS.filter((target) => isExecutableOf(head, target));
  assert.deepEqual(fitting, [hostTarget()]);
});

Deno.test("isExecutableOf() takes nothing short for an executable", () => {
  for (const target of TARGETS) {
    assert.equal(isExecutableOf(new Uint8Array(0), target), false);
    assert.equal(isExecutableOf(new TextEncoder().encode("#!/bin/sh\n"), target), false);
  }
});
