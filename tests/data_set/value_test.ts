import assert from "node:assert/strict";
import fc from "fast-check";
import { DataSetError } from "../../lib/errors.ts";
import {
  decodeNumbers,
  decodeStrings,
  encodeNumbers,
  encodeStrings,
} from "../../lib/data_set/value.ts";
import type { Vr } from "../../lib/data_set/vr.ts";
import { raw } from "./character_set_cases.ts";

const DECODED: [vr: Vr, bytes: string, values: string[]][] = [
  ["AE", " MOVE SCP ", ["MOVE SCP"]],
  ["AS", "045Y", ["045Y"]],
  ["CS", "ORIGINAL\\PRIMARY ", ["ORIGINAL", "PRIMARY"]],
  ["CS", " A \\ B ", ["A", "B"]],
  ["DA", "20240101 ", ["20240101"]],
  ["DS", " 1.50\\-2 ", ["1.50", "-2"]],
  ["IS", "+5 ", ["+5"]],
  ["LO", " ACME  ", ["ACME"]],
  ["LO", "a\\\\b", ["a", "", "b"]],
  ["LO", "\\", ["", ""]],
  ["LT", "  two\\lines \r\n ", ["  two\\lines \r\n"]],
  ["PN", " Doe^John ", [" Doe^John"]],
  ["SH", " 1 ", ["1"]],
  ["ST", " a\\b ", [" a\\b"]],
  ["TM", "1200 ", ["1200"]],
  ["UC", " a \\b ", [" a", "b"]],
  ["UI", "1.2.3\0", ["1.2.3"]],
  ["UI", "1.2.3 ", ["1.2.3"]],
  ["UI", "1.2\\1.3\0", ["1.2", "1.3"]],
  ["UR", "http://a/?b\\c ", ["http://a/?b\\c"]],
  ["UT", " a ", [" a"]],
  ["LO", "  ", []],
  ["UI", "\0\0", []],
  ["PN", "", []],
  ["US", "\x00\x02\x01\x00", ["512", "1"]],
  ["SS", "\xff\xff", ["-1"]],
  ["UL", "\xff\xff\xff\xff", ["4294967295"]],
  ["SL", "\xff\xff\xff\xff", ["-1"]],
  ["UV", "\xff\xff\xff\xff\xff\xff\xff\xff", ["18446744073709551615"]],
  ["SV", "\xff\xff\xff\xff\xff\xff\xff\xff", ["-1"]],
  ["FL", "\xcd\xcc\xcc\x3d", ["0.1"]],
  ["FL", "\x00\x00\x80\x7f", ["Infinity"]],
  ["FD", "\x9a\x99\x99\x99\x99\x99\xb9\x3f", ["0.1"]],
  ["AT", "\x0a\x30\xb0\x00", ["300A00B0"]],
  ["OB", "\x00\xff\x0a", ["00FF0A"]],
  ["UN", "AB", ["4142"]],
  ["US", "\x01\x00\x02", ["1"]],
  ["US", "\x01", []],
  ["SQ", "\x00\x00", []],
];

for (const [vr, bytes, values] of DECODED) {
  Deno.test({
    name: `decodeStrings() reads ${vr} ${JSON.stringify(bytes)}`,
    permissions: "none",
    fn: () => assert.deepEqual(decodeStrings(vr, raw(bytes), []), values),
  });
}

Deno.test({
  name: "decodeStrings() splits after decoding, so that a backslash byte may be half a character",
  permissions: "none",
  fn() {
    assert.deepEqual(decodeStrings("LO", raw("\x81\x5c\\b "), ["GBK"]), ["乗", "b"]);
    assert.deepEqual(decodeStrings("PN", raw("\x83\x5c^a\\b "), ["ISO_IR 13"]), ["ソ^a", "b"]);
  },
});

