import assert from "node:assert/strict";
import { main } from "../../cli/qrscp.ts";
import { refuses, ToolBench } from "./tool_bench.ts";

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

for (
  const [args, sentence] of [
    [
      [],
      "Missing folder: give those to serve, or -od DIRECTORY for an archive that begins empty",
    ],
    [["-p", "70000", "a"], '-p/--port: Cannot use "70000" as a port: it must be 0 to 65535'],
    [
      ["a", "--destination", "10.0.0.5:104"],
      '--destination: Cannot use "10.0.0.5:104" as a move destination: the AE title is missing; ' +
      "give AE=host:port",
    ],
    [
      ["a", "--destination", "A=h:104", "--destination", "A=h:105"],
      "Cannot send to A at both h:104 and h:105: give one",
    ],
    [["a", "-q", "-v"], "Cannot combine -q, -v and -d: give one of them"],
    [
      ["a", "--cert", "c", "--key", "k", "--destination", "A=h:104"],
      "Cannot use --ca, --cert, --key and the like without --tls: nothing would go by TLS",
    ],
    [["a", "-xi", "--uncompressed-only"], undefined],
    [["a", ""], undefined],
    [["a", "--no-such-option"], undefined],
  ] as const
) {
  pure(`qrscp refuses ${JSON.stringify(args)}`, async () => {
    if (sentence !== undefined) {
      await refuses(main, args, `qrscp: error: ${sentence}\n`);
      return;
    }
    const bench = new ToolBench();
    assert.equal(await main(args, bench.io), 2);
    assert.match(bench.stderr, /^qrscp: error: .+\n$/);
  });
}

pure("qrscp --help fits into 80 columns and names every option", async () => {
  const bench = new ToolBench();
  assert.equal(await main(["--help"], bench.io), 0);
  const lines = bench.stdout.split("\n");
  assert.deepEqual(lines.filter((line) => line.length > 80), []);
  for (
    const name of [
      ...["--quiet", "--verbose", "--debug", "--log-level", "--json", "--no-progress", "--version"],
      ...["--help", "--completion", "--ae-title", "--bind-address", "--port", "--acse-timeout"],
      ...["--dimse-timeout", "--network-timeout", "--max-pdu", "--max-associations", "--grace"],
      ...["--allow-calling", "--allow-called", "--allow-address", "--output-directory"],
      ...["--no-store", "--index", "--reindex", "--rescan", "--filename", "--on-exist"],
      ...["--durable", "--no-durable", "--fold-person-names", "--match-pn-icase", "--relational"],
      ...["--max-matches", "--destination", "--destinations", "--handler", "--handler-option"],
      ...["--sandbox", "--allow-handler-host", "--prefer", "--only-sop-class"],
    ]
  ) assert.match(bench.stdout, new RegExp(`${name}\\b`), name);
  assert.match(bench.stdout, /^Exit codes:$/m);
});

pure("qrscp --version and --completion print and end", async () => {
  for (
    const [args, start] of [[["--version"], /^qrscp \d/], [["--completion", "bash"], /./]] as const
  ) {
    const bench = new ToolBench();
    assert.equal(await main(args, bench.io), 0);
    assert.match(bench.stdout, start);
    assert.deepEqual(bench.calls, []);
  }
});
