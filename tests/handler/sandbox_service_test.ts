import assert from "node:assert/strict";
import { HandlerError } from "../../lib/errors.ts";
import { GRACE } from "../../lib/handler/sandbox_host.ts";
import { CHUNK_LENGTH, CHUNKS_UNDER_WAY } from "../../lib/handler/sandbox_protocol.ts";
import { DEATHS_IN_A_ROW } from "../../lib/handler/sandbox_service.ts";
import { openDataSet, someBytes } from "../conformance/store_request.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { dataUrl, sandboxed, storing } from "./sandboxed.ts";

/** Says the length and the SHA-256 of what it has read. */
const DIGEST = `const reply = async (parts) => {
  const bytes = await new Blob(parts).bytes();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { status: 0, errorComment: bytes.byteLength + " " + digest.toHex() };
};`;

/** Ways to read, all of them to the end. */
const READERS: readonly (readonly [how: string, code: string])[] = [
  ["by chunk", `const parts = []; for await (const part of request.dataSet) parts.push(part);`],
  [
    "into a buffer",
    `const parts = [];
    const reader = request.dataSet.getReader({ mode: "byob" });
    let buffer = new ArrayBuffer(100_003);
    while (true) {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (value) { parts.push(value.slice()); buffer = value.buffer; }
      if (done) break;
    }`,
  ],
  [
    "into full buffers",
    `const parts = [];
    const reader = request.dataSet.getReader({ mode: "byob" });
    while (true) {
      const { value, done } = await reader.read(new Uint8Array(700_001), { min: 700_001 });
      if (value) parts.push(value);
      if (done) break;
    }`,
  ],
  [
    "first some, then the rest",
    `const reader = request.dataSet.getReader({ mode: "byob" });
    const { value = new Uint8Array(0) } = await reader.read(new Uint8Array(132));
    reader.releaseLock();
    const parts = [value];
    for await (const part of request.dataSet) parts.push(part);`,
  ],
  ["as a response", `const parts = [await new Response(request.dataSet).bytes()];`],
];

/** Lengths of data sets, and portions that they come in. */
const ARRIVALS: readonly (readonly [length: number, portions: readonly number[]])[] = [
  [0, [1]],
  [1, [1]],
  [1000, [7, 333]],
  [CHUNK_LENGTH - 1, [16_372]],
  [CHUNK_LENGTH, [CHUNK_LENGTH]],
  [CHUNK_LENGTH + 1, [16_372]],
  [3 * 1024 * 1024, [1, 7, 333, 4096, 16_378, 300_000]],
  [(CHUNKS_UNDER_WAY + 3) * CHUNK_LENGTH, [131_060]],
];

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `${bytes.byteLength} ${digest.toHex()}`;
}

for (const [how, code] of READERS) {
  Deno.test(`a handler in a sandbox that reads ${how} gets every byte`, async () => {
    await using sandbox = await sandboxed(storing(`${code}; return await reply(parts)`, DIGEST));
    for (const [length, portions] of ARRIVALS) {
      const bytes = someBytes(length, length);
      const { stream, progress } = openDataSet({ bytes, portions });
      const { errorComment } = await sandbox.store({ dataSet: stream });
      assert.equal(errorComment, await digestOf(bytes));
      assert.equal(progress.ended, "closed");
      assert.equal(stream.locked, false);
    }
  });
}

Deno.test("a request in a sandbox is the same as outside", async () => {
  await using sandbox = await sandboxed(
    storing(`
      const { dataSet, signal, fileMetaInformation, attributes, ...others } = request;
      return { status: 0xb007, offendingElements: [0x00100010], errorComment: JSON.stringify([
        others, [...fileMetaInformation()].length, fileMetaInformation() !== fileMetaInformation(),
        await attributes(), signal.aborted, context.options,
      ]) };`),
    { options: { key: ["a", "b"] } },
  );
  const { stream } = openDataSet({ bytes: someBytes(10) });
  const attributes = { Modality: ["CT"], PatientName: [] };
  const { status, errorComment = "", offendingElements } = await sandbox.store({
    ...{ dataSet: stream, attributes, sopInstanceUid: "1.2.3.4", callingAeTitle: "PEER" },
  });
  assert.deepEqual([status, offendingElements], [0xb007, [0x00100010]]);
  const [others, length, isCopy, told, aborted, options] = JSON.parse(errorComment);
  assert.equal(others.sopInstanceUid, "1.2.3.4");
  assert.equal(others.association.callingAeTitle, "PEER");
  assert.equal(others.messageId, 1);
  const { sopClassUid, transferSyntaxUid } = others;
  assert.deepEqual(others.contexts, [{ sopClassUid, transferSyntaxUid }]);
  assert.deepEqual([isCopy, told, aborted], [true, attributes, false]);
  assert.deepEqual(options, { key: ["a", "b"] });
  assert.ok(length > 132);
});

