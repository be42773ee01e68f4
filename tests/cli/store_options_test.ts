import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import { fileOptions, storeOptionsOf } from "../../cli/store_options.ts";
import type { StoreOptions } from "../../plugins/store.ts";

type Given = Pick<StoreOptions, "filename" | "onExist" | "durable" | "minimumFree">;

const TEMPLATE = "{StudyInstanceUID}/{Modality}.{SOPInstanceUID}.dcm";

const CASES: readonly (readonly [args: readonly string[], options: Given])[] = [
  [[], {}],
  [["--durable"], { durable: true }],
  [["--min-free", "500M"], { minimumFree: { bytes: 500 * 1024 ** 2 } }],
  [["--min-free", "2.5%"], { minimumFree: { percent: 2.5 } }],
  [["--filename", TEMPLATE], { filename: TEMPLATE }],
  [["--filename", "{CallingAET}/{SOPInstanceUID}"], { filename: "{CallingAET}/{SOPInstanceUID}" }],
  ...(["if-different", "skip", "overwrite", "rename", "fail"] as const).map((
    onExist,
  ): typeof CASES[number] => [["--on-exist", onExist], { onExist }]),
  [["--on-exist", "skip", "--on-exist", "fail", "--durable"], { onExist: "fail", durable: true }],
];

for (const [args, options] of CASES) {
  Deno.test({
    name: `fileOptions() reads "${args.join(" ")}"`,
    permissions: "none",
    fn: () => {
      const result = fileOptions().parse(args);
      assert.ok(result.success);
      assert.deepEqual(storeOptionsOf(result.value), options);
    },
  });
}

const unusable = (template: string, why: string): string =>
  `Cannot use "${template}" as a file name template: ${why}`;

const REFUSED: readonly (readonly [args: readonly string[], sentence: string])[] = [
  [
    ["--min-free", "100%"],
    'Cannot keep "100%" free: give a size such as 500M or 2GiB, or a share such as 5%',
  ],
  [
    ["--filename", "{Modalty}/{SOPInstanceUID}"],
    unusable(
      "{Modalty}/{SOPInstanceUID}",
      "there is no attribute Modalty; did you mean Modality?",
    ),
  ],
  [
    ["--filename", "{callingaet}/{SOPInstanceUID}"],
    unusable(
      "{callingaet}/{SOPInstanceUID}",
      "there is no attribute callingaet; did you mean CallingAET?",
    ),
  ],
  [
    ["--filename", "{Colour}/{SOPInstanceUID}"],
    unusable("{Colour}/{SOPInstanceUID}", "there is no attribute Colour"),
  ],
  [
    ["--filename", "{ReferencedStudySequence}"],
    unusable("{ReferencedStudySequence}", "ReferencedStudySequence is a sequence"),
  ],
  [
    ["--filename", "../{SOPInstanceUID}"],
    unusable("../{SOPInstanceUID}", 'a name starts with "."'),
  ],
  [
    ["--on-exist", "keep"],
    'Expected one of "if-different", "skip", "overwrite", "rename", and "fail", but got "keep"',
  ],
];

for (const [args, sentence] of REFUSED) {
  Deno.test({
    name: `fileOptions() refuses "${args.join(" ")}"`,
    permissions: "none",
    fn: () => {
      const result = fileOptions().parse(args);
      assert.ok(!result.success);
      const told = formatMessage(result.error, { quotes: true, colors: false });
      assert.ok(told.includes(sentence), told);
    },
  });
}
