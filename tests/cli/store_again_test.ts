import assert from "node:assert/strict";
import { ConnectionError } from "../../lib/errors.ts";
import { systemClock } from "../../lib/net/clock.ts";
import type { Connect, Transport } from "../../lib/net/transport.ts";
import { type Arrival, ct, MR, type Outcome, sending } from "./sending.ts";

const THREE = { "1.dcm": ct("1.1"), "2.dcm": ct("1.2"), "3.dcm": ct("1.3") };
const RETRY = ["-v", "h", "104", "DIR", "--retry", "2", "--retry-delay", "0"];
const AGAIN = (count: number, of: number): string => `W: Trying again in 0 s (${count} of ${of})`;

function uids(arrivals: readonly Arrival[]): string[] {
  return arrivals.map(({ sopInstanceUid }) => sopInstanceUid);
}

/** The lines that say what went wrong, and the last. */
function told({ lines }: Outcome): string[] {
  return lines.filter((line, index) => /^[WE]/.test(line) || index === lines.length - 1);
}

const refused: Connect = () => Promise.reject(new ConnectionError("Cannot connect: refused"));

/** A way by which so many bytes go out before it breaks. */
function breaking(way: Connect, capacity: number): Connect {
  return async (where) => {
    const transport = await way(where);
    let left = capacity;
    return new Proxy(transport, {
      get(target, property: keyof Transport) {
        const value = target[property];
        if (property === "write") {
          return async (bytes: Uint8Array): Promise<number> => {
            left -= bytes.byteLength;
            if (left >= 0) return await target.write(bytes);
            target.close();
            throw new ConnectionError("Cannot write to the peer: connection reset");
          };
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
}

Deno.test("storescu --retry sends all when the peer comes up late", async () => {
  const outcome = await sending(RETRY, THREE, {
    clock: systemClock,
    connect: (call, way) => call < 3 ? refused : way,
  });
  assert.equal(outcome.code, 0);
  assert.deepEqual(uids(outcome.arrivals), ["1.1", "1.2", "1.3"]);
  assert.deepEqual(told(outcome), [
    `${AGAIN(1, 2)}: Cannot connect: refused`,
    `${AGAIN(2, 2)}: Cannot connect: refused`,
    "I: Sent 3 instances (1.1 kB) in T; 0 failed",
  ]);
});

Deno.test("storescu --retry ends with 3 when the peer does not come up", async () => {
  const outcome = await sending(RETRY, THREE, { clock: systemClock, connect: () => refused });
  assert.equal(outcome.code, 3);
  assert.deepEqual(told(outcome), [
    `${AGAIN(1, 2)}: Cannot connect: refused`,
    `${AGAIN(2, 2)}: Cannot connect: refused`,
    "E: Association request failed: unable to connect to remote",
    "E: TCP Initialisation Error: Cannot connect: refused",
    "I: Sent 0 instances in T; 0 failed, 3 not tried",
  ]);
});

Deno.test("storescu --retry tells of each try without -v too", async () => {
  const options = { clock: systemClock, connect: () => refused };
  const outcome = await sending(RETRY.filter((each) => each !== "-v"), THREE, options);
  assert.deepEqual(told(outcome), [
    `${AGAIN(1, 2)}: Cannot connect: refused`,
    `${AGAIN(2, 2)}: Cannot connect: refused`,
    "E: Association request failed: unable to connect to remote",
    "E: TCP Initialisation Error: Cannot connect: refused",
  ]);
});

Deno.test("storescu --retry sends again what the peer had no room for, and that alone", async () => {
  let asked = 0;
  const outcome = await sending(RETRY, THREE, {
    clock: systemClock,
    answer: ({ sopInstanceUid }) => sopInstanceUid === "1.2" && ++asked < 3 ? 0xa700 : 0,
  });
  assert.equal(outcome.code, 0);
  assert.deepEqual(uids(outcome.arrivals), ["1.1", "1.2", "1.3", "1.2", "1.2"]);
  assert.equal(outcome.lines.at(-1), "I: Sent 3 instances (1.1 kB) in T; 0 failed");
  const pauses = outcome.lines.filter((line) => line.startsWith("W: Trying"));
  assert.deepEqual(pauses, [
    `${AGAIN(1, 2)}: The peer says: refused: out of resources (0xA700)`,
    `${AGAIN(2, 2)}: The peer says: refused: out of resources (0xA700)`,
  ]);
});

Deno.test("storescu --retry counts what fails in the last round, and what fails for good at once", async () => {
  const statuses: Readonly<Record<string, number>> = { "1.1": 0xa700, "1.2": 0xc000 };
  const outcome = await sending(RETRY, THREE, {
    clock: systemClock,
    answer: ({ sopInstanceUid }) => statuses[sopInstanceUid] ?? 0,
  });
  assert.equal(outcome.code, 6);
  assert.deepEqual(uids(outcome.arrivals), ["1.1", "1.2", "1.3", "1.1", "1.1"]);
  assert.equal(outcome.lines.at(-1), "I: Sent 1 instance (352 B) in T; 2 failed");
});

Deno.test("storescu --retry goes on over a way that breaks time and again", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`${index}.dcm`, ct(`1.2.${100 + index}`)]),
  );
  const args = ["-v", "h", "104", "DIR", "--retry", "30", "--retry-delay", "0"];
  const acknowledged = new Set<string>();
  let again = 0;
  const outcome = await sending(args, files, {
    clock: systemClock,
    connect: (call, way) => breaking(way, 400 + 150 * call),
    answer: ({ sopInstanceUid }) => {
      if (acknowledged.has(sopInstanceUid)) again += 1;
      acknowledged.add(sopInstanceUid);
      return 0;
    },
  });
  assert.equal(outcome.code, 0, outcome.lines.join("\n"));
  assert.equal(acknowledged.size, 20);
  assert.equal(outcome.lines.at(-1), "I: Sent 20 instances (7.2 kB) in T; 0 failed");
  assert.ok(again < 5, `${again} were sent again although they had been taken`);
});

Deno.test("storescu --retry tries again what came to no end in its time, once per round", async () => {
  const { promise: never } = Promise.withResolvers<number>();
  let asked = 0;
  const outcome = await sending([...RETRY, "-td", "0.05"], THREE, {
    clock: systemClock,
    answer: ({ sopInstanceUid }) => sopInstanceUid === "1.2" && ++asked === 1 ? never : 0,
  });
  assert.equal(outcome.code, 0, outcome.lines.join("\n"));
  assert.deepEqual(uids(outcome.arrivals), ["1.1", "1.2", "1.3", "1.2"]);
});

async function withJournal(use: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_resume_" });
  try {
    await use(`${directory}/journal`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("storescu --resume leaves out what was sent, and sends the rest", () =>
  withJournal(async (journal) => {
    let taken = 0;
    const files = { ...THREE, "4.dcm": ct("1.4", { sopClassUid: MR }) };
    const args = ["-v", "h", "104", "DIR", "--resume", journal];
    const first = await sending(args, files, { answer: () => ++taken > 2 ? 0xc000 : 0 });
    assert.equal(first.code, 6);
    assert.deepEqual(uids(first.arrivals), ["1.1", "1.2", "1.3", "1.4"]);
    assert.equal(
      await Deno.readTextFile(journal),
      "dimse journal 1: sent to ANY-SCP@h:104\nsent 1.1\nsent 1.2\n",
    );
    const second = await sending(args, files);
    assert.equal(second.code, 0);
    assert.deepEqual(uids(second.arrivals), ["1.3", "1.4"]);
    assert.equal(second.lines.at(-1), "I: Sent 2 instances (704 B) in T; 2 sent before, 0 failed");
    const third = await sending(args, files);
    assert.deepEqual([third.code, third.arrivals, third.requests], [0, [], []]);
    assert.equal(third.lines.at(-1), "I: Sent 0 instances in T; 4 sent before, 0 failed");
  }));

Deno.test("storescu --resume refuses the journal of another destination", () =>
  withJournal(async (journal) => {
    assert.equal((await sending(["h", "104", "DIR", "--resume", journal], THREE)).code, 0);
    const other = await sending(["OTHER@h:104", "DIR", "--resume", journal], THREE);
    assert.deepEqual([other.code, other.arrivals], [2, []]);
    assert.deepEqual(other.lines, [
      `E: Cannot resume by ${journal}: it is about what was sent to ANY-SCP@h:104, and not about ` +
      "what is sent to OTHER@h:104; give another file",
    ]);
  }));

Deno.test("storescu --resume has in its journal what was taken with a warning, and nothing else", () =>
  withJournal(async (journal) => {
    const statuses: Readonly<Record<string, number>> = { "1.1": 0xb000, "1.2": 0xa700 };
    const outcome = await sending(["h", "104", "DIR", "--resume", journal], THREE, {
      answer: ({ sopInstanceUid }) => statuses[sopInstanceUid] ?? 0,
    });
    assert.equal(outcome.code, 6);
    assert.match(await Deno.readTextFile(journal), /104\nsent 1.1\nsent 1.3\n$/);
  }));

Deno.test("storescu --resume --dry-run makes no journal, and goes by one that is there", () =>
  withJournal(async (journal) => {
    const args = ["h", "104", "DIR", "--dry-run", "--resume", journal];
    const before = await sending(args, THREE);
    assert.equal(before.code, 0);
    assert.match(before.stdout, /1\.dcm.*\n.*2\.dcm.*\n.*3\.dcm/);
    await assert.rejects(Deno.stat(journal), Deno.errors.NotFound);
    const content = "dimse journal 1: sent to ANY-SCP@h:104\nsent 1.2\n";
    await Deno.writeTextFile(journal, content);
    const after = await sending(args, THREE);
    assert.match(after.stdout, /1\.dcm.*\n.*3\.dcm/);
    assert.doesNotMatch(after.stdout, /2\.dcm/);
    assert.equal(await Deno.readTextFile(journal), content);
  }));

Deno.test("storescu --resume ends with 3 when nobody is there, whatever was sent before", () =>
  withJournal(async (journal) => {
    await Deno.writeTextFile(journal, "dimse journal 1: sent to ANY-SCP@h:104\nsent 1.2\n");
    const outcome = await sending(["h", "104", "DIR", "--resume", journal], THREE, {
      connect: () => refused,
    });
    assert.equal(outcome.code, 3);
  }));
