import assert from "node:assert/strict";
import { encodingOf } from "../../lib/data_set/encoding.ts";
import { formatTag } from "../../lib/data_set/tag.ts";
import {
  isDataSetGroup,
  Walker,
  type WalkOptions,
  type WalkSink,
} from "../../lib/data_set/walker.ts";
import { BROKEN, bytesOf, SOUND } from "./data_set_cases.ts";

const ELE = "1.2.840.10008.1.2.1";

// Sound and broken structures are in the tables that decoder and scanner are tested with.
Deno.test({
  name: "`Walker` tells the sink what begins and ends, in order",
  permissions: "none",
  fn: () => {
    const hex = "08004011 5351 0000 ffffffff" +
      "feff00e0 0a000000" + "08005511 5549 0200 3100" + "feff00e0 00000000" +
      "feffdde0 00000000" +
      "e07f1000 4f42 0000 ffffffff" + "feff00e0 02000000 ffd8" + "feffdde0 00000000";
    const expected = [
      "(0008,1140) SQ 4294967295 at 0",
      "open sequence",
      "open item",
      "(0008,1155) UI 2 at 1",
      "value 3100",
      "close item",
      "open item",
      "close item",
      "close sequence",
      "(7FE0,0010) OB 4294967295 at 0",
      "open fragments",
      "(FFFE,E000) OB 2 at 0",
      "value ffd8",
      "close fragments",
    ];
    const bytes = bytesOf(hex);
    for (let size = 1; size <= bytes.length; size++) {
      assert.deepEqual(walk(hex, ELE, size), expected);
    }
  },
});

Deno.test({
  name: "`Walker` tells the same of a data set in pieces of any size",
  permissions: "none",
  fn: () => {
    for (const { hex, syntax } of SOUND) {
      if (encodingOf(syntax).deflated) continue;
      const whole = walk(hex, syntax, Infinity);
      for (const size of [1, 2, 3, 5, 7, 8, 9, 11, 12, 13]) {
        assert.deepEqual(walk(hex, syntax, size), whole);
      }
    }
  },
});

Deno.test({
  name: "`Walker` closes whatever it opened when it comes to a sound end",
  permissions: "none",
  fn: () => {
    for (const { hex, syntax } of SOUND) {
      if (encodingOf(syntax).deflated) continue;
      const told = walk(hex, syntax, Infinity);
      const opened = told.filter((line) => line.startsWith("open")).length;
      assert.equal(told.filter((line) => line.startsWith("close")).length, opened);
    }
  },
});

Deno.test({
  name: "`Walker` with a known length refuses what is too long at its header",
  permissions: "none",
  fn: () => {
    for (const { hex, syntax, scanner, message } of BROKEN) {
      const length = bytesOf(hex).length;
      // Byte by byte: the message does not depend on what is there, but on what was announced.
      if (scanner === undefined) continue;
      assert.throws(() => walk(hex, syntax, 1, { length }), { message });
    }
  },
});

Deno.test({
  name: "`Walker` stops before a tag, and passes over nothing more",
  permissions: "none",
  fn: () => {
    const told: string[] = [];
    const walker = new Walker(encodingOf(ELE), recorder(told), { stopBefore: 0x00100000 });
    walker.push(bytesOf("08005000 5348 0200 3220" + "10002000 4c4f 0200"));
    assert.equal(walker.stopped, true);
    assert.equal(walker.walked, 10);
    walker.push(bytesOf("ffffffff ffffffff"));
    walker.finish();
    assert.deepEqual(told, ["(0008,0050) SH 2 at 0", "value 3220"]);
  },
});

Deno.test({
  name: "`Walker` shows values that were not wanted as they pass, in the order of the data set",
  permissions: "none",
  fn: () => {
    // The pixel representation, which the walker reads for itself, and a value in a disguised sequence.
    const bytes = bytesOf(
      "00280103 5553 0002 0001" + "00280106 5553 0004 01020304" + "00280107 5553 0000" +
        "00091010 554e 0000 ffffffff feff00e0 0a000000 28001000 02000000 0506 feffdde0 00000000",
    );
    for (const size of [1, 3, bytes.length]) {
      const shown: string[] = [];
      const walker = new Walker(encodingOf("1.2.840.10008.1.2.2"), {
        element: (tag) => tag === 0x00280107,
        value: (tag, _vr, value) => shown.push(`${formatTag(tag)} ${value.length}`),
        part: (part, littleEndian) => {
          for (const byte of part) shown.push(`${byte}${littleEndian ? " little" : ""}`);
        },
        open: () => {},
        close: () => {},
      });
      for (let at = 0; at < bytes.length; at += size) walker.push(bytes.subarray(at, at + size));
      walker.finish();
      const big = ["0", "1", "1", "2", "3", "4", "(0028,0107) 0"];
      assert.deepEqual(shown, [...big, "5 little", "6 little"]);
    }
  },
});

Deno.test({
  name: "`isDataSetGroup()` leaves out command, file meta information, items and FFFF",
  permissions: "none",
  fn: () => {
    const groups = [0x0000, 0x0001, 0x0002, 0x0003, 0x0004, 0x0008, 0x7fe0, 0xfffc, 0xfffe, 0xffff];
    assert.deepEqual(groups.filter(isDataSetGroup), [1, 3, 4, 8, 0x7fe0, 0xfffc]);
  },
});

function walk(hex: string, syntax: string, size: number, options: WalkOptions = {}): string[] {
  const told: string[] = [];
  const bytes = bytesOf(hex);
  const walker = new Walker(encodingOf(syntax), recorder(told), options);
  for (let at = 0; at < bytes.length; at += size) walker.push(bytes.subarray(at, at + size));
  walker.finish();
  return told;
}

function recorder(told: string[]): WalkSink {
  return {
    element: (tag, vr, length, depth) => {
      told.push(`${formatTag(tag)} ${vr} ${length} at ${depth}`);
      return true;
    },
    value: (_tag, _vr, bytes) => told.push(`value ${bytes.toHex()}`),
    open: (kind) => told.push(`open ${kind}`),
    close: (kind) => told.push(`close ${kind}`),
  };
}