Deno.test({
  name: "decodeStrings() applies the character set only to the VRs that it is for",
  permissions: "none",
  fn() {
    for (const vr of ["LO", "LT", "PN", "SH", "ST", "UC", "UT"] as const) {
      assert.deepEqual(decodeStrings(vr, raw("\xe9"), ["ISO_IR 100"]), ["é"], vr);
    }
    for (const vr of ["AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"] as const) {
      assert.deepEqual(decodeStrings(vr, raw("\xe9"), ["ISO_IR 100"]), ["\ufffd"], vr);
    }
  },
});

Deno.test({
  name: "decodeStrings() reads numbers of a view that is not aligned",
  permissions: "none",
  fn() {
    const bytes = Uint8Array.of(9, 0, 2, 9).subarray(1, 3);
    assert.deepEqual(decodeStrings("US", bytes, []), ["512"]);
  },
});

const NUMBERS: [vr: Vr, bytes: string, values: (number | bigint)[]][] = [
  ["US", "\x00\x02\x01\x00", [512, 1]],
  ["SS", "\xfe\xff", [-2]],
  ["UL", "\x00\x00\x00\x80", [2147483648]],
  ["SL", "\x00\x00\x00\x80", [-2147483648]],
  ["UV", "\x00\x00\x00\x00\x00\x00\x00\x80", [9223372036854775808n]],
  ["SV", "\x00\x00\x00\x00\x00\x00\x00\x80", [-9223372036854775808n]],
  ["FL", "\x00\x00\xc0\x3f", [1.5]],
  ["FD", "\x00\x00\x00\x00\x00\x00\xf8\xbf", [-1.5]],
  ["AT", "\x10\x00\x20\x00", [0x00100020]],
  ["IS", "12\\-3 ", [12, -3]],
  ["DS", "1.5e2\\.5\\5.\\\\-0", [150, 0.5, 5, NaN, -0]],
  ["US", "", []],
];

for (const [vr, bytes, values] of NUMBERS) {
  Deno.test({
    name: `decodeNumbers() reads ${vr} ${JSON.stringify(bytes)}`,
    permissions: "none",
    fn: () => assert.deepEqual(decodeNumbers(vr, raw(bytes)), values),
  });
}

const NO_NUMBERS: [vr: Vr, bytes: string, message: string][] = [
  ["US", "abc", "Cannot read US values: 3 bytes are not a multiple of 2"],
  ["FD", "abcd", "Cannot read FD values: 4 bytes are not a multiple of 8"],
  ["IS", "abc ", 'Cannot read IS value "abc": it is not a decimal number'],
  ["DS", "0x10", 'Cannot read DS value "0x10": it is not a decimal number'],
  ["LO", "12", "Cannot read a value as numbers: its VR is LO"],
];

for (const [vr, bytes, message] of NO_NUMBERS) {
  Deno.test({
    name: `decodeNumbers() refuses ${vr} ${JSON.stringify(bytes)}`,
    permissions: "none",
    fn() {
      assert.throws(
        () => decodeNumbers(vr, raw(bytes)),
        (error) => error instanceof DataSetError && error.message === message,
      );
    },
  });
}

const ENCODED: [vr: Vr, values: string[], bytes: string][] = [
  ["CS", ["CT"], "CT"],
  ["CS", ["A", "BC"], "A\\BC"],
  ["LO", ["a"], "a "],
  ["UI", ["1.2.3"], "1.2.3\0"],
  ["LT", ["a\\b"], "a\\b "],
  ["LO", ["a", "", "b"], "a\\\\b"],
  ["DA", ["20240101-"], "20240101- "],
  ["IS", ["-12"], "-12 "],
  ["IS", ["2147483647"], "2147483647"],
  ["DS", ["1.50"], "1.50"],
  ["DS", ["", "2"], "\\2"],
  ["US", ["512", " 0x10 "], "\x00\x02\x10\x00"],
  ["SS", ["-1"], "\xff\xff"],
  ["UL", ["4294967295"], "\xff\xff\xff\xff"],
  ["SL", ["-1"], "\xff\xff\xff\xff"],
  ["UV", ["18446744073709551615"], "\xff\xff\xff\xff\xff\xff\xff\xff"],
  ["SV", ["-9223372036854775808"], "\x00\x00\x00\x00\x00\x00\x00\x80"],
  ["FL", ["1.5"], "\x00\x00\xc0\x3f"],
  ["FD", ["-1.5"], "\x00\x00\x00\x00\x00\x00\xf8\xbf"],
  ["FD", ["Infinity"], "\x00\x00\x00\x00\x00\x00\xf0\x7f"],
  [
    "AT",
    ["300A00B0", "(0010, 0020)", "0010,0010"],
    "\x0a\x30\xb0\x00\x10\x00\x20\x00\x10\x00\x10\x00",
  ],
  ["OB", ["00 ff 0A"], "\x00\xff\x0a\x00"],
  ["OW", ["00FFEA08"], "\x00\xff\xea\x08"],
  ["UN", ["0a0b"], "\x0a\x0b"],
  ["PN", [], ""],
];

