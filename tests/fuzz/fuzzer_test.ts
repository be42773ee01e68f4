import assert from "node:assert/strict";
import { pure } from "../support/pure.ts";
import { type Finding, fuzz, weighed } from "./fuzzer.ts";
import { minimize } from "./minimize.ts";
import { mutate } from "./mutator.ts";
import { cut, Random } from "./random.ts";
import { attempt, must, shapeOf, type Target, Violation } from "./target.ts";
import { AllocationCount } from "./allocations.ts";
import { findingText, readFinding } from "./finding_file.ts";
import { fuzzTaskOptions } from "./options.ts";

/** A target that fails in a way of its own. */
function failing(run: (bytes: Uint8Array) => string, more: Partial<Target> = {}): Target {
  return {
    name: "failing",
    kinds: ["text"],
    maximumLength: 100,
    open: () => ({ run: ({ bytes }) => run(bytes) }),
    ...more,
  };
}

async function findingsOf(target: Target, executions = 3000): Promise<Finding[]> {
  const findings: Finding[] = [];
  await fuzz({
    target,
    seeds: [{ kind: "text", name: "seed", bytes: Uint8Array.from({ length: 40 }, (_, at) => at) }],
    seed: 3,
    deadline: Infinity,
    executions,
    onFinding: (finding) => void findings.push(finding),
  });
  return findings;
}

pure("fuzz() finds what only some inputs do, once, and makes the input small", async () => {
  const target = failing((bytes) => {
    must(!bytes.includes(0xff), "there is no FF");
    return "";
  });
  const findings = await findingsOf(target);
  assert.deepEqual(findings.map(({ fault, input }) => [fault, input.bytes.toHex()]), [
    ["Violation: there is no FF", "ff"],
  ]);
});

pure("fuzz() tells errors apart by where they come from", async () => {
  const target = failing((bytes) => {
    if (bytes.length % 2 === 0) throw new RangeError("even");
    throw new TypeError("odd");
  });
  const faults = (await findingsOf(target, 100)).map(({ fault }) => fault).sort();
  assert.deepEqual(faults, ["RangeError at even", "TypeError at odd"]);
});

pure("fuzz() goes on from inputs that led to something new", async () => {
  // Eight octets in a row are found one after the other, and hardly by chance.
  const target = failing((bytes) => {
    const low = bytes.findIndex((octet) => octet < 0x80);
    must(low < 8, "nobody finds it");
    return `${low}`;
  });
  assert.equal((await findingsOf(target, 20_000)).length, 1);
});

pure("fuzz() makes the same inputs of the same seed", async () => {
  const inputs = async (): Promise<string[]> => {
    const seen: string[] = [];
    await findingsOf(
      failing((bytes) => {
        seen.push(bytes.toHex());
        return `${bytes.length}`;
      }),
      300,
    );
    return seen;
  };
  const once = await inputs();
  assert.deepEqual(await inputs(), once);
  assert.ok(new Set(once).size > 250);
});

pure("fuzz() blames no single input for what is found afterwards", async () => {
  const target = failing(() => "", {
    open: () => ({
      run: () => "",
      close: () => Promise.reject(new Violation("something is left")),
    }),
  });
  const findings = await findingsOf(target, 10);
  assert.deepEqual(findings.map(({ fault, input }) => [fault, input.bytes.length]), [
    ["Violation: something is left", 0],
  ]);
});

pure("weighed() finds an input that takes memory by what it says, not by what it has", async () => {
  const greedy = failing((bytes) => `${new Uint8Array((bytes[0] ?? 0) * 0x10000).length}`, {
    allocationFactor: 4,
  });
  const [finding, ...more] = await findingsOf(weighed(greedy));
  assert.equal(
    finding?.fault,
    "Violation: an input takes no more memory than a multiple of its length",
  );
  assert.equal(finding?.input.bytes.length, 1);
  assert.deepEqual(more, []);
});

pure("AllocationCount counts arrays and copies, and leaves all as it was", () => {
  const before = Uint8Array;
  {
    using count = new AllocationCount();
    const bytes = new Uint8Array(100);
    bytes.slice(10, 20);
    bytes.subarray(10);
    new Uint8Array(bytes.buffer, 5);
    assert.equal(count.bytes, 110);
    assert.ok(bytes instanceof Uint8Array);
  }
  assert.equal(Uint8Array, before);
  assert.deepEqual(Uint8Array.of(1, 2).slice(1), Uint8Array.of(2));
});

pure("minimize() leaves what is needed, and nothing else", async () => {
  const bytes = Uint8Array.from({ length: 500 }, (_, at) => at % 251 + 1);
  const fails = (one: Uint8Array): boolean => one.includes(17) && one.indexOf(99) > 0;
  assert.equal((await minimize(bytes, fails, Infinity)).toHex(), "1163");
  assert.equal((await minimize(bytes, () => true, Infinity)).length, 0);
  assert.equal(await minimize(bytes, fails, 0), bytes);
});

pure("mutate() changes inputs in many ways, and keeps to the length", () => {
  const random = new Random(1);
  const bytes = Uint8Array.fromHex("04000000000a00000006010300000000" + "05000000000400000000");
  const made = Array.from({ length: 500 }, () => mutate(bytes, random, bytes, 64));
  assert.ok(made.every(({ length }) => length <= 64));
  assert.ok(new Set(made.map((one) => one.toHex())).size > 400);
  assert.equal(bytes.toHex(), "04000000000a0000000601030000000005000000000400000000");
  assert.equal(mutate(new Uint8Array(0), random, new Uint8Array(0), 64).length <= 64, true);
});

pure("cut() gives copies of all bytes", () => {
  const pieces = [...cut(Uint8Array.of(1, 2, 3, 4, 5), [2, 1])];
  assert.deepEqual(pieces.map((piece) => piece.toHex()), ["0102", "03", "0405"]);
  assert.deepEqual([...cut(new Uint8Array(0), [1])], []);
});

pure("attempt() lets through what is not allowed", () => {
  assert.equal(attempt(TypeError, () => 1).value, 1);
  const refuse = (): never => {
    throw new RangeError("no");
  };
  assert.equal(attempt(RangeError, refuse).error?.message, "no");
  assert.throws(() => attempt(TypeError, refuse), RangeError);
});

pure("shapeOf() leaves out what is of one input alone", () => {
  assert.equal(
    shapeOf('length 12 of (ABCD,001A) in "a\\"1" is 0x3f'),
    'length 0 of () in "" is 0x0',
  );
});

pure("a finding can be read as it was written", () => {
  const input = {
    bytes: Uint8Array.from({ length: 70 }, (_, at) => at),
    control: 5,
    variant: "1.2",
  };
  const text = findingText({ target: "file", fault: "a fault", detail: "a\nb", input }, 9);
  assert.deepEqual(readFinding(text), { target: "file", input });
});

const REFUSED: readonly [args: string[], message: RegExp][] = [
  [["--minutes", "0"], /--minutes 0/],
  [["--minutes", "x"], /--minutes x/],
  [["--seed", "-1"], /--seed/],
  [["--target", "("], /--target \(/],
  [["--what"], /--what/],
];

for (const [args, message] of REFUSED) {
  pure(`fuzzTaskOptions() refuses ${args.join(" ")}`, () => {
    assert.throws(() => fuzzTaskOptions(args), { name: "TypeError", message });
  });
}
