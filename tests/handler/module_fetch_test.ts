import assert from "node:assert/strict";
import { systemClock } from "../../lib/net/clock.ts";
import { fetchModule, type FetchOptions, NoAnswer } from "../../lib/handler/module_fetch.ts";
import { ModuleFault } from "../../lib/handler/module_fault.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";

const URL_A = "https://a.example/x.ts";

interface Asked {
  readonly url: string;
  readonly headers: Headers;
  readonly redirect: string | undefined;
}

/** A network of one's own: answers by URL. */
function network(
  answers: Readonly<Record<string, (signal: AbortSignal) => Response | Promise<Response>>>,
  more: Partial<FetchOptions> = {},
): FetchOptions & { readonly asked: readonly Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    async fetch(input, init) {
      const url = String(input);
      asked.push({ url, headers: new Headers(init?.headers), redirect: init?.redirect });
      const answer = answers[url];
      if (answer === undefined) throw new TypeError("Connection refused");
      return await answer(init?.signal ?? new AbortController().signal);
    },
    refusalOf: ({ host }) => host === "evil.example" ? "evil is not allowed" : undefined,
    redirectLimit: 2,
    sizeLimit: 10,
    timeout: 0,
    clock: systemClock,
    signal: new AbortController().signal,
    ...more,
  };
}

function redirect(location: string, body?: BodyInit): () => Response {
  return () => new Response(body ?? null, { status: 302, headers: { location } });
}

/** Says whether it was cancelled. */
function body(chunks: Iterable<number>): ReadableStream<Uint8Array> & { isCancelled(): boolean } {
  let cancelled = false;
  const iterator = chunks[Symbol.iterator]();
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
    cancel() {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  return Object.assign(stream, { isCancelled: () => cancelled });
}

Deno.test({
  name: "`fetchModule()` gives the bytes, where they came from, and what they are",
  permissions: "none",
  async fn() {
    const options = network({
      [URL_A]: redirect("../y.ts"),
      "https://a.example/y.ts": () =>
        new Response(body([4, 0, 6]), {
          headers: { "content-type": "text/typescript", etag: '"1"' },
        }),
    });
    assert.deepEqual(await fetchModule(URL_A, options), {
      url: "https://a.example/y.ts",
      bytes: new Uint8Array(10),
      contentType: "text/typescript",
      etag: '"1"',
    });
    assert.deepEqual(options.asked.map(({ redirect }) => redirect), ["manual", "manual"]);
  },
});

const FAULTS: readonly (readonly [
  name: string,
  answers: Parameters<typeof network>[0],
  says: string,
])[] = [
  ["a status that is not 200", {
    [URL_A]: () => new Response("x", { status: 418, statusText: "Teapot" }),
  }, "the server answered 418 Teapot"],
  ["a status without words", {
    [URL_A]: () => new Response("x", { status: 418 }),
  }, "the server answered 418"],
  ["a redirect that leads nowhere", {
    [URL_A]: () => new Response(null, { status: 302 }),
  }, "the server answered 302"],
  ["more bytes than the limit", {
    [URL_A]: () => new Response(body([10, 1])),
  }, "it has more than the 10 bytes allowed"],
  ["a length that is a lie", {
    [URL_A]: () => new Response(body([11]), { headers: { "content-length": "1" } }),
  }, "it has more than the 10 bytes allowed"],
  ["more redirects than the limit", {
    [URL_A]: redirect(URL_A),
  }, "it redirects more than 2 times"],
  ["a redirect to where it may not ask", {
    [URL_A]: redirect("https://evil.example/y.ts"),
  }, "it redirects to https://evil.example/y.ts: evil is not allowed"],
];

for (const [name, answers, says] of FAULTS) {
  Deno.test({
    name: `\`fetchModule()\` refuses ${name}`,
    permissions: "none",
    async fn() {
      await assert.rejects(fetchModule(URL_A, network(answers)), (error) => {
        assert.ok(error instanceof ModuleFault && !(error instanceof NoAnswer));
        assert.equal(error.message, says);
        assert.equal(error.url, URL_A);
        return true;
      });
    },
  });
}

Deno.test({
  name: "`fetchModule()` asks nobody when it may not ask the first",
  permissions: "none",
  async fn() {
    const options = network({});
    await assert.rejects(
      fetchModule("https://evil.example/x.ts", options),
      /^ModuleFault: evil is not allowed$/,
    );
    assert.deepEqual(options.asked, []);
  },
});

Deno.test({
  name: "`fetchModule()` leaves no body behind",
  permissions: "none",
  async fn() {
    const bodies = [body([1, 1, 1]), body([1, 1, 1]), body([1, 1, 1])];
    const [moved, gone, large] = bodies;
    assert.ok(moved !== undefined && gone !== undefined && large !== undefined);
    const options = network({
      [URL_A]: redirect("/gone.ts", moved),
      "https://a.example/gone.ts": () => new Response(gone, { status: 404 }),
      "https://a.example/large.ts": () => new Response(large),
    }, { sizeLimit: 1 });
    await assert.rejects(fetchModule(URL_A, options));
    await assert.rejects(fetchModule("https://a.example/large.ts", options));
    assert.deepEqual(bodies.map((each) => each.isCancelled()), [true, true, true]);
  },
});

Deno.test({
  name: "`fetchModule()` asks whether what is known has changed, where it came from alone",
  permissions: "none",
  async fn() {
    const known = { url: "https://a.example/y.ts", etag: '"1"' };
    const options = network({
      [URL_A]: redirect("/y.ts"),
      [known.url]: () => new Response(null, { status: 304 }),
    }, { known });
    assert.equal(await fetchModule(URL_A, options), undefined);
    const sent = options.asked.map(({ headers }) => headers.get("if-none-match"));
    assert.deepEqual(sent, [null, '"1"']);
  },
});

const BREAKS: readonly (readonly [name: string, answer: () => Response | Promise<Response>])[] = [
  ["refuses the connection", () => Promise.reject(new TypeError("Connection refused"))],
  ["refuses it, in the words of the runtime", () => {
    const cause = new TypeError(`error sending request for url (${URL_A}): Connection refused`);
    return Promise.reject(new TypeError("fetch failed", { cause }));
  }],
  ["breaks off", () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.error(new TypeError("Connection refused")),
      }),
    )],
];

