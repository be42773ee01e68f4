/**
 * The parts of the benchmark that start no processes: what it counts, what it prints, and its
 * instruments against each other.
 *
 * @module
 */

import assert from "node:assert/strict";
import { associateOften, echo } from "./compare/ask.ts";
import { type Cell, measureCell, type Standing } from "./compare/cell.ts";
import { makeData, QUICK } from "./compare/data.ts";
import { Drain } from "./compare/drain.ts";
import { feed } from "./compare/feed.ts";
import { connector } from "./compare/net.ts";
import { benchOptions, HELP } from "./compare/options.ts";
import {
  type ContestantKind,
  median,
  ratios,
  type Result,
  summary,
  verdicts,
} from "./compare/statistics.ts";
import { checkArrived, checkStored } from "./compare/stored.ts";
import { json, markdown } from "./compare/table.ts";

function result(name: string, kind: ContestantKind, ...seconds: number[]): Result {
  return {
    name,
    kind,
    samples: seconds.map((each) => ({ seconds: each, cpu: 1, peak: each * 10 })),
  };
}

const RESULTS: readonly Result[] = [
  result("ours", "ours", 3, 1, 2),
  result("DCMTK tuned", "tuned", 4, 4, 4),
  result("DCMTK", "plain", 8),
  result("pynetdicom", "peer", 10),
  result("dicom-rs", "peer", 5),
  { name: "broken", kind: "peer", samples: [], failure: "it ended | early\nwith 1" },
  result("bare loop", "bare", 1.5),
];

Deno.test(
  "median() is the middle, or between the two in the middle",
  { permissions: "none" },
  () => {
    const table: [numbers: number[], expected: number | undefined][] = [
      [[], undefined],
      [[7], 7],
      [[3, 1, 2], 2],
      [[10, 9, 1, 2], 5.5],
    ];
    for (const [numbers, expected] of table) assert.equal(median(numbers), expected);
  },
);

Deno.test("summary() takes medians, and of the memory the most", { permissions: "none" }, () => {
  const [ours] = RESULTS;
  assert.deepEqual(summary(ours?.samples ?? []), { seconds: 2, cpu: 1, peak: 30 });
  assert.equal(summary([]), undefined);
});

Deno.test("ratios() compares with the best peer that did it", { permissions: "none" }, () => {
  assert.deepEqual(ratios(RESULTS), {
    tuned: 0.5,
    plain: 0.25,
    peer: 0.4,
    bestPeer: "dicom-rs",
  });
  assert.deepEqual(ratios(RESULTS.slice(1)).tuned, undefined);
});

Deno.test("verdicts() tells what is met, what is not, and what cannot be told", {
  permissions: "none",
}, () => {
  const target = {
    tuned: 0.5,
    peer: 0.3,
    pynetdicom: 0.2,
    milliseconds: 1999,
    megabytes: 30,
    bareShare: 0.75,
  };
  const isMet = [true, false, true, false, true, true];
  assert.deepEqual(verdicts(RESULTS, target).map((verdict) => verdict.isMet), isMet);
  assert.deepEqual(
    verdicts([result("ours", "ours", 1)], { tuned: 1, bareShare: 0.85 }).map(({ isMet }) => isMet),
    [undefined, undefined],
  );
});

Deno.test("markdown() and json() tell all results", { permissions: "none" }, () => {
  const cell: Cell = {
    name: "receive-ct",
    title: "storescp receives",
    target: { tuned: 0.4 },
    plan: () => ({ contestants: [] }),
  };
  const report = {
    machine: { cpu: "C", cores: 2, memory: 8, kernel: "K", fileSystem: "ext4", deno: "2" },
    toolkits: { ours: "1" },
    missing: ["dcm4che: it is not here"],
    rounds: 3,
    isQuick: false,
    cells: [
      { cell, work: { amount: 200, unit: "MB" }, results: RESULTS },
      { cell: { ...cell, name: "receive-ct-tls", skipped: "no --tls" }, results: [] },
    ],
  };
  const text = markdown(report);
  for (
    const line of [
      "| receive-ct | 2.00 s | 0.50 | 0.25 | 0.40 (dicom-rs) | " +
      "ours / DCMTK tuned is 0.50, at most 0.4: **not met** |",
      "| receive-ct-tls | no --tls |  |  |  |  |",
      "| ours | 2.00 s | 100 | 1.00 s | 30 MB |",
      "| DCMTK (1 of 3 rounds) | 8.00 s | 25 | 1.00 s | 80 MB |",
      "| broken | failed: it ended early with 1 |  |  |  |",
      "Not measured: dcm4che: it is not here.",
    ]
  ) assert.ok(text.split("\n").includes(line), `${line}\n${text}`);
  const [first, second] = JSON.parse(json(report)).cells;
  assert.equal(first.ratios.tuned, 0.5);
  assert.equal(first.targets[0].isMet, false);
  assert.deepEqual(first.contestants[0].median, { seconds: 2, cpu: 1, peak: 30 });
  assert.equal(second.skipped, "no --tls");
});

