import assert from "node:assert/strict";
import { DRAWING_INTERVAL, formatProgress, type Pace, Progress } from "../../cli/progress.ts";
import type { ProgressState } from "../../cli/progress.ts";
import { FakeClock } from "../support/fake_clock.ts";

const CLEAR = "\r\x1b[K";

const FORMATS: readonly (readonly [ProgressState, Pace, string])[] = [
  [{ done: 0 }, { elapsed: 0, rate: 0 }, "0 instances, 0:00"],
  [{ done: 1 }, { elapsed: 1_000, rate: 0 }, "1 instance, 0:01"],
  [{ done: 2, total: 8 }, { elapsed: 10_000, rate: 0 }, "2/8 instances, ETA 0:30"],
  [{ done: 0, total: 8 }, { elapsed: 10_000, rate: 0 }, "0/8 instances, 0:10"],
  [{ done: 8, total: 8 }, { elapsed: 75_000, rate: 0 }, "8/8 instances, 1:15"],
  [{ done: 1, total: 2 }, { elapsed: 0, rate: 0 }, "1/2 instances, 0:00"],
  [
    { associations: 2, done: 12, bytes: 45_600_000 },
    { elapsed: 5_000, rate: 12_340_000 },
    "2 associations, 12 instances, 45.6 MB, 12.3 MB/s, 0:05",
  ],
  [{ associations: 1, done: 0 }, { elapsed: 5_000, rate: 0 }, "1 association, 0 instances, 0:05"],
  // More than was promised: there is no telling when it ends.
  [{ done: 9, total: 8 }, { elapsed: 75_000, rate: 0 }, "9/8 instances, 1:15"],
  [{ done: 0, total: 0 }, { elapsed: 1_000, rate: 0 }, "0/0 instances, 0:01"],
  [
    { done: 1, total: 2, failed: 3 },
    { elapsed: 1_000, rate: 0 },
    "1/2 instances, 3 failed, ETA 0:01",
  ],
  [
    { done: 12, bytes: 45_600_000 },
    { elapsed: 3_725_000, rate: 12_340_000 },
    "12 instances, 45.6 MB, 12.3 MB/s, 1:02:05",
  ],
  [
    { done: 0, total: 2, bytes: 250, totalBytes: 1_000 },
    { elapsed: 1_000, rate: 250 },
    "0/2 instances, 250 B/1.0 kB, 0.0 MB/s, ETA 0:03",
  ],
  [
    { done: 1, total: 2, bytes: 0, totalBytes: 0, unit: "files" },
    { elapsed: 2_000, rate: 0 },
    "1/2 files, 0 B/0 B, ETA 0:02",
  ],
];

for (const [state, pace, expected] of FORMATS) {
  Deno.test({
    name: `formatProgress() writes "${expected}"`,
    permissions: "none",
    fn: () => assert.equal(formatProgress(state, pace), expected),
  });
}

interface Screen {
  readonly clock: FakeClock;
  readonly progress: Progress;
  /** What was written since the last look, each write by itself. */
  take(): string[];
}

interface Terminals {
  readonly columns?: number;
  readonly stderrColumns?: number | undefined;
  readonly isWanted?: boolean;
}

function screen({ columns, stderrColumns, isWanted = true }: Terminals): Screen {
  const clock = new FakeClock();
  let writes: string[] = [];
  const io = {
    stdout: (text: string) => void writes.push(`out:${text}`),
    stderr: (text: string) => void writes.push(text),
    columns,
    stderrColumns,
    clock,
  };
  return {
    clock,
    progress: new Progress(io, isWanted),
    take: () => {
      const taken = writes;
      writes = [];
      return taken;
    },
  };
}

