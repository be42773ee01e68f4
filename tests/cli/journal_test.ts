import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import { Journal, type JournalRun, openRetrievalJournal } from "../../cli/journal.ts";
import { ToolLog } from "../../cli/log.ts";
import { RetrieveLedger } from "../../cli/retrieve_ledger.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { smallDisk, whyNoSmallDisk } from "../support/small_disk.ts";

const RUN: JournalRun = { act: "sent", description: "to PACS@pacs:104" };
const HEADER = "dimse journal 1: sent to PACS@pacs:104\n";

async function withFile(content: string | undefined, use: (path: string) => Promise<void>) {
  const directory = await Deno.makeTempDir({ prefix: "dimse_journal_" });
  const path = `${directory}/journal`;
  try {
    if (content !== undefined) await Deno.writeTextFile(path, content);
    await use(path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function open(path: string, run: JournalRun = RUN, told: string[] = []): Promise<Journal> {
  return Journal.open(path, run, new ToolLog("warning", (text) => void told.push(text)));
}

/** What a journal that was left behind says, and what is left of it. */
const FOUND: readonly {
  name: string;
  content: string | undefined;
  known: readonly string[];
  kept: string;
}[] = [
  { name: "there is none", content: undefined, known: [], kept: HEADER },
  { name: "it is empty", content: "", known: [], kept: HEADER },
  {
    name: "its first line was not written to its end",
    content: HEADER.slice(0, -1),
    known: [],
    kept: HEADER,
  },
  {
    name: "its first word was not written to its end",
    content: "dim",
    known: [],
    kept: HEADER,
  },
  {
    name: "all lines are whole",
    content: `${HEADER}sent 1.2\nsent 1.3\n`,
    known: ["1.2", "1.3"],
    kept: `${HEADER}sent 1.2\nsent 1.3\n`,
  },
  {
    name: "the last line is torn",
    content: `${HEADER}sent 1.2\nsent 1.3`,
    known: ["1.2"],
    kept: `${HEADER}sent 1.2\n`,
  },
  {
    name: "a power cut left zeros at its end",
    content: `${HEADER}sent 1.2\n\0\0\0\0`,
    known: ["1.2"],
    kept: `${HEADER}sent 1.2\n`,
  },
  {
    name: "lines in its middle are damaged",
    content: `${HEADER}sent 1.2sent 1.3\nsen 1.4\nsent \nsent 1.5\xe4\nstored 1.6\nsent 1.7\n`,
    known: ["1.7"],
    kept: `${HEADER}sent 1.2sent 1.3\nsen 1.4\nsent \nsent 1.5\xe4\nstored 1.6\nsent 1.7\n`,
  },
  {
    name: "an instance is in it twice",
    content: `${HEADER}sent 1.2\nsent 1.2\n`,
    known: ["1.2"],
    kept: `${HEADER}sent 1.2\nsent 1.2\n`,
  },
];

for (const { name, content, known, kept } of FOUND) {
  Deno.test(`Journal goes on when ${name}`, () =>
    withFile(content, async (path) => {
      {
        using journal = await open(path);
        assert.deepEqual([...journal.known], known);
        journal.add("1.9");
        assert.equal(await Deno.readTextFile(path), `${kept}sent 1.9\n`, "at once, not at the end");
      }
      using again = await open(path);
      assert.deepEqual([...again.known], [...known, "1.9"]);
    }));
}

for (const length of HEADER.split("").keys()) {
  Deno.test(`Journal goes on when it was torn after ${length} bytes`, () =>
    withFile(HEADER.slice(0, length), async (path) => {
      (await open(path))[Symbol.dispose]();
      assert.equal(await Deno.readTextFile(path), HEADER);
    }));
}

const REFUSED: readonly [name: string, content: string, reason: string][] = [
  [
    "a file that is no journal",
    "My thesis\n",
    "it is no journal; give a file that does not exist yet",
  ],
  [
    "a DICOM file",
    `${"\0".repeat(128)}DICM`,
    "it is no journal; give a file that does not exist yet",
  ],
  [
    "the journal of another destination",
    "dimse journal 1: sent to OTHER@pacs:104\nsent 1.2\n",
    "it is about what was sent to OTHER@pacs:104, and not about what is sent to PACS@pacs:104; " +
    "give another file",
  ],
  [
    "the journal of a retrieve",
    "dimse journal 1: stored from PACS@pacs:104\n",
    "it is about what was stored from PACS@pacs:104, and not about what is sent to PACS@pacs:104; " +
    "give another file",
  ],
];

for (const [name, content, reason] of REFUSED) {
  Deno.test(`Journal.open() refuses ${name}, and leaves it as it is`, () =>
    withFile(content, async (path) => {
      const error = new UsageError(`Cannot resume by ${path}: ${reason}`);
      await assert.rejects(open(path), { name: error.name, message: error.message });
      assert.equal(await Deno.readTextFile(path), content);
    }));
}

Deno.test("Journal.open() refuses the journal of a retrieve by other keys, and spares us their hashes", () =>
  withFile("dimse journal 1: stored from PACS@pacs:104, request 00ff\n", async (path) => {
    const run = { act: "stored", description: "from PACS@pacs:104, request ff00" } as const;
    await assert.rejects(open(path, run), {
      message:
        `Cannot resume by ${path}: it is about what was stored from PACS@pacs:104 by other keys; ` +
        "give another file",
    });
  }));

Deno.test("Journal.open() refuses a directory that does not exist", () =>
  withFile(undefined, async (path) => {
    await assert.rejects(open(`${path}/none`), {
      message: `Cannot resume by ${path}/none: its directory does not exist`,
    });
  }));

Deno.test("Journal.open() refuses a directory", () =>
  withFile(undefined, async (path) => {
    await Deno.mkdir(path);
    await assert.rejects(open(path), { message: /^Cannot resume by .*: it is a directory/ });
  }));

Deno.test("Journal.open() refuses a journal that another run writes to, until that ends", () =>
  withFile(undefined, async (path) => {
    {
      using journal = await open(path);
      journal.add("1.2");
      await assert.rejects(open(path), {
        message: `Cannot resume by ${path}: another run is writing to it`,
      });
    }
    using next = await open(path);
    assert.deepEqual([...next.known], ["1.2"]);
  }));

Deno.test("Journal.add() writes each instance once, and none that is more than one word", () =>
  withFile(`${HEADER}sent 1.2\n`, async (path) => {
    using journal = await open(path);
    for (const uid of ["1.2", "1.3", "1.3", "1.4\nsent 1.5", "", " ", "1".repeat(65), "1.\u00e9"]) {
      journal.add(uid);
    }
    assert.equal(await Deno.readTextFile(path), `${HEADER}sent 1.2\nsent 1.3\n`);
  }));

Deno.test({
  name: "Journal keeps whole lines on a disk that is full, says so once, and writes the rest later",
  ignore: whyNoSmallDisk !== undefined,
  fn: async () => {
    await using disk = await smallDisk(1);
    const path = `${disk.directory}/journal`;
    const told: string[] = [];
    const uids = Array.from({ length: 3000 }, (_, index) => `1.2.826.0.1.3680043.10.511.${index}`);
    {
      using journal = await open(path, RUN, told);
      journal.add("1.1");
      await fill(`${disk.directory}/filler`);
      for (const uid of uids) journal.add(uid);
      const content = await Deno.readTextFile(path);
      assert.match(content, /^dimse journal 1: .*\n(sent [0-9.]+\n)+$/, "no half line");
      assert.ok(content.length < 3000 * 30, "the disk was full");
      assert.equal(told.length, 1);
      assert.match(told.join(""), /^W: Cannot write to journal .*journal: .*resumes does again/);
      await Deno.remove(`${disk.directory}/filler`);
      journal.add("1.9");
    }
    using next = await open(path);
    assert.deepEqual([...next.known], ["1.1", ...uids, "1.9"]);
  },
});

/** Writes until there is no room. */
async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  for (const size of [65536, 4096, 1]) {
    try {
      while (file.writeSync(new Uint8Array(size)) > 0);
    } catch {
      // Smaller pieces may still go in.
    }
  }
}

Deno.test("`openRetrievalJournal()` tells the ledger what is here, and writes what it receives", async () => {
  const directory = await Deno.makeTempDir({ prefix: "dimse_journal_" });
  try {
    const path = `${directory}/journal`;
    const peer = { hostname: "h", port: 104, aeTitle: "OTHER" };
    const open = (ledger: RetrieveLedger): Promise<Journal> =>
      openRetrievalJournal(path, {
        ...{ peer, calledAeTitle: "PACS", identifier: new DataSet(), ledger },
        log: new ToolLog("error", () => {}),
      });
    {
      const ledger = new RetrieveLedger();
      using _journal = await open(ledger);
      assert.deepEqual([...ledger.earlier], []);
      ledger.onReceived("1.2.3");
    }
    const ledger = new RetrieveLedger();
    using _journal = await open(ledger);
    assert.deepEqual([...ledger.earlier], ["1.2.3"]);
    assert.match(await Deno.readTextFile(path), /stored from PACS@h:104, request/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