Deno.test("the host reads no more than the sandbox has buffers for", async () => {
  await using sandbox = await sandboxed(storing(`
    const reader = request.dataSet.getReader();
    await reader.read();
    context.log.info("read one");
    await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    return 0xa700;
  `));
  const association = new AbortController();
  const { stream, progress } = openDataSet({ length: 64 * CHUNK_LENGTH, portions: [CHUNK_LENGTH] });
  const storing_ = sandbox.store({ dataSet: stream, signal: association.signal });
  await sandbox.said("info read one");
  const limit = (CHUNKS_UNDER_WAY + 1) * CHUNK_LENGTH;
  while (progress.delivered < limit) await settle();
  for (let turn = 0; turn < 20; turn++) await settle();
  assert.equal(progress.delivered, limit);
  association.abort(new Error("Association lost"));
  assert.deepEqual(await storing_, { status: 0xa700 });
  assert.equal(stream.locked, false);
  assert.equal(progress.ended, "cancelled");
});

Deno.test("nothing is read of a data set that a handler in a sandbox does not read", async () => {
  await using sandbox = await sandboxed(storing("return 0xa900"));
  const { stream, progress } = openDataSet({ length: 10 * CHUNK_LENGTH });
  assert.deepEqual(await sandbox.store({ dataSet: stream }), { status: 0xa900 });
  assert.deepEqual([progress.delivered, stream.locked], [0, false]);
});

Deno.test("what a handler in a sandbox cancels is cancelled", async () => {
  await using sandbox = await sandboxed(storing(`
    const reader = request.dataSet.getReader();
    if (request.sopInstanceUid === "1.2") await reader.read();
    await reader.cancel();
    context.log.info("cancelled");
    const { Modality } = await request.attributes();
    return { status: 0, errorComment: Modality[0] };
  `));
  for (const sopInstanceUid of ["1.1", "1.2"]) {
    const { stream, progress } = openDataSet({ length: 10 * CHUNK_LENGTH });
    const attributes = { Modality: ["MR"] };
    const reply = await sandbox.store({ dataSet: stream, sopInstanceUid, attributes });
    assert.deepEqual(reply, { status: 0, errorComment: "MR" });
    assert.deepEqual([progress.ended, stream.locked], ["cancelled", false]);
  }
});

/** What a handler does with a request, and what becomes of it. */
const THROWN: readonly (readonly [
  what: string,
  code: string,
  error: { readonly message: string | RegExp; readonly status?: number },
])[] = [
  ["an error", `throw new RangeError("no room")`, { message: "no room" }],
  [
    "an error with a status",
    `throw Object.assign(new Error("Disk full"), { status: 0xa700 })`,
    { message: "Disk full", status: 0xa700 },
  ],
  ["a status alone", `throw { status: 0xa900 }`, { message: "", status: 0xa900 }],
  ["a text", `throw "oops"`, { message: "oops" }],
  ["nothing", `throw undefined`, { message: "undefined" }],
  ["no status", `return "done"`, { message: /done is no status$/ }],
  ["nothing to reply", ``, { message: /undefined is no status$/ }],
];

for (const [what, code, { message, status }] of THROWN) {
  Deno.test(`${what}, thrown or returned in a sandbox, is thrown outside`, async () => {
    await using sandbox = await sandboxed(storing(code));
    await assert.rejects(sandbox.store(), (error) => {
      assert.ok(error instanceof HandlerError);
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.equal(Reflect.get(error, "status"), status);
      return true;
    });
  });
}