for (const [vr, values, bytes] of ENCODED) {
  Deno.test({
    name: `encodeStrings() writes ${vr} ${JSON.stringify(values)}`,
    permissions: "none",
    fn: () => assert.deepEqual(encodeStrings(vr, values, []), raw(bytes)),
  });
}

const REFUSED: [vr: Vr, values: string[], type: ErrorConstructor, message: string][] = [
  ["SQ", ["a"], TypeError, "Cannot encode text as SQ: a sequence holds items"],
  ["LT", ["a", "b"], TypeError, "Cannot encode 2 values: LT has a single value"],
  ["LO", ["a\\b"], TypeError, 'Cannot encode "a\\b" as LO: a backslash separates values'],
  ["IS", ["1.5"], TypeError, 'Cannot encode "1.5" as IS: not an integer'],
  [
    "IS",
    ["2147483648"],
    RangeError,
    "Cannot encode 2147483648 as IS: the range is -2147483648 to 2147483647",
  ],
  ["DS", ["abc"], TypeError, 'Cannot encode "abc" as DS: it is not a decimal number'],
  [
    "DS",
    ["1.2345678901234567"],
    RangeError,
    'Cannot encode "1.2345678901234567" as DS: it has more than 16 characters',
  ],
  ["US", ["1.5"], TypeError, 'Cannot encode "1.5" as US: it is not an integer'],
  ["US", ["65536"], RangeError, "Cannot encode 65536 as US: the range is 0 to 65535"],
  ["US", ["-1"], RangeError, "Cannot encode -1 as US: the range is 0 to 65535"],
  ["SS", ["32768"], RangeError, "Cannot encode 32768 as SS: the range is -32768 to 32767"],
  ["FL", ["x"], TypeError, 'Cannot encode "x" as FL: it is not a decimal number'],
  ["FL", ["1e39"], RangeError, "Cannot encode 1e+39 as FL: it is beyond single precision"],
  [
    "AT",
    ["10,10"],
    TypeError,
    'Cannot encode "10,10" as AT: a tag is written (GGGG,EEEE) or GGGGEEEE',
  ],
  [
    "OB",
    ["0"],
    TypeError,
    'Cannot encode "0" as OB: bytes are written as pairs of hexadecimal digits',
  ],
  ["OF", ["00"], RangeError, 'Cannot encode "00" as OF: 1 bytes are not a multiple of 4'],
];

for (const [vr, values, type, message] of REFUSED) {
  Deno.test({
    name: `encodeStrings() refuses ${vr} ${JSON.stringify(values)}`,
    permissions: "none",
    fn() {
      assert.throws(
        () => encodeStrings(vr, values, []),
        (error) => error instanceof type && error.message === message,
      );
    },
  });
}

Deno.test({
  name: "encodeStrings() uses the character set, but not for a CS",
  permissions: "none",
  fn() {
    assert.deepEqual(encodeStrings("LO", ["é"], ["ISO_IR 100"]), Uint8Array.of(0xe9, 0x20));
    assert.deepEqual(encodeStrings("LO", ["é"], ["ISO_IR 192"]), Uint8Array.of(0xc3, 0xa9));
    assert.throws(() => encodeStrings("CS", ["é"], ["ISO_IR 192"]), DataSetError);
  },
});

