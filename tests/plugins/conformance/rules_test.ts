import assert from "node:assert/strict";
import type { HandlerContext, Handlers, StoreRequest } from "../../../lib/handler/handler.ts";
import { conformanceRules, type Subject } from "../../../plugins/conformance.ts";
import { RULES } from "../../../plugins/conformance/rules.ts";

/** Keeps in memory, as a handler that stores would, with a fault for each test. */
class Keeper {
  readonly kept = new Map<string, Uint8Array>();

  /** Reads and keeps. */
  async keep({ dataSet, sopInstanceUid }: StoreRequest): Promise<number> {
    const bytes = await beginningOf(dataSet);
    this.kept.set(sopInstanceUid, bytes);
    return 0x0000;
  }

  subject(handlers: Handlers): Subject {
    return { handlers, stored: (uid) => this.kept.has(uid) ? [this.kept.get(uid)!] : [] };
  }
}

async function beginningOf(dataSet: StoreRequest["dataSet"]): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of dataSet) {
    length += chunk.byteLength;
    if (length < 8_000_000) chunks.push(chunk);
  }
  return await new Blob(chunks).bytes();
}

/** The rule that looks at memory, and takes its time. */
const MEMORY = /does not keep an instance in memory/;

type Create = (keeper: Keeper, context: HandlerContext) => Subject;