Deno.test("what the data set failed with comes back as it was", async () => {
  await using sandbox = await sandboxed(storing(`
    if (request.sopInstanceUid === "1.2") await request.attributes();
    for await (const chunk of request.dataSet);
    return 0x0000;
  `));
  const end = Object.assign(new Error("Data set is broken"), { status: 0xc000 });
  const { stream } = openDataSet({ bytes: someBytes(300_000), end });
  await assert.rejects(sandbox.store({ dataSet: stream }), (error) => error === end);
  assert.equal(stream.locked, false);
  const attributes = (): Promise<never> => Promise.reject(end);
  const failing = sandbox.store({ sopInstanceUid: "1.2", attributes });
  await assert.rejects(failing, (error) => error === end);
});

Deno.test("a handler in a sandbox that works on what is lost fails by its own reason", async () => {
  await using sandbox = await sandboxed(storing(`
    try { for await (const chunk of request.dataSet); } catch (error) {
      throw new Error("Cannot keep: " + error.name + " " + error.message + " " + error.status);
    }
  `));
  const end = Object.assign(new TypeError("broken"), { status: 0xc000 });
  const { stream } = openDataSet({ end });
  await assert.rejects(sandbox.store({ dataSet: stream }), {
    message: `Cannot keep: TypeError broken ${0xc000}`,
  });
});

Deno.test("a handler in a sandbox that never replies is left when the association is lost", async () => {
  const clock = new FakeClock();
  await using sandbox = await sandboxed(
    storing(`
      if (request.sopInstanceUid !== "1.1") return 0x0000;
      request.signal.addEventListener("abort", () => context.log.info(request.signal.reason.message));
      context.log.info("hangs");
      await new Promise(() => {});
    `),
    { policy: { clock } },
  );
  const association = new AbortController();
  const { stream } = openDataSet({ length: 1000 });
  const { signal } = association;
  const hanging = sandbox.store({ dataSet: stream, signal, sopInstanceUid: "1.1" });
  await sandbox.said("info hangs");
  const reason = new Error("Association lost");
  association.abort(reason);
  await sandbox.said("info Association lost");
  await clock.advance(GRACE - 1);
  const rejected = assert.rejects(hanging, (error) => error === reason);
  await clock.advance(1);
  await rejected;
  assert.equal(clock.pending, 0);
  assert.deepEqual(await sandbox.store(), { status: 0x0000 });
});

Deno.test("a handler in a sandbox sees at once that the association is lost already", async () => {
  await using sandbox = await sandboxed(storing(`
    return { status: 0xa700, errorComment: request.signal.reason?.message };
  `));
  const signal = AbortSignal.abort(new Error("gone"));
  assert.deepEqual(await sandbox.store({ signal }), { status: 0xa700, errorComment: "gone" });
});

/** How a worker may end in mid-stream. */
const ENDS: readonly (readonly [how: string, code: string, reason: string])[] = [
  ["self.close()", "self.close()", "it ended itself"],
  ["Deno.exit()", "Deno.exit(3)", "it ended itself"],
  ["an error that nobody catches", "setTimeout(() => { throw new Error('boom') })", "boom"],
  ["a rejection that nobody catches", "void Promise.reject(new TypeError('lost'))", "lost"],
  [
    "an error that is not allowed",
    "void Deno.readTextFile('/x')",
    "Requires read access to .*declare",
  ],
];

for (const [how, code, reason] of ENDS) {
  Deno.test(`${how} fails what is under way, and the next request is served`, async () => {
    await using sandbox = await sandboxed(storing(`
      if (request.sopInstanceUid === "1.1") {
        await request.dataSet.getReader().read();
        ${code};
        await new Promise(() => {});
      }
      if (request.sopInstanceUid === "1.2") await new Promise(() => {});
      return 0x0000;
    `));
    for (let time = 0; time < DEATHS_IN_A_ROW + 1; time++) {
      const { stream, progress } = openDataSet({ length: 10 * CHUNK_LENGTH });
      const message = new RegExp(
        `^Cannot go on with handler data:.*…: its sandbox ended: ${reason}[^\\n]*$`,
      );
      await Promise.all([
        assert.rejects(sandbox.store({ sopInstanceUid: "1.2" }), { name: "HandlerError", message }),
        assert.rejects(sandbox.store({ dataSet: stream, sopInstanceUid: "1.1" }), {
          name: "HandlerError",
          message,
        }),
      ]);
      assert.deepEqual([progress.ended, stream.locked], ["cancelled", false]);
      assert.deepEqual(await sandbox.store(), { status: 0x0000 });
    }
  });
}

