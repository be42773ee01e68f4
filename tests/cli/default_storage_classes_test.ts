import assert from "node:assert/strict";
import { DEFAULT_STORAGE_CLASSES } from "../../cli/default_storage_classes.ts";
import { sopClass } from "../../lib/sop_class.ts";
import { isValidUid } from "../../lib/uid.ts";

Deno.test({
  name: "`DEFAULT_STORAGE_CLASSES` are 120 UIDs, each once, in the order of pynetdicom",
  permissions: "none",
  fn: () => {
    assert.equal(new Set(DEFAULT_STORAGE_CLASSES).size, 120);
    assert.ok(DEFAULT_STORAGE_CLASSES.every(isValidUid));
    assert.deepEqual(DEFAULT_STORAGE_CLASSES, [...DEFAULT_STORAGE_CLASSES].sort());
    const unknown = DEFAULT_STORAGE_CLASSES.filter((uid) => sopClass(uid) === undefined);
    assert.deepEqual(unknown, []);
  },
});