/** What a faulty handler does, which rule finds it, and what that says. */
const FAULTY: readonly (readonly [fault: string, create: Create, rule: RegExp, found: RegExp])[] = [
  [
    "misspells an attribute",
    (keeper) =>
      keeper.subject({
        attributes: ["Modalty"],
        store: (request) => keeper.keep(request),
      }),
    /asks only for attributes/,
    /no attribute "Modalty"/,
  ],

  [
    "asks for a sequence",
    (keeper) =>
      keeper.subject({
        attributes: ["ReferencedStudySequence"],
        store: (request) => keeper.keep(request),
      }),
    /asks only for attributes/,
    /is a sequence/,
  ],

  [
    "does not keep what it reads",
    (keeper) =>
      keeper.subject({
        async store({ dataSet }) {
          await beginningOf(dataSet);
          return 0x0000;
        },
      }),
    /odd portions/,
    /Not as many instances/,
  ],

  [
    "changes a byte",
    (keeper) =>
      keeper.subject({
        async store(request) {
          const status = await keeper.keep(request);
          const bytes = keeper.kept.get(request.sopInstanceUid)!;
          if (bytes.byteLength > 0) bytes[bytes.byteLength - 1]! ^= 1;
          return status;
        },
      }),
    /one portion/,
    /No instance with the 1000 bytes/,
  ],

  [
    "keeps what it got when the data set breaks",
    (keeper) =>
      keeper.subject({
        async store({ dataSet, sopInstanceUid }) {
          const chunks: Uint8Array<ArrayBuffer>[] = [];
          try {
            for await (const chunk of dataSet) chunks.push(chunk);
          } finally {
            keeper.kept.set(sopInstanceUid, await new Blob(chunks).bytes());
          }
          return 0x0000;
        },
      }),
    /breaks after 1 bytes/,
    /Not as many instances/,
  ],

  [
    "calls a broken data set a success",
    (keeper) =>
      keeper.subject({
        store: (request) => keeper.keep(request).catch(() => 0x0000),
      }),
    /breaks after 300000 bytes/,
    /saw the data set break off/,
  ],

  [
    "waits for another association",
    (keeper) =>
      keeper.subject({
        async store(request) {
          try {
            return await keeper.keep(request);
          } catch {
            return await new Promise<number>(() => {});
          }
        },
      }),
    /stands still after 5000 bytes/,
    /does not reply/,
  ],

  [
    "waits for an association that is lost already",
    (keeper) =>
      keeper.subject({
        async store(request) {
          if (request.signal.aborted) await new Promise(() => {});
          return await keeper.keep(request);
        },
      }),
    /lost before it begins/,
    /does not reply/,
  ],

  [
    "loses what is stored with the association",
    (keeper) =>
      keeper.subject({
        store(request) {
          request.signal.addEventListener(
            "abort",
            () => keeper.kept.delete(request.sopInstanceUid),
          );
          return keeper.keep(request);
        },
      }),
    /odd portions/,
    /Not as many instances/,
  ],

  [
    "keeps a half when the association is lost with the last byte",
    (keeper) =>
      keeper.subject({
        async store(request) {
          const { sopInstanceUid } = request;
          const status = await keeper.keep(request);
          if (!request.signal.aborted) return status;
          keeper.kept.set(sopInstanceUid, keeper.kept.get(sopInstanceUid)!.slice(0, -10));
          throw request.signal.reason;
        },
      }),
    /with the last byte/,
    /a part is kept/,
  ],

  [
    "gives up after its first failure",
    (keeper) => {
      let isBroken = false;
      return keeper.subject({
        async store(request) {
          if (isBroken) return await new Promise<number>(() => {});
          try {
            return await keeper.keep(request);
          } catch (error) {
            isBroken = true;
            throw error;
          }
        },
      });
    },
    /works on after/,
    /does not reply/,
  ],

  [
    "has one place for all instances",
    (keeper) => {
      let uid = "";
      return keeper.subject({
        async store({ dataSet, sopInstanceUid }) {
          uid = sopInstanceUid;
          const bytes = await beginningOf(dataSet);
          keeper.kept.set(uid, bytes);
          return 0x0000;
        },
      });
    },
    /different instances at once/,
    /Not as many instances|No instance with/,
  ],

  [
    "lets those that come at once fail together",
    (keeper) => {
      let failed: unknown;
      return keeper.subject({
        async store(request) {
          try {
            const status = await keeper.keep(request);
            if (failed !== undefined) keeper.kept.delete(request.sopInstanceUid);
            return status;
          } catch (error) {
            failed = error;
            throw error;
          }
        },
      });
    },
    /apart when some/,
    /Not as many instances/,
  ],

  [
    "takes a UID for a name",
    (keeper) =>
      keeper.subject({
        async store(request) {
          const status = await keeper.keep(request);
          if (request.sopInstanceUid.includes("/")) keeper.kept.delete(request.sopInstanceUid);
          return status;
        },
      }),
    /UIDs that are none/,
    /Not as many instances/,
  ],

  [
    "claims to have sent on what was refused",
    (_keeper, { associate }) => ({
      handlers: {
        async store(request) {
          await send(associate, request).catch(() => {});
          await request.dataSet.pipeTo(new WritableStream()).catch(() => {});
          return 0x0000;
        },
      },
      stored: () => [],
    }),
    /when it can send nothing on/,
    /Not as many instances/,
  ],

  [
    "waits for the host when that shuts down",
    (keeper, { signal }) =>
      keeper.subject({
        async store(request) {
          try {
            return await keeper.keep(request);
          } catch (error) {
            if (signal.aborted) await new Promise(() => {});
            throw error;
          }
        },
      }),
    /end when the host shuts down/,
    /does not reply/,
  ],

  [
    "keeps halves when the host shuts down",
    (keeper, { signal }) =>
      keeper.subject({
        async store({ dataSet, sopInstanceUid }) {
          const reader = dataSet.getReader();
          const { value = new Uint8Array(0) } = await reader.read();
          if (signal.aborted) keeper.kept.set(sopInstanceUid, value);
          reader.releaseLock();
          await dataSet.cancel();
          return 0xa700;
        },
      }),
    /what it says it does while the host/,
    /Not as many instances/,
  ],

  [
    "cannot be disposed of",
    (keeper) =>
      keeper.subject({
        store: (request) => keeper.keep(request),
        [Symbol.asyncDispose]: () => new Promise(() => {}),
      }),
    /disposed of while an instance arrives/,
    /cannot be disposed of/,
  ],

  [
    "keeps its associations",
    (_keeper, { associate }) => ({
      handlers: { store: async (request) => (await send(associate, request)).status },
    }),
    /leaves no association behind/,
    /Associations are still open/,
  ],

  [
    "gathers an instance in memory",
    (keeper) =>
      keeper.subject({
        async store({ dataSet }) {
          const chunks: Uint8Array[] = [];
          for await (const chunk of dataSet) chunks.push(chunk.fill(1));
          return chunks.length >= 0 ? 0xa700 : 0xc000;
        },
      }),
    MEMORY,
    /25\d MiB more memory for an instance of 256 MiB/,
  ],

  [
    "gathers most of an instance in memory, and lets it go",
    (keeper) =>
      keeper.subject({
        async store({ dataSet }) {
          let chunks: Uint8Array[] = [];
          for await (const chunk of dataSet) {
            chunks = chunks.length < 3200 ? [...chunks, chunk] : [];
          }
          return chunks.length >= 0 ? 0xa700 : 0xc000;
        },
      }),
    MEMORY,
    /1[23]\d MiB more memory for an instance of 256 MiB/,
  ],

  [
    "gathers an instance in memory where others left garbage",
    (keeper) => {
      for (let i = 0; i < 40; i++) void new Uint8Array(10 * MIB);
      return keeper.subject({
        async store({ dataSet }) {
          const chunks = await Array.fromAsync(dataSet);
          return chunks.length >= 0 ? 0xa700 : 0xc000;
        },
      });
    },
    MEMORY,
    /25\d MiB more memory for an instance of 256 MiB/,
  ],
];

