import assert from "node:assert/strict";
import { type InstanceHead, readFileHead } from "../../cli/file_head.ts";
import { OpenedFile } from "../../cli/opened_file.ts";
import { responseTo } from "../../lib/dimse/response.ts";
import { FileCounters } from "../support/file_counters.ts";
import { requesting } from "../support/requesting.ts";
import { instanceDataSet } from "../support/synthetic_instances.ts";
import { CT, ct, EXPLICIT, type Files, IMPLICIT, JPEG, withFiles } from "./sending.ts";

const OPTIONS = { checks: true, onRead: (): void => {} };

/** The head of the one file, which is there for as long as it is used. */
function withHead(files: Files, use: (head: InstanceHead) => Promise<void>): Promise<void> {
  return withFiles(files, async (directory) => {
    const file = readFileHead(`${directory}/a.dcm`);
    assert.ok(file.kind === "instance");
    await use(file.head);
  });
}

for (const transferSyntaxUid of [IMPLICIT, EXPLICIT]) {
  Deno.test(`OpenedFile of ${transferSyntaxUid} is closed when it is sent, and not before`, () =>
    withHead({ "a.dcm": ct("1.1", { transferSyntaxUid }) }, async (head) => {
      const bench = requesting();
      const association = await bench.associated();
      using counters = new FileCounters();
      using file = new OpenedFile(association, head, OPTIONS);
      assert.equal(file.route.converts, transferSyntaxUid !== IMPLICIT);
      assert.equal(counters.calls["file.close"] ?? 0, 0);
      let closedAtEnd: number | undefined;
      const sending = file.send(() => void (closedAtEnd = counters.calls["file.close"]));
      const request = await bench.peer.expectMessage("C-STORE-RQ");
      const { data } = await bench.peer.expect("data");
      const facts = { sopClassUid: CT, sopInstanceUid: "1.1", transferSyntaxUid: IMPLICIT };
      assert.deepEqual(data, instanceDataSet(facts));
      assert.equal(closedAtEnd, 1);
      await bench.peer.sendMessage(3, responseTo(request, { status: 0xb000 }));
      assert.equal((await sending).status, 0xb000);
      file[Symbol.dispose]();
      assert.equal(counters.calls["file.close"], 1, "once");
      await bench.end(association);
    }));
}

Deno.test("OpenedFile leaves nothing open that is not sent, or cannot be", async () => {
  const bench = requesting();
  const association = await bench.associated();
  await withHead({ "a.dcm": ct("1.1") }, async (head) => {
    using counters = new FileCounters();
    new OpenedFile(association, head, OPTIONS)[Symbol.dispose]();
    assert.deepEqual([counters.calls["openSync"], counters.calls["file.close"]], [1, 1]);
    const compressed = { ...head, transferSyntaxUid: JPEG };
    assert.throws(() => new OpenedFile(association, compressed, OPTIONS), {
      name: "NegotiationError",
    });
    await Deno.remove(head.path);
    assert.throws(() => new OpenedFile(association, head, OPTIONS), Deno.errors.NotFound);
  });
  await bench.end(association);
});
