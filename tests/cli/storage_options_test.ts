import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import {
  isChosen,
  type StorageChoice,
  storageChoice,
  type StorageOptions,
  storageOptions,
} from "../../cli/storage_options.ts";

function given(args: readonly string[]): StorageOptions {
  const result = storageOptions().parse(args);
  assert(result.success, JSON.stringify(result));
  return result.value;
}

const DEFAULT: StorageChoice = {
  handlers: [{ specifier: undefined, options: {} }],
  ignore: false,
  directory: undefined,
  files: { filename: undefined, onExist: undefined, durable: false, minimumFree: undefined },
  limits: {},
  sandbox: false,
  hosts: [],
};

const CHOICES: readonly (readonly [string, Partial<StorageChoice>])[] = [
  ["", {}],
  ["-od in", { directory: "in" }],
  ["--ignore", { ignore: true }],
  [
    "--filename {SOPInstanceUID}.dcm --on-exist skip --durable",
    {
      files: {
        filename: "{SOPInstanceUID}.dcm",
        onExist: "skip",
        durable: true,
        minimumFree: undefined,
      },
    },
  ],
  [
    "--handler https://a/x.ts --sandbox --allow-handler-host b --allow-handler-host c:8443",
    {
      handlers: [{ specifier: "https://a/x.ts", options: {} }],
      sandbox: true,
      hosts: ["b", "c:8443"],
    },
  ],
  [
    "-od in --handler store --handler forward --handler-option to=A@h:104",
    {
      directory: "in",
      handlers: [
        { specifier: "store", options: {} },
        { specifier: "forward", options: { to: ["A@h:104"] } },
      ],
    },
  ],
  ["--min-free 5%", {
    files: {
      ...{ filename: undefined, onExist: undefined, durable: false },
      minimumFree: { percent: 5 },
    },
  }],
  ["--max-instance-size 4G", { limits: { maximumSize: 4 * 1024 ** 3 } }],
  ["--max-instance-size 1kB --max-inflated-size 0", {
    limits: { maximumSize: 1000, inflateBudget: 0 },
  }],
];

const DURABLE: readonly (readonly [line: string, byDefault: boolean, durable: boolean])[] = [
  ["", false, false],
  ["", true, true],
  ["--durable", false, true],
  ["--no-durable", true, false],
  ["--no-durable --durable", false, true],
];

for (const [line, byDefault, durable] of DURABLE) {
  Deno.test(`storageChoice() of "${line}", by default durable: ${byDefault}, is ${durable}`, () => {
    const args = line.split(" ").filter((arg) => arg !== "");
    assert.equal(storageChoice(given(args), args, byDefault).files.durable, durable);
  });
}

for (const [line, expected] of CHOICES) {
  Deno.test(`storageChoice() of "${line}"`, () => {
    const args = line.split(" ").filter((arg) => arg !== "");
    assert.deepEqual(storageChoice(given(args), args), { ...DEFAULT, ...expected });
    assert.equal(isChosen(given(args)), line !== "");
  });
}

const CONTRADICTIONS: readonly (readonly [string, RegExp])[] = [
  ["--ignore --handler store", /Cannot combine --ignore and --handler/],
  ["--ignore -od in", /Cannot combine --ignore with -od.*: nothing is stored/],
  ["--ignore --no-durable", /Cannot combine --ignore with -od/],
  ["--ignore --durable", /Cannot combine --ignore with -od/],
  ["--ignore --min-free 1G", /Cannot combine --ignore with -od.*--min-free/],
  ["--min-free 1G --handler forward", /Cannot use -od.*--min-free: they are for the handler store/],
  ["-od in --handler forward", /Cannot use -od.*: they are for the handler store/],
  ["--handler-option a=1 --handler a --handler b", /Cannot tell which handler/],
];

for (const [line, message] of CONTRADICTIONS) {
  Deno.test(`storageChoice() refuses "${line}"`, () => {
    const args = line.split(" ");
    assert.throws(() => storageChoice(given(args), args), (error) => {
      assert(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  });
}