Deno.test("a sandbox that ends again and again is not started again", async () => {
  await using sandbox = await sandboxed(storing("self.close(); await new Promise(() => {})"));
  for (let time = 0; time < DEATHS_IN_A_ROW; time++) {
    await assert.rejects(sandbox.store(), { message: /its sandbox ended: it ended itself$/ });
  }
  for (let time = 0; time < 2; time++) {
    await assert.rejects(sandbox.store(), {
      name: "HandlerError",
      message: /^Cannot use handler data:.*…: its sandbox ended 3 times in a row: it ended itself$/,
    });
  }
});

Deno.test("a sandbox that refuses instances in between is started again and again", async () => {
  await using sandbox = await sandboxed(storing(`
    if (request.sopInstanceUid === "1.1") { self.close(); await new Promise(() => {}); }
    throw { status: 0xa700 };
  `));
  for (let time = 0; time < DEATHS_IN_A_ROW + 1; time++) {
    await assert.rejects(sandbox.store({ sopInstanceUid: "1.1" }), { message: /ended itself$/ });
    await assert.rejects(
      sandbox.store(),
      (error) => Reflect.get(Object(error), "status") === 0xa700,
    );
  }
});

Deno.test("requests that come at once are served at once", async () => {
  await using sandbox = await sandboxed(storing(
    `${READERS[0]?.[1]}; return await reply(parts)`,
    DIGEST,
  ));
  const all = Array.from({ length: 6 }, (_, i) => someBytes(1_000_000 + i, i));
  await Promise.all(all.map(async (bytes) => {
    const { stream } = openDataSet({ bytes, portions: [9973] });
    const { errorComment } = await sandbox.store({ dataSet: stream });
    assert.equal(errorComment, await digestOf(bytes));
  }));
});

Deno.test("one that hangs does not keep others from being served", async () => {
  await using sandbox = await sandboxed(storing(`
    if (request.sopInstanceUid === "1.1") {
      await new Promise((resolve) => globalThis.goOn = resolve);
    } else globalThis.goOn?.();
    return 0x0000;
  `));
  const first = sandbox.store({ sopInstanceUid: "1.1" });
  assert.deepEqual(await sandbox.store({ sopInstanceUid: "1.2" }), { status: 0 });
  assert.deepEqual(await first, { status: 0 });
});

Deno.test("what a handler in a sandbox logs is logged, in its order", async () => {
  await using sandbox = await sandboxed(storing(`
    for (const level of ["debug", "info", "warn", "error"]) context.log[level](level + "!");
    return 0x0000;
  `));
  await sandbox.store();
  assert.deepEqual(sandbox.lines, ["debug debug!", "info info!", "warn warn!", "error error!"]);
});