for (const [name, answer] of BREAKS) {
  Deno.test({
    name: `\`fetchModule()\` tells that there is no answer when the server ${name}`,
    permissions: "none",
    async fn() {
      await assert.rejects(fetchModule(URL_A, network({ [URL_A]: answer })), (error) => {
        assert.ok(error instanceof NoAnswer);
        assert.equal(error.message, "Connection refused");
        return true;
      });
    },
  });
}

const HANGS: readonly (readonly [
  name: string,
  answer: (signal: AbortSignal) => Response | Promise<Response>,
])[] = [
  [
    "with its answer",
    (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  ],
  ["in the middle of it", (signal) =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(1));
          signal.addEventListener("abort", () => controller.error(signal.reason));
        },
      }),
    )],
];

for (const [name, answer] of HANGS) {
  Deno.test({
    name: `\`fetchModule()\` gives a server that stops ${name} no more than its time`,
    permissions: "none",
    async fn() {
      const clock = new FakeClock();
      const options = network({ [URL_A]: answer }, { clock, timeout: 5000 });
      const fetching = assert.rejects(fetchModule(URL_A, options), (error) => {
        assert.ok(error instanceof NoAnswer);
        assert.equal(error.message, "it has not come within 5 s");
        return true;
      });
      await clock.advance(5000);
      await fetching;
      assert.equal(clock.pending, 0);
    },
  });

  Deno.test({
    name: `\`fetchModule()\` ends when it is told to, while a server stops ${name}`,
    permissions: "none",
    async fn() {
      const controller = new AbortController();
      const clock = new FakeClock();
      const { signal } = controller;
      const options = network({ [URL_A]: answer }, { signal, clock, timeout: 5000 });
      const fetching = assert.rejects(fetchModule(URL_A, options), { name: "AbortError" });
      await settle();
      controller.abort();
      await fetching;
      assert.equal(clock.pending, 0);
    },
  });
}
