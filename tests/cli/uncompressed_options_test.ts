import assert from "node:assert/strict";
import { onlyTransferSyntax, uncompressedOptions } from "../../cli/uncompressed_options.ts";
import { failure, pure } from "../support/requesting.ts";

const CASES: readonly (readonly [args: string, transferSyntaxUid: string | undefined])[] = [
  ["", undefined],
  ["-xe", "1.2.840.10008.1.2.1"],
  ["--request-little", "1.2.840.10008.1.2.1"],
  ["-xb", "1.2.840.10008.1.2.2"],
  ["--request-big", "1.2.840.10008.1.2.2"],
  ["-xi", "1.2.840.10008.1.2"],
  ["--request-implicit", "1.2.840.10008.1.2"],
  ["-xi -xi", "1.2.840.10008.1.2"],
];

function read(args: string): string | undefined {
  const parsed = uncompressedOptions().parse(args.split(" ").filter((arg) => arg !== ""));
  assert.ok(parsed.success);
  return onlyTransferSyntax(parsed.value);
}

for (const [args, transferSyntaxUid] of CASES) {
  pure(`onlyTransferSyntax() of "${args}" is ${transferSyntaxUid}`, () => {
    assert.equal(read(args), transferSyntaxUid);
  });
}

for (const args of ["-xe -xb", "-xb -xi", "-xi -xe", "-xe -xb -xi"]) {
  pure(`onlyTransferSyntax() refuses "${args}"`, async () => {
    const { name, message } = await failure(Promise.try(() => read(args)));
    assert.deepEqual([name, message], [
      "UsageError",
      "Cannot combine -xe, -xb and -xi: give one of them",
    ]);
  });
}
