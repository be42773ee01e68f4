import assert from "node:assert/strict";
import type { Handlers, StoreRequest } from "../../lib/handler/handler.ts";
import { conformanceRules, type Subject } from "./handler_conformance.ts";

/** Handlers with one fault each, and the rules that must find it. */
const FAULTY: readonly (readonly [fault: string, store: Handlers["store"], found: RegExp])[] = [
  ["returns no status", () => ({ status: NaN }), /is no status of C-STORE/],
  ["returns a status of another service", () => 0xff00, /0xff00 is no status of C-STORE/],
  ["throws an illegal status", () => Promise.reject({ status: 0x12345 }), /0x12345 is no status/],
  ["never replies", () => new Promise<number>(() => {}), /does not reply: \d+ bytes delivered/],
  ["keeps the data set locked", lockedSuccess, /still holds the data set/],
  ["calls a broken data set a success", fooledSuccess, /saw the data set break/],
  ["gathers an instance in memory", gather, /MiB more memory for an instance of 256 MiB/],
];

function lockedSuccess({ dataSet }: StoreRequest): number {
  dataSet.getReader();
  return 0x0000;
}

async function fooledSuccess({ dataSet }: StoreRequest): Promise<number> {
  await dataSet.pipeTo(new WritableStream()).catch(() => {});
  return 0x0000;
}

async function gather({ dataSet }: StoreRequest): Promise<number> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of dataSet) chunks.push(chunk.fill(1));
  return chunks.length >= 0 ? 0x0000 : 0xc000;
}

for (const [fault, store, found] of FAULTY) {
  Deno.test(`\`conformanceRules()\` find a handler that ${fault}`, async () => {
    const create = (): Subject => ({ handlers: { ...(store && { store }) } });
    const failures: string[] = [];
    const patience = fault === "never replies" ? 100 : 20_000;
    for (const { check } of conformanceRules({ name: "faulty", create, patience })) {
      await check().catch((error: Error) => failures.push(error.message));
    }
    assert(failures.some((message) => found.test(message)), failures.join("\n"));
  });
}

/** Handlers that lose or change what they call a success. */
const LOSSY: readonly (readonly [fault: string, keep: (bytes: Uint8Array) => Uint8Array[]])[] = [
  ["keeps nothing", () => []],
  ["cuts the last byte off", (bytes) => [bytes.subarray(0, -1)]],
  ["changes a byte", (bytes) => [bytes.with(bytes.length - 1, bytes[bytes.length - 1]! ^ 1)]],
  ["keeps a copy too many", (bytes) => [bytes, bytes]],
];

for (const [fault, keep] of LOSSY) {
  Deno.test(`\`conformanceRules()\` find a storing handler that ${fault}`, async () => {
    const create = (): Subject => {
      let kept: Uint8Array[] = [];
      return {
        handlers: {
          async store({ dataSet }) {
            kept = keep(await new Response(dataSet).bytes());
            return 0x0000;
          },
        },
        stored: () => kept,
      };
    };
    const [rule] = conformanceRules({ name: "lossy", create });
    assert.equal(rule?.name, "replies to an instance in one portion");
    await assert.rejects(async () => await rule.check(), assert.AssertionError);
  });
}

Deno.test("`conformanceRules()` find no other fault with a handler that gathers in memory", async () => {
  const create = (): Subject => {
    const kept = new Map<string, Uint8Array>();
    return {
      handlers: {
        async store({ dataSet, sopInstanceUid }) {
          kept.set(sopInstanceUid, await new Response(dataSet).bytes());
          return 0x0000;
        },
      },
      stored: (uid) => kept.has(uid) ? [kept.get(uid)!] : [],
    };
  };
  for (const { name, check } of conformanceRules({ name: "memory", create })) {
    if (name !== "does not keep an instance in memory") await check();
  }
});

Deno.test("`conformanceRules()` dispose of handler and subject after each rule", async () => {
  const calls: string[] = [];
  const create = (): Subject => ({
    handlers: {
      store: () => 0x0000,
      [Symbol.asyncDispose]: () => Promise.resolve(void calls.push("handlers")),
    },
    dispose: () => void calls.push("subject"),
  });
  const [rule] = conformanceRules({ name: "disposable", create });
  await rule?.check();
  assert.deepEqual(calls, ["handlers", "subject"]);
});