function pure(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("Progress draws again in place when something has changed, and goes away", async () => {
  const { clock, progress, take } = screen({ stderrColumns: 80 });
  let done = 0;
  progress.start(() => ({ done, total: 10 }));
  assert.deepEqual(take(), [`${CLEAR}0/10 instances, 0:00`]);
  done = 1;
  await clock.advance(DRAWING_INTERVAL - 1);
  assert.deepEqual(take(), []);
  await clock.advance(1);
  assert.deepEqual(take(), [`${CLEAR}1/10 instances, ETA 0:02`]);
  await clock.advance(DRAWING_INTERVAL);
  assert.deepEqual(take(), [`${CLEAR}1/10 instances, ETA 0:04`]);
  progress.stop();
  assert.deepEqual(take(), [CLEAR]);
  assert.equal(clock.pending, 0);
  progress.stop();
  await clock.advance(1_000);
  assert.deepEqual(take(), []);
});

pure("Progress draws at most five times a second, however much happens", async () => {
  const { clock, progress, take } = screen({ stderrColumns: 80 });
  let done = 0;
  progress.start(() => ({ done }));
  take();
  for (; done < 1_000; done++) {
    progress.stderr(`I: ${done}\n`);
    await clock.advance(1);
  }
  const writes = take();
  assert.equal(writes.length, 5);
  progress.stop();
  const all = [...writes, ...take()].map((write) => write.replace(CLEAR, ""));
  const lines = all.flatMap((write) => write.split("\n")).filter((line) => line.startsWith("I: "));
  assert.deepEqual(lines, Array.from({ length: 1_000 }, (_, index) => `I: ${index}`));
});

pure("Progress writes a log line at once above the line when it was quiet", async () => {
  const { clock, progress, take } = screen({ stderrColumns: 80 });
  progress.stderr("I: before\n");
  progress.start(() => ({ done: 0 }));
  assert.deepEqual(take(), ["I: before\n", `${CLEAR}0 instances, 0:00`]);
  await clock.advance(300);
  assert.deepEqual(take(), []);
  progress.stderr("I: now\n");
  assert.deepEqual(take(), [`${CLEAR}I: now\n0 instances, 0:00`]);
  progress.stderr("I: soon\n");
  assert.deepEqual(take(), []);
  progress.stop();
  assert.deepEqual(take(), [`${CLEAR}I: soon\n`]);
  progress.stderr("I: after\n");
  assert.deepEqual(take(), ["I: after\n"]);
});

pure("Progress makes room for the standard output where it is a terminal too", async () => {
  const { clock, progress, take } = screen({ columns: 80, stderrColumns: 80 });
  progress.start(() => ({ done: 0 }));
  take();
  progress.stderr("I: log\n");
  progress.stdout("{}\n");
  progress.stdout("{}\n");
  assert.deepEqual(take(), [`${CLEAR}I: log\n`, "out:{}\n", "out:{}\n"]);
  await clock.advance(DRAWING_INTERVAL);
  assert.deepEqual(take(), [`${CLEAR}0 instances, 0:00`]);
  progress.stop();
});

pure("Progress leaves its line when the standard output goes elsewhere", () => {
  const { progress, take } = screen({ stderrColumns: 80 });
  progress.start(() => ({ done: 0 }));
  take();
  progress.stdout("{}\n");
  assert.deepEqual(take(), ["out:{}\n"]);
  progress.stop();
});

for (const terminals of [{}, { columns: 80 }, { stderrColumns: 80, isWanted: false }]) {
  pure(`Progress lets all pass by, at once, given ${JSON.stringify(terminals)}`, async () => {
    const { clock, progress, take } = screen(terminals);
    progress.start(() => assert.fail("nobody is to be asked"));
    assert.equal(progress.isShown, false);
    progress.stderr("I: log\n");
    progress.stdout("{}\n");
    await clock.advance(1_000);
    progress.stop();
    assert.deepEqual(take(), ["I: log\n", "out:{}\n"]);
    assert.equal(clock.pending, 0);
  });
}

pure("Progress never fills the last column, so that nothing wraps", () => {
  const { progress, take } = screen({ stderrColumns: 13 });
  progress.start(() => ({ done: 1, total: 10 }));
  assert.deepEqual(take(), [`${CLEAR}1/10 instanc`]);
  progress.stop();
});

pure("Progress tells the rate of the last five seconds", async () => {
  const { clock, progress, take } = screen({ stderrColumns: 80 });
  let bytes = 0;
  progress.start(() => ({ done: 0, bytes }));
  for (let second = 0; second < 10; second++) {
    bytes += 2_000_000;
    await clock.advance(1_000);
  }
  assert.equal(take().at(-1), `${CLEAR}0 instances, 20.0 MB, 2.0 MB/s, 0:10`);
  await clock.advance(2_500);
  assert.equal(
    take().at(-1),
    `${CLEAR}0 instances, 20.0 MB, 0.8 MB/s, 0:12`,
  );
  await clock.advance(10_000);
  assert.equal(take().at(-1), `${CLEAR}0 instances, 20.0 MB, 0.0 MB/s, 0:22`);
  progress.stop();
});
