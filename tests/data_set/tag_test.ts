import assert from "node:assert/strict";
import fc from "fast-check";
import { elementOf, formatTag, groupOf, isPrivateTag, tagOf } from "../../lib/data_set/tag.ts";

const CASES: readonly (readonly [
  group: number,
  element: number,
  tag: number,
  isPrivate: boolean,
  text: string,
])[] = [
  [0x0000, 0x0000, 0x00000000, false, "(0000,0000)"],
  [0x0008, 0x0018, 0x00080018, false, "(0008,0018)"],
  [0x0009, 0x1001, 0x00091001, true, "(0009,1001)"],
  [0x300a, 0x00b0, 0x300a00b0, false, "(300A,00B0)"],
  [0x7fe0, 0x0010, 0x7fe00010, false, "(7FE0,0010)"],
  // From group 8000H on, 32-bit operators would give negative numbers.
  [0x8000, 0x0000, 0x80000000, false, "(8000,0000)"],
  [0xfffe, 0xe00d, 0xfffee00d, false, "(FFFE,E00D)"],
  [0xffff, 0xffff, 0xffffffff, true, "(FFFF,FFFF)"],
];

Deno.test("tags are numbers GGGGEEEE, also beyond 31 bits", () => {
  for (const [group, element, tag, isPrivate, text] of CASES) {
    assert.equal(tagOf(group, element), tag, text);
    assert.equal(groupOf(tag), group, text);
    assert.equal(elementOf(tag), element, text);
    assert.equal(isPrivateTag(tag), isPrivate, text);
    assert.equal(formatTag(tag), text);
  }
});

Deno.test("`groupOf()` and `elementOf()` take apart what `tagOf()` puts together", () => {
  const half = fc.integer({ min: 0, max: 0xffff });
  fc.assert(fc.property(half, half, (group, element) => {
    const tag = tagOf(group, element);
    assert.ok(tag >= 0);
    assert.deepEqual([groupOf(tag), elementOf(tag)], [group, element]);
    assert.equal(isPrivateTag(tag), group % 2 === 1);
  }));
});
