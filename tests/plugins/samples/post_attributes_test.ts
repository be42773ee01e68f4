import assert from "node:assert/strict";
import type { HandlerContext, Handlers, StatusReply } from "../../../lib/handler/handler.ts";
import {
  conformanceRules,
  handlerConformance,
  openDataSet,
  type RequestParts,
  storeRequest,
} from "../../../plugins/conformance.ts";
import postAttributes, { permissions } from "../../../plugins/samples/post_attributes.ts";

/** An HTTP endpoint, and what was posted to it. */
interface Endpoint extends AsyncDisposable {
  readonly url: string;
  readonly posts: unknown[];
}

function endpoint(answer: () => Response | Promise<Response>): Endpoint {
  const posts: unknown[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    assert.equal(request.method, "POST");
    assert.equal(request.headers.get("content-type"), "application/json");
    posts.push(await request.json());
    return await answer();
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/arrived`,
    posts,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The handler that posts to an endpoint, and what it logged. */
function posting(options: HandlerContext["options"]): { handlers: Handlers; logged: string[] } {
  const logged: string[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (text: string) => void logged.push(text) };
  const { signal } = new AbortController();
  const associate = () => Promise.reject(new Error("There is no network here"));
  return { handlers: postAttributes({ options, log, signal, associate }), logged };
}

async function store(
  { store }: Handlers,
  parts: Partial<RequestParts> = {},
): Promise<StatusReply> {
  const { stream: dataSet } = openDataSet({ length: 10_000 });
  const attributes = { SOPInstanceUID: ["1.2.3"], Modality: ["CT"] };
  const reply = await store?.(storeRequest({ dataSet, attributes, ...parts }));
  return typeof reply === "object" ? reply : { status: reply ?? NaN };
}

const FAILED = { status: 0xa700, errorComment: "Cannot post the attributes" };

Deno.test("`postAttributes()` does what every handler must do", async (t) => {
  await using server = endpoint(() => new Response("Thank you"));
  const options = { url: [server.url], attribute: ["Modality", "PatientID"] };
  const rules = conformanceRules({ name: "post_attributes", create: postAttributes, options });
  for (const { name, check } of rules) await t.step(name, check);
  assert.deepEqual(server.posts[0], { Modality: ["CT"], PatientID: ["../4711"] });
});

handlerConformance({
  name: "post_attributes to nobody",
  create: postAttributes,
  options: { url: ["http://127.0.0.1:1/"] },
});

Deno.test("`postAttributes()` posts the attributes when the instance is there", async () => {
  await using server = endpoint(() => new Response(null, { status: 204 }));
  const { handlers, logged } = posting({ url: [server.url] });
  assert.deepEqual(handlers.attributes, ["SOPInstanceUID", "StudyInstanceUID", "Modality"]);
  assert.deepEqual(await store(handlers), { status: 0x0000 });
  assert.deepEqual(server.posts, [{ SOPInstanceUID: ["1.2.3"], Modality: ["CT"] }]);
  assert.deepEqual(logged, []);
});

Deno.test("`postAttributes()` asks for the attributes of the options", () => {
  const attribute = ["PatientID", "StudyDate"];
  const { handlers } = posting({ url: ["http://127.0.0.1:1/"], attribute });
  assert.deepEqual(handlers.attributes, attribute);
});

Deno.test("`postAttributes()` posts nothing of an instance that breaks off", async () => {
  await using server = endpoint(() => new Response("Thank you"));
  const { handlers } = posting({ url: [server.url] });
  const end = new Error("Data set is broken");
  const { stream: dataSet } = openDataSet({ length: 10_000, end });
  await assert.rejects(store(handlers, { dataSet }), end);
  assert.deepEqual(server.posts, []);
});

const ANSWERS: readonly (readonly [answer: () => Response, why: string])[] = [
  [() => new Response("Oh", { status: 500 }), "Error: HTTP status 500"],
  [() => new Response(null, { status: 404 }), "Error: HTTP status 404"],
  // Patient data goes where the user said, and nowhere else.
  [() => Response.redirect("http://127.0.0.1:1/elsewhere", 307), "Error: HTTP status 307"],
];

for (const [answer, why] of ANSWERS) {
  Deno.test(`\`postAttributes()\` answers a failure on ${why}`, async () => {
    await using server = endpoint(answer);
    const { handlers, logged } = posting({ url: [server.url] });
    assert.deepEqual(await store(handlers), FAILED);
    assert.deepEqual(logged, [`Cannot post 1.2.3 to ${server.url}: ${why}`]);
  });
}

Deno.test("`postAttributes()` answers a failure when nobody listens", async () => {
  const { handlers, logged } = posting({ url: ["http://127.0.0.1:1/"] });
  assert.deepEqual(await store(handlers), FAILED);
  assert.match(logged.join(), /^Cannot post 1\.2\.3 to http:\/\/127\.0\.0\.1:1\/: TypeError: /);
});

Deno.test("`postAttributes()` comes to an end when the association is lost before the answer", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  await using server = endpoint(() => {
    asked.resolve();
    return answer.promise;
  });
  const { handlers } = posting({ url: [server.url] });
  const association = new AbortController();
  const reply = store(handlers, { signal: association.signal });
  await asked.promise;
  association.abort(new Error("Association lost"));
  assert.deepEqual(await reply, FAILED);
  answer.resolve(new Response("Too late"));
});

const URLS = [
  ["http://ris.example/arrived", "ris.example:80"],
  ["https://ris.example/arrived", "ris.example:443"],
  ["https://ris.example:8443/", "ris.example:8443"],
  ["http://[::1]:8080/", "[::1]:8080"],
] as const;

for (const [url, host] of URLS) {
  Deno.test({
    name: `\`postAttributes()\` needs to connect to ${host} for ${url}`,
    permissions: "none",
    fn: () => assert.deepEqual(permissions({ url: [url] }), { net: [host] }),
  });
}

Deno.test("`postAttributes()` needs a URL", () => {
  assert.deepEqual(permissions({}), {});
  assert.throws(() => posting({}), {
    name: "TypeError",
    message: "Cannot post: the handler option url is missing",
  });
});