Deno.test("a sandbox offers what its handlers offer", async () => {
  const url = dataUrl(`export default () => ({
    attributes: ["Modality", "PatientID"],
    acceptAssociation: ({ callingAeTitle, userIdentity }) => callingAeTitle === "FRIEND"
      ? { accept: true, userIdentityResponse: userIdentity.primaryField }
      : callingAeTitle === "FOE" ? { accept: false, result: 1, source: 1, reason: 3 } : "perhaps",
    resolveMoveDestination: (aeTitle) => aeTitle === "A"
      ? { hostname: "a.example", port: 104, aeTitle: "B" } : aeTitle === "X" ? 7 : undefined,
  })`);
  await using sandbox = await sandboxed(url);
  const { handlers } = sandbox;
  assert.deepEqual(Object.keys(handlers).sort(), [
    ...["acceptAssociation", "attributes", "resolveMoveDestination"],
  ]);
  assert.deepEqual(handlers.attributes, ["Modality", "PatientID"]);
  const request = {
    calledAeTitle: "US",
    peerAddress: "127.0.0.1:1",
    userIdentity: {
      type: 3,
      primaryField: new Uint8Array([1, 2]),
      secondaryField: new Uint8Array(0),
    },
  };
  assert.deepEqual(await handlers.acceptAssociation?.({ ...request, callingAeTitle: "FRIEND" }), {
    accept: true,
    userIdentityResponse: new Uint8Array([1, 2]),
  });
  assert.deepEqual(await handlers.acceptAssociation?.({ ...request, callingAeTitle: "FOE" }), {
    ...{ accept: false, result: 1, source: 1, reason: 3 },
  });
  await assert.rejects(
    async () => await handlers.acceptAssociation?.({ ...request, callingAeTitle: "?" }),
    { message: /^Cannot go on with handler data:.*: what it answered is no acceptance$/ },
  );
  assert.deepEqual(await handlers.resolveMoveDestination?.("A"), {
    ...{ hostname: "a.example", port: 104, aeTitle: "B" },
  });
  assert.equal(await handlers.resolveMoveDestination?.("Z"), undefined);
  await assert.rejects(async () => await handlers.resolveMoveDestination?.("X"), {
    message: /what it answered is no address$/,
  });
});

Deno.test("the shutdown of the host is told in the sandbox", async () => {
  const shutdown = new AbortController();
  await using sandbox = await sandboxed(
    dataUrl(`export default ({ signal, log }) => {
      const tell = () => log.info("down: " + signal.reason.message);
      if (signal.aborted) tell(); else signal.addEventListener("abort", tell);
      return { store() { self.close(); return new Promise(() => {}); } };
    }`),
    { signal: shutdown.signal },
  );
  shutdown.abort(new Error("enough"));
  await sandbox.said("info down: enough");
  // A worker that is started later knows it from the beginning.
  await assert.rejects(sandbox.store(), HandlerError);
  await assert.rejects(sandbox.store(), HandlerError);
  assert.deepEqual(sandbox.lines, ["info down: enough", "info down: enough"]);
});

Deno.test("a sandbox is disposed of when its handlers are, and what is under way is done", async () => {
  const sandbox = await sandboxed(dataUrl(`export default ({ log }) => {
    let disposed;
    const disposal = new Promise((resolve) => disposed = resolve);
    return {
      async store() { log.info("waits"); await disposal; return 0xb000; },
      async [Symbol.asyncDispose]() { await null; log.info("disposed"); disposed(); },
    };
  }`));
  const underWay = sandbox.store();
  await sandbox.said("info waits");
  await sandbox[Symbol.asyncDispose]();
  assert.deepEqual(await underWay, { status: 0xb000 });
  assert.deepEqual(sandbox.lines, ["info waits", "info disposed"]);
  await assert.rejects(sandbox.store(), { message: /: it has been disposed of$/ });
  await sandbox[Symbol.asyncDispose]();
});

Deno.test("handlers in a sandbox that cannot be disposed of say why", async () => {
  const sandbox = await sandboxed(dataUrl(`export default () => ({
    store: () => 0,
    [Symbol.asyncDispose]() { throw new Error("still busy") },
  })`));
  await assert.rejects(sandbox.end(), { message: "still busy" });
});

Deno.test("handlers in a sandbox that do not come to an end are ended", async () => {
  const clock = new FakeClock();
  const url = dataUrl(`export default ({ log }) => ({
    store() { log.info("hangs"); return new Promise(() => {}); },
    [Symbol.asyncDispose]() { log.info("lingers"); return new Promise(() => {}); },
  })`);
  const sandbox = await sandboxed(url, { policy: { clock } });
  const hanging = assert.rejects(sandbox.store(), { message: /^Cannot end handler data:.*10 s$/ });
  await sandbox.said("info hangs");
  const disposing = assert.rejects(sandbox.end(), {
    name: "HandlerError",
    message: /^Cannot end handler data:.*…: it is not done after 10 s$/,
  });
  await sandbox.said("info lingers");
  await clock.advance(GRACE);
  await Promise.all([hanging, disposing]);
  assert.equal(clock.pending, 0);
});
