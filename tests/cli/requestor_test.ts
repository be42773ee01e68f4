import assert from "node:assert/strict";
import { EXIT_CODE, type ExitCode, UsageError } from "../../cli/exit_code.ts";
import { generalOptions } from "../../cli/general_options.ts";
import { identityOptions } from "../../cli/identity_options.ts";
import { networkOptions } from "../../cli/network_options.ts";
import { flagOption } from "../../cli/option.ts";
import { section, sections } from "../../cli/option_parser.ts";
import {
  peerParameters,
  readRequestor,
  type RequestorArguments,
  type RequestorChoice,
  type RequestorOptions,
  runRequestor,
} from "../../cli/requestor.ts";
import { retryOptions } from "../../cli/retry_options.ts";
import { tlsChoice, tlsOptions } from "../../cli/tls_options.ts";
import { pure } from "../support/requesting.ts";
import { ToolBench } from "./tool_bench.ts";

const DEFAULTS = {
  callingAeTitle: "TOOL",
  logLevel: "warning",
  verboseLevel: "info",
} as const;

function parser() {
  return sections(
    section("Parameters", peerParameters()),
    generalOptions(),
    networkOptions(DEFAULTS.callingAeTitle),
    retryOptions(),
    identityOptions(),
    tlsOptions(),
    section("Output Options", { json: flagOption(["--json"], "events") }),
  );
}

type Given = RequestorArguments & { readonly json: boolean };

function parse(args: string): Given {
  const parsed = parser().parse(args.split(" "));
  assert.ok(parsed.success, args);
  return parsed.value;
}

const CASES: readonly (readonly [
  args: string,
  more: readonly (string | undefined)[],
  choice: Partial<RequestorChoice>,
  rest: readonly string[],
])[] = [
  ["pacs 104", [], {
    logLevel: "warning",
    peer: { hostname: "pacs", port: 104 },
    callingAeTitle: "TOOL",
    calledAeTitle: "ANY-SCP",
    maximumLength: 131_072,
    retry: { retries: 0, delay: 1000 },
    warnings: [],
  }, []],
  ["PACS@pacs:104", [undefined], { calledAeTitle: "PACS" }, []],
  // With one argument for the address, the second is the first of the rest.
  ["pacs:104 a", ["b", undefined, "c"], { peer: { hostname: "pacs", port: 104 } }, ["a", "b", "c"]],
  ["pacs 104 -v -aet ME -aec YOU -pdu 16384 --retry 2", ["a"], {
    logLevel: "info",
    callingAeTitle: "ME",
    calledAeTitle: "YOU",
    maximumLength: 16_384,
    retry: { retries: 2, delay: 1000 },
  }, ["a"]],
  ["PACS@pacs:104 -aec YOU", [], {
    calledAeTitle: "YOU",
    warnings: ["Called AE title YOU is used instead of PACS from the address"],
  }, []],
];

for (const [args, more, expected, rest] of CASES) {
  pure(`readRequestor() reads "${args}", and ${more.length} more`, () => {
    const read = readRequestor(parse(args), DEFAULTS, more);
    const actual = { ...read.requestor, ...expected };
    assert.deepEqual(read.requestor, actual);
    assert.deepEqual(read.rest, rest);
  });
}

const REFUSED: readonly (readonly [args: string, message: RegExp])[] = [
  ["--retry 1", /^Missing the peer's address/],
  ["pacs", /^Missing the peer's port after "pacs"/],
  ["pacs 104 -q -v", /^Cannot combine -q, -v and -d/],
  ["pacs 104 --password-file secret", /--user/],
];

for (const [args, message] of REFUSED) {
  pure(`readRequestor() refuses "${args}"`, () => {
    assert.throws(() => readRequestor(parse(args), DEFAULTS), { name: "UsageError", message });
  });
}

/** Runs a tool that tells its options, and gives an exit code. */
function runTool(bench: ToolBench, args: readonly string[]): Promise<number> {
  return runRequestor(
    {
      program: "tool",
      parser: parser(),
      help: { usage: [], description: [], notes: [] },
      resolve(given: Given): RequestorOptions {
        const { requestor, rest } = readRequestor(given, DEFAULTS);
        if (rest.length > 0) throw new UsageError(`Cannot use ${rest}`);
        const output = { json: given.json, noProgress: true };
        return { ...requestor, output, tls: tlsChoice(given) };
      },
    },
    args,
    bench.io,
    (options, interrupt, output) => ({
      run(): Promise<ExitCode> {
        output.log.warn(`Calling ${options.peer.hostname}`);
        output.events.emit({ event: "stopping", associations: 0, receiving: 0 });
        return Promise.resolve(interrupt.cancel.aborted ? EXIT_CODE.cancelled : EXIT_CODE.partial);
      },
    }),
  );
}

pure("runRequestor() gives the exit code of what it has run, with its outputs", async () => {
  const bench = new ToolBench();
  assert.equal(await runTool(bench, ["pacs", "104"]), 6);
  assert.deepEqual(bench.lines, ["W: Calling pacs"]);
  assert.equal(bench.stdout, "");

  const json = new ToolBench();
  assert.equal(await runTool(json, ["pacs", "104", "--json", "-q"]), 6);
  assert.deepEqual(json.lines, []);
  assert.match(json.stdout, /^\{"event":"stopping",.*\}\n$/);
});

pure("runRequestor() runs nothing when the command line is wrong", async () => {
  const bench = new ToolBench();
  assert.equal(await runTool(bench, ["pacs:104", "more"]), 2);
  assert.deepEqual(bench.lines, ["tool: error: Cannot use more"]);
});
