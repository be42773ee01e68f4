import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import { serviceArguments, serviceOptions } from "../../cli/service_options.ts";

function resolve(line: string): ReturnType<typeof serviceOptions> | undefined {
  const words = line.split(" ").filter((word) => word !== "");
  const result = serviceArguments("OWN").parse(words);
  return result.success ? serviceOptions(result.value, "OWN") : undefined;
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("serviceOptions() listens everywhere, as itself, by default", () => {
  const options = resolve("");
  assert.ok(options);
  const { aeTitle, hostname, maximumAssociations, grace, logLevel, warnings } = options;
  assert.deepEqual(
    { aeTitle, hostname, maximumAssociations, grace, logLevel, warnings },
    {
      aeTitle: "OWN",
      hostname: undefined,
      maximumAssociations: 100,
      grace: 30_000,
      logLevel: "info",
      warnings: [],
    },
  );
});

pure("serviceOptions() takes what is given, times in milliseconds", () => {
  const options = resolve(
    "-aet A -ba [::1] -ta 1 -td 2 -tn 3 -pdu 16384 --max-associations 5 --grace 0.5 -v",
  );
  assert.ok(options);
  const { aeTitle, hostname, timeouts, maximumLength, maximumAssociations, grace } = options;
  assert.deepEqual(
    { aeTitle, hostname, timeouts, maximumLength, maximumAssociations, grace },
    {
      aeTitle: "A",
      hostname: "::1",
      timeouts: {
        ...{ artim: 1000, acse: 1000, release: 1000 },
        ...{ dimse: 2000, pdu: 2000 },
        ...{ network: 3000, write: 3000 },
      },
      maximumLength: 16384,
      maximumAssociations: 5,
      grace: 500,
    },
  );
  assert.equal(options.logLevel, "verbose");
});

pure("serviceOptions() warns of a list that keeps out who calls the server by its name", () => {
  assert.deepEqual(resolve("-aet A --allow-called B")?.warnings, [
    "Associations that call A are rejected: --allow-called does not name it",
  ]);
  assert.deepEqual(resolve("-aet A --allow-called B --allow-called A")?.warnings, []);
});

pure("serviceOptions() leaves an address half of the associations, unless told otherwise", () => {
  for (
    const [line, perAddress] of [
      ["", 50],
      ["--max-associations 5", 3],
      ["--max-associations 1", 1],
      ["--max-associations 5 --max-associations-per-address 5", 5],
      ["--max-associations-per-address 1", 1],
    ] as const
  ) {
    assert.equal(resolve(line)?.maximumAssociationsPerAddress, perAddress, line);
  }
  assert.equal(resolve("--max-associations-per-address 0"), undefined);
});

pure("serviceOptions() has workers when it is told how many", () => {
  assert.equal(resolve("")?.workers, 1);
  assert.equal(resolve("--workers 4")?.workers, 4);
  assert.equal(resolve("--workers 0"), undefined);
  assert.equal(resolve("--workers 65"), undefined);
});

pure("serviceOptions() takes certificates without --tls where others are called by it", () => {
  const result = serviceArguments("OWN").parse(["--ca", "a"]);
  assert.ok(result.success);
  assert.equal(serviceOptions(result.value, "OWN", true).tls.isOn, false);
  assert.throws(() => serviceOptions(result.value, "OWN"), UsageError);
});

pure("serviceOptions() refuses contradictions", () => {
  assert.throws(() => resolve("-q -v"), UsageError);
});
