/**
 * A handler that does what no handler should, as its option `does` says, with the instances whose UID
 * ends in `.666`, or with those whose UID matches its option `with`; all others it reads to their end,
 * and answers with Success.
 *
 * It imports nothing, so that it loads wherever a handler does.
 *
 * @module
 */

import type { HandlerFactory, StoreRequest } from "../../lib/handler/handler.ts";

const misbehaving: HandlerFactory = ({ options, log }) => {
  const fault = FAULTS[options.does?.[0] ?? ""];
  if (fault === undefined) throw new TypeError(`There is no fault ${options.does}`);
  // What the types forbid is the point.
  const isMeant = new RegExp(options.with?.[0] ?? "\\.666$");
  const store = fault as (request: StoreRequest, say: (text: string) => void) => number;
  return {
    async store(request) {
      if (isMeant.test(request.sopInstanceUid)) {
        return await store(request, (text) => log.info(text));
      }
      await request.dataSet.pipeTo(new WritableStream());
      return 0x0000;
    },
  };
};
export default misbehaving;

/** Reads a data set by its stream. */
async function read({ dataSet }: StoreRequest): Promise<number> {
  await dataSet.pipeTo(new WritableStream());
  return 0x0000;
}

/** Has it passed, where the host does. */
async function pass(request: StoreRequest): Promise<number> {
  await request.passDataSet?.(() => {});
  return 0x0000;
}

/** Gathers it in memory. */
async function gather({ dataSet }: StoreRequest): Promise<number> {
  const chunks = await Array.fromAsync(dataSet);
  return chunks.length >= 0 ? 0x0000 : 0xc000;
}

/** Gathers what is passed. */
async function gatherPassed(request: StoreRequest): Promise<number> {
  const pieces: Uint8Array[] = [];
  await request.passDataSet?.((piece) => void pieces.push(piece.slice()));
  return pieces.length >= 0 ? 0x0000 : 0xc000;
}

type Fault = (request: StoreRequest, say: (text: string) => void) => unknown;

const FAULTS: Readonly<Record<string, Fault>> = {
  throws() {
    throw new TypeError("Out of luck");
  },
  "rejects after it has read": async ({ dataSet }) => {
    await dataSet.pipeTo(new WritableStream());
    throw new TypeError("Out of luck");
  },
  "throws text": () => Promise.reject("Out of luck"),
  "throws nothing": () => Promise.reject(undefined),
  "throws a status": () => Promise.reject({ status: 0xa701 }),
  "throws an error with a status": () =>
    Promise.reject(Object.assign(new Error("Disk full"), { status: 0xa702 })),
  "throws a pending status": () => Promise.reject({ status: 0xff00 }),
  "throws a status that is none": () => Promise.reject({ status: 0x12345 }),

  "returns nothing": () => undefined,
  "returns null": () => null,
  "returns text": () => "0",
  "returns an empty object": () => ({}),
  "returns a function": () => () => 0x0000,
  "returns a status of text": () => ({ status: "0" }),
  "returns a number that is none": () => NaN,
  "returns a fraction": () => 0.5,
  "returns a negative number": () => -1,
  "returns a number too large": () => 0x10000,
  "returns a pending status": () => 0xff00,
  "returns a warning": () => ({ status: 0xb007, errorComment: "Odd" }),
  "returns a comment that is none": () => ({ status: 0xa700, errorComment: 5 }),
  "returns a long comment": () => ({ status: 0xa700, errorComment: "x".repeat(100_000) }),
  "returns a comment with control characters": () => ({
    status: 0xa700,
    errorComment: "A\u001b[2JB\r\nC\\D",
  }),
  "returns elements that are none": () => ({ status: 0xc000, offendingElements: ["x", -1, {}] }),
  "returns a status that throws": () => ({
    get status() {
      throw new TypeError("Out of luck");
    },
  }),

  "answers without reading": () => 0x0000,
  "refuses without reading": () => 0xa700,
  "cancels the data set": async ({ dataSet }) => {
    await dataSet.cancel();
    return 0x0000;
  },
  "reads one byte": async ({ dataSet }) => {
    const reader = dataSet.getReader({ mode: "byob" });
    await reader.read(new Uint8Array(1));
    reader.releaseLock();
    return 0x0000;
  },
  "locks the data set": ({ dataSet }) => {
    dataSet.getReader();
    return 0x0000;
  },
  "reads in twos what is odd": async ({ dataSet }) => {
    const reader = dataSet.getReader({ mode: "byob" });
    for (;;) {
      const { done } = await reader.read(new Uint16Array(1000));
      if (done) return 0x0000;
    }
  },
  "tees the data set and reads one half": async ({ dataSet }) => {
    const [one] = dataSet.tee();
    await one.pipeTo(new WritableStream());
    return 0x0000;
  },
  "reads on after its reply": async ({ dataSet }, say) => {
    const reader = dataSet.getReader();
    const { value } = await reader.read();
    void (async () => {
      try {
        const { done, value: more } = await reader.read();
        say(done ? "ended" : `${more.byteLength} bytes more`);
      } catch {
        say("failed");
      }
    })();
    return value === undefined ? 0xc000 : 0x0000;
  },
  "waits until the association is lost": ({ signal }, say) => {
    say("waiting");
    const lost = Promise.withResolvers<number>();
    signal.addEventListener("abort", () => {
      say("lost");
      lost.resolve(0x0000);
    });
    return lost.promise;
  },
  "never replies": (_request, say) => {
    say("waiting");
    return new Promise(() => {});
  },
  "reads, and never replies": async ({ dataSet }, say) => {
    await dataSet.pipeTo(new WritableStream());
    say("waiting");
    return await new Promise(() => {});
  },
  // Right in one of the ways that a host has, and wrong in the other.
  "calls a broken stream a success, but not what is passed": (request) =>
    request.passDataSet === undefined ? read(request).catch(() => 0x0000) : pass(request),
  "calls a success what is passed and breaks, but not a broken stream": (request) =>
    request.passDataSet === undefined ? read(request) : pass(request).catch(() => 0x0000),
  "gathers a stream in memory, but not what is passed": (request) =>
    request.passDataSet === undefined ? gather(request) : pass(request),
  "gathers what is passed in memory, but no stream": (request) =>
    request.passDataSet === undefined ? read(request) : gatherPassed(request),
  "holds a stream after its reply, but not what is passed": (request) => {
    if (request.passDataSet !== undefined) return pass(request);
    request.dataSet.getReader();
    return 0xa700;
  },
  "holds what is passed after its reply, but no stream": (request) => {
    if (!("passDataSet" in request)) return read(request);
    void pass(request).catch(() => {});
    return 0xa700;
  },
  "does not await what is passed": (request) => {
    void request.passDataSet?.(() => {});
    return 0x0000;
  },
  "does not await what is passed, and waits until the association is lost": (request, say) => {
    void request.passDataSet?.(() => {});
    const lost = Promise.withResolvers<number>();
    request.signal.addEventListener("abort", () => {
      say("lost");
      lost.resolve(0x0000);
    });
    return lost.promise;
  },
  "does not await what throws as it is passed": async (request, say) => {
    const thrown = Promise.withResolvers<void>();
    void request.passDataSet?.(() => {
      thrown.resolve();
      throw new TypeError("Out of luck in the background");
    });
    await thrown.promise;
    say("thrown");
    return 0x0000;
  },
  "fails in the background": ({ dataSet }) => {
    void dataSet.cancel().then(() => {
      throw new TypeError("Out of luck in the background");
    });
    return 0x0000;
  },
};
