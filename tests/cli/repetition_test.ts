import assert from "node:assert/strict";
import { ToolLog } from "../../cli/log.ts";
import { withoutRepetition } from "../../cli/repetition.ts";
import type { Handlers } from "../../lib/handler/handler.ts";
import { pure } from "../support/requesting.ts";
import { instanceBytes, served, storeRequest } from "../support/served.ts";

/** Takes an instance of each UID by the handlers; gives the statuses, and what was told. */
async function take(handlers: Handlers, uids: readonly string[]) {
  const told: string[] = [];
  const log = new ToolLog("verbose", (text) => void told.push(text));
  const here = new Set(["1.1", "1.3"]);
  await using serving = served(withoutRepetition(handlers, (uid) => here.has(uid), log));
  const { peer } = await serving.associated();
  const statuses: number[] = [];
  for (const uid of uids) {
    const request = storeRequest({ affectedSopInstanceUid: uid });
    await peer.sendMessage(3, request, instanceBytes(100, uid));
    statuses.push((await peer.expectMessage("C-STORE-RSP")).status);
  }
  return { statuses, told };
}

pure("withoutRepetition() stores what is new, and answers Success to what is here", async () => {
  const stored: string[] = [];
  const handlers: Handlers = {
    async store({ sopInstanceUid, dataSet }) {
      stored.push(sopInstanceUid);
      await dataSet.cancel();
      return sopInstanceUid === "1.4" ? 0xa700 : 0x0000;
    },
  };
  const { statuses, told } = await take(handlers, ["1.1", "1.2", "1.3", "1.4"]);
  assert.deepEqual(statuses, [0x0000, 0x0000, 0x0000, 0xa700]);
  assert.deepEqual(stored, ["1.2", "1.4"]);
  assert.deepEqual(told, ["I: Received before: 1.1\n", "I: Received before: 1.3\n"]);
});

pure("withoutRepetition() lets the handlers decide on associations, as objects too", async () => {
  class Choosy implements Handlers {
    readonly titles: string[] = [];
    readonly attributes = ["PatientID"];
    acceptAssociation({ calledAeTitle }: { readonly calledAeTitle: string }) {
      this.titles.push(calledAeTitle);
      return { accept: true } as const;
    }
    store(): number {
      return 0x0000;
    }
  }
  const choosy = new Choosy();
  const { statuses } = await take(choosy, ["1.2"]);
  assert.deepEqual([statuses, choosy.titles], [[0x0000], ["STORE"]]);
});