Deno.test("measureCell() alternates, and leaves out who fails and who is slow", {
  permissions: "none",
}, async () => {
  const log: string[] = [];
  const standing = (name: string, rounds: (number | Error)[]): Promise<Standing> =>
    Promise.resolve({
      round() {
        log.push(name);
        const next = rounds.shift() ?? 1;
        return next instanceof Error ? Promise.reject(next) : Promise.resolve({ seconds: next });
      },
      [Symbol.asyncDispose]: () => Promise.resolve(void log.push(`${name} ends`)),
    });
  const contestant = (name: string, kind: ContestantKind, ...rounds: (number | Error)[]) => ({
    name,
    kind,
    open: () => standing(name, rounds),
  });
  const cell: Cell = {
    name: "cell",
    title: "",
    plan: () => ({
      contestants: [
        contestant("ours", "ours", 99, 1, 2),
        contestant("slow", "plain", 16),
        contestant("failing", "peer", 1, new Error("why")),
      ],
    }),
  };
  const { results } = await measureCell(cell, 2, () => {});
  assert.deepEqual(log.slice(0, 6), ["ours", "slow", "failing", "ours", "failing", "ours"]);
  assert.deepEqual(log.slice(6), ["ours ends", "slow ends", "failing ends"]);
  const seconds = results.map(({ samples }) => samples.map((sample) => sample.seconds));
  assert.deepEqual(seconds, [[1, 2], [16], []]);
  assert.equal(results[2]?.failure, "why");
});

Deno.test("benchOptions() refuses what it cannot do", { permissions: "none" }, () => {
  assert.equal(benchOptions([]).rounds, 5);
  assert.equal(benchOptions(["--quick"]).rounds, 1);
  assert.equal(benchOptions(["--limit", "7"]).limit, 7000);
  const table: [args: string[], message: RegExp][] = [
    [["--rounds", "0"], /^Cannot use --rounds 0: /],
    [["--rounds", "x"], /^Cannot use --rounds x: /],
    [["--only", "("], /^Cannot use --only \(: it is no regular expression$/],
    [["--tls", "maybe"], /^Cannot use --tls maybe: /],
    [["--turbo"], /--turbo/],
  ];
  for (const [args, message] of table) {
    assert.throws(() => benchOptions(args), (error: Error) => message.test(error.message));
  }
});

Deno.test("docs/benchmark.md has the options that there are", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/benchmark.md", import.meta.url));
  const optionsIn = (source: string, pattern: RegExp): string[] =>
    [...source.matchAll(pattern)].map(([, option]) => option ?? "").sort();
  assert.deepEqual(optionsIn(text, /^\| `(--[\w-]+)/gm), optionsIn(HELP, /^ {2}(--[\w-]+)/gm));
});

Deno.test("feed() sends every byte to a Drain, which answers echoes too", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await using drain = new Drain();
    const connect = connector(drain.port);
    for (const [name, associations] of [["small", 1], ["small", 3], ["large", 1]] as const) {
      const amount = { ...QUICK[name], frames: Math.min(QUICK[name].frames, 3) };
      const data = makeData(directory, name, amount);
      await feed({ connect, calledAeTitle: "DRAIN", files: data.files, associations });
      const arrived = await drain.collect();
      assert.deepEqual(arrived, { instances: data.files.length, bytes: data.bytes });
      checkArrived(arrived, data);
      assert.throws(() => checkArrived({ ...arrived, instances: 0 }, data), /0 instances/);
    }
    assert.ok(await echo(connect, 3) > 0);
    assert.ok(await associateOften(connect, 2) > 0);
    assert.deepEqual(await drain.collect(), { instances: 0, bytes: 0 });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("checkStored() counts files and bytes, and empties the directory", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const data = makeData(`${directory}/made`, "small", { ...QUICK.small, instances: 1 });
    const received = `${directory}/received`;
    const receive = (count: number, lost: number): void => {
      Deno.mkdirSync(`${received}/below`, { recursive: true });
      for (const { path, sopInstanceUid } of data.files.slice(0, count)) {
        const bytes = Deno.readFileSync(path);
        Deno.writeFileSync(`${received}/below/${sopInstanceUid}`, bytes.subarray(lost));
      }
    };
    receive(data.files.length, 0);
    checkStored(received, data);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(received)), []);
    for (const [count, lost] of [[data.files.length - 1, 0], [data.files.length, 1000]] as const) {
      receive(count, lost);
      assert.throws(() => checkStored(received, data), /were stored/);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
