import assert from "node:assert/strict";
import { crashRule, type HandlerProcess } from "../../../plugins/conformance/crash.ts";
import { MemoryDestination } from "../../../plugins/conformance/destination.ts";
import { Trial } from "../../../plugins/conformance/trial.ts";
import { pure } from "../../support/requesting.ts";

/** What a process answers, and what it has kept by then. */
interface Behaviour {
  /** Whether it answers before it keeps. */
  readonly isHasty?: boolean;
  /** Whether it keeps each chunk at once, under the final name. */
  readonly isSloppy?: boolean;
}

/** A process in memory: a kill ends its associations, and what it had in hand is lost. */
function processOf(kept: Map<string, Uint8Array>, behaviour: Behaviour): HandlerProcess {
  const death = new AbortController();
  return {
    associate(contexts) {
      death.signal.throwIfAborted();
      return Promise.resolve({
        contexts,
        signal: death.signal,
        async store({ sopInstanceUid, dataSet }) {
          const chunks: Uint8Array<ArrayBuffer>[] = [];
          for await (const chunk of dataSet) {
            death.signal.throwIfAborted();
            chunks.push(chunk);
            if (behaviour.isSloppy) kept.set(sopInstanceUid, await new Blob(chunks).bytes());
          }
          const bytes = await new Blob(chunks).bytes();
          if (behaviour.isHasty) {
            void turns(20).then(() => death.signal.aborted || kept.set(sopInstanceUid, bytes));
            return { status: 0x0000 };
          }
          death.signal.throwIfAborted();
          kept.set(sopInstanceUid, bytes);
          return { status: 0x0000 };
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    },
    kill: () => death.abort(new Error("Killed")),
  };
}

function trialOf(kept: ReadonlyMap<string, Uint8Array>): Trial {
  const stored = (uid: string): Uint8Array[] => [kept.get(uid) ?? []].flat();
  return new Trial({
    subject: { handlers: {}, stored },
    bench: { directory: "unused", destination: new MemoryDestination() },
    shutdown: () => {},
    patience: 20_000,
  });
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await null;
}

const BEHAVIOURS: readonly (readonly [what: string, behaviour: Behaviour, found?: RegExp])[] = [
  ["keeps before it answers", {}],
  [
    "answers before it keeps",
    { isHasty: true },
    /^Killed a(fter|t) .* answered 0x0: Not as many instances are kept as were to be: 0, not 1$/,
  ],
  [
    "keeps halves",
    { isSloppy: true },
    /^Killed a(fter|t) .* not answered: Of an instance that broke off, a part is kept$/,
  ],
];

for (const [what, behaviour, found] of BEHAVIOURS) {
  pure(`\`crashRule()\` ${found ? "finds" : "passes"} a process that ${what}`, async () => {
    const kept = new Map<string, Uint8Array>();
    const [, check] = crashRule({ kills: 20, spawn: () => processOf(kept, behaviour) });
    const checking = check(trialOf(kept));
    if (found === undefined) await checking;
    else await assert.rejects(checking, { name: "AssertionError", message: found });
  });
}

pure("`crashRule()` tells why no association could be made", async () => {
  const associate = () => Promise.reject(new Error("Nobody listens"));
  const [, check] = crashRule({ kills: 1, spawn: () => ({ associate, kill() {} }) });
  await assert.rejects(check(trialOf(new Map())), /^Error: Nobody listens$/);
});
