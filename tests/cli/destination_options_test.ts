import assert from "node:assert/strict";
import {
  type DestinationArguments,
  destinationOptions,
  destinationsOf,
} from "../../cli/destination_options.ts";
import { UsageError } from "../../cli/exit_code.ts";

function parse(line: string): DestinationArguments | undefined {
  const result = destinationOptions().parse(line.split(" ").filter((word) => word !== ""));
  return result.success ? result.value : undefined;
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("destinationOptions() gathers the destinations, and knows none by default", () => {
  assert.deepEqual(parse(""), { destinations: [], destinationFile: undefined });
  const some = parse("--destination A=host:104 --destinations book.txt --destination=B@[::1]:105");
  assert.ok(some);
  assert.deepEqual(destinationsOf(some), {
    destinations: [
      { aeTitle: "A", address: { hostname: "host", port: 104 } },
      { aeTitle: "B", address: { hostname: "::1", port: 105 } },
    ],
    file: "book.txt",
  });
});

for (const line of ["--destination host:104", "--destination A=host", "--destinations"]) {
  pure(`destinationOptions() refuses ${line}`, () => assert.equal(parse(line), undefined));
}

pure("destinationsOf() refuses one AE title at two addresses", () => {
  const some = parse("--destination A=host:104 --destination A=host:105");
  assert.ok(some);
  assert.throws(() => destinationsOf(some), UsageError);
});
