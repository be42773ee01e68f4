import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import fc from "fast-check";
import { resolveInside, safeFileName } from "../../plugins/file_name.ts";

const hashOf = (value: string): string =>
  createHash("sha256").update(value).digest("hex").slice(0, 32);

const PLAIN = ["1", "0", "1.2.3", "1.2.840.10008.5.1.4.1.1.2", "2.25." + "9".repeat(59), "1.02.3"];

for (const uid of PLAIN) {
  Deno.test({
    name: `\`safeFileName()\` keeps ${uid} when it is a UID`,
    permissions: "none",
    fn() {
      assert.equal(safeFileName("", uid), uid);
      assert.equal(safeFileName("CT", uid), `CT.${uid}`);
    },
  });
}

/** A value, and the readable half of its name. */
const CHANGED: readonly (readonly [value: string, readable: string])[] = [
  ["../../../x", "_________x"],
  ["/etc/cron.d/x", "_etc_cron_d_x"],
  ["C:\\x", "C__x"],
  ["\\\\host\\share", "__host_share"],
  [".", "_"],
  ["..", "__"],
  ["", "_"],
  ["   ", "___"],
  ["1".repeat(65), "1".repeat(48)],
  ["1.".repeat(150), "1_".repeat(24)],
  ["x".repeat(4000), "x".repeat(48)],
  ["9".repeat(60_000), "9".repeat(48)],
  ["1.2\x003", "1_2_3"],
  ["1.2\x00", "1_2_"],
  ["1.2\n3", "1_2_3"],
  [";touch x", "_touch_x"],
  ["$(touch x)", "__touch_x_"],
  ["\x1b[2J", "__2J"],
  ["-rf", "_rf"],
  ["CON", "CON"],
  ["nul.txt", "nul_txt"],
  ["1.2.", "1_2_"],
  [".1.2", "_1_2"],
  ["1..2", "1__2"],
  ["1.2 ", "1_2_"],
  ["a:b", "a_b"],
  ["1.2.a", "1_2_a"],
  ["é日本", "___"],
  ["%2e%2e", "_2e_2e"],
];

for (const [value, readable] of CHANGED) {
  Deno.test({
    name: `\`safeFileName()\` changes ${JSON.stringify(value.slice(0, 20))}, which is no UID`,
    permissions: "none",
    fn() {
      assert.equal(safeFileName("", value), `${readable}-${hashOf(value)}`);
      assert.equal(safeFileName("UN", value), `UN.${readable}-${hashOf(value)}`);
    },
  });
}

Deno.test({
  name: "`safeFileName()` gives different names when values differ in case only",
  permissions: "none",
  fn() {
    const names = ["1.2.a", "1.2.A"].map((uid) => safeFileName("CT", uid).toLowerCase());
    assert.notEqual(names[0], names[1]);
  },
});

Deno.test({
  name: "`safeFileName()` never gives a dangerous name, nor one name to two values",
  permissions: "none",
  fn() {
    const reserved = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."01.-/\\:\0 aA"), maxLength: 70 }),
    );
    fc.assert(fc.property(value, value, fc.constantFrom("", "CT"), (left, right, prefix) => {
      const name = safeFileName(prefix, left);
      assert.match(name, /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/);
      assert(name.length <= 128 && !name.includes("..") && !reserved.test(name), name);
      assert.equal(resolveInside("root", name), join("root", name));
      const same = name.toLowerCase() === safeFileName(prefix, right).toLowerCase();
      assert.equal(same, left === right);
    }));
  },
});

for (const prefix of ["../", "C:", ".", "a b", "x".repeat(17)]) {
  Deno.test({
    name: `\`safeFileName()\` throws when the prefix is ${JSON.stringify(prefix)}`,
    permissions: "none",
    fn() {
      assert.throws(() => safeFileName(prefix, "1.2"), {
        name: "RangeError",
        message: `Cannot name a file: prefix ${JSON.stringify(prefix)} is not usable`,
      });
    },
  });
}

for (const component of ["", ".", "..", "a/b", "../x", "/x", "a\\b", "C:x", "a:b", "a\0b"]) {
  Deno.test({
    name: `\`resolveInside()\` throws when a component is ${JSON.stringify(component)}`,
    permissions: "none",
    fn() {
      for (const components of [[component], ["study", component, "1.2"]]) {
        assert.throws(() => resolveInside("root", ...components), {
          name: "RangeError",
          message: `Cannot name a file: component ${
            JSON.stringify(component)
          } leads outside its directory`,
        });
      }
    },
  });
}

Deno.test({
  name: "`resolveInside()` joins each level to the directory",
  permissions: "none",
  fn() {
    assert.equal(resolveInside("/data", "1.2", "1.2.3"), join("/data", "1.2", "1.2.3"));
    assert.equal(resolveInside(".", "..x"), "..x");
  },
});
