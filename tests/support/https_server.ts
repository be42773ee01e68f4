/**
 * An HTTPS server on the loopback interface, with a certificate of its own, and a `fetch` that trusts it.
 *
 * @module
 */

/** A certificate for `localhost` and 127.0.0.1, and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** How a path is answered. */
export type Route = string | ((request: Request) => Response | Promise<Response>);

/** A server that listens. */
export interface HttpsServer extends AsyncDisposable {
  /** `127.0.0.1:` and the port. */
  readonly host: string;
  /** Another name of the same server, `localhost:` and the port. */
  readonly otherHost: string;
  /** To trust it, as a file for `DENO_CERT` has it. */
  readonly certificate: string;
  /** The paths that were asked for, in that order. */
  readonly requests: readonly string[];
  /** Answers by path; text is TypeScript. What is not there is 404. */
  readonly routes: Map<string, Route>;
  /** Trusts the server. */
  readonly fetch: typeof fetch;
  /** A URL of the server. */
  url(path: string): string;
  /** Stops listening. */
  stop(): Promise<void>;
}

let made: Promise<Certificate> | undefined;

/**
 * Makes a certificate that signs itself; one a process.
 *
 * @returns The certificate.
 */
export function selfSigned(): Promise<Certificate> {
  made ??= makeCertificate();
  return made;
}

/**
 * Starts a server.
 *
 * @param routes Answers by path.
 * @returns The server; dispose of it.
 */
export async function httpsServer(routes: Readonly<Record<string, Route>>): Promise<HttpsServer> {
  const { cert, key } = await selfSigned();
  const table = new Map(Object.entries(routes));
  const requests: string[] = [];
  const abort = new AbortController();
  const options = { hostname: "127.0.0.1", port: 0, cert, key, onListen() {} };
  const server = Deno.serve({ ...options, signal: abort.signal }, (request) => {
    const { pathname } = new URL(request.url);
    requests.push(pathname);
    const route = table.get(pathname);
    if (route === undefined) return new Response("not found", { status: 404 });
    if (typeof route === "function") return route(request);
    return new Response(route, { headers: { "content-type": "application/typescript" } });
  });
  const host = `127.0.0.1:${server.addr.port}`;
  const client = Deno.createHttpClient({ caCerts: [cert] });
  // An answer without an end would keep a graceful shutdown waiting.
  const stop = async (): Promise<void> => {
    abort.abort();
    await server.finished;
  };
  return {
    host,
    otherHost: `localhost:${server.addr.port}`,
    certificate: cert,
    requests,
    routes: table,
    fetch: (input, init) => fetch(input, { ...init, client }),
    url: (path) => `https://${host}${path}`,
    stop,
    async [Symbol.asyncDispose]() {
      client.close();
      await stop();
    },
  };
}

async function makeCertificate(): Promise<Certificate> {
  const { success, stdout, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-days", "2", "-subj", "/CN=localhost", "-keyout", "-", "-out", "-"],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const pem = new TextDecoder().decode(stdout);
  const [key = "", cert = ""] = ["PRIVATE KEY", "CERTIFICATE"].map((label) =>
    new RegExp(`-----BEGIN ${label}-----[^]*-----END ${label}-----\n`).exec(pem)?.[0]
  );
  return { key, cert };
}
