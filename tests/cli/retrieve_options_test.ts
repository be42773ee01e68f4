import assert from "node:assert/strict";
import { generalOptions } from "../../cli/general_options.ts";
import { identityOptions } from "../../cli/identity_options.ts";
import { networkOptions } from "../../cli/network_options.ts";
import { type OptionParser, section, sections } from "../../cli/option_parser.ts";
import { outputOptions } from "../../cli/output_options.ts";
import { modelOptions, queryOptions } from "../../cli/query_options.ts";
import { retrieveExtensionOptions } from "../../cli/retrieve_extensions.ts";
import {
  readRetrieve,
  type RetrieveArguments,
  type RetrieveOptions,
  retrieveParameters,
} from "../../cli/retrieve_options.ts";
import { retrieveAgainOptions, retryOptions } from "../../cli/retry_options.ts";
import { storageOptions } from "../../cli/storage_options.ts";
import { tlsOptions } from "../../cli/tls_options.ts";
import { pure } from "../support/requesting.ts";

function parser(): OptionParser<RetrieveArguments> {
  return sections(
    section("Parameters", retrieveParameters()),
    generalOptions(),
    outputOptions(),
    networkOptions("TOOL"),
    tlsOptions(),
    retryOptions(),
    retrieveAgainOptions(),
    identityOptions(),
    modelOptions(),
    queryOptions(),
    retrieveExtensionOptions(),
    storageOptions(),
  );
}

function read(args: string): Omit<RetrieveOptions, "tls"> {
  const parsed = parser().parse(args.split(" "));
  assert.ok(parsed.success, args);
  return readRetrieve(parsed.value, "TOOL");
}

const NOTHING = { file: undefined, queryFile: undefined, keys: [] };

const CASES: readonly (readonly [args: string, expected: Partial<RetrieveOptions>])[] = [
  ["pacs 104 query.dcm", {
    logLevel: "info",
    callingAeTitle: "TOOL",
    model: undefined,
    sources: { ...NOTHING, file: "query.dcm" },
    resume: undefined,
    verify: false,
  }],
  ["PACS@pacs:104 query.dcm -v", {
    logLevel: "verbose",
    calledAeTitle: "PACS",
    sources: { ...NOTHING, file: "query.dcm" },
  }],
  ["pacs 104 -f query.dcm -k A=1 -k B -S", {
    model: "study-root",
    sources: { ...NOTHING, file: "query.dcm", keys: ["A=1", "B"] },
  }],
  ["pacs:104 --query-file q.txt --resume j --verify", {
    sources: { ...NOTHING, queryFile: "q.txt" },
    resume: "j",
    verify: true,
  }],
];

for (const [args, expected] of CASES) {
  pure(`readRetrieve() reads "${args}"`, () => {
    const actual = read(args);
    assert.deepEqual(actual, { ...actual, ...expected });
  });
}

const REFUSED: readonly (readonly [args: string, message: string])[] = [
  [
    "pacs 104",
    "-f and/or -k must be specified, or --query-file, or a query file as the last argument",
  ],
  ["pacs 104 -f a.dcm b.dcm", "Cannot use both -f a.dcm and b.dcm: give one query file"],
  ["pacs:104 a.dcm b.dcm", 'Cannot use argument "b.dcm": nothing may follow the query file'],
  ["pacs 104 -k A -P -S", "Cannot combine -P, -S and -O: give one of them"],
  ["pacs 104 -k A --resume j --ignore", "Cannot combine --resume and --ignore: nothing is stored"],
];

for (const [args, message] of REFUSED) {
  pure(`readRetrieve() refuses "${args}"`, () => {
    assert.throws(() => read(args), { name: "UsageError", message });
  });
}
