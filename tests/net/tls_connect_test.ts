import assert from "node:assert/strict";
import { ConnectionError, TlsError, type TlsFault } from "../../lib/errors.ts";
import { connectTls, type ConnectTlsOptions } from "../../lib/net/tls_connect.ts";
import { listenTls, type ListenTlsCredentials } from "../../lib/net/tls_listen.ts";
import { listenTcp } from "../../lib/net/deno_transport.ts";
import type { Listen, Transport } from "../../lib/net/transport.ts";
import { failure } from "../support/requesting.ts";
import { authorityOf, identityOf } from "../support/tls_fixtures.ts";

const CA = [authorityOf()];

/** Serves until it is disposed of: reads what comes, and answers with its length. */
function answering(listen: Listen, answer: Uint8Array = Uint8Array.of(1)): {
  readonly port: number;
  [Symbol.asyncDispose](): Promise<void>;
} {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  const accepted: Transport[] = [];
  const serve = async (transport: Transport): Promise<void> => {
    try {
      const count = await transport.read(new Uint8Array(10_000));
      if (count !== null) await transport.write(answer);
    } catch {
      // What went wrong is seen at the other end.
    }
    transport.close();
  };
  const done = (async () => {
    const served: Promise<void>[] = [];
    while (true) {
      const transport = await listener.accept().catch(() => undefined);
      if (transport === undefined) break;
      accepted.push(transport);
      served.push(serve(transport));
    }
    for (const transport of accepted) transport.close();
    await Promise.all(served);
  })();
  return {
    port: listener.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await done;
    },
  };
}

interface ServerCase {
  readonly server: ListenTlsCredentials;
  readonly client?: ConnectTlsOptions;
  readonly hostname?: string;
  /** What the client finds, if it does not get through. */
  readonly fault?: TlsFault;
}

const SERVERS: Readonly<Record<string, ServerCase>> = {
  "by its address": { server: identityOf("server") },
  "by its name": { server: identityOf("server"), hostname: "localhost" },
  "without an authority of ours": {
    server: identityOf("server"),
    client: { caCerts: undefined },
    fault: "unknown-authority",
  },
  "of another authority": { server: identityOf("stranger"), fault: "unknown-authority" },
  "of another authority by the same name": {
    server: identityOf("forged"),
    client: { verifyHostname: false },
    fault: "unknown-authority",
  },
  "that has expired": { server: identityOf("expired"), fault: "expired" },
  "that is not valid yet": { server: identityOf("future"), fault: "not-yet-valid" },
  "for another host": { server: identityOf("elsewhere"), fault: "wrong-host" },
  "for another host, which is not looked at": {
    server: identityOf("elsewhere"),
    client: { verifyHostname: false },
  },
  "that has expired, and the host is not looked at": {
    server: identityOf("expired"),
    client: { verifyHostname: false },
    fault: "expired",
  },
  "of another authority, and the host is not looked at": {
    server: identityOf("stranger"),
    client: { verifyHostname: false },
    fault: "unknown-authority",
  },
  "that wants ours": {
    server: { ...identityOf("server"), caCerts: CA },
    client: identityOf("client"),
  },
  "that wants ours, which we have not": {
    server: { ...identityOf("server"), caCerts: CA },
    fault: "certificate-wanted",
  },
  "that wants ours, and does not trust it": {
    server: { ...identityOf("server"), caCerts: CA },
    client: identityOf("stranger"),
    fault: "closed",
  },
};

for (const [name, { server, client, hostname = "127.0.0.1", fault }] of Object.entries(SERVERS)) {
  Deno.test(`a server ${name} is ${fault ?? "taken"}`, async () => {
    await using peer = answering(listenTls(server));
    const connect = connectTls({ caCerts: CA, ...client });
    const { signal } = new AbortController();
    const exchange = async (): Promise<number | null> => {
      const transport = await connect({ hostname, port: peer.port, signal });
      try {
        await transport.write(Uint8Array.of(1));
        return await transport.read(new Uint8Array(10));
      } finally {
        transport.close();
      }
    };
    if (fault === undefined) {
      assert.equal(await exchange(), 1);
      return;
    }
    const error = await failure(exchange());
    assert.ok(error instanceof TlsError, `${error}`);
    assert.equal(error.fault, fault, error.message);
    assert.ok(
      error.message.startsWith(`Cannot connect to ${hostname}:${peer.port} by TLS: `),
      error.message,
    );
  });
}

const PLAIN: Readonly<Record<string, RegExp>> = {
  "\x07\0\0\0\0\x04\0\0\x02\0": /it speaks DICOM without TLS$/,
  "HTTP/1.1 400 Bad Request\r\n\r\n": /it speaks HTTP, not TLS$/,
  "SSH-2.0-OpenSSH_9\r\n": /it speaks SSH, not TLS$/,
};

for (const [answer, message] of Object.entries(PLAIN)) {
  Deno.test(`a server that answers ${JSON.stringify(answer.slice(0, 10))} is known`, async () => {
    const bytes = Uint8Array.from(answer, (character) => character.charCodeAt(0));
    await using peer = answering(listenTcp, bytes);
    const { signal } = new AbortController();
    const connecting = connectTls({ caCerts: CA })({
      hostname: "127.0.0.1",
      port: peer.port,
      signal,
    });
    const error = await failure(connecting);
    assert.ok(error instanceof TlsError);
    assert.equal(error.fault, "no-tls");
    assert.match(error.message, message);
  });
}

Deno.test("connectTls() gives up by its signal in the middle of the handshake, with its reason", async () => {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const controller = new AbortController();
  const reason = new RangeError("no longer wanted");
  const connecting = failure(
    connectTls({ caCerts: CA })({
      hostname: "127.0.0.1",
      port: listener.port,
      signal: controller.signal,
    }),
  );
  const silent = await listener.accept();
  await silent.read(new Uint8Array(1000));
  controller.abort(reason);
  assert.equal(await connecting, reason);
  silent.close();
  listener.close();
});

Deno.test("connectTls() says as TCP does that nobody listens", async () => {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  const { signal } = new AbortController();
  const error = await failure(
    connectTls({ caCerts: CA })({ hostname: "127.0.0.1", port: listener.port, signal }),
  );
  assert.ok(error instanceof ConnectionError);
  assert.match(error.message, /^Cannot connect to 127\.0\.0\.1:\d+: .+refused/);
});

const { cert, key } = identityOf("client");
const USELESS: readonly (readonly [what: string, options: ConnectTlsOptions, message: RegExp])[] = [
  ["a certificate alone", { cert }, /^TypeError: Cannot use the certificate alone/],
  ["a key alone", { key }, /^TypeError: Cannot use the private key alone/],
  ["another's key", { cert, key: identityOf("server").key }, /does not belong to the certificate/],
  ["an authority that is none", { caCerts: ["x"] }, /certificate of the authority/],
];

for (const [what, options, message] of USELESS) {
  Deno.test(`connectTls() refuses ${what}`, () =>
    assert.throws(() => connectTls(options), message));
}