const NUMBER_STRINGS: [vr: "IS" | "DS", value: number | bigint, bytes: string][] = [
  ["IS", 5, "5 "],
  ["IS", -12n, "-12 "],
  ["DS", 0.1, "0.1 "],
  ["DS", -1 / 3, "-0.3333333333333"],
  ["DS", 1.2345678901234567e-200, "1.23456789e-200"],
  ["DS", 1e21, "1e+21 "],
];

for (const [vr, value, bytes] of NUMBER_STRINGS) {
  Deno.test({
    name: `encodeNumbers() writes ${value} as ${vr} in at most 16 characters`,
    permissions: "none",
    fn() {
      const encoded = encodeNumbers(vr, [value]);
      assert.ok(encoded.length <= 16, String(encoded.length));
      assert.equal(encoded.length % 2, 0);
      const back = Number(decodeNumbers(vr, encoded)[0]);
      assert.ok(Math.abs(back - Number(value)) <= 1e-9 * Math.abs(Number(value)), `${back}`);
      assert.equal(new TextDecoder().decode(encoded).slice(0, 8), bytes.slice(0, 8));
    },
  });
}

Deno.test({
  name: "encodeNumbers() refuses what the VR cannot hold",
  permissions: "none",
  fn() {
    assert.throws(() => encodeNumbers("US", [1.5]), TypeError);
    assert.throws(() => encodeNumbers("US", [65536]), RangeError);
    assert.throws(() => encodeNumbers("UV", [-1n]), RangeError);
    assert.throws(() => encodeNumbers("US", [NaN]), TypeError);
    assert.throws(() => encodeNumbers("IS", [0.5]), TypeError);
    assert.throws(() => encodeNumbers("DS", [NaN]), RangeError);
    assert.throws(() => encodeNumbers("LO", [1]), TypeError);
  },
});

Deno.test({
  name: "encodeNumbers() writes what decodeNumbers() reads",
  permissions: "none",
  fn() {
    const kinds: [Vr, fc.Arbitrary<number | bigint>][] = [
      ["AT", fc.integer({ min: 0, max: 0xffffffff })],
      ["US", fc.integer({ min: 0, max: 0xffff })],
      ["SS", fc.integer({ min: -0x8000, max: 0x7fff })],
      ["UL", fc.integer({ min: 0, max: 0xffffffff })],
      ["SL", fc.integer({ min: -0x80000000, max: 0x7fffffff })],
      ["UV", fc.bigInt({ min: 0n, max: 0xffffffffffffffffn })],
      ["SV", fc.bigInt({ min: -0x8000000000000000n, max: 0x7fffffffffffffffn })],
      ["FL", fc.float()],
      ["FD", fc.double()],
      ["IS", fc.integer({ min: -0x80000000, max: 0x7fffffff })],
    ];
    for (const [vr, values] of kinds) {
      fc.assert(
        fc.property(fc.array(values, { maxLength: 5 }), (numbers) => {
          assert.deepEqual(decodeNumbers(vr, encodeNumbers(vr, numbers)), numbers);
        }),
        { seed: 1 },
      );
    }
  },
});

Deno.test({
  name: "encodeStrings() writes what decodeStrings() reads of numbers",
  permissions: "none",
  fn() {
    for (const vr of ["FL", "FD", "US", "SS", "UL", "SL", "UV", "SV", "AT"] as const) {
      const size = { FL: 4, FD: 8, US: 2, SS: 2, UL: 4, SL: 4, UV: 8, SV: 8, AT: 4 }[vr];
      fc.assert(
        fc.property(fc.uint8Array({ minLength: size, maxLength: size }), (bytes) => {
          const texts = decodeStrings(vr, bytes, []);
          if (texts[0] === "NaN") return; // which has many bit patterns
          assert.deepEqual(encodeStrings(vr, texts, []), bytes);
        }),
        { seed: 1, numRuns: 300 },
      );
    }
  },
});
