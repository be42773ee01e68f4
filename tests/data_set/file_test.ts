import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "../../lib/bytes.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { decodeFile } from "../../lib/data_set/file.ts";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { DataSetError } from "../../lib/errors.ts";
import { encodedDataSet } from "./arbitraries.ts";
import { BROKEN, bytesOf, outline, SOUND } from "./data_set_cases.ts";

const ILE = "1.2.840.10008.1.2";
const ELE = "1.2.840.10008.1.2.1";
const DEFLATED = "1.2.840.10008.1.2.1.99";

function file(transferSyntaxUid: string, dataSet: Uint8Array): Uint8Array {
  const head = encodeFileMeta({
    sopClassUid: "1.2.3",
    sopInstanceUid: "1.2.3.4",
    transferSyntaxUid,
    implementationClassUid: "1.2",
  });
  return concatBytes([head, dataSet]);
}

const HEAD_LENGTH = file(ELE, new Uint8Array(0)).length;

for (const { name, syntax, hex, outline: expected } of SOUND) {
  Deno.test({
    name: `\`decodeFile()\` reads a file with ${name}`,
    permissions: "none",
    fn: () => {
      const { meta, dataSet, transferSyntaxUid } = decodeFile(file(syntax, bytesOf(hex)));
      assert.deepEqual(outline(dataSet), expected);
      assert.equal(transferSyntaxUid, syntax);
      assert.equal(meta.getString(0x00020010), syntax);
    },
  });
}

for (const { name, syntax, hex } of BROKEN) {
  // An element of group 0002 is taken for one more of the head.
  if (name === "file meta information") continue;
  Deno.test({
    name: `\`decodeFile()\` throws on ${name}, unless it is sound in another transfer syntax`,
    permissions: "none",
    fn: () => {
      const bytes = file(syntax, bytesOf(hex));
      if (name.endsWith("is expected") && /^(implicit|explicit|big)/.test(name)) {
        const { dataSet, transferSyntaxUid } = decodeFile(bytes);
        assert.notEqual(transferSyntaxUid, syntax);
        assert.deepEqual(outline(dataSet), outline(decodeDataSet(bytesOf(hex), transferSyntaxUid)));
      } else {
        assert.throws(() => decodeFile(bytes), DataSetError);
      }
    },
  });
}

Deno.test({
  name: "`decodeFile()` counts offsets from the start of the file",
  permissions: "none",
  fn: () => {
    const bytes = file(ELE, bytesOf("10002000 4c4f 0200 3120" + "10002100 4c4f 0400 3120"));
    assert.throws(() => decodeFile(bytes), {
      name: "DataSetError",
      message: `Cannot decode (0010,0021) at byte ${HEAD_LENGTH + 10}: ` +
        "length 4 exceeds the 2 bytes left",
      offset: HEAD_LENGTH + 10,
      tag: 0x00100021,
    });
  },
});

Deno.test({
  name: "`decodeFile()` believes the bytes when they contradict the file meta information",
  permissions: "none",
  fn: () => {
    const cases: [declared: string, hex: string, shown: string][] = [
      [ELE, "10002000 04000000 34373131", ILE],
      ["1.2.840.10008.1.2.4.50", "10002000 04000000 34373131", ILE],
      [ILE, "10002000 4c4f 0400 34373131", ELE],
      [ELE, "00100020 4c4f 0004 34373131", "1.2.840.10008.1.2.2"],
      ["1.2.840.10008.1.2.4.50", "10002000 4c4f 0400 34373131", "1.2.840.10008.1.2.4.50"],
    ];
    for (const [declared, hex, shown] of cases) {
      const { dataSet, transferSyntaxUid } = decodeFile(file(declared, bytesOf(hex)));
      assert.equal(transferSyntaxUid, shown);
      assert.deepEqual(outline(dataSet), ["(0010,0020) LO 34373131"]);
    }
  },
});

Deno.test({
  name: "`decodeFile()` reads an empty data set",
  permissions: "none",
  fn: () => {
    for (const syntax of [ILE, ELE, DEFLATED]) {
      assert.equal(decodeFile(file(syntax, new Uint8Array(0))).dataSet.size, 0);
    }
  },
});

Deno.test({
  name: "`decodeFile()` passes its options on, deflated or not",
  permissions: "none",
  fn: () => {
    const plain = bytesOf("10002000 4c4f 0200 3120" + "e07f1000 4f57 0000 04000000 01020304");
    const options = { stopBefore: 0x7fe00010, inflateBudget: plain.length };
    for (const syntax of [ELE, DEFLATED]) {
      const bytes = file(syntax, encodeDataSet(decodeDataSet(plain, ELE), syntax));
      assert.deepEqual(outline(decodeFile(bytes, options).dataSet), ["(0010,0020) LO 3120"]);
    }
    const bytes = file(DEFLATED, encodeDataSet(decodeDataSet(plain, ELE), DEFLATED));
    assert.throws(() => decodeFile(bytes, { inflateBudget: plain.length - 1 }), DataSetError);
  },
});

Deno.test({
  name: "`decodeFile()` throws only `DataSetError` on mutated files and on random bytes",
  permissions: "none",
  fn: () => {
    const mutation = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    const mutated = fc.tuple(encodedDataSet(), fc.array(mutation, { maxLength: 4 }), fc.nat())
      .map(([{ syntax, bytes }, mutations, cut]) => {
        const whole = file(syntax, bytes);
        for (const [at, value] of mutations) whole[at % whole.length] = value;
        return whole.subarray(0, whole.length - cut % 50);
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 400 })), (bytes) => {
        try {
          decodeFile(bytes);
        } catch (error) {
          assert.ok(error instanceof DataSetError, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  },
});