const MIB = 1024 * 1024;

/** What is not tried in one way alone: faults outside `store`, and more than one of a kind. */
const NOT_APART = new Set([
  "misspells an attribute",
  "asks for a sequence",
  "cannot be disposed of",
  "gathers most of an instance in memory, and lets it go",
  "gathers an instance in memory where others left garbage",
]);

/** Refuses each instance, which is right by all rules. */
async function refuse(request: StoreRequest): Promise<number> {
  const { passDataSet } = request;
  const taken = passDataSet?.(() => {}) ?? request.dataSet.pipeTo(new WritableStream());
  await taken.catch(() => {});
  return 0xa700;
}

/** The ways to have a data set, and what a rule says first of what is wrong in them. */
const WAYS = [
  ["is passed", true, "Where the host offers passDataSet()"],
  ["comes by a stream alone", false, "Where the host has a stream alone, and no passDataSet()"],
] as const;

/** A handler that is wrong in one way, and right in the other. */
function wrongWhere(isPassed: boolean, { handlers, ...subject }: Subject): Subject {
  const store: Handlers["store"] = async (request) => {
    const isWrong = (request.passDataSet !== undefined) === isPassed;
    return isWrong ? await handlers.store?.(request) ?? 0xa700 : await refuse(request);
  };
  return { ...subject, handlers: { ...handlers, store } };
}

/** Sends a request on, over an association of its own, which it does not release. */
async function send(
  associate: HandlerContext["associate"],
  request: StoreRequest,
): Promise<{ status: number }> {
  const { contexts } = request;
  const peer = { hostname: "x", port: 104, calledAeTitle: "A", callingAeTitle: "B", contexts };
  const association = await associate(peer);
  return await association.store(request);
}

async function checkFaulty(rule: RegExp, create: Create): Promise<void> {
  const rules = conformanceRules({
    name: "faulty",
    ...(rule !== MEMORY && { patience: 300 }),
    create: (context) => create(new Keeper(), context),
  }).filter(({ name }) => rule.test(name));
  assert.equal(rules.length, 1, `There are ${rules.length} rules ${rule}`);
  await rules[0]?.check();
}

for (const [fault, create, rule, found] of FAULTY) {
  Deno.test(`\`RULES\` find a handler that ${fault}`, async () => {
    await assert.rejects(checkFaulty(rule, create), { name: "AssertionError", message: found });
  });

  if (NOT_APART.has(fault)) continue;
  for (const [where, isPassed, way] of WAYS) {
    Deno.test(`\`RULES\` find a handler that ${fault} only where it ${where}`, async () => {
      const checking = checkFaulty(rule, (...args) => wrongWhere(isPassed, create(...args)));
      await assert.rejects(checking, ({ name, message }: Error) => {
        assert.equal(name, "AssertionError");
        assert.ok(message.startsWith(`${way}: `), message);
        assert.match(message, found);
        return true;
      });
    });
  }
}

Deno.test("`RULES` do not take for kept what a handler has let go", async () => {
  const wasteful: Handlers["store"] = async (request) => {
    let copies: Uint8Array[] = [];
    await request.passDataSet?.((piece) => {
      copies = Array.from({ length: 2 }, () => piece.slice());
    });
    return copies.length >= 0 ? 0x0000 : 0xc000;
  };
  const rule = conformanceRules({ name: "wasteful", create: () => ({ store: wasteful }) })
    .find(({ name }) => MEMORY.test(name));
  assert.ok(rule);
  for (let i = 0; i < 2; i++) await rule.check();
});

Deno.test("`RULES` have each a fault that only it is tried on", () => {
  const found = FAULTY.map(([, , rule]) => rule);
  const untried = RULES.map(([name]) => name).filter((name) =>
    !found.some((rule) => rule.test(name))
  );
  assert.deepEqual(untried, [
    "replies to an instance of 3 MiB",
    "replies to an empty data set",
    "does not succeed when the data set breaks after 0 bytes",
    "comes to an end when the data set stands still after 0 bytes and the association is lost",
    "comes to an end when the data set stands still after 300000 bytes and the association is lost",
    "comes to an end when the association is aborted in mid-stream, after 1 bytes",
    "comes to an end when the association is aborted in mid-stream, after 1000000 bytes",
    "takes the same instance twice at once",
    "ends both when two instances with one UID come at once",
  ]);
});
