/**
 * A storescp with TLS under attack, and connections to it whose TCP can be played with below TLS.
 *
 * @module
 */

import assert from "node:assert/strict";
import { connectTls, type ConnectTlsOptions } from "../../lib/net/tls_connect.ts";
import type { Connect, Transport } from "../../lib/net/transport.ts";
import { ECHO } from "../support/core_pair.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { storageRequest } from "../support/served.ts";
import { authorityOf, type IdentityName, tlsFile } from "../support/tls_fixtures.ts";
import { Besieged } from "./besieged.ts";

/** Longer than anything here takes: who waits for so long has failed. */
const PATIENCE = 20_000;

/** Connects by TLS as a good peer does. */
export const connectWell: Connect = connectTls({ caCerts: [authorityOf()] });

/** The options of a server whose certificate and key are in its directory. */
export const OWN: readonly string[] = ["--tls", "--cert", "own.pem", "--key", "own.key"];

/** Puts the certificate and key of somebody where {@linkcode OWN} has them, and that of the authority. */
export async function install(area: string, name: IdentityName = "server"): Promise<void> {
  await Deno.copyFile(tlsFile(`${name}.pem`), `${area}/own.pem`);
  await Deno.copyFile(tlsFile(`${name}.key`), `${area}/own.key`);
  await Deno.copyFile(tlsFile("authority.pem"), `${area}/authority.pem`);
}

/** Starts a storescp that takes connections by TLS alone. */
export function besiegedByTls(
  args: readonly string[] = [],
  connect: Connect = connectWell,
): Promise<Besieged> {
  const prepare = (directory: string): Promise<void> => install(`${directory}/..`);
  return Besieged.start("storescp", [...OWN, ...args], prepare, connect);
}

/** Asks for a C-ECHO. */
export async function askEcho(peer: ScriptedPeer): Promise<void> {
  await peer.sendMessage(1, {
    type: "C-ECHO-RQ",
    messageId: 1,
    affectedSopClassUid: ECHO,
    hasDataSet: false,
  });
}

/** A good client is served by TLS; tells whose certificate it was shown. */
export async function assertServes(port: number, connect = connectWell): Promise<string> {
  const { signal } = new AbortController();
  const transport = await connect({ hostname: "127.0.0.1", port, signal });
  const peer = new ScriptedPeer(transport);
  await peer.send(storageRequest());
  await peer.expect("A-ASSOCIATE-AC");
  await askEcho(peer);
  assert.equal((await peer.expectMessage("C-ECHO-RSP")).status, 0);
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expect("A-RELEASE-RP");
  transport.close();
  return transport.peerCertificate?.subject ?? "";
}

/** The TCP connection below TLS. */
export class Wire implements Transport, Disposable {
  readonly peerAddress: string;
  readonly localAddress = "us";
  readonly #connection: Deno.TcpConn;
  readonly #deadline: ReturnType<typeof setTimeout>;
  #written = 0;
  #isLate = false;
  /** How many octets go out; what comes after is lost on the way. */
  limit = Infinity;

  private constructor(connection: Deno.TcpConn, port: number) {
    this.#connection = connection;
    this.peerAddress = `127.0.0.1:${port}`;
    this.#deadline = setTimeout(() => {
      this.#isLate = true;
      this.close();
    }, PATIENCE);
  }

  /** Connects to a port of 127.0.0.1. */
  static async to(port: number): Promise<Wire> {
    return new Wire(await Deno.connect({ hostname: "127.0.0.1", port }), port);
  }

  /** How many octets TLS has written. */
  get written(): number {
    return this.#written;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#connection.read(buffer);
  }

  async write(bytes: Uint8Array): Promise<number> {
    const room = Math.min(bytes.byteLength, Math.max(0, this.limit - this.#written));
    this.#written += bytes.byteLength;
    for (let rest = bytes.subarray(0, room); rest.byteLength > 0;) {
      rest = rest.subarray(await this.#connection.write(rest));
    }
    return bytes.byteLength;
  }

  /** Ends TCP, of which TLS knows nothing, and waits for the peer to close. */
  async end(): Promise<void> {
    await this.#connection.closeWrite();
    await this.closed();
  }

  /** Waits for the peer to close; tells what came before, if nobody has read it. */
  async closed(): Promise<Uint8Array> {
    const output: number[] = [];
    const buffer = new Uint8Array(4096);
    while (true) {
      const count = await this.#connection.read(buffer).catch(() => null);
      if (count === null) break;
      output.push(...buffer.subarray(0, count));
    }
    this.close();
    assert.ok(!this.#isLate, "the peer does not close");
    return Uint8Array.from(output);
  }

  /** Closes with an answer of the peer unread, which must be under way: the peer's end is reset. */
  async reset(): Promise<void> {
    await this.#connection.read(new Uint8Array(1));
    this.close();
  }

  /** Begins TLS on it. */
  secure(options: ConnectTlsOptions = {}): Promise<Transport> {
    const connect = connectTls({
      caCerts: [authorityOf()],
      ...options,
      connect: () => Promise.resolve(this),
    });
    const { signal } = new AbortController();
    return connect({ hostname: "127.0.0.1", port: 1, signal });
  }

  close(): void {
    clearTimeout(this.#deadline);
    try {
      this.#connection.close();
    } catch {
      // It is closed already.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
