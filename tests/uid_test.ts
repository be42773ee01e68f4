import assert from "node:assert/strict";
import {
  generateUid,
  IMPLEMENTATION_CLASS_UID,
  IMPLEMENTATION_VERSION_NAME,
  isValidUid,
  MAXIMUM_UID_LENGTH,
} from "../lib/uid.ts";

const VALIDITY: readonly [text: string, isValid: boolean, why: string][] = [
  ["1.2.840.10008.1.1", true, "it is a UID"],
  ["0.0", true, "a component may be 0"],
  ["1.0.3", true, "a component may be 0 in the middle"],
  ["2.25.329800735698586629295641978511506172918", true, "components may be long"],
  [`1.${"2".repeat(62)}`, true, "it has 64 characters"],
  [`1.${"2".repeat(63)}`, false, "it has 65 characters"],
  ["", false, "it is empty"],
  ["1", false, "it has one component"],
  ["1.", false, "it ends in a dot"],
  [".1", false, "it starts with a dot"],
  ["1..2", false, "a component is empty"],
  ["1.02", false, "a component starts with 0"],
  ["00.1", false, "the first component starts with 0"],
  ["1.2 ", false, "it has a space after it"],
  [" 1.2", false, "it has a space before it"],
  ["1.2\0", false, "it has a NUL after it"],
  ["1.2\0.3", false, "it has a NUL inside"],
  ["1.2\n", false, "it has a line feed after it"],
  ["1.2.a", false, "it has a letter"],
  ["1.-2", false, "it has a sign"],
  ["1.٢", false, "it has a digit outside ASCII"],
  ["../1", false, "it is a path"],
];

for (const [text, isValid, why] of VALIDITY) {
  Deno.test({
    name: `isValidUid() ${isValid ? "takes" : "refuses"} ${JSON.stringify(text)}: ${why}`,
    permissions: "none",
    fn: () => assert.equal(isValidUid(text), isValid),
  });
}

Deno.test({
  name: "isValidUid() refuses a megabyte of digits at once",
  permissions: "none",
  fn: () => assert.equal(isValidUid("1.".repeat(500_000) + "1"), false),
});

Deno.test({
  name: "generateUid() makes valid UIDs under 2.25 that all differ",
  permissions: "none",
  fn() {
    const uids = Array.from({ length: 1000 }, generateUid);
    assert.equal(new Set(uids).size, uids.length);
    for (const uid of uids) {
      assert.ok(isValidUid(uid), uid);
      assert.match(uid, /^2\.25\.[0-9]{30,39}$/);
    }
  },
});

Deno.test({
  name: "generateUid() writes the 128 bits of a version 4 UUID",
  permissions: "none",
  fn() {
    const value = BigInt(generateUid().slice("2.25.".length));
    assert.equal(value >> 76n & 0xfn, 4n);
    assert.equal(value >> 62n & 0x3n, 2n);
    assert.ok(value < 1n << 128n);
  },
});

Deno.test({
  name: "IMPLEMENTATION_CLASS_UID and IMPLEMENTATION_VERSION_NAME fit their sub-items",
  permissions: "none",
  fn() {
    assert.ok(isValidUid(IMPLEMENTATION_CLASS_UID));
    assert.ok(IMPLEMENTATION_CLASS_UID.length <= MAXIMUM_UID_LENGTH);
    assert.match(IMPLEMENTATION_VERSION_NAME, /^[\x20-\x7e]{1,16}$/);
  },
});
