import assert from "node:assert/strict";
import {
  type Bench,
  type ConformanceOptions,
  conformanceRules,
  handlerConformance,
  type Subject,
} from "../../plugins/conformance.ts";
import type { HandlerContext, StoreRequest } from "../../lib/handler/handler.ts";

handlerConformance({
  name: "that keeps in memory, for one,",
  create: (context, { directory }): Subject => {
    assert.deepEqual(context.options, { within: [directory] });
    const kept = new Map<string, Uint8Array>();
    return {
      handlers: {
        async store({ dataSet, sopInstanceUid }) {
          const { bytes, length } = await beginning(dataSet);
          if (length < MUCH) kept.set(sopInstanceUid, bytes);
          return length < MUCH ? 0x0000 : 0xa700;
        },
      },
      stored: (uid) => kept.has(uid) ? [kept.get(uid)!] : [],
    };
  },
  options: ({ directory }) => ({ within: [directory] }),
});

const MUCH = 16 * 1024 * 1024;

async function beginning(
  dataSet: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<{ bytes: Uint8Array; length: number }> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of dataSet) {
    length += chunk.byteLength;
    if (length < MUCH) chunks.push(chunk);
  }
  return { bytes: await new Blob(chunks).bytes(), length };
}

/** The rule of a name. */
async function check(options: Omit<ConformanceOptions, "name">, name: RegExp): Promise<void> {
  const rule = conformanceRules({ name: "mine", ...options }).find((rule) => name.test(rule.name));
  assert.ok(rule, `There is no rule ${name}`);
  await rule.check();
}

Deno.test("`conformanceRules()` dispose of handler, subject and directory after each rule", async () => {
  const calls: string[] = [];
  const signals: AbortSignal[] = [];
  const directories: string[] = [];
  const create = ({ signal }: HandlerContext, { directory }: Bench): Subject => {
    signals.push(signal);
    directories.push(directory);
    return {
      handlers: {
        store: () => 0xa700,
        [Symbol.asyncDispose]: () => Promise.resolve(void calls.push("handlers")),
      },
      dispose: () => void calls.push("subject"),
    };
  };
  await check({ create }, /in one portion/);
  assert.deepEqual(calls, ["handlers", "subject"]);
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true]);
  await assert.rejects(Deno.stat(directories[0]!), Deno.errors.NotFound);
});

Deno.test("`conformanceRules()` try a rule in both ways where the handler looks for passDataSet", async () => {
  const offered: boolean[] = [];
  const calls: string[] = [];
  const looks = () => ({
    handlers: {
      async store(request: StoreRequest) {
        offered.push(request.passDataSet !== undefined);
        await request.dataSet.pipeTo(new WritableStream());
        return 0xa700;
      },
      [Symbol.asyncDispose]: () => Promise.resolve(void calls.push("handlers")),
    },
    dispose: () => void calls.push("subject"),
  });
  await check({ create: looks }, /in one portion/);
  assert.deepEqual(offered, [true, false]);
  assert.deepEqual(calls, ["handlers", "subject", "handlers", "subject"]);
  let made = 0;
  const blind = () => {
    made++;
    return { store: () => 0xa700 };
  };
  await check({ create: blind }, /in one portion/);
  assert.equal(made, 1);
});

Deno.test("`conformanceRules()` dispose of the handler when it broke the rule", async () => {
  let isDisposed = false;
  const create = () => ({
    store: () => 0xff00,
    [Symbol.asyncDispose]: () => Promise.resolve(void (isDisposed = true)),
  });
  await assert.rejects(check({ create }, /in one portion/), /0xff00 is no status of C-STORE/);
  assert.ok(isDisposed);
});

Deno.test("`conformanceRules()` give the handler the log and the associations of the options", async () => {
  const messages: string[] = [];
  const log = {
    debug() {},
    info: (text: string) => void messages.push(text),
    warn() {},
    error() {},
  };
  const create = async (context: HandlerContext) => {
    context.log.info("made");
    const contexts = [{ sopClassUid: "1.2", transferSyntaxUid: "1.2" }];
    const peer = { hostname: "x", port: 1, calledAeTitle: "A", callingAeTitle: "B", contexts };
    await assert.rejects(context.associate(peer), /^Error: Not from here$/);
    return { store: () => 0xa700 };
  };
  const associate = () => Promise.reject(new Error("Not from here"));
  await check({ create, log, associate }, /in one portion/);
  assert.deepEqual(messages, ["made"]);
});

Deno.test("`conformanceRules()` fill a disk and kill processes where they are told how", () => {
  const create = () => ({ store: () => 0x0000 });
  const names = (options: Partial<ConformanceOptions>): string[] =>
    conformanceRules({ name: "mine", create, ...options }).map(({ name }) => name);
  const plain = names({});
  const spawn = () => Promise.reject(new Error("Not now"));
  assert.deepEqual(names({ smallDirectory: "/tmp", spawn, kills: 5 }).slice(plain.length), [
    "refuses what there is no room for, keeps nothing of it, and works on",
    "loses nothing, and keeps nothing half, when it is killed (5 times)",
  ]);
});
