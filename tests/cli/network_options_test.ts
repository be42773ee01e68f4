import assert from "node:assert/strict";
import {
  calledAeTitleOf,
  milliseconds,
  type NetworkOptions,
  networkOptions,
  timeoutsOf,
} from "../../cli/network_options.ts";

function parse(...args: string[]): NetworkOptions {
  const result = networkOptions("TOOL").parse(args);
  assert.ok(result.success);
  return result.value;
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("networkOptions() has pynetdicom's defaults", () => {
  assert.deepEqual(parse(), {
    callingAeTitle: undefined,
    calledAeTitle: undefined,
    acseTimeout: 30,
    dimseTimeout: 30,
    networkTimeout: 30,
    maximumLength: 131_072,
  });
});

pure("networkOptions() takes short names, long names, and the last of two", () => {
  const expected = {
    callingAeTitle: "A",
    calledAeTitle: "B",
    acseTimeout: 1.5,
    dimseTimeout: 0,
    networkTimeout: 3,
    maximumLength: 0,
  };
  const short = "-aet A -aec B -ta 1.5 -td 0 -tn 3 -pdu 0";
  const long = "--calling-aet A --called-aet=B --acse-timeout 1.5 --dimse-timeout=0 " +
    "--network-timeout 3 --max-pdu 0";
  const dicomRs = "--calling-ae-title A --called-ae-title B -ta 1.5 -td 0 -tn 3 -pdu 0";
  for (const line of [short, long, dicomRs, `-aet X ${short}`]) {
    assert.deepEqual(parse(...line.split(" ")), expected, line);
  }
});

const CALLED: readonly (readonly [
  given: string | undefined,
  inAddress: string | undefined,
  called: string,
  warnings: number,
])[] = [
  [undefined, undefined, "ANY-SCP", 0],
  [undefined, "A", "A", 0],
  ["B", undefined, "B", 0],
  ["A", "A", "A", 0],
  ["B", "A", "B", 1],
];

for (const [given, inAddress, called, warnings] of CALLED) {
  pure(`calledAeTitleOf() is ${called} for option ${given} and address ${inAddress}`, () => {
    const told: string[] = [];
    const address = { hostname: "h", port: 1, ...(inAddress ? { aeTitle: inAddress } : {}) };
    const options = { ...parse(), calledAeTitle: given };
    assert.equal(calledAeTitleOf(options, address, (warning) => told.push(warning)), called);
    assert.equal(told.length, warnings);
  });
}

pure("timeoutsOf() gives milliseconds, of which only 0 stands for none", () => {
  assert.deepEqual(timeoutsOf(parse("-ta", "1", "-td", "0.0001", "-tn", "0")), {
    connect: 0,
    acse: 1000,
    release: 1000,
    dimse: 1,
    network: 0,
    write: 0,
  });
  assert.equal(milliseconds(0.5), 500);
});
